"""A rule for small combinational functions: written anew from their truth tables."""

from __future__ import annotations

from collections.abc import Iterator

from proofsmith.agents.policies.verilog.logic import Table, expression_of
from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite, rewritten
from proofsmith.verilog.edits import Edit, replace_expression
from proofsmith.verilog.evaluate import Unknown, evaluate
from proofsmith.verilog.functions import Function, functions
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.syntax import Assign, Choice, Concat, Expr, Index, Name, Number, names, walk

MAX_BITS = 9
MAX_WIDTH = 8


def minimise_logic(design: Design) -> Iterator[Rewrite]:
    """Write a combinational signal of few inputs as minimised logic."""
    for f in functions(design.module).values():
        if f.registered or _gives_names(design, f.value):
            continue
        value = _minimised(design, f)
        if value is None:
            continue
        if f.always is None:
            edit = replace_expression(design.source, f.value, value)
        else:
            if sum(isinstance(n, Assign) for n in walk(f.always.body)) < 2 or not _alone(f):
                continue
            edit = Edit(*f.always.body.at, f"{f.name} = {text_of(value)};")
        yield from rewritten(
            design, [edit], "minimise-logic", f"{f.name} by its truth table, minimised.", 1.5
        )


def _gives_names(design: Design, e: Expr) -> bool:
    """Whether results are named constants (states, for example), which would be lost."""
    if isinstance(e, Choice):
        return _gives_names(design, e.then) or _gives_names(design, e.other)
    return isinstance(e, Name) and e.name in design.scope.constants


def _alone(f: Function) -> bool:
    assert f.always is not None
    targets = [n.target for n in walk(f.always.body) if isinstance(n, Assign)]
    return all(t == Name(f.name) for t in targets)


def _minimised(design: Design, f: Function) -> Expr | None:
    scope = design.scope
    width = scope.signal_width(f.name)
    support = sorted(names(f.value) - scope.constants.keys())
    widths = {n: scope.signal_width(n) for n in support}
    bits = [(n, i) for n in support for i in reversed(range(widths[n] or 0))]
    known = all(w is not None and scope.bounds(n) == (w - 1, 0) for n, w in widths.items())
    if not known or width is None or width > MAX_WIDTH or not 1 < len(bits) <= MAX_BITS:
        return None
    ones: list[set[int]] = [set() for _ in range(width)]
    for row in range(1 << len(bits)):
        values: dict[str, int] = dict.fromkeys(support, 0)
        for place, (name, i) in enumerate(bits):
            values[name] |= (row >> (len(bits) - 1 - place) & 1) << i
        try:
            result = evaluate(f.value, scope, values, width)
        except Unknown:
            return None
        for i in range(width):
            if result >> i & 1:
                ones[i].add(row)
    signals = [Name(n) if widths[n] == 1 else Index(Name(n), Number(i)) for n, i in bits]
    parts = [expression_of(Table(len(bits), frozenset(o)), signals) for o in reversed(ones)]
    return parts[0] if width == 1 else Concat(tuple(parts))
