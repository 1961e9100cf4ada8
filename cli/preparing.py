"""From a loaded task to one that can be searched: examples found in its tests, assurance wanted."""

from __future__ import annotations

from dataclasses import replace

from proofsmith.errors import BadInput
from proofsmith.python_spec import PythonSpec
from proofsmith.types import Assurance, Task
from proofsmith.verifiers.toolbox import Toolbox


def prepare(task: Task, assurance: Assurance | None, toolbox: Toolbox) -> Task:
    """Return `task` with the assurance wanted and with the examples that its test files contain.

    Examples from tests only sort out candidates early; the test files still decide.

    Raises:
        BadInput: nothing in the specification can give that assurance.
    """
    if assurance is not None:
        task = replace(task, assurance=assurance)
    spec = task.spec
    if not isinstance(spec, PythonSpec):
        return task
    if task.assurance is not Assurance.TESTED and not (spec.properties or spec.reference):
        raise BadInput(
            f"{task.id} has only examples and tests, which cannot give {task.assurance.value}",
            path=task.origin.path or None,
            hint="add properties or a reference implementation in a task file",
        )
    if spec.tests:
        from proofsmith.verifiers.pytest_mining import mine_examples

        known = {example.call.key for example in spec.examples}
        found = tuple(e for e in mine_examples(task, toolbox) if e.call.key not in known)
        if found:
            task = task.with_spec(replace(spec, examples=(*spec.examples, *found)))
            if "unit-tests" not in task.verifiers:
                task = replace(task, verifiers=("unit-tests", *task.verifiers))
    return task
