"""The user's side of the judgement: preconditions, properties and reference, run without the candidate.

The specification's code runs in the sandbox too, but in processes of its own, so that the candidate
can neither see nor change it. What it answers are plain data, compared on the trusted side.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from proofsmith.errors import BadInput
from proofsmith.python_spec import Call, Outcome, Property, PythonSpec
from proofsmith.values import Opaque, is_data
from proofsmith.verifiers.properties.bench import Bench, Program
from proofsmith.verifiers.sandbox import CallResult

_HARNESS = '''

def _proofsmith_names(call):
    """Bind a call as the signature does."""
    {header}
        return dict(locals())
    return bind(*call[0], **dict(call[1]))


def _proofsmith_hold(expressions, call, results):
    """Evaluate each expression in a scope of its own: True, False, or what is wrong with it."""
    import copy

    answers = []
    for expression in expressions:
        try:
            names = _proofsmith_names(copy.deepcopy(call))
            if results:
                names["result"] = copy.deepcopy(results[0])
            answer = eval(compile(expression, "<property>", "eval"), {{**globals(), **names}})
        except Exception as error:
            answers.append(type(error).__name__ + (": " + str(error) if str(error) else ""))
        else:
            answers.append(answer if type(answer) is bool else "is not Boolean but " + type(answer).__name__)
    return answers
'''

_RESOURCES = ("RecursionError", "MemoryError")


@dataclass(frozen=True)
class Expected:
    """What the reference did on one call.

    Attributes:
        outcome: value, or exception type; the text it printed counts where it printed any.
        args_after: its arguments after the call, where it changed them.
        result: all that it did.
    """

    outcome: Outcome
    args_after: tuple[object, ...] | None
    result: CallResult


@dataclass(frozen=True)
class Answer:
    """What became of one expression: held, violated, or (`problem`) could not be decided."""

    property: Property
    holds: bool
    problem: str = ""


class Oracle:
    """The specification's code as programs that answer questions, in batches.

    Raises:
        BadInput: a precondition or property is not an expression, or the reference is no function.
    """

    def __init__(self, spec: PythonSpec) -> None:
        self._spec = spec
        for item in (*spec.preconditions, *spec.properties):
            _require_expression(item)
        if spec.reference is not None:
            _require_definition(spec.reference, spec.reference_name)
        bare = tuple(replace(p, annotation=None) for p in spec.signature.parameters)
        header = replace(spec.signature, name="bind", parameters=bare, returns=None).render()
        source = spec.prefix.rstrip() + "\n" + _HARNESS.format(header=header)
        self._conditions = Program(source, "_proofsmith_hold")

    def admitted(self, bench: Bench, calls: Sequence[Call]) -> list[bool]:
        """Say for each call whether all preconditions hold; one that raises does not.

        Raises:
            BadInput: the module around the function fails.
        """
        if not self._spec.preconditions:
            return [True] * len(calls)
        answers = self._evaluate(bench, self._spec.preconditions, calls, None)
        return [bool(row) and all(a.holds for a in row) for row in answers]

    def require_preconditions(self, bench: Bench, calls: Sequence[Call]) -> None:
        """Raise if some precondition can be evaluated on none of `calls`.

        Raises:
            BadInput: naming the precondition, and what is wrong with it.
        """
        answers = [row for row in self._evaluate(bench, self._spec.preconditions, calls, None) if row]
        for at, condition in enumerate(self._spec.preconditions):
            if answers and all(row[at].problem for row in answers):
                raise BadInput(
                    f"precondition {describe(condition)} cannot be evaluated: {answers[0][at].problem}",
                    line=condition.span.line if condition.span else None,
                    hint="it must be a Boolean expression over the parameters",
                )

    def judge(
        self, bench: Bench, calls: Sequence[Call], results: Sequence[object]
    ) -> list[tuple[Answer, ...]]:
        """Evaluate every property on each call with its result; empty where it took too long."""
        return self._evaluate(bench, self._spec.properties, calls, results)

    def expected(self, bench: Bench, calls: Sequence[Call]) -> list[Expected | None]:
        """Return what the reference does; ``None`` where it says nothing.

        It says nothing where it does not end in time, runs out of stack or memory, or returns what is
        not plain data.

        Raises:
            BadInput: the reference cannot be loaded.
        """
        if self._spec.reference is None or not calls:
            return [None] * len(calls)
        run = bench.run_each(Program(self._spec.reference, self._spec.reference_name), calls)
        if run.status == "load_error":
            where = f" in line {run.trace[-1].line}" if run.trace else ""
            raise BadInput(f"the reference cannot be loaded: {run.detail}{where}")
        return [_expected(r) for r in run.results]

    def _evaluate(
        self,
        bench: Bench,
        items: Sequence[Property],
        calls: Sequence[Call],
        results: Sequence[object] | None,
    ) -> list[tuple[Answer, ...]]:
        if not items or not calls:
            return [()] * len(calls)
        texts = [item.expression.strip() for item in items]
        questions = []
        for at, call in enumerate(calls):
            given = [list(call.args), [list(pair) for pair in call.kwargs]]
            questions.append(Call((texts, given, [] if results is None else [results[at]])))
        run = bench.run_each(self._conditions, questions)
        if run.status == "load_error":
            raise BadInput(f"the module around the function cannot be loaded: {run.detail}")
        return [_answers(items, r) for r in run.results]


def describe(item: Property) -> str:
    """Return a property's name and expression for people."""
    return f"{item.name} ({item.expression})" if item.name else item.expression


def _require_expression(item: Property) -> None:
    try:
        ast.parse(item.expression.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError) as error:
        raise BadInput(
            f"{item.expression!r} is not an expression: {error}",
            line=item.span.line if item.span else None,
        ) from None


def _require_definition(source: str, name: str) -> None:
    """Refuse a reference without its function: every call of it would only raise."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise BadInput(f"the reference does not parse: {error}") from None
    bound = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    bound |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    bound |= {(a.asname or a.name) for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    if name not in bound:
        raise BadInput(f"the reference does not define {name or 'a function'}")


def _expected(result: CallResult) -> Expected | None:
    outcome = result.outcome
    if outcome is None or outcome.exception in _RESOURCES or not is_data(outcome.value):
        return None
    printed = outcome.stdout or None
    wanted = Outcome(outcome.value, outcome.exception, None, printed)
    return Expected(wanted, result.args_after if result.mutated else None, result)


def _answers(items: Sequence[Property], result: CallResult) -> tuple[Answer, ...]:
    """Read the answers to one question; a question without an answer has none."""
    outcome = result.outcome
    if outcome is None or type(outcome.value) is not list or len(outcome.value) != len(items):
        if outcome is not None and outcome.exception is not None:
            problem = f"{outcome.exception}: {outcome.message}"
            return tuple(Answer(item, False, problem) for item in items)
        return ()
    return tuple(
        Answer(item, answer is True, "" if type(answer) is bool else str(answer))
        for item, answer in zip(items, outcome.value, strict=True)
    )


def opaque_type(value: object) -> str:
    """Name the type of the first part of `value` that is not plain data, or ``""``."""
    if type(value) is Opaque:
        return value.type_name
    if isinstance(value, dict):
        parts: list[object] = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        parts = list(value)
    else:
        return ""
    return next((name for name in map(opaque_type, parts) if name), "")
