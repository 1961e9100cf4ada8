"""Values that cross between the process that runs the tests and the process that runs the program.

Numbers, texts and the like are copied. Mutable containers are cells with a number on both sides, so
that a change of an argument, and whether a result *is* an argument, is seen on the other side as in
one process. Functions stay where they are and are called back. Instances of classes of the task's own
module are rebuilt on the other side from its own copy of the class, without running any method of the
sender's. Anything else crosses as a `Foreign` object, which equals nothing.
"""

from __future__ import annotations

import builtins
import collections
import datetime
import decimal
import enum
import fractions
import json.decoder
import re
import struct
import types
from collections.abc import Callable, Iterator
from typing import Any

MAX_ITEMS = 1000
"""Most items that are taken from an iterator or generator that crosses."""
MAX_DEPTH = 100

_SCALARS = (bool, int, float, complex, str, bytes, type(None))
_LIKE_DICT: dict[type, str] = {
    dict: "dict",
    collections.OrderedDict: "OrderedDict",
    collections.Counter: "Counter",
    collections.defaultdict: "defaultdict",
}
_LIKE_LIST: dict[type, str] = {list: "list", collections.deque: "deque", set: "set", bytearray: "bytearray"}
_CELLS = {**_LIKE_DICT, **_LIKE_LIST}
_MAKE = {name: cls for cls, name in _CELLS.items()}
_TEXTS: dict[type, Callable[[Any], list[Any]]] = {
    decimal.Decimal: lambda v: [str(v)],
    fractions.Fraction: lambda v: [v.numerator, v.denominator],
    datetime.date: lambda v: [v.year, v.month, v.day],
    datetime.timedelta: lambda v: [v.days, v.seconds, v.microseconds],
    range: lambda v: [v.start, v.stop, v.step],
}
_TEXT_TYPES = {cls.__name__: cls for cls in _TEXTS}
_ITERATORS: tuple[type, ...] = (
    types.GeneratorType, map, filter, zip, enumerate, reversed, type(iter([])), type(iter(())),
    type(iter("")), type(iter({})), type(iter(set())), type(iter(range(0))), type({}.keys()),
    type({}.values()), type({}.items()), type(reversed([])), type(iter(lambda: 0, 0)),
)  # fmt: skip


class CannotCross(Exception):
    """A value cannot be brought to the other side; the test says nothing about the program."""


class Foreign:
    """Stands for an object of the other side that cannot cross. Equal to nothing, not even itself."""

    def __init__(self, type_name: str, problem: Callable[[str], None]) -> None:
        self._type_name = type_name
        self._problem = problem
        self._compared = False

    def __repr__(self) -> str:
        return f"<{self._type_name} object of the program>"

    def __eq__(self, other: object) -> bool:
        self._compared = True
        return False

    def __ne__(self, other: object) -> bool:
        self._compared = True
        return True

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        return bool(self._refuse())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._refuse()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._refuse())

    def __len__(self) -> int:
        return int(self._refuse())

    def _refuse(self) -> Any:
        text = f"the program returned a {self._type_name} object, which cannot be looked into from the tests"
        if not self._compared:  # else it is pytest, explaining why a comparison failed
            self._problem(text)
        raise CannotCross(text)


