"""Python expressions over symbolic ints, bools and tuples, translated to Z3 exactly.

Python's ints are unbounded and so are Z3's. ``//`` and ``%`` round towards minus infinity, where
SMT-LIB's ``div`` and ``mod`` leave a non-negative remainder; `floor_div` bridges the two. What
could raise is handed to `Effects.fail` with the condition under which it does.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import z3

Value = Any
"""A symbolic value: ``z3.ArithRef`` (int), ``z3.BoolRef`` (bool), `Mixed`, a tuple of values, or ``None``."""

Environment = Mapping[str, Value]

_BITS = 32
"""Bitwise operations are modelled exactly on ints that fit this many bits in two's complement."""


@dataclass(frozen=True)
class Mixed:
    """An int on some paths and a bool on others, as an int. Arithmetic does not tell them apart, types do."""

    number: z3.ArithRef


class Unsupported(Exception):
    """The program uses something that has no exact translation."""


class Effects(Protocol):
    """What evaluating an expression can do besides giving a value."""

    def fail(self, condition: z3.BoolRef, exception: str) -> None:
        """Note that `exception` is raised where `condition` holds."""
        ...

    def unmodelled(self, condition: z3.BoolRef) -> None:
        """Note that the translation is not exact where `condition` holds."""
        ...

    def call(self, name: str, arguments: list[Value], where: z3.BoolRef) -> Value:
        """Return the result of calling a function of the program."""
        ...


def truth(value: Value) -> z3.BoolRef:
    """Return Python's truth value of `value`."""
    if value is None:
        return z3.BoolVal(False)
    if isinstance(value, tuple):
        return z3.BoolVal(bool(value))
    return value if z3.is_bool(value) else number(value) != 0


def number(value: Value) -> z3.ArithRef:
    """Return `value` as an int; bools count as 0 and 1.

    Raises:
        Unsupported: it is a tuple or ``None``.
    """
    if z3.is_bool(value):
        return z3.If(value, z3.IntVal(1), z3.IntVal(0))
    if isinstance(value, Mixed):
        return value.number
    if not z3.is_arith(value):
        raise Unsupported("arithmetic on something that is not a number")
    return value


def floor_div(a: z3.ArithRef, b: z3.ArithRef) -> z3.ArithRef:
    """Return ``a // b`` as Python has it, for ``b != 0``."""
    if z3.is_int_value(b):
        return a / b if b.as_long() > 0 else (-a) / z3.IntVal(-b.as_long())
    return z3.If(b > 0, a / b, (-a) / (-b))


