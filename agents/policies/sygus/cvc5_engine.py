"""cvc5 as a SyGuS solver, through its Python package."""

from __future__ import annotations

from collections.abc import Iterator

from proofsmith.agents.policies.sygus.engines import Answer, Infeasible, Step
from proofsmith.agents.policies.sygus.sygus_text import print_problem
from proofsmith.smtlib.problem import Problem


def solve(problem: Problem) -> Iterator[Step]:
    """Yield cvc5's answer, if it finds one. Blocks in native code: run it where it can be killed.

    Raises:
        ImportError: the package is not installed.
        RuntimeError: cvc5 rejects the problem.
    """
    import cvc5

    from proofsmith.verifiers.smt.cvc5_engine import output_of

    # not incremental, as its own command line does: single invocation needs it
    options = {"sygus": "true", "incremental": "false"}
    text = output_of(print_problem(problem), cvc5.InputLanguage.SYGUS_2_1, options).strip()
    if text.startswith("(") and "define-fun" in text:
        # its own names for division where the divisor is not zero
        yield Answer(text.replace("(div_total ", "(div ").replace("(mod_total ", "(mod "), "cvc5")
    elif text.startswith("infeasible"):
        yield Infeasible("cvc5 says so")
    elif "error" in text:
        raise RuntimeError(text[:300])
