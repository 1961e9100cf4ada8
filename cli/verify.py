"""``proofsmith verify``: judge a program that is already there."""

from __future__ import annotations

import ast
import json
import sys
from dataclasses import replace
from pathlib import Path

from proofsmith import codec
from proofsmith.agents.judge import Judge
from proofsmith.budget import Meter
from proofsmith.cli.clock import began
from proofsmith.cli.dafny import SUFFIX, own_text, tasks_against
from proofsmith.cli.exits import FAILURE, SOLVED, UNSOLVED
from proofsmith.cli.options import VerifyOptions
from proofsmith.cli.preparing import prepare_all
from proofsmith.cli.searching import warn_about_sandbox
from proofsmith.cli.settings import gather
from proofsmith.cli.verilog import comparison, write_waveform
from proofsmith.cli.view.text import (
    counterexample_text,
    ends_of,
    part_text,
    place_text,
    seconds_text,
    verdict_words,
)
from proofsmith.environments.finished import finished
from proofsmith.environments.holes import functions, signature_of
from proofsmith.environments.load import load, split_target
from proofsmith.environments.pytest_file import is_test_file
from proofsmith.errors import BadInput
from proofsmith.logic_spec import SmtScript
from proofsmith.python_spec import PythonSpec
from proofsmith.types import Candidate, Counterexample, Status, Task, Verdict
from proofsmith.verifiers.table import VERIFIERS
from proofsmith.verifiers.toolbox import Toolbox

_SHOWN = 10
_LINE = 60
"""Characters of inputs that are shown on one line."""


def run(options: VerifyOptions) -> int:
    """Judge the program for every task in the file and print the verdicts."""
    settings = gather(options)
    pairs, missing = questions(options)
    for name in missing:
        print(f"proofsmith: note: {name} has no body yet", file=sys.stderr)
    codes = [UNSOLVED] if missing else []
    with Toolbox(*settings.tools) as toolbox:
        warn_about_sandbox(toolbox)
        prepared = prepare_all([task for task, _ in pairs], settings.run, toolbox, began())
        for (_, candidate), ready in zip(pairs, prepared, strict=True):
            task, meter = ready.task, Meter(settings.run.budget, began=ready.began)
            verdict, verdicts = judge(task, candidate, meter, toolbox)
            accepted = verdict.accepts(task.assurance)
            failed = verdict.status is Status.ERROR
            codes.append(SOLVED if accepted else FAILURE if failed else UNSOLVED)
            if options.json:
                _print_json(task, candidate, verdict, verdicts, accepted)
            else:
                _print_words(task, verdict, verdicts, accepted)
            if options.vcd is not None and verdict.status is Status.FAIL:
                write_waveform(task, candidate, options.vcd, toolbox)
    return max(codes)


def questions(options: VerifyOptions) -> tuple[list[tuple[Task, Candidate]], tuple[str, ...]]:
    """Return what is to be judged and the program for each, and the names of functions without a body.

    Raises:
        BadInput: a file cannot be used, or there is no program to judge.
    """
    if options.against is not None:
        text = read_program(options.candidate or options.file)
        dafny = options.file.endswith(SUFFIX)
        tasks = tasks_against(options.against) if dafny else comparison(options, text)
        return [(task, Candidate(text, task.language)) for task in tasks], ()
    target, function = options.file, options.top or options.target
    if options.candidate is None and split_target(target)[0].endswith(".py"):
        found, missing = finished(target, function)
        return [(one.task, one.candidate) for one in found], missing
    tasks = load(target, function=function)
    own = ["" if isinstance(task.spec, SmtScript) else own_text(task) for task in tasks]
    if options.candidate is not None or None in own:
        text = read_program(options.candidate)
        tasks = tuple(_headed_by(text, task) for task in tasks)
        own = [extract(task, text) for task in tasks]
    return [(task, Candidate(text or "", task.language)) for task, text in zip(tasks, own, strict=True)], ()


def read_program(path: str | None) -> str:
    """Return the text of the program at `path`.

    Raises:
        BadInput: there is no path, or the file cannot be read as UTF-8 text.
    """
    if path is None:
        raise BadInput("verify needs a program to judge", hint="name it with --candidate PROGRAM")
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        cause = f"is not UTF-8 text (byte {error.start})"
        raise BadInput(cause, path=path, hint="save it as UTF-8") from None
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", path=path) from None


