"""cvc5 behind the worker's protocol: the same queries as `z3_engine`, answered sat, unsat or unknown.

Imported in the worker process only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cvc5


def start(memory_mb: int) -> None:
    """Nothing to set: the process's own limit holds."""


def version() -> str:
    """Return the library's version."""
    solver = cvc5.Solver(cvc5.TermManager())
    text = solver.getVersion()
    return text.decode() if isinstance(text, bytes) else str(text)


def answer(request: dict[str, Any], send: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Answer one query."""
    if "script" in request:
        text = "(set-logic ALL)\n" + request["script"] + "\n(check-sat)\n"
    else:
        goals = request["goals"]
        formulas = [*request["given"], *([f"(not (and true {' '.join(goals)}))"] if goals else [])]
        asserted = "".join(f"(assert {f})\n" for f in formulas)
        text = f"(set-logic ALL)\n{request['head']}{asserted}(check-sat)\n"
    manager = cvc5.TermManager()
    solver = cvc5.Solver(manager)
    solver.setOption("strings-exp", "true")
    solver.setOption("tlimit-per", str(max(1, int(request["seconds"] * 1000))))
    parser = cvc5.InputParser(solver, cvc5.SymbolManager(manager))
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "query")
    symbols = parser.getSymbolManager()
    output = ""
    while True:
        command = parser.nextCommand()
        if command.isNull():
            break
        output += str(command.invoke(solver, symbols))
    lines = output.split("\n")
    status, _, reason = next((line for line in reversed(lines) if line), "").partition(" ")
    if status not in ("sat", "unsat", "unknown"):
        raise RuntimeError(output.strip()[:300] or "no answer")
    return {"status": status, "detail": reason.strip("()").lower()}
