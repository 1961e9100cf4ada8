"""Verilog: compared without comments and layout; partial designs are judged by our own reader."""

from __future__ import annotations

import re

from proofsmith.errors import ProofsmithError
from proofsmith.store.export.languages.base import Lines, Linter, tokens
from proofsmith.store.export.languages.lines import LineLinter
from proofsmith.verilog.reading import read_modules

_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)


class Verilog:
    """Verilog modules."""

    fence = "verilog"

    def __init__(self) -> None:
        self.linter: Linter | None = LineLinter(_parses, _declared, blanked, _bodies)

    def normal(self, source: str) -> str:
        """Return the tokens without comments, one blank between them."""
        return " ".join(t.text for t in tokens(without_comments(source)))


def _parses(source: str) -> bool:
    try:
        return bool(read_modules(source))
    except ProofsmithError:
        return False


def _declared(source: str) -> set[str]:
    found: set[str] = set()
    for module in read_modules(source):
        found |= {module.name, *module.signals(), *module.parameters()}
    return found


def _bodies(source: str) -> list[Lines]:
    """Return the lines between the header and the ``endmodule`` of each module."""
    return [
        (source.count("\n", 0, module.header_end) + 1, source.count("\n", 0, module.body_end))
        for module in read_modules(source)
    ]


def without_comments(source: str) -> str:
    """Return a text of a language with ``//`` and ``/* */`` comments without them."""
    return _COMMENT.sub(lambda m: m[1] or " ", source)


def blanked(source: str) -> str:
    """Return a text without the words of its comments and strings; its lines stay where they are."""
    return _COMMENT.sub(lambda m: "\n" * m[0].count("\n") or " ", source)
