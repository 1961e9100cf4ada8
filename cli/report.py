"""How the end of a run is told: the program on standard output, all else on standard error."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import replace
from typing import Any

from proofsmith import codec
from proofsmith.cli.searching import Ended
from proofsmith.cli.view.text import spend_text, verdict_detail, verdict_words
from proofsmith.events import Remark
from proofsmith.types import Candidate, Task


def function_text(task: Task, candidate: Candidate) -> str:
    """Return the function as it stands in the finished module, with the imports and helpers it needs."""
    try:
        return replace(task.spec, prefix="", suffix="").assemble(candidate.source).strip("\n") + "\n"
    except ValueError:  # a partial program may not fit the task's header; it is shown as it is
        return candidate.source.strip("\n") + "\n"


def module_text(task: Task, candidate: Candidate) -> str:
    """Return the whole module with the hole filled."""
    return task.spec.assemble(candidate.source)


def tell(text: str) -> None:
    """Print a line for people, on standard error."""
    print(text, file=sys.stderr)


def print_program(source: str, *, colours: bool) -> None:
    """Print a program on standard output, highlighted if `colours`."""
    if not colours:
        sys.stdout.write(source)
        sys.stdout.flush()
        return
    from rich.console import Console

    from proofsmith.cli.view.frame import highlighted

    console = Console(soft_wrap=True)
    for line in highlighted(source):
        console.print(line)


def tell_end(ended: Ended, store: str | None) -> None:
    """Say on standard error how a run ended, with its best program if it was not solved.

    Commands that are suggested name the `store` if the user did.
    """
    solution = ended.solution
    verdict = solution.verdict
    if solution.solved and verdict is not None:
        tell(f"{ended.task.id}: {verdict_words(verdict)}  [{spend_text(solution.spent)}]")
        for note in verdict.notes:
            tell(f"  note: {note}")
    else:
        tell(f"{ended.task.id}: not solved ({reason_words(solution.reason)})  [{spend_text(solution.spent)}]")
        if solution.candidate is not None and verdict is not None:
            tell(f"best program so far: {verdict_words(verdict)}, score {verdict.score:.2f}")
            detail = verdict_detail(verdict)
            if detail:
                tell(f"  {detail}")
            for line in function_text(ended.task, solution.candidate).splitlines():
                tell(f"    {line}")
    for remark in ended.remarks:
        if remark.kind != "error":
            tell(remark_text(remark))
    where = f"{ended.run_id} --store {shlex.quote(store)}" if store else ended.run_id
    tell(f"see the run:  proofsmith show {where}")
    if not solution.solved and solution.reason != "exhausted":
        tell(f"go on:        proofsmith resume {where} --time 60")


def reason_words(reason: str) -> str:
    """Return why a run ended, in words."""
    if reason.startswith("budget: "):
        name = reason.removeprefix("budget: ").replace("_", " ")
        return {"seconds": "the time is used up"}.get(name, f"the budget of {name} is used up")
    return {
        "exhausted": "everything the policy can propose was tried",
        "interrupted": "stopped",
    }.get(reason, reason)


def remark_text(remark: Remark) -> str:
    """Return a remark for people; an ambiguity with what each program does there."""
    if remark.kind != "ambiguous":
        return f"{remark.kind}: {remark.text}"
    told = [f"  {name}: {value}" for name, value in remark.data if name != "call"]
    return "\n".join([f"ambiguous: {remark.text}", *told])


def result_line(ended: Ended) -> str:
    """Return the result as one line of JSON; see `docs/commands.md`."""
    solution = ended.solution
    program: str | None = None
    if solution.candidate is not None:
        program = function_text(ended.task, solution.candidate)
    result: dict[str, Any] = {
        "@": "Result",
        "run": ended.run_id,
        "task": ended.task.id,
        "solved": solution.solved,
        "reason": solution.reason,
        "node": solution.node,
        "program": program,
        "verdict": codec.to_data(solution.verdict),
        "spent": codec.to_data(solution.spent),
        "remarks": [codec.to_data(remark) for remark in ended.remarks],
        "exit_code": ended.code,
    }
    return json.dumps(result, ensure_ascii=False)
