"""Grammars made ready for enumeration: production rules with numbered holes and costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from proofsmith.smtlib.problem import DefinedFunction, Nonterminal, SynthFunction
from proofsmith.smtlib.terms import Sort, Term, const, rebuild, substitute, subterms, var, with_args

COMMUTATIVE = frozenset(
    {"+", "*", "=", "and", "or", "xor", "distinct", "bvadd", "bvmul", "bvand", "bvor", "bvxor"}
    | {"bvnand", "bvnor", "bvxnor", "bvcomp"}
)


@dataclass(frozen=True)
class Rule:
    """One production.

    Attributes:
        head: the nonterminal it belongs to.
        template: what it writes; holes are variables named by `hole`.
        meaning: the same with defined functions written out, for evaluation.
        holes: the nonterminal of each hole.
        cost: its own share of the cost of a term; 0 only for ``A -> B`` without cycles.
    """

    head: str
    template: Term
    meaning: Term
    holes: tuple[str, ...]
    cost: int = 1

    @property
    def symmetric(self) -> bool:
        """Whether the two holes may be swapped."""
        t = self.meaning
        return (
            len(self.holes) == 2
            and self.holes[0] == self.holes[1]
            and t.name in COMMUTATIVE
            and [a.name for a in t.args] == [hole(0), hole(1)]
        )

    def fill(self, parts: Sequence[Term]) -> Term:
        """Return the template with its holes filled."""
        return (
            substitute(self.template, {hole(i): p for i, p in enumerate(parts)}) if parts else self.template
        )


def hole(i: int) -> str:
    """Return the name of the hole number `i`; no symbol of a file looks like this."""
    return f"#{i}"


@dataclass(frozen=True)
class Grammar:
    """Rules by nonterminal, in an order in which ``A -> B`` comes after all of B."""

    start: str
    sorts: Mapping[str, Sort]
    rules: Mapping[str, tuple[Rule, ...]]

    def with_costs(self, costs: Mapping[Term, int]) -> Grammar:
        """Return the grammar with the costs of some templates changed."""
        rules = {
            n: tuple(replace(r, cost=costs.get(r.template, r.cost)) if r.cost else r for r in rs)
            for n, rs in self.rules.items()
        }
        return replace(self, rules=rules)


def inline(term: Term, definitions: Mapping[str, DefinedFunction]) -> Term:
    """Return `term` with every application of a defined function written out (subterms stay shared).

    `definitions` must have bodies that are inlined already, as `inlined_definitions` returns.
    """
    if not definitions:
        return term

    def change(t: Term, args: tuple[Term, ...]) -> Term:
        found = definitions.get(t.name) if t.kind == "app" else None
        if found is None:
            return with_args(t, args)
        return substitute(found.body, {n: a for (n, _), a in zip(found.parameters, args, strict=True)})

    return rebuild(term, change)


def inlined_definitions(definitions: Sequence[DefinedFunction]) -> dict[str, DefinedFunction]:
    """Return the definitions by name, their bodies written out in terms of operators alone."""
    done: dict[str, DefinedFunction] = {}
    for d in definitions:
        done[d.name] = replace(d, body=inline(d.body, done))
    return done


def compile_grammar(
    function: SynthFunction,
    nonterminals: Sequence[Nonterminal],
    definitions: Mapping[str, DefinedFunction],
    constants: Mapping[Sort, Sequence[int | bool | str]],
) -> Grammar:
    """Return the rules of a grammar.

    Args:
        function: whose parameters ``(Variable S)`` stands for.
        nonterminals: the grammar, start symbol first.
        definitions: as `inlined_definitions` returns.
        constants: what ``(Constant S)`` stands for.
    """
    names = {n.name: n.sort for n in nonterminals}
    rules: dict[str, list[Rule]] = {}
    for n in nonterminals:
        made: dict[Term, Rule] = {}
        for production in n.productions:
            for concrete in _concrete(production, function, constants):
                template, holes = _number_holes(concrete, names)
                cost = 0 if template.kind == "var" and holes else 1
                made.setdefault(template, Rule(n.name, template, inline(template, definitions), holes, cost))
        rules[n.name] = list(made.values())
    order = _order(rules)
    return Grammar(nonterminals[0].name, names, {n: tuple(rules[n]) for n in order})


def _concrete(
    production: Term, function: SynthFunction, constants: Mapping[Sort, Sequence[int | bool | str]]
) -> list[Term]:
    """Write out ``(Constant S)`` and ``(Variable S)`` where they are a whole production or an argument."""
    generic = [t for t in subterms(production) if t.kind in ("any-constant", "any-variable")]
    if not generic:
        return [production]
    first = generic[0]
    if first.kind == "any-constant":
        choices = [const(v, first.sort) for v in constants.get(first.sort, ())]
    else:
        choices = [var(n, s) for n, s in function.parameters if s == first.sort]
    found = []
    for choice in choices:
        done = rebuild(production, lambda t, args, c=choice: c if t == first else with_args(t, args))  # type: ignore[misc]
        found += _concrete(done, function, constants)
    return found


def _number_holes(production: Term, names: Mapping[str, Sort]) -> tuple[Term, tuple[str, ...]]:
    """Give every occurrence of a nonterminal a hole of its own, left to right."""
    holes: list[str] = []

    def walk(t: Term) -> Term:
        if t.kind == "var" and t.name in names:
            holes.append(t.name)
            return var(hole(len(holes) - 1), t.sort)
        return with_args(t, tuple(walk(a) for a in t.args))

    return walk(production), tuple(holes)


def _order(rules: dict[str, list[Rule]]) -> list[str]:
    """Order nonterminals so that ``A -> B`` has B first; a cycle of these gets costs instead."""
    order: list[str] = []
    state: dict[str, int] = {}
    for root in rules:
        stack = [(root, False)]
        while stack:
            name, done = stack.pop()
            if done:
                state[name] = 2
                order.append(name)
                continue
            if name in state:
                continue
            state[name] = 1
            stack.append((name, True))
            for i, rule in enumerate(rules[name]):
                if rule.cost == 0:
                    target = rule.holes[0]
                    if state.get(target) == 1:
                        rules[name][i] = replace(rule, cost=1)
                    elif target not in state:
                        stack.append((target, False))
    place = {n: i for i, n in enumerate(order)}
    for name, rs in rules.items():
        for i, rule in enumerate(rs):
            if rule.cost == 0 and place[rule.holes[0]] >= place[name]:
                rs[i] = replace(rule, cost=1)
    return order
