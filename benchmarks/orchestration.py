"""Cost of orchestration per candidate: a zero-latency policy, a verifier that does nothing.

Everything else is real: the LangGraph loop, PUCT over the growing tree, and every event committed
to SQLite (with --store none: kept in memory, to see the store's share). Prints milliseconds per
candidate at growing tree sizes, and the ratio to the first.

    python benchmarks/orchestration.py [--sizes 100,1000,10000] [--width 1]
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from running import command_line

from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.agents.table import STRATEGIES
from proofsmith.budget import Budget, Spend
from proofsmith.events import Event, NodeAdded, RunStarted
from proofsmith.protocols import NodeView
from proofsmith.python_spec import PythonSpec, Signature
from proofsmith.store.store import Store
from proofsmith.types import Candidate, Proposal, Proposals, Status, Task, Verdict
from proofsmith.verifiers.toolbox import Toolbox


class NoOpVerifier:
    """Answers at once: wrong, a little less so for some."""

    name = "no-op"

    @classmethod
    def create(cls, toolbox: Toolbox) -> NoOpVerifier:
        return cls()

    def check(self, task: Task, candidate: Candidate, budget: Budget) -> Verdict:
        score = int(candidate.hash[:4], 16) / 0x20000
        return Verdict(Status.FAIL, self.name, score=score, behaviour=candidate.hash)

    def close(self) -> None:
        pass


class ZeroLatencyPolicy:
    """Proposes new programs without thinking."""

    name = "zero-latency"

    def __init__(self) -> None:
        self.made = 0

    def propose(self, task: Task, view: NodeView, budget: Budget) -> Proposals:
        items = []
        for _ in range(view.width):
            self.made += 1
            items.append(Proposal(Candidate(f"def f():\n    return {self.made}\n")))
        return Proposals(tuple(items), spend=Spend(candidates=len(items)))


class Stopwatch:
    """A recorder that notes when each size was reached."""

    def __init__(self, inner, sizes: Sequence[int]) -> None:
        self.inner = inner
        self.marks: list[tuple[int, float]] = []
        self.sizes = list(sizes)
        self.nodes = 0
        self.times: list[float] = []

    def record(self, event: Event) -> None:
        self.record_all((event,))

    def record_all(self, events: Sequence[Event]) -> None:
        if isinstance(events[0], RunStarted):
            self.times.append(time.perf_counter())
        if self.inner is not None:
            self.inner.record_all(events)
        for event in events:
            if isinstance(event, NodeAdded):
                self.times.append(time.perf_counter())


def measure(strategy: str, sizes: list[int], width: int, store: str) -> list[tuple[int, float]]:
    spec = PythonSpec(Signature("f", ()))
    task = Task("bench", "", "python", spec, ("orchestration:NoOpVerifier",))
    settings = SearchSettings(strategy=strategy, width=width)
    budget = Budget(candidates=max(sizes))
    with tempfile.TemporaryDirectory() as folder, Toolbox() as toolbox:
        if store == "none":
            watch = Stopwatch(None, sizes)
            solve(task, settings, budget, Host(watch, toolbox), policy=ZeroLatencyPolicy())
        else:
            with Store.open(str(Path(folder) / "store.sqlite")) as opened:
                recorder = opened.start_run(
                    RunStarted(task, strategy, "zero-latency", 0, budget, "", settings.as_pairs())
                )
                watch = Stopwatch(recorder, sizes)
                path = str(Path(folder) / "checkpoints.sqlite")
                host = Host(watch, toolbox, checkpoint_path=path, run_id=recorder.run_id)
                solve(task, settings, budget, host, policy=ZeroLatencyPolicy())
                recorder.close()
    rows = []
    for size in sizes:
        start = max(0, size - max(50, size // 10))  # the cost of the last tenth of the candidates
        rows.append((size, (watch.times[size] - watch.times[start]) / (size - start) * 1000))
    return rows


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("--sizes", default="100,1000,10000")
    parser.add_argument("--width", type=int, default=1, help="proposals per expansion")
    parser.add_argument("--store", choices=["sqlite", "none"], default="sqlite")
    parser.add_argument("--strategies", default=",".join(STRATEGIES.names()))
    arguments = parser.parse_args()
    sizes = [int(s) for s in arguments.sizes.split(",")]
    measure("mcts", [100], arguments.width, arguments.store)  # imports and caches
    print(f"{'strategy':<12} {'candidates':>10} {'ms/candidate':>13} {'ratio':>6}")
    for strategy in arguments.strategies.split(","):
        rows = measure(strategy, sizes, arguments.width, arguments.store)
        for size, cost in rows:
            print(f"{strategy:<12} {size:>10} {cost:>13.3f} {cost / rows[0][1]:>6.2f}")


if __name__ == "__main__":
    main()
