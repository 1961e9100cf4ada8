"""How the end of a run is told: the program on standard output, all else on standard error."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import replace
from typing import Any

from proofsmith import codec
from proofsmith.budget import Spend
from proofsmith.cli.diff import difference
from proofsmith.cli.optimised import optimisation_lines
from proofsmith.cli.searching import Ended
from proofsmith.cli.view.text import ends_of, spend_text, verdict_detail, verdict_words
from proofsmith.dafny_spec import DafnySpec
from proofsmith.events import Remark
from proofsmith.python_spec import PythonSpec
from proofsmith.types import Candidate, Task


def program_text(task: Task, candidate: Candidate) -> str:
    """Return the program for people: of a Python task the function as it stands in the finished module.

    The imports and helpers that it needs come with it, the rest of the module does not.
    """
    if isinstance(task.spec, PythonSpec):
        try:
            bare = replace(task.spec, prefix="", suffix="")
            return bare.assemble(candidate.source).strip("\n") + "\n"
        except ValueError:  # a wrong program may not fit the task's header; it is shown as it is
            pass
    return candidate.source.strip("\n") + "\n"


def complete_program(task: Task, candidate: Candidate) -> str:
    """Return the program as a file of its own: of a Python task the whole module, the hole filled."""
    if isinstance(task.spec, PythonSpec):
        return task.spec.assemble(candidate.source)
    if isinstance(task.spec, DafnySpec):
        return candidate.source
    return program_text(task, candidate)


def tell(text: str) -> None:
    """Print a line for people, on standard error."""
    print(text, file=sys.stderr)


def print_program(source: str, language: str | None) -> None:
    """Print a program on standard output, in the colours of `language` unless it is ``None``."""
    if language is None:
        sys.stdout.write(source)
        sys.stdout.flush()
        return
    from proofsmith.cli.view.console import SafeConsole
    from proofsmith.cli.view.frame import highlighted

    console = SafeConsole(soft_wrap=True)
    console.print()
    for line in highlighted(source, language):
        console.print(line)


def tell_end(ended: Ended, store: str | None) -> None:
    """Say on standard error how a run ended, with its best program if it was not solved.

    Commands that are suggested name the `store` if the user did.
    """
    solution = ended.solution
    verdict = solution.verdict
    if solution.solved and verdict is not None:
        tell(f"{ended.task.id}: {verdict_words(verdict)}")
        tell(f"  {spend_text(solution.spent, solution.tree.unpriced)}")
        for line in optimisation_lines(ended.task.spec, solution):
            tell(line)
        for note in verdict.notes:
            tell(f"  note: {note}")
    else:
        tell(f"{ended.task.id}: not solved ({reason_words(solution.reason)})")
        for why in (*_infeasible(ended), *_unsure(ended)):
            tell(f"  {why}")
        tell(f"  {spend_text(solution.spent, solution.tree.unpriced)}")
        if solution.candidate is not None and verdict is not None:
            tell(f"best program so far: {verdict_words(verdict)}, score {verdict.score:.2f}")
            detail = verdict_detail(verdict)
            if detail:
                tell(f"  {detail}")
            for line in program_text(ended.task, solution.candidate).splitlines():
                tell(f"    {line}")
    answered = _answered(ended)
    for remark in ended.remarks:
        if remark.kind != "error" and dict(remark.data).get("call") not in answered:
            tell(remark_text(remark))
    where = f"{ended.run_id} --store {shlex.quote(store)}" if store else ended.run_id
    tell(f"see the run:  proofsmith show {where}")
    if not solution.solved and solution.reason != "exhausted":
        tell(f"go on:        proofsmith resume {where}{_more(solution.reason, solution.spent)}")


def _infeasible(ended: Ended) -> list[str]:
    """Return what policies found out about there being no program at all."""
    found = (node.proposal for node in ended.solution.tree if node.is_thought)
    return [p.thought for p in found if p is not None and p.operator == "infeasible"]


def _unsure(ended: Ended) -> list[str]:
    """Say what helps where the symbolic policy found nothing that it would stand for.

    It proposes programs that fit the examples more surely than one of so many does by chance.
    """
    spec, solution = ended.task.spec, ended.solution
    started = solution.tree.started
    symbolic = started is not None and started.policy == "symbolic"
    if not (symbolic and isinstance(spec, PythonSpec)) or solution.spent.candidates:
        return []
    count = len(spec.examples)
    told = f"{count} example{'' if count == 1 else 's'}"
    return [f"no program fits {told} more surely than by chance: more examples or type hints help"]


def _answered(ended: Ended) -> set[str]:
    """Return the calls about which the user was asked and has answered, as source text."""
    if not isinstance(ended.task.spec, PythonSpec):
        return set()
    name = ended.task.spec.signature.name
    return {e.call.render(name) for e in ended.solution.tree.evidence if e.origin == "user"}


def _more(reason: str, spent: Spend) -> str:
    """Return the flag that gives more of what was used up."""
    name = reason.removeprefix("budget: ")
    if name == "seconds":
        return f" --time {max(60, round(spent.seconds)):d}"
    if name in ("candidates", "verifier_calls"):
        return f" --{name.replace('_', '-')} {2 * getattr(spent, name)}"
    if name in ("model_calls", "tokens", "cost"):
        amount = getattr(spent, name)
        return f" --max-{name.removeprefix('model_')} {2 * amount:g}" if amount else ""
    return ""


def reason_words(reason: str) -> str:
    """Return why a run ended, in words."""
    if reason.startswith("budget: "):
        name = reason.removeprefix("budget: ").replace("_", " ")
        return {"seconds": "the time is used up"}.get(name, f"the budget of {name} is used up")
    return {
        "exhausted": "everything the policy can propose was tried",
        "interrupted": "stopped",
    }.get(reason, ends_of(reason))


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
        program = program_text(ended.task, solution.candidate)
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
    if solution.candidate is not None:
        added = difference(ended.task, solution.candidate)
        result |= {} if added is None else {"diff": added}
    return json.dumps(result, ensure_ascii=False)
