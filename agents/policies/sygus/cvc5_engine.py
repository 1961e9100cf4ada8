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

    manager = cvc5.TermManager()
    solver = cvc5.Solver(manager)
    solver.setOption("sygus", "true")
    solver.setOption("incremental", "false")  # as its own command line does; single invocation needs it
    parser = cvc5.InputParser(solver, cvc5.SymbolManager(manager))
    parser.setStringInput(cvc5.InputLanguage.SYGUS_2_1, print_problem(problem), "problem")
    symbols = parser.getSymbolManager()
    output = ""
    while True:
        command = parser.nextCommand()
        if command.isNull():
            break
        output += str(command.invoke(solver, symbols))
    text = output.strip()
    if text.startswith("(") and "define-fun" in text:
        # its own names for division where the divisor is not zero
        yield Answer(text.replace("(div_total ", "(div ").replace("(mod_total ", "(mod "), "cvc5")
    elif text.startswith("infeasible"):
        yield Infeasible("cvc5 says so")
    elif "error" in text:
        raise RuntimeError(text[:300])
