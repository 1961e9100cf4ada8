"""Verilog: compared without comments and layout; partial designs are judged by our own reader."""

from __future__ import annotations

import re

from proofsmith.store.export.languages.base import Linter, tokens

_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)


class Verilog:
    """Verilog modules."""

    fence = "verilog"
    linter: Linter | None = None

    def normal(self, source: str) -> str:
        """Return the tokens without comments, one blank between them."""
        return " ".join(t.text for t in tokens(without_comments(source)))


def without_comments(source: str) -> str:
    """Return a text of a language with ``//`` and ``/* */`` comments without them."""
    return _COMMENT.sub(lambda m: m[1] or " ", source)
