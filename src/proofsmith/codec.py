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

_VALUE_FIELDS = {("Outcome", "value"), ("Call", "args"), ("Call", "kwargs")}


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

    return name, tuple((f.name, default(f), (name, f.name) in _VALUE_FIELDS) for f in dataclasses.fields(cls))


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
    """Return what `to_data` turned into `data`.

    Raises:
        ValueError: the data name an unknown class or field (written by a newer version, or corrupt).
    """
    if isinstance(data, list):
        return tuple(from_data(x) for x in data)
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
    fields = {
        key: values.decode(value) if (name, key) in _VALUE_FIELDS else from_data(value)
        for key, value in data.items()
        if key != "@"
    }
    try:
        return cls(**fields)
    except TypeError as error:
        raise ValueError(f"{name} record does not fit: {error}") from None


def dumps(item: Any) -> str:
    """Return compact JSON text of a core dataclass, in ASCII; equal items give equal texts.

    ASCII, because a program may hold lone surrogates, which no UTF-8 file or database takes.
    """
    return json.dumps(to_data(item), separators=(",", ":"))


def loads(text: str) -> Any:
    """Return the core dataclass of a `dumps` text.

    Raises:
        ValueError: as `from_data`, or the text is not JSON.
    """
    try:
        return from_data(json.loads(text))
    except RecursionError:
        raise ValueError("nested too deeply") from None
