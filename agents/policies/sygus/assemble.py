"""String programs put together from pieces: substrings between positions, joined to the wanted text.

As in FlashFill (Gulwani, POPL 2011), but with the operators of the problem's grammar: positions are
integer terms over the inputs (lengths, where something occurs), pieces are what stands between two
positions, and a path search joins pieces whose values follow each other in every wanted text. All
pieces are held as columns, so that millions of pairs of positions are looked at in a second.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofsmith.agents.policies.sygus.bank import Bank, HashSet, row_hashes
from proofsmith.agents.policies.sygus.rules import Grammar, Rule, hole
from proofsmith.agents.policies.sygus.vector.evaluate import Evaluator
from proofsmith.smtlib.terms import Term

Array = NDArray[Any]

MOST_PIECES = 12_000
URGE = 6.0
"""How much the path search prefers what has come far to what was cheap; in units of a piece's cost."""


@dataclass(frozen=True)
class Tools:
    """The rules of a grammar that assembling needs; `minus` may be missing.

    Attributes:
        text: the nonterminal of strings; `number` that of positions.
        join: ``text -> (str.++ text text)``.
        cut: ``text -> (str.substr text number number)``.
    """

    text: str
    number: str
    join: Rule
    cut: Rule
    minus: Rule | None


def tools_of(grammar: Grammar) -> Tools | None:
    """Return the rules to assemble with; ``None`` if the start symbol is no such string."""
    names = [grammar.start]
    for name in names:
        names += [
            r.holes[0]
            for r in grammar.rules[name]
            if r.template.kind == "var" and r.holes and r.holes[0] not in names
        ]
    for text in names:
        join, cut = _rule(grammar, text, "str.++"), _rule(grammar, text, "str.substr")
        if (
            join
            and cut
            and set(join.holes) == {text}
            and cut.holes[0] == text
            and cut.holes[1] == cut.holes[2]
        ):
            number = cut.holes[1]
            minus = _rule(grammar, number, "-")
            usable = minus is not None and minus.holes == (number, number)
            return Tools(text, number, join, cut, minus if usable else None)
    return None


def _rule(grammar: Grammar, name: str, operator: str) -> Rule | None:
    for rule in grammar.rules[name]:
        plain = [a.name for a in rule.meaning.args] == [hole(i) for i in range(len(rule.holes))]
        if rule.meaning.kind == "app" and rule.meaning.name == operator and rule.holes and plain:
            return rule
    return None


@dataclass(frozen=True)
class Effort:
    """How far to go: cost of terms for sources and positions, most positions, states of the path search."""

    sources: int
    positions: int
    most: int
    states: int


EFFORTS = (
    Effort(1, 7, 250, 500),
    Effort(4, 9, 700, 1000),
    Effort(4, 12, 1600, 4000),
    Effort(6, 13, 2500, 8000),
)


