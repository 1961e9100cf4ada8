"""The first pass over the store: which tasks there are, which programs solved them, what is alike.

It reads one row a run and one row a passing program, and keeps figures and hashes of them only.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, literal_column, select

from proofsmith.environments.table import LOADERS
from proofsmith.store import schema
from proofsmith.store.database import connect, in_plain_words
from proofsmith.store.export.contamination import Suites
from proofsmith.store.export.prompts import subject_of
from proofsmith.store.export.quotations import Quotations
from proofsmith.store.export.reading import Place, RunHead, Source
from proofsmith.store.export.request import Selection
from proofsmith.store.export.similarity import (
    LEAST_TOKENS,
    TASK_THRESHOLD,
    THRESHOLD,
    Clusters,
    Form,
    Groups,
    digest,
    ngrams,
    terms_of,
)
from proofsmith.store.reading import checked_candidate
from proofsmith.types import Assurance, Task
from proofsmith.verilog_spec import VerilogSpec

_PAGE = 50
"""Programs read at a time; they may be of any size."""


@dataclass(frozen=True, slots=True)
class Solution:
    """A program that passed with the assurance its task wants.

    Attributes:
        place: where it is.
        pool: number of the task, the same for all runs that ask the same.
        hash: content hash of the program.
        member: its number among the programs compared (see `Survey.cluster`).
        assurance: how sure that was said to be.
        size: tokens.
        seconds: what judging took.
        cost: what the task's objective is at this program, to be small; 0 without an objective.
    """

    place: Place
    pool: int
    hash: str
    member: int
    assurance: Assurance
    size: int
    seconds: float
    cost: float


@dataclass
class Pool:
    """One task, however many runs asked it.

    Attributes:
        key: hex digest of language, id and statement.
        id, language, environment, license: of the task.
        task: digest of the task as it was asked first.
        contaminated: names of suites that it, or a solution of it, is also in.
        runs, passed, failed: how many runs, and programs judged so.
    """

    key: str
    id: str
    language: str
    environment: str
    task: str
    license: str = ""
    contaminated: frozenset[str] = frozenset()
    runs: int = 0
    passed: int = 0
    failed: int = 0

    @property
    def pass_rate(self) -> float | None:
        """Share of the judged programs that passed."""
        judged = self.passed + self.failed
        return self.passed / judged if judged else None


class Survey:
    """What the selected part of a store holds.

    Attributes:
        pools: the tasks; a `Solution.pool` is a position in it.
        solutions: by pool, in the order in which they were found.
        runs: how many were selected.
        quotations: finds the tasks that texts quote.
    """

    def __init__(self, source: Source, suites: Suites) -> None:
        self.source, self.suites = source, suites
        self.pools: list[Pool] = []
        self.solutions: dict[int, list[Solution]] = {}
        self.runs = 0
        self._by_key: dict[str, int] = {}
        self._by_digest: dict[str, int] = {}
        self._heads: dict[int, tuple[str, int]] = {}
        self._programs = Clusters(THRESHOLD)
        self._subjects = Clusters(TASK_THRESHOLD)
        self._members: list[int] = []
        self._representative: dict[int, str] = {}
        self._program_of: dict[str, int] = {}
        self._definitions: dict[bytes, set[int]] = {}
        self._given = lru_cache(maxsize=64)(self._definitions_given)
        self.quotations = Quotations()

    def read(self) -> None:
        """Read the tasks, then the programs that passed, then unite what is alike."""
        for head in self.source.runs():
            pool = self._pool_of(head)
            if pool is not None:
                self.runs += 1
                self.pools[pool].runs += 1
                self._heads[head.key] = (head.id, pool)
        for run, rows in itertools.groupby(self._passed(), key=lambda row: row[0]):
            if run in self._heads:
                first = next(rows)
                last = self._judged_again(run, first[2])
                for row in itertools.chain((first,), rows):
                    if last.get(row[1], row[2]) == row[2]:
                        self._take(row)
        self._count_judged()

    def pool(self, head: RunHead) -> int | None:
        """Return the number of a run's task; ``None`` if its record is damaged or it came later."""
        known = self._heads.get(head.key)
        return None if known is None else known[1]

    def cluster(self, digest_: str) -> str:
        """Return the name of the cluster of near-duplicates that a program is in.

        Programs that did not pass are not compared; each is known by its own hash.
        """
        member = self._program_of.get(digest_)
        return digest_[:16] if member is None else self._representative[self._programs.cluster(member)]

    def distinct(self) -> int:
        """Return how many solutions there are, near-duplicates of the same task counted once."""
        return sum(len({self.cluster(s.hash) for s in found}) for found in self.solutions.values())

    def task_clusters(self) -> list[str]:
        """Return each pool's cluster: like statements, like programs, or a definition in common."""
        groups = Groups()
        for _ in self.pools:
            groups.add()
        first: dict[tuple[str, int], int] = {}
        for pool, member in enumerate(self._members):
            groups.join(pool, first.setdefault(("subject", self._subjects.cluster(member)), pool))
        for pool, found in self.solutions.items():
            for solution in found:
                if solution.size >= LEAST_TOKENS:
                    key = ("program", self._programs.cluster(solution.member))
                    groups.join(pool, first.setdefault(key, pool))
        for pools in self._definitions.values():
            one, *others = sorted(pools)
            for other in others:
                groups.join(one, other)
        names: dict[int, str] = {}
        for pool, found_pool in enumerate(self.pools):
            root = groups.find(pool)
            names[root] = min(names.get(root, found_pool.key), found_pool.key)
        return [names[groups.find(pool)][:16] for pool in range(len(self.pools))]

    def _pool_of(self, head: RunHead) -> int | None:
        known = self._by_digest.get(head.task)
        if known is not None:
            return known
        task = self.source.task(head.task)
        if task is None:
            return None
        key = digest(f"{task.language}\0{task.id}\0{task.statement}").hex()
        pool = self._by_key.get(key)
        if pool is None:
            pool = self._by_key[key] = len(self.pools)
            found = Pool(key, task.id, task.language, environment_of(task), head.task, task.origin.license)
            suite = self.suites.statement(task)
            found.contaminated = frozenset() if suite is None else frozenset({suite})
            self.pools.append(found)
            self.quotations.add(task, pool)
            subject = subject_of(task)
            terms = terms_of(subject)
            exact = digest(" ".join(terms) or task.id)
            self._members.append(self._subjects.add(exact, ngrams(terms, 8 if subject.formal else 3)))
        self._by_digest[head.task] = pool
        return pool

    def _take(self, row: tuple[Any, ...]) -> None:
        run, node, seq, task, verdict, digest_, language, raw = row
        head = self._heads[run]
        try:
            source = checked_candidate(digest_, language, raw).source
            judged = json.loads(verdict)
            assurance, seconds = _figures(judged)
        except (ValueError, TypeError, KeyError, AttributeError):
            self.source.tally.damage(f"run {head[0]}: event {seq} is damaged")
            return
        wanted = self.source.task(task)
        if wanted is None or not assurance.covers(wanted.assurance):
            return
        if not counts(self.source.selection, "PASS", assurance.value):
            return
        if unchanged(wanted, source):
            self.source.tally.counts["programs as they were given, no solutions"] += 1
            return
        pool = self.pools[head[1]]
        form = Form(source, language)
        member = self._programs.add(form.exact, form.shingles)
        self._program_of[digest_] = member
        self._representative.setdefault(member, digest_[:16])
        place = Place(run, head[0], node, seq, task)
        own = form.definitions - self._given(task)
        suite = self.suites.program(form, own)
        if suite is not None:
            pool.contaminated |= {suite}
        for definition in own:
            self._definitions.setdefault(definition, set()).add(head[1])
        cost = _cost(wanted, source, judged)
        solution = Solution(place, head[1], digest_, member, assurance, form.size, seconds, cost)
        self.solutions.setdefault(head[1], []).append(solution)

    def _definitions_given(self, digest_: str) -> frozenset[bytes]:
        """Return the long definitions that a task itself has: they say nothing of its solutions."""
        task = self.source.task(digest_)
        text = "" if task is None else getattr(task.spec, "source", "")
        return Form(text, task.language).definitions if task is not None and text else frozenset()

    def _passed(self) -> Iterator[tuple[Any, ...]]:
        with in_plain_words(self.source.engine.url), connect(self.source.engine) as connection:
            for row in connection.execute(_passing().execution_options(yield_per=_PAGE)):
                yield tuple(row)

    def _judged_again(self, run: int, seq: int) -> dict[int, int]:
        """Return the last judgement (number of the event) of the nodes of a run judged at `seq` or later."""
        e = schema.events.c
        query = (
            select(e.node, func.max(e.seq))
            .where(e.run == run, e.seq >= seq, e.kind == "NodeJudged")
            .group_by(e.node)
        )
        with in_plain_words(self.source.engine.url), connect(self.source.engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def _count_judged(self) -> None:
        e = schema.events.c
        query = (
            select(e.run, e.status, func.count())
            .where(e.kind == "NodeJudged", e.status.in_(("PASS", "FAIL")))
            .group_by(e.run, e.status)
        )
        with in_plain_words(self.source.engine.url), connect(self.source.engine) as connection:
            for run, status, count in connection.execute(query):
                head = self._heads.get(run)
                if head is not None:
                    pool = self.pools[head[1]]
                    pool.passed += count * (status == "PASS")
                    pool.failed += count * (status == "FAIL")


def counts(selection: Selection, status: str, assurance: str) -> bool:
    """Say whether a program with this verdict is selected."""
    wanted = selection.verdicts
    return not wanted or status in wanted or assurance in wanted


def unchanged(task: Task, source: str) -> bool:
    """Say whether a program to be made better was handed back as it was: right, but no example."""
    spec = task.spec
    if not isinstance(spec, VerilogSpec) or spec.goal != "optimize":
        return False
    return Form(source, task.language).exact == Form(spec.source, task.language).exact


def environment_of(task: Task) -> str:
    """Return the name of the loader that made the task, or its language."""
    if task.origin.path:
        for name in LOADERS.names():
            if LOADERS.get(name)().accepts(task.origin.path):
                return name
    return task.language


def _figures(judged: dict[str, Any]) -> tuple[Assurance, float]:
    verdict = judged["verdict"]
    verdicts = judged.get("verdicts") or [verdict]
    return Assurance(verdict["assurance"]["value"]), sum(v.get("seconds", 0.0) for v in verdicts)


def _cost(task: Task, source: str, judged: dict[str, Any]) -> float:
    """Return what the task asks to minimise, as the verifiers measured it; infinite where they did not."""
    if task.objective is None:
        return 0.0
    if task.objective == "length":
        return float(len(source))
    return float(dict(map(tuple, judged["verdict"].get("metrics", ()))).get(task.objective, math.inf))


def _passing() -> Select[Any]:
    """Select every verdict that is a PASS, in the order of runs and events."""
    e, c, r = schema.events.c, schema.candidates.c, schema.runs.c
    return (
        select(e.run, e.node, e.seq, r.task, e.json, c.hash, c.language, c.source)
        .select_from(
            schema.events.join(schema.candidates, c.hash == e.candidate).join(schema.runs, r.key == e.run)
        )
        # A literal, because a bound value would keep SQLite from using the partial index.
        .where(e.status == literal_column("'PASS'"))
        .order_by(e.run, e.seq)
    )
