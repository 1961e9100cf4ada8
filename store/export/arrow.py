"""The optional packages of the ``export`` extra, imported when they are used."""

from __future__ import annotations

import importlib
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
