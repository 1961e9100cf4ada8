"""Straight-line bodies: terms assigned to the results, alone or under conditions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import product

from proofsmith.agents.policies.dafny.bodies.blank import Blank, Deadline
from proofsmith.agents.policies.dafny.bodies.cascades import Partial, cascade
from proofsmith.agents.policies.dafny.context import functions_of
from proofsmith.agents.policies.dafny.formula import formula
from proofsmith.agents.policies.dafny.terms import Terms, kind_named
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_values import Trouble
from proofsmith.dafny.nodes import walk

_TUPLES = 600
_GAS = 3000
_ENOUGH = 3
_TESTS = 300
_SECONDS = 4.0


def straight(blank: Blank, deadline: Deadline) -> Iterator[str]:
    """Yield assignments to the results."""
    terms = _terms(blank, deadline.within(_SECONDS))
    names = [r.name for r in blank.method.results]
    kinds = [kind_named(r.type) for r in blank.method.results]
    choices = [terms.of(k)[: max(12, int(_TUPLES ** (1 / len(kinds))))] for k in kinds]
    right: list[Partial] = []
    found = 0
    everything = (1 << len(blank.frames)) - 1
    stop = deadline.within(_SECONDS)
    for chosen in product(*choices):
        if time.monotonic() > stop:
            break
        mask = _mask(blank, dict(zip(names, chosen, strict=True)))
        text = f"{', '.join(names)} := {', '.join(chosen)};"
        if mask == everything:
            yield text
            found += 1
            if found >= _ENOUGH:
                return
        if mask:
            right.append(Partial(mask, sum(len(c) for c in chosen), text))
    conditions = [(_truth(blank, test), test) for test in terms.of("bool")[:_TESTS]]
    joined = cascade(
        everything, right, conditions, 4, lambda c, a, b: f"if {c} {{ {a} }} else {{ {b} }}", deadline.over
    )
    if joined is not None:
        yield joined


def _terms(blank: Blank, ends: float) -> Terms:
    terms = Terms(blank.machine, blank.frames)
    for text in _atoms(blank):
        terms.add(text)
    terms.grow(ends, list(_function_calls(blank, terms)))
    if not any(p.type is not None and p.type.name.startswith("array") for p in blank.method.parameters):
        terms.grow(ends)
    return terms


def _mask(blank: Blank, values: dict[str, str]) -> int:
    """On which inputs the results `values` meet the postconditions, as bits."""
    trees = {name: found.tree for name, text in values.items() if (found := formula(text)) is not None}
    mask = 0
    for k, frame in enumerate(blank.frames):
        try:
            given = {n: blank.machine.evaluate(t, frame, _GAS) for n, t in trees.items()}
            after = frame.with_vars(given)
            if all(blank.machine.evaluate(e, after, _GAS) is True for e in blank.goals):
                mask |= 1 << k
        except Trouble:
            continue
    return mask


def _truth(blank: Blank, test: str) -> int:
    found = formula(test)
    mask = 0
    for k, frame in enumerate(blank.frames):
        try:
            if found is not None and blank.machine.evaluate(found.tree, frame, _GAS):
                mask |= 1 << k
        except Trouble:
            return 0
    return mask


def _atoms(blank: Blank) -> Iterator[str]:
    """Yield the smallest terms: parameters, lengths, constants of the specification."""
    for p in blank.method.parameters:
        yield p.name
        name = "" if p.type is None else p.type.name
        if name in ("seq", "string", "set", "multiset", "map"):
            yield f"|{p.name}|"
        elif name.startswith("array"):
            yield f"{p.name}.Length"
            yield f"{p.name}[..]"
            yield f"{p.name}[0]"
    yield from ("0", "1", "true", "false", "-1", "2")
    for clause in blank.method.clauses:
        for node in walk(clause):
            if isinstance(node, ex.Literal) and node.kind in ("int", "real", "char", "string"):
                yield node.text
    for result in blank.method.results:
        if result.type is not None and result.type.name in ("seq", "string"):
            yield "[]"
        elif result.type is not None and result.type.name == "set":
            yield "{}"
    yield from (name for name, c in blank.machine.constructors.items() if not c.parameters)


def _function_calls(blank: Blank, terms: Terms) -> Iterator[str]:
    """Calls of functions that are compiled: what is only called ``function`` is so in Dafny 4."""
    named = {n.callee.name for c in blank.method.clauses for n in walk(c)
             if isinstance(n, ex.Call) and isinstance(n.callee, ex.Name)}  # fmt: skip
    for function in functions_of(blank.machine.program):
        if "ghost" in function.modifiers or ("method" not in function.kind and function.name in named):
            continue
        choices = [terms.of(kind_named(p.type))[:6] for p in function.parameters]
        for chosen in product(*choices):
            yield f"{function.name}({', '.join(chosen)})"
