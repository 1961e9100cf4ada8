"""Reading runs for an export: in order, in pages, past damaged records, which are counted."""

from __future__ import annotations

import fnmatch
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any

from sqlalchemy import Connection, Engine, Select, bindparam, select
from sqlalchemy.sql.compiler import SQLCompiler

from proofsmith import codec
from proofsmith.errors import StoreError
from proofsmith.events import ModelCalled
from proofsmith.python_spec import Example
from proofsmith.revision import Revision
from proofsmith.store import rows, schema
from proofsmith.store.database import connect, in_plain_words
from proofsmith.store.export.graph import ASSURANCES, STATUSES, Added, Judged, RunGraph
from proofsmith.store.export.request import Selection, Tally
from proofsmith.store.reading import checked_candidate, read_task, read_texts
from proofsmith.store.store import Store
from proofsmith.types import Candidate, Task

_PAGE = 2_000
_FIRST_PAGE = 50
_PAGE_BYTES = 16_000_000
"""Rows of a page, and of a first one, which shows how long rows are; and about how long a page may be."""

_DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)
_decode = json.JSONDecoder().raw_decode
"""As `json.loads`, without looking for blanks around what we wrote ourselves."""

_STATUS = {name: code for code, name in enumerate(STATUSES) if name}
_ASSURANCE = {name: code for code, name in enumerate(ASSURANCES) if name}


