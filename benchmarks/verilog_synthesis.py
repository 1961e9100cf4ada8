"""Writing Verilog without a model: how many prompts of a suite can be read mechanically, and solved.

A prompt counts as read when the policy proposes anything: it saw a truth table, a Karnaugh map, a
state machine or a waveform. The policy sees the prompt alone; test bench and reference only score.

    python benchmarks/verilog_synthesis.py FOLDER [--time 20] [--only TEXT] [--verbose]
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

from running import command_line, positive

from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.agents.host import Forget
from proofsmith.agents.policies.verilog.policy import VerilogPolicy
from proofsmith.budget import Budget
from proofsmith.environments.verilog_suites import PREFIX, VerilogFolderLoader
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verilog_spec import VerilogSpec


class Blind:
    """The policy, shown the prompt and the header alone."""

    name = "verilog"

    def __init__(self) -> None:
        self._policy = VerilogPolicy()

    def propose(self, task, view, budget):  # type: ignore[no-untyped-def]
        spec = task.spec
        bare = VerilogSpec(spec.top, goal="implement", prompt=spec.prompt, header=spec.header)
        return self._policy.propose(replace(task, spec=bare), view, budget)


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("folder")
    parser.add_argument("--time", type=positive, default=20.0, help="seconds a task")
    parser.add_argument("--only", default="", help="tasks whose name contains this")
    parser.add_argument("--verbose", action="store_true", help="a line for each task that was not read, too")
    arguments = parser.parse_args()
    tasks = [t for t in VerilogFolderLoader().load(PREFIX + arguments.folder) if arguments.only in t.id]
    read: Counter[str] = Counter()
    solved: Counter[str] = Counter()
    with Toolbox() as toolbox:
        for task in tasks:
            started = time.monotonic()
            solution = solve(
                task,
                SearchSettings(),
                Budget(seconds=arguments.time),
                Host(Forget(), toolbox),
                policy=Blind(),
            )
            operators = [n.proposal.operator for n in solution.tree if n.proposal is not None]
            if not operators:
                if arguments.verbose:
                    print(f"{task.id:<34} not read")
                continue
            read[operators[0]] += 1
            solved[operators[0]] += solution.solved
            verdict = solution.verdict
            detail = ""
            if not solution.solved and verdict is not None and verdict.diagnostics:
                detail = verdict.diagnostics[0].message[:70]
            mark = "solved" if solution.solved else f"NOT SOLVED ({solution.reason}; {detail})"
            print(f"{task.id:<34} {operators[0]:<14} {time.monotonic() - started:5.1f} s  {mark}", flush=True)
    print(f"\n{len(tasks)} tasks, {sum(read.values())} read, {sum(solved.values())} solved")
    for operator, count in read.most_common():
        print(f"  {operator:<14} {solved[operator]} of {count}")


if __name__ == "__main__":
    main()
