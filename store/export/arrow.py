"""The optional packages of the ``export`` extra, imported when they are used."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Sequence
from typing import Any

from proofsmith.errors import ToolMissing

_INSTALL = "pip install 'proofsmith[export]'"


def package(name: str) -> Any:
    """Import and return a package of the extra.

    Raises:
        ToolMissing: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ToolMissing(name.partition(".")[0], _INSTALL) from None


def pyarrow() -> Any:
    """Return PyArrow."""
    return package("pyarrow")


def parquet() -> Any:
    """Return PyArrow's Parquet module."""
    return package("pyarrow.parquet")


def structs(rows: Sequence[Sequence[tuple[Any, ...]] | None], kind: Any) -> Any:
    """Return a column of lists of structs, a tuple each; from dictionaries PyArrow takes five times as long.

    Args:
        rows: the lists; ``None`` for null.
        kind: the column's Arrow type.
    """
    pa = pyarrow()
    flat = [item for row in rows if row is not None for item in row]
    fields = list(kind.value_type)
    columns = zip(*flat, strict=True) if flat else ((),) * len(fields)
    arrays = [pa.array(c, field.type) for c, field in zip(columns, fields, strict=True)]
    ends = itertools.accumulate((0 if row is None else len(row) for row in rows), initial=0)
    offsets = pa.array(ends, pa.int32())
    missing = pa.array([row is None for row in rows], pa.bool_())
    values = pa.StructArray.from_arrays(arrays, fields=fields)
    return pa.ListArray.from_arrays(offsets, values, type=kind, mask=missing)
