"""Do the test benches of a folder of Verilog tasks tell right from wrong? Each judges what is known.

The reference of every task must pass its bench. Modules that do nothing (outputs not driven, all 0, all 1)
and mutants of the reference must not, unless they are equal to it: for a mutant that passes, the
equivalence with the reference is asked for.

    python benchmarks/verilog_benches.py FOLDER... [--mutants 5] [--seconds 30] [--sample N] [--json FILE]
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from running import Kept, command_line, counted, folder, positive

from proofsmith.budget import Budget
from proofsmith.environments.verilog_suites import PREFIX, VerilogFolderLoader
from proofsmith.errors import ProofsmithError
from proofsmith.types import Candidate, Status, Task
from proofsmith.verifiers.sandbox.settings import SandboxSettings
from proofsmith.verifiers.simulation.guard import interface
from proofsmith.verifiers.simulation.icarus import Icarus
from proofsmith.verifiers.simulation.verifier import SimulationVerifier
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verifiers.yosys.equivalence import check_equivalent
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design, Unreadable
from proofsmith.verilog.mutation import mutants
from proofsmith.verilog_spec import VerilogSpec

_IDLE = {"not driven": "z", "all 0": "0", "all 1": "1"}


@dataclass(frozen=True)
class Row:
    """One judgement; what identifies it comes first."""

    task: str
    kind: str
    number: int
    status: str
    message: str
    equal: str
    seconds: float


def idle(spec: VerilogSpec, icarus: Icarus, level: str) -> str:
    """Return a module with the reference's ports whose outputs stay at a level."""
    compiled = icarus.compile({"ref.sv": spec.source}, ["ref.sv"], spec.reference_top, 20.0).output
    ports = sorted(interface(compiled, spec.reference_top))
    head = ", ".join(f"{way.lower()} [{width - 1}:0] {name}" for name, way, width in ports)
    body = [f"assign {name} = {{{width}{{1'b{level}}}}};" for name, way, width in ports if way == "OUTPUT"]
    return f"module {spec.top}({head});\n" + "\n".join(body) + "\nendmodule\n"


def candidates(task: Task[VerilogSpec], icarus: Icarus, most: int) -> Iterator[tuple[str, int, str]]:
    """Return (kind, number, text) of everything that the bench is to judge."""
    spec = task.spec
    named = re.compile(rf"(?<![\w$`.\\]){re.escape(spec.reference_top)}(?![\w$])")
    yield "reference", 0, named.sub(spec.top, spec.source)
    for number, level in enumerate(_IDLE.values()):
        yield "idle", number, idle(spec, icarus, level)
    try:
        possible = [named.sub(spec.top, m.source) for m in mutants(spec.source)]
    except ProofsmithError:
        return
    random.Random(task.id).shuffle(possible)
    for number, text in enumerate(possible[:most]):
        yield "mutant", number, text


def compared(pool: YosysPool, spec: VerilogSpec, text: str, seconds: float) -> str:
    """Return what equivalence with the reference says."""
    gold = Design(spec.source, spec.reference_top)
    try:
        return check_equivalent(pool, gold, Design(text, spec.top), seconds).answer.value
    except (Unreadable, ProofsmithError) as error:
        return f"refused: {error}"


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("folders", nargs="+", type=folder)
    parser.add_argument("--mutants", type=int, default=5, help="most mutants of a reference")
    parser.add_argument("--seconds", type=positive, default=30.0, help="for each judgement")
    parser.add_argument("--sample", type=counted, help="take so many tasks of each folder, evenly spread")
    parser.add_argument("--json", type=Path, help="keep the results there, and go on from what it holds")
    options = parser.parse_args()
    kept = Kept(options.json)
    rows = [Row(**row) for row in kept.rows]
    done = {(r.task, r.kind, r.number) for r in rows}
    icarus = Icarus(SandboxSettings())
    with Toolbox() as toolbox, YosysPool() as pool:
        judge = SimulationVerifier.create(toolbox)
        for place in options.folders:
            tasks = VerilogFolderLoader().load(f"{PREFIX}{place}")
            if options.sample:
                tasks = tasks[:: max(1, len(tasks) // options.sample)][: options.sample]
            for task in tasks:
                for kind, number, text in candidates(task, icarus, options.mutants):
                    if (task.id, kind, number) in done:
                        continue
                    verdict = judge.check(task, Candidate(text, "verilog"), Budget(seconds=options.seconds))
                    message = verdict.diagnostics[0].message if verdict.diagnostics else ""
                    passed = verdict.status is Status.PASS and kind != "reference"
                    equal = compared(pool, task.spec, text, options.seconds) if passed else ""
                    row = Row(task.id, kind, number, verdict.status.value, message, equal, verdict.seconds)
                    rows.append(row)
                    kept.add(asdict(row))
    show(rows)


def show(rows: list[Row]) -> None:
    for kind in ("reference", "idle", "mutant"):
        mine = [r for r in rows if r.kind == kind]
        counts = Counter(f"{r.status} ({r.equal})" if r.equal else r.status for r in mine)
        print(f"{kind:9} {len(mine):4}: " + ", ".join(f"{n} {a}" for a, n in counts.most_common()))
        for r in mine:
            expected = "pass" if kind == "reference" else "fail"
            if r.status.lower() != expected and r.equal != "proved":
                what = list(_IDLE)[r.number] if kind == "idle" else r.number
                print(f"    {r.task} {what}: {r.status} {r.equal} {r.message[:90]}")


if __name__ == "__main__":
    main()
