"""What became of the tasks, stage by stage: attempted, solved, verified, distinct, exported."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from proofsmith.store.export.contamination import Suites
from proofsmith.store.export.loading import Dataset
from proofsmith.store.export.reading import RunHead, Source
from proofsmith.store.export.request import Selection, Tally
from proofsmith.store.export.survey import Solution, Survey
from proofsmith.store.store import Store
from proofsmith.types import Assurance

STAGES = ("runs", "attempted", "solved", "verified", "distinct", "exported")
_RANKS = ("TESTED", "BOUNDED", "PROVED")


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
    """

    by: str
    name: str
    runs: int
    attempted: int
    solved: int
    verified: int
    distinct: int
    exported: int | None


@dataclass(frozen=True)
class Statistics:
    """Lines in order, and how many records were damaged and left out."""

    lines: tuple[Line, ...]
    damaged: int


def statistics(store: Store, selection: Selection, datasets: Iterable[Dataset]) -> Statistics:
    """Return the yield at each stage of the selected runs.

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
    lines = [_line("all", "", heads, solutions, survey, exported)]
    groups: tuple[tuple[str, Callable[[RunHead], str], Callable[[Solution], str]], ...] = (
        (
            "environment",
            lambda h: survey.pools[survey.pool(h) or 0].environment,
            lambda s: survey.pools[s.pool].environment,
        ),
        ("assurance", lambda h: wanted[h.task], lambda s: _RANKS[s.rank]),
        ("policy", lambda h: h.policy, lambda s: runs[s.place.run].policy),
    )
    for by, of_head, of_solution in groups:
        for name in sorted({*map(of_head, heads), *map(of_solution, solutions)}):
            lines.append(
                _line(
                    by,
                    name,
                    [h for h in heads if of_head(h) == name],
                    [s for s in solutions if of_solution(s) == name],
                    survey,
                    exported,
                )
            )
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
