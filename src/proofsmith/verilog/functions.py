"""What every signal of a module becomes, as one expression: blocks are executed symbolically.

A register's function is its next value; where nothing is assigned it is the register itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from itertools import islice

from proofsmith.verilog.syntax import (
    Always,
    Assign,
    Binary,
    Block,
    Case,
    Choice,
    Continuous,
    Expr,
    If,
    Module,
    Name,
    Node,
    Number,
    Opaque,
    Signal,
    Statement,
    target_names,
    walk,
)

MAX_NODES = 5_000
"""Largest expression that is built, in nodes; blocks that need a larger one have no functions."""


@dataclass(frozen=True)
class Function:
    """The value of one signal: the next one if `always` is clocked."""

    name: str
    value: Expr
    always: Always | None = None

    @property
    def registered(self) -> bool:
        """Whether the signal is a register."""
        return self.always is not None and self.always.clocked


def functions(module: Module) -> dict[str, Function]:
    """Return the functions of all signals that are assigned as a whole, in one place, by the subset.

    Combinational signals that are not assigned on every path (latches) are left out.
    """
    found: dict[str, Function] = {}
    spoiled: set[str] = set()

    def take(f: Function) -> None:
        if f.name in found:
            spoiled.add(f.name)
        found[f.name] = f

    for item in module.items:
        if isinstance(item, Continuous):
            if isinstance(item.target, Name):
                take(Function(item.target.name, item.value))
            else:
                spoiled |= target_names(item.target)
        elif isinstance(item, Signal) and item.initial is not None and item.kind == "wire":
            take(Function(item.name, item.initial))
        elif isinstance(item, Always):
            values = _executed(item)
            for name in _assigned_names(item):
                value = values.get(name)
                if value is None or (not item.clocked and name in _latched(value)):
                    spoiled.add(name)
                else:
                    take(Function(name, value, item))
        elif isinstance(item, Opaque):
            spoiled |= item.names
    return {name: f for name, f in found.items() if name not in spoiled}


def _latched(value: Expr) -> frozenset[str]:
    return frozenset(n.name for n in walk(value) if isinstance(n, Name))


def _assigned_names(item: Always) -> frozenset[str]:
    found: set[str] = set()
    for node in walk(item.body):
        if isinstance(node, Assign):
            found |= target_names(node.target)
        elif isinstance(node, Opaque):
            found |= node.names
    return frozenset(found)


_Values = dict[str, Expr]


def _executed(item: Always) -> _Values:
    """Final values of what a block assigns; nothing where it has statements outside of the subset."""
    return final_values(item.body, item.clocked)


def final_values(body: Statement, clocked: bool) -> dict[str, Expr]:
    """Return the final values of the whole signals that a statement of a block assigns.

    Nothing where it has statements outside of the subset, or the values are too large; a signal of which
    parts are assigned is left out.
    """
    whole: set[str] = set()
    partial: set[str] = set()
    for node in walk(body):
        if isinstance(node, Opaque):
            return {}
        if isinstance(node, Assign):
            if isinstance(node.target, Name):
                whole.add(node.target.name)
            else:
                partial |= target_names(node.target)
    try:
        values = {k.removeprefix("<="): v for k, v in _Execution(clocked).run(body, {}).items()}
    except _TooLarge:
        return {}
    return {n: v for n, v in values.items() if n in whole - partial}


class _Execution:
    """Executes one block; remembers how large its expressions are, which are built of each other.

    In a block without a clock both kinds of assignment mean the same, once it has settled.
    """

    def __init__(self, clocked: bool) -> None:
        self._clocked = clocked
        self._sizes: dict[int, tuple[Expr, int]] = {}

    def run(self, s: Statement, before: _Values) -> _Values:
        """The values after a statement."""
        match s:
            case Block():
                for part in s.body:
                    before = self.run(part, before)
                return before
            case Assign() if isinstance(s.target, Name):
                value = self._bounded(substituted(s.value, before))
                key = f"<={s.target.name}" if self._clocked and not s.blocking else s.target.name
                return {**before, key: value}
            case If():
                condition = substituted(s.condition, before)
                other = before if s.other is None else self.run(s.other, before)
                return self._joined(condition, self.run(s.then, before), other)
            case Case():
                return self._case(s, before)
            case _:
                return before

    def _case(self, s: Case, before: _Values) -> _Values:
        default = next((arm for arm in s.arms if not arm.labels), None)
        result = before if default is None else self.run(default.body, before)
        subject = substituted(s.subject, before)
        for arm in reversed([a for a in s.arms if a.labels]):
            test: Expr | None = None
            for label in arm.labels:
                one = _label_test(s.kind, subject, label)
                test = one if test is None else Binary("||", test, one)
            assert test is not None
            result = self._joined(test, self.run(arm.body, before), result)
        return result

    def _joined(self, condition: Expr, then: _Values, other: _Values) -> _Values:
        joined: _Values = {}
        for key in {**then, **other}:
            name = key.removeprefix("<=")
            a, b = then.get(key, Name(name)), other.get(key, Name(name))
            joined[key] = a if a is b or a == b else self._bounded(Choice(condition, a, b))
        return joined

    def _bounded(self, e: Expr) -> Expr:
        if self._size(e) > MAX_NODES:
            raise _TooLarge
        return e

    def _size(self, e: Expr) -> int:
        """Nodes of an expression, written out; a choice is made of parts that are known."""
        known = self._sizes.get(id(e))
        if known is not None:
            return known[1]
        if isinstance(e, Choice):
            size = 1 + self._size(e.condition) + self._size(e.then) + self._size(e.other)
        else:
            size = sum(1 for _ in islice(walk(e), MAX_NODES + 1))
        self._sizes[id(e)] = (e, size)
        return size


def _label_test(kind: str, subject: Expr, label: Expr) -> Expr:
    if isinstance(label, Number) and label.value is None and kind != "case":
        masked = _masked(kind, label.text)
        if masked is None:
            return Binary("==?", subject, label)
        mask, value, width = masked
        return Binary("==", Binary("&", subject, Number(mask, width)), Number(value, width))
    return Binary("==", subject, label)


_BINARY = re.compile(r"(\d+)\s*'\s*b\s*([01xz?_]+)")


def _masked(kind: str, text: str) -> tuple[int, int, int] | None:
    """The bits that a binary label of a ``casez`` or ``casex`` asks for, their values, and its width."""
    literal = _BINARY.fullmatch(text.lower())
    if literal is None:
        return None
    width, digits = int(literal[1]), literal[2].replace("_", "")
    if len(digits) != width or (kind == "casez" and "x" in digits):
        return None
    mask = int("".join(str(int(d in "01")) for d in digits), 2)
    return mask, int("".join(d if d in "01" else "0" for d in digits), 2), width


class _TooLarge(Exception):
    """An expression that repeats itself grew beyond `MAX_NODES`."""


def is_large(e: Expr) -> bool:
    """Whether an expression, written out, has more than `MAX_NODES` nodes."""
    return sum(1 for _ in islice(walk(e), MAX_NODES + 1)) > MAX_NODES


def substituted(e: Expr, values: Mapping[str, Expr]) -> Expr:
    """Return `e` with names replaced by the expressions that `values` gives them."""
    if not values:
        return e
    if isinstance(e, Name):
        return values.get(e.name, e)
    changes: dict[str, object] = {}
    for f in fields(e):
        part = getattr(e, f.name)
        if isinstance(part, Node):
            new: object = substituted(part, values)  # type: ignore[arg-type]
            if new is not part:
                changes[f.name] = new
        elif isinstance(part, tuple) and part and isinstance(part[0], Node):
            parts = tuple(substituted(p, values) for p in part)
            if any(p is not q for p, q in zip(parts, part, strict=True)):
                changes[f.name] = parts
    return replace(e, **changes, at=(-1, -1)) if changes else e  # type: ignore[arg-type]
