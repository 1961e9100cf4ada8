"""More than tests: Z3 and CrossHair over all paths, and all inputs of a small scope.

Functions over ints, bools and tuples of them are translated and put to Z3 (see
`proofsmith.verifiers.contracts`); the program is read there and not run.

CrossHair (https://github.com/pschanely/CrossHair) executes the candidate symbolically in its own
process. That process is sandboxed, and only programs that cannot forge its answer enter it (see
`harmless`). Only "confirmed over all paths", without anything that CrossHair models approximately,
becomes PROVED. A counterexample counts when the candidate fails on it in the ordinary sandbox.
"""

from __future__ import annotations

import ast
import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from proofsmith import process
from proofsmith.errors import ToolMissing
from proofsmith.python_spec import Call, PythonSpec
from proofsmith.types import Assurance, Candidate, Status, Task, Tool, Verdict
from proofsmith.verifiers.assembly import program_text
from proofsmith.verifiers.contracts.contract import ask
from proofsmith.verifiers.properties import verdicts
from proofsmith.verifiers.properties.bench import Bench, OutOfTime, Program
from proofsmith.verifiers.properties.checks import checks_module, unsupported
from proofsmith.verifiers.properties.derived import contract_of
from proofsmith.verifiers.properties.examine import examine, smallest
from proofsmith.verifiers.properties.harmless import bare, inexact, why_not_harmless
from proofsmith.verifiers.properties.judge import Finding
from proofsmith.verifiers.properties.prepare import Prepared
from proofsmith.verifiers.properties.scope import small_scope
from proofsmith.verifiers.sandbox import Sandbox, isolation
from proofsmith.verifiers.scratch import owned_prefix

_CANDIDATE, _REFERENCE, _CHECKS = "proofsmith_candidate", "proofsmith_reference", "proofsmith_checks"

_Z3_SECONDS = 8.0
"""Most time that Z3 is given; what it can prove it mostly proves at once."""

_START_SECONDS = 4.0
"""What starting CrossHair may take beside its work, on a slow machine."""


@dataclass(frozen=True)
class Question:
    """One candidate that passed its tests, and what to ask about it."""

    task: Task[PythonSpec]
    candidate: Candidate
    prepared: Prepared
    bench: Bench

    @property
    def program(self) -> Program:
        """The candidate in its place."""
        return Program(program_text(self.task, self.candidate), self.task.spec.signature.name)


def strengthen(verdict: Verdict, question: Question) -> Verdict:
    """Return `verdict`, a TESTED one, raised to PROVED or BOUNDED, or refuted; or with notes on why not."""
    wanted = question.task.assurance
    better = verdict
    try:
        better = _by_contract(verdict, question)
        if better.status is not Status.PASS or better.accepts(Assurance.PROVED):
            return better
        by_loops = better
        better = _bounded(better, question)
        if better.status is Status.PASS and not better.accepts(Assurance.BOUNDED):
            better = replace(by_loops, notes=better.notes)
        if better.status is Status.PASS and not (wanted is Assurance.BOUNDED and better.accepts(wanted)):
            better = _proved(better, question)
    except OutOfTime:
        better = _noted(better, "there was no time for more")
    return better


def _by_contract(verdict: Verdict, question: Question) -> Verdict:
    """Put the contract to Z3. A refutation counts when the candidate fails on it in the sandbox."""
    spec = question.task.spec
    seconds = min(_Z3_SECONDS, question.bench.left / 2)
    if seconds < 1.0:
        return _noted(verdict, "Z3 was not asked: too little time was left")
    contract = contract_of(spec, question.program.source, seconds)
    answer = ask(contract)
    tool = Tool("z3", verdicts.installed("z3-solver"), "contract over ints, bools and tuples, all paths")
    if answer.outcome == "proved":
        proved = replace(verdict, assurance=Assurance.PROVED, bound="", tool=tool)
        return _noted(proved, "Z3 proved it for all inputs")
    if answer.outcome == "bounded":
        bound = f"loops and recursion up to {contract.unroll} steps"
        bounded = replace(verdict, assurance=Assurance.BOUNDED, bound=bound, tool=tool)
        return _noted(bounded, f"Z3 proved it for {bound}")
    if answer.outcome == "refuted":
        finding = _bad_on(Call(answer.inputs), question)
        if finding is not None:
            return _refuted(replace(verdict, tool=tool), finding, question)
        return _noted(verdict, "Z3's counterexample is none in CPython, so it proves nothing")
    return _noted(verdict, f"Z3 gave no proof: {answer.reason}")


def _bounded(verdict: Verdict, question: Question) -> Verdict:
    """Try every input of a small scope (Jackson's small scope hypothesis, exhaustively)."""
    prepared, spec = question.prepared, question.task.spec
    scope = small_scope(spec, prepared.shapes)
    if scope is None:
        return _noted(verdict, "no small scope to exhaust: the types have none, or too many values in it")
    oracle = prepared.oracle
    calls = tuple(
        c for c, ok in zip(scope.calls, oracle.admitted(question.bench, scope.calls), strict=True) if ok
    )
    if not calls:
        return _noted(verdict, f"no input with {scope.bound} meets the preconditions")
    whole = replace(prepared, calls=calls, expected=tuple(oracle.expected(question.bench, calls)))
    seen = examine(question.program, whole, question.bench)
    if seen.first_bad is not None:
        return _refuted(verdict, seen.first_bad, question)
    if seen.unstable is not None or any(f.kind != "ok" for f in seen.findings):
        return _noted(verdict, f"not every input with {scope.bound} could be judged")
    note = f"all {len(calls)} inputs with {scope.bound} that meet the preconditions were tried"
    return _noted(replace(verdict, assurance=Assurance.BOUNDED, bound=scope.bound), note)


