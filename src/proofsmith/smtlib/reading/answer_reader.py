"""Reading an answer: one ``define-fun`` for every function of the problem to be found."""

from __future__ import annotations

from proofsmith.errors import BadInput
from proofsmith.smtlib.problem import DefinedFunction, Problem, SynthFunction
from proofsmith.smtlib.reading.problem_reader import depends
from proofsmith.smtlib.reading.scope import Scope, Signature
from proofsmith.smtlib.reading.sorts import read_sort
from proofsmith.smtlib.reading.term_reader import TermReader, read_parameters
from proofsmith.smtlib.sexpr import Atom, List, Node, Text, read
from proofsmith.smtlib.terms import substitute, var

MAX_ANSWER = 1_000_000
"""Longest answer that is read, in characters."""


def parse_answer(text: str, problem: Problem) -> dict[str, DefinedFunction]:
    """Return the definitions in `text`, by name, with the problem's own parameter names.

    `text` is one ``(define-fun NAME PARAMETERS SORT TERM)`` for each function to find, in any
    order, perhaps in one more pair of parentheses (as cvc5 prints them). Bodies may use the
    parameters, the operators, and functions that the problem defines; not each other. Whether a
    body belongs to the function's grammar is another question, see `proofsmith.smtlib.membership`.

    Raises:
        BadInput: anything else; with line and column in `text`.
    """
    if len(text) > MAX_ANSWER:
        raise BadInput(f"an answer of more than {MAX_ANSWER:,} characters")
    source = Text(text)
    nodes = read(source)
    if len(nodes) == 1 and isinstance(nodes[0], List) and all(isinstance(i, List) for i in nodes[0].items):
        nodes = nodes[0].items
    wanted = {f.name: f for f in problem.functions}
    scope = answer_scope(problem)
    found: dict[str, DefinedFunction] = {}
    for node in nodes:
        name, parts = _definition(node, source)
        if name.text not in wanted:
            known = ", ".join(wanted)
            raise source.error(
                f"{name.text[:60]} is not a function to find", name.start, hint=f"to find: {known}"
            )
        if name.text in found:
            raise source.error(f"{name.text} is defined twice", name.start)
        found[name.text] = _read(wanted[name.text], parts, source, scope)
    missing = [name for name in wanted if name not in found]
    if missing:
        raise BadInput(f"the answer does not define {', '.join(missing)}")
    return {name: found[name] for name in wanted}


def answer_scope(problem: Problem) -> Scope:
    """Return what the bodies of an answer may use, besides their parameters."""
    hidden = {f.name for f in problem.functions}
    scope = Scope(opaque={name: f"{name} is to be found, so no answer may use it" for name in hidden})
    for definition in problem.definitions:
        if depends(definition, hidden):
            hidden.add(definition.name)
            scope.opaque[definition.name] = (
                f"{definition.name} depends on what is to be found, or on variables"
            )
        else:
            arguments = tuple(sort for _, sort in definition.parameters)
            scope.functions[definition.name] = Signature(arguments, definition.sort)
    return scope


def _definition(node: Node, source: Text) -> tuple[Atom, list[Node]]:
    items = node.items if isinstance(node, List) else []
    head = items[0] if items else None
    command = head.text if isinstance(head, Atom) else ""
    if command != "define-fun":
        what = f"{command[:40]!r} is" if command else "this is"
        raise source.error(f"{what} not a definition", node.start, hint="expected (define-fun NAME ...)")
    if len(items) != 5 or not isinstance(items[1], Atom):
        raise source.error("expected (define-fun NAME ((x SORT) ...) SORT TERM)", node.start)
    return items[1], items[2:]


def _read(function: SynthFunction, parts: list[Node], source: Text, scope: Scope) -> DefinedFunction:
    parameters = read_parameters(parts[0], source, {})
    sort = read_sort(parts[1], source)
    given, wanted = [s for _, s in parameters], [s for _, s in function.parameters]
    if given != wanted or sort != function.sort:
        form = f"({' '.join(map(str, wanted))}) {function.sort}"
        raise source.error(f"{function.name} must have the signature {form}", parts[0].start)
    body = TermReader(source, scope.inner(dict(parameters))).read(parts[2])
    if body.sort != function.sort:
        cause = f"the body of {function.name} is {body.sort}, not {function.sort}"
        raise source.error(cause, parts[2].start)
    renaming = {
        old: var(new, sort)
        for (old, sort), (new, _) in zip(parameters, function.parameters, strict=True)
        if old != new
    }
    body = substitute(body, renaming) if renaming else body
    return DefinedFunction(function.name, function.parameters, function.sort, body)
