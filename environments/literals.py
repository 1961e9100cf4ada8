"""A small safe evaluator for the argument and result expressions people write in examples.

Text of the user is never passed to ``eval``: the syntax tree is walked, only operators on plain
data and a short list of harmless builtins exist, and steps and sizes are bounded.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from proofsmith import values

MAX_STEPS = 20_000
MAX_PARTS = 50_000
MAX_BITS = 8_192

CONSTANTS: dict[str, Any] = {"inf": math.inf, "nan": math.nan}
"""Names that stand for themselves in printed results (`repr` of a float can be one)."""


class NotPlain(ValueError):
    """The expression is not one of plain data, or it grows too large."""


def evaluate(node: ast.expr, names: Mapping[str, Any] | None = None) -> Any:
    """Return the plain-data value of an expression; `names` are the variables it may use.

    Raises:
        NotPlain: it uses anything else than literals, operators, safe builtins and `names`, is
            undefined (division by zero), too large, or its value is not plain data.
    """
    try:
        result = _Evaluator(names or {}).value(node)
        if not values.is_data(result):
            raise NotPlain("not plain data")
    except NotPlain:
        raise
    except (ArithmeticError, ValueError, TypeError, LookupError, RecursionError, MemoryError) as error:
        raise NotPlain(str(error)) from None
    return result


def read(text: str, names: Mapping[str, Any] | None = None) -> Any:
    """Return the value of the expression `text`; line breaks inside brackets are fine.

    Raises:
        NotPlain: as `evaluate`, or it does not parse.
    """
    return evaluate(parse(text), names)


def read_printed(text: str) -> Any:
    """Return the value whose `repr` is `text`, or is laid out like it.

    Raises:
        NotPlain: as `read`, or the text is an expression that no value prints as (``3/5``).
    """
    node = parse(text)
    for part in ast.walk(node):
        complex_number = isinstance(part, ast.BinOp) and _is_imaginary(part.right)
        if not (isinstance(part, _PRINTED) or complex_number):
            raise NotPlain("not a printed value")
    return evaluate(node, CONSTANTS)


def parse(text: str) -> ast.expr:
    """Return the syntax tree of the expression `text`.

    Raises:
        NotPlain: it does not parse.
    """
    if len(text) > 200_000:
        raise NotPlain("too long")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotPlain(str(error)) from None


def _is_imaginary(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, complex)


_PRINTED = (
    *(ast.Constant, ast.UnaryOp, ast.unaryop, ast.Add, ast.Sub, ast.List, ast.Tuple, ast.Set, ast.Dict),
    *(ast.Name, ast.Call, ast.expr_context),
)
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
    ast.Invert: operator.invert,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


def _range(*limits: int) -> list[int]:
    span = range(*limits)
    if len(span) > MAX_PARTS:
        raise NotPlain("too large")
    return list(span)


def _sum(items: Any, start: Any = 0) -> Any:
    if not all(isinstance(item, int | float | complex) for item in (start, *items)):
        raise NotPlain("sum of what are no numbers")
    return sum(items, start)


def _zip(*items: Any) -> list[Any]:
    return list(zip(*items, strict=False))


def _enumerate(items: Any, start: int = 0) -> list[Any]:
    return list(enumerate(items, start))


_BUILTINS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (abs, bool, bytes, chr, complex, dict, divmod, float, frozenset, int, len, list, max, min)
} | {f.__name__: f for f in (ord, repr, round, set, sorted, str, tuple)}
_BUILTINS |= {
    "range": _range,
    "reversed": lambda x: list(reversed(x)),
    "enumerate": _enumerate,
    "sum": _sum,
    "zip": _zip,
}
_NOT_DATA_ALONE = {"range", "reversed", "enumerate", "zip"}
"""Their value is an iterator or range, fine inside another call but not as an argument by itself."""
_METHODS: dict[type, frozenset[str]] = {
    str: frozenset({"join", "split", "splitlines", "upper", "lower", "strip", "title", "encode"}),
    list: frozenset({"copy", "index", "count"}),
    dict: frozenset({"keys", "values", "items", "copy", "get"}),
    set: frozenset({"union", "intersection", "difference", "copy"}),
}
_MATH = {"math": {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf, "nan": math.nan}}


class _Evaluator:
    """One evaluation, with its step counter."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = dict(names)
        self._steps = 0
        self._made = 0

    def value(self, node: ast.expr) -> Any:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise NotPlain("too many steps")
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise NotPlain(f"{type(node).__name__} is not supported in an example")
        return method(node)

    def _constant(self, node: ast.Constant) -> Any:
        if node.value is Ellipsis:
            raise NotPlain("an ellipsis is no value")
        return _bounded(node.value)

    def _name(self, node: ast.Name) -> Any:
        if node.id in self._names:
            return self._names[node.id]
        raise NotPlain(f"{node.id} is not defined")

    def _items(self, nodes: list[ast.expr]) -> list[Any]:
        found: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                found.extend(self.value(node.value))
            else:
                found.append(self.value(node))
        return found

    def _list(self, node: ast.List) -> Any:
        return self._items(node.elts)

    def _tuple(self, node: ast.Tuple) -> Any:
        return tuple(self._items(node.elts))

    def _set(self, node: ast.Set) -> Any:
        return set(self._items(node.elts))

    def _dict(self, node: ast.Dict) -> Any:
        found: dict[Any, Any] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            if key is None:
                found.update(self.value(item))
            else:
                found[self.value(key)] = self.value(item)
        return found

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        return _UNARY[type(node.op)](self.value(node.operand))

    def _binop(self, node: ast.BinOp) -> Any:
        function = _BINARY.get(type(node.op))
        left, right = self.value(node.left), self.value(node.right)
        if function is None or (isinstance(node.op, ast.Mod) and isinstance(left, str | bytes)):
            raise NotPlain("operator not supported in an example")
        _check_growth(node.op, left, right)
        return _bounded(function(left, right))

    def _boolop(self, node: ast.BoolOp) -> Any:
        result = None
        for part in node.values:
            result = self.value(part)
            if bool(result) == isinstance(node.op, ast.Or):
                break
        return result

    def _compare(self, node: ast.Compare) -> Any:
        left = self.value(node.left)
        for op, other in zip(node.ops, node.comparators, strict=True):
            right = self.value(other)
            if not _COMPARE[type(op)](left, right):
                return False
            left = right
        return True

    def _ifexp(self, node: ast.IfExp) -> Any:
        return self.value(node.body if self.value(node.test) else node.orelse)

    def _subscript(self, node: ast.Subscript) -> Any:
        return self.value(node.value)[self.value(node.slice)]

    def _slice(self, node: ast.Slice) -> Any:
        return slice(*(None if n is None else self.value(n) for n in (node.lower, node.upper, node.step)))

    def _attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.value, ast.Name):
            found = _MATH.get(node.value.id, {}).get(node.attr)
            if found is not None:
                return found
        raise NotPlain("attributes are not supported in an example")

    def _call(self, node: ast.Call) -> Any:
        args = self._items(node.args)
        kwargs = {k.arg: self.value(k.value) for k in node.keywords if k.arg is not None}
        if len(kwargs) != len(node.keywords):
            raise NotPlain("** is not supported in an example")
        if isinstance(node.func, ast.Name) and node.func.id in _BUILTINS:
            name = node.func.id
            if name == "bytes" and args and isinstance(args[0], int) and args[0] > MAX_PARTS:
                raise NotPlain("too large")
            return _bounded(_BUILTINS[name](*args, **kwargs))
        if isinstance(node.func, ast.Attribute):
            owner = self.value(node.func.value)
            if node.func.attr in _METHODS.get(type(owner), ()):
                if node.func.attr == "join" and args and len(owner) * len(args[0]) > MAX_PARTS:
                    raise NotPlain("too large")
                result = getattr(owner, node.func.attr)(*args, **kwargs)
                plain = list(result) if node.func.attr in ("keys", "values", "items") else result
                return _bounded(plain)
        raise NotPlain("only calls of simple builtins are supported in an example")

    def _listcomp(self, node: ast.ListComp) -> Any:
        return list(self._loop(node.generators, lambda: self.value(node.elt)))

    def _generatorexp(self, node: ast.GeneratorExp) -> Any:
        return list(self._loop(node.generators, lambda: self.value(node.elt)))

    def _setcomp(self, node: ast.SetComp) -> Any:
        return set(self._loop(node.generators, lambda: self.value(node.elt)))

    def _dictcomp(self, node: ast.DictComp) -> Any:
        return dict(self._loop(node.generators, lambda: (self.value(node.key), self.value(node.value))))

    def _loop(self, generators: list[ast.comprehension], result: Callable[[], Any]) -> Iterator[Any]:
        if not generators:
            value = result()
            self._made += size(value)
            if self._made > MAX_PARTS:
                raise NotPlain("too large")
            yield value
            return
        first, rest = generators[0], generators[1:]
        outer = dict(self._names)
        for item in self.value(first.iter):
            self._bind(first.target, item)
            if all(self.value(test) for test in first.ifs):
                yield from self._loop(rest, result)
        self._names = outer

    def _bind(self, target: ast.expr, item: Any) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise NotPlain("too many steps")
        if isinstance(target, ast.Name):
            self._names[target.id] = item
        elif isinstance(target, ast.Tuple | ast.List):
            for part, value in zip(target.elts, item, strict=True):
                self._bind(part, value)
        else:
            raise NotPlain("target not supported in an example")