def _proved(verdict: Verdict, question: Question) -> Verdict:
    """Ask CrossHair."""
    spec = question.task.spec
    why = why_not(spec, question.candidate, question.program.source, question.prepared)
    if why:
        return _noted(verdict, f"CrossHair was not asked: {why}")
    seconds = question.bench.left - _START_SECONDS
    if seconds < 1.0:
        return _noted(verdict, "CrossHair was not asked: too little time was left")
    modules = {
        _CANDIDATE: bare(question.program.source),
        _CHECKS: checks_module(spec, question.prepared.shapes, _CANDIDATE, _REFERENCE),
    }
    if spec.reference is not None:
        modules[_REFERENCE] = bare(spec.reference)
    state, message = _ask(modules, seconds, question.bench.sandbox)
    tool = Tool(
        "crosshair", verdicts.installed("crosshair-tool"), "analyze_function, PEP 316 contract, all paths"
    )
    if state == "CONFIRMED":
        proved = replace(verdict, assurance=Assurance.PROVED, bound="", tool=tool)
        return _noted(proved, "CrossHair confirmed it over all paths")
    if state in ("POST_FAIL", "EXEC_ERR", "POST_ERR"):
        finding = _reproduced(message, question)
        if finding is not None:
            return _refuted(replace(verdict, tool=tool), finding, question)
        return _noted(verdict, "CrossHair's counterexample is none in CPython, so it proves nothing")
    if state == "FAILED":
        return _noted(verdict, f"CrossHair failed: {message[:200]}")
    return _noted(verdict, f"CrossHair found no counterexample in {seconds:.3g} s, and no proof")


def why_not(spec: PythonSpec, candidate: Candidate, program: str, prepared: Prepared) -> str:
    """Say why CrossHair must not or cannot judge this, or ``""``."""
    why = unsupported(spec, prepared.shapes)
    if why:
        return why
    harm = why_not_harmless(candidate.source)
    if harm:
        return f"the program would share its process and is not known to be harmless ({harm})"
    texts = [program, spec.reference or "", *(p.expression for p in (*spec.preconditions, *spec.properties))]
    loose = next((what for what in map(inexact, texts) if what), "")
    return f"it only approximates {loose}" if loose else ""


def _ask(modules: dict[str, str], seconds: float, sandbox: Sandbox) -> tuple[str, str]:
    """Run the worker on `modules`; (state, message) as it answers, ``FAILED`` if it does not."""
    job = {"path": isolation.module_path(), "modules": modules, "check": _CHECKS, "seconds": seconds}
    worker = str(Path(__file__).with_name("symbolic_worker.py"))
    command = [isolation.interpreter(), "-I", "-S", "-B"]
    with tempfile.TemporaryDirectory(prefix=owned_prefix("properties")) as scratch:
        if sandbox.kind == "bubblewrap":
            inside = "/run/proofsmith/symbolic_worker.py"
            program = isolation.find_bubblewrap(sandbox.settings.bubblewrap) or sandbox.settings.bubblewrap
            prefix = isolation.sandbox_prefix(program, 16, [(worker, inside)])
            command = [*prefix, *command, inside]
        else:
            command += [worker]
        try:
            done = process.run(
                command,
                seconds=seconds + _START_SECONDS,
                stdin=json.dumps(job),
                cwd=scratch,
                env=isolation.environment(),
                max_output=1_000_000,
            )
        except ToolMissing as error:
            return "FAILED", str(error)
    if done.timed_out:
        return "TIMEOUT", ""
    try:
        answer = json.loads(done.stdout)
        return str(answer["state"]), str(answer["message"])
    except (ValueError, KeyError, TypeError):
        return "FAILED", done.stderr[-200:] or f"exit code {done.code}"


def _reproduced(message: str, question: Question) -> Finding | None:
    """Run CrossHair's counterexample in the ordinary sandbox; what fails there is a failure."""
    call = counterexample_call(message, len(question.prepared.shapes))
    return None if call is None else _bad_on(call, question)


def _bad_on(call: Call, question: Question) -> Finding | None:
    """Return what is wrong with the candidate on one input that meets the preconditions, if anything."""
    oracle = question.prepared.oracle
    if not oracle.admitted(question.bench, [call])[0]:
        return None
    one = replace(question.prepared, calls=(call,), expected=tuple(oracle.expected(question.bench, [call])))
    return examine(question.program, one, question.bench).first_bad


def counterexample_call(message: str, places: int) -> Call | None:
    """Read ``... when calling check(1, b = 'x') ...`` out of CrossHair's message."""
    start = message.find("check(")
    for end in (i + 1 for i, c in enumerate(message) if c == ")" and i > start >= 0):
        try:
            node = ast.parse(message[start:end], mode="eval").body
        except (SyntaxError, ValueError):
            continue
        if not isinstance(node, ast.Call):
            continue
        try:
            values = [ast.literal_eval(a) for a in (*node.args, *(k.value for k in node.keywords))]
        except ValueError:
            return None
        return Call(tuple(values)) if len(values) == places else None
    return None


def _refuted(verdict: Verdict, bad: Finding, question: Question) -> Verdict:
    bad = smallest(bad, question.program, question.prepared, question.bench)
    kept = tuple(n for n in verdict.notes if n == verdicts.NO_SANDBOX)
    return verdicts.refuted(replace(verdict, notes=kept), bad, question.task.spec)


def _noted(verdict: Verdict, note: str) -> Verdict:
    return replace(verdict, notes=(*verdict.notes, note))
