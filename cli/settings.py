"""Every setting of a command in one place: flag, then environment, then settings file, then default."""

from __future__ import annotations

import dataclasses
import difflib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proofsmith.agents.models.settings import ClientSettings
from proofsmith.agents.policies.model.settings import AgentSettings
from proofsmith.agents.settings import SearchSettings
from proofsmith.budget import Budget
from proofsmith.errors import BadInput
from proofsmith.settings import load_file, overlay
from proofsmith.types import Assurance
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.sandbox.settings import SandboxSettings
from proofsmith.verifiers.simulation.settings import SimulationSettings
from proofsmith.verifiers.smt.settings import SmtSettings
from proofsmith.verifiers.yosys.settings import YosysSettings


@dataclass(frozen=True)
class RunSettings:
    """What a run may use, what it must reach, and where it is kept.

    Attributes:
        time: wall-clock budget of a task in seconds; ``inf`` for none.
        candidates: most candidate programs.
        verifier_calls: most calls of a verifier.
        max_cost: most that models may cost, US dollars.
        max_tokens: most tokens of models, in and out.
        max_calls: most calls of a model.
        assurance: the least assurance wanted, in place of the task's own.
        store: path or URL of the store.
    """

    time: float = 60.0
    candidates: int | None = None
    verifier_calls: int | None = None
    max_cost: float | None = None
    max_tokens: int | None = None
    max_calls: int | None = None
    assurance: Assurance | None = None
    store: str | None = None

    @property
    def budget(self) -> Budget:
        """The limits as a budget."""
        seconds = None if math.isinf(self.time) else self.time
        return Budget(
            seconds=seconds,
            candidates=self.candidates,
            verifier_calls=self.verifier_calls,
            model_calls=self.max_calls,
            tokens=self.max_tokens,
            cost=self.max_cost,
        )


TOOL_SETTINGS: tuple[type, ...] = (
    SandboxSettings,
    SmtSettings,
    DafnySettings,
    YosysSettings,
    SimulationSettings,
    AgentSettings,
)
"""The settings classes of the tools that verifiers and agents use: what a `Toolbox` is made with."""

SETTINGS_CLASSES = (RunSettings, SearchSettings, ClientSettings, *TOOL_SETTINGS)
"""Every class whose fields can be set by flag, environment or file."""


@dataclass(frozen=True)
class Settings:
    """All settings of a command; `tools` has one instance of each class of `TOOL_SETTINGS`."""

    run: RunSettings
    search: SearchSettings
    client: ClientSettings
    tools: tuple[Any, ...]


def gather(options: object) -> Settings:
    """Overlay the options of a command over environment, settings file and defaults.

    Raises:
        BadInput: a value is of the wrong type or out of range, or the file names an unknown setting.
    """
    file = load_file(Path.cwd())
    _check_names(*file)
    flags = {name: value for name, value in vars(options).items() if value is not None and value is not False}
    settings = Settings(
        overlay(RunSettings, flags, file=file),
        overlay(SearchSettings, flags, file=file),
        overlay(ClientSettings, flags, file=file),
        tuple(overlay(cls, flags, file=file) for cls in TOOL_SETTINGS),
    )
    _check_ranges(settings)
    return settings


def _check_names(table: Any, path: str) -> None:
    known = [f.name for cls in SETTINGS_CLASSES for f in dataclasses.fields(cls)]
    for name in table:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(sorted(known))}"
            raise BadInput(f"unknown setting {name!r}", path=path, hint=hint)


def _check_ranges(settings: Settings) -> None:
    run = settings.run
    if not run.time > 0:  # also refuses NaN
        raise BadInput(f"--time must be a positive number of seconds, not {run.time:g}")
    for name, value, least in (
        ("--candidates", run.candidates, 1),
        ("--verifier-calls", run.verifier_calls, 1),
        ("--max-tokens", run.max_tokens, 1),
        ("--max-calls", run.max_calls, 1),
        ("width", settings.search.width, 1),
        ("concurrency", settings.client.concurrency, 1),
        ("retries", settings.client.retries, 0),
        ("memory_mb", _field(settings, "memory_mb"), 64),
        ("solver_memory_mb", _field(settings, "solver_memory_mb"), 64),
        ("yosys_memory_mb", _field(settings, "yosys_memory_mb"), 256),
        ("simulation_memory_mb", _field(settings, "simulation_memory_mb"), 64),
        ("dafny_servers", _field(settings, "dafny_servers"), 0),
        ("dafny_memory_mb", _field(settings, "dafny_memory_mb"), 256),
        ("dafny_z3_memory_mb", _field(settings, "dafny_z3_memory_mb"), 64),
    ):
        if value is not None and value < least:
            raise BadInput(f"{name} must be at least {least}, not {value}")
    for name in ("seconds", "dafny_method_seconds"):
        if not (seconds := _field(settings, name)) > 0:
            raise BadInput(f"{name} must be positive, not {seconds:g}")
    for name, amount in (
        ("--max-cost", run.max_cost),
        *((name, getattr(settings.client, name)) for name in ("price_in", "price_out", "patience")),
    ):
        if amount is not None and not 0 <= amount < math.inf:
            raise BadInput(f"{name} must be a number of at least 0, not {amount:g}")
    if not settings.client.call_seconds > 0:
        raise BadInput(f"call_seconds must be positive, not {settings.client.call_seconds:g}")


def _field(settings: Settings, name: str) -> Any:
    """The value of a tool's setting; field names are unique among the settings classes."""
    return next(getattr(tool, name) for tool in settings.tools if hasattr(tool, name))
