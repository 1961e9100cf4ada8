"""Dafny: compared without comments and layout; partial programs are judged by our own parser."""

from __future__ import annotations

import re

from proofsmith.dafny.lexer import NAME, tokenize
from proofsmith.dafny.parser import parse
from proofsmith.dafny.stream import RESERVED
from proofsmith.errors import ProofsmithError
from proofsmith.store.export.languages.base import Linter, tokens
from proofsmith.store.export.languages.forms import Part, numbered
from proofsmith.store.export.languages.lines import LineLinter
from proofsmith.store.export.languages.verilog import blanked, without_comments

_HEADS = frozenset(
    """abstract class codatatype const datatype function ghost greatest import iterator least lemma method
    module newtype opened predicate trait twostate type""".split()  # noqa: SIM905
)
"""Words with which a declaration begins."""

_DECLARES = re.compile(
    r"\b(?:var|const|method|function(?:\s+method)?|predicate(?:\s+method)?|lemma|datatype|class|module|type)"
    r"\s+(?:\{:[^}]*\}\s*)*([A-Za-z_][\w']*)"
)


class Dafny:
    """Dafny programs."""

    fence = "dafny"

    def __init__(self) -> None:
        self.linter: Linter | None = LineLinter(_parses, _declared, blanked)

    def parts(self, source: str) -> tuple[Part, ...]:
        """Return the declarations at top level, all names but Dafny's own numbered."""
        try:
            found = [t for t in tokenize(source) if t.text]
        except ProofsmithError:
            return (tuple(t.text for t in tokens(without_comments(source))),)
        groups: list[list[tuple[str, bool]]] = [[]]
        depth, shared = 0, set()
        for at, token in enumerate(found):
            own = token.kind == NAME and token.text not in RESERVED
            if depth == 0 and token.text in _HEADS and not (groups[-1] and groups[-1][-1][0] in _HEADS):
                groups.append([])
            if own and at and depth == 0 and found[at - 1].text in _HEADS:
                shared.add(token.text)
            depth += (token.text in "({[") - (token.text in ")}]")
            groups[-1].append((token.text, own))
        return tuple(numbered(group, shared) for group in groups if group)


def _declared(source: str) -> set[str]:
    return {m[1] for m in _DECLARES.finditer(blanked(source))}


def _parses(source: str) -> bool:
    try:
        parse(source)
    except ProofsmithError:
        return False
    return True
