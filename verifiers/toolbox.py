"""The processes that verifiers share: one toolbox for a run, closed at its end."""

from __future__ import annotations

import threading
from types import TracebackType

from proofsmith.verifiers.sandbox import Sandbox, SandboxSettings
from proofsmith.verifiers.smt.pool import SolverPool
from proofsmith.verifiers.smt.settings import SmtSettings


class Toolbox:
    """Holds the sandbox and the solvers, started when first used; a context manager, safe for threads."""

    def __init__(self, settings: SandboxSettings | None = None, smt: SmtSettings | None = None) -> None:
        self.settings = settings or SandboxSettings()
        self._lock = threading.Lock()
        self._solvers = SolverPool(smt)
        self._sandbox: Sandbox | None = None

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox of this toolbox."""
        with self._lock:
            if self._sandbox is None:
                self._sandbox = Sandbox(self.settings)
            return self._sandbox

    @property
    def solvers(self) -> SolverPool:
        """The SMT solvers of this toolbox."""
        return self._solvers

    def close(self) -> None:
        """Stop every process. May be called twice."""
        with self._lock:
            sandbox, self._sandbox = self._sandbox, None
        self._solvers.close()
        if sandbox is not None:
            sandbox.close()

    def __enter__(self) -> Toolbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
