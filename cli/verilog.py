"""What the commands do for Verilog alone: options to a task, a look at the design, a waveform file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from proofsmith.cli.options import SolveOptions, VerifyOptions
from proofsmith.environments.fill import write_atomically
from proofsmith.environments.load import load
from proofsmith.environments.verilog import choose_top, included_files, optimize
from proofsmith.environments.verilog_suites import with_proof
from proofsmith.errors import BadInput
from proofsmith.types import Assurance, Candidate, Origin, Task
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verilog_spec import VerilogSpec

if TYPE_CHECKING:
    from proofsmith.verifiers.yosys.pool import YosysPool
    from proofsmith.verifiers.yosys.reading import Design


def tasks_to_solve(tasks: Sequence[Task], options: SolveOptions) -> tuple[Task, ...]:
    """Return the tasks with the objective that the options name.

    Raises:
        BadInput: a design without objective, or options that do not fit the task.
    """
    if options.optimize is not None:
        return tuple(optimize(task, options.optimize, options.lib) for task in tasks)
    if options.lib is not None:
        raise BadInput("--lib is for --optimize", hint="add --optimize area")
    for task in tasks:
        if isinstance(task.spec, VerilogSpec) and task.spec.goal == "optimize":
            hint = "add --optimize area, depth, cells or power"
            raise BadInput("nothing says what to make better", path=task.origin.path, hint=hint)
    return tuple(tasks)


def comparison(options: VerifyOptions, text: str) -> tuple[Task, ...]:
    """Return the task to be equivalent to ``--against``, for the design `text` of ``FILE``.

    Raises:
        BadInput: one of the two is no Verilog design.
    """
    assert options.against is not None
    (task,) = load(options.against, function=_top_of(options.against, options.top))
    if not isinstance(task.spec, VerilogSpec):
        raise BadInput("--against is for Verilog designs", path=options.against)
    top = choose_top(text, options.file, options.top)
    files = dict(task.spec.files)
    for name, content in included_files(text, options.file):
        if files.setdefault(name, content) != content:
            cause = f"it includes {name}, and so does {options.against}, but the two are not the same"
            raise BadInput(cause, path=options.file, hint="rename one of them")
    spec = replace(
        task.spec,
        files=tuple(files.items()),
        top=top,
        source_top=task.spec.top,
        goal="implement",
        depth=task.spec.depth if options.depth is None else options.depth,
    )
    statement = f"Be equivalent to {options.against}."
    origin = Origin(path=options.against)
    return (replace(task, id=Path(options.file).name, spec=spec, statement=statement, origin=origin),)


def _top_of(path: str, top: str | None) -> str | None:
    """Return `top` if the design at `path` has such a module: the two tops may have different names."""
    if top is None or not path.endswith((".v", ".sv")):
        return None
    from proofsmith.environments.reading import read_text
    from proofsmith.verilog_text import module_names

    return top if top in module_names(read_text(path, 32_000_000).text) else None


def prepare_verilog(
    task: Task[VerilogSpec], assurance: Assurance | None, toolbox: Toolbox, seconds: float
) -> Task:
    """Return the task with the assurance it can have; a design is read once, so that its errors show now.

    What is to be found out about it takes at most `seconds`.

    Raises:
        BadInput: the design cannot be read or judged, or nothing can give the assurance.
        ToolMissing: Yosys is not installed.
    """
    if task.spec.goal != "optimize":
        if assurance in (Assurance.PROVED, Assurance.BOUNDED) and not task.spec.reference_specifies:
            return with_proof(task, assurance)
        return task
    from proofsmith.verifiers.yosys.equivalence import Answer, check_equivalent
    from proofsmith.verifiers.yosys.pool import YosysPool
    from proofsmith.verifiers.yosys.reading import Design, Unreadable

    pool = toolbox.shared(YosysPool.create)
    design = Design(task.spec.source, task.spec.top, task.spec.files)
    path = task.origin.path or None
    try:
        most = min(pool.settings.equivalence_seconds, max(seconds, 0.0))
        answer = check_equivalent(pool, design, design, most)
    except Unreadable as error:
        missing = "is not part of the design" in error.cause
        hint = "put the module into the file, or `include the file that has it" if missing else None
        raise BadInput(error.cause, path, error.line, hint=hint) from None
    if task.spec.liberty:
        _check_library(pool, design, task.spec.liberty, path)
    if answer.answer is Answer.REFUSED:
        raise BadInput(answer.reason, path, hint="nothing could be proved about this design")
    if answer.answer is Answer.BOUNDED and answer.assumptions and assurance is None:
        print(f"proofsmith: note: {task.id} can only be judged {answer.bound}", file=sys.stderr)
        return replace(task, assurance=Assurance.BOUNDED)
    if answer.answer is not Answer.PROVED:
        found = answer.bound or answer.reason
        print(f"proofsmith: note: {task.id} is not even proved equal to itself ({found})", file=sys.stderr)
    return task


def _check_library(pool: YosysPool, design: Design, liberty: str, path: str | None) -> None:
    """Map the design once, so that a library that ABC cannot use is told before the search."""
    from proofsmith.verifiers.yosys.metrics import measure
    from proofsmith.verifiers.yosys.netlist import Unsupported
    from proofsmith.verifiers.yosys.reading import OutOfTime, Unreadable

    try:
        measure(pool, design, pool.settings.equivalence_seconds, liberty)
    except (Unreadable, Unsupported, OutOfTime) as error:
        hint = "the library needs an inverter, some gates and a flip-flop"
        raise BadInput(f"it cannot be mapped to the cell library: {error}", path, hint=hint) from None


def write_waveform(task: Task, candidate: Candidate, path: str, toolbox: Toolbox) -> None:
    """Write the counterexample for a design that was found to differ as a value change dump.

    Raises:
        BadInput: the file cannot be written.
    """
    from proofsmith.verifiers.yosys.equivalence import check_equivalent
    from proofsmith.verifiers.yosys.pool import YosysPool
    from proofsmith.verifiers.yosys.reading import Design

    spec = task.spec
    pool = toolbox.shared(YosysPool.create)
    gold = Design(spec.source, spec.reference_top, spec.files)
    gate = Design(candidate.source, spec.top, spec.files)
    answer = check_equivalent(pool, gold, gate, pool.settings.equivalence_seconds, spec.depth)
    if answer.trace is None:
        print("proofsmith: note: there is no counterexample to be written", file=sys.stderr)
        return
    write_atomically(path, answer.trace.vcd())
    print(f"written: {path}", file=sys.stderr)
