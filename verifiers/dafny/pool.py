"""Warm Dafny servers: as many verdicts a second as the cores give, and no hanging process."""

from __future__ import annotations

import os
import shlex
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType

from proofsmith.dafny_spec import IncludedDafny
from proofsmith.errors import ToolFailure
from proofsmith.verifiers.dafny.cache import Plan, ProofCache
from proofsmith.verifiers.dafny.cold import ColdQuery, confirm_cold, try_out_cold
from proofsmith.verifiers.dafny.guarded import OutOfTime
from proofsmith.verifiers.dafny.included import IncludeFolders
from proofsmith.verifiers.dafny.layout import Layout, layout_of
from proofsmith.verifiers.dafny.output import read_output
from proofsmith.verifiers.dafny.report import Crashed, MethodResult, Outcome, Report, status_of
from proofsmith.verifiers.dafny.server import OWN_NAME, Broken, Query, Server, arguments, cause_of
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.dafny.tools import Dafny, find_dafny
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.workers.pool import WarmPool


class DafnyPool:
    """Warm servers, started when first used; safe for threads.

    Get it by ``toolbox.shared(DafnyPool.create)``. A server that crashed, hung or grew is killed
    with its Z3 and replaced; nothing survives the pool, or the process that made it. Where Dafny
    has no server of the kind (Dafny 4), every call is one of the command line.
    """

    def __init__(self, settings: DafnySettings | None = None) -> None:
        self.settings = settings or DafnySettings()
        self._slots = threading.Semaphore(self.size)
        self._finding = threading.Lock()
        self.servers: WarmPool[None, Server] = WarmPool(
            lambda _: Server(self.dafny, self.settings), "the Dafny servers"
        )
        self._cache = ProofCache()
        self._folders = IncludeFolders()
        self._dafny: Dafny | None = None
        self._trusted = False

    @classmethod
    def create(cls, toolbox: Toolbox) -> DafnyPool:
        """Return a pool with the settings of `toolbox`."""
        return cls(toolbox.settings_of(DafnySettings))

    @property
    def size(self) -> int:
        """How many files are verified at the same time."""
        return self.settings.dafny_servers or len(os.sched_getaffinity(0))

    @property
    def dafny(self) -> Dafny:
        """The Dafny in use; found at the first call.

        Raises:
            ToolMissing: Dafny or its Z3 is not installed.
            ToolFailure: one does not work.
        """
        with self._finding:
            if self._dafny is None:
                self._dafny = find_dafny(self.settings)
            return self._dafny

    def warm(self, count: int = 1) -> None:
        """Start `count` servers now; they load while the caller does something else."""
        if self.dafny.server:
            self.servers.fill(None, min(count, self.size))

    def verify(
        self,
        source: str,
        *,
        seconds: float,
        includes: Sequence[IncludedDafny] = (),
        method_seconds: float | None = None,
        strict: bool = True,
        cached: bool = True,
    ) -> Report:
        """Verify a Dafny text, which may include `includes`, on a warm server within `seconds` of wall clock.

        Good for searching; a final answer needs `confirm`. Each proof may take `method_seconds` (whole
        ones; default: the setting's). With `strict`, what the text assumes must be proved. With
        `cached`, methods that were proved before, and nothing that they depend on has changed, are
        not proved again; their results say so.

        Raises:
            ToolMissing: Dafny or its Z3 is not installed.
            Crashed: two servers that had judged other texts rightly crashed on this one.
            ToolFailure: they do not work at all.
        """
        started = time.monotonic()
        if not self.dafny.server:
            return self.confirm(source, seconds=seconds, includes=includes, strict=strict)
        limit = max(1, int(min(method_seconds or self.settings.dafny_method_seconds, seconds)))
        filename = str(self._folders.folder(includes) / OWN_NAME) if includes else OWN_NAME
        query = Query(source, filename, limit, strict=strict)
        layout = layout_of(source) if cached else None
        plan = self._cache.plan(layout, strict, limit) if layout is not None else None
        if layout is not None and plan is not None:
            report = self._complete(query, layout, plan, started, started + seconds)
            if report is not None:
                return report
        report, ended = self._prove(query, started, started + seconds)
        if layout is not None and ended and _tidy(report):
            self._cache.keep(layout, strict, limit, report.methods, whole=True)
        return report

    def _complete(
        self, query: Query, layout: Layout, plan: Plan, started: float, deadline: float
    ) -> Report | None:
        """Prove what is missing; ``None`` if the server did not answer to exactly that."""
        fresh: dict[str, MethodResult] = {}
        report = Report("verified", version=self.dafny.version, command=self._command(query))
        if plan.missing:
            report, ended = self._prove(replace(query, only=plan.missing), started, deadline)
            if report.status == "syntax":
                return report
            fresh = {method.name: method for method in report.methods}
            if ended and (set(fresh) != set(plan.missing) or not _tidy(report)):
                return None
            if ended:
                self._cache.keep(layout, query.strict, query.method_seconds, report.methods, whole=False)
        together = plan.known | fresh
        methods = tuple(together[name] for name in plan.order if name in together)
        faults = tuple(fault for method in methods for fault in method.faults)
        status = report.status if report.note else status_of(methods, faults)
        seconds = time.monotonic() - started
        return replace(report, status=status, methods=methods, faults=faults, seconds=seconds)

    def confirm(
        self,
        source: str,
        *,
        expected: int = 0,
        seconds: float,
        includes: Sequence[IncludedDafny] = (),
        strict: bool = True,
    ) -> Report:
        """Verify a text by a cold call of the command line, everything anew.

        The report is ``verified`` only with at least `expected` proofs, and only if Dafny and its Z3
        have judged a right and a wrong method rightly. Raises as `verify`; `Crashed` if it has judged
        those rightly since.
        """
        deadline = time.monotonic() + seconds
        self.warm()
        query = ColdQuery(source, expected, seconds, tuple(includes), strict)
        try:
            report = confirm_cold(self.dafny, self.settings, query)
        except Crashed as crash:
            if not try_out_cold(self.dafny, self.settings, deadline):
                raise ToolFailure(str(crash)) from None
            raise
        if report.verified and not self._trusted and not self._try_out(deadline):
            return replace(report, status="timeout", note="there was no time to try out Dafny and its Z3")
        return report

    def _try_out(self, deadline: float) -> bool:
        """Have Dafny judge what is known; return whether there was time for it.

        Raises:
            ToolFailure: it misjudges.
        """
        if not self.dafny.server:
            self._trusted = try_out_cold(self.dafny, self.settings, deadline)
            return self._trusted
        if not self._slots.acquire(timeout=max(0.0, deadline - time.monotonic())):
            return False
        try:
            server = self.servers.take(None)
            try:
                server.get_ready(deadline)
            except BaseException as error:
                self.servers.give_back(server, broken=not isinstance(error, OutOfTime))
                if isinstance(error, OutOfTime):
                    return False
                raise
            self.servers.give_back(server, broken=False)
            self._trusted = True
            return True
        finally:
            self._slots.release()

    def close(self) -> None:
        """Stop every process. May be called twice."""
        self.servers.close()
        self._folders.close()

    def __enter__(self) -> DafnyPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _prove(self, query: Query, started: float, deadline: float) -> tuple[Report, bool]:
        """Have a server answer; also return whether it came to its end in time."""
        if not self._slots.acquire(timeout=max(0.0, deadline - time.monotonic())):
            return self._late(query, started, "", "no server was free"), False
        try:
            for last in (False, True):
                try:
                    reply = self._ask(query, deadline)
                except OutOfTime as late:
                    return self._late(query, started, late.output, "the time was used up"), False
                except Broken as broken:
                    if last or self.servers.closed:
                        if self.servers.closed:
                            raise ToolFailure("Dafny was closed while it worked") from None
                        cause = cause_of(broken.output)
                        raise Crashed(f"Dafny crashed on this program: {cause}") from None
                else:
                    return self._report(query, reply, started), True
            raise AssertionError("unreachable")
        finally:
            self._slots.release()

    def _ask(self, query: Query, deadline: float) -> str:
        server = self.servers.take(None)
        try:
            server.get_ready(deadline)
        except OutOfTime:
            self.servers.give_back(server, broken=False)  # it goes on warming up
            raise
        except ToolFailure:
            self.servers.give_back(server, broken=True)
            raise
        self._trusted = True
        try:
            reply = server.ask(query, deadline)
        except BaseException:
            self.servers.give_back(server, broken=True)
            self._replace()
            raise
        overgrown = server.overgrown
        self.servers.give_back(server, broken=overgrown)
        if overgrown:
            self._replace()
        return reply

    def _replace(self) -> None:
        """Start a server in place of one that was given up, so that the next query finds it warm."""
        self.warm(len(self.servers.idle) + len(self.servers.busy) + 1)

    def _report(self, query: Query, reply: str, started: float) -> Report:
        reading = read_output(reply, query.filename)
        status = status_of(reading.methods, reading.faults)
        return Report(
            status,
            reading.methods,
            reading.faults,
            self.dafny.version,
            self._command(query),
            time.monotonic() - started,
            reply,
        )

    def _late(self, query: Query, started: float, output: str, note: str) -> Report:
        reading = read_output(output, query.filename)
        methods = reading.methods
        if reading.unfinished:
            methods = (*methods, MethodResult(reading.unfinished, 0, Outcome.TIMEOUT))
        return Report(
            "timeout",
            methods,
            reading.faults,
            self.dafny.version,
            self._command(query),
            time.monotonic() - started,
            output,
            note,
        )

    def _command(self, query: Query) -> str:
        return shlex.join([*self.dafny.server, *arguments(self.dafny, query)])


def _tidy(report: Report) -> bool:
    """Whether every error of an ended report belongs to a method, so that the methods say all."""
    return report.status != "syntax" and report.faults == tuple(f for m in report.methods for f in m.faults)