def extract(task: Task, text: str) -> str:
    """Return the candidate in `text`: the function, its imports, and helpers that the task lacks.

    `text` may be the task's own module with the hole filled: what the task's module defines around
    the function is left out, because the task's own text stands there. A text that does not
    parse is returned as it is, for the verifier to refuse.
    """
    if not isinstance(task.spec, PythonSpec):
        return text
    try:
        tree = ast.parse(text)
        own = _names(ast.parse(task.spec.prefix + "\n")) | _names(ast.parse(task.spec.suffix + "\n"))
    except (SyntaxError, ValueError):
        return text
    wanted = task.spec.signature.name
    kept = []
    for node in tree.body:
        names = _names(ast.Module([node], []))
        definition = isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign)
        if isinstance(node, ast.Import | ast.ImportFrom) or (
            definition and (wanted in names or not names & own)
        ):
            kept.append(_source(text, node))
    return "\n\n\n".join(kept) + "\n"


def _headed_by(text: str, task: Task) -> Task:
    """Return `task` with the program's own header where only calls in a test file show what it may be."""
    if not isinstance(task.spec, PythonSpec) or task.spec.header or not is_test_file(task.origin.path):
        return task
    try:
        found = {node.name: node for node in functions(ast.parse(text))}
    except (SyntaxError, ValueError):
        return task
    node = found.get(task.spec.signature.name)
    return task if node is None else task.with_spec(replace(task.spec, signature=signature_of(node)))


def _names(tree: ast.Module) -> set[str]:
    """Return the names that the top-level definitions and assignments of a module bind."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
    return found


def _source(text: str, node: ast.stmt) -> str:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(d.lineno for d in decorators)])
    return "\n".join(text.split("\n")[first - 1 : node.end_lineno])


def judge(
    task: Task, candidate: Candidate, meter: Meter, toolbox: Toolbox
) -> tuple[Verdict, tuple[Verdict, ...]]:
    """Ask the task's verifiers in order; return the deciding verdict, and all of them."""
    verifiers = [VERIFIERS.get(name).create(toolbox) for name in task.verifiers]
    judge = Judge(verifiers, meter)
    try:
        verdicts = judge.rest(task, candidate, judge.first(task, candidate))
        return judge.decide(verdicts), verdicts
    finally:
        judge.close()


def _print_json(
    task: Task, candidate: Candidate, verdict: Verdict, verdicts: tuple[Verdict, ...], accepted: bool
) -> None:
    result = {
        "@": "Verification",
        "task": task.id,
        "candidate": candidate.hash,
        "accepted": accepted,
        "verdict": codec.to_data(verdict),
        "verdicts": codec.to_data(verdicts),
    }
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")


def _print_words(task: Task, verdict: Verdict, verdicts: tuple[Verdict, ...], accepted: bool) -> None:
    wanted = "" if accepted or verdict.assurance is None else f", but {task.assurance.value} is wanted"
    print(f"{task.id}: {verdict_words(verdict)}{wanted}")
    for one in verdicts:
        tool = f", {one.tool.name} {one.tool.version}" if one.tool is not None else ""
        print(f"  {one.verifier}: {verdict_words(one)}  [{seconds_text(one.seconds)}{tool}]")
        for note in one.notes:
            print(f"    note: {note}")
        for part in one.parts:
            print(f"    {part_text(part)}")
        if one.metrics:
            print("    " + ", ".join(f"{name.replace('_', '-')} {value:g}" for name, value in one.metrics))
        for diagnostic in one.diagnostics[:_SHOWN]:
            print(f"    {place_text(diagnostic)}{ends_of(diagnostic.message)}")
        if len(one.diagnostics) > _SHOWN:
            print(f"    and {len(one.diagnostics) - _SHOWN} more")
    if verdict.counterexample is not None:
        _print_counterexample(verdict.counterexample)


def _print_counterexample(found: Counterexample) -> None:
    """Print it on a line if its inputs fit there, else with a line for each input or clock cycle."""
    if sum(len(name) + len(value) + 3 for name, value in found.inputs) <= _LINE:
        print(f"  counterexample: {counterexample_text(found)}")
        return
    print("  counterexample:")
    for name, value in found.inputs:
        print(f"    {name}: {ends_of(value)}")
    outcome = replace(found, inputs=())
    print(f"    {counterexample_text(outcome).removeprefix(': ')}")
