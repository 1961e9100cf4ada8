"""Dafny: compared without comments and layout; partial programs are judged by our own parser."""

from __future__ import annotations

import re

from proofsmith.dafny.parser import parse
from proofsmith.errors import ProofsmithError
from proofsmith.store.export.languages.base import Linter, tokens
from proofsmith.store.export.languages.lines import LineLinter
from proofsmith.store.export.languages.verilog import blanked, without_comments

_DECLARES = re.compile(
    r"\b(?:var|const|method|function(?:\s+method)?|predicate(?:\s+method)?|lemma|datatype|class|module|type)"
    r"\s+(?:\{:[^}]*\}\s*)*([A-Za-z_][\w']*)"
)


class Dafny:
    """Dafny programs."""

    fence = "dafny"

    def __init__(self) -> None:
        self.linter: Linter | None = LineLinter(_parses, _declared, blanked)

    def normal(self, source: str) -> str:
        """Return the tokens without comments, one blank between them."""
        return " ".join(t.text for t in tokens(without_comments(source)))


def _declared(source: str) -> set[str]:
    return {m[1] for m in _DECLARES.finditer(blanked(source))}


def _parses(source: str) -> bool:
    try:
        parse(source)
    except ProofsmithError:
        return False
    return True
