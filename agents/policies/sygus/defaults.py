"""Grammars for functions that come without one: the operators of the logic over their parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proofsmith.smtlib.problem import DefinedFunction, Nonterminal, SynthFunction
from proofsmith.smtlib.terms import BOOL, INT, STRING, Sort, Term, app, const, subterms, var

_MOST_CONSTANTS = 24
_MOST_DEFINITIONS = 8
_VECTOR_OPERATORS = (
    *("bvand", "bvor", "bvxor", "bvadd", "bvsub", "bvmul", "bvudiv", "bvurem"),
    *("bvshl", "bvlshr", "bvashr"),
)


def constants_of(terms: Sequence[Term]) -> dict[Sort, list[int | bool | str]]:
    """Return the constants that occur in `terms`, by sort, and the usual ones."""
    found: dict[Sort, dict[int | bool | str, None]] = {
        INT: {0: None, 1: None},
        BOOL: {True: None, False: None},
    }
    found[STRING] = {"": None}
    for term in terms:
        for t in subterms(term):
            if t.sort.name == "BitVec":
                w = t.sort.width
                found.setdefault(t.sort, {0: None, 1: None, (1 << w) - 1: None, 1 << (w - 1): None})
            if t.kind == "const" and t.value is not None:
                found.setdefault(t.sort, {}).setdefault(t.value)
    return {sort: list(values)[:_MOST_CONSTANTS] for sort, values in found.items()}


def default_grammar(
    function: SynthFunction,
    constants: Mapping[Sort, Sequence[int | bool | str]],
    definitions: Sequence[DefinedFunction] = (),
) -> tuple[Nonterminal, ...]:
    """Return a grammar of the usual operators on the sorts of `function`, start symbol first.

    Of the `definitions`, which must not depend on what is to be found, the first few are operators too.
    """
    sorts = [function.sort, *(s for _, s in function.parameters)]
    if STRING in sorts:
        sorts.append(INT)
    sorts.append(BOOL)
    distinct = list(dict.fromkeys(sorts))
    names = {s: var(f"nt-{s.name}{s.width or ''}", s) for s in distinct}
    made = []
    for sort in distinct:
        leaves = [var(n, s) for n, s in function.parameters if s == sort]
        leaves += [const(v, sort) for v in constants.get(sort, ())]
        applied = [
            app(d.name, sort, *(names[s] for _, s in d.parameters))
            for d in definitions[:_MOST_DEFINITIONS]
            if d.sort == sort and all(s in names for _, s in d.parameters)
        ]
        made.append(Nonterminal(names[sort].name, sort, (*leaves, *applied, *_operators(sort, names))))
    return tuple(made)


def _operators(sort: Sort, names: Mapping[Sort, Term]) -> list[Term]:
    x, b = names[sort], names[BOOL]
    if sort == INT:
        found = [app("+", sort, x, x), app("-", sort, x, x), app("ite", sort, b, x, x)]
        if STRING in names:
            s = names[STRING]
            found += [app("str.len", sort, s), app("str.to_int", sort, s), app("str.indexof", sort, s, s, x)]
        return found
    if sort == STRING:
        i = names[INT]
        found = [app("str.++", sort, x, x), app("str.replace", sort, x, x, x), app("str.at", sort, x, i)]
        return [
            *found,
            app("str.substr", sort, x, i, i),
            app("str.from_int", sort, i),
            app("ite", sort, b, x, x),
        ]
    if sort.name == "BitVec":
        unary = [app(n, sort, x) for n in ("bvnot", "bvneg")]
        binary = [app(n, sort, x, x) for n in _VECTOR_OPERATORS]
        return [*unary, *binary, app("ite", sort, b, x, x)]
    found = [app("not", BOOL, b), app("and", BOOL, b, b), app("or", BOOL, b, b)]
    for other, t in names.items():
        if other == INT:
            found += [app("<=", BOOL, t, t), app("=", BOOL, t, t)]
        elif other == STRING:
            found += [app(n, BOOL, t, t) for n in ("=", "str.prefixof", "str.suffixof", "str.contains")]
        elif other.name == "BitVec":
            found += [app(n, BOOL, t, t) for n in ("=", "bvult", "bvslt")]
    return found
