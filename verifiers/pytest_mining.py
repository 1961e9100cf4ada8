"""Examples out of pytest files: which calls the tests make, and what they must give.

The assertions of a test file are rewritten to report instead of to check, and pytest runs the file
once in the sandbox with a stand-in for the function, so that tables, parametrised tests, fixtures and
helper functions all count. An example comes only from what a test asserts as it stands: ``f(x) == y``,
``f(x) is True``, ``pytest.raises`` around a single call, and (where the function is annotated to return
``bool``) ``assert f(x)``. Approximate comparisons are left to the tests themselves.
"""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from proofsmith import values
from proofsmith.errors import ToolFailure
from proofsmith.python_spec import Call, Example, Outcome, PythonSpec
from proofsmith.source import Span
from proofsmith.types import Task
from proofsmith.verifiers.pytest_run import TESTER_MEMORY_MB, tester_files, tester_job
from proofsmith.verifiers.sandbox.child import ChildEnded
from proofsmith.verifiers.sandbox.pool import TESTERS, Sandbox
from proofsmith.verifiers.toolbox import Toolbox

MAX_EXAMPLES = 100
SECONDS = 10.0


def mine_examples(task: Task[PythonSpec], toolbox: Toolbox, seconds: float = SECONDS) -> tuple[Example, ...]:
    """Return the examples that the task's test files contain, in the order in which the tests run.

    They hold for every program that passes the tests, up to the tolerance of floats. Calls for which
    the tests ask for different things (because the function keeps state, or the tests patch
    something) are left out. Empty when the tests cannot be run, and what was found in `seconds`.

    Raises:
        ToolMissing: bubblewrap is required and missing.
    """
    if not task.spec.tests:
        return ()
    tests = tuple(replace(test, source=rewrite(test.source)) for test in task.spec.tests)
    try:
        found = list(
            _run(task.with_spec(replace(task.spec, tests=tests)), toolbox.sandbox, min(seconds, SECONDS))
        )
    except ToolFailure:
        return ()
    return _consistent(found)


def rewrite(source: str) -> str:
    """Return a test file with its assertions reporting instead of checking. Pure.

    Text that does not parse is returned as it is. Tests with generated inputs are left out; so is a
    whole file that expects some of its tests to fail.
    """
    if "xfail" in source or "expectedFailure" in source:
        return ""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return source
    return ast.unparse(ast.fix_missing_locations(_Rewriter().visit(tree)))


class _Rewriter(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        if any("given" in ast.unparse(d) for d in node.decorator_list):
            return ast.copy_location(ast.Pass(), node)
        return self.generic_visit(node)

    def visit_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        return [_statement(part, node) for part in _conjuncts(node.test)]

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and not call.keywords:
            method, arguments = call.func.attr, call.args
            equal = method in ("assertEqual", "assertEquals", "assertListEqual", "assertDictEqual")
            identical = method == "assertIs" and _is_singleton(arguments[-1])
            if (equal or identical) and len(arguments) == 2:
                return _call("check", [_later(a) for a in arguments], node)
            if method in ("assertTrue", "assertFalse") and arguments:
                wanted = ast.Constant(method == "assertTrue")
                return _call("truth", [_later(arguments[0]), wanted], node)
            if method == "assertIsNone" and arguments:
                return _call("check", [_later(arguments[0]), _later(ast.Constant(None))], node)
        return self.generic_visit(node)

    def visit_Try(self, node: ast.Try) -> ast.AST:
        # What is asserted here may well fail. Left as it is, a look at a result ends the test.
        return node if node.handlers else self.generic_visit(node)

    def visit_With(self, node: ast.With) -> ast.AST:
        context = node.items[0].context_expr
        if not any(word in ast.unparse(i) for i in node.items for word in ("raises", "Raises", "suppress")):
            return self.generic_visit(node)
        if len(node.items) != 1 or len(node.body) != 1 or not isinstance(context, ast.Call):
            return node
        name = ast.unparse(context.func).rpartition(".")[2]
        if name not in ("raises", "assertRaises") or len(context.args) != 1:
            return node
        if isinstance(node.body[0], ast.Expr | ast.Assign | ast.Return):
            expectation = _call("raises", [context.args[0]], node).value
            node.items[0] = ast.withitem(expectation, node.items[0].optional_vars)
        return node


def _conjuncts(test: ast.expr) -> Iterable[ast.expr]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for value in test.values:
            yield from _conjuncts(value)
    else:
        yield test


def _statement(test: ast.expr, place: ast.stmt) -> ast.stmt:
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        left, right = test.left, test.comparators[0]
        if isinstance(test.ops[0], ast.Eq) or (isinstance(test.ops[0], ast.Is) and _is_singleton(right)):
            return _call("check", [_later(left), _later(right)], place)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _call("truth", [_later(test.operand), ast.Constant(False)], place)
    return _call("truth", [_later(test), ast.Constant(True)], place)


def _is_singleton(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))


def _later(node: ast.expr) -> ast.expr:
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.Lambda(nothing, node)


def _call(name: str, arguments: list[ast.expr], place: ast.stmt) -> ast.Expr:
    function = ast.Name(f"_proofsmith_{name}", ast.Load())
    return ast.copy_location(
        ast.Expr(ast.Call(function, [*arguments, ast.Constant(place.lineno)], [])), place
    )


def _run(task: Task[PythonSpec], sandbox: Sandbox, seconds: float) -> Iterable[Example]:
    """Run the rewritten tests and yield what they report."""
    job = {**tester_job(task), "mine": True, "boolean": task.spec.signature.returns == "bool"}
    limits = replace(sandbox.limits(), memory_mb=TESTER_MEMORY_MB)
    deadline = time.monotonic() + seconds
    child = sandbox.child(job, limits, TESTERS, tester_files(task))
    try:
        for _ in range(20 * MAX_EXAMPLES):
            message = json.loads(child.receive(deadline))
            if "done" in message:
                return
            example = _example(message["mined"]) if "mined" in message else None
            if example is not None:
                yield example
    except ChildEnded:
        return
    finally:
        child.close()


def _example(data: dict[str, Any]) -> Example | None:
    try:
        args = tuple(values.decode(data["args"]))
        kwargs = tuple((str(name), value) for name, value in values.decode(data["kwargs"]))
        if "exception" in data:
            expected = Outcome(exception=str(data["exception"]))
        else:
            expected = Outcome(value=values.decode(data["value"]))
        line = int(data["line"])
    except (ValueError, TypeError, KeyError):
        return None
    return Example(Call(args, kwargs), expected, strict=False, origin="pytest", span=Span(line))


def _consistent(found: Iterable[Example]) -> tuple[Example, ...]:
    """Return each call once, without those for which different things are asked."""
    first: dict[str, Example] = {}
    contradicted: set[str] = set()
    for example in found:
        known = first.setdefault(example.call.key, example)
        if not known.expected.meets(example.expected, strict=False):
            contradicted.add(example.call.key)
    return tuple(e for key, e in first.items() if key not in contradicted)[:MAX_EXAMPLES]
