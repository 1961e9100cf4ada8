"""Equalities of parts of arrays and sequences, said of their elements: what a loop can go on with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from proofsmith.agents.policies.dafny.context import MethodContext
from proofsmith.agents.policies.dafny.formula import Formula, enclosed, formula
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import Expression


@dataclass(frozen=True)
class _Side:
    """A part of a row: the row, whether of the heap at the beginning, and its ends."""

    row: str
    old: bool
    low: str
    high: str

    def at(self, index: str) -> str:
        """Return the text of an element."""
        text = f"{self.row}[{index}]"
        return f"old({text})" if self.old else text


def elementwise(goal: Formula, method: MethodContext) -> Iterator[Formula]:
    """Yield ``forall k0 :: l <= k0 < h ==> a[k0] == b[k0 - l + m]`` for ``a[l..h] == b[m..n]``."""
    tree = stripped(goal.tree)
    if not isinstance(tree, ex.Comparison) or tree.operators != ("==",):
        return
    one, other = (stripped(o) for o in tree.operands)
    if not any(isinstance(_inside_old(e), ex.Slice) for e in (one, other)):
        return
    left, right = _side(goal, one, method), _side(goal, other, method)
    if left is not None and right is not None:
        index = _shifted("k0", left.low, right.low)
        within = f"{left.low} <= k0 < {left.high}"
        found = formula(f"forall k0 :: {within} ==> {left.at('k0')} == {right.at(index)}")
        if found is not None:
            yield found


def _inside_old(e: Expression) -> Expression:
    if isinstance(e, ex.Primitive) and e.name == "old" and len(e.arguments) == 1:
        return stripped(e.arguments[0])
    return e


def _side(goal: Formula, e: Expression, method: MethodContext) -> _Side | None:
    inner = _inside_old(e)
    old = inner is not e
    if isinstance(inner, ex.Name):
        return None if old else _Side(inner.name, old, "0", f"|{inner.name}|")
    if not isinstance(inner, ex.Slice):
        return None
    row = goal.at(inner.target)
    arrays = {p.name for p in method.node.parameters if p.type is not None and p.type.name == "array"}
    arrays |= {r.name for r in method.node.results if r.type is not None and r.type.name == "array"}
    size = f"{row}.Length" if row in arrays else f"|{row}|"
    low = "0" if inner.low is None else goal.at(inner.low)
    return _Side(row, old, low, size if inner.high is None else goal.at(inner.high))


def _shifted(index: str, low: str, other: str) -> str:
    """The index in the other row: `index` where both parts begin alike."""
    one, two = "".join(low.split()), "".join(other.split())
    if one == two:
        return index
    if one == "0":
        return f"{index} + {enclosed(other)}"
    if two == "0":
        return f"{index} - {enclosed(low)}"
    if two.startswith(f"{one}+"):
        return f"{index} + {enclosed(two.removeprefix(f'{one}+'))}"
    if one.startswith(f"{two}+"):
        return f"{index} - {enclosed(one.removeprefix(f'{two}+'))}"
    return f"{index} - {enclosed(low)} + {enclosed(other)}"
