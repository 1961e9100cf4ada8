"""One candidate's outcomes on many calls, compared with the reference and the properties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from proofsmith import values
from proofsmith.python_spec import Call, Example, Outcome, PythonSpec
from proofsmith.verifiers.properties.bench import Bench
from proofsmith.verifiers.properties.oracle import Answer, Expected, Oracle, describe, opaque_type
from proofsmith.verifiers.properties.shapes import ANY, Shape, conforms, infer, result_shape
from proofsmith.verifiers.sandbox import CallResult
from proofsmith.verifiers.text import show, show_call, show_expected, show_outcome

Kind = Literal["ok", "wrong", "raised", "ended", "undecided", "problem"]
"""``ok`` all that is asked holds; ``wrong`` a wrong result; ``raised`` an exception nobody asked for;
``ended`` the process ended (memory, output, exit); ``undecided`` nothing is said about this outcome;
``problem`` a property could not be evaluated on a result of the right type."""


@dataclass(frozen=True)
class Finding:
    """What one call showed. `message` says it in one line; the texts are for a counterexample."""

    call: Call
    kind: Kind
    message: str = ""
    expected: str = ""
    actual: str = ""
    violated: str = ""
    example: Example | None = None

    @property
    def bad(self) -> bool:
        """Whether it is the candidate's fault."""
        return self.kind in ("wrong", "raised", "ended")


class Judge:
    """Compares outcomes with one specification."""

    def __init__(self, spec: PythonSpec, oracle: Oracle) -> None:
        self._spec = spec
        self._oracle = oracle
        self.name = spec.signature.name
        self._raises = {e.expected.exception for e in spec.examples if e.expected.exception}

    @cached_property
    def strict(self) -> bool:
        """Whether types must agree with the reference's: unless a float or an example says otherwise."""
        shape = result_shape(self._spec)
        if shape is not None and shape.mentions("float"):
            return False
        return all(e.strict for e in self._spec.examples)

    @cached_property
    def results(self) -> Shape | None:
        """The shape results have by the return annotation, else by the examples, else unknown."""
        shape = result_shape(self._spec)
        if self._spec.signature.returns is not None:
            return shape
        seen = [e.expected.value for e in self._spec.examples if e.expected.exception is None]
        return infer(seen) if seen else ANY

    def findings(
        self,
        bench: Bench,
        calls: Sequence[Call],
        expected: Sequence[Expected | None],
        results: Sequence[CallResult],
    ) -> list[Finding]:
        """Return one finding a call; a call that did not end in time is ``undecided``."""
        found: dict[int, Finding] = {}
        asked: list[int] = []
        for at, (call, wanted, result) in enumerate(zip(calls, expected, results, strict=True)):
            finding = self._without_properties(call, wanted, result)
            if finding is None:
                asked.append(at)
            else:
                found[at] = finding
        answers = self._oracle.judge(bench, [calls[i] for i in asked], [_plain(results[i]) for i in asked])
        for at, row in zip(asked, answers, strict=True):
            found[at] = self._by_properties(calls[at], results[at], row)
        return [found[at] for at in range(len(calls))]

    def _without_properties(self, call: Call, wanted: Expected | None, result: CallResult) -> Finding | None:
        """Decide what needs no property; ``None`` leaves it to the properties."""
        text = show_call(self.name, call)
        if result.status in ("timeout", "skipped"):
            return Finding(call, "undecided")
        if result.outcome is None:
            reason = result.detail or _ENDINGS.get(result.status, result.status)
            return Finding(call, "ended", f"{text}: {reason}", actual=reason, violated="must return")
        if wanted is not None:
            return self._against_reference(call, wanted, result)
        if result.outcome.exception is not None:
            if result.outcome.exception in self._raises:
                return Finding(call, "undecided")
            actual = show_outcome(result.outcome)
            return Finding(call, "raised", f"{text} {actual}", actual=actual, violated="must return")
        if not self._spec.properties:
            return Finding(call, "undecided")
        strange = opaque_type(_plain(result))
        if strange:
            if self.results is None or self.results.iterator:
                return Finding(call, "undecided")
            message = f"{text} returned an object of type {strange}, which is not plain data"
            return Finding(call, "wrong", message, actual=f"<{strange}>", violated="must return plain data")
        return None

    def _against_reference(self, call: Call, wanted: Expected, result: CallResult) -> Finding:
        assert result.outcome is not None
        text = show_call(self.name, call)
        mutates = wanted.args_after is not None
        example = Example(call, wanted.outcome, self.strict, mutates, origin="counterexample")
        if not result.meets(wanted.outcome, self.strict, self._spec.tolerance):
            actual, expected = _texts(result.outcome, wanted.outcome)
            message = f"{text} {actual}, expected {expected}"
            kind: Kind = "wrong" if result.outcome.exception is None else "raised"
            return Finding(call, kind, message, expected, actual, "equals the reference", example)
        after = result.args_after if result.mutated else None
        if mutates or after is not None:
            before = (*call.args, *(value for _, value in call.kwargs))
            should, did = wanted.args_after or before, after or before
            if not values.equal(list(should), list(did), self.strict, self._spec.tolerance):
                expected, actual = (f"arguments after: {show(list(a))}" for a in (should, did))
                message = f"{text} left its arguments as {show(list(did))}, expected {show(list(should))}"
                violated = "changes its arguments as the reference does"
                return Finding(
                    call, "wrong", message, expected, actual, violated, example if not mutates else None
                )
        return Finding(call, "ok")

    def _by_properties(self, call: Call, result: CallResult, answers: Sequence[Answer]) -> Finding:
        text, value = show_call(self.name, call), _plain(result)
        actual = f"returned {show(value)}"
        if not answers:
            return Finding(call, "problem", f"a property did not end on {text}, which {actual}")
        broken = next((a for a in answers if not a.holds and not a.problem), None)
        if broken is not None:
            violated = describe(broken.property)
            message = f"{text} {actual}, which violates {violated}"
            return Finding(call, "wrong", message, "", actual, violated)
        unclear = next((a for a in answers if a.problem), None)
        if unclear is None:
            return Finding(call, "ok")
        violated = describe(unclear.property)
        message = f"{text} {actual}, on which {violated} cannot be evaluated: {unclear.problem}"
        if self.results is not None and not conforms(value, self.results):
            return Finding(call, "wrong", message, "", actual, violated)
        return Finding(call, "problem", message)


_ENDINGS = {
    "memory": "ran out of memory",
    "output": "printed too much",
    "died": "ended the process",
    "load_error": "the program could not be loaded",
}


def _plain(result: CallResult) -> object:
    """The returned value; one of a subclass of plain data (a Counter, say) as its base type."""
    assert result.outcome is not None
    if opaque_type(result.outcome.value) and result.loose is not None:
        return result.loose.value
    return result.outcome.value


def _texts(actual: Outcome, expected: Outcome) -> tuple[str, str]:
    """Render two outcomes that differ, with what was printed if that counts."""
    did = show_outcome(actual)
    if expected.stdout is not None and actual.stdout != expected.stdout:
        did += f" after printing {show(actual.stdout)}"
    return did, show_expected(expected)