class Assembler:
    """Assembles programs for given points.

    Attributes:
        made: programs evaluated so far, pairs of positions included.
    """

    def __init__(
        self, grammar: Grammar, tools: Tools, evaluator: Evaluator, inputs: dict[str, Array], target: Array
    ) -> None:
        self._grammar, self._tools, self._evaluator = grammar, tools, evaluator
        self._inputs, self._points = inputs, len(target)
        self._wanted = [evaluator.interner.text[i] for i in target.tolist()]
        self.made = 0

    def run(self, effort: Effort) -> Iterator[Term | None]:
        """Yield programs that give every wanted text, ``None`` between steps of work."""
        texts = Bank(self._simple_texts(), self._evaluator, self._inputs, self._points)
        for _ in texts.run(effort.sources):
            yield None
        bank = Bank(self._positions(), self._evaluator, self._inputs, self._points)
        for batch in bank.run(effort.positions):
            if bank.shelves[self._tools.number].size > effort.most and batch.cost > 4:
                break
            yield None
        self.made += texts.made + bank.made
        pieces = _Pieces(self._evaluator, self._wanted)
        for first, rows in texts.rows(self._tools.text):
            for i in pieces.useful(rows):
                pieces.add(rows[i], 1 + first + int(i), _Text(texts, self._tools.text, first + int(i)))
        yield from self._cuts(texts, bank, pieces, effort)
        yield from self._paths(pieces, effort.states)

    def _simple_texts(self) -> Grammar:
        """The grammar without conditionals and substrings: what pieces are cut from."""
        t, g = self._tools, self._grammar
        banned = ("ite", "str.substr", "str.++")
        rules = {
            n: tuple(r for r in rs if r.meaning.name not in banned or r.meaning.kind != "app")
            for n, rs in g.rules.items()
        }
        return replace(g, start=t.text, rules=rules)

    def _positions(self) -> Grammar:
        """Integers over the inputs and constants: the text nonterminal has only leaves."""
        t, g = self._tools, self._grammar
        texts = tuple(r for r in g.rules[t.text] if not r.holes)
        wanted = ("+", "-", "str.len", "str.indexof")
        numbers = tuple(
            r
            for r in g.rules[t.number]
            if set(r.holes) <= {t.text, t.number} and (not r.holes or r.meaning.name in wanted)
        )
        return Grammar(
            t.number, {n: g.sorts[n] for n in (t.text, t.number)}, {t.text: texts, t.number: numbers}
        )

    def _cuts(self, texts: Bank, bank: Bank, pieces: _Pieces, effort: Effort) -> Iterator[None]:
        """Add the substrings between all pairs of positions of every source."""
        t = self._tools
        longest = max(len(s) for s in self._evaluator.interner.text)
        ids, columns = _joined(bank, t.number, effort.most)
        inside = ((columns >= -1) & (columns <= longest + 1)).all(axis=1)
        ids, columns = ids[inside], columns[inside]
        sources, rows = _joined(texts, t.text, 40)
        step = max(1, (1 << 20) // max(1, len(ids) * self._points))
        for s, row in zip(sources, rows, strict=True):
            if (row == row[0]).all() and self._points > 1:
                continue  # a constant
            for first in range(0, len(ids), step):
                here = columns[first : first + step]
                for difference in (False, True) if t.minus else (False,):
                    length = columns[None, :, :] - here[:, None, :] if difference else columns[None, :, :]
                    if t.minus and not difference:  # plain lengths: from the start, or always the same
                        plain = (here == 0).all(axis=1)[:, None] | (columns == columns[:, :1]).all(axis=1)[
                            None, :
                        ]
                        length = np.where(plain[:, :, None], length, 0)
                    env = {hole(0): row[None, None, :], hole(1): here[:, None, :], hole(2): length}
                    cut = self._evaluator.evaluate(t.cut.meaning, env)
                    cut = np.broadcast_to(cut, (len(here), len(ids), self._points)).reshape(-1, self._points)
                    self.made += len(cut)
                    for k in pieces.useful(cut):
                        i, j = divmod(int(k), len(ids))
                        made = _Cut(self, texts, bank, int(s), int(ids[first + i]), int(ids[j]), difference)
                        pieces.add(cut[k], 4 + int(s) + first + i + j, made)
                    yield None

    def _paths(self, pieces: _Pieces, states: int) -> Iterator[Term | None]:
        found = 0
        for path in pieces.paths(states):
            if path is None:
                yield None
                continue
            parts = [p.term() for p in path]
            body = parts[-1]
            for part in reversed(parts[:-1]):
                body = self._tools.join.fill([part, body])
            yield body
            found += 1
            if found >= 3:
                return

    def cut(self, source: Term, start: Term, end: Term, difference: bool) -> Term:
        """Return the substring of `source` from `start` to `end` (or of that length)."""
        t = self._tools
        if difference:
            assert t.minus is not None
            end = t.minus.fill([end, start])
        return t.cut.fill([source, start, end])


@dataclass(frozen=True)
class _Text:
    bank: Bank
    nonterminal: str
    number: int

    def term(self) -> Term:
        return self.bank.term(self.nonterminal, self.number)


@dataclass(frozen=True)
class _Cut:
    assembler: Assembler
    texts: Bank
    positions: Bank
    source: int
    start: int
    end: int
    difference: bool

    def term(self) -> Term:
        t = self.assembler._tools
        start, end = self.positions.term(t.number, self.start), self.positions.term(t.number, self.end)
        return self.assembler.cut(self.texts.term(t.text, self.source), start, end, self.difference)


class _Pieces:
    """Columns of strings that occur in every wanted text, and the ways through these texts."""

    def __init__(self, evaluator: Evaluator, wanted: list[str]) -> None:
        self._interner, self._wanted = evaluator.interner, wanted
        self._seen = HashSet()
        self._rows: list[Array] = []
        self._costs: list[int] = []
        self._made: list[_Text | _Cut] = []
        self._known = 0
        self._inside = np.zeros((len(wanted), 0), dtype=bool)

    def useful(self, rows: Array) -> Array:
        """Return the numbers of the new rows that occur in the wanted text at each point."""
        self._learn_strings()
        ok = (rows >= 0).all(axis=1)
        for point in range(len(self._wanted)):
            ok &= self._inside[point, np.maximum(rows[:, point], 0)]
        index: Array = np.flatnonzero(ok)
        index = index[(rows[index] != 0).any(axis=1)]
        if not len(index) or len(self._rows) >= MOST_PIECES:
            return np.zeros(0, dtype=np.int64)
        new = self._seen.add(row_hashes(np.ascontiguousarray(rows[index])))
        fresh: Array = index[new]
        return fresh

    def add(self, row: Array, cost: int, made: _Text | _Cut) -> None:
        self._rows.append(row)
        self._costs.append(cost)
        self._made.append(made)

    def _learn_strings(self) -> None:
        text = self._interner.text
        if self._known < len(text):
            new = [[s in w for s in text[self._known :]] for w in self._wanted]
            self._inside = np.concatenate([self._inside, np.array(new, dtype=bool)], axis=1)
            self._known = len(text)

    def paths(self, states: int) -> Iterator[list[_Text | _Cut] | None]:
        """Yield sequences of pieces that spell every wanted text; settle at most `states` states."""
        if not self._rows:
            return
        rows = np.stack(self._rows)
        lengths = np.array([len(s) for s in self._interner.text])[rows]
        # logarithms, so that one unlikely piece does not outweigh many likely ones
        costs = 1.0 + np.log2(1.0 + np.array(self._costs, dtype=float))
        fits = [self._fits(point, rows[:, point]) for point in range(len(self._wanted))]
        start, goal = tuple([0] * len(self._wanted)), tuple(map(len, self._wanted))
        whole = max(1, sum(goal))
        best: dict[tuple[int, ...], float] = {start: 0.0}
        came: dict[tuple[int, ...], tuple[tuple[int, ...], int]] = {}
        queue: list[tuple[float, tuple[int, ...]]] = [(0.0, start)]
        done: set[tuple[int, ...]] = set()
        while queue and len(done) < states:
            _, at = heapq.heappop(queue)
            if at in done:
                continue
            cost = best[at]
            done.add(at)
            if at == goal:
                path = []
                while at != start:
                    at, piece = came[at]
                    path.append(self._made[piece])
                yield path[::-1]
                return
            if len(done) % 50 == 0:
                yield None
            ok = fits[0][:, at[0]].copy()
            for point in range(1, len(at)):
                ok &= fits[point][:, at[point]]
            base = np.array(at)
            order = np.flatnonzero(ok)
            for piece in order[np.argsort(costs[order], kind="stable")]:
                after = tuple((base + lengths[piece]).tolist())
                total = cost + float(costs[piece])
                if total < best.get(after, 1e18):
                    best[after] = total
                    came[after] = (at, int(piece))
                    heapq.heappush(queue, (total - URGE * sum(after) / whole, after))

    def _fits(self, point: int, column: Array) -> Array:
        """Which piece stands at which position of the wanted text: pieces x positions."""
        wanted = self._wanted[point]
        distinct, inverse = np.unique(column, return_inverse=True)
        table = np.array(
            [[wanted.startswith(self._interner.text[i], p) for p in range(len(wanted) + 1)] for i in distinct]
        )
        out: Array = table[inverse]
        return out


def _joined(bank: Bank, nonterminal: str, most: int) -> tuple[Array, Array]:
    """Return the numbers and rows of the cheapest terms of a nonterminal."""
    blocks = list(bank.rows(nonterminal))
    if not blocks:
        return np.zeros(0, dtype=np.int64), np.zeros((0, bank.points), dtype=np.int64)
    rows = np.concatenate([rows for _, rows in blocks])[:most]
    return np.arange(len(rows)), rows
