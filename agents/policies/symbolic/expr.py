"""Expressions over typed operators: values on all rows, evaluation on new rows, source text."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from proofsmith.agents.policies.symbolic.types import Type

Env = tuple[Any, ...]
"""Values of the variables in scope, outermost first."""


class Failed:
    """Stands for "raised an exception" in a value vector. Operators propagate it."""

    def __repr__(self) -> str:
        return "<raises>"

    def __bool__(self) -> bool:
        raise TypeError("no value")


FAILED = Failed()


class Op:
    """An operator: argument types, result type, what it computes and how it is written.

    `template` has ``{0}``, ``{1}``, ... for the arguments. An operator with `binder` takes a sequence
    first and then one or more functions of its element (types named ``fn``); its template has
    ``{v}`` for the bound name. `cost` is an integer weight, about -log2 of the probability;
    `shift` is by how much adaptation made it cheaper.
    """

    __slots__ = (
        "args",
        "binder",
        "commutes",
        "cost",
        "fn",
        "helper",
        "hinted",
        "imports",
        "name",
        "ret",
        "shift",
        "template",
    )

    def __init__(
        self,
        name: str,
        args: tuple[Type, ...],
        ret: Type,
        fn: Callable[..., Any],
        template: str,
        cost: int,
        flags: str = "",
    ) -> None:
        self.name = name
        self.args = args
        self.ret = ret
        self.fn = fn
        self.template = template
        self.cost = cost
        self.commutes = "c" in flags
        self.binder = any(a.name == "fn" for a in args)
        self.imports = ""
        self.helper = ""
        self.hinted = False
        self.shift = 0

    def __repr__(self) -> str:
        return f"<{self.name}: {', '.join(map(str, self.args))} -> {self.ret}>"


class Expr:
    """An expression with its values on all rows of its enumerator.

    Leaves have `op` ``None``: a variable (`slot` is its position in the environment) or a constant.
    `serial` is the order of construction; `partial` says that some value is FAILED.
    """

    __slots__ = ("args", "cost", "op", "partial", "serial", "slot", "table", "text", "type", "vals")
    _count = itertools.count()

    def __init__(
        self, op: Op | None, args: tuple[Expr, ...], type_: Type, cost: int, vals: tuple[Any, ...]
    ) -> None:
        self.op = op
        self.args = args
        self.type = type_
        self.cost = cost
        self.vals = vals
        self.partial = False
        self.slot: int | None = None
        self.text = ""
        self.serial = next(Expr._count)
        self.table: list[dict[Any, Any]] | None = None

    def walk(self) -> Iterator[Expr]:
        """Yield this expression and all its parts."""
        yield self
        for a in self.args:
            yield from a.walk()

    @property
    def plain_cost(self) -> int:
        """The cost before any adaptation of the weights."""
        return self.cost + sum(p.op.shift for p in self.walk() if p.op is not None)

    @property
    def size(self) -> int:
        """Number of operators and leaves."""
        return 1 + sum(a.size for a in self.args)

    def __repr__(self) -> str:
        return self.text or f"{self.op.name if self.op else '?'}({', '.join(map(repr, self.args))})"


def variable(name: str, slot: int, type_: Type, cost: int, vals: tuple[Any, ...]) -> Expr:
    """Return the leaf for the variable at position `slot`."""
    leaf = Expr(None, (), type_, cost, vals)
    leaf.slot, leaf.text = slot, name
    return leaf


def constant(value: Any, text: str, type_: Type, cost: int, rows: int) -> Expr:
    """Return the leaf for a constant written as `text`."""
    leaf = Expr(None, (), type_, cost, (value,) * rows)
    leaf.text = text
    leaf.table = [{"value": value}]
    return leaf


def compiled(expr: Expr, depth: int) -> Callable[[Env], Any]:
    """Return a function of the environment that computes `expr`; raises what the operators raise.

    `depth` is the length of the environment: a function's element is put after it.
    """
    op = expr.op
    if op is None:
        if expr.slot is not None:
            slot = expr.slot
            return lambda env: env[slot]
        value = expr.table[0]["value"] if expr.table else None
        return lambda env: value
    fn = op.fn
    if op.binder:
        return _compiled_binder(expr, op, depth)
    parts = [compiled(a, depth) for a in expr.args]
    if len(parts) == 1:
        (p,) = parts
        return lambda env: fn(p(env))
    if len(parts) == 2:
        p, q = parts
        return lambda env: fn(p(env), q(env))
    if op.name == "if":
        p, q, r = parts
        return lambda env: q(env) if p(env) else r(env)
    return lambda env: fn(*[p(env) for p in parts])


def _compiled_binder(expr: Expr, op: Op, depth: int) -> Callable[[Env], Any]:
    fn = op.fn
    source = compiled(expr.args[0], depth)
    wide = len(op.args[1].args) and op.args[1].args[0].name == "tuple"
    width = 1 + (len(op.args[1].args[0].args) if wide else 0)
    bodies = [
        compiled(a, depth + width) if t.name == "fn" else compiled(a, depth)
        for a, t in zip(expr.args[1:], op.args[1:], strict=True)
    ]
    lambdas = [t.name == "fn" for t in op.args[1:]]

    def run(env: Env) -> Any:
        rest = []
        for body, is_function in zip(bodies, lambdas, strict=True):
            if not is_function:
                rest.append(body(env))
            elif wide:
                rest.append(lambda x, b=body: b((*env, x, *x)))
            else:
                rest.append(lambda x, b=body: b((*env, x)))
        return fn(source(env), *rest)

    return run


_SIMPLE = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")


def _wrapped(text: str) -> str:
    if set(text) <= _SIMPLE or (text[0] in "'\"[{" and text[-1] in "'\"]}" and "]" not in text[1:-1]):
        return text
    return f"({text})"


class Names:
    """Chooses names for bound variables that clash with nothing in scope."""

    _FIRST: dict[str, tuple[str, ...]] = {  # noqa: RUF012 - a constant table
        "int": ("x", "y", "n"),
        "float": ("x", "y", "z"),
        "chr": ("c", "ch", "letter"),
        "str": ("word", "s", "w"),
        "list": ("row", "items", "part"),
        "tuple": ("pair", "item", "entry"),
    }

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken

    def fresh(self, type_: Type, index: bool = False) -> str:
        """Return a free name for an element of this type; `index` for counters."""
        wanted = ("i", "j", "k") if index else self._FIRST.get(type_.name, ("x", "y", "z"))
        for name in (*wanted, "item", "value", "element", "it"):
            if name not in self.taken:
                return name
        return next(f"x{i}" for i in itertools.count() if f"x{i}" not in self.taken)

    def within(self, *names: str) -> Names:
        """Return the names as they stand inside a scope that binds `names`."""
        return Names(self.taken | set(names))


LAZY = {
    "adjacent",
    "combinations",
    "combinations3",
    "enumerate",
    "range",
    "range2",
    "range2to",
    "range3",
    "rangelen",
    "rangeprefix",
    "rangeto",
    "zip",
}
"""Operators written as an iterator or range, which stand for a list."""

_CONSUMERS = {"sum", "max", "min", "sorted", "sortdown", "set", "todict", "flatten", "all", "any", "prod"}


def listed(expr: Expr, text: str) -> str:
    """Return `text` as a list where its operator only makes an iterator."""
    return f"list({text})" if expr.op is not None and expr.op.name in LAZY else text


def render(expr: Expr, scope: tuple[str, ...], names: Names) -> str:
    """Return source text of `expr`; `scope` has the names of the environment's variables in order."""
    op = expr.op
    if op is None:
        return scope[expr.slot] if expr.slot is not None else expr.text
    if not op.binder:
        texts = [render(a, scope, names) for a in expr.args]
        if op.name not in _CONSUMERS:
            texts = [listed(a, t) for a, t in zip(expr.args, texts, strict=True)]
        if op.name == "add" and expr.args[0] is expr.args[1]:
            return f"2 * {_wrapped(texts[0])}"
        if op.name in ("add", "mul") and expr.args[1].op is op and expr.args[0].op is not op:
            texts.reverse()
        elif op.name in ("add", "fadd", "mul", "fmul"):
            fixed = [a.op is None and a.slot is None for a in expr.args]
            if fixed == ([True, False] if op.name.endswith("add") else [False, True]):
                texts.reverse()
        wrapped = [_wrapped(t) for t in texts]
        if op.name == "concat" and expr.args[1].op is op:
            wrapped[1] = texts[1]  # associative: no parentheses needed
        return op.template.format(*wrapped)
    element = next(t for t in op.args if t.name == "fn").args[0]
    source = expr.args[0]
    functions = [a for a, t in zip(expr.args, op.args, strict=True) if t.name == "fn"]
    index = source.op is not None and source.op.name.startswith("range")
    bound: tuple[str, ...]
    if element.name == "tuple":
        base = len(scope)
        whole = "lambda" in op.template or any(part.slot == base for f in functions for part in f.walk())
        inner, target = _pair_names(element, source, whole, names)
        bound = inner
    else:
        name = names.fresh(element, index)
        bound, target = (name,), name
    inside = names.within(*(n for n in bound if n.isidentifier()), target)
    texts = [
        listed(a, render(a, scope + bound, inside)) if t.name == "fn" else _wrapped(render(a, scope, names))
        for a, t in zip(expr.args, op.args, strict=True)
    ]
    itself = f"({target})" if "," in target else target
    return op.template.format(*texts, v=target, e=itself)


def _pair_names(element: Type, source: Expr, whole: bool, names: Names) -> tuple[tuple[str, ...], str]:
    if whole:
        name = names.fresh(element)
        return (name, *(f"{name}[{i}]" for i in range(len(element.args)))), name
    parts: list[str] = []
    if source.op is not None and source.op.name.startswith("enumerate"):
        parts = [names.fresh(element.args[0], index=True)]
        parts.append(names.within(*parts).fresh(element.args[1]))
    else:
        for letter in ("a", "b", "c", "d", "e", "f")[: len(element.args)]:
            taken = {*names.taken, *parts}
            parts.append(letter if letter not in taken else names.within(*parts).fresh(element))
    return ("_", *parts), ", ".join(parts)