@dataclass(frozen=True)
class RunHead:
    """A run as its row in the store says; `task` is the digest of its task, `started` in seconds UTC."""

    key: int
    id: str
    task: str
    task_id: str
    language: str
    strategy: str
    policy: str
    seed: str
    version: str
    started: float
    status: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a judged program stands.

    Attributes:
        run, run_id: the run's key in the store, and its name.
        node: the node.
        seq: number of the event that judged it; what was learnt before is part of the question.
        task: digest of the run's task.
    """

    run: int
    run_id: str
    node: int
    seq: int
    task: str


class Source:
    """The part of a store that is exported; what is damaged goes into `tally`."""

    def __init__(self, store: Store, selection: Selection, tally: Tally) -> None:
        self.engine: Engine = store.engine
        self.name = store.name
        self.selection = selection
        self.tally = tally
        self._chosen = {store.find(prefix) for prefix in selection.runs}
        self.task = lru_cache(maxsize=64)(self._task)

    def runs(self) -> Iterator[RunHead]:
        """Yield the selected runs, oldest first.

        Raises:
            BadInput: a run that was named does not exist (when this object is made).
        """
        r = schema.runs.c
        query = _heads().order_by(r.key).limit(_PAGE)
        last = -1
        while True:
            with in_plain_words(self.engine.url), connect(self.engine) as connection:
                page = [RunHead(*row) for row in connection.execute(query.where(r.key > last))]
            for head in page:
                if self._wanted(head):
                    yield head
            if len(page) < _PAGE:
                return
            last = page[-1].key

    def head(self, key: int) -> RunHead:
        """Return the run that has a key."""
        with in_plain_words(self.engine.url), connect(self.engine) as connection:
            return RunHead(*connection.execute(_heads().where(schema.runs.c.key == key)).one())

    def _wanted(self, head: RunHead) -> bool:
        if self._chosen and head.id not in self._chosen:
            return False
        patterns = self.selection.tasks
        return not patterns or any(fnmatch.fnmatchcase(head.task_id, p) for p in patterns)

    def _task(self, digest: str) -> Task | None:
        """Return the task kept under `digest`; ``None``, counted, if it is damaged."""
        with in_plain_words(self.engine.url), connect(self.engine) as connection:
            try:
                return read_task(connection, digest, "").task
            except StoreError:
                self.tally.damage(f"task {digest[:12]}")
                return None

    def candidate(self, digest: str) -> Candidate | None:
        """Return the program kept under a content hash; ``None``, counted, if it is damaged."""
        c = schema.candidates.c
        query = select(c.language, c.source).where(c.hash == digest)
        with in_plain_words(self.engine.url), connect(self.engine) as connection:
            row = connection.execute(query).first()
        try:
            return None if row is None else checked_candidate(digest, row[0], row[1])
        except ValueError:
            self.tally.damage(f"program {digest[:12]}")
            return None

    def evidence(self, place: Place) -> tuple[Example, ...]:
        """Return the examples that a run had learnt when a program was judged; damaged ones are left out."""
        e = schema.events.c
        query = select(e.json).where(e.run == place.run, e.kind == "ExampleLearnt", e.seq < place.seq)
        found = []
        with in_plain_words(self.engine.url), connect(self.engine) as connection:
            for text in connection.execute(query.order_by(e.seq)).scalars():
                try:
                    found.append(codec.loads(text).example)
                except (ValueError, AttributeError):
                    continue
        return tuple(found)

    def model_call(self, head: RunHead, seq: int) -> ModelCalled | None:
        """Return what a language model was asked and answered; ``None``, counted, if it is damaged."""
        query = select(schema.events.c.json).where(
            schema.events.c.run == head.key, schema.events.c.seq == seq
        )
        with in_plain_words(self.engine.url), connect(self.engine) as connection:
            text = connection.execute(query).scalar_one()
            texts = read_texts(connection, [text])
        try:
            called = codec.loads(rows.whole(text, texts))
        except _DAMAGE:
            called = None
        if not isinstance(called, ModelCalled):
            self.tally.damage(f"run {head.id}: event {seq} is damaged")
            return None
        return called

    def task_json(self, digest: str) -> str:
        """Return a task as the text that is kept of it."""
        t = schema.tasks.c
        with in_plain_words(self.engine.url), connect(self.engine) as connection:
            return str(connection.execute(select(t.json).where(t.digest == digest)).scalar_one())

    def rows(self, head: RunHead, *, whole: bool = False) -> Iterator[Sequence[Any]]:
        """Yield (seq, time, kind, node, candidate, JSON, language, source) of a run's events, in order.

        With `whole`, what was said to and by models is in the JSON and not beside it.
        """
        expected, most = 0, _FIRST_PAGE
        while True:
            with in_plain_words(self.engine.url), connect(self.engine) as connection:
                page = self._page(connection, head.key, expected, most)
                calls = [row[5] for row in page if row[2] == "ModelCalled"] if whole else []
                texts = read_texts(connection, calls) if calls else {}
            for row in page:
                if row[0] != expected:
                    self.tally.damage(f"run {head.id}: event {expected} is missing")
                expected = row[0] + 1
                if whole and row[2] == "ModelCalled":
                    try:
                        yield (*row[:5], rows.whole(row[5], texts), *row[6:])
                    except _DAMAGE as error:
                        self.tally.damage(f"run {head.id}: event {row[0]} is damaged: {str(error)[:80]}")
                else:
                    yield row
            if len(page) < most:
                return
            size = sum(len(row[5]) + len(row[7] or b"") for row in page) // len(page)
            most = max(1, min(_PAGE, _PAGE_BYTES // max(1, size)))

    def _page(self, connection: Connection, run: int, first: int, most: int) -> Sequence[Any]:
        """Return rows as the driver has them: SQLAlchemy's own take half as long again."""
        compiled = self._page_query
        values: Any = compiled.construct_params({"key": run, "first": first, "most": most})
        if compiled.positional:
            values = tuple(values[name] for name in compiled.positiontup or ())
        cursor = connection.exec_driver_sql(str(compiled), values).cursor
        return [] if cursor is None else cursor.fetchall()

    @cached_property
    def _page_query(self) -> SQLCompiler:
        e = schema.events.c
        query = _events(bindparam("key", type_=e.run.type)).where(
            e.seq >= bindparam("first", type_=e.seq.type)
        )
        query = query.order_by(e.seq).limit(bindparam("most", type_=e.seq.type))
        return query.compile(dialect=self.engine.dialect)

    def graph(self, head: RunHead) -> RunGraph:
        """Return the tree of a run, as far as its record is whole."""
        graph = RunGraph()
        fold = _Fold(graph, head, self.tally)
        for row in self.rows(head):
            fold.take(row)
        graph.fetch = partial(self._fetch, head)
        return graph

    def _fetch(
        self, head: RunHead, graph: RunGraph, nodes: Sequence[int]
    ) -> dict[int, tuple[Added | None, Judged | None]]:
        found: dict[int, tuple[Added | None, Judged | None]] = {}
        for start in range(0, len(nodes), 200):
            part = nodes[start : start + 200]
            seqs = [s for n in part for s in (graph.added_seq[n], graph.judged_seq[n]) if s >= 0]
            with in_plain_words(self.engine.url), connect(self.engine) as connection:
                query = _events(head.key).where(schema.events.c.seq.in_(seqs))
                rows = {row[0]: row for row in connection.execute(query)}
            for n in part:
                added, judged = rows.get(graph.added_seq[n]), rows.get(graph.judged_seq[n])
                found[n] = (
                    None if added is None else _added(added, json.loads(added[5])),
                    None if judged is None else _judged(judged, json.loads(judged[5])),
                )
        return found


def _heads() -> Select[Any]:
    r, t = schema.runs.c, schema.tasks.c
    return select(
        r.key, r.id, r.task, t.id, t.language, r.strategy, r.policy, r.seed, r.version, r.started, r.status
    ).select_from(schema.runs.join(schema.tasks, t.digest == r.task))


