"""Compiles case patterns into functions that match a value and bind names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_values import Data, Value

if TYPE_CHECKING:
    from proofsmith.dafny.interpret import Machine

Matches = Callable[[Value, dict[str, Value]], bool]
"""(value, names to extend) to whether it matches."""


def compile_pattern(p: ex.Pattern, machine: Machine) -> Matches:
    """Return a function that matches a value against `p` and puts what it binds into a dictionary."""
    if p.alternatives:
        choices = [compile_pattern(a, machine) for a in p.alternatives]
        return lambda value, bound: any(choice(value, bound) for choice in choices)
    if p.literal is not None:
        literal = machine.compile(p.literal)
        return lambda value, bound: bool(value == literal(machine.empty_frame()))
    name = p.name.rsplit(".", 1)[-1]
    if p.arguments is None and name not in machine.constructors:
        return lambda value, bound: _bind(name, value, bound)
    inner = [compile_pattern(a, machine) for a in p.arguments or ()]

    def matches(value: Value, bound: dict[str, Value]) -> bool:
        if not isinstance(value, Data) or value.constructor != name:
            return False
        return all(m(v, bound) for m, v in zip(inner, value.fields, strict=False))

    return matches


def _bind(name: str, value: Value, bound: dict[str, Value]) -> bool:
    if name != "_":
        bound[name] = value
    return True