class Crossing:
    """One side's view of what both share. `parity` (0 or 1) keeps the numbers of the sides apart.

    `codec` is Proofsmith's value codec; `module` the module whose classes both sides have;
    `call` invokes a function of the other side by its number; `problem` is told what cannot cross.
    `lost` says whether something packed last could not cross.
    """

    def __init__(
        self,
        codec: Any,
        parity: int,
        module: types.ModuleType,
        call: Callable[[int, tuple[Any, ...], dict[str, Any]], Any],
        problem: Callable[[str], None],
    ) -> None:
        self._codec = codec
        self._module = module
        self._call = call
        self._problem = problem
        self._next = parity
        self._numbers: dict[int, int] = {}
        self._objects: dict[int, Any] = {}
        self.functions: dict[int, Any] = {}
        self._depth = 0
        self.lost = False

    def enter(self) -> None:
        """A call begins; the cells live until the outermost call ends."""
        self._depth += 1

    def leave(self) -> None:
        """A call ends."""
        self._depth -= 1
        if self._depth == 0:
            self._numbers.clear()
            self._objects.clear()

    def pack(self, roots: list[Any]) -> dict[str, Any]:
        """Return `roots` and every cell known so far as JSON-able data."""
        self.lost = False
        queue = list(self._objects.values())
        packed = [self._pack(root, queue, 0) for root in roots]
        cells = []
        at = 0
        while at < len(queue):
            cells.append(self._cell(queue[at], queue))
            at += 1
        return {"roots": packed, "cells": cells}

    def unpack(self, data: dict[str, Any]) -> list[Any]:
        """Return the roots; cells known here are brought up to date in place.

        Raises:
            ValueError, TypeError, KeyError: the other side broke the rules.
        """
        cells = data["cells"]
        # What must exist first: a tuple is made with its items, and these come after it.
        tuples = [cell for cell in cells if cell[1] == "object" and cell[2][1] is not None]
        for number, kind, body in [c for c in cells if c not in tuples] + tuples[::-1]:
            if number not in self._objects:
                self._keep(self._empty(kind, body), number)
        # Objects are filled first: sets and dictionaries ask for the hashes of what they hold.
        order = {"object": 0, "list": 1, "deque": 1}
        for number, kind, body in sorted(cells, key=lambda cell: order.get(cell[1], 2)):
            self._fill(self._objects[number], kind, body)
        return [self._unpack(root, 0) for root in data["roots"]]

    def _keep(self, value: Any, number: int | None = None) -> int:
        if number is None:
            number = self._next
            self._next += 2
        self._numbers[id(value)] = number
        self._objects[number] = value
        return number

    def _pack(self, value: Any, queue: list[Any], depth: int) -> Any:
        kind = type(value)
        if kind in _SCALARS:
            return self._codec.encode(value)
        if depth > MAX_DEPTH:
            return self._lose(kind)
        if kind in _CELLS or self._is_ours(value):
            number = self._numbers.get(id(value))
            if number is None:
                number = self._keep(value)
                queue.append(value)
            return {"ref": number}
        if kind in (tuple, frozenset):
            return {kind.__name__: [self._pack(item, queue, depth + 1) for item in value]}
        if kind in _TEXTS:
            return {"std": [kind.__name__, *map(self._codec.encode, _TEXTS[kind](value))]}
        if isinstance(value, enum.Enum) and self._class_name(kind):
            return {"enum": [kind.__qualname__, value.name]}
        if kind in _ITERATORS:
            return {"iterator": self._drain(value, queue, depth)}
        if callable(value):
            name = getattr(value, "__name__", "")
            if isinstance(name, str) and getattr(builtins, name, None) is value:
                return {"builtin": name}
            number = next((n for n, f in self.functions.items() if f is value), None)
            if number is None:
                number = self._next
                self._next += 2
                self.functions[number] = value
            return {"function": number}
        return self._as_base(value, queue, depth)

    def _as_base(self, value: Any, queue: list[Any], depth: int) -> Any:
        """An instance of a subclass of a data type crosses as the data it holds."""
        if isinstance(value, str | bytes):
            text: Any = str if isinstance(value, str) else bytes
            return self._codec.encode(text.__getnewargs__(value)[0])
        if isinstance(value, int | float | complex):
            return self._codec.encode(+value)
        if isinstance(value, dict):
            return self._pack(dict(dict.items(value)), queue, depth + 1)
        if isinstance(value, list | set):
            same: Any = list if isinstance(value, list) else set
            return self._pack(same(same.__iter__(value)), queue, depth + 1)
        if isinstance(value, tuple | frozenset):
            base: Any = tuple if isinstance(value, tuple) else frozenset
            return {base.__name__: [self._pack(item, queue, depth + 1) for item in base.__iter__(value)]}
        return self._lose(type(value))

    def _lose(self, kind: type) -> Any:
        self.lost = True
        return {"foreign": str(kind.__qualname__)[:80]}

    def _drain(self, value: Any, queue: list[Any], depth: int) -> list[Any]:
        """Return ``[items, more, error]`` of an iterator."""
        items: list[Any] = []
        try:
            for item in value:
                if len(items) == MAX_ITEMS:
                    return [items, True, None]
                items.append(self._pack(item, queue, depth + 1))
        except Exception as error:
            return [items, False, self.pack_error(error)]
        return [items, False, None]

    def _is_ours(self, value: Any) -> bool:
        kind = type(value)
        return not isinstance(value, type | enum.Enum | BaseException) and bool(self._class_name(kind))

    def _class_name(self, kind: type) -> str | None:
        if getattr(kind, "__module__", None) != self._module.__name__:
            return None
        return kind.__qualname__ if self._own_class(kind.__qualname__) is not None else None

    def _own_class(self, name: Any) -> type | None:
        """Return the class of this name that this side's module itself defines."""
        found: Any = self._module
        for part in str(name).split("."):
            found = vars(found).get(part) if isinstance(found, type | types.ModuleType) else None
        defined = isinstance(found, type) and found.__module__ == self._module.__name__
        return found if defined else None

    def _cell(self, value: Any, queue: list[Any]) -> list[Any]:
        number, kind = self._numbers[id(value)], type(value)
        if kind in _LIKE_DICT:
            pairs = [[self._pack(k, queue, 1), self._pack(v, queue, 1)] for k, v in value.items()]
            return [number, _LIKE_DICT[kind], pairs]
        if kind in _LIKE_LIST:
            return [number, _LIKE_LIST[kind], [self._pack(item, queue, 1) for item in value]]
        items = [self._pack(i, queue, 1) for i in tuple.__iter__(value)] if isinstance(value, tuple) else None
        state = dict(getattr(value, "__dict__", {}))
        for cls in kind.__mro__:
            slots = vars(cls).get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                    state[name] = getattr(value, name)
        packed = [[k, self._pack(v, queue, 1)] for k, v in state.items() if isinstance(k, str)]
        return [number, "object", [kind.__qualname__, items, packed]]

    def _empty(self, kind: str, body: Any) -> Any:
        if kind == "object":
            cls = self._own_class(body[0])
            if cls is None or issubclass(cls, enum.Enum | BaseException):
                return self._foreign(str(body[0])[:80])
            if body[1] is not None:
                make: Any = tuple.__new__
                return make(cls, [self._unpack(item, 0) for item in body[1]])
            return object.__new__(cls)
        return _MAKE[kind]()

    def _fill(self, target: Any, kind: str, body: Any) -> None:
        if type(target) is Foreign:
            return
        if kind == "object":
            for name, item in body[2]:
                object.__setattr__(target, str(name), self._unpack(item, 0))
        elif kind in _LIKE_DICT.values():
            pairs = [(self._unpack(k, 0), self._unpack(v, 0)) for k, v in body]
            target.clear()
            for key, item in pairs:
                target[key] = item
        else:
            items = [self._unpack(item, 0) for item in body]
            target.clear()
            (target.update if kind == "set" else target.extend)(items)

    def _unpack(self, data: Any, depth: int) -> Any:
        if not isinstance(data, dict):
            return self._codec.decode(data)
        if depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
        ((kind, body),) = data.items()
        if kind == "ref":
            return self._objects[body]
        if kind in ("tuple", "frozenset"):
            return (tuple if kind == "tuple" else frozenset)([self._unpack(item, depth + 1) for item in body])
        if kind == "std":
            return _TEXT_TYPES[body[0]](*map(self._codec.decode, body[1:]))
        if kind == "enum":
            cls = self._own_class(body[0])
            if cls is None or not issubclass(cls, enum.Enum):
                raise ValueError("a member of an unknown enumeration")
            return cls[body[1]]
        if kind == "iterator":
            items = [self._unpack(item, depth + 1) for item in body[0]]
            return self._iterate(items, bool(body[1]), body[2])
        if kind == "builtin":
            return getattr(builtins, body) if body in _SAFE_BUILTINS else self._foreign("builtin function")
        if kind == "function":
            if body in self.functions:
                return self.functions[body]
            return lambda *args, **kwargs: self._call(body, args, kwargs)
        if kind == "foreign":
            return self._foreign(str(body)[:80])
        return self._codec.decode(data)

    def _foreign(self, name: str) -> Foreign:
        return Foreign(name, self._problem)

    def _iterate(self, items: list[Any], more: bool, error: Any) -> Iterator[Any]:
        yield from items
        if more:
            text = f"only the first {MAX_ITEMS} items of an iterator cross to the other side"
            self._problem(text)
            raise CannotCross(text)
        if error is not None:
            raise self.unpack_error(error)

    def pack_error(self, error: BaseException) -> dict[str, Any]:
        """Return an exception as data: its classes' names, message, and arguments if they are data."""
        try:
            message = str(error)[:2000]
        except BaseException:
            message = ""
        args = [self._codec.encode(a) for a in error.args] if self._codec.is_data(list(error.args)) else None
        bases = [[str(c.__module__), str(c.__qualname__)] for c in type(error).__mro__[:20]]
        return {"bases": bases, "message": message.encode("utf-8", "backslashreplace").decode(), "args": args}

    def unpack_error(self, data: dict[str, Any]) -> BaseException:
        """Return an exception of this side that stands for one of the other.

        Its class is found among the built-in ones and those of the shared module, by the names of
        its bases; nothing that could skip or stop a test run is ever raised.
        """
        base: type[BaseException] | None = None
        name = str(data["bases"][0][1])[:100]
        for module, qualname in data["bases"]:
            found: Any = None
            if module == "builtins" and qualname not in _NEVER_RAISED:
                found = getattr(builtins, qualname, None)
            elif module == self._module.__name__:
                found = self._own_class(qualname)
            elif module in _STANDARD_ERRORS:
                found = getattr(_STANDARD_ERRORS[module], qualname, None)
            if isinstance(found, type) and issubclass(found, BaseException):
                base = found
                break
        cls = base or Exception
        if cls.__qualname__ != name:
            cls = type(name, (cls,), {})
        args = None if data["args"] is None else [self._codec.decode(a) for a in data["args"]]
        try:
            error = cls(*args) if args is not None else cls(data["message"])
        except Exception:
            error = cls.__new__(cls)
            error.args = (data["message"],)
        return error


_NEVER_RAISED = ("KeyboardInterrupt", "GeneratorExit", "BaseException")
_STANDARD_ERRORS: dict[str, Any] = {m.__name__: m for m in (decimal, json.decoder, re, struct)}
_SAFE_BUILTINS = frozenset(
    name
    for name, item in vars(builtins).items()
    if callable(item)
    and name not in ("eval", "exec", "compile", "open", "input", "exit", "quit", "breakpoint", "__import__")
)
