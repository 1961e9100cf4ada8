"""Computing terms on concrete values, exactly (SMT-LIB 2.6). Iterative: depth is no limit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from proofsmith.smtlib.problem import DefinedFunction
from proofsmith.smtlib.semantics import Operation, TooLarge, Value, operation, sorts_of
from proofsmith.smtlib.terms import Term, postorder

__all__ = ["Evaluator", "TooLarge", "UnknownName", "Value", "evaluate"]

ByZero = Callable[[str, int], int]
"""What ``div`` or ``mod`` (first argument) of a dividend by zero is."""


class UnknownName(Exception):
    """The term has a variable without a value, or a function without a definition."""


@dataclass(frozen=True)
class _Step:
    """One instruction: its result goes to the next register; `inputs` are earlier registers."""

    kind: str
    name: str
    inputs: tuple[int, ...]
    run: Operation | None = None
    value: Value | None = None


@dataclass
class _Frame:
    steps: tuple[_Step, ...]
    variables: Mapping[str, Value]
    key: tuple[Any, ...]
    registers: list[Any]


class Evaluator:
    """Evaluates terms over given function definitions; terms are compiled once, then reused."""

    def __init__(self, functions: Iterable[DefinedFunction] = ()) -> None:
        self._functions = {f.name: f for f in functions}
        self._bodies: dict[str, tuple[_Step, ...]] = {}
        self._programs: dict[Term, tuple[_Step, ...]] = {}

    def value(
        self,
        term: Term,
        variables: Mapping[str, Value],
        by_zero: ByZero | None = None,
        deadline: float | None = None,
    ) -> Value:
        """Return the value of `term`.

        Bodies of functions see their parameters, and `variables` beyond those. `by_zero` overrides
        ``(div x 0) = 0`` and ``(mod x 0) = x``. `deadline` is on the clock of ``time.monotonic``.

        Raises:
            UnknownName: see there.
            TooLarge: a string or integer grows beyond the limits of `proofsmith.smtlib.semantics`,
                or the deadline has passed.
        """
        return self._run(term, variables, by_zero, deadline)[0]

    def calls(
        self,
        term: Term,
        variables: Mapping[str, Value],
        by_zero: ByZero | None = None,
        deadline: float | None = None,
    ) -> dict[tuple[Any, ...], Value]:
        """Return every call of a defined function that the value of `term` takes, with its value.

        A call is (name, *arguments). Raises as `value`.
        """
        return self._run(term, variables, by_zero, deadline)[1]

    def _run(
        self, term: Term, variables: Mapping[str, Value], by_zero: ByZero | None, deadline: float | None
    ) -> tuple[Value, dict[tuple[Any, ...], Value]]:
        steps = self._programs.get(term)
        if steps is None:
            steps = self._programs[term] = self._compile(term)
        known: dict[tuple[Any, ...], Value] = {}
        frames = [_Frame(steps, variables, (), [])]
        while True:
            frame = frames[-1]
            call = _advance(frame, known, by_zero, deadline)
            if call is not None:
                frames.append(self._enter(call, variables))
                continue
            frames.pop()
            result: Value = frame.registers[-1]
            if not frames:
                return result, known
            known[frame.key] = result

    def _enter(self, key: tuple[Any, ...], variables: Mapping[str, Value]) -> _Frame:
        function = self._functions.get(key[0])
        if function is None:
            raise UnknownName(f"the function {key[0]} is not defined")
        steps = self._bodies.get(function.name)
        if steps is None:
            steps = self._bodies[function.name] = self._compile(function.body)
        names = (name for name, _ in function.parameters)
        return _Frame(steps, {**variables, **dict(zip(names, key[1:], strict=True))}, key, [])

    def _compile(self, term: Term) -> tuple[_Step, ...]:
        places: dict[int, int] = {}
        steps: list[_Step] = []
        for t in postorder(term):
            places[id(t)] = len(steps)
            inputs = tuple(places[id(a)] for a in t.args)
            steps.append(self._step(t, inputs))
        return tuple(steps)

    def _step(self, t: Term, inputs: tuple[int, ...]) -> _Step:
        if t.kind == "const":
            return _Step("const", "", (), value=t.value)
        if t.kind == "var":
            return _Step("var", t.name, ())
        if t.kind != "app":
            raise UnknownName(f"a grammar's placeholder ({t.kind}) has no value")
        if t.name in self._functions:
            return _Step("call", t.name, inputs)
        try:
            run = operation(t.name, sorts_of(t.args))
        except (KeyError, IndexError):
            return _Step("call", t.name, inputs)
        return _Step("divide" if t.name in ("div", "mod") else "apply", t.name, inputs, run)


def _advance(
    frame: _Frame, known: dict[tuple[Any, ...], Value], by_zero: ByZero | None, deadline: float | None
) -> Any:
    """Run until the end (``None``), or until a call whose value is not known: its key."""
    steps, registers, variables = frame.steps, frame.registers, frame.variables
    for i in range(len(registers), len(steps)):
        step = steps[i]
        if deadline is not None and not i & 63 and time.monotonic() > deadline:
            raise TooLarge("computing it takes too long")
        if step.kind == "apply":
            assert step.run is not None
            registers.append(step.run(*[registers[r] for r in step.inputs]))
        elif step.kind == "const":
            registers.append(step.value)
        elif step.kind == "var":
            if step.name not in variables:
                raise UnknownName(f"the variable {step.name} has no value")
            registers.append(variables[step.name])
        elif step.kind == "divide":
            registers.append(_divide(step, [registers[r] for r in step.inputs], by_zero))
        else:
            key = (step.name, *[registers[r] for r in step.inputs])
            if key not in known:
                return key
            registers.append(known[key])
    return None


def _divide(step: _Step, arguments: list[int], by_zero: ByZero | None) -> int:
    assert step.run is not None
    value = arguments[0]
    for divisor in arguments[1:]:
        value = by_zero(step.name, value) if divisor == 0 and by_zero else step.run(value, divisor)
    return value


def evaluate(
    term: Term,
    variables: Mapping[str, Value],
    functions: Iterable[DefinedFunction] = (),
    by_zero: ByZero | None = None,
) -> Value:
    """Return the value of `term`; see `Evaluator.value`, which is faster for many terms."""
    return Evaluator(functions).value(term, variables, by_zero)
