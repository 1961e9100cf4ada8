"""The smt verifier: candidates of SyGuS problems, and SMT-LIB scripts, proved by Z3."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from proofsmith.budget import Budget
from proofsmith.errors import BadInput, ProofsmithError
from proofsmith.logic_spec import SmtScript, SygusSpec
from proofsmith.smtlib.membership import outside_grammar
from proofsmith.smtlib.printing import print_term
from proofsmith.smtlib.problem import DefinedFunction, Problem
from proofsmith.smtlib.reading import parse_answer, parse_problem
from proofsmith.source import Span
from proofsmith.types import (
    Assurance,
    Candidate,
    Counterexample,
    Diagnostic,
    Status,
    Task,
    Tool,
    Verdict,
)
from proofsmith.verifiers.smt.pool import SolverPool
from proofsmith.verifiers.smt.query import refutation_query
from proofsmith.verifiers.smt.report import behaviour, counterexample
from proofsmith.verifiers.smt.script import check_script
from proofsmith.verifiers.smt.solve import Refutation, ask_model, find_counterexample
from proofsmith.verifiers.text import shorten
from proofsmith.verifiers.toolbox import Toolbox

NO_LIMIT = 3600.0
"""Seconds that a check without a budget may take."""
CHARACTERS_PER_SECOND = 60_000
"""Longer answers cannot be read, checked against the grammar and sent to a solver in time."""
CHECKING_A_FAIL = 3.0
"""Most seconds that cvc5 may take to agree to a counterexample, which has been computed already."""
_SHOWN = 5


class SmtVerifier:
    """Judges answers to SyGuS problems, and scripts. A PASS is PROVED: Z3 found no input that fails.

    With ``SmtSettings.paranoid`` cvc5 must prove it too. Safe to use from threads.
    """

    name = "smt"

    def __init__(self, pool: SolverPool) -> None:
        self._pool = pool

    @classmethod
    def create(cls, toolbox: Toolbox) -> SmtVerifier:
        """Return a verifier on the toolbox's solvers."""
        return cls(toolbox.solvers)

    def close(self) -> None:
        """Nothing of its own to stop: the processes are the toolbox's."""

    def check(self, task: Task, candidate: Candidate, budget: Budget) -> Verdict:
        """Prove the candidate, or find an input on which it is wrong.

        For a script the candidate does not count: PASS means its assertions cannot all hold.
        """
        started = time.monotonic()
        seconds = NO_LIMIT if budget.seconds is None else budget.seconds
        try:
            if seconds <= 0:
                verdict = self._say(Status.UNKNOWN, "no time was left to prove anything")
            elif isinstance(task.spec, SmtScript):
                verdict = self._check_script(task.spec, started + seconds)
            elif isinstance(task.spec, SygusSpec):
                verdict = self._check_answer(task, task.spec, candidate, started + seconds)
            else:
                verdict = self._say(Status.UNKNOWN, "the smt verifier judges SyGuS and SMT-LIB only")
        except ProofsmithError as error:
            verdict = self._say(Status.ERROR, str(error))
        except MemoryError:
            verdict = self._say(Status.ERROR, "out of memory")
        version = self._pool.version("z3")
        tool = Tool("z3", version) if version else None
        if tool is not None and self._pool.settings.paranoid and self._pool.version("cvc5"):
            tool = Tool("z3 and cvc5", f"{version} and {self._pool.version('cvc5')}")
        return replace(verdict, seconds=time.monotonic() - started, tool=tool)

    def _say(self, status: Status, message: str, code: str | None = None) -> Verdict:
        return Verdict(status, self.name, diagnostics=(Diagnostic(message, code=code),))

    def _check_answer(self, task: Task, spec: SygusSpec, candidate: Candidate, deadline: float) -> Verdict:
        problem = parse_problem(spec.text, task.origin.path or None)
        if len(candidate.source) > CHARACTERS_PER_SECOND * (deadline - time.monotonic()):
            message = f"{len(candidate.source):,} characters are too long an answer for the time"
            return self._say(Status.TIMEOUT, message)
        try:
            answer = parse_answer(candidate.source, problem)
        except BadInput as error:
            span = Span(error.line) if error.line is not None else None
            message = f"{error.cause} ({error.hint})" if error.hint else error.cause
            return Verdict(Status.FAIL, self.name, diagnostics=(Diagnostic(message, span, "answer"),))
        outside = outside_grammar(problem, answer)
        if outside is not None:
            return Verdict(Status.FAIL, self.name, diagnostics=(outside,))
        left = deadline - time.monotonic()
        if left <= 0:
            return self._say(Status.TIMEOUT, "the time was used up by reading the answer")
        found = find_counterexample(problem, answer, left, self._pool)
        digest = behaviour(problem, answer, min(1.0, deadline - time.monotonic()))
        verdict = replace(self._verdict(problem, answer, found), behaviour=digest)
        if self._pool.settings.paranoid and found.status in ("valid", "refuted"):
            return self._second_opinion(problem, answer, verdict, deadline)
        return verdict

    def _verdict(self, problem: Problem, answer: Mapping[str, DefinedFunction], found: Refutation) -> Verdict:
        if found.status == "valid":
            return Verdict(Status.PASS, self.name, Assurance.PROVED, score=1.0)
        if found.status == "timeout":
            return self._say(Status.TIMEOUT, f"no proof and no counterexample in the time: {found.detail}")
        if found.status == "unknown":
            return self._say(Status.UNKNOWN, f"Z3 can neither prove nor refute it: {found.detail}")
        broken = [problem.constraints[i] for i in found.violated[:_SHOWN]]
        spelling = dict(problem.spelling)
        return Verdict(
            Status.FAIL,
            self.name,
            score=min(found.met, 0.999),
            diagnostics=tuple(
                Diagnostic(f"this does not hold: {shorten(print_term(c, spelling))}", code="violated")
                for c in broken
            ),
            counterexample=counterexample(problem, answer, found),
        )

    def _second_opinion(
        self,
        problem: Problem,
        answer: Mapping[str, DefinedFunction],
        verdict: Verdict,
        deadline: float,
    ) -> Verdict:
        """Ask cvc5 the same query; a PASS needs its proof too, and a contradiction is an ERROR."""
        query = refutation_query(problem, answer)
        passed = verdict.status is Status.PASS
        left = deadline - time.monotonic()
        left = left if passed else min(left, CHECKING_A_FAIL)
        status, _, detail = ask_model(query, left, self._pool, engine="cvc5")
        if status == ("sat" if passed else "unsat"):
            words = ("proves", "refutes") if passed else ("refutes", "proves")
            message = f"Z3 {words[0]} this answer and cvc5 {words[1]} it: one solver is wrong"
            return self._say(Status.ERROR, message, "contradiction")
        if not passed:
            return verdict
        if status == "unsat":
            return replace(verdict, notes=("proved by cvc5 as well",))
        word = Status.TIMEOUT if status == "timeout" else Status.UNKNOWN
        return self._say(word, f"Z3 proves this answer, cvc5 does not decide: {detail}")

    def _check_script(self, spec: SmtScript, deadline: float) -> Verdict:
        found = check_script(spec.text, deadline - time.monotonic(), self._pool)
        notes: tuple[str, ...] = ()
        if self._pool.settings.paranoid and found.status in ("sat", "unsat"):
            second = check_script(spec.text, deadline - time.monotonic(), self._pool, "cvc5")
            if {found.status, second.status} == {"sat", "unsat"}:
                message = f"Z3 answers {found.status} and cvc5 {second.status}: one solver is wrong"
                return self._say(Status.ERROR, message, "contradiction")
            if found.status == "unsat" and second.status != "unsat":
                word = Status.TIMEOUT if second.status == "timeout" else Status.UNKNOWN
                return self._say(word, f"Z3 answers unsat, cvc5 does not decide: {second.detail}")
            notes = (f"cvc5 answers {second.status} as well",) if second.status == found.status else ()
        if found.status == "unsat":
            return Verdict(Status.PASS, self.name, Assurance.PROVED, score=1.0, notes=notes)
        if found.status == "sat":
            example = Counterexample(found.model, violated="the assertions can all hold")
            diagnostic = Diagnostic("the assertions can all hold", code="sat")
            return Verdict(
                Status.FAIL, self.name, diagnostics=(diagnostic,), counterexample=example, notes=notes
            )
        if found.status == "timeout":
            return self._say(Status.TIMEOUT, f"no answer in the time: {found.detail}")
        return self._say(Status.UNKNOWN, f"Z3 cannot decide: {found.detail}")
