"""One ``[[examples]]`` table of a task file; the format is described in `task_file`."""

from __future__ import annotations

import ast
import difflib
from typing import Any

from proofsmith import values
from proofsmith.environments import literals
from proofsmith.environments.docstring import bind, read_call
from proofsmith.environments.toml_places import TablePlaces
from proofsmith.errors import BadInput
from proofsmith.python_spec import Example, Outcome, Signature
from proofsmith.source import Span

KEYS = ("args", "kwargs", "input", "output", "value", "raises", "stdout", "strict", "may_mutate")


def read_example(row: dict[str, Any], signature: Signature, places: TablePlaces, path: str) -> Example:
    """Return the example of one table.

    Raises:
        BadInput: unknown keys, arguments that do not fit the signature, values that are not plain data.
    """
    reader = _Reader(row, places, path)
    reader.check_keys()
    args, kwargs = reader.arguments()
    call = bind(signature, args, kwargs)
    if call is None:
        header = signature.render().rstrip(":")
        many = len(signature.parameters)
        hint = f"give one entry per parameter, {many} in all" if isinstance(row.get("input"), list) else None
        raise reader.bad("input" if "input" in row else "args", f"the arguments do not fit {header}", hint)
    span = None
    if places.start is not None:
        span = Span(places.start, 0, (places.end or places.start) + 1, 0)
    return Example(
        call,
        reader.outcome(),
        strict=reader.flag("strict", False),
        may_mutate=reader.flag("may_mutate", True),
        origin="task",
        span=span,
    )


class _Reader:
    def __init__(self, row: dict[str, Any], places: TablePlaces, path: str) -> None:
        self._row = row
        self._places = places
        self._path = path

    def bad(self, key: str, cause: str, hint: str | None = None) -> BadInput:
        return BadInput(cause, path=self._path, line=self._places.line(key), hint=hint)

    def check_keys(self) -> None:
        for key in self._row:
            if key not in KEYS:
                close = difflib.get_close_matches(key, KEYS, 1)
                hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(KEYS)}"
                raise self.bad(key, f"unknown key {key!r} in an example", hint)

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        given = self._row.get("input", self._row.get("args"))
        if "input" in self._row and "args" in self._row:
            raise self.bad("input", "give the arguments either by input or by args")
        if isinstance(given, str):
            if "args" in self._row or "kwargs" in self._row:
                raise self.bad("input", "args must be an array; input as Python text goes without kwargs")
            return self._python_arguments(given)
        if given is None and "kwargs" not in self._row:
            raise self.bad("args", "the example has no arguments", "write args = [...]")
        kwargs = self._row.get("kwargs", {})
        if not isinstance(given if given is not None else [], list) or not isinstance(kwargs, dict):
            raise self.bad("args", "args must be an array and kwargs a table")
        self._check_data("args", given)
        self._check_data("kwargs", kwargs)
        return tuple(given or ()), kwargs

    def _python_arguments(self, text: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
        try:
            call = literals.parse(f"_({text})")
            if not isinstance(call, ast.Call):
                raise literals.NotPlain("not a list of arguments")
            return read_call(call, literals.CONSTANTS)
        except literals.NotPlain as error:
            raise self.bad("input", f"{text[:60]!r} is not a list of plain arguments: {error}") from None

    def outcome(self) -> Outcome:
        row = self._row
        if not {"output", "value", "raises", "stdout"} & row.keys():
            raise self.bad("output", "the example has no output", "write output = ... or raises = ...")
        if len({"output", "value", "raises"} & row.keys()) > 1:
            raise self.bad("value", "give one of output, value and raises")
        stdout, raises = self._optional_text("stdout"), self._optional_text("raises")
        if raises is not None:
            name = raises.rpartition(".")[2]
            if not name.isidentifier():
                raise self.bad("raises", f"{raises!r} is not the name of an exception")
            return Outcome(exception=name, stdout=stdout)
        if "value" in row:
            return Outcome(self._python_value(row["value"]), stdout=stdout)
        self._check_data("output", row.get("output"))
        return Outcome(row.get("output"), stdout=stdout)

    def _python_value(self, text: Any) -> Any:
        if not isinstance(text, str):
            raise self.bad("value", "value is Python text", "write output = ... for a TOML value")
        try:
            return literals.read(text, literals.CONSTANTS)
        except literals.NotPlain as error:
            raise self.bad("value", f"{text[:60]!r} is not plain data: {error}") from None

    def _optional_text(self, key: str) -> str | None:
        value = self._row.get(key)
        if value is not None and not isinstance(value, str):
            raise self.bad(key, f"{key} must be a string")
        return value

    def _check_data(self, key: str, value: Any) -> None:
        if not values.is_data(value):
            raise self.bad(key, f"{key} holds a date or time, which is not plain data")

    def flag(self, key: str, default: bool) -> bool:
        value = self._row.get(key, default)
        if not isinstance(value, bool):
            raise self.bad(key, f"{key} must be true or false")
        return value