def imported(node: ast.Import | ast.ImportFrom) -> dict[str, Any]:
    """Return the constants that an import binds, as in ``from math import inf``."""
    known = _MATH.get(node.module or "", {}) if isinstance(node, ast.ImportFrom) else {}
    return {alias.asname or alias.name: known[alias.name] for alias in node.names if alias.name in known}


def iterates(node: ast.expr) -> bool:
    """Say whether the expression's value is a range or an iterator, which no data value equals."""
    if isinstance(node, ast.GeneratorExp):
        return True
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _NOT_DATA_ALONE


def _check_growth(op: ast.operator, left: Any, right: Any) -> None:
    """Refuse an operation whose result would be too large, before it is computed."""
    if isinstance(op, ast.Mult):
        for items, count in ((left, right), (right, left)):
            repeats = isinstance(items, str | bytes | list | tuple) and isinstance(count, int)
            if repeats and size(items) * max(count, 0) > MAX_PARTS:
                raise NotPlain("too large")
    both_int = isinstance(left, int) and isinstance(right, int)
    if isinstance(op, ast.Pow) and both_int and left.bit_length() * max(right, 0) > MAX_BITS:
        raise NotPlain("too large")
    if isinstance(op, ast.LShift) and both_int and left.bit_length() + max(right, 0) > MAX_BITS:
        raise NotPlain("too large")


def _bounded(value: Any) -> Any:
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise NotPlain("too large")
    if isinstance(value, list | tuple | set | frozenset | dict | str | bytes) and size(value) > MAX_PARTS:
        raise NotPlain("too large")
    return value


def size(value: Any) -> int:
    """Count the parts of a nested value (characters of a string count one each), up to the cap."""
    total = 0
    stack = [value]
    while stack and total <= MAX_PARTS:
        item = stack.pop()
        total += 1
        if isinstance(item, str | bytes):
            total += len(item)
        elif isinstance(item, list | tuple | set | frozenset):
            stack.extend(item)
        elif isinstance(item, dict):
            stack.extend(item.keys())
            stack.extend(item.values())
    return total
