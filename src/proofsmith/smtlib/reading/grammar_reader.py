"""Reading the grammar of a function to find, in the form of SyGuS-IF 2.1 or of the 1.0 dialect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from proofsmith.smtlib.problem import Nonterminal
from proofsmith.smtlib.reading.scope import Scope
from proofsmith.smtlib.reading.sorts import read_sort
from proofsmith.smtlib.reading.term_reader import TermReader
from proofsmith.smtlib.sexpr import Atom, List, Node, Text
from proofsmith.smtlib.terms import Sort, Term, subterms

_FORM = "expected ((Start SORT (TERM ...)) ...)"


def read_grammar(
    nodes: Sequence[Node], source: Text, scope: Scope, parameters: dict[str, Sort], result: Sort
) -> tuple[tuple[Nonterminal, ...], list[str]]:
    """Return the grammar, its start symbol first, and notices.

    `nodes` is what follows the function's sort: the groups, in 2.1 after the declarations of the
    nonterminals. `scope` holds the sorts and functions that productions may use. What derives no
    term is left out, with a notice.

    Raises:
        BadInput: malformed, ill-sorted, or the start symbol derives no term.
    """
    groups = _groups(nodes[-1], source)
    if len(nodes) == 2:
        _check_declarations(nodes[0], groups, source, scope)
    names: dict[str, Sort] = {}
    for name, sort_node, _ in groups:
        if name.text in names or name.text in parameters:
            raise source.error(f"{name.text} is declared twice", name.start)
        names[name.text] = read_sort(sort_node, source, scope.sorts)
    reader = TermReader(source, scope.inner({**parameters, **names}), grammar=True)
    made = []
    for name, _, productions in groups:
        terms = []
        for node in productions.items:
            term = reader.read(node)
            if term.sort != names[name.text]:
                cause = f"{name.text} stands for {names[name.text]}, this is {term.sort}"
                raise source.error(cause, node.start)
            terms.append(term)
        made.append(Nonterminal(name.text, names[name.text], tuple(dict.fromkeys(terms))))
    if len(nodes) == 1:  # the older dialect names its start symbol, wherever it stands
        made.sort(key=lambda n: n.name != "Start")
    if made[0].sort != result:
        cause = f"the start symbol {made[0].name} stands for {made[0].sort}, the function for {result}"
        raise source.error(cause, nodes[-1].start)
    notices = ["weights of productions are ignored"] if reader.weights else []
    useful = _productive(made, set(parameters.values()))
    if made[0].name not in useful:
        cause = f"the grammar never ends: {made[0].name} derives no finite term"
        raise source.error(cause, nodes[-1].start, hint="give it a production without nonterminals")
    useless = [n.name for n in made if n.name not in useful]
    if useless:
        notices.append(f"these nonterminals derive no finite term and are ignored: {', '.join(useless)}")
        made = _without(made, set(useless))
    return tuple(made), notices


def _groups(node: Node, source: Text) -> list[tuple[Atom, Node, List]]:
    if not isinstance(node, List) or not node.items:
        raise source.error(_FORM, node.start)
    made = []
    for group in node.items:
        parts = group.items if isinstance(group, List) else []
        if len(parts) != 3 or not isinstance(parts[0], Atom) or not isinstance(parts[2], List):
            raise source.error(_FORM, group.start)
        if parts[0].kind != "symbol":
            raise source.error("a nonterminal is a symbol", parts[0].start)
        made.append((parts[0], parts[1], parts[2]))
    return made


def _check_declarations(
    node: Node, groups: list[tuple[Atom, Node, List]], source: Text, scope: Scope
) -> None:
    declared: list[tuple[str, Sort]] = []
    for item in node.items if isinstance(node, List) else ():
        parts = item.items if isinstance(item, List) else []
        if len(parts) != 2 or not isinstance(parts[0], Atom):
            raise source.error("expected (nonterminal SORT)", item.start)
        declared.append((parts[0].text, read_sort(parts[1], source, scope.sorts)))
    grouped = [(name.text, read_sort(sort, source, scope.sorts)) for name, sort, _ in groups]
    if declared != grouped:
        cause = "the nonterminals declared are not those of the grammar, in the same order"
        raise source.error(cause, node.start)


def _nonterminals_of(term: Term, names: set[str]) -> set[str]:
    return {t.name for t in subterms(term) if t.kind == "var" and t.name in names}


def _productive(grammar: list[Nonterminal], parameter_sorts: set[Sort]) -> set[str]:
    """Return the nonterminals that derive a finite term. Linear: each production counts down once."""
    names = {n.name for n in grammar}
    waiting: dict[str, list[int]] = {name: [] for name in names}
    left: list[int] = []
    owner: list[str] = []
    ready: list[str] = []
    for nonterminal in grammar:
        for production in nonterminal.productions:
            if any(t.kind == "any-variable" and t.sort not in parameter_sorts for t in subterms(production)):
                continue
            needed = _nonterminals_of(production, names)
            for name in needed:
                waiting[name].append(len(left))
            if not needed:
                ready.append(nonterminal.name)
            left.append(len(needed))
            owner.append(nonterminal.name)
    found: set[str] = set()
    while ready:
        name = ready.pop()
        if name in found:
            continue
        found.add(name)
        for i in waiting[name]:
            left[i] -= 1
            if left[i] == 0:
                ready.append(owner[i])
    return found


def _without(grammar: list[Nonterminal], useless: set[str]) -> list[Nonterminal]:
    return [
        replace(n, productions=tuple(p for p in n.productions if not _nonterminals_of(p, useless)))
        for n in grammar
        if n.name not in useless
    ]
