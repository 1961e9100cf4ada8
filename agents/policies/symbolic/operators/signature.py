"""Operator tables: polymorphic signatures as text, made monomorphic for the types of a task."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from proofsmith.agents.policies.symbolic.expr import Op
from proofsmith.agents.policies.symbolic.types import CHR, Type

ORDERED = {"int", "float", "str", "chr", "list", "tuple"}


@dataclass(frozen=True)
class Entry:
    """One row of an operator table.

    `signature` is text such as ``"list[T],fn[T:bool]->list[T]"``; single capitals are type variables.
    `flags`: ``c`` commutative, ``o`` the variable T must be ordered, ``h`` used only when a word of
    the statement hints at it. `imports` is the import line the source text needs.
    """

    name: str
    signature: str
    fn: Callable[..., Any]
    template: str
    cost: int
    flags: str = ""
    imports: str = ""


@functools.cache
def parse(signature: str) -> tuple[tuple[Type, ...], Type]:
    """Parse a signature text into argument types and result type."""
    left, _, right = signature.partition("->")
    return tuple(_types(left)), _types(right)[0]


def _types(text: str) -> list[Type]:
    found: list[Type] = []
    depth, start = 0, 0
    for i, c in enumerate(text + ","):
        if c == "[":
            depth += 1
        elif c == "]":
            depth -= 1
        elif c in ",:" and depth == 0:
            part = text[start:i].strip()
            start = i + 1
            if part:
                name, bracket, rest = part.partition("[")
                found.append(Type(name, tuple(_types(rest[:-1])) if bracket else ()))
    return found


def variables(t: Type) -> set[str]:
    """Return the type variables in `t`."""
    if len(t.name) == 1 and t.name.isupper():
        return {t.name}
    return set().union(*(variables(a) for a in t.args)) if t.args else set()


def substitute(t: Type, binding: dict[str, Type]) -> Type:
    """Replace type variables."""
    if t.name in binding:
        return binding[t.name]
    return Type(t.name, tuple(substitute(a, binding) for a in t.args)) if t.args else t


def _pure(t: Type, universe: set[Type]) -> bool:
    if t.name == "fn":
        return all(_pure(a, universe) for a in t.args)
    return t in universe


def instantiate(entries: Iterable[Entry], universe: set[Type]) -> list[tuple[Entry, Op]]:
    """Return every monomorphic instance of `entries` whose types all lie in `universe`."""
    result: list[tuple[Entry, Op]] = []
    ordered = sorted(universe, key=str)
    for entry in entries:
        args, ret = parse(entry.signature)
        names = sorted(set().union(variables(ret), *(variables(a) for a in args)))
        for chosen in itertools.product(ordered, repeat=len(names)):
            binding = dict(zip(names, chosen, strict=True))
            if "o" in entry.flags and binding["T"].name not in ORDERED:
                continue
            if entry.name.startswith("map") and binding.get("U") == CHR:
                continue
            a = tuple(substitute(x, binding) for x in args)
            r = substitute(ret, binding)
            if all(_pure(x, universe) for x in (*a, r)):
                op = Op(entry.name, a, r, entry.fn, entry.template, entry.cost, entry.flags)
                op.imports = entry.imports
                result.append((entry, op))
    return result
