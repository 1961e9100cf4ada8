"""A SyGuS problem's grammar as GBNF, so that a server that can constrain decoding answers within it."""

from __future__ import annotations

import re

from proofsmith.agents.policies.model.languages.python_grammar import alternatives, literal
from proofsmith.agents.policies.sygus.defaults import constants_of, default_grammar
from proofsmith.smtlib.printing import Names, print_term
from proofsmith.smtlib.problem import Nonterminal, Problem, SynthFunction
from proofsmith.smtlib.sexpr import symbol
from proofsmith.smtlib.terms import Sort, Term

_OPEN, _CLOSE = "\ue000", "\ue001"
"""Stand around a nonterminal's name in a printed production."""
_CONSTANTS = {
    "Int": '[0-9]+ | "(- " [0-9]+ ")"',
    "Bool": '"true" | "false"',
    "String": '"\\"" [^"\\\\\\n]* "\\""',
    "Real": '[0-9]+ "." [0-9]+ | "(- " [0-9]+ "." [0-9]+ ")"',
}


def sygus_grammar(problem: Problem) -> str:
    """Return the GBNF grammar of answers to `problem`: a fenced block with a definition for each function."""
    rules: list[str] = []
    parts = []
    for index, function in enumerate(problem.functions):
        grammar = function.grammar or _default(problem, function)
        parameters = " ".join(f"({symbol(name)} {sort})" for name, sort in function.parameters)
        head = f"(define-fun {symbol(function.name)} ({parameters}) {function.sort} "
        parts.append(f"{literal(head)} f{index}n0 {literal(')' + chr(10))}")
        rules += _rules(function, grammar, f"f{index}", dict(problem.spelling))
    root = f"root ::= {literal('```lisp' + chr(10))} {' '.join(parts)} {literal('```')}"
    return "\n".join([root, *rules]) + "\n"


def _default(problem: Problem, function: SynthFunction) -> tuple[Nonterminal, ...]:
    """The usual operators of the sorts, with the constants of the constraints."""
    return default_grammar(function, constants_of(problem.constraints))


def _rules(
    function: SynthFunction, grammar: tuple[Nonterminal, ...], prefix: str, spelling: dict[str, str]
) -> list[str]:
    numbers = {n.name: f"{prefix}n{i}" for i, n in enumerate(grammar)}
    sorts: dict[str, Sort] = {}

    def named(name: str) -> str:
        return f"{_OPEN}{name}{_CLOSE}" if name in numbers else symbol(name)

    rules = []
    for nonterminal in grammar:
        choices = [
            _production(p, function, prefix, spelling, numbers, named, sorts) for p in nonterminal.productions
        ]
        rules.append(f"{numbers[nonterminal.name]} ::= {' | '.join(c for c in choices if c)}")
    for name, sort in sorts.items():
        digits = f'"#b" {" ".join(["[01]"] * sort.width)}' if sort.name == "BitVec" else _CONSTANTS[sort.name]
        rules.append(f"{name} ::= {digits}")
    return rules


def _production(
    term: Term,
    function: SynthFunction,
    prefix: str,
    spelling: dict[str, str],
    numbers: dict[str, str],
    named: Names,
    sorts: dict[str, Sort],
) -> str:
    if term.kind == "any-variable":
        return alternatives([symbol(n) for n, s in function.parameters if s == term.sort])
    text = print_term(term, spelling, named, share=False)
    out = []
    for piece in re.split(f"({_OPEN}[^{_CLOSE}]*{_CLOSE}|\\(Constant [^()]*(?:\\([^()]*\\))?\\))", text):
        if piece.startswith(_OPEN):
            out.append(numbers[piece[1:-1]])
        elif piece.startswith("(Constant "):
            sort = _sort_of(term)
            name = f"{prefix}c{sort.name.lower()}{sort.width or ''}"
            sorts[name] = sort
            out.append(name)
        elif piece:
            out.append(literal(piece))
    return " ".join(out)


def _sort_of(term: Term) -> Sort:
    """Sort of the first ``(Constant S)`` in a production."""
    stack = [term]
    while stack:
        t = stack.pop()
        if t.kind == "any-constant":
            return t.sort
        stack.extend(t.args)
    return term.sort
