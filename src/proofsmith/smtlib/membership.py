"""Whether a term belongs to a grammar: a bottom-up tree automaton over shared terms.

Every distinct subterm gets the set of nonterminals that derive it, as a bit mask. n-ary uses of
associative operators count as nested binary ones, as SMT-LIB defines them, and a negative integer
literal as the negation it is written as.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from proofsmith.smtlib.printing import print_term
from proofsmith.smtlib.problem import DefinedFunction, Nonterminal, Problem, SynthFunction
from proofsmith.smtlib.signature import LEFT_ASSOCIATIVE
from proofsmith.smtlib.terms import INT, Sort, Term, const, postorder, rebuild, with_args
from proofsmith.types import Diagnostic

_Root = tuple[str, str, int]


def outside_grammar(problem: Problem, answer: Mapping[str, DefinedFunction]) -> Diagnostic | None:
    """Return why an answer does not belong to the problem's grammars; ``None`` if it does."""
    for function in problem.functions:
        if function.grammar:
            diagnostic = in_grammar(function, answer[function.name].body)
            if diagnostic is not None:
                return diagnostic
    return None


def in_grammar(function: SynthFunction, body: Term) -> Diagnostic | None:
    """Return why `body` does not belong to the function's grammar; ``None`` if it does.

    `body` uses the function's own parameter names. Without a grammar everything belongs. Time:
    distinct subterms times the productions with the same root operator.
    """
    if not function.grammar:
        return None
    automaton = _automaton(function)
    masks: dict[int, int] = {}
    culprit: Term | None = None
    body = _binary(body)
    for t in postorder(body):
        masks[id(t)] = automaton.mask(t, masks)
        if not masks[id(t)] and culprit is None and all(masks[id(a)] for a in t.args):
            culprit = t
    if masks[id(body)] & 1:
        return None
    start = function.grammar[0].name
    if culprit is None:
        text = f"the body is not a term of {start}, although its parts are in the grammar"
    else:
        text = f"no rule of the grammar gives {_short(culprit)}"
    return Diagnostic(f"{function.name} is outside its grammar: {text}", code="outside-grammar")


def _short(term: Term) -> str:
    text = print_term(term)
    return text if len(text) <= 80 else text[:77] + "..."


def _binary(term: Term) -> Term:
    """Nest n-ary uses of associative operators to the left (``=>`` to the right)."""

    def change(t: Term, args: tuple[Term, ...]) -> Term:
        if len(args) < 3 or t.kind != "app":
            return with_args(t, args)
        if t.name in LEFT_ASSOCIATIVE and t.name != "concat":
            made = args[0]
            for argument in args[1:]:
                made = Term("app", t.name, t.sort, (made, argument))
            return made
        if t.name == "=>":
            made = args[-1]
            for argument in reversed(args[:-1]):
                made = Term("app", t.name, t.sort, (argument, made))
            return made
        return with_args(t, args)

    return rebuild(term, change)


@dataclass(frozen=True)
class _Automaton:
    """`rules` by root symbol: (nonterminal's bit, pattern). `closure` adds unit productions."""

    names: Mapping[str, int]
    rules: Mapping[_Root, Sequence[tuple[int, Term]]]
    exact: Mapping[Term, int]
    any_constant: Mapping[Sort, int]
    any_variable: Mapping[Sort, int]
    closure: Sequence[int]

    def mask(self, t: Term, masks: Mapping[int, int]) -> int:
        """Return the nonterminals that derive `t`, given those of its arguments."""
        found = self.exact.get(t, 0) if not t.args else 0
        if t.kind == "const":
            found |= self.any_constant.get(t.sort, 0)
            if _is_negative(t):
                found |= self._negation(const(-int(t.value or 0), INT))
        elif t.kind == "var":
            found |= self.any_variable.get(t.sort, 0)
        for bit, pattern in self.rules.get(_root(t), ()):
            if not found & bit and self._matches(pattern, t, masks):
                found |= bit
        return self._close(found)

    def _negation(self, positive: Term) -> int:
        own = self._close(self.exact.get(positive, 0) | self.any_constant.get(INT, 0))
        virtual = Term("app", "-", INT, (positive,))
        found = 0
        for bit, pattern in self.rules.get(_root(virtual), ()):
            if self._matches(pattern, virtual, {id(positive): own}):
                found |= bit
        return found

    def _close(self, found: int) -> int:
        closed, rest = found, found
        while rest:
            low = rest & -rest
            closed |= self.closure[low.bit_length() - 1]
            rest ^= low
        return closed

    def _matches(self, pattern: Term, term: Term, masks: Mapping[int, int]) -> bool:
        stack = list(zip(pattern.args, term.args, strict=True))
        positives: dict[int, int] = {}
        kept: list[Term] = []
        while stack:
            p, t = stack.pop()
            if p.kind == "var" and p.name in self.names:
                derived = positives[id(t)] if id(t) in positives else masks.get(id(t), 0)
                if not derived >> self.names[p.name] & 1:
                    return False
            elif p.kind == "any-constant":
                if t.kind != "const" or t.sort != p.sort:
                    return False
            elif p.kind == "any-variable":
                if t.kind != "var" or t.sort != p.sort:
                    return False
            elif p.args and _root(p) == _root(t):
                stack.extend(zip(p.args, t.args, strict=True))
            elif _root(p) == ("app", "-", 1) and _is_negative(t) and t.value != 0:
                kept.append(const(-int(t.value or 0), INT))  # kept alive, because ids stand for terms
                positives[id(kept[-1])] = self.mask(kept[-1], {})
                stack.append((p.args[0], kept[-1]))
            elif p.args or p != t:
                return False
        return True


def _is_negative(t: Term) -> bool:
    return t.kind == "const" and t.sort == INT and int(t.value or 0) <= 0


def _root(t: Term) -> _Root:
    return (t.kind, t.name, len(t.args))


@lru_cache(maxsize=64)
def _automaton(function: SynthFunction) -> _Automaton:
    names = {n.name: i for i, n in enumerate(function.grammar)}
    rules: dict[_Root, list[tuple[int, Term]]] = {}
    exact: dict[Term, int] = {}
    any_constant: dict[Sort, int] = {}
    any_variable: dict[Sort, int] = {}
    units: list[tuple[int, int]] = []
    for bit_index, production in _productions(function.grammar):
        bit = 1 << bit_index
        if production.kind == "var" and production.name in names:
            units.append((bit_index, names[production.name]))
        elif production.kind == "any-constant":
            any_constant[production.sort] = any_constant.get(production.sort, 0) | bit
        elif production.kind == "any-variable":
            any_variable[production.sort] = any_variable.get(production.sort, 0) | bit
        elif production.args:
            rules.setdefault(_root(production), []).append((bit, production))
        else:
            exact[production] = exact.get(production, 0) | bit
    return _Automaton(names, rules, exact, any_constant, any_variable, _closure(len(names), units))


def _productions(grammar: Iterable[Nonterminal]) -> Iterable[tuple[int, Term]]:
    for i, nonterminal in enumerate(grammar):
        for production in nonterminal.productions:
            yield i, _binary(production)


def _closure(count: int, units: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Return, for each nonterminal, the mask of those that derive it by unit productions, itself included."""
    above: list[list[int]] = [[] for _ in range(count)]
    for upper, lower in units:
        above[lower].append(upper)
    masks = []
    for i in range(count):
        seen, stack = 1 << i, [i]
        while stack:
            for upper in above[stack.pop()]:
                if not seen >> upper & 1:
                    seen |= 1 << upper
                    stack.append(upper)
        masks.append(seen)
    return tuple(masks)
