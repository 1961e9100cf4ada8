"""From a loaded task to one that can be searched: the examples it implies, the assurance wanted."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from proofsmith.cli.settings import RunSettings
from proofsmith.errors import BadInput
from proofsmith.python_spec import Example, PythonSpec
from proofsmith.types import Assurance, Task
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verilog_spec import VerilogSpec


@dataclass(frozen=True)
class Prepared:
    """A task that is ready, and the seconds of its time that went by until then."""

    task: Task
    seconds: float

    @property
    def began(self) -> float:
        """When the work on it would have begun, had it begun to be prepared just in time for now."""
        return time.monotonic() - self.seconds


def prepare_all(
    tasks: Sequence[Task], settings: RunSettings, toolbox: Toolbox, began: float
) -> Iterator[Prepared]:
    """Yield the tasks of one command, prepared. To the first one counts all time since `began`.

    Raises:
        BadInput: nothing in a specification can give the assurance wanted.
    """
    for task in tasks:
        ready = prepare(task, settings.assurance, toolbox, began + settings.time - time.monotonic())
        yield Prepared(ready, time.monotonic() - began)
        began = time.monotonic()


def prepare(task: Task, assurance: Assurance | None, toolbox: Toolbox, seconds: float) -> Task:
    """Return `task` with the assurance wanted and with the examples that its specification implies.

    Those found in test files, in a contract or by running a reference only sort out candidates
    early; the tests, the contract and the reference still decide. What cannot be found in
    `seconds` is left out.

    Raises:
        BadInput: nothing in the specification can give that assurance.
    """
    if assurance is not None:
        task = replace(task, assurance=assurance)
    spec = task.spec
    if isinstance(spec, VerilogSpec):
        from proofsmith.cli.verilog import prepare_verilog

        return prepare_verilog(task, assurance, toolbox, seconds)
    if not isinstance(spec, PythonSpec):
        return task
    if task.assurance is not Assurance.TESTED and not (spec.properties or spec.reference):
        raise BadInput(
            f"{task.id} has only examples and tests, which cannot give {task.assurance.value}",
            path=task.origin.path or None,
            hint="add requires: and ensures: lines to the docstring, or use a task file with a reference",
        )
    ends = time.monotonic() + seconds
    if (spec.reference or spec.properties) and seconds > 0:
        from proofsmith.verifiers.properties import derive_examples

        task = _with_examples(task, derive_examples(task, toolbox, seconds=seconds))
    if spec.tests and (left := ends - time.monotonic()) > 0:
        from proofsmith.verifiers.pytest_mining import mine_examples

        task = _with_examples(task, mine_examples(task, toolbox, left))
        if not task.spec.examples:
            print(
                f"proofsmith: note: no example could be read from the tests of {task.id}; check that they "
                "run by themselves, and assert f(...) == value",
                file=sys.stderr,
            )
    return task


def _with_examples(task: Task, found: tuple[Example, ...]) -> Task:
    spec = task.spec
    known = {example.call.key for example in spec.examples}
    fresh = tuple(e for e in found if e.call.key not in known)
    if not fresh:
        return task
    task = task.with_spec(replace(spec, examples=(*spec.examples, *fresh)))
    if "unit-tests" in task.verifiers:
        return task
    return replace(task, verifiers=("unit-tests", *task.verifiers))
