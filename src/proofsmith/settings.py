"""Settings: a few fields beside the class they configure, overlaid in one step.

Order of precedence: command-line flag, environment variable ``PROOFSMITH_<FIELD>``, the file
``proofsmith.toml`` (or ``[tool.proofsmith]`` of ``pyproject.toml``), the field's default.
"""

from __future__ import annotations

import dataclasses
import enum
import os
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from proofsmith.errors import BadInput

T = TypeVar("T")


def load_file(start: Path) -> tuple[dict[str, Any], str]:
    """Return the settings table of the nearest settings file at or above `start`, and its path.

    Raises:
        BadInput: the file is not valid TOML.
    """
    for folder in (start, *start.parents):
        for name, keys in (("proofsmith.toml", ()), ("pyproject.toml", ("tool", "proofsmith"))):
            path = folder / name
            if not path.is_file():
                continue
            try:
                table: Any = tomllib.loads(path.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
                if keys:
                    continue  # somebody else's file; not ours to complain about
                raise BadInput(f"not a valid settings file: {error}", path=str(path)) from None
            for key in keys:
                table = table.get(key, {}) if isinstance(table, dict) else {}
            if not keys or table:
                return table, str(path)
    return {}, ""


def overlay(
    cls: type[T],
    flags: Mapping[str, Any],
    *,
    environment: Mapping[str, str] | None = None,
    file: tuple[Mapping[str, Any], str] = ({}, ""),
) -> T:
    """Return an instance of the settings dataclass `cls`.

    A flag of ``None`` counts as not given.

    Raises:
        BadInput: a value does not fit its field; the message names where it came from.
    """
    environment = os.environ if environment is None else environment
    table, path = file
    hints = typing.get_type_hints(cls)
    chosen: dict[str, Any] = {}
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        name = field.name
        variable = f"PROOFSMITH_{name.upper()}"
        if flags.get(name) is not None:
            raw, source = flags[name], f"--{name.replace('_', '-')}"
        elif environment.get(variable):
            raw, source = environment[variable], variable
        elif name in table:
            raw, source = table[name], f"{path}, {name}"
        else:
            continue
        chosen[name] = _convert(raw, hints[name], source)
    return cls(**chosen)


def _convert(raw: Any, wanted: Any, source: str) -> Any:
    if typing.get_origin(wanted) in (typing.Union, types.UnionType):
        wanted = next(a for a in typing.get_args(wanted) if a is not type(None))
    try:
        if wanted is bool and isinstance(raw, str):
            if raw.lower() not in ("1", "0", "true", "false", "yes", "no", "on", "off"):
                raise ValueError("not yes or no")
            return raw.lower() in ("1", "true", "yes", "on")
        if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
            return wanted(str(raw).upper())
        if wanted in (int, float, str, bool, Path):
            if not _fits(raw, wanted):
                raise ValueError("wrong type")
            return wanted(raw)
        return raw
    except (ValueError, TypeError, OverflowError):
        kind = getattr(wanted, "__name__", str(wanted))
        if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
            kind = " or ".join(str(m.value) for m in wanted)
        raise BadInput(f"{source}: {raw!r} is not a valid value", hint=f"expected {kind}") from None


def _fits(raw: Any, wanted: type) -> bool:
    """Say whether a value of this type may become a `wanted`; text from the environment always may."""
    if isinstance(raw, bool) or wanted is bool:
        return isinstance(raw, bool) and wanted is bool
    if wanted in (str, Path):
        return isinstance(raw, str | Path)
    return isinstance(raw, str) or (isinstance(raw, int | float) and (wanted is float or raw == int(raw)))