def same(a: Value, b: Value) -> z3.BoolRef:
    """Return whether ``a == b`` in Python."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        if len(a) != len(b):
            return z3.BoolVal(False)
        return z3.And([same(x, y) for x, y in zip(a, b, strict=True)])
    if a is None or b is None or isinstance(a, tuple) or isinstance(b, tuple):
        return z3.BoolVal(a is None and b is None)
    if z3.is_bool(a) and z3.is_bool(b):
        return a == b
    return number(a) == number(b)


def choose(condition: z3.BoolRef, a: Value, b: Value) -> Value:
    """Return the value that is `a` where `condition` holds and `b` elsewhere.

    Raises:
        Unsupported: the two have no common type.
    """
    if z3.is_true(condition):
        return a
    if z3.is_false(condition):
        return b
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        return tuple(choose(condition, x, y) for x, y in zip(a, b, strict=True))
    if a is None and b is None:
        return None
    if a is None or b is None or isinstance(a, tuple) or isinstance(b, tuple):
        raise Unsupported("a value of different types on different paths")
    if isinstance(a, Mixed) or isinstance(b, Mixed) or z3.is_bool(a) != z3.is_bool(b):
        return Mixed(z3.If(condition, number(a), number(b)))
    return a if a.eq(b) else z3.If(condition, a, b)


def typed(value: Value) -> str:
    """Return the type of a value: ``int``, ``bool``, ``None``, or those of a tuple's parts in parentheses.

    Raises:
        Unsupported: it is not the same on all paths.
    """
    if isinstance(value, tuple):
        return f"({', '.join(map(typed, value))})"
    if isinstance(value, Mixed):
        raise Unsupported("a result that is a bool on some paths and an int on others")
    return "None" if value is None else "bool" if z3.is_bool(value) else "int"


class Translator:
    """Translates expressions under a path condition.

    Args:
        environment: values of the names in scope.
        where: condition under which the expression is evaluated.
        effects: takes failures and calls.
    """

    def __init__(self, environment: Environment, where: z3.BoolRef, effects: Effects) -> None:
        self.environment, self.where, self.effects = environment, where, effects

    def value(self, node: ast.expr) -> Value:
        """Return the value of an expression.

        Raises:
            Unsupported: there is no exact translation of it.
        """
        method: Callable[[Any], Value] | None = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise Unsupported(f"line {node.lineno}: {type(node).__name__} expressions")
        return method(node)

    def _under(self, condition: z3.BoolRef) -> Translator:
        return Translator(self.environment, z3.simplify(z3.And(self.where, condition)), self.effects)

    def _constant(self, node: ast.Constant) -> Value:
        if isinstance(node.value, bool):
            return z3.BoolVal(node.value)
        if isinstance(node.value, int):
            return z3.IntVal(node.value)
        if node.value is None:
            return None
        raise Unsupported(f"line {node.lineno}: constants of type {type(node.value).__name__}")

    def _name(self, node: ast.Name) -> Value:
        if node.id not in self.environment:
            raise Unsupported(f"line {node.lineno}: the name {node.id}")
        return self.environment[node.id]

    def _tuple(self, node: ast.Tuple) -> Value:
        return tuple(self.value(item) for item in node.elts)

    def _unaryop(self, node: ast.UnaryOp) -> Value:
        operand = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return z3.Not(truth(operand))
        x = number(operand)
        return {ast.USub: -x, ast.UAdd: x, ast.Invert: -x - 1}[type(node.op)]

    def _boolop(self, node: ast.BoolOp) -> Value:
        """``and`` and ``or`` evaluate left to right, give an operand, and stop early."""
        conjunction = isinstance(node.op, ast.And)
        first = self.value(node.values[0])
        if len(node.values) == 1:
            return first
        test = truth(first)
        rest = ast.copy_location(ast.BoolOp(node.op, node.values[1:]), node)
        second = self._under(test if conjunction else z3.Not(test)).value(rest)
        if z3.is_bool(first) and z3.is_bool(second):
            return z3.And(first, second) if conjunction else z3.Or(first, second)
        return choose(test, second, first) if conjunction else choose(test, first, second)

    def _ifexp(self, node: ast.IfExp) -> Value:
        test = z3.simplify(truth(self.value(node.test)))
        if z3.is_true(test):
            return self.value(node.body)
        if z3.is_false(test):
            return self.value(node.orelse)
        return choose(test, self._under(test).value(node.body), self._under(z3.Not(test)).value(node.orelse))

    def _compare(self, node: ast.Compare) -> Value:
        left = self.value(node.left)
        result = z3.BoolVal(True)
        for operator, operand in zip(node.ops, node.comparators, strict=True):
            here = self if len(node.ops) == 1 else self._under(result)
            right = here.value(operand)
            result = z3.And(result, _comparison(operator, left, right))
            left = right
        return z3.simplify(result)

    def _binop(self, node: ast.BinOp) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Add) and isinstance(left, tuple) and isinstance(right, tuple):
            return left + right
        a, b = number(left), number(right)
        match node.op:
            case ast.Add():
                return a + b
            case ast.Sub():
                return a - b
            case ast.Mult():
                return a * b
            case ast.FloorDiv() | ast.Mod():
                return self._division(node.op, a, b)
            case ast.Pow():
                return self._power(a, b)
            case ast.LShift() | ast.RShift():
                return self._shift(node.op, a, b)
            case ast.BitAnd() | ast.BitOr() | ast.BitXor():
                if z3.is_bool(left) and z3.is_bool(right):
                    return _logical(node.op, left, right)
                bits = self._bitwise(node.op, a, b)
                return Mixed(bits) if isinstance(left, Mixed) or isinstance(right, Mixed) else bits
        raise Unsupported(f"line {node.lineno}: the operator {type(node.op).__name__}")

    def _division(self, operator: ast.operator, a: z3.ArithRef, b: z3.ArithRef) -> Value:
        self.effects.fail(z3.And(self.where, b == 0), "ZeroDivisionError")
        quotient = floor_div(a, b)
        return quotient if isinstance(operator, ast.FloorDiv) else a - b * quotient

    def _power(self, a: z3.ArithRef, b: z3.ArithRef) -> Value:
        b = z3.simplify(b)
        if not (z3.is_int_value(b) and 0 <= b.as_long() <= 16):
            raise Unsupported("powers but those with a constant exponent from 0 to 16")
        result = z3.IntVal(1)
        for _ in range(b.as_long()):
            result = result * a
        return result

    def _shift(self, operator: ast.operator, a: z3.ArithRef, b: z3.ArithRef) -> Value:
        b = z3.simplify(b)
        if not (z3.is_int_value(b) and 0 <= b.as_long() <= 512):
            raise Unsupported("shifts but those by a constant from 0 to 512")
        factor = z3.IntVal(1 << b.as_long())
        return a * factor if isinstance(operator, ast.LShift) else a / factor

    def _bitwise(self, operator: ast.operator, a: z3.ArithRef, b: z3.ArithRef) -> Value:
        a, b = z3.simplify(a), z3.simplify(b)
        for x, y in ((a, b), (b, a)):
            if isinstance(operator, ast.BitAnd) and z3.is_int_value(y):
                mask = y.as_long()
                if mask >= 0 and mask & (mask + 1) == 0:  # 0b0..01..1: exact for negative x too
                    return x % (mask + 1)
        half = 1 << (_BITS - 1)
        inside = z3.And(a >= -half, a < half, b >= -half, b < half)
        self.effects.unmodelled(z3.And(self.where, z3.Not(inside)))
        x, y = z3.Int2BV(a, _BITS), z3.Int2BV(b, _BITS)
        bits = {ast.BitAnd: x & y, ast.BitOr: x | y, ast.BitXor: x ^ y}[type(operator)]
        return z3.BV2Int(bits, is_signed=True)

    def _subscript(self, node: ast.Subscript) -> Value:
        whole = self.value(node.value)
        if not isinstance(whole, tuple):
            raise Unsupported(f"line {node.lineno}: indexing something that is not a tuple")
        index = z3.simplify(number(self.value(node.slice)))
        if z3.is_int_value(index):
            at = index.as_long()
            if not -len(whole) <= at < len(whole):
                raise Unsupported(f"line {node.lineno}: an index outside the tuple")
            return whole[at]
        self.effects.fail(z3.And(self.where, z3.Or(index < -len(whole), index >= len(whole))), "IndexError")
        if not whole:
            raise Unsupported(f"line {node.lineno}: indexing an empty tuple")
        result = whole[-1]
        for at in range(len(whole) - 1):
            result = choose(z3.Or(index == at, index == at - len(whole)), whole[at], result)
        return result

    def _call(self, node: ast.Call) -> Value:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise Unsupported(f"line {node.lineno}: this kind of call")
        name = node.func.id
        arguments = [self.value(a) for a in node.args]
        if name in self.environment:
            raise Unsupported(f"line {node.lineno}: calling a value")
        if name == "divmod" and len(arguments) == 2:
            a, b = number(arguments[0]), number(arguments[1])
            return self._division(ast.FloorDiv(), a, b), self._division(ast.Mod(), a, b)
        builtin = BUILTINS.get(name)
        return builtin(arguments) if builtin else self.effects.call(name, arguments, self.where)


def _comparison(operator: ast.cmpop, left: Value, right: Value) -> z3.BoolRef:
    match operator:
        case ast.Eq():
            return same(left, right)
        case ast.NotEq():
            return z3.Not(same(left, right))
        case ast.In() | ast.NotIn() if isinstance(right, tuple):
            found = z3.Or([same(left, item) for item in right])
            return found if isinstance(operator, ast.In) else z3.Not(found)
        case ast.Is() | ast.IsNot() if left is None or right is None:
            found = z3.BoolVal(left is None and right is None)
            return found if isinstance(operator, ast.Is) else z3.Not(found)
        case ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE():
            a, b = number(left), number(right)
            return {ast.Lt: a < b, ast.LtE: a <= b, ast.Gt: a > b, ast.GtE: a >= b}[type(operator)]
    raise Unsupported(f"the comparison {type(operator).__name__}")


def _logical(operator: ast.operator, a: z3.BoolRef, b: z3.BoolRef) -> z3.BoolRef:
    return {ast.BitAnd: z3.And(a, b), ast.BitOr: z3.Or(a, b), ast.BitXor: z3.Xor(a, b)}[type(operator)]


def _extreme(least: bool) -> Callable[[list[Value]], Value]:
    def extreme(arguments: list[Value]) -> Value:
        items = list(_items(arguments[0])) if len(arguments) == 1 else arguments
        if not items:
            raise Unsupported("the extreme of nothing")
        best = items[0]
        for item in items[1:]:
            a, b = number(item), number(best)
            best = choose(a < b if least else a > b, item, best)
        return best

    return extreme


def _one(function: Callable[[Value], Value]) -> Callable[[list[Value]], Value]:
    def call(arguments: list[Value]) -> Value:
        if len(arguments) != 1:
            raise Unsupported("a built-in function with this number of arguments")
        return function(arguments[0])

    return call


def _items(value: Value) -> tuple[Value, ...]:
    if not isinstance(value, tuple):
        raise Unsupported("going through something that is not a tuple")
    return value


def _abs(value: Value) -> Value:
    x = number(value)
    return z3.If(x >= 0, x, -x)


def _total(value: Value) -> Value:
    return z3.Sum([number(x) for x in _items(value)]) if _items(value) else z3.IntVal(0)


BUILTINS: dict[str, Callable[[list[Value]], Value]] = {
    "abs": _one(_abs),
    "min": _extreme(least=True),
    "max": _extreme(least=False),
    "int": _one(number),
    "bool": _one(truth),
    "len": _one(lambda value: z3.IntVal(len(_items(value)))),
    "sum": _one(_total),
    "any": _one(lambda value: z3.Or([truth(x) for x in _items(value)])),
    "all": _one(lambda value: z3.And([truth(x) for x in _items(value)])),
    "tuple": _one(_items),
}
"""Built-in functions with an exact translation."""
