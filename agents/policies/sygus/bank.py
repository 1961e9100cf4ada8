"""Bottom-up enumeration by cost with observational equivalence, in numpy blocks.

Terms of a nonterminal that agree on every point count as one (Udupa et al. 2013; Albarghouthi et
al. 2013): the first, which is a cheapest, is kept. A term is a rule and the numbers of its parts;
its text is made only when somebody asks.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofsmith.agents.policies.sygus.rules import Grammar, Rule, hole
from proofsmith.agents.policies.sygus.vector.evaluate import Evaluator
from proofsmith.agents.policies.sygus.vector.strings import INVALID_INT
from proofsmith.smtlib.terms import Term

Array = NDArray[Any]


class HashSet:
    """A set of 64-bit hashes with open addressing, filled many at a time."""

    def __init__(self) -> None:
        self._table = np.zeros(1 << 14, dtype=np.uint64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, hashes: Array) -> Array:
        """Add hashes; return for each whether it is new (the first of equal ones only)."""
        new = np.zeros(len(hashes), dtype=bool)
        filled = np.where(hashes == 0, np.uint64(1), hashes)  # 0 is an empty place
        values, first = np.unique(filled, return_index=True)
        while 2 * (self._count + len(values)) > len(self._table):
            self._grow()
        new[first[self._insert(values)]] = True
        return new

    def _grow(self) -> None:
        old = self._table[self._table != 0]
        self._table = np.zeros(2 * len(self._table), dtype=np.uint64)
        self._count = 0
        self._insert(old)

    def _insert(self, values: Array) -> Array:
        """Insert distinct values; return the mask of those that were not there."""
        size = np.uint64(len(self._table) - 1)
        new = np.zeros(len(values), dtype=bool)
        left = np.arange(len(values))
        place = values & size
        while len(left):
            here = self._table[place[left]]
            empty = left[here == 0]
            self._table[place[empty]] = values[empty]
            won = self._table[place[empty]] == values[empty]
            new[empty[won]] = True
            done = (here == values[left]) & (here != 0)
            done[here == 0] = won
            left = left[~done]
            place[left] = (place[left] + np.uint64(1)) & size
        self._count += int(new.sum())
        return new


_RANDOM = np.random.default_rng(20251121).integers(1, 2**63, size=1 << 14, dtype=np.uint64) | np.uint64(1)


def row_hashes(rows: Array) -> Array:
    """Return a 64-bit hash of each row; equal rows have equal hashes."""
    words = rows.astype(np.uint64) if rows.dtype != np.int64 else rows.view(np.uint64)
    mixed = words ^ (words >> np.uint64(29))
    h = (mixed * np.resize(_RANDOM, rows.shape[1])).sum(axis=1, dtype=np.uint64)
    h ^= h >> np.uint64(31)
    h *= np.uint64(0x9E3779B97F4A7C15)
    h ^= h >> np.uint64(32)
    out: Array = h
    return out


@dataclass(frozen=True)
class Batch:
    """New terms of one nonterminal: their rows (terms x points) and how each is made.

    `first` is the number of the first of them; -1 if the memory is full and they were not kept.
    """

    nonterminal: str
    cost: int
    rule: Rule
    rows: Array
    parts: Array
    first: int


class _Shelf:
    """The terms of one nonterminal, in order of cost."""

    def __init__(self) -> None:
        self.seen = HashSet()
        self.batches: list[Batch] = []
        self.starts: list[int] = []
        self.size = 0
        self._by_cost: dict[int, list[Array]] = {}
        self._joined: dict[int, tuple[int, Array]] = {}
        self._ids: dict[int, int] = {}

    def put(self, batch: Batch) -> None:
        self.batches.append(replace(batch, rows=batch.rows[:0]))
        self.starts.append(self.size)
        self._ids.setdefault(batch.cost, self.size)
        self._by_cost.setdefault(batch.cost, []).append(batch.rows)
        self.size += len(batch.rows)

    def costs(self) -> list[int]:
        return list(self._by_cost)

    def level(self, cost: int) -> tuple[int, Array] | None:
        """Number of the first term of this cost, and all their rows; only asked once complete."""
        if cost not in self._by_cost:
            return None
        found = self._joined.get(cost)
        blocks = self._by_cost[cost]
        if found is None or found[0] != len(blocks):
            joined = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
            self._by_cost[cost] = [joined]
            found = self._joined[cost] = (1, joined)
        return self._ids[cost], found[1]


class Bank:
    """Enumerates the terms of a grammar on fixed points.

    Attributes:
        made: programs evaluated so far.
        partial: whether some program was left out (values too large, or no room).
    """

    def __init__(
        self,
        grammar: Grammar,
        evaluator: Evaluator,
        inputs: Mapping[str, Array],
        points: int,
        *,
        capacity: int = 600_000_000,
        chunk: int = 1 << 18,
    ) -> None:
        """Args:
        grammar: what to enumerate.
        evaluator: evaluates; its strings are shared with `inputs`.
        inputs: the parameters' columns, each of `points` values.
        points: how many points there are, at least one.
        capacity: bytes of rows to keep; beyond, terms are still made but no longer built upon.
        chunk: values computed in one step.
        """
        self.grammar, self.evaluator, self.inputs, self.points = grammar, evaluator, inputs, points
        self.made = 0
        self.cost = 0
        self.full = False
        self.partial = False
        self._bytes = 0
        self._capacity, self._chunk = capacity, max(1, chunk // points)
        self.shelves = {n: _Shelf() for n in grammar.rules}
        self._dearest = max((r.cost for rs in grammar.rules.values() for r in rs), default=1)

    def run(self, last: int = 1 << 30) -> Iterator[Batch]:
        """Yield new terms, cheapest first, up to the cost `last`; may yield empty batches.

        Ends when there is nothing more: every longer term agrees with a kept one on all points.
        """
        while self.cost < last:
            self.cost += 1
            for rules in self.grammar.rules.values():
                for rule in rules:
                    yield from self._apply(rule)
            if self._finished():
                return

    def term(self, nonterminal: str, number: int) -> Term:
        """Return the term with this number."""
        shelf = self.shelves[nonterminal]
        at = bisect_right(shelf.starts, number) - 1
        return self.built(shelf.batches[at], number - shelf.starts[at])

    def built(self, batch: Batch, index: int) -> Term:
        """Return a term of a batch."""
        parts = batch.parts[index]
        return batch.rule.fill([self.term(n, int(i)) for n, i in zip(batch.rule.holes, parts, strict=True)])

    def templates(self, batch: Batch, index: int) -> set[Term]:
        """Return the templates of all rules that a term of a batch is made with."""
        found = {batch.rule.template}
        stack = list(zip(batch.rule.holes, map(int, batch.parts[index]), strict=True))
        while stack:
            name, number = stack.pop()
            shelf = self.shelves[name]
            at = bisect_right(shelf.starts, number) - 1
            rule = shelf.batches[at].rule
            found.add(rule.template)
            parts = shelf.batches[at].parts[number - shelf.starts[at]]
            stack += zip(rule.holes, map(int, parts), strict=True)
        return found

    def rows(self, nonterminal: str) -> Iterator[tuple[int, Array]]:
        """Yield all kept rows of a nonterminal as (number of the first, rows)."""
        shelf = self.shelves[nonterminal]
        for cost in shelf.costs():
            found = shelf.level(cost)
            if found is not None:
                yield found

    def _finished(self) -> bool:
        """Whether no rule can make anything new at any later cost."""
        longest = 0
        for rules in self.grammar.rules.values():
            for rule in rules:
                tops = [max(self.shelves[h].costs(), default=0) for h in rule.holes]
                if all(tops) or not rule.holes:
                    longest = max(longest, rule.cost + sum(tops))
        return self.cost > longest

    def _apply(self, rule: Rule) -> Iterator[Batch]:
        left = self.cost - rule.cost
        if not rule.holes:
            if left == 0:
                yield self._take(rule, self.evaluator.evaluate(rule.meaning, self.inputs), [], ())
            return
        levels = [self.shelves[h].costs() for h in rule.holes]
        for split in _splits(left, levels):
            if rule.symmetric and split[0] > split[1]:
                continue
            found = [self.shelves[h].level(c) for h, c in zip(rule.holes, split, strict=True)]
            banks = [f for f in found if f is not None]
            if len(banks) == len(rule.holes):
                yield from self._product(rule, banks, rule.symmetric and split[0] == split[1])

    def _product(self, rule: Rule, banks: list[tuple[int, Array]], triangle: bool) -> Iterator[Batch]:
        """Combine all terms of one cost each, in blocks."""
        k = len(banks)
        for block in _blocks([len(rows) for _, rows in banks], self._chunk):
            slices = list(block)
            if triangle:
                if slices[1].stop <= slices[0].start:
                    continue
                slices[1] = slice(max(slices[0].start, slices[1].start), slices[1].stop)
            env = dict(self.inputs)
            for i, (s, (_, rows)) in enumerate(zip(slices, banks, strict=True)):
                shape = [1] * k + [rows.shape[1]]
                shape[i] = s.stop - s.start
                env[hole(i)] = rows[s].reshape(shape)
            made = self.evaluator.evaluate(rule.meaning, env)
            sizes = tuple(s.stop - s.start for s in slices)
            made = np.broadcast_to(made, (*sizes, self.points)).reshape(-1, self.points)
            offsets = [start + s.start for s, (start, _) in zip(slices, banks, strict=True)]
            yield self._take(rule, made, offsets, sizes)

    def _take(self, rule: Rule, made: Array, offsets: list[int], sizes: tuple[int, ...]) -> Batch:
        """Keep the rows that are valid and new."""
        rows = np.ascontiguousarray(np.broadcast_to(made, (*made.shape[:-1], self.points)))
        rows = rows.reshape(-1, self.points)
        self.made += len(rows)
        sort = self.grammar.sorts[rule.head]
        index = np.arange(len(rows))
        if sort.name in ("Int", "String"):
            valid = (
                (rows >= 0).all(axis=1)
                if sort.name == "String"
                else ((rows < INVALID_INT) & (rows > -INVALID_INT)).all(axis=1)
            )
            self.partial |= not valid.all()
            index = index[valid]
            rows = rows[valid]
        shelf = self.shelves[rule.head]
        new = shelf.seen.add(row_hashes(rows)) if len(rows) else np.zeros(0, dtype=bool)
        rows, index = rows[new], index[new]
        parts = np.zeros((len(rows), len(sizes)), dtype=np.int32)
        if sizes:
            for i, (places, offset) in enumerate(zip(np.unravel_index(index, sizes), offsets, strict=True)):
                parts[:, i] = places + offset
        first = -1 if self.full else shelf.size
        batch = Batch(rule.head, self.cost, rule, rows, parts, first)
        if not self.full and len(rows):
            shelf.put(batch)
            self._bytes += rows.nbytes
            self.full = self._bytes > self._capacity
            self.partial |= self.full
        return batch


def _splits(total: int, levels: list[list[int]]) -> Iterator[tuple[int, ...]]:
    """Yield costs, one of each list, that add up to `total`."""
    if len(levels) == 1:
        if total in levels[0]:
            yield (total,)
        return
    for cost in levels[0]:
        if cost < total:
            for rest in _splits(total - cost, levels[1:]):
                yield (cost, *rest)


def _blocks(sizes: list[int], limit: int) -> Iterator[tuple[slice, ...]]:
    """Cut a product of ranges into blocks of at most about `limit` elements, last range longest."""
    steps, room = [], limit
    for size in reversed(sizes):
        step = max(1, min(size, room))
        steps.append(step)
        room = max(1, room // step)
    steps.reverse()
    ranges = [
        [slice(i, min(i + step, size)) for i in range(0, size, step)]
        for size, step in zip(sizes, steps, strict=True)
    ]
    yield from itertools.product(*ranges)
