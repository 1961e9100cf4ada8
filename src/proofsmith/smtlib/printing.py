"""Writing terms and answers as SMT-LIB 2.6 text. Iterative: depth is no limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from proofsmith.smtlib.problem import DefinedFunction, Problem
from proofsmith.smtlib.sexpr import escape, symbol
from proofsmith.smtlib.signature import OPERATORS, split_name
from proofsmith.smtlib.terms import Sort, Term, postorder, tree_size

LARGE_TREE = 2_000
"""Terms of more nodes, if that is also much more than their distinct subterms, are written with let."""

Names = Callable[[str], str]


def literal_text(value: int | bool | str | None, sort: Sort) -> str:
    """Return the SMT-LIB literal of a value: ``(- 3)``, ``#x0f``, ``true``, ``"a"``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return escape(value)
    assert value is not None
    if sort.name == "BitVec":
        if sort.width % 4 == 0:
            return f"#x{value:0{sort.width // 4}x}"
        return f"#b{value:0{sort.width}b}"
    return str(value) if value >= 0 else f"(- {-value})"


def print_term(
    term: Term,
    spelling: Mapping[str, str] | None = None,
    names: Names = symbol,
    share: bool = True,
) -> str:
    """Return the text of a term.

    `spelling` gives operators other names (an older dialect's), `names` turns the names of
    variables and functions into what is written. With `share`, terms whose subterms repeat a
    great deal are written with ``let``, so that the text is no longer than the term.
    """
    spelling = spelling or {}
    shared = _shared(term) if share else {}
    if not shared:
        return _write(term, spelling, names, {})
    parts = []
    bound: dict[int, str] = {}
    for t in postorder(term):
        if id(t) in shared:
            parts.append(f"(let (({shared[id(t)]} {_write(t, spelling, names, bound)})) ")
            bound[id(t)] = shared[id(t)]
    return f"{''.join(parts)}{_write(term, spelling, names, bound)}{')' * len(parts)}"


def _shared(term: Term) -> dict[int, str]:
    """Name the subterms that a ``let`` should bind; none where writing them out is cheap."""
    subterms = list(postorder(term))
    size = tree_size(term)
    if size <= LARGE_TREE or size < 2 * len(subterms):
        return {}
    used = Counter(id(a) for t in subterms for a in t.args)
    taken = {t.name for t in subterms}
    prefix = "_let"
    while any(name.startswith(prefix) for name in taken):
        prefix += "_"
    repeated = [t for t in subterms if used[id(t)] > 1 and t.args]
    return {id(t): f"{prefix}{i}" for i, t in enumerate(repeated)}


def _write(term: Term, spelling: Mapping[str, str], names: Names, bound: Mapping[int, str]) -> str:
    out: list[str] = []
    stack: list[Term | str] = [term]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            out.append(item)
        elif id(item) in bound:
            out.append(bound[id(item)])
        elif item.args:
            out.append(f"({_head(item, spelling, names)}")
            stack.append(")")
            for argument in reversed(item.args):
                stack.append(argument)
                stack.append(" ")
        else:
            out.append(_leaf(item, names))
    return "".join(out)


def _leaf(t: Term, names: Names) -> str:
    if t.kind == "const":
        return literal_text(t.value, t.sort)
    if t.kind == "any-constant":
        return f"(Constant {t.sort})"
    if t.kind == "any-variable":
        return f"(Variable {t.sort})"
    return names(t.name)


def _head(t: Term, spelling: Mapping[str, str], names: Names) -> str:
    base, indices = split_name(t.name)
    if base not in OPERATORS:
        return names(t.name)
    if indices and base in spelling:
        return f"(_ {spelling[base]} {' '.join(map(str, indices))})"
    return spelling.get(t.name, t.name)


def print_definition(
    function: DefinedFunction, spelling: Mapping[str, str] | None = None, names: Names = symbol
) -> str:
    """Return ``(define-fun NAME ((x SORT) ...) SORT TERM)``."""
    parameters = " ".join(f"({names(name)} {sort})" for name, sort in function.parameters)
    body = print_term(function.body, spelling, names)
    return f"(define-fun {names(function.name)} ({parameters}) {function.sort} {body})"


def print_answer(problem: Problem, answer: Mapping[str, DefinedFunction]) -> str:
    """Return the answer as SyGuS solvers print it: one ``define-fun`` a line, in the problem's order.

    Operators are spelt as in the problem's file.
    """
    spelling = dict(problem.spelling)
    return "\n".join(print_definition(answer[f.name], spelling) for f in problem.functions)
