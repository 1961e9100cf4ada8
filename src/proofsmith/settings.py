"""Settings: a few fields beside the class they configure, overlaid in one step.

Order of precedence: command-line flag, environment variable ``PROOFSMITH_<FIELD>``, the file
``proofsmith.toml`` (or ``[tool.proofsmith]`` of ``pyproject.toml``), the field's default.

A settings file may have come with a folder that somebody else made. So what it names is not run if it came
along, and gets no key.
"""

from __future__ import annotations

import dataclasses
import enum
import os
import shutil
import tomllib
import types
import typing
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from proofsmith.errors import BadInput

T = TypeVar("T")
PROGRAM = types.MappingProxyType({"names": "program"})
"""Metadata of a field that names a program to run."""
ADDRESS = types.MappingProxyType({"names": "address"})
"""Metadata of a field that names a server."""
KEY_VARIABLE = "PROOFSMITH_API_KEY"
"""The key for a server that a field of the kind `ADDRESS` names; hosted providers' keys are in their own
variables."""


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
        BadInput: a value does not fit its field, or a file may not set it; the message says where it
            came from.
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
            _check_origin(field, raw, path, environment)
        else:
            continue
        chosen[name] = _convert(raw, hints[name], source)
    return cls(**chosen)


def _check_origin(field: dataclasses.Field[Any], raw: Any, path: str, environment: Mapping[str, str]) -> None:
    """Refuse a program that lies beside the settings file which names it, and an address that gets a key."""
    what = field.metadata.get("names")
    if what is None or not isinstance(raw, str) or Path.home().is_relative_to(Path(path).parent):
        return
    variable = f"PROOFSMITH_{field.name.upper()}"
    if what == "program" and _lies_in(raw, Path(path).parent):
        raise BadInput(
            f"{field.name} names a program in the folder of the settings file, which is not run",
            path=path,
            hint=f"if you trust it: {variable}={raw}",
        )
    if what == "address" and environment.get(KEY_VARIABLE) and not is_local(raw):
        raise BadInput(
            f"{field.name} is an address that a file names, which does not get the key in {KEY_VARIABLE}",
            path=path,
            hint=f"if it is your server's: {variable}={raw}",
        )


def _lies_in(program: str, folder: Path) -> bool:
    """Say whether the program that a name or path means is in a folder or below it."""
    named = os.path.expanduser(program)
    found = shutil.which(named) or named
    places = {os.path.abspath(found), os.path.realpath(found)}
    return any(Path(place).is_relative_to(base) for place in places for base in (folder, folder.resolve()))


def is_local(url: str) -> bool:
    """Say whether the server at an address is on this machine."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


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
