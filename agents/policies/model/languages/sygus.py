"""SyGuS problems: answers are ``define-fun`` terms, derivable in the problem's own grammar."""

from __future__ import annotations

from functools import lru_cache

from proofsmith.agents.contracts.contract import Broken
from proofsmith.agents.policies.model.languages.base import PlainLanguage
from proofsmith.agents.policies.model.languages.sygus_grammar import sygus_grammar
from proofsmith.errors import BadInput
from proofsmith.logic_spec import SygusSpec
from proofsmith.smtlib.membership import outside_grammar
from proofsmith.smtlib.printing import print_answer
from proofsmith.smtlib.problem import Problem
from proofsmith.smtlib.reading import parse_answer, parse_problem
from proofsmith.types import Candidate, Task

_LONGEST = 50_000
"""Characters of an answer that is read."""


class SygusLanguage(PlainLanguage):
    """Candidates are the definitions asked for, and nothing else."""

    def __init__(self) -> None:
        infos = ("lisp", "scheme", "smt", "smt2", "smtlib", "smt-lib", "sygus", "sl", "clojure", "racket")
        super().__init__("sygus", infos)

    def admit(self, task: Task[SygusSpec], source: str, cut: bool = False) -> Candidate:
        """Return the definitions in `source`, printed afresh; they are in the grammar."""
        if len(source) > _LONGEST:
            raise Broken(f"the answer is longer than {_LONGEST:,} characters")
        problem = _problem(task.spec.text)
        start = source.find("(define-fun")
        if start < 0:
            raise Broken("the answer holds no define-fun")
        text = _balanced(source[start:])
        try:
            answer = parse_answer(text, problem)
        except BadInput as error:
            raise Broken(error.cause + (f" ({error.hint})" if error.hint else "")) from None
        except RecursionError:
            raise Broken("the answer is nested too deeply") from None
        outside = outside_grammar(problem, answer)
        if outside is not None:
            raise Broken(outside.message)
        return Candidate(print_answer(problem, answer), "sygus")

    def has_exact_grammar(self, task: Task[SygusSpec]) -> bool:
        """Whether every function to find comes with its grammar."""
        return all(f.grammar for f in _problem(task.spec.text).functions)

    def grammar(self, task: Task[SygusSpec]) -> str:
        """Return the problem's own grammar, or that of its logic."""
        return sygus_grammar(_problem(task.spec.text))

    def keep(self, task: Task[SygusSpec]) -> tuple[str, ...]:
        """The functions to find, with their grammars."""
        return ("synth",)


@lru_cache(maxsize=4)
def _problem(text: str) -> Problem:
    return parse_problem(text)


def _balanced(text: str) -> str:
    """Return the definitions at the beginning of a text: brackets closed, nothing but white space between."""
    depth, end, quoted = 0, 0, False
    for index, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                end = index + 1
            if depth < 0:
                break
        elif depth == 0 and not char.isspace():
            break
    return text[:end] if end else text
