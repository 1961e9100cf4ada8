"""Cost of recording an event, beside a plain sqlite3 loop that inserts the same texts.

Both commit every event, in WAL mode with synchronous=NORMAL, on the same disk, in turns. Prints
median, mean and 99th percentile in milliseconds at growing run lengths. "encoded" is the time of
turning the event into JSON alone, which is part of the store's figure and not of the plain loop's.

    python benchmarks/store_writes.py [--events 100000] [--folder /tmp]
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from running import command_line

from proofsmith import codec
from proofsmith.budget import Budget
from proofsmith.events import BackedUp, Event, NodeAdded, NodeJudged, RunStarted, Update
from proofsmith.python_spec import Call, Example, Outcome, Parameter, PythonSpec, Signature
from proofsmith.store.store import Store
from proofsmith.types import (
    Candidate,
    Counterexample,
    Diagnostic,
    Proposal,
    Status,
    Task,
    Tool,
    Verdict,
)

BLOCK = 2_000
"""Events measured around each printed length."""


def events() -> Iterator[Event]:
    """Typical steps: a program added, judged wrong, and its reward backed up five levels."""
    node = 0
    while True:
        node += 1
        source = f"def f(xs: list[int]) -> int:\n    return sum(x for x in xs if x > {node} and x % 2)\n"
        yield NodeAdded(node, node // 2, Proposal(Candidate(source), 0.5, "", "enumerate", "symbolic"), 0.25)
        counterexample = Counterexample(
            (("xs", "[1, 2, 3]"),), "6", "5", "", Example(Call(([1, 2, 3],)), Outcome(6))
        )
        verdict = Verdict(
            Status.FAIL,
            "unit-tests",
            score=0.5,
            diagnostics=(Diagnostic("f([1, 2, 3]) gives 5, not 6"),),
            counterexample=counterexample,
            seconds=0.0012,
            tool=Tool("cpython", "3.11.7", "python -I worker.py"),
            behaviour=f"{node:064x}",
        )
        yield NodeJudged(node, verdict, (verdict,), "f([1, 2, 3]) gives 5, not 6")
        yield BackedUp(node, 0.5, tuple(Update(n, node, 0.5) for n in range(5)))


def plain(path: str) -> sqlite3.Connection:
    """Open the table that one would write by hand."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("CREATE TABLE events (run INTEGER, seq INTEGER, json TEXT, PRIMARY KEY (run, seq))")
    return connection


def insert(connection: sqlite3.Connection, seq: int, text: str) -> None:
    """Insert and commit one row."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO events VALUES (1, ?, ?)", (seq, text))
    connection.execute("COMMIT")


def shown(times: list[float]) -> str:
    """Median, mean and 99th percentile, in milliseconds."""
    ordered = sorted(times)
    figures = statistics.median(ordered), statistics.fmean(ordered), ordered[len(ordered) * 99 // 100]
    return "".join(f"{figure * 1000:8.3f}" for figure in figures)


def main() -> None:
    """Measure and print."""
    parser = command_line(__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--folder", help="where the databases are made; default: the temporary folder")
    arguments = parser.parse_args()
    lengths = [n for n in (100, 1_000, 10_000, 100_000, 1_000_000) if n <= arguments.events]
    signature = Signature("f", (Parameter("xs", "list[int]"),), "int")
    task = Task("bench", "Sum it up.", "python", PythonSpec(signature), ("unit-tests",))
    started = RunStarted(task, "mcts", "symbolic", 0, Budget(seconds=60.0), "")
    print(f"{'':>9} {'store':^24}   {'plain sqlite3':^24} {'encoded':>9}")
    columns = f"{'median':>8}{'mean':>8}{'p99':>8}"
    print(f"{'events':>9} {columns}   {columns} {'median':>9} {'ratio':>6} {'growth':>7}")
    first = 0.0
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        other = plain(str(Path(folder) / "plain.sqlite"))
        with Store.open(str(Path(folder) / "store.sqlite")) as store, store.start_run(started) as recorder:
            by_store: list[float] = []
            by_hand: list[float] = []
            encoding: list[float] = []
            for seq, event in enumerate(events()):
                begin = time.perf_counter()
                text = codec.dumps(event)
                middle = time.perf_counter()
                recorder.record(event)
                recorded = time.perf_counter()
                insert(other, seq, text)
                end = time.perf_counter()
                encoding.append(middle - begin)
                by_store.append(recorded - middle)
                by_hand.append(end - recorded)
                if seq + 1 in lengths:
                    window = [times[-BLOCK:] for times in (by_store, by_hand, encoding)]
                    medians = [statistics.median(times) * 1000 for times in window]
                    first = first or medians[0]
                    print(
                        f"{seq + 1:>9} {shown(window[0])}   {shown(window[1])} {medians[2]:9.3f} "
                        f"{medians[0] / medians[1]:>6.2f} {medians[0] / first:>7.2f}",
                        flush=True,
                    )
                if seq + 1 >= lengths[-1]:
                    break
        other.close()


if __name__ == "__main__":
    main()
