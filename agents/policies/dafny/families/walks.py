"""Families about walks down a structure: trees and lists that shrink, objects that lead to the next."""

from __future__ import annotations

from collections.abc import Iterator

from proofsmith.agents.policies.dafny.formula import Formula, formula
from proofsmith.agents.policies.dafny.goals import Goal
from proofsmith.agents.policies.dafny.setting import Guess, Setting
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.declarations import Field, Function
from proofsmith.dafny.interpret_values import Ref
from proofsmith.dafny.nodes import Expression, walk

_SUMS = ("int", "real", "seq", "set", "multiset")


def walks(s: Setting, goals: list[Goal]) -> Iterator[Guess]:
    """All that this module guesses."""
    yield from walked(s, goals)
    yield from kept(s, goals)
    yield from shares(s, goals)


def kept(s: Setting, goals: list[Goal]) -> Iterator[Guess]:
    """``P(rest) <==> P(whole)``: what is asked of the whole has the same answer for what is left of it."""
    for goal in (g.formula for g in goals):
        for node in walk(goal.tree):
            whole = _question(s, goal, node)
            for name in sorted(whole.names & set(s.kinds)) if whole is not None else ():
                for rest in _rests(s, name):
                    part = whole.substituted({name: rest}) if whole is not None else None
                    if part is not None and whole is not None:
                        yield Guess(f"({part.text}) <==> ({whole.text})", "kept", 1.5)


def shares(s: Setting, goals: list[Goal]) -> Iterator[Guess]:
    """``v + f(g(rest)) == f(g(whole))``: what was gathered and what is left make up the whole."""
    for goal in (g.formula for g in goals):
        for node in walk(goal.tree):
            found = formula(goal.at(node)) if isinstance(node, ex.Call) else None
            callee = getattr(node, "callee", None)
            name = callee.name if isinstance(callee, ex.Name) else ""
            function = next(iter(s.machine.functions.get(name, ())), None)
            if found is None or function is None or function.result is None:
                continue
            kind = s.kind_of_type(function.result.type)
            if kind not in _SUMS or found.names & (goal.bound | s.loop.assigned) or not s.known(found.text):
                continue
            for whole in sorted(n for n in found.names if s.kinds.get(n) == "data"):
                for part in (p for r in _rests(s, whole) if (p := found.substituted({whole: r})) is not None):
                    for v in (v for v in s.of_kind(kind) if v in s.loop.assigned):
                        yield Guess(f"{v} + {part.text} == {found.text}", "shares", 1.8)
                        if kind == "seq":
                            yield Guess(f"{part.text} + {v} == {found.text}", "shares", 1.4)


def _question(s: Setting, goal: Formula, node: object) -> Formula | None:
    """A membership or predicate in a goal that the loop does not change, and that binds nothing."""
    if isinstance(node, ex.Comparison):
        asks = node.operators[-1] in ("in", "!in")
    else:
        asks = isinstance(node, ex.Call) and isinstance(node.callee, ex.Name) and _is_predicate(s, node)
    if not asks or not isinstance(node, Expression):
        return None
    found = formula(goal.at(node))
    if found is None or found.names & (goal.bound | s.loop.assigned) or not s.known(found.text):
        return None
    return found


def _is_predicate(s: Setting, call: ex.Call) -> bool:
    name = call.callee.name if isinstance(call.callee, ex.Name) else ""
    return any(f.is_predicate for f in s.machine.functions.get(name, ()))


def _rests(s: Setting, name: str) -> Iterator[str]:
    """What may be left of a variable: others of its type that the loop changes, and parts of it."""
    kind, declared = s.kinds[name], s.loop.scope.get(name)
    for other in s.of_kind(kind) if kind in ("data", "seq", "set", "multiset") else ():
        theirs = s.loop.scope.get(other)
        if other in s.loop.assigned and (declared is None or theirs is None or declared.name == theirs.name):
            yield other
    if kind == "seq":
        for i in s.indices[:2]:
            yield f"{name}[{i}..]"
            yield f"{name}[..{i}]"