def _events(run: Any) -> Select[Any]:
    e, c = schema.events.c, schema.candidates.c
    program = (c.hash == e.candidate) & (e.kind == "NodeAdded")
    return (
        select(e.seq, e.time, e.kind, e.node, e.candidate, e.json, c.language, c.source)
        .select_from(schema.events.outerjoin(schema.candidates, program))
        .where(e.run == run)
    )


class _Fold:
    """Takes events into a `RunGraph`; the JSON is read directly, because a million steps are read so."""

    def __init__(self, graph: RunGraph, head: RunHead, tally: Tally) -> None:
        self.graph, self.head, self.tally = graph, head, tally

    def take(self, row: Sequence[Any]) -> None:
        """Take one event; a damaged one is counted and left out."""
        taker = _TAKERS.get(row[2])
        if taker is None:
            return
        try:
            data = _decode(row[5])[0]
            if data["@"] != row[2]:
                raise ValueError("it is of another kind")
            taker(self, row, data)
        except _DAMAGE as error:
            self.tally.damage(f"run {self.head.id}: event {row[0]} is damaged: {str(error)[:80]}")

    def _add(self, row: Sequence[Any], data: dict[str, Any]) -> None:
        added = _added(row, data)
        graph, node, parent = self.graph, data["node"], data["parent"]
        if node < 1 or not 0 <= parent < node or node > row[0]:
            raise ValueError("its place in the tree is impossible")
        graph.grow(node)
        if added.source is not None:
            graph.set_program(node, row[4])
        graph.parents[node] = parent
        graph.priors[node] = data["prior"]
        graph.added_seq[node] = row[0]
        graph.keep(node, added)

    def _judge(self, row: Sequence[Any], data: dict[str, Any]) -> None:
        judged = _judged(row, data)
        graph, node, verdict = self.graph, data["node"], judged.verdict
        if not graph.there(node):
            return
        graph.statuses[node] = _STATUS[verdict["status"]["value"]]
        assurance = verdict.get("assurance")
        graph.assurances[node] = 0 if assurance is None else _ASSURANCE[assurance["value"]]
        graph.scores[node] = verdict.get("score", 0.0)
        graph.judged_seq[node] = row[0]
        graph.keep(node, judged)

    def _back_up(self, row: Sequence[Any], data: dict[str, Any]) -> None:
        graph = self.graph
        for update in data["updates"]:
            node = update["node"]
            if not graph.there(node):
                continue
            graph.visits[node] = update["visits"]
            graph.values[node] = update["value"]
            graph.bests[node] = update.get("best", 0.0)

    def _start(self, row: Sequence[Any], data: dict[str, Any]) -> None:
        self.graph.started = row[1]
        self.graph.code = Revision(data["version"], data.get("commit", ""), data.get("dirty"))

    def _merge(self, row: Sequence[Any], data: dict[str, Any]) -> None:
        if self.graph.there(data["into"]):
            self.graph.merged[data["node"]] = data["into"]

    def _revise(self, row: Sequence[Any], data: dict[str, Any]) -> None:
        if self.graph.there(data["node"]):
            self.graph.revisions.setdefault(data["node"], []).append((row[0], str(data["thought"])))

    def _call(self, row: Sequence[Any], data: dict[str, Any]) -> None:
        self.graph.calls[data["reply"].get("call", "")] = row[0]


_TAKERS: dict[str, Callable[[_Fold, Sequence[Any], dict[str, Any]], None]] = {
    "RunStarted": _Fold._start,
    "NodeAdded": _Fold._add,
    "NodeJudged": _Fold._judge,
    "BackedUp": _Fold._back_up,
    "NodeMerged": _Fold._merge,
    "ThoughtRevised": _Fold._revise,
    "ModelCalled": _Fold._call,
}


def _added(row: Sequence[Any], data: dict[str, Any]) -> Added:
    proposal = data["proposal"]
    program = proposal.get("candidate")
    source = None
    if program is not None:
        if row[7] is None or program["hash"] != row[4]:
            raise ValueError("its program is not the one that was recorded")
        raw = bytes(row[7])
        if hashlib.sha256(row[6].encode() + b"\0" + raw).hexdigest() != row[4]:
            raise ValueError("its program is not the one that was recorded")
        source = raw.decode("utf-8", "surrogatepass")
    return Added(row[1], proposal, source, row[5])


def _judged(row: Sequence[Any], data: dict[str, Any]) -> Judged:
    verdict = data["verdict"]
    return Judged(row[1], verdict, data.get("verdicts") or [verdict], data.get("feedback", ""), row[5])
