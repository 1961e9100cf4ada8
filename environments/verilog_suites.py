"""Tasks to write a module, from published suites: ``verilog:FOLDER`` or ``verilog:FOLDER:TASK``.

- VerilogEval 2 (Pinckney et al., 2024, arXiv 2408.11053): ``ProbNNN_name_prompt.txt``, ``_ref.sv`` and
  ``_test.sv``. The candidate is ``TopModule``, the bench compares it with ``RefModule``.
- RTLLM (Lu et al., 2023, arXiv 2308.05345): a folder for each design with ``design_description.txt``,
  ``testbench.v`` and ``verified_*.v``; the bench prints whether the design passed. Data that it reads, and
  headers (``.vh``) that are included, stand beside it.

The bench judges. The reference is part of the specification only where a proof is asked for.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from proofsmith.environments.reading import read_text
from proofsmith.errors import BadInput
from proofsmith.types import Assurance, Origin, Task
from proofsmith.verilog_spec import VerilogSpec
from proofsmith.verilog_text import instantiated, top_modules

PREFIX = "verilog:"
_DATA = (".txt", ".dat", ".hex", ".mem", ".data", ".csv")
_HEADERS = (".vh", ".svh")
_BENCHES = ("testbench.v", "testbench.sv", "*testbench*.*v", "tb_*.*v", "*_tb.*v", "tb.*v")
_LARGEST_DATA = 1_000_000


class VerilogFolderLoader:
    """Loader of ``verilog:FOLDER`` and ``verilog:FOLDER:TASK``."""

    def accepts(self, path: str) -> bool:
        """Say whether the name begins as that of a folder of Verilog tasks."""
        return path.startswith(PREFIX)

    def load(self, path: str, *, select: str | None = None) -> tuple[Task, ...]:
        """Return the folder's tasks, or the one that is named.

        Raises:
            BadInput: there is no such folder or task, or a part of a task cannot be read.
        """
        folder, chosen = _split(path.removeprefix(PREFIX))
        select = select or chosen
        makers = {name: (kind, place) for name, kind, place in _found(folder)}
        if not makers:
            hint = "VerilogEval has ProbNNN_x_prompt.txt, RTLLM design_description.txt in folders"
            raise BadInput("there are no tasks in this folder", path=str(folder), hint=hint)
        if select is None:
            return tuple(_make(name, *made) for name, made in makers.items())
        name = select if select in makers else next((n for n in makers if n.split("_", 1)[0] == select), "")
        if not name:
            close = difflib.get_close_matches(select, makers, 1) or list(makers)[:1]
            raise BadInput(f"there is no task {select!r}", path=str(folder), hint=f"for example: {close[0]}")
        return (_make(name, *makers[name]),)


def _split(text: str) -> tuple[Path, str | None]:
    """Split ``FOLDER:TASK``; the name of an existing folder is never split."""
    whole = Path(text)
    if whole.is_dir():
        return whole, None
    folder, colon, name = text.rpartition(":")
    if colon and Path(folder).is_dir():
        return Path(folder), name
    raise BadInput("there is no such folder", path=folder or text)


def _found(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """Return (task name, format, file that names it) of every task below a folder."""
    for path in sorted(folder.glob("*_prompt.txt")):
        yield path.name.removesuffix("_prompt.txt"), "verilog-eval", path
    for path in sorted(folder.rglob("design_description.txt")):
        yield path.parent.name, "rtllm", path


def _make(name: str, form: str, path: Path) -> Task[VerilogSpec]:
    spec = _verilog_eval(name, path) if form == "verilog-eval" else _rtllm(path)
    return Task[VerilogSpec](
        id=name,
        statement=spec.prompt,
        language="verilog",
        spec=spec,
        verifiers=("iverilog",),
        assurance=Assurance.TESTED,
        origin=Origin(path=str(path)),
    )


def _verilog_eval(name: str, path: Path) -> VerilogSpec:
    beside = [read_text(str(path.with_name(f"{name}{end}"))).text for end in ("_ref.sv", "_test.sv")]
    reference, bench = beside
    return VerilogSpec(
        top="TopModule",
        source=reference,
        source_top="RefModule",
        goal="implement",
        prompt=read_text(str(path)).text.strip(),
        bench=bench,
        bench_format="verilog-eval",
        bench_files=((f"{name}_ref.sv", reference),),
        reference_specifies=False,
    )


def _rtllm(path: Path) -> VerilogSpec:
    folder = path.parent
    place = next((file for form in _BENCHES for file in sorted(folder.glob(form))), folder / "testbench.v")
    bench = read_text(str(place)).text
    wanted = instantiated(bench)
    if not wanted:
        raise BadInput("it instantiates no design", path=str(place))
    verified = [*sorted(folder.glob("verified_*.v")), *sorted(folder.glob("verified_*.sv"))]
    reference = read_text(str(verified[0])).text if verified else ""
    tops = top_modules(reference)
    small = [f for f in sorted(folder.iterdir()) if f.is_file() and f.stat().st_size <= _LARGEST_DATA]
    data = [(f.name, read_text(str(f)).text) for f in small if f.suffix in _DATA and f != path]
    headers = [(f.name, read_text(str(f)).text) for f in small if f.suffix in _HEADERS]
    return VerilogSpec(
        files=tuple(headers),
        top=folder.name if folder.name in wanted else wanted[-1],
        source=reference,
        source_top=tops[0] if tops else "",
        goal="implement",
        prompt=read_text(str(path)).text.strip(),
        bench=bench,
        bench_format="rtllm",
        bench_files=tuple(data),
        reference_specifies=False,
    )


def with_proof(task: Task[VerilogSpec], assurance: Assurance) -> Task[VerilogSpec]:
    """Return the task with its reference as part of the specification, to be proved equivalent to.

    Raises:
        BadInput: it has no reference.
    """
    if not task.spec.source:
        hint = "leave --assurance out: the test bench decides"
        raise BadInput(f"{task.id} has no reference to be compared with", task.origin.path or None, hint=hint)
    verifiers = tuple(dict.fromkeys((*task.verifiers, "yosys")))
    spec = replace(task.spec, reference_specifies=True)
    return replace(task, spec=spec, verifiers=verifiers, assurance=assurance)