def links(s: Setting) -> Iterator[tuple[str, str]]:
    """Yield variables that walk over objects, with the class: in the states seen they hold these or null."""
    for name in sorted(s.loop.assigned & set(s.loop.scope)):
        values = [f.vars[name] for f in s.states.seen if name in f.vars]
        kinds = {v.kind for v in values if isinstance(v, Ref) and not v.dims}
        plain = all(v is None or (isinstance(v, Ref) and not v.dims) for v in values)
        if plain and len(kinds) == 1 and (kind := kinds.pop()) in s.machine.classes:
            yield name, kind


def fields(s: Setting, owner: str, *kinds: str) -> list[str]:
    """Return the fields of a class whose types are of some kinds."""
    members = s.machine.classes[owner].members
    return [
        v.name
        for m in members
        if isinstance(m, Field)
        for v in m.variables
        if v.type is not None and (s.kind_of_type(v.type) in kinds)
    ]


def walked(s: Setting, goals: list[Goal]) -> Iterator[Guess]:
    """Facts on an object that the loop goes on from: it is valid, and has what is left of the first one's."""
    for name, owner in links(s):
        some, none = f"{name} != null ==> ", f"{name} == null ==> "
        for member in s.machine.classes[owner].members:
            if isinstance(member, Function) and member.is_predicate and not member.parameters:
                yield Guess(f"{some}{name}.{member.name}()", "walk", 3.0)
        if s.method.owner != owner:
            continue
        for row in fields(s, owner, "set"):
            yield Guess(f"{some}{name}.{row} <= {row}", "walk", 1.0)
        for row in fields(s, owner, "seq", "set", "multiset"):
            yield from _rest_of_row(s, goals, row, f"{name}.{row}", some, none)


def _rest_of_row(s: Setting, goals: list[Goal], row: str, rest: str, some: str, none: str) -> Iterator[Guess]:
    for goal in (g.formula for g in goals):
        for node in walk(goal.tree):
            found = formula(goal.at(node)) if isinstance(node, Expression) else None
            if found is None or row not in found.names or found.names & (goal.bound | s.loop.assigned):
                continue
            part = found.substituted({row: rest})
            if part is None:
                continue
            if isinstance(node, ex.Comparison) and node.operators[-1] in ("in", "!in"):
                yield Guess(f"{some}(({part.text}) <==> ({found.text}))", "walk", 2.0)
                yield Guess(f"{none}!({found.text})", "walk", 1.8)
            elif isinstance(node, ex.Cardinality | ex.Call):
                for v in s.moving:
                    yield Guess(f"{some}{v} + {part.text} == {found.text}", "walk", 2.0)
                    yield Guess(f"{none}{v} == {found.text}", "walk", 2.0)


def asks_of_structure(s: Setting, found: Formula) -> bool:
    """Whether a formula is about an object that the loop goes on from, or asks a predicate of a tree or list.

    Made-up states, which change little, do not show that such a one says anything.
    """
    if found.names & {name for name, _ in links(s)}:
        return True
    data = {n for n in s.of_kind("data") if n in s.loop.assigned}
    return any(
        isinstance(node, ex.Call)
        and _is_predicate(s, node)
        and bool({n.name for n in walk(node) if isinstance(n, ex.Name)} & data)
        for node in walk(found.tree)
    )


def measures(s: Setting) -> list[str]:
    """Return what a walk over objects takes away from: sets and sequences that each object has less of."""
    found = []
    for name, owner in links(s):
        null = any(f.vars.get(name) is None for f in s.states.seen if name in f.vars)
        for row in fields(s, owner, "set"):
            found.append(f"if {name} == null then {{}} else {name}.{row}" if null else f"{name}.{row}")
        for row in fields(s, owner, "seq"):
            size = f"|{name}.{row}|"
            found.append(f"if {name} == null then 0 else {size} + 1" if null else size)
    return found
