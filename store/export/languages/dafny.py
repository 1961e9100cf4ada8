"""Dafny: compared without comments and layout."""

from __future__ import annotations

from proofsmith.store.export.languages.base import Linter, tokens
from proofsmith.store.export.languages.verilog import without_comments


class Dafny:
    """Dafny programs."""

    fence = "dafny"
    linter: Linter | None = None

    def normal(self, source: str) -> str:
        """Return the tokens without comments, one blank between them."""
        return " ".join(t.text for t in tokens(without_comments(source)))
