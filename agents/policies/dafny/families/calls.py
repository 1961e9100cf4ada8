"""Families about the program's own functions: accumulators, and predicates of parts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from proofsmith.agents.policies.dafny.context import functions_of
from proofsmith.agents.policies.dafny.formula import formula
from proofsmith.agents.policies.dafny.goals import Goal
from proofsmith.agents.policies.dafny.setting import Guess, Setting, unique
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.declarations import Function
from proofsmith.dafny.nodes import Type, walk

_MOST_CALLS = 60
_JOINS = {"int": ("+", "*", "-"), "real": ("+", "*"), "seq": ("+",), "set": ("+",), "multiset": ("+",)}


def calls(s: Setting) -> Iterator[Guess]:
    """``f(args)`` for predicates, ``v == f(args)`` for the others, over terms of the loop."""
    for function in functions_of(s.method.program):
        texts = list(call_texts(s, function))
        if function.is_predicate or (function.result is not None and _name(function.result.type) == "bool"):
            for text in texts:
                yield Guess(text, "calls", 1.5)
                for b in s.of_kind("bool"):
                    if b in s.loop.assigned:
                        yield Guess(f"{b} == {text}", "calls", 1.2)
                        yield Guess(f"{b} ==> {text}", "calls", 0.8)
                        yield Guess(f"!{b} ==> !{text}", "calls", 0.8)
            continue
        kind = _kind(s, function.result.type if function.result is not None else None)
        for text in texts:
            for v in s.of_kind(kind or "?"):
                if v in s.loop.assigned:
                    yield Guess(f"{v} == {text}", "calls", 1.8)
                    for other in _JOINS.get(kind or "", ())[:1]:
                        for w in s.of_kind(kind or "?"):
                            if w in s.loop.assigned and w != v:
                                yield Guess(f"{v} {other} {w} == {text}", "calls", 0.7)


def joined(s: Setting, goals: list[Goal]) -> Iterator[Guess]:
    """``v + f(rest) == f(whole)`` and the like, where the goal is ``v == f(whole)``."""
    for goal in (g.formula for g in goals):
        for node in walk(goal.tree):
            if not isinstance(node, ex.Call) or not isinstance(node.callee, ex.Name):
                continue
            whole = goal.at(node)
            if not s.known(whole) or s.loop.assigned & _names(whole):
                continue
            name = node.callee.name
            for function in functions_of(s.method.program):
                if function.name != name:
                    continue
                kind = _kind(s, function.result.type if function.result is not None else None)
                for text in call_texts(s, function):
                    for v in s.of_kind(kind or "?"):
                        if v in s.loop.assigned:
                            for op in _JOINS.get(kind or "", ()):
                                yield Guess(f"{v} {op} {text} == {whole}", "joined", 1.6)
                                if _first(s, v) not in ("", {"+": "0", "*": "1"}.get(op)):
                                    whole_too = f"{whole} {op} {_first(s, v)}"
                                    yield Guess(f"{v} {op} {text} == {whole_too}", "joined", 1.5)
                            if kind == "seq":
                                yield Guess(f"{text} + {v} == {whole}", "joined", 1.4)
                            for join in _joins(s, function):
                                yield Guess(f"{join}({text}, {v}) == {whole}", "joined", 1.5)
                                yield Guess(f"{join}({v}, {text}) == {whole}", "joined", 1.3)
                    if not s.of_kind(kind or "?") or kind in ("int", "bool"):
                        yield Guess(f"{text} == {whole}", "joined", 1.2)


def _joins(s: Setting, function: Function) -> Iterator[str]:
    """The program's functions that make one value of a datatype of two, for the one that another gives."""
    wanted = None if function.result is None else function.result.type
    for f in functions_of(s.method.program) if s.kind_of_type(wanted) == "data" else ():
        types = [p.type for p in f.parameters] + [f.result.type if f.result is not None else None]
        if len(types) == 3 and f is not function and {_name(t) for t in types} == {_name(wanted)}:
            yield f.name


def _first(s: Setting, name: str) -> str:
    """The literal that a variable begins with; empty if it begins with something else."""
    found = formula(s.loop.starts.get(name, ""))
    return found.text if found is not None and isinstance(found.tree, ex.Literal) else ""


def call_texts(s: Setting, function: Function) -> Iterator[str]:
    """Yield calls of `function` whose arguments are terms of the loop, changed ones among them."""
    far = any(
        isinstance(n, ex.Binary) and isinstance(n.right, ex.Literal) and n.right.text in ("2", "3")
        for n in walk(function)
    )
    choices = [list(_terms(s, p.type, far)) for p in function.parameters]
    if not choices or any(not c for c in choices):
        return
    made = 0
    for chosen in product(*choices):
        text = f"{function.name}({', '.join(chosen)})"
        if s.changes(text):
            yield text
            made += 1
            if made >= _MOST_CALLS:
                return


def _terms(s: Setting, declared: Type | None, far: bool) -> Iterator[str]:
    """Terms of a type, the likely ones first; with `far` also what is two steps away."""
    name = _name(declared)
    kind = _kind(s, declared)
    if kind == "int":
        found = [*s.indices[:3], *s.fixed[:3], "0", *s.lengths[:2]]
        found += [f"{i} + 1" for i in s.indices[:2]] + [f"{i} - 1" for i in s.indices[:2]]
        found += [f"{i} + 2" for i in s.indices[:1] if far] + [f"{i} - 2" for i in s.indices[:1] if far]
        found += [f"{n} - {i}" for i in s.moving[:2] for n in s.fixed[:1]]
        yield from unique(found)
    elif kind == "seq":
        for q in s.sequences[:3]:
            yield q
            for i in s.indices[:2]:
                yield f"{q}[..{i}]"
                yield f"{q}[{i}..]"
        for a in s.arrays[:2]:
            for i in s.indices[:2]:
                yield f"{a}[..{i}]"
                yield f"{a}[{i}..]"
            yield f"{a}[..]"
            for i in s.indices[:1]:
                yield f"{a}[..{i} + 1]"
    elif kind == "array":
        yield from s.arrays[:3]
    elif kind is not None:
        yield from s.of_kind(kind)[:3]
    else:
        yield from (n for n, t in s.loop.scope.items() if t is not None and t.name == name)


def _name(declared: Type | None) -> str:
    return "" if declared is None else declared.name


def _kind(s: Setting, declared: Type | None) -> str | None:
    return s.kind_of_type(declared)


def _names(text: str) -> frozenset[str]:
    found = formula(text)
    return found.names if found is not None else frozenset()
