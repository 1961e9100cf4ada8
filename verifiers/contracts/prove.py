"""Puts a function's contract to Z3: is there an input on which it is broken?"""

from __future__ import annotations

import ast
import time
from collections.abc import Sequence
from typing import Any

import z3

from proofsmith.verifiers.contracts.contract import Answer, Contract
from proofsmith.verifiers.contracts.execute import Execution
from proofsmith.verifiers.contracts.expressions import (
    Environment,
    Mixed,
    Translator,
    Unsupported,
    Value,
    same,
    truth,
    typed,
)
from proofsmith.verifiers.contracts.invariants import Inference
from proofsmith.verifiers.contracts.modules import functions_of

_SMALL = (1, 4, 16, 256)
"""Counterexamples are looked for among inputs of at most these sizes first."""


def symbol(name: str, annotation: str) -> Value:
    """Return a symbolic input of the type that `annotation` names.

    Raises:
        Unsupported: not int, bool or a tuple of such of fixed length.
    """
    node = ast.parse(annotation, mode="eval").body
    return _symbol(name, node)


def _symbol(name: str, node: ast.expr) -> Value:
    if isinstance(node, ast.Name) and node.id in ("int", "bool"):
        return z3.Int(name) if node.id == "int" else z3.Bool(name)
    if (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("tuple", "Tuple")
    ):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return tuple(_symbol(f"{name}[{i}]", part) for i, part in enumerate(parts))
    raise Unsupported(f"inputs of type {ast.unparse(node)}")


def prove(contract: Contract) -> Answer:
    """Prove or refute `contract`. Never raises for what the program contains."""
    try:
        return _Proof(contract).run()
    except Unsupported as reason:
        return Answer("unknown", f"not modelled: {reason}")
    except (RecursionError, z3.Z3Exception) as error:
        return Answer("unknown", f"too complex: {str(error)[:100]}")


