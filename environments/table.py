"""The loaders by name. A loader class takes no arguments and turns a file into tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from proofsmith.registry import Registry
from proofsmith.types import Task


class Loader(Protocol):
    """Turns a file of one format into tasks."""

    def accepts(self, path: str) -> bool:
        """Say whether the file's name is that of this format. Reads nothing."""
        ...

    def load(self, path: str, *, select: str | None = None) -> tuple[Task, ...]:
        """Return the file's tasks, or the one that `select` names.

        Raises:
            BadInput: the file cannot be used.
        """
        ...


LOADERS: Registry[Callable[[], Loader]] = Registry(
    "loader",
    "proofsmith.loaders",
    {
        "suite": "proofsmith.environments.suite:SuiteLoader",
        "verilog-table": "proofsmith.environments.verilog_tables:VerilogTableLoader",
        "task-file": "proofsmith.environments.task_file:TaskFileLoader",
        "sygus": "proofsmith.environments.sygus:SygusLoader",
        "smt-script": "proofsmith.environments.sygus:SmtScriptLoader",
        "dafny": "proofsmith.environments.dafny:DafnyLoader",
        "dafny-folder": "proofsmith.environments.dafny:DafnyFolderLoader",
        "verilog": "proofsmith.environments.verilog:VerilogLoader",
        "verilog-folder": "proofsmith.environments.verilog_suites:VerilogFolderLoader",
        "pytest": "proofsmith.environments.pytest_file:PytestLoader",
        "python-module": "proofsmith.environments.python_module:PythonModuleLoader",
    },
)
"""In the order in which they are asked; installed ones (entry points) after ours."""

FOLDER_PREFIXES = ("dafny:", "verilog:")
"""What stands before a folder's name where a format takes all files of a folder."""
