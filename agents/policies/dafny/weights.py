"""Weights of template families, learnt from verified programs of earlier runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from proofsmith.dafny import statements as st
from proofsmith.dafny.lexer import DafnySyntaxError
from proofsmith.dafny.nodes import walk
from proofsmith.dafny.parser import parse
from proofsmith.types import Candidate, Task

_PRIOR = 6.0
"""So many uses of a family weigh as much as what we knew before."""


def learnt(memory: Sequence[tuple[Task, Candidate]]) -> dict[str, float]:
    """Return a factor for each kind of formula that verified programs used: 1 is as before.

    Families are told apart by `family_of`, which looks at the formula alone, because programs do not
    say what made their annotations.
    """
    used: Counter[str] = Counter()
    for task, candidate in memory:
        if task.language == "dafny":
            before = _invariants(task.spec.source)
            used.update(_invariants(candidate.source) - before)
    total = sum(used.values())
    if not total:
        return {}
    usual = total / max(1, len(used))
    return {family: min(2.0, (count + _PRIOR) / (usual + _PRIOR)) for family, count in used.items()}


def _invariants(source: str) -> Counter[str]:
    try:
        program = parse(source)
    except DafnySyntaxError:
        return Counter()
    found: Counter[str] = Counter()
    for node in walk(program):
        if isinstance(node, st.While | st.WhileCases | st.For):
            for clause in node.clauses:
                if clause.kind == "invariant":
                    found[family_of(program.text(clause.expressions[0]))] += 1
    return found


def family_of(text: str) -> str:
    """Return the shape of a formula: what it quantifies and compares, without names and numbers."""
    for word, shape in (
        ("multiset", "permuted"),
        ("forall", "forall"),
        ("exists", "exists"),
        ("old(", "old"),
        ("..", "slice"),
        ("(", "call"),
        ("%", "remainder"),
        ("*", "algebra"),
        ("==", "equality"),
    ):
        if word in text:
            return shape
    return "bounds"
