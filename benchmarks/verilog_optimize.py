"""Optimising Verilog: how much smaller the designs of a folder get beyond synthesis, and how surely.

Every ``.v`` and ``.sv`` file below FOLDER that one module is the top of (test benches left out) goes
through the whole loop. The baseline is the original after ``synth; abc``; what is found is
synthesised the same way. A design that nothing improves keeps its original, and counts as unchanged.

    python benchmarks/verilog_optimize.py FOLDER [--objective area] [--time 30] [--sample N] [--only TEXT]
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from running import command_line, counted, folder, positive

from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.agents.host import Forget
from proofsmith.budget import Budget
from proofsmith.environments.verilog import VerilogLoader, optimize
from proofsmith.errors import ProofsmithError
from proofsmith.types import Status
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verilog_spec import OBJECTIVES

LEFT_OUT = ("testbench", "_test", "_tb", "tb_")


@dataclass(frozen=True)
class Result:
    """One design. `before` and `after` are empty where it could not be judged; `why` says so then."""

    file: str
    before: dict[str, float]
    after: dict[str, float]
    steps: tuple[str, ...]
    tried: int
    refuted: int
    undecided: int
    seconds: float
    why: str = ""

    def gain(self, metric: str) -> float:
        """Share of the metric that is gone, in percent."""
        old = self.before.get(metric, 0.0)
        return 100 * (old - self.after.get(metric, old)) / old if old else 0.0


def attempt(path: Path, objective: str, budget: Budget, toolbox: Toolbox) -> Result:
    """Optimise one file."""
    started = time.monotonic()
    try:
        (task,) = VerilogLoader().load(str(path))
        task = optimize(task, objective, None)
        settings = SearchSettings(policy="verilog")
        solution = solve(task, settings, budget, Host(Forget(), toolbox))
    except ProofsmithError as error:
        return Result(path.name, {}, {}, (), 0, 0, 0, time.monotonic() - started, str(error))
    tree = solution.tree
    verdicts = [n.verdict for n in tree if n.verdict is not None]
    original = tree[1].verdict if len(tree) > 1 else None
    told = ""
    if original is not None and original.status is not Status.PASS and original.diagnostics:
        told = original.diagnostics[0].message
    path_taken = tree.path(solution.node)[2:] if solution.solved and solution.node is not None else ()
    return Result(
        path.name,
        dict(original.metrics) if original is not None else {},
        dict(solution.verdict.metrics) if solution.solved and solution.verdict is not None else {},
        tuple(n.proposal.operator for n in path_taken if n.proposal is not None),
        len(verdicts),
        sum(v.status is Status.FAIL for v in verdicts),
        sum(v.status not in (Status.FAIL, Status.PASS) for v in verdicts),
        time.monotonic() - started,
        told,
    )


def summary(results: Sequence[Result], objective: str) -> None:
    """Print the distribution of the gain."""
    judged = [r for r in results if r.before and r.after]
    gains = sorted(r.gain(objective) for r in judged)
    improved = [g for g in gains if g > 0]
    print(
        f"\n{len(results)} designs, {len(judged)} judged, {len(improved)} improved in {objective}, ", end=""
    )
    print(f"{sum(g == 0 for g in gains)} unchanged, {sum(g < 0 for g in gains)} worse")
    if improved:
        quartiles = statistics.quantiles(improved, n=4) if len(improved) > 1 else [improved[0]] * 3
        low, middle, high = quartiles
        print(f"gain of the improved: median {middle:.1f} %, quartiles {low:.1f} and {high:.1f} %, ", end="")
        print(f"largest {improved[-1]:.1f} %")
    if gains:
        print(f"mean gain over all judged: {statistics.mean(gains):.1f} %")
    print(
        f"rewrites judged {sum(r.tried for r in results)}, refuted {sum(r.refuted for r in results)}, ",
        end="",
    )
    print(f"undecided {sum(r.undecided for r in results)}")
    for r in results:
        if not r.before or not r.after:
            print(f"not judged: {r.file}: {r.why[:100]}")


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("folder", type=folder)
    parser.add_argument("--objective", choices=OBJECTIVES, default="area")
    parser.add_argument("--time", type=positive, default=30.0, help="seconds a design")
    parser.add_argument("--tries", type=int, default=None, help="rewrites judged a design")
    parser.add_argument("--sample", type=counted, default=1, help="every Nth design")
    parser.add_argument("--only", default="", help="files whose name contains this")
    arguments = parser.parse_args()
    files = [
        p
        for p in sorted(arguments.folder.rglob("*"))
        if p.suffix in (".v", ".sv") and arguments.only in p.name and not any(x in p.name for x in LEFT_OUT)
    ][:: arguments.sample]
    budget = Budget(seconds=arguments.time, verifier_calls=arguments.tries)
    results = []
    with Toolbox() as toolbox:
        for path in files:
            r = attempt(path, arguments.objective, budget, toolbox)
            results.append(r)
            before, after = r.before.get(arguments.objective), r.after.get(arguments.objective)
            figures = "not judged" if before is None or after is None else f"{before:9.1f} -> {after:9.1f}"
            print(
                f"{r.file:<34} {figures} {r.gain(arguments.objective):5.1f} %  {r.tried:4d} tried, "
                f"{r.refuted} refuted, {r.undecided} open  {r.seconds:5.1f} s  {' '.join(r.steps)}",
                flush=True,
            )
    summary(results, arguments.objective)


if __name__ == "__main__":
    main()
