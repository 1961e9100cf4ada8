"""Dafny programs without their proof hints: how many the symbolic policy completes, through the whole loop.

FOLDER holds Dafny files; of a name ``X_no_hints.dfy`` only those are taken where there are some. Where
a table ``tasks.tsv`` stands beside the folder, results are also told by the kind of hint that is missing.

    python benchmarks/dafny.py FOLDER [--time 60] [--jobs 2] [--sample N] [--offset K] [--only TEXT]
                               [--json FILE [--resume]] [--z3 PATH]

With ``--json`` each result is written as soon as it is there; ``--resume`` goes on with what a run that
was stopped has not done yet.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from running import Kept, command_line, counted, folder, positive

from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.agents.host import Forget
from proofsmith.agents.policies.dafny.policy import DafnyPolicy
from proofsmith.budget import Budget
from proofsmith.environments.dafny import DafnyLoader
from proofsmith.errors import ProofsmithError
from proofsmith.verifiers.dafny.pool import DafnyPool
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.toolbox import Toolbox


@dataclass(frozen=True)
class Result:
    """One file. `kind` is what its hints are: I for invariants, A for assertions, D for decreases."""

    file: str
    kind: str
    solved: bool
    reason: str
    seconds: float
    verifier_calls: int
    added: int
    families: tuple[str, ...]
    failure: str


def attempt(path: Path, kind: str, seconds: float, toolbox: Toolbox) -> Result:
    """Solve one file."""
    started = time.monotonic()
    policy = DafnyPolicy.create(())
    policy.attach(toolbox)
    try:
        task = DafnyLoader().load(str(path))[0]
        host = Host(recorder=Forget(), toolbox=toolbox)
        ended = solve(task, SearchSettings(policy="dafny"), Budget(seconds=seconds), host, policy=policy)
    except ProofsmithError as error:
        took = time.monotonic() - started
        return Result(path.name, kind, False, "error", took, 0, 0, (), str(error))
    data = () if ended.node is None else getattr(ended.tree[ended.node].proposal, "data", ())
    failure = ""
    if not ended.solved and ended.verdict is not None and ended.verdict.diagnostics:
        first = ended.verdict.diagnostics[0]
        failure = f"{ended.verdict.status.value}: {first.message}"
    return Result(
        file=path.name,
        kind=kind,
        solved=ended.solved,
        reason=ended.reason,
        seconds=time.monotonic() - started,
        verifier_calls=ended.spent.verifier_calls,
        added=len(data),
        families=tuple(sorted({family for family, _ in data})),
        failure=failure,
    )


def kinds_of(folder: Path) -> dict[str, str]:
    """Return what hints each file lacks, from the table beside the folder."""
    table = folder.parent / "tasks.tsv"
    if not table.is_file():
        return {}
    found = {}
    with table.open(newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            marks = (("I", "invariants"), ("A", "asserts"), ("D", "decreases"))
            found[row["file"]] = "".join(m for m, column in marks if int(row[column])) or "-"
    return found


def arguments() -> argparse.Namespace:
    """Read and check the command line."""
    parser = command_line(__doc__)
    parser.add_argument("folder", type=folder)
    parser.add_argument("--time", type=positive, default=60.0)
    parser.add_argument("--jobs", type=counted, default=2)
    parser.add_argument("--sample", type=counted, default=1, metavar="N", help="take every N-th file")
    parser.add_argument("--offset", type=int, default=0, metavar="K", help="begin with the K-th file")
    parser.add_argument("--only", default="", help="take files whose name contains this")
    parser.add_argument("--json", type=Path, help="write the results there, one line a file")
    parser.add_argument("--resume", action="store_true", help="leave out what --json holds already")
    parser.add_argument("--z3", help="the Z3 that Dafny uses")
    given = parser.parse_args()
    if given.resume and given.json is None:
        parser.error("--resume needs --json")
    if given.json is not None and not given.resume and given.json.exists():
        parser.error(f"{given.json} exists: add --resume, or name another file")
    if given.offset < 0:
        parser.error("--offset is less than 0")
    return given


def main() -> None:
    given = arguments()
    files = sorted(given.folder.glob("*_no_hints.dfy")) or sorted(given.folder.glob("*.dfy"))
    files = [f for f in files if given.only in f.name][given.offset :: given.sample]
    if not files:
        raise SystemExit(f"no Dafny files to take in {given.folder}")
    kinds = kinds_of(given.folder)
    names = {f.name for f in files}
    kept = Kept(given.json)
    earlier = [Result(**{**row, "families": tuple(row["families"])}) for row in kept.rows]
    results = [result for result in earlier if result.file in names]
    done = {r.file for r in results}
    with Toolbox(DafnySettings(dafny_z3=given.z3, dafny_servers=given.jobs)) as toolbox:
        toolbox.shared(DafnyPool.create).verify("method Warm() {}", seconds=60)
        threads = ThreadPoolExecutor(given.jobs)
        work = [
            threads.submit(attempt, f, kinds.get(f.name, "?"), given.time, toolbox)
            for f in files
            if f.name not in done
        ]
        try:
            for ended in as_completed(work):
                results.append(ended.result())
                tell(results[-1], kept)
        except KeyboardInterrupt:
            print(f"stopped: {len(files) - len(results)} of {len(files)} files are left")
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
    report(results)


def tell(result: Result, kept: Kept) -> None:
    """Print one result, and write it down."""
    mark = "solved" if result.solved else result.failure or result.reason
    calls, took = result.verifier_calls, result.seconds
    print(f"{took:6.1f} s {calls:4d} calls {result.kind:4s} {result.file}: {mark}", flush=True)
    kept.add(asdict(result))


def report(results: Sequence[Result]) -> None:
    """Print the sums."""
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[result.kind].append(result)
    for kind, group in [*sorted(groups.items()), ("all", list(results))]:
        solved = [r for r in group if r.solved]
        median = statistics.median([r.seconds for r in solved]) if solved else 0.0
        calls = statistics.median([r.verifier_calls for r in solved]) if solved else 0
        total, asked = sum(r.seconds for r in group), sum(r.verifier_calls for r in group)
        print(
            f"{kind:5s} {len(solved)}/{len(group)} solved, median {median:.1f} s and {calls:.0f} calls "
            f"(all: {total:.0f} s, {asked} calls)"
        )
    used = Counter(family for r in results if r.solved for family in r.families)
    print("families in solutions:", ", ".join(f"{f} {n}" for f, n in used.most_common()))


if __name__ == "__main__":
    main()
