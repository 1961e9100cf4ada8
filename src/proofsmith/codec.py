"""Frozen dataclasses to JSON and back, for the store and for ``--json``.

A dataclass becomes ``{"@": "ClassName", field: ...}`` with fields at their default left out, so
that rows stay small and a field added later reads old rows. Task values (example arguments and
results) go through `proofsmith.values`. Unknown fields of newer rows are an error, not a loss.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from proofsmith import (
    budget,
    dafny_spec,
    events,
    logic_spec,
    model_calls,
    python_spec,
    source,
    types,
    values,
    verilog_spec,
)

_VALUE_NAMES = {"Outcome": ("value",), "Call": ("args", "kwargs")}
"""The fields that hold task values, by class."""


@cache
def _classes() -> dict[str, type]:
    found: dict[str, type] = {"Tolerance": values.Tolerance}
    for module in (
        budget,
        dafny_spec,
        events,
        logic_spec,
        model_calls,
        python_spec,
        source,
        types,
        verilog_spec,
    ):
        for name, item in vars(module).items():
            ours = isinstance(item, type) and item.__module__ == module.__name__
            if ours and (dataclasses.is_dataclass(item) or issubclass(item, enum.Enum)):
                found[name] = item
    return found


_Plan = tuple[str, tuple[tuple[str, Any, bool], ...]]


@cache
def _plan(cls: type) -> _Plan | None:
    """Name of a record's class and (field, default, whether it holds a task value); ``None`` for others."""
    name = cls.__name__
    if _classes().get(name) is not cls or not dataclasses.is_dataclass(cls):
        return None

    def default(f: dataclasses.Field[Any]) -> Any:
        if f.default_factory is not dataclasses.MISSING:
            return f.default_factory()
        return f.default

    return name, tuple(
        (f.name, default(f), f.name in _VALUE_NAMES.get(name, ())) for f in dataclasses.fields(cls)
    )


def to_data(item: Any) -> Any:
    """Return a JSON-able form of a core dataclass, enum, tuple or scalar.

    Raises:
        TypeError: it is something else, or holds something else.
    """
    kind: Any = type(item)
    if kind is str or kind is int or item is None or kind is bool:
        return item
    if kind is float:
        # JSON has no name for infinities and NaN
        return item if math.isfinite(item) else {"@": "float", "value": str(item)}
    if kind is tuple:
        return [to_data(x) for x in item]
    plan = _plan(kind)
    if plan is not None:
        name, fields = plan
        data: dict[str, Any] = {"@": name}
        for field, default, is_value in fields:
            value = getattr(item, field)
            if is_value:
                data[field] = values.encode(value)
            elif value is not default and value != default:
                data[field] = to_data(value)
        return data
    if isinstance(item, enum.Enum):
        return {"@": kind.__name__, "value": item.value}
    base: Any
    for base in (str, int, float, tuple):
        if isinstance(item, base):  # of a class of its own, a named tuple for example
            return to_data(base(item))
    raise TypeError(f"{kind.__name__} is not one of the core types")


def from_data(data: Any) -> Any:
    """Return what `to_data` turned into `data`; what is no JSON data, such as a record, stays as it is.

    Raises:
        ValueError: the data name an unknown class or field (written by a newer version, or corrupt).
    """
    kind = type(data)
    if kind is str or kind is int or kind is float or data is None:
        return data
    if isinstance(data, list):
        return tuple([from_data(x) for x in data])
    if not isinstance(data, dict):
        return data
    name = data.get("@")
    if name == "float":
        return float(str(data.get("value")))
    cls = _classes().get(name) if isinstance(name, str) else None
    if cls is None:
        raise ValueError(f"unknown kind of record: {str(name)[:60]}")
    if issubclass(cls, enum.Enum):
        return cls(data.get("value"))
    encoded = _VALUE_NAMES.get(cls.__name__, ())
    fields = {
        key: values.decode(value) if key in encoded else from_data(value)
        for key, value in data.items()
        if key != "@"
    }
    try:
        return cls(**fields)
    except TypeError as error:
        raise ValueError(f"{name} record does not fit: {error}") from None


class TextEncoder:
    """Writes core dataclasses as JSON text at once: what `to_data` and `json.dumps` say in two steps.

    Args:
        instead: for each class named there, the function whose text stands for its items.
    """

    def __init__(self, instead: Mapping[type, Callable[[Any], str]] | None = None) -> None:
        self._writers = _Writers(instead or {})

    def text(self, item: Any) -> str:
        """Return compact JSON text of `item`, in ASCII; equal items give equal texts.

        Raises:
            TypeError: as `to_data`.
        """
        return self._writers[type(item)](item)


class _Writers(dict[type, Callable[[Any], str]]):
    """By class, the function that writes its items; one for a class of ours is made when it is first met."""

    def __init__(self, instead: Mapping[type, Callable[[Any], str]]) -> None:
        super().__init__()
        self[str] = _quoted
        self[int] = int.__repr__
        self[float] = _float_text
        self[bool] = {True: "true", False: "false"}.__getitem__
        self[type(None)] = {None: "null"}.__getitem__
        self[tuple] = self._tuple
        self.update(instead)

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        plan = _plan(kind)
        if plan is not None:
            writer = self._record(*plan)
        elif issubclass(kind, enum.Enum):
            writer = {member: _compact(to_data(member)) for member in kind}.__getitem__
        else:
            writer = _text_of_data
        self[kind] = writer
        return writer

    def _tuple(self, items: tuple[Any, ...]) -> str:
        return f"[{','.join([self[type(x)](x) for x in items])}]"

    def _record(self, name: str, fields: Sequence[tuple[str, Any, bool]]) -> Callable[[Any], str]:
        """Return the writer of a class, compiled as `dataclasses` does: a loop takes twice as long."""
        known: dict[str, Any] = {"writers": self, "task_value": _text_of_task_value}
        lines = ["def write(item):", f'    text = \'{{"@":"{name}"\'']
        for number, (field, default, is_value) in enumerate(fields):
            known[f"default_{number}"] = default
            written = "task_value(value)" if is_value else "writers[type(value)](value)"
            always = is_value or default is dataclasses.MISSING
            test = "" if always else f"if value is not default_{number} and value != default_{number}: "
            lines += [f"    value = item.{field}", f"    {test}text += ',\"{field}\":' + {written}"]
        exec("\n".join([*lines, "    return text + '}'"]), known)
        written_by: Callable[[Any], str] = known["write"]
        return written_by


_quoted = json.encoder.encode_basestring_ascii
_compact = json.JSONEncoder(separators=(",", ":")).encode


def _float_text(value: float) -> str:
    return float.__repr__(value) if math.isfinite(value) else _text_of_data(value)


def _text_of_data(item: Any) -> str:
    return _compact(to_data(item))


def _text_of_task_value(value: Any) -> str:
    return _compact(values.encode(value))


_TEXT = TextEncoder()


def dumps(item: Any) -> str:
    """Return compact JSON text of a core dataclass, in ASCII; equal items give equal texts.

    ASCII, because a program may hold lone surrogates, which no UTF-8 file or database takes.
    """
    return _TEXT.text(item)


def loads(text: str) -> Any:
    """Return the core dataclass of a `dumps` text.

    Raises:
        ValueError: as `from_data`, or the text is not JSON.
    """
    try:
        return from_data(json.loads(text))
    except RecursionError:
        raise ValueError("nested too deeply") from None
