"""The processes that verifiers share: one toolbox for a run, closed at its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, TypeVar, cast

from proofsmith.verifiers.sandbox import Sandbox, SandboxSettings
from proofsmith.verifiers.smt.pool import SolverPool
from proofsmith.verifiers.smt.settings import SmtSettings

S = TypeVar("S")


class Closable(Protocol):
    """Something that holds processes."""

    def close(self) -> None:
        """Stop every process. May be called twice."""
        ...


C = TypeVar("C", bound=Closable)


class Toolbox:
    """Holds the sandbox, the solvers and other warm tools; a context manager, safe for threads.

    Args:
        settings: instances of settings classes, at most one of each class; a class that is not
            among them has its defaults. Everything is started when it is first used.
    """

    def __init__(self, *settings: object) -> None:
        self._settings = {type(item): item for item in settings}
        self._lock = threading.RLock()
        self._shared: dict[object, Closable] = {}
        self.settings = self.settings_of(SandboxSettings)

    def settings_of(self, cls: type[S]) -> S:
        """Return the settings of class `cls` that are in force."""
        found = self._settings.get(cls)
        return cls() if found is None else cast(S, found)

    def shared(self, create: Callable[[Toolbox], C]) -> C:
        """Return what `create` makes of this toolbox, made once and closed with it."""
        with self._lock:
            if create not in self._shared:
                self._shared[create] = create(self)
            return cast(C, self._shared[create])

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox of this toolbox."""
        return self.shared(_sandbox)

    @property
    def solvers(self) -> SolverPool:
        """The SMT solvers of this toolbox."""
        return self.shared(_solvers)

    def close(self) -> None:
        """Stop every process. May be called twice."""
        with self._lock:
            shared, self._shared = list(self._shared.values()), {}
        for item in shared:
            item.close()

    def __enter__(self) -> Toolbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _sandbox(toolbox: Toolbox) -> Sandbox:
    return Sandbox(toolbox.settings)


def _solvers(toolbox: Toolbox) -> SolverPool:
    return SolverPool(toolbox.settings_of(SmtSettings))
