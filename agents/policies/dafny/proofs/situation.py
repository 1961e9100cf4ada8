"""What the families of proof hints work from: one declaration that is not proved, and its points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from proofsmith.agents.policies.dafny.formula import Formula, enclosed, formula, words
from proofsmith.agents.policies.dafny.proofs.inventory import Inventory
from proofsmith.agents.policies.dafny.proofs.obligations import Definitions, Goal
from proofsmith.agents.policies.dafny.proofs.points import Point, Points, Routine
from proofsmith.agents.policies.dafny.proofs.tables import Tables
from proofsmith.agents.policies.dafny.weave import Addition
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import Expression, walk

_TRUE_ANYWHERE = ("unfolding", "arithmetic")
_NEAR = 5
"""So many points are tried for one goal."""


@dataclass(frozen=True)
class Situation:
    """A declaration and what is left to prove in it.

    Attributes:
        tables: of the program.
        node: the declaration, with a body.
        owner: its name, as additions have it.
        goals: what is not proved.
    """

    tables: Tables
    node: Routine
    owner: str
    goals: tuple[Goal, ...]

    @property
    def module(self) -> str:
        """The module it is declared in."""
        return self.tables.module_of.get(id(self.node), "")

    @cached_property
    def points(self) -> list[Point]:
        """Its points, in the order of the text."""
        return Points(self.tables, self.node).all()

    @cached_property
    def inventory(self) -> Inventory:
        """Terms that can be named in it."""
        return Inventory(self.tables, self.node, list(self.goals))

    @cached_property
    def definitions(self) -> Definitions:
        """Unfolds calls."""
        return Definitions(self.tables, self.module)

    @cached_property
    def required(self) -> list[Formula]:
        """The conjuncts of its precondition."""
        found: list[Formula] = []
        for clause in self.node.clauses:
            if clause.kind == "requires" and clause.expressions:
                part = formula(self.tables.program.text(clause.expressions[0]))
                found += part.conjuncts() if part is not None else []
        return found

    @cached_property
    def promised(self) -> list[Formula]:
        """The conjuncts of its postcondition."""
        found: list[Formula] = []
        for clause in self.node.clauses:
            if clause.kind == "ensures" and clause.expressions:
                part = formula(self.tables.program.text(clause.expressions[0]))
                found += part.conjuncts() if part is not None else []
        return found

    def first(self) -> list[Point]:
        """The first point, if there is any."""
        return self.points[:1]

    def near(self, goal: Goal) -> list[Point]:
        """The points where a hint can help with a goal, the nearest first."""
        if goal.returned:
            found = [p for p in self.points if p.last and p.offset <= goal.offset]
            if not found or not isinstance(goal.offset, int) or not self._in_statements():
                found = [p for p in self.points if p.last]
        else:
            found = [p for p in self.points if p.offset == goal.offset]
            found = found or [p for p in self.points if p.offset <= goal.offset][-1:]
            found += [p for p in self.points if p.last and p.offset < goal.offset and p.local]
        found.sort(key=lambda p: abs(p.offset - goal.offset))
        begin = [p for p in self.points[:1] if p not in found]
        return [*found[:_NEAR], *begin]

    def _in_statements(self) -> bool:
        return hasattr(self.node.body, "statements")

    def leaves(self, offset: int) -> bool:
        """Whether a ``return`` with values stands there: the results are not set before."""
        text = self.tables.program.source[offset : offset + 7]
        return text.startswith("return") and not text.endswith(";")

    def everywhere(self) -> Point | None:
        """The first point, if nothing that is visible there changes later: in lemmas and functions."""
        fixed = not hasattr(self.node, "results") or getattr(self.node, "is_lemma", False)
        return self.points[0] if fixed and self.points and not getattr(self.node, "results", ()) else None

    def once(self, hints: Iterable[Addition]) -> Iterator[Addition]:
        """Yield hints without those that hold anywhere and were said before, where nothing changes."""
        rows = list(hints)
        blocks = {p.offset: p.block for p in self.points}
        places: dict[str, list[int]] = {}
        for a in rows:
            places.setdefault(a.text, []).append(a.offset)
        fixed = self.everywhere() is not None
        for a in rows:
            anywhere = a.family in _TRUE_ANYWHERE or (a.family == "instance" and "==>" in a.text)
            before = [at for at in places[a.text] if at < a.offset and at in blocks]
            if not (fixed and anywhere and any(blocks[at][0] <= a.offset <= blocks[at][1] for at in before)):
                yield a

    def hint(self, point: Point, text: str, family: str, promise: float = 1.0, rank: int = 5) -> Addition:
        """Return a hint as an addition."""
        return Addition(point.offset, text, family, self.owner, rank, promise)

    def says(self, point: Point, text: str, family: str, promise: float = 1.0) -> Addition | None:
        """Return an assertion as an addition; ``None`` if that is no formula."""
        found = formula(text)
        if found is None:
            return None
        found = plain(found)
        weight = promise / (1 + 0.01 * found.size)
        return self.hint(point, f"assert {' '.join(found.text.split())};", family, weight)

    def terms_of(self, *kinds: str) -> Iterator[tuple[Point, str]]:
        """Yield points near goals with the terms of some kinds that can be named there."""
        for point in self.all_near():
            for text, declared in self.inventory.written(point.scope):
                if declared.name in kinds:
                    yield point, text

    def all_near(self) -> list[Point]:
        """The points near any goal, each once."""
        found: dict[Point, None] = {}
        for goal in self.goals:
            found.update(dict.fromkeys(self.near(goal)))
        return list(found)

    def calls(self) -> list[tuple[Formula, ex.Call]]:
        """The calls of functions in the goals, and in what these unfold to."""
        found: dict[tuple[str, ...], tuple[Formula, ex.Call]] = {}
        rest = [(g.formula, 0) for g in self.goals]
        while rest:
            formula_, depth = rest.pop(0)
            for call in self.definitions.calls(formula_):
                key = words(formula_.at(call))
                if key in found or len(found) > 12:
                    continue
                found[key] = formula_, call
                body = self.definitions.body(call, formula_)
                if body is not None and depth < 2 and body.size < 120:
                    rest.append((body, depth + 1))
        return list(found.values())


_ATOMS = (ex.Call, ex.Name, ex.Literal, ex.Index, ex.Select, ex.Cardinality, ex.Slice)


def plain(found: Formula) -> Formula:
    """Return a formula without parentheses that nobody needs."""
    for _ in range(20):
        loose: ex.Parenthesized | None = None
        for node in walk(found.tree):
            parts: tuple[Expression, ...] = ()
            if isinstance(node, ex.Call):
                parts = node.arguments
            elif isinstance(node, ex.SeqDisplay | ex.SetDisplay):
                parts = node.items
            elif isinstance(node, ex.Index):
                parts = node.indices
            loose = next((p for p in parts if isinstance(p, ex.Parenthesized)), loose)
            if isinstance(node, ex.Parenthesized) and isinstance(node.inner, _ATOMS):
                loose = node
        if isinstance(found.tree, ex.Parenthesized):
            loose = found.tree
        bare = found.replaced([(loose, found.at(loose.inner))]) if loose is not None else None
        if bare is None:
            return found
        found = bare
    return found


def implied(premise: str, text: str) -> str:
    """Return an implication."""
    if not premise:
        return text
    found = formula(premise)
    holds = found is not None and isinstance(found.tree, (*_ATOMS, ex.Comparison, ex.Unary))
    return f"{premise if holds else enclosed(premise)} ==> {enclosed(text)}"


def sums(found: Formula) -> Iterator[tuple[str, str, str]]:
    """Yield the sums in a formula: both sides and the whole."""
    for node in walk(found.tree):
        if isinstance(node, ex.Binary) and node.operator == "+":
            yield found.at(stripped(node.left)), found.at(stripped(node.right)), found.at(node)


def is_used(text: str, names: set[str]) -> bool:
    """Whether a term mentions one of some variables."""
    found = formula(text)
    return found is not None and bool(found.names & names)
