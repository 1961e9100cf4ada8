"""Mutants of verified Dafny programs: none may pass for the program it was made from.

FOLDER holds Dafny programs; those that verify are taken as references, `--programs` of them picked
at random. Of each, `--mutants` small wrong changes are judged twice: as a candidate for the reference
without its proof hints (what runs was changed: it must be refused; a hint was weakened: it may pass only
if the command line of Dafny proves it), and as a program of its own by a warm server, which must agree
with a new call of the command line.

    python benchmarks/dafny_mutants.py FOLDER [--programs 50] [--mutants 4] [--skip N] [--json FILE]
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from running import command_line, folder

from proofsmith.budget import Budget
from proofsmith.dafny.hints import without_hints
from proofsmith.dafny.lexer import DafnySyntaxError
from proofsmith.dafny.mutation import INVARIANT, Mutant, mutants
from proofsmith.dafny.parser import parse
from proofsmith.dafny_spec import DafnySpec
from proofsmith.types import Assurance, Candidate, Status, Task
from proofsmith.verifiers.dafny.pool import DafnyPool
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.dafny.verifier import DafnyVerifier
from proofsmith.verifiers.toolbox import Toolbox

SECONDS = 60.0


@dataclass(frozen=True)
class Judged:
    """One mutant: the verdict against the task, what a warm server and the command line say of it alone."""

    file: str
    kind: str
    line: int
    change: str
    against: str
    warm: str
    cold: str

    @property
    def false_pass(self) -> bool:
        """Whether something passed that must not."""
        if self.kind != INVARIANT:
            return self.against == "PASS"
        return self.against == "PASS" and self.cold != "verified"


def main() -> None:
    """Run and report."""
    parser = command_line(__doc__)
    parser.add_argument("folder", type=folder)
    parser.add_argument("--programs", type=int, default=50)
    parser.add_argument("--mutants", type=int, default=4)
    parser.add_argument("--skip", type=int, default=0, help="leave out the first N of the files looked at")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--z3", default="")
    options = parser.parse_args()
    settings = DafnySettings(dafny_z3=options.z3) if options.z3 else DafnySettings()
    files = sorted(options.folder.glob("*.dfy"))
    if not files:
        parser.error(f"{options.folder} holds no Dafny files")
    if options.programs < 1 or options.mutants < 1 or options.skip < 0:
        parser.error("--programs and --mutants must be above 0, --skip not below")
    random.Random(options.seed).shuffle(files)
    judged: list[Judged] = []
    references = 0
    with Toolbox(settings) as toolbox:
        verifier = DafnyVerifier.create(toolbox)
        pool = toolbox.shared(DafnyPool.create)
        for path in files[options.skip :]:
            if references == options.programs:
                break
            found = _of_one(path, verifier, pool, options.mutants, options.seed)
            if found is None:
                continue
            references += 1
            judged += found
            wrong = sum(j.false_pass for j in found)
            print(f"{references:3} {path.name}: {len(found)} mutants, {wrong} false passes", flush=True)
    _report(judged, references)
    if options.json:
        options.json.write_text(json.dumps([asdict(j) for j in judged], indent=1))


def _of_one(
    path: Path, verifier: DafnyVerifier, pool: DafnyPool, wanted: int, seed: int
) -> list[Judged] | None:
    """Judge mutants of one program; ``None`` if it does not verify or has none."""
    try:
        text = path.read_bytes().decode()
        program = parse(text, str(path))
    except (UnicodeDecodeError, DafnySyntaxError):
        return None
    task = _task(path.name, without_hints(program))
    if verifier.check(task, Candidate(text, "dafny"), Budget(seconds=SECONDS)).status is not Status.PASS:
        return None
    choices = list(mutants(program))
    if not choices:
        return None
    picked = random.Random(f"{seed} {path.name}").sample(choices, min(wanted, len(choices)))
    return [_judge(path.name, task, mutant, verifier, pool) for mutant in picked]


def _judge(name: str, task: Task, mutant: Mutant, verifier: DafnyVerifier, pool: DafnyPool) -> Judged:
    verdict = verifier.check(task, Candidate(mutant.text, "dafny"), Budget(seconds=SECONDS))
    warm = pool.verify(mutant.text, seconds=SECONDS)
    cold = pool.confirm(mutant.text, expected=0, seconds=SECONDS)
    return Judged(
        name, mutant.kind, mutant.line, mutant.change, verdict.status.name, warm.status, cold.status
    )


def _task(name: str, source: str) -> Task:
    return Task(name, "", "dafny", DafnySpec(source), ("dafny",), Assurance.PROVED)


def _report(judged: list[Judged], references: int) -> None:
    kinds = Counter(j.kind for j in judged)
    passed = Counter(j.kind for j in judged if j.against == "PASS")
    alone = Counter(j.kind for j in judged if j.cold == "verified")
    print(f"\n{references} references, {len(judged)} mutants")
    for kind in sorted(kinds):
        print(
            f"  {kind}: {kinds[kind]} mutants, {passed[kind]} passed for the task, "
            f"{alone[kind]} verify as programs of their own"
        )
    unconfirmed = [j for j in judged if j.warm == "verified" and j.cold != "verified"]
    print(f"  proved by a warm server and not by the command line: {len(unconfirmed)}")
    wrong = [j for j in judged if j.false_pass]
    print(f"  false passes: {len(wrong)}")
    for j in [*wrong, *unconfirmed]:
        print(f"    {j.file}:{j.line} {j.change}: against {j.against}, warm {j.warm}, cold {j.cold}")


if __name__ == "__main__":
    main()
