"""Chains of choices as balanced trees: depth that grows with the logarithm of the length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite, rewritten
from proofsmith.verilog.edits import replace_expression
from proofsmith.verilog.syntax import Binary, Choice, Expr

_SHORTEST = 4


def balance_chains(design: Design) -> Iterator[Rewrite]:
    """Write ``p ? a : q ? b : r ? c : ...`` as a tree that asks first whether any of the first half holds."""
    inner: set[int] = set()
    for site in design.sites:
        e = site.expr
        if not isinstance(e, Choice) or e.at[0] < 0 or id(e) in inner:
            continue
        options: list[tuple[Expr, Expr]] = []
        rest: Expr = e
        while isinstance(rest, Choice):
            inner.add(id(rest))
            options.append((rest.condition, rest.then))
            rest = rest.other
        if len(options) >= _SHORTEST:
            edit = replace_expression(design.source, e, _tree(options, rest))
            thought = f"A chain of {len(options)} choices as a balanced tree."
            yield from rewritten(design, [edit], "balance-chain", thought, 2.0)


def _tree(options: Sequence[tuple[Expr, Expr]], rest: Expr) -> Expr:
    if len(options) == 1:
        return Choice(options[0][0], options[0][1], rest)
    first, second = options[: len(options) // 2], options[len(options) // 2 :]
    inside = _tree(first[:-1], first[-1][1]) if len(first) > 1 else first[0][1]
    return Choice(_any([condition for condition, _ in first]), inside, _tree(second, rest))


def _any(conditions: Sequence[Expr]) -> Expr:
    if len(conditions) == 1:
        return conditions[0]
    half = len(conditions) // 2
    return Binary("||", _any(conditions[:half]), _any(conditions[half:]))
