"""How many tasks of a JSONL suite the symbolic policy solves, and how many of those are right.

The search sees the examples in the prompts only. The hidden check of a task is used after its search
has ended, in the sandbox, to score the program that the search called solved.

    python benchmarks/humaneval.py SUITE.jsonl.gz [--time 60] [--jobs 2] [--only even|odd|ID,ID] [--limit N]
                                   [--show] [--json FILE]
"""

from __future__ import annotations

import json
import multiprocessing
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from running import command_line, counted, positive

from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.agents.host import Forget
from proofsmith.budget import Budget
from proofsmith.environments.hidden import hidden_check
from proofsmith.environments.suite import SuiteLoader
from proofsmith.python_spec import Call
from proofsmith.types import Task
from proofsmith.verifiers.sandbox import Limits
from proofsmith.verifiers.toolbox import Toolbox


@dataclass(frozen=True)
class Score:
    """What came of one task. `passed` is ``None`` where nothing was called solved."""

    task: str
    examples: int
    solved: bool
    passed: bool | None
    seconds: float
    reason: str
    operator: str = ""
    margin: str = ""
    source: str = ""


def score(job: tuple[str, Task, float, int]) -> Score:
    path, task, seconds, seed = job
    examples = len(task.spec.examples)
    if not examples or not task.verifiers:
        return Score(task.id, examples, False, None, 0.0, "no examples")
    with Toolbox() as toolbox:
        host = Host(Forget(), toolbox)
        result = solve(task, SearchSettings(seed=seed), Budget(seconds=seconds), host)
        if not result.solved or result.candidate is None or result.node is None:
            return Score(task.id, examples, False, None, result.spent.seconds, result.reason)
        program = task.spec.assemble(result.candidate.source)
        passed = check(toolbox, path, task, program)
        proposal = result.tree[result.node].proposal
        operator = proposal.operator if proposal else ""
        margin = dict(proposal.data).get("margin", "") if proposal else ""
        return Score(
            task.id,
            examples,
            True,
            passed,
            result.spent.seconds,
            result.reason,
            operator,
            margin,
            result.candidate.source,
        )


def check(toolbox: Toolbox, path: str, task: Task, program: str) -> bool:
    """Run the hidden check on a program in the sandbox."""
    name = task.spec.signature.name
    judge = (
        f"{program}\n\n{hidden_check(path, task.id)}\n\n"
        f"def hidden_check_passes():\n    check({name})\n    return True\n"
    )
    run = toolbox.sandbox.run(judge, "hidden_check_passes", [Call()], Limits(seconds=20.0))
    return run.status == "ok" and run.results[0].outcome is not None and run.results[0].outcome.value is True


def chosen(tasks: Sequence[Task], only: str, limit: int | None) -> list[Task]:
    if only in ("even", "odd"):
        picked = [t for k, t in enumerate(tasks) if k % 2 == (only == "odd")]
    elif only:
        wanted = set(only.split(","))
        picked = [t for t in tasks if t.id in wanted or t.id.rpartition("/")[2] in wanted]
    else:
        picked = list(tasks)
    return picked[:limit]


def report(scores: Sequence[Score]) -> None:
    solved = [s for s in scores if s.solved]
    passed = [s for s in solved if s.passed]
    wrong = len(solved) - len(passed)
    rate = wrong / len(solved) if solved else 0.0
    print(f"tasks {len(scores)}, with examples {sum(1 for s in scores if s.examples)}")
    print(f"solved {len(solved)}, of these passed the hidden check {len(passed)}, wrong {wrong} ({rate:.0%})")
    if solved:
        print(f"median seconds of the solved {statistics.median(s.seconds for s in solved):.1f}")


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("suite")
    parser.add_argument("--time", type=positive, default=60.0)
    parser.add_argument("--jobs", type=counted, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="print the programs that failed the hidden check")
    parser.add_argument("--json", help="write every score to this file")
    args = parser.parse_args()
    tasks = chosen(SuiteLoader().load(args.suite), args.only, args.limit)
    jobs = [(args.suite, task, args.time, args.seed) for task in tasks]
    scores: list[Score] = []
    with multiprocessing.get_context("spawn").Pool(args.jobs) as pool:
        for s in pool.imap(score, jobs):
            scores.append(s)
            state = "-" if not s.solved else ("pass" if s.passed else "WRONG")
            print(f"{s.task:18} {state:6} {s.seconds:6.1f} s  {s.operator} {s.margin}", flush=True)
            if args.show and s.solved and not s.passed:
                print("\n".join(f"    {line}" for line in s.source.splitlines()), flush=True)
    report(scores)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump([asdict(s) for s in scores], file, indent=1)


if __name__ == "__main__":
    main()
