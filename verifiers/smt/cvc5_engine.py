"""cvc5 behind the worker's protocol: the same queries as `z3_engine`, answered sat, unsat or unknown.

Imported in the worker process only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import cvc5


def start(memory_mb: int) -> None:
    """Nothing to set: the process's own limit holds."""


def version() -> str:
    """Return the library's version."""
    solver = cvc5.Solver(cvc5.TermManager())
    text = solver.getVersion()
    return text.decode() if isinstance(text, bytes) else str(text)


def output_of(text: str, language: Any, options: Mapping[str, str]) -> str:
    """Return what cvc5 prints for the commands in `text`, of `language` (a ``cvc5.InputLanguage``).

    Raises:
        RuntimeError: it rejects an option, or the text.
    """
    manager = cvc5.TermManager()
    solver = cvc5.Solver(manager)
    for name, value in options.items():
        solver.setOption(name, value)
    parser = cvc5.InputParser(solver, cvc5.SymbolManager(manager))
    parser.setStringInput(language, text, "text")
    symbols = parser.getSymbolManager()
    output = ""
    while not (command := parser.nextCommand()).isNull():
        output += str(command.invoke(solver, symbols))
    return output


def answer(request: dict[str, Any], send: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Answer one query."""
    if "script" in request:
        text = "(set-logic ALL)\n" + request["script"] + "\n(check-sat)\n"
    else:
        goals = request["goals"]
        formulas = [*request["given"], *([f"(not (and true {' '.join(goals)}))"] if goals else [])]
        asserted = "".join(f"(assert {f})\n" for f in formulas)
        text = f"(set-logic ALL)\n{request['head']}{asserted}(check-sat)\n"
    limit = str(max(1, int(request["seconds"] * 1000)))
    output = output_of(text, cvc5.InputLanguage.SMT_LIB_2_6, {"strings-exp": "true", "tlimit-per": limit})
    lines = output.split("\n")
    status, _, reason = next((line for line in reversed(lines) if line), "").partition(" ")
    if status not in ("sat", "unsat", "unknown"):
        raise RuntimeError(output.strip()[:300] or "no answer")
    return {"status": status, "detail": reason.strip("()").lower()}
