"""Blocks of a program, what they did on the input that failed, and which lines are to blame.

The feedback of RethinkMCTS (Li et al. 2024): the program is cut into basic blocks, it is run on a failing
input, and the values after each block show where it first goes wrong.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from proofsmith.budget import Budget
from proofsmith.errors import ProofsmithError
from proofsmith.python_spec import Call, PythonSpec
from proofsmith.types import Candidate, Task, Verdict
from proofsmith.verifiers.assembly import program_text
from proofsmith.verifiers.toolbox import Toolbox

_STEPS = 400
"""Steps of a program that are looked at."""
_SHOWN = 12
"""Visits of blocks that are shown, from the last ones before the end."""
_TRACER = '''

def _proofsmith_trace(args, kwargs):
    """Run the function and note each line that was reached, with the local values then."""
    import sys

    steps = []
    own = sys._getframe().f_code.co_filename

    def show(frame):
        values = []
        for name, value in list(frame.f_locals.items())[:12]:
            try:
                text = repr(value)
            except Exception:
                text = "?"
            values.append(name + "=" + (text if len(text) <= 60 else text[:28] + " .. " + text[-28:]))
        return ", ".join(values)

    def local(frame, event, argument):
        if event in ("line", "return") and len(steps) < {steps}:
            steps.append([frame.f_lineno if event == "line" else -frame.f_lineno, show(frame)])
        return local

    def enter(frame, event, argument):
        inside = frame.f_code.co_filename == own and frame.f_code.co_name not in ("show", "<module>")
        return local if inside and len(steps) < {steps} else None

    sys.settrace(enter)
    try:
        end = "returned " + repr({function}(*args, **dict(kwargs)))[:200]
    except BaseException as error:
        end = "raised " + type(error).__name__ + ": " + str(error)[:200]
    finally:
        sys.settrace(None)
    return [steps, end]
'''


@dataclass(frozen=True)
class CodeBlock:
    """A basic block: one-based first and last line of the program, and its first line's text."""

    number: int
    first: int
    last: int


def code_blocks(source: str) -> tuple[CodeBlock, ...]:
    """Return the basic blocks of a program's functions, numbered from 1; none if it does not parse."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    runs: list[tuple[int, int]] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            _blocks_of(node.body, runs)
    return tuple(CodeBlock(i, first, last) for i, (first, last) in enumerate(sorted(runs), 1))


def numbered(source: str) -> str:
    """Return a program with the number of its block in front of each line."""
    of_line = {line: b.number for b in code_blocks(source) for line in range(b.first, b.last + 1)}
    lines = source.splitlines()
    width = len(str(max(of_line.values(), default=0)))
    return "\n".join(f"{of_line.get(i, ''):>{width}} | {line}" for i, line in enumerate(lines, 1)) + "\n"


def trace(
    task: Task[PythonSpec], candidate: Candidate, call: Call, toolbox: Toolbox, seconds: float | None
) -> str:
    """Return what the program's blocks did on `call`, one visit a line; empty where that cannot be told.

    Raises:
        ToolFailure: the sandbox failed.
    """
    try:
        program = program_text(task, candidate)
    except ValueError:
        return ""
    name = task.spec.signature.name
    blocks = code_blocks(program)
    text = program.rstrip("\n") + "\n" + _TRACER.replace("{steps}", str(_STEPS)).replace("{function}", name)
    limits = toolbox.sandbox.limits(seconds)
    asked = Call((list(call.args), [list(pair) for pair in call.kwargs]))
    run = toolbox.sandbox.run(text, "_proofsmith_trace", (asked,), limits)
    outcome = run.results[0].outcome if run.results else None
    value = None if outcome is None else outcome.value
    if not (isinstance(value, list) and len(value) == 2 and isinstance(value[0], list)):
        return ""  # it did not end, or meddled with the tracing
    return _visits(blocks, program, value[0], str(value[1]))


def trace_of(task: Task, candidate: Candidate, verdict: Verdict, toolbox: Toolbox, budget: Budget) -> str:
    """Return what the program did on the input that failed, or the lines the verifier blames."""
    counterexample = verdict.counterexample
    example = None if counterexample is None else counterexample.example
    if isinstance(task.spec, PythonSpec) and example is not None:
        try:
            told = trace(task, candidate, example.call, toolbox, budget.seconds)
        except ProofsmithError:
            told = ""  # a trace is a help, not a judgement
        if told:
            return told
    return blamed_lines(candidate, verdict)


def blamed_lines(candidate: Candidate, verdict: Verdict) -> str:
    """Return the lines of the program that the verifier names, each with what it says; empty if none."""
    lines = candidate.source.splitlines()
    told = []
    for diagnostic in verdict.diagnostics[:8]:
        span = diagnostic.span
        if span is not None and 0 < span.line <= len(lines):
            told.append(f"line {span.line}: {lines[span.line - 1].strip()}\n    {diagnostic.message}")
    return "\n".join(told)


def _blocks_of(body: list[ast.stmt], runs: list[tuple[int, int]]) -> None:
    run: tuple[int, int] | None = None
    for node in body:
        inner = [
            b
            for name in ("body", "orelse", "finalbody")
            if isinstance(b := getattr(node, name, None), list) and b
        ]
        for handler in getattr(node, "handlers", ()):
            inner.append(handler.body)
        for case in getattr(node, "cases", ()):
            inner.append(case.body)
        if not inner:
            last = node.end_lineno or node.lineno
            run = (node.lineno, last) if run is None else (run[0], last)
            continue
        if run is not None:
            runs.append(run)
            run = None
        runs.append((node.lineno, max(node.lineno, inner[0][0].lineno - 1)))
        for part in inner:
            _blocks_of(part, runs)
    if run is not None:
        runs.append(run)


def _visits(blocks: tuple[CodeBlock, ...], program: str, steps: list[object], end: str) -> str:
    of_line = {line: b for b in blocks for line in range(b.first, b.last + 1)}
    lines = program.splitlines()
    visits: list[tuple[CodeBlock, str]] = []
    current: CodeBlock | None = None
    for step in steps:
        if not (isinstance(step, list) and len(step) == 2 and isinstance(step[0], int)):
            continue
        block, values = of_line.get(abs(step[0])), str(step[1])
        if current is not None and (block is not current or step[0] < 0):
            visits.append((current, values))
        current = block if step[0] > 0 else None
    shown = visits[-_SHOWN:]
    told = [f"... {len(visits) - len(shown)} visits before"] if len(visits) > len(shown) else []
    for block, values in shown:
        head = lines[block.first - 1].strip()
        told.append(f"block at line {block.first} ({head[:60]}): {values}")
    return "\n".join([*told, end])
