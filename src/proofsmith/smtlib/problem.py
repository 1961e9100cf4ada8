"""A SyGuS problem as read (SyGuS-IF 2.1): functions to find and what they must satisfy."""

from __future__ import annotations

from dataclasses import dataclass

from proofsmith.smtlib.terms import Sort, Term


@dataclass(frozen=True)
class Nonterminal:
    """A nonterminal of a grammar with its productions; nonterminals in them are ``var`` terms."""

    name: str
    sort: Sort
    productions: tuple[Term, ...]


@dataclass(frozen=True)
class SynthFunction:
    """A function to find. Without a grammar any term of the logic will do.

    `parameters` are (name, sort) pairs; `grammar` starts with its start symbol.
    """

    name: str
    parameters: tuple[tuple[str, Sort], ...]
    sort: Sort
    grammar: tuple[Nonterminal, ...] = ()


@dataclass(frozen=True)
class DefinedFunction:
    """A ``define-fun``, of the problem or of an answer.

    In a problem the body may apply functions stated before it (also those to find), and use the
    problem's variables as well as its own parameters. In an answer it uses neither.
    """

    name: str
    parameters: tuple[tuple[str, Sort], ...]
    sort: Sort
    body: Term


@dataclass(frozen=True)
class InvariantProblem:
    """An ``inv-constraint``: the predicate to find, and the names of pre, trans and post.

    The three conditions are among the problem's constraints as well.
    """

    invariant: str
    pre: str
    trans: str
    post: str


@dataclass(frozen=True)
class Problem:
    """A SyGuS problem: find `functions` such that all `constraints` hold for all `variables`.

    `logic` is without the prefixes that do not matter here (``QF_``, ``PBE_``). `assumptions`
    (``assume``) may be presupposed. `notices` say what was read but does not count (weights,
    options). `spelling` maps operators to the older names that the file uses for them.
    """

    logic: str
    functions: tuple[SynthFunction, ...]
    variables: tuple[tuple[str, Sort], ...] = ()
    definitions: tuple[DefinedFunction, ...] = ()
    constraints: tuple[Term, ...] = ()
    assumptions: tuple[Term, ...] = ()
    invariant: InvariantProblem | None = None
    notices: tuple[str, ...] = ()
    spelling: tuple[tuple[str, str], ...] = ()
