"""Runs CrossHair on one function, in a process of its own; started by path, never imported.

Reads ``{"path": [folders], "modules": {name: source}, "check": module, "seconds": s}`` as JSON from
standard input, writes one JSON object ``{"state": ..., "message": ...}`` to standard output. `state`
is the name of CrossHair's `MessageType`, or ``"FAILED"`` when CrossHair itself did.
"""

import json
import os
import resource
import sys


def main() -> None:
    """Do the one job of this process."""
    job = json.load(sys.stdin)
    answer = os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):  # whatever is printed from here on is no answer
        os.dup2(nothing, number)
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    sys.path[:0] = [os.getcwd(), *job["path"]]
    for name, source in job["modules"].items():
        with open(f"{name}.py", "w", encoding="utf-8") as file:
            file.write(source)
    try:
        state, message = analyse(job["check"], job["seconds"])
    except BaseException as error:
        state, message = "FAILED", f"{type(error).__name__}: {error}"
    json.dump({"state": state, "message": message}, answer)
    answer.close()
    os._exit(0)


def analyse(module: str, seconds: float) -> tuple[str, str]:
    """Return the state and message of CrossHair's single answer on ``module.check``."""
    import importlib

    from crosshair.core_and_libs import analyze_function, run_checkables
    from crosshair.options import AnalysisKind, AnalysisOptionSet

    options = AnalysisOptionSet(
        analysis_kind=(AnalysisKind.PEP316,),
        per_condition_timeout=seconds,
        report_all=True,
    )
    check = importlib.import_module(module).check
    messages = run_checkables(analyze_function(check, options))
    if len(messages) != 1:
        return "FAILED", f"{len(messages)} answers instead of one"
    return messages[0].state.name, messages[0].message


if __name__ == "__main__":
    main()
