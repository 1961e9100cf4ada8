"""Bodies that call methods of the program, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from proofsmith.agents.policies.dafny.bodies.blank import INTS, Blank
from proofsmith.dafny.declarations import Method
from proofsmith.dafny.nodes import Type

_MOST_CALLS = 3
_MOST_STATES = 240
_MOST_ARGUMENTS = 30


@dataclass(frozen=True)
class _State:
    """Statements so far, and the variables with their types."""

    text: str
    scope: tuple[tuple[str, Type], ...]


def calls(blank: Blank) -> Iterator[str]:
    """Yield sequences of calls whose last results are the method's own, shorter ones first."""
    usable = [m for all_of in blank.machine.methods.values() for m in all_of if _usable(blank, m)]
    if not usable:
        return
    scope = tuple((p.name, p.type) for p in blank.method.parameters if p.type is not None)
    states = [_State("", scope)]
    for depth in range(_MOST_CALLS):
        further = []
        for state in states:
            for method in usable:
                for given in _arguments(method, state):
                    call = f"{method.name}({', '.join(given)})"
                    yield from _last(blank, method, state, call)
                    if depth + 1 < _MOST_CALLS and method.results:
                        further.append(_longer(blank, method, state, call))
        states = further[:_MOST_STATES]


def _usable(blank: Blank, method: Method) -> bool:
    machine = blank.machine
    return (
        method.name != blank.method.name
        and not method.is_ghost
        and not machine.owner.get(id(method))
        and method.kind == "method"
        and method.body is not None
        and (bool(method.results) or bool(blank.modified))
    )


def _arguments(method: Method, state: _State) -> Iterator[tuple[str, ...]]:
    """Yield arguments of fitting types; the last results are tried first."""
    choices = []
    for p in method.parameters:
        fitting = [n for n, t in reversed(state.scope) if p.type is not None and _fits(t, p.type)]
        choices.append(fitting)
    for k, chosen in enumerate(product(*choices)):
        if k >= _MOST_ARGUMENTS:
            return
        yield chosen


def _fits(given: Type, wanted: Type) -> bool:
    return given == wanted or (given.name in INTS and wanted.name in INTS)


def _last(blank: Blank, method: Method, state: _State, call: str) -> Iterator[str]:
    results = blank.method.results
    if len(results) == len(method.results):
        fits = all(
            a.type is not None and b.type is not None and _fits(b.type, a.type)
            for a, b in zip(results, method.results, strict=True)
        )
        if fits:
            names = ", ".join(r.name for r in results)
            yield f"{state.text} {names} := {call};".strip() if results else f"{state.text} {call};".strip()


def _longer(blank: Blank, method: Method, state: _State, call: str) -> _State:
    known = {n for n, _ in state.scope}
    names: list[str] = []
    for r in method.results:
        base = blank.fresh(r.name)[0]
        names.append(
            next(n for n in (base, *(f"{base}{k}" for k in range(100))) if n not in known | set(names))
        )
    more = tuple((n, r.type) for n, r in zip(names, method.results, strict=True) if r.type is not None)
    return _State(f"{state.text} var {', '.join(names)} := {call};".strip(), (*state.scope, *more))
