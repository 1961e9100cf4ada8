"""What became of the tasks, stage by stage: attempted, solved, verified, distinct, exported."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from proofsmith.store.export.contamination import Suites
from proofsmith.store.export.loading import Dataset
from proofsmith.store.export.reading import RunHead, Source
from proofsmith.store.export.request import Selection, Tally
from proofsmith.store.export.survey import Solution, Survey
from proofsmith.store.store import Store
from proofsmith.types import Assurance

STAGES = ("runs", "attempted", "solved", "verified", "distinct", "exported")
_ATTEMPTS = ("solved", "unsolved")
"""Statuses of runs that came to their end; a run that was stopped, or that we failed, is no attempt."""


@dataclass(frozen=True)
class Line:
    """The counts of one group.

    Attributes:
        by: ``"environment"``, ``"assurance"``, ``"policy"`` or ``"all"``.
        name: which.
        runs, attempted, solved: runs, and the tasks they are of; of an assurance, those that want it.
        verified, distinct: programs that passed with the assurance wanted, and without near-duplicates;
            of an assurance, those that reached it.
        exported: of these, how many are in the datasets that were given; ``None`` without any.
        pass_at: for each k asked for, the mean over its tasks of the chance that one of k runs
            solves the task (`pass_at`), over tasks with at least k runs; ``None`` without such tasks.
    """

    by: str
    name: str
    runs: int
    attempted: int
    solved: int
    verified: int
    distinct: int
    exported: int | None
    pass_at: tuple[tuple[int, float | None], ...] = ()


@dataclass(frozen=True)
class Statistics:
    """Lines in order, and how many records were damaged and left out."""

    lines: tuple[Line, ...]
    damaged: int


def pass_at(runs: int, solved: int, k: int) -> float:
    """Return the chance that at least one of `k` runs, drawn from `runs` of which `solved` did, solved it.

    The unbiased estimator of pass@k (Chen et al. 2021, arXiv 2107.03374); ``k <= runs``.
    """
    return 1.0 - math.comb(runs - solved, k) / math.comb(runs, k)


def statistics(
    store: Store, selection: Selection, datasets: Iterable[Dataset], ks: Sequence[int] = ()
) -> Statistics:
    """Return the yield at each stage of the selected runs, and pass@k for each of `ks`.

    Raises:
        BadInput: a run that was named does not exist.
    """
    tally = Tally()
    source = Source(store, selection, tally)
    survey = Survey(source, Suites(()))
    survey.read()
    heads = [head for head in source.runs() if survey.pool(head) is not None]
    given = list(datasets)
    exported = _exported(given) if given else None
    wanted = {digest: _wanted(source, digest) for digest in {head.task for head in heads}}
    runs = {head.key: head for head in heads}
    solutions = [s for found in survey.solutions.values() for s in found]
    lines = [
        replace(_line("all", "", heads, solutions, survey, exported), pass_at=_passes(heads, survey, ks))
    ]
    groups: tuple[tuple[str, Callable[[RunHead], str], Callable[[Solution], str]], ...] = (
        (
            "environment",
            lambda h: survey.pools[survey.pool(h) or 0].environment,
            lambda s: survey.pools[s.pool].environment,
        ),
        ("assurance", lambda h: wanted[h.task], lambda s: s.assurance.value),
        ("policy", lambda h: h.policy, lambda s: runs[s.place.run].policy),
    )
    for by, of_head, of_solution in groups:
        for name in sorted({*map(of_head, heads), *map(of_solution, solutions)}):
            own = [h for h in heads if of_head(h) == name]
            line = _line(by, name, own, [s for s in solutions if of_solution(s) == name], survey, exported)
            lines.append(replace(line, pass_at=_passes(own, survey, ks)))
    return Statistics(tuple(lines), tally.counts["damaged"])


def _line(
    by: str,
    name: str,
    heads: list[RunHead],
    solutions: list[Solution],
    survey: Survey,
    exported: set[str] | None,
) -> Line:
    solved = {survey.pool(head) for head in heads if head.status == "solved"}
    return Line(
        by,
        name,
        runs=len(heads),
        attempted=len({survey.pool(head) for head in heads}),
        solved=len(solved),
        verified=len(solutions),
        distinct=len({(s.pool, survey.cluster(s.hash)) for s in solutions}),
        exported=None if exported is None else len({s.hash for s in solutions} & exported),
    )


def _passes(heads: list[RunHead], survey: Survey, ks: Sequence[int]) -> tuple[tuple[int, float | None], ...]:
    attempts = [head for head in heads if head.status in _ATTEMPTS]
    runs = Counter(survey.pool(head) for head in attempts)
    solved = Counter(survey.pool(head) for head in attempts if head.status == "solved")
    found: list[tuple[int, float | None]] = []
    for k in ks:
        values = [pass_at(count, solved[task], k) for task, count in runs.items() if count >= k]
        found.append((k, math.fsum(values) / len(values) if values else None))
    return tuple(found)


def _wanted(source: Source, digest: str) -> str:
    task = source.task(digest)
    return (Assurance.TESTED if task is None else task.assurance).value


def _exported(datasets: list[Dataset]) -> set[str]:
    """Return the content hashes of the programs that the datasets show as right."""
    found = set()
    for dataset in datasets:
        for config in dataset.configs():
            if config in ("tasks", "events", "grpo"):
                continue
            for row in dataset.rows(config, ["candidate_hash", "verdict"]):
                if row["verdict"] == "PASS":
                    found.add(row["candidate_hash"])
    return found