class _Proof:
    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.deadline = time.monotonic() + contract.seconds
        self.inputs = {name: symbol(name, annotation) for name, annotation in contract.parameters}
        self.solver = z3.Solver()
        self.condition = z3.BoolVal(True)
        for text in contract.preconditions:
            holds = self._formula(text, self.inputs)
            self.condition = z3.And(self.condition, holds)
        self.solver.add(self.condition)

    def run(self) -> Answer:
        """Unroll loops first: what that refutes is real. Where its bound is not enough, try invariants."""
        if self._check(z3.BoolVal(True)) == z3.unsat:
            return Answer("unknown", "no input meets the preconditions")
        answer = self._attempt(None)
        if answer.outcome != "bounded":
            return answer
        inference = Inference(self.condition, self.inputs, self.contract.properties, self._left)
        try:
            by_invariants = self._attempt(inference)
        except Unsupported:
            return answer
        return by_invariants if by_invariants.outcome == "proved" else answer

    def _attempt(self, inference: Inference | None) -> Answer:
        contract = self.contract
        functions = functions_of(contract.program)
        if contract.function not in functions:
            raise Unsupported(f"the program does not define {contract.function} as a plain function")
        summarise = inference.summarise if inference else None
        execution = Execution(functions, contract.unroll, self._reachable, summarise)
        inputs = _as_parameters(functions[contract.function], self.inputs)
        result = execution.run(functions[contract.function], inputs, z3.BoolVal(True))
        scope = {**self.inputs, "result": result}
        claims = [(text, self._formula(text, scope)) for text in contract.properties]
        outside = list(execution.incomplete)
        inexact = list(execution.inexact)
        expected: Value | None = None
        if contract.reference:
            expected, oracle = self._oracle()
            outside += oracle.incomplete
            inexact += oracle.inexact
            if typed(result) != typed(expected):
                raise Unsupported("a result of another type than the reference's")
            claims.append(("equal to the reference", same(result, expected)))
        if not claims:
            return Answer("unknown", "there is nothing to prove")
        known = z3.And(inference.assumptions) if inference else z3.BoolVal(True)
        exact = z3.And(known, z3.Not(z3.Or([z3.BoolVal(False), *inexact])))
        answer = self._decide(execution, result, expected, claims, outside, exact)
        if answer.outcome in ("proved", "bounded") and any(self._reachable(c) for c in inexact):
            return Answer("unknown", "a bitwise operation on ints of more than 32 bits")
        return answer

    def _oracle(self) -> tuple[Value, Execution]:
        """The reference's result, and its execution."""
        contract = self.contract
        oracle = Execution(functions_of(contract.reference), contract.unroll, self._reachable)
        function = oracle.functions.get(contract.reference_name)
        if function is None:
            raise Unsupported(f"the reference does not define {contract.reference_name} as a plain function")
        result = oracle.run(function, _as_parameters(function, self.inputs), z3.BoolVal(True))
        if any(self._reachable(condition) for condition, _ in oracle.failures):
            raise Unsupported("a reference that raises")
        return result, oracle

    def _decide(
        self,
        execution: Execution,
        result: Value,
        expected: Value | None,
        claims: Sequence[tuple[str, z3.BoolRef]],
        outside: Sequence[z3.BoolRef],
        known: z3.BoolRef,
    ) -> Answer:
        """Look for an input inside the bound that breaks a claim; then say what the bound leaves out."""
        inside = z3.And(known, z3.Not(z3.Or([z3.BoolVal(False), *outside])))
        for condition, exception in execution.failures:
            answer = self._refute(z3.And(inside, condition), result, None, f"raises {exception}", exception)
            if answer is not None:
                return answer
        failing = z3.Or([z3.BoolVal(False), *(c for c, _ in execution.failures)])
        for text, claim in claims:
            broken = z3.And(inside, z3.Not(failing), z3.Not(claim))
            answer = self._refute(broken, result, expected, text, "")
            if answer is not None:
                return answer
        beyond = self._check(z3.And(known, z3.Or([z3.BoolVal(False), *outside])))
        if beyond == z3.unsat:
            return Answer("proved")
        if beyond == z3.unknown:
            return Answer("unknown", "whether the bound covers every input could not be decided in time")
        self.solver.pop()
        return Answer("bounded")

    def _refute(
        self, broken: z3.BoolRef, result: Value, expected: Value | None, text: str, exception: str
    ) -> Answer | None:
        sizes = [x for value in self.inputs.values() for x in _leaves(value) if z3.is_arith(x)]
        for limit in (*_SMALL, None):
            small = [] if limit is None else [z3.And(x >= -limit, x <= limit) for x in sizes]
            answer = self._check(z3.And(broken, *small))
            if answer == z3.unknown:
                return Answer("unknown", f"Z3 could not decide in time: {text}")
            if answer == z3.sat:
                model = self.solver.model()
                self.solver.pop()
                return Answer(
                    "refuted",
                    inputs=tuple(concrete(model, v) for v in self.inputs.values()),
                    result=None if exception else concrete(model, result),
                    exception=exception,
                    expected=None if expected is None else concrete(model, expected),
                    violated=text,
                )
        return None

    def _formula(self, text: str, env: Environment) -> z3.BoolRef:
        """A pre- or postcondition over `env`; it must be defined wherever it is asked."""
        failures = Execution({}, 0, lambda condition: True)
        value = Translator(env, z3.BoolVal(True), failures).value(parse_expression(text))
        if failures.inexact:
            raise Unsupported(f"bitwise operations in {text!r}")
        undefined = z3.Or([z3.BoolVal(False), *(c for c, _ in failures.failures)])
        return z3.And(z3.Not(undefined), truth(value))

    def _left(self) -> float:
        return self.deadline - time.monotonic()

    def _check(self, formula: z3.BoolRef, seconds: float | None = None) -> z3.CheckSatResult:
        """Check `formula` with the preconditions; after ``sat`` the scope stays for the model."""
        left = max(0.01, min(self._left(), seconds or self._left()))
        self.solver.push()
        self.solver.set("timeout", int(left * 1000) + 1)
        self.solver.add(formula)
        answer = self.solver.check()
        if answer != z3.sat or seconds is not None:
            self.solver.pop()
        return answer

    def _reachable(self, condition: z3.BoolRef) -> bool:
        if self._left() <= 0:
            raise Unsupported("more paths than the time allows")
        return bool(self._check(condition, seconds=0.5) != z3.unsat)


def _as_parameters(function: ast.FunctionDef, inputs: Environment) -> dict[str, Value]:
    """Bind the inputs to the function's parameters, by position."""
    a = function.args
    names = [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)]
    if a.vararg or a.kwarg or len(names) != len(inputs):
        raise Unsupported(f"the parameters of {function.name}")
    return dict(zip(names, inputs.values(), strict=True))


def _leaves(value: Value) -> list[Value]:
    return [x for part in value for x in _leaves(part)] if isinstance(value, tuple) else [value]


def parse_expression(text: str) -> ast.expr:
    """Return the expression of a pre- or postcondition."""
    return ast.parse(text.strip(), mode="eval").body


def concrete(model: z3.ModelRef, value: Value) -> Any:
    """Return the value that a model gives to a symbolic one, as plain data."""
    if isinstance(value, tuple):
        return tuple(concrete(model, part) for part in value)
    if isinstance(value, Mixed):
        value = value.number
    if value is None:
        return None
    found = model.eval(value, model_completion=True)
    return z3.is_true(found) if z3.is_bool(found) else found.as_long()
