"""Where a grammar can branch: rules that mean ``ite``, and ``and``/``or``/``not`` on truth values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from proofsmith.agents.policies.sygus.bank import Bank
from proofsmith.agents.policies.sygus.rules import Grammar, Rule, hole
from proofsmith.smtlib.terms import Term, substitute, subterms, var

Array = NDArray[Any]


@dataclass(frozen=True)
class Branch:
    """A way to write a conditional in a grammar.

    Attributes:
        nonterminal: what the branches and the whole are.
        tests: the nonterminal whose terms make conditions.
        condition: the truth of a test, over ``#0``; ``None`` if the tests are truth values.
        build: (test, then, else) to the whole.
    """

    nonterminal: str
    tests: str
    condition: Term | None
    build: Callable[[Term, Term, Term], Term]

    def conditions(self, bank: Bank) -> Iterator[tuple[int, Array]]:
        """Yield (number of the first test, truth of the tests: tests x points)."""
        for first, rows in bank.rows(self.tests):
            if self.condition is None:
                yield first, rows
            else:
                yield first, bank.evaluator.evaluate(self.condition, {hole(0): rows})


def find_branch(grammar: Grammar) -> Branch | None:
    """Return the way to branch at the start symbol (or what it stands for), ``None`` if there is none."""
    for name in _stands_for(grammar):
        for rule in grammar.rules[name]:
            found = _conditional(grammar, name, rule)
            if found is not None:
                return found
        found = _connectives(grammar, name)
        if found is not None:
            return found
    return None


def _stands_for(grammar: Grammar) -> list[str]:
    """The start symbol and everything it reaches by ``A -> B``."""
    names = [grammar.start]
    for name in names:
        for rule in grammar.rules[name]:
            if rule.template.kind == "var" and rule.holes and rule.holes[0] not in names:
                names.append(rule.holes[0])
    return names


def _reach(grammar: Grammar, name: str) -> set[str]:
    return set(_stands_for(Grammar(name, grammar.sorts, grammar.rules)))


def _conditional(grammar: Grammar, name: str, rule: Rule) -> Branch | None:
    """A rule that means ``ite`` with whole holes as branches and one hole in its condition."""
    meaning = rule.meaning
    if meaning.kind != "app" or meaning.name != "ite":
        return None
    condition, then, other = meaning.args
    if then.kind != "var" or other.kind != "var" or then.name == other.name:
        return None
    numbers = {hole(i): i for i in range(len(rule.holes))}
    if then.name not in numbers or other.name not in numbers or len(rule.holes) != 3:
        return None
    t, e = numbers[then.name], numbers[other.name]
    (c,) = {0, 1, 2} - {t, e}
    used = {s.name for s in subterms(condition) if s.kind == "var" and s.name in numbers}
    inner = {s.name for s in subterms(condition) if s.kind == "var"}
    recursive = all(name in _reach(grammar, rule.holes[i]) for i in (t, e))
    if used != {hole(c)} or inner != used or not recursive:
        return None
    if condition.kind == "var":
        test = None
    else:
        test = substitute(condition, {hole(c): var(hole(0), grammar.sorts[rule.holes[c]])})

    def build(cond: Term, yes: Term, no: Term) -> Term:
        parts = [cond, cond, cond]
        parts[c], parts[t], parts[e] = cond, yes, no
        return rule.fill(parts)

    return Branch(name, rule.holes[c], test, build)


def _connectives(grammar: Grammar, name: str) -> Branch | None:
    """Truth values branch by ``(or (and c a) (and (not c) b))`` where the grammar has all three."""
    if grammar.sorts[name].name != "Bool":
        return None
    found: dict[str, Rule] = {}
    for rule in grammar.rules[name]:
        plain = [a.name for a in rule.meaning.args] == [hole(i) for i in range(len(rule.holes))]
        loops = all(h == name or name in _reach(grammar, h) for h in rule.holes)
        if rule.meaning.kind == "app" and rule.meaning.name in ("and", "or", "not") and plain and loops:
            found.setdefault(rule.meaning.name, rule)
    if not {"and", "or", "not"} <= set(found):
        return None

    def build(cond: Term, yes: Term, no: Term) -> Term:
        left = found["and"].fill([cond, yes])
        right = found["and"].fill([found["not"].fill([cond]), no])
        return found["or"].fill([left, right])

    return Branch(name, name, None, build)
