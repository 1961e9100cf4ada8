"""Preferences from programs and tests that the search itself made, without any trusted test.

After DSTC (Liu et al. 2024, arXiv 2411.13611). Every program makes tests: what it does on generated
inputs. The chosen program passes the most of all programs' tests, and comes with the hardest test it
passes that another program vouches for; the rejected one passes the fewest, and comes with the test
that it fails and the most programs pass. Code and test are one text, so that a wrong test is not
learnt as a wrong program.

Python only: inputs are generated from the function's signature.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from proofsmith import values
from proofsmith.errors import ToolFailure
from proofsmith.python_spec import Call, Outcome, PythonSpec
from proofsmith.store.export.context import RunContext
from proofsmith.store.export.languages.base import language_of
from proofsmith.store.export.languages.forms import normal
from proofsmith.store.export.prompts import filled
from proofsmith.store.export.similarity import LONGEST
from proofsmith.types import Candidate
from proofsmith.verifiers.assembly import program_text
from proofsmith.verifiers.guards import check_candidate
from proofsmith.verifiers.properties.bench import Bench, OutOfTime, Program
from proofsmith.verifiers.properties.inputs import generate_inputs
from proofsmith.verifiers.properties.shapes import UnsupportedAnnotation

PROGRAMS = 8
INPUTS = 24
SECONDS = 10.0
"""Most programs and inputs of one table, and wall clock for filling it."""

Table = Sequence[Sequence[Outcome | None]]
"""What each program (row) did on each input (column); ``None`` where it gave no plain value."""


@dataclass(frozen=True)
class Choice:
    """The pair that minimax chooses: rows of the programs, columns of their tests, shares of tests passed."""

    chosen: int
    chosen_test: int
    chosen_rate: float
    rejected: int
    rejected_test: int
    rejected_rate: float


def dpo_selftest(run: RunContext) -> Iterator[dict[str, Any]]:
    """Yield at most one pair a run; one that the trusted verifiers contradict is counted and left out."""
    spec = run.task.spec
    if not isinstance(spec, PythonSpec):
        return
    nodes = _different(run)
    if len(nodes) < 3:
        return
    programs = [Candidate(run.program(node)) for node in nodes]
    try:
        calls, table = _table(run, spec, programs)
    except (UnsupportedAnnotation, OutOfTime, ToolFailure):
        run.plan.tally.counts["dpo_selftest: programs could not be run"] += 1
        return
    pair = choose(table)
    if pair is None:
        return
    chosen, rejected = nodes[pair.chosen], nodes[pair.rejected]
    if run.wrong(chosen) or run.right(rejected):
        run.plan.tally.counts["dpo_selftest: contradicted by the verifiers"] += 1
        return
    name = spec.signature.name
    tests = [
        _assertion(name, calls[column], table[row][column])
        for row, column in (
            (pair.chosen, pair.chosen_test),
            (_passing(table, pair.rejected_test, pair.rejected), pair.rejected_test),
        )
    ]
    texts = [
        filled("tested", program=run.program(node).rstrip(), test=test)
        for node, test in zip((chosen, rejected), tests, strict=True)
    ]
    if run.plan.fresh("dpo_selftest", run.pool_number, *texts):
        yield run.row(
            "dpo_selftest",
            chosen,
            rejected,
            **run.asked("testing"),
            chosen=run.answer(texts[0]),
            rejected=run.answer(texts[1]),
            chosen_test=tests[0],
            rejected_test=tests[1],
            rejected_node=rejected,
            rejected_hash=run.graph.program(rejected),
            chosen_pass_rate=pair.chosen_rate,
            rejected_pass_rate=pair.rejected_rate,
        )


def choose(table: Table) -> Choice | None:
    """Return the pair that minimax chooses, or ``None`` if the programs do not differ enough."""
    columns = range(len(table[0]) if table else 0)
    votes = [[_votes(table, row, column) for column in columns] for row in range(len(table))]
    # A program's tests are its outcomes, so the tests that a program passes are the votes for its own.
    made = sum(outcome is not None for row in table for outcome in row)
    if not made:
        return None
    passed = [sum(row) for row in votes]
    order = sorted(range(len(table)), key=lambda row: (-passed[row], row))
    best, worst = order[0], order[-1]
    hardest = min(
        (c for c in columns if votes[best][c] >= 2), key=lambda c: (votes[best][c], c), default=None
    )
    failed = [c for c in columns if table[worst][c] is not None and _top(votes, c) > votes[worst][c]]
    clearest = max(failed, key=lambda c: (_top(votes, c), -c), default=None)
    if hardest is None or clearest is None or passed[best] <= passed[worst]:
        return None
    return Choice(best, hardest, passed[best] / made, worst, clearest, passed[worst] / made)


def _votes(table: Table, row: int, column: int) -> int:
    """Return how many programs do the same on an input as the one in `row`, itself included."""
    mine = table[row][column]
    if mine is None:
        return 0
    return sum(other[column] is not None and _same(mine, other[column]) for other in table)


def _same(a: Outcome, b: Outcome | None) -> bool:
    return b is not None and a.exception == b.exception and values.equal(a.value, b.value)


def _top(votes: Sequence[Sequence[int]], column: int) -> int:
    return max(row[column] for row in votes)


def _passing(table: Table, column: int, but: int) -> int:
    """Return the program whose outcome on an input the most others share, and `but` does not."""
    rows = [
        row
        for row in range(len(table))
        if table[row][column] is not None and not _same_at(table, row, but, column)
    ]
    return max(rows, key=lambda row: (_votes(table, row, column), -row))


def _same_at(table: Table, a: int, b: int, column: int) -> bool:
    mine = table[a][column]
    return mine is not None and _same(mine, table[b][column])


def _different(run: RunContext) -> list[int]:
    """Return the first nodes whose programs differ in more than layout and names."""
    found: dict[str, int] = {}
    python = language_of("python")
    for node in range(len(run.graph)):
        if len(found) == PROGRAMS:
            break
        if run.is_program(node) and run.graph.merged[node] < 0:
            candidate = run.candidate(node)
            if (
                candidate is not None
                and len(candidate.source) <= LONGEST
                and check_candidate(run.task, candidate) is None
            ):
                found.setdefault(normal(python.parts(candidate.source)), node)
    return list(found.values())


def _table(
    run: RunContext, spec: PythonSpec, programs: Sequence[Candidate]
) -> tuple[tuple[Call, ...], list[list[Outcome | None]]]:
    sandbox = run.plan.toolbox.sandbox
    bench = Bench(sandbox, time.monotonic() + SECONDS, sandbox.settings.seconds)
    calls = generate_inputs(spec, INPUTS, seed=0)
    table = []
    for candidate in programs:
        done = bench.run(Program(program_text(run.task, candidate), spec.signature.name), calls)
        row: list[Outcome | None] = []
        for result in done.results:
            outcome = result.outcome if result.status == "ok" else None
            plain = outcome is not None and values.is_data(outcome.value)
            row.append(Outcome(outcome.value, outcome.exception) if outcome is not None and plain else None)
        table.append(row + [None] * (len(calls) - len(row)))
    return calls, table


def _assertion(name: str, call: Call, outcome: Outcome | None) -> str:
    assert outcome is not None
    text = call.render(name)
    if outcome.exception is not None:
        return f"with pytest.raises({outcome.exception}):\n    {text}"
    return f"assert {text} == {outcome.value!r}"
