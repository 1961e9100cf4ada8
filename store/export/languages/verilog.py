"""Verilog: compared without comments and layout; partial designs are judged by our own reader."""

from __future__ import annotations

import re

from proofsmith.errors import ProofsmithError
from proofsmith.store.export.languages.base import Linter, tokens
from proofsmith.store.export.languages.lines import LineLinter
from proofsmith.verilog.reading import read_modules

_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_DECLARES = re.compile(
    r"\b(?:wire|reg|logic|integer|genvar|parameter|localparam|function|task)\b"
    r"(?:\s+(?:signed|automatic|integer))*(?:\s*\[[^\]]*\])*\s*([A-Za-z_][\w$]*)"
)


class Verilog:
    """Verilog modules."""

    fence = "verilog"

    def __init__(self) -> None:
        self.linter: Linter | None = LineLinter(_parses, _DECLARES, blanked)

    def normal(self, source: str) -> str:
        """Return the tokens without comments, one blank between them."""
        return " ".join(t.text for t in tokens(without_comments(source)))


def _parses(source: str) -> bool:
    try:
        return bool(read_modules(source))
    except ProofsmithError:
        return False


def without_comments(source: str) -> str:
    """Return a text of a language with ``//`` and ``/* */`` comments without them."""
    return _COMMENT.sub(lambda m: m[1] or " ", source)


def blanked(source: str) -> str:
    """Return a text without the words of its comments and strings; its lines stay where they are."""
    return _COMMENT.sub(lambda m: "\n" * m[0].count("\n") or " ", source)
