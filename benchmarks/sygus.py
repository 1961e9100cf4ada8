"""SyGuS: our enumerator alone, cvc5 alone, and the default mix, on a folder of benchmark families.

Every folder below FOLDER is a family of ``.sl`` files (or FOLDER itself is one). All answers go
through the whole loop and its smt verifier; an answer that Z3 refutes is counted as such.

    python benchmarks/sygus.py FOLDER [--time 30] [--jobs 2] [--only FAMILY] [--sample N] [--policies ...]
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from running import command_line, counted, folder, positive

from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.agents.host import Forget
from proofsmith.agents.policies.sygus.policy import Cvc5Policy, SygusEnumerator, SygusMix, SygusPolicy
from proofsmith.budget import Budget
from proofsmith.environments.sygus import SygusLoader
from proofsmith.errors import BadInput
from proofsmith.types import Status
from proofsmith.verifiers.toolbox import Toolbox

POLICIES: dict[str, type[SygusPolicy]] = {
    "sygus-enumerator": SygusEnumerator,
    "cvc5": Cvc5Policy,
    "sygus-mix": SygusMix,
}


@dataclass(frozen=True)
class Result:
    """One policy on one file. `made` are programs that its enumerator evaluated."""

    file: str
    family: str
    policy: str
    solved: bool
    seconds: float
    refuted: int
    undecided: int
    made: int
    how: str


def attempt(path: Path, family: str, policy_name: str, seconds: float) -> Result:
    """Solve one file from scratch, solver processes included."""
    started = time.monotonic()
    policy = POLICIES[policy_name].create(())
    try:
        (task,) = SygusLoader().load(str(path))
    except BadInput as error:
        return Result(path.name, family, policy_name, False, 0.0, 0, 0, 0, f"not read: {error}")
    with Toolbox() as toolbox:
        solution = solve(
            task, SearchSettings(), Budget(seconds=seconds), Host(Forget(), toolbox), policy=policy
        )
    verdicts = [n.verdict for n in solution.tree if n.verdict is not None]
    proposal = None if solution.node is None else solution.tree[solution.node].proposal
    return Result(
        path.name,
        family,
        policy_name,
        solution.solved,
        time.monotonic() - started,
        sum(v.status is Status.FAIL for v in verdicts),
        sum(v.status not in (Status.FAIL, Status.PASS) for v in verdicts),
        policy.made,
        proposal.operator if solution.solved and proposal is not None else solution.reason,
    )


def table(results: Sequence[Result], families: Sequence[str]) -> None:
    """Print solved counts, median seconds of the solved, and the enumerator's speed, by family."""
    names = [p for p in POLICIES if any(r.policy == p for r in results)]
    print(f"\n{'family':<18} {'files':>5}" + "".join(f" {n + ' solved, median s':>34}" for n in names))
    for family in (*families, "all"):
        here = [r for r in results if family in (r.family, "all")]
        line = f"{family:<18} {len({r.family + '/' + r.file for r in here}):>5}"
        for name in names:
            solved = [r.seconds for r in here if r.policy == name and r.solved]
            median = f"{statistics.median(solved):.2f}" if solved else "-"
            line += f" {len(solved):>26} {median:>7}"
        print(line)
    for family in families:
        alone = [r for r in results if r.family == family and r.policy == "sygus-enumerator" and r.made]
        if alone:
            rate = sum(r.made for r in alone) / sum(r.seconds for r in alone)
            print(f"programs/s of the enumerator, {family}: {rate:,.0f}")
    for name in names:
        mine = [r for r in results if r.policy == name]
        refuted, undecided = sum(r.refuted for r in mine), sum(r.undecided for r in mine)
        print(f"{name}: {refuted} answers proposed and refuted by Z3 (never reported), {undecided} undecided")


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("folder", type=folder)
    parser.add_argument("--time", type=positive, default=30.0, help="seconds a task and policy")
    parser.add_argument("--jobs", type=counted, default=1, help="tasks at a time; 1 gives each two cores")
    parser.add_argument("--only", help="families whose name contains this")
    parser.add_argument("--sample", type=counted, default=1, help="every Nth file of a family")
    parser.add_argument("--policies", nargs="+", choices=list(POLICIES), default=list(POLICIES))
    parser.add_argument("--verbose", action="store_true", help="a line for each attempt")
    arguments = parser.parse_args()
    folders = sorted(p for p in arguments.folder.iterdir() if p.is_dir()) or [arguments.folder]
    folders = [f for f in folders if arguments.only is None or arguments.only in f.name]
    work = [
        (path, folder.name, policy)
        for folder in folders
        for path in sorted(folder.glob("*.sl"))[:: arguments.sample]
        for policy in arguments.policies
    ]
    results = []
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for result in pool.map(lambda w: attempt(*w, arguments.time), work):
            results.append(result)
            if arguments.verbose:
                mark = "solved" if result.solved else "-"
                print(
                    f"{result.file:<60} {result.policy:<17} {mark:<7} {result.seconds:6.2f} {result.how}",
                    flush=True,
                )
    table(results, [f.name for f in folders])


if __name__ == "__main__":
    main()
