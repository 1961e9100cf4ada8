"""Finding parts by name: one table per folder, imported lazily, open to others' additions."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from proofsmith.errors import BadInput

T = TypeVar("T")


class Registry(Generic[T]):
    """Names of a kind of part, each bound to ``"module:attribute"``.

    A name is looked up in the table, then among the installed entry points of `group`; a dotted
    ``module:attribute`` stands for itself. Nothing is imported before `get`.
    """

    def __init__(self, kind: str, group: str, table: Mapping[str, str]) -> None:
        self.kind = kind
        self.group = group
        self._table = dict(table)

    def names(self) -> list[str]:
        """Every known name, our own first."""
        return [*self._table, *(e.name for e in entry_points(group=self.group) if e.name not in self._table)]

    def get(self, name: str) -> T:
        """Import and return what `name` stands for (usually a class).

        Raises:
            BadInput: there is no such name, or it cannot be imported.
        """
        path = self._table.get(name)
        if path is None:
            path = next((e.value for e in entry_points(group=self.group) if e.name == name), None)
        if path is None and ":" in name:
            path = name
        if path is None:
            raise BadInput(f"unknown {self.kind} {name!r}", hint=f"known: {', '.join(self.names())}")
        module, _, attribute = path.partition(":")
        try:
            part: T = getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError, ValueError) as error:
            raise BadInput(f"{self.kind} {name!r} cannot be loaded: {error}") from error
        return part
