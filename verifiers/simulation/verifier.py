"""The iverilog verifier: a candidate must pass the task's test bench, and cannot speak for it."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass, replace

from proofsmith.budget import Budget
from proofsmith.errors import ProofsmithError, ToolMissing
from proofsmith.source import Span
from proofsmith.types import Assurance, Candidate, Diagnostic, Status, Task, Tool, Verdict
from proofsmith.verifiers.sandbox.settings import SandboxSettings
from proofsmith.verifiers.simulation.blindness import idle, missing_files, settled, with_parameters
from proofsmith.verifiers.simulation.formats import FORMATS, Report, marked, read_report
from proofsmith.verifiers.simulation.guard import (
    Interface,
    compiled_complaints,
    complaints,
    different_interface,
    interface,
)
from proofsmith.verifiers.simulation.icarus import Icarus, Simulated
from proofsmith.verifiers.simulation.settings import SimulationSettings
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verilog_spec import VerilogSpec
from proofsmith.verilog_text import module_names, top_modules

_NAME = r"(?<![\w$`.\\]){}(?![\w$])"
_SHORTEST = 0.2
"""Seconds that must be left for simulating the reference."""
_BENCH, _CANDIDATE = "proofsmith_bench.sv", "candidate.sv"
_INTERFACE = re.compile(r"port|Unknown module type|parameter|missing", re.IGNORECASE)


@dataclass(frozen=True)
class _Parts:
    """The files of a simulation, the order to compile them in, and the root module of the bench."""

    files: dict[str, str]
    order: tuple[str, ...]
    root: str


class SimulationVerifier:
    """Runs a candidate in its task's test bench with Icarus Verilog. A PASS is TESTED.

    The candidate may hold nothing that prints, ends the simulation, or reaches out of its own
    modules, and only lines that begin with a secret mark count, which the bench alone knows.
    """

    name = "iverilog"

    def __init__(self, icarus: Icarus, settings: SimulationSettings) -> None:
        self._icarus = icarus
        self._settings = settings
        self._interfaces: dict[VerilogSpec, Interface] = {}
        self._fair: dict[VerilogSpec, bool] = {}
        self._fits: dict[VerilogSpec, bool] = {}
        self._seeing: dict[VerilogSpec, bool] = {}
        self._idle: dict[VerilogSpec, bool] = {}

    @classmethod
    def create(cls, toolbox: Toolbox) -> SimulationVerifier:
        """Return a verifier that confines simulations as the toolbox's settings say."""
        settings = toolbox.settings_of(SimulationSettings)
        icarus = Icarus(
            toolbox.settings_of(SandboxSettings), settings.iverilog, settings.simulation_memory_mb
        )
        return cls(icarus, settings)

    def close(self) -> None:
        """Nothing to stop: every simulation ends with its check."""

    def check(self, task: Task, candidate: Candidate, budget: Budget) -> Verdict:
        """Simulate the candidate in the bench.

        Raises:
            ToolMissing: Icarus Verilog, or a sandbox that is required, is not installed.
        """
        started = time.monotonic()
        limit = self._settings.simulation_seconds
        seconds = limit if budget.seconds is None else min(limit, budget.seconds)
        try:
            verdict = self._verdict(task, candidate, seconds)
            tool = Tool("iverilog", self._icarus.version)
        except ToolMissing:
            raise
        except ProofsmithError as error:
            verdict, tool = self._say(Status.ERROR, str(error)), None
        notes = () if self._icarus.confined else ("no sandbox",)
        return replace(verdict, seconds=time.monotonic() - started, tool=tool, notes=(*verdict.notes, *notes))

    def _verdict(self, task: Task, candidate: Candidate, seconds: float) -> Verdict:
        spec = task.spec
        if not isinstance(spec, VerilogSpec) or not spec.bench or spec.bench_format not in FORMATS:
            return self._say(Status.UNKNOWN, "the task has no test bench")
        if seconds <= 0:
            return self._say(Status.UNKNOWN, "no time was left to simulate anything")
        names = [name for name, _ in spec.files]
        beside = "\n".join(
            [spec.bench, *(text for name, text in spec.bench_files if name.endswith((".v", ".sv")))]
        )
        bad = complaints(candidate.source, bench=beside, files=names)
        if bad:
            return Verdict(Status.FAIL, self.name, diagnostics=bad)
        if spec.top not in module_names(candidate.source):
            return self._fail(f"there is no module {spec.top}", None)
        deadline = time.monotonic() + seconds
        alone, ports = self._compile_alone(spec, candidate, seconds)
        if alone is not None:
            return alone
        done, report = self._simulate(spec, candidate, deadline)
        if not done.compiled:
            return self._not_compiled(done, spec, deadline)
        if done.timed_out:
            return self._say(Status.TIMEOUT, "the simulation did not end in the time")
        if "is coerced to inout" in done.messages:
            return self._fail("it drives one of its inputs", "forbidden")
        if (done.truncated or done.crashed) and (report.passed is None or report.passed):
            # Whose fault that was is not known: the simulator may have failed, or the bench.
            return self._say(Status.UNKNOWN, "the simulation broke off, or printed too much")
        if not report.passed and (unfair := self._unfair(spec, report, deadline)):
            return self._say(Status.UNKNOWN, unfair)
        if report.passed and spec.bench_format == "rtllm" and ports:
            return self._seen(spec, candidate, ports, deadline) or self._judged(report)
        return self._judged(report)

    def _seen(
        self, spec: VerilogSpec, candidate: Candidate, ports: Interface, deadline: float
    ) -> Verdict | None:
        """Say why it means nothing, or too little, that a bench passed a candidate; ``None`` if it counts."""
        if spec not in self._idle:
            texts = [idle(spec.top, ports, level) for level in (0, 1)]
            tried = [self._passes(spec, text, deadline, late=False) for text in texts]
            if None in tried:
                return self._say(Status.UNKNOWN, "no time was left to see whether the bench tests anything")
            self._idle[spec] = all(tried)
        if self._idle[spec]:
            return self._say(
                Status.UNKNOWN, f"this bench passes a module that does nothing{_without_data(spec)}"
            )
        if with_parameters(spec.bench, spec.top) or not self._sees(spec, ports, deadline):
            return None
        for level in (0, 1):
            passed = self._passes(spec, settled(candidate.source, spec.top, ports, level), deadline)
            if passed is None:
                return self._say(Status.UNKNOWN, "values of its undefined outputs could not be tried")
            if not passed:
                message = f"it passes only while its outputs are undefined: where x is {level}, it fails"
                return self._fail(message, "undefined")
        return None

    def _sees(self, spec: VerilogSpec, ports: Interface, deadline: float) -> bool:
        """Say whether the reference passes whatever its undefined outputs are; without one, as if it did."""
        if not spec.source:
            return True
        if spec not in self._seeing:
            texts = [settled(_reference(spec).source, spec.top, ports, level) for level in (0, 1)]
            tried = [self._passes(spec, text, deadline) for text in texts]
            if None in tried:
                return True
            self._seeing[spec] = all(tried)
        return self._seeing[spec]

    def _passes(
        self, spec: VerilogSpec, source: str, deadline: float, late: bool | None = None
    ) -> bool | None:
        """Say whether the bench passes a text of ours; `late` if that did not compile or end in the time."""
        if deadline - time.monotonic() < _SHORTEST:
            return None
        wait = min(deadline, time.monotonic() + max(_SHORTEST, (deadline - time.monotonic()) / 4))
        done, report = self._simulate(spec, Candidate(source, "verilog"), wait)
        return report.passed is True if done.compiled and not done.timed_out else late

    def _simulate(self, spec: VerilogSpec, candidate: Candidate, deadline: float) -> tuple[Simulated, Report]:
        mark = secrets.token_hex(16)
        parts = _parts(spec, candidate, mark)
        left = deadline - time.monotonic()
        done = self._icarus.simulate(parts.files, parts.order, parts.root, max(left, 0.05))
        return done, read_report(done.output, mark, spec.bench_format)

    def _unfair(self, spec: VerilogSpec, report: Report, deadline: float) -> str:
        """Say why a bench that did not pass a candidate is no evidence against it; empty if it is.

        The reference must pass its bench. A bench that says nothing, without a reference that it
        passes, may be at fault itself.
        """
        if spec.source and spec not in self._fair and deadline - time.monotonic() > _SHORTEST:
            done, said = self._simulate(spec, _reference(spec), deadline)
            if done.compiled and not done.timed_out:
                self._fair[spec] = said.passed is True
        fair = self._fair.get(spec)
        if fair is False:
            return f"the reference does not pass this bench either{_without_data(spec)}"
        if report.passed is None and fair is None:
            return "the bench ended without a result, and no reference shows that it can give one"
        return ""

    def _compile_alone(
        self, spec: VerilogSpec, candidate: Candidate, seconds: float
    ) -> tuple[Verdict | None, Interface]:
        """Compile the candidate without the bench; return what is wrong with it, if anything; its ports."""
        wanted = self._wanted(spec, seconds)
        done = self._alone(spec, candidate.source, spec.top, seconds)
        if done.timed_out:
            return self._say(Status.TIMEOUT, "the compilation did not end in the time"), ()
        if not done.compiled:
            return self._not_compiled(done), ()
        if done.truncated:
            return self._say(Status.UNKNOWN, "what it compiles to is too large to be looked through"), ()
        bad = compiled_complaints(done.output)
        if bad:
            return Verdict(Status.FAIL, self.name, diagnostics=bad), ()
        ports = interface(done.output, spec.top)
        problem = different_interface(ports, wanted) if wanted else ""
        return (self._fail(problem, "interface") if problem else None), ports

    def _wanted(self, spec: VerilogSpec, seconds: float) -> Interface:
        """Return the ports of the reference; empty where there is none that compiles."""
        if not spec.source:
            return ()
        if spec not in self._interfaces:
            done = self._alone(spec, spec.source, spec.reference_top, seconds)
            self._interfaces[spec] = interface(done.output, spec.reference_top) if done.compiled else ()
        return self._interfaces[spec]

    def _alone(self, spec: VerilogSpec, source: str, top: str, seconds: float) -> Simulated:
        files = {**dict(spec.files), _CANDIDATE: source}
        order = [*(n for n, _ in spec.files if n.endswith((".v", ".sv"))), _CANDIDATE]
        return self._icarus.compile(files, order, top, seconds)

    def _not_compiled(
        self, done: Simulated, spec: VerilogSpec | None = None, deadline: float = 0.0
    ) -> Verdict:
        """A candidate that does not compile is wrong; what the compiler itself lacks is not its fault."""
        if done.timed_out:
            return self._say(Status.TIMEOUT, "the compilation did not end in the time")
        text, file, line = done.error
        if text.startswith("sorry") or "sorry:" in done.messages:
            return self._say(Status.UNKNOWN, f"Icarus Verilog does not support this: {text}")
        if file == _CANDIDATE:
            return self._fail(text.removeprefix("error: "), "compile", line)
        if _INTERFACE.search(text) or (spec is not None and self._fitting(spec, deadline)):
            return self._fail(f"it does not fit the bench: {text.removeprefix('error: ')}", "interface")
        return self._say(Status.UNKNOWN, f"the bench does not compile: {text}")

    def _fitting(self, spec: VerilogSpec, deadline: float) -> bool:
        """Say whether the bench compiles with the reference: then it is the candidate that does not fit."""
        if spec.source and spec not in self._fits and deadline - time.monotonic() > _SHORTEST:
            done, _ = self._simulate(spec, _reference(spec), deadline)
            if not done.timed_out:
                self._fits[spec] = done.compiled
        return self._fits.get(spec, False)

    def _judged(self, report: Report) -> Verdict:
        if report.passed is None:
            return self._fail("the bench ended without a result", "no-result")
        if report.passed:
            return Verdict(Status.PASS, self.name, Assurance.TESTED, report.checks, score=1.0)
        return Verdict(
            Status.FAIL,
            self.name,
            score=min(report.score, 0.999),
            diagnostics=report.diagnostics or (Diagnostic("the bench found errors", code="bench"),),
        )

    def _fail(self, message: str, code: str | None, line: int | None = None) -> Verdict:
        span = None if line is None else Span(line)
        return Verdict(Status.FAIL, self.name, diagnostics=(Diagnostic(message, span, code),))

    def _say(self, status: Status, message: str) -> Verdict:
        return Verdict(status, self.name, diagnostics=(Diagnostic(message),))


def _without_data(spec: VerilogSpec) -> str:
    """Say which of its files a bench lacks; empty if none."""
    missing = missing_files(spec.bench, [name for name, _ in (*spec.bench_files, *spec.files)])
    return f", and it reads {missing[0]}, which is not there" if missing else ""


def _reference(spec: VerilogSpec) -> Candidate:
    """Return the reference as a candidate."""
    source = _NAME.format(re.escape(spec.reference_top))
    return Candidate(re.sub(source, spec.top, spec.source), "verilog")


def _parts(spec: VerilogSpec, candidate: Candidate, mark: str) -> _Parts:
    """Put a simulation together; the bench comes first, so that no macro of the candidate reaches it."""
    files = {
        **dict(spec.bench_files),
        **dict(spec.files),
        _BENCH: marked(spec.bench, mark),
        _CANDIDATE: candidate.source,
    }
    beside = [name for name, _ in (*spec.bench_files, *spec.files) if name.endswith((".v", ".sv"))]
    roots = top_modules(spec.bench)
    return _Parts(files, (_BENCH, *beside, _CANDIDATE), roots[0] if roots else "tb")
