"""One million steps, written through the store and exported, beside a plain sqlite3 and PyArrow loop.

A step is a program added, judged wrong and backed up: three events. The plain loop is the floor: it inserts
the same events as JSON text in batches of the same size, and exports by reading them back with
sqlite3, ``json.loads`` and PyArrow into a Parquet file with the same columns, with no checks, no provenance
work and no tree beyond a list. Writing and exporting run in processes of their own, one after another,
so that the peak of memory of each is known.

    python benchmarks/export.py [--steps 1000000] [--runs 1000] [--commit 100] [--folder /tmp] [--json FILE]
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from running import command_line

from proofsmith.budget import Budget
from proofsmith.events import BackedUp, Event, NodeAdded, NodeJudged, RunFinished, RunStarted, Update
from proofsmith.python_spec import Call, Example, Outcome, Parameter, PythonSpec, Signature
from proofsmith.types import (
    Assurance,
    Candidate,
    Counterexample,
    Diagnostic,
    Proposal,
    Status,
    Task,
    Tool,
    Verdict,
)

FORMATS = ("trajectories",)


def task(number: int) -> Task:
    signature = Signature("f", (Parameter("xs", "list[int]"),), "int")
    spec = PythonSpec(signature, f"Number {number}.", (Example(Call(([1],)), Outcome(number)),))
    return Task(f"t{number}", f"Return figure {number} of a list.", "python", spec, ("unit-tests",))


def steps(run: int, count: int) -> Iterator[tuple[Event, Event, Event]]:
    """Yield the steps of a run: all wrong but the last."""
    for node in range(1, count + 1):
        source = (
            f"def f(xs: list[int]) -> int:\n    return sum(x for x in xs if x > {node} and x % {run + 2})\n"
        )
        counterexample = Counterexample((("xs", "[1, 2, 3]"),), "6", "5")
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
        if node == count:
            verdict = Verdict(Status.PASS, "unit-tests", Assurance.TESTED, score=1.0, seconds=0.001)
        proposal = Proposal(Candidate(source), 0.5, "", "enumerate", "symbolic")
        path = tuple(Update(n, node, 0.5) for n in {0, node // 4, node // 2, node})
        yield (
            NodeAdded(node, node // 2, proposal, 0.25),
            NodeJudged(node, verdict, (verdict,), "f([1, 2, 3]) gives 5, not 6"),
            BackedUp(node, 0.5, path),
        )


def batches(run: int, count: int, size: int) -> Iterator[list[Event]]:
    found: list[Event] = []
    for step in steps(run, count):
        found += step
        if len(found) >= 3 * size:
            yield found
            found = []
    yield [*found, RunFinished("solved", count)]


def write_store(path: Path, runs: int, count: int, size: int) -> int:
    from proofsmith.store.store import Store

    with Store.open(str(path)) as store:
        for run in range(runs):
            started = RunStarted(task(run), "mcts", "symbolic", run, Budget(), "0.1.0")
            with store.start_run(started) as recorder:
                for batch in batches(run, count, size):
                    recorder.record_all(batch)
    return runs * count


def export_store(path: Path, out: Path) -> int:
    from proofsmith.store.export.exporter import export
    from proofsmith.store.export.request import ExportRequest
    from proofsmith.store.store import Store
    from proofsmith.verifiers.toolbox import Toolbox

    def check(task: Task, candidate: Candidate) -> Any:
        raise AssertionError("nothing is verified again here")

    request = ExportRequest(out, FORMATS, reverify="none")
    with Toolbox() as toolbox, Store.open(str(path)) as store:
        report = export(store, request, check, toolbox)
    return sum(report.rows["trajectories"].values())


def write_plain(path: Path, runs: int, count: int, size: int) -> int:
    from proofsmith import codec

    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(
        "CREATE TABLE events (run INTEGER, seq INTEGER, kind TEXT, json TEXT, PRIMARY KEY (run, seq))"
    )
    for run in range(runs):
        seq = 0
        for batch in batches(run, count, size):
            connection.execute("BEGIN IMMEDIATE")
            for event in batch:
                row = (run, seq, type(event).__name__, json.dumps(codec.to_data(event)))
                connection.execute("INSERT INTO events VALUES (?, ?, ?, ?)", row)
                seq += 1
            connection.execute("COMMIT")
    connection.close()
    return runs * count


def export_plain(path: Path, out: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from proofsmith.store.export.schemas import arrow_schema

    schema = arrow_schema("trajectories")
    connection = sqlite3.connect(path)
    total = 0
    out.mkdir()
    with pq.ParquetWriter(out / "plain.parquet", schema, compression="zstd") as writer:
        for (run,) in connection.execute("SELECT DISTINCT run FROM events").fetchall():
            rows = plain_rows(connection, run)
            total += len(rows)
            for start in range(0, len(rows), 20_000):
                part = rows[start : start + 20_000]
                columns = [pa.array([r.get(f.name) for r in part], f.type) for f in schema]
                writer.write_table(pa.Table.from_arrays(columns, schema=schema))
    return total


def plain_rows(connection: sqlite3.Connection, run: int) -> list[dict[str, Any]]:
    """Return one dictionary a node, with what the events say of it directly."""
    rows: list[dict[str, Any]] = [{"run": str(run), "node": 0}]
    query = "SELECT kind, json FROM events WHERE run = ? ORDER BY seq"
    for kind, text in connection.execute(query, (run,)):
        data = json.loads(text)
        if kind == "NodeAdded":
            proposal = data["proposal"]
            rows.append(
                {
                    "run": str(run),
                    "node": data["node"],
                    "parent": data["parent"],
                    "prior": data["prior"],
                    "thought": proposal.get("thought", ""),
                    "operator": proposal.get("operator", ""),
                    "policy": proposal.get("policy", ""),
                    "program": proposal["candidate"]["source"],
                    "proposal": text,
                }
            )
        elif kind == "NodeJudged":
            row, verdict = rows[data["node"]], data["verdict"]
            row["verdict"] = verdict["status"]["value"]
            row["score"] = verdict.get("score", 0.0)
            row["feedback"] = data.get("feedback", "")
            row["judgement"] = text
            row["verifiers"] = [
                {
                    "name": v["verifier"],
                    "tool": v.get("tool", {}).get("name"),
                    "tool_version": v.get("tool", {}).get("version"),
                    "verdict": v["status"]["value"],
                    "seconds": v.get("seconds"),
                }
                for v in data["verdicts"]
            ]
        elif kind == "BackedUp":
            for update in data["updates"]:
                rows[update["node"]]["visits"] = update["visits"]
                rows[update["node"]]["value"] = update["value"]
                rows[update["node"]]["best"] = update.get("best", 0.0)
    return rows


def _child(pipe: Any, work: Callable[..., int], arguments: tuple[Any, ...]) -> None:
    clock, cpu = time.perf_counter(), time.process_time()
    rows = work(*arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send((rows, time.perf_counter() - clock, time.process_time() - cpu, peak))


def measured(name: str, work: Callable[..., int], *arguments: Any) -> dict[str, Any]:
    """Run `work` in a fresh process; return rows, seconds, CPU seconds, and its peak of memory in MB."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(theirs, work, arguments))
    process.start()
    theirs.close()
    try:
        rows, wall, cpu, peak = ours.recv()
    except EOFError:
        raise SystemExit(f"{name} failed") from None
    process.join()
    print(
        f"{name:<14} {rows:>9,} rows  {wall:>8.1f} s  {cpu:>8.1f} CPU-s  {rows / cpu:>9,.0f} rows/CPU-s"
        f"  {peak:>6.0f} MB peak",
        flush=True,
    )
    return {"name": name, "rows": rows, "seconds": wall, "cpu": cpu, "peak_mb": peak}


def main() -> None:
    """Measure and print."""
    parser = command_line(__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--commit", type=int, default=100, help="steps a transaction")
    parser.add_argument("--folder", default=tempfile.gettempdir())
    parser.add_argument("--json", default=None)
    options = parser.parse_args()
    count = options.steps // options.runs
    place = Path(tempfile.mkdtemp(prefix="export-", dir=options.folder))
    try:
        shape = (options.runs, count, options.commit)
        found = [
            measured("plain write", write_plain, place / "plain.sqlite", *shape),
            measured("store write", write_store, place / "store.sqlite", *shape),
            measured("plain export", export_plain, place / "plain.sqlite", place / "plain"),
            measured("export", export_store, place / "store.sqlite", place / "out"),
        ]
    finally:
        shutil.rmtree(place, ignore_errors=True)
    for ours, plain, what in ((1, 0, "writing"), (3, 2, "exporting")):
        print(f"{what}: {found[plain]['cpu'] / found[ours]['cpu']:.2f} of the plain loop's speed (CPU time)")
    if options.json:
        Path(options.json).write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
