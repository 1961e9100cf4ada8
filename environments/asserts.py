"""Reading ``assert f(args) == value`` statements, and the signature that a set of calls implies."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from proofsmith.environments import literals
from proofsmith.environments.docstring import bind, is_call_of, read_call
from proofsmith.environments.reading import parse_python
from proofsmith.errors import BadInput
from proofsmith.python_spec import Example, Outcome, Parameter, Signature

_BUILTIN_NAMES = frozenset(dir(builtins))


@dataclass
class CallShapes:
    """How functions are called in a text.

    Attributes:
        names: called names that are not builtins, in order of first use.
        calls: the calls of each name.
    """

    names: list[str] = field(default_factory=list)
    calls: dict[str, list[ast.Call]] = field(default_factory=dict)

    @staticmethod
    def of(source: str | ast.AST) -> CallShapes:
        """Collect the calls by plain name in `source`.

        Raises:
            BadInput: it does not parse.
        """
        shapes = CallShapes()
        tree = parse_python(source, None) if isinstance(source, str) else source
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                name = node.func.id
                if name not in _BUILTIN_NAMES and name not in shapes.calls:
                    shapes.names.append(name)
                shapes.calls.setdefault(name, []).append(node)
        return shapes


def read_asserts(source: str, signature: Signature) -> tuple[tuple[Example, ...], list[str]]:
    """Read a text of statements; return the examples, and the source of what is none.

    ``assert f(a) == v`` and ``assert f(a) is True`` are examples. A bare ``assert f(a)`` is none: any
    true value meets it.

    Raises:
        BadInput: it does not parse.
    """
    examples: list[Example] = []
    rest: list[str] = []
    for node in parse_python(source, None).body:
        example = _read_assert(node, signature)
        if example is None:
            rest.append(ast.unparse(node))
        else:
            examples.append(example)
    return tuple(examples), rest


def _read_assert(node: ast.stmt, signature: Signature) -> Example | None:
    if not isinstance(node, ast.Assert):
        return None
    test = node.test
    if (
        not isinstance(test, ast.Compare)
        or len(test.ops) != 1
        or not isinstance(test.ops[0], ast.Eq | ast.Is)
    ):
        return None
    left, right = test.left, test.comparators[0]
    if not is_call_of(left, signature.name):
        left, right = right, left
    if not is_call_of(left, signature.name) or literals.iterates(right):
        return None
    assert isinstance(left, ast.Call)
    try:
        args, kwargs = read_call(left, {})
        value = literals.evaluate(right)
    except literals.NotPlain:
        return None
    call = bind(signature, args, kwargs)
    if call is None:
        raise BadInput(f"{ast.unparse(left)[:60]} does not fit {signature.render().rstrip(':')}")
    if isinstance(test.ops[0], ast.Is) and not (value is None or isinstance(value, bool)):
        return None
    return Example(call, Outcome(value), strict=isinstance(test.ops[0], ast.Is), origin="pytest")


def signature_from_calls(function: str, shapes: CallShapes, described: tuple[str, ...] = ()) -> Signature:
    """Infer a header from how `function` is called: counts, keyword names, kinds of literals.

    Parameters are named as in `described` if their number fits, else as the variables that are passed,
    else after the kind of value.

    Arguments that only some calls give get the default ``None``.

    Raises:
        BadInput: it is called with ``*`` or ``**`` only.
    """
    calls = [c for c in shapes.calls.get(function, []) if not _unpacks(c)]
    if not calls:
        hint = "write its header in the module"
        raise BadInput(f"no plain call of {function} shows its parameters", hint=hint)
    most, least = max(len(c.args) for c in calls), min(len(c.args) for c in calls)
    keywords = list(dict.fromkeys(k.arg for c in calls for k in c.keywords if k.arg))
    columns = [[c.args[i] for c in calls if i < len(c.args)] for i in range(most)]
    names = list(_parameter_names(columns, taken=set(keywords)))
    if len(described) == most + len(keywords) and set(keywords) <= set(described[most:]):
        names = list(described[:most])
    parameters = []
    for index, name in enumerate(names):
        parameters.append(Parameter(name, default=None if index < least else "None"))
    for keyword in keywords:
        always = all(any(k.arg == keyword for k in c.keywords) for c in calls)
        optional = not always or most > least
        parameters.append(Parameter(keyword, default="None" if optional else None))
    return Signature(function, tuple(parameters))


def _unpacks(call: ast.Call) -> bool:
    return any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)


_KIND_NAMES = {
    str: "text",
    list: "items",
    dict: "mapping",
    int: "n",
    float: "x",
    bool: "flag",
    tuple: "items",
}


def _parameter_names(columns: list[list[ast.expr]], taken: set[str]) -> Iterator[str]:
    """Yield a telling name for each argument position, without repetition."""
    kinds = [_variable(column) or _KIND_NAMES.get(_kind(column), "value") for column in columns]
    for index, kind in enumerate(kinds):
        if kinds.count(kind) == 1 and kind not in taken:
            yield kind
        elif kind in ("n", "x", "value") and len(columns) <= 6 and not taken:
            yield "abcdef"[index]
        else:
            yield f"{kind}{index + 1}"


def _variable(column: list[ast.expr]) -> str | None:
    """Return the name of the variable that is passed here by every call that passes one."""
    names = {node.id for node in column if isinstance(node, ast.Name)}
    return names.pop() if len(names) == 1 else None


def _kind(column: list[ast.expr]) -> type[Any]:
    for node in column:
        try:
            return type(literals.evaluate(node))
        except literals.NotPlain:
            if isinstance(node, ast.JoinedStr):
                return str
    return object
