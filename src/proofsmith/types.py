"""The words that every part shares, each with one meaning. All are frozen dataclasses."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Generic

from typing_extensions import TypeVar

from proofsmith.budget import Spend
from proofsmith.python_spec import Example
from proofsmith.source import Span


class Status(enum.StrEnum):
    """A verifier's answer about one candidate."""

    PASS = "PASS"
    """The candidate meets the specification, as surely as the verdict's assurance says."""
    FAIL = "FAIL"
    """The candidate is wrong, and the diagnostics or the counterexample show where."""
    UNKNOWN = "UNKNOWN"
    """The tool answered, but neither way (incompleteness, unsupported construct)."""
    TIMEOUT = "TIMEOUT"
    """The candidate, or the proof of it, did not end in the time it was given."""
    ERROR = "ERROR"
    """We failed (tool missing, crash, out of memory of ours). Never the candidate's fault."""


class Assurance(enum.StrEnum):
    """How much a PASS means. Ordered: ``TESTED < BOUNDED < PROVED`` by `rank`."""

    TESTED = "TESTED"
    """On the inputs that were tried."""
    BOUNDED = "BOUNDED"
    """For all inputs up to a bound that the verdict states."""
    PROVED = "PROVED"
    """For all inputs."""

    @property
    def rank(self) -> int:
        """0 for TESTED, 1 for BOUNDED, 2 for PROVED."""
        return ("TESTED", "BOUNDED", "PROVED").index(self.value)

    def covers(self, wanted: Assurance) -> bool:
        """Say whether this assurance is at least `wanted`."""
        return self.rank >= wanted.rank


@dataclass(frozen=True)
class Diagnostic:
    """One thing that a verifier reports about a candidate (or a task)."""

    message: str
    span: Span | None = None
    code: str | None = None


@dataclass(frozen=True)
class Counterexample:
    """An input on which the candidate is wrong, as text a person (or a model) can read.

    `inputs` are (name, value as source text) pairs. `expected` and `actual` are texts, empty
    where a property has no single right answer. `example` is the machine-readable
    form for Python tasks: the call and its expected outcome, where one is known.
    """

    inputs: tuple[tuple[str, str], ...]
    expected: str = ""
    actual: str = ""
    violated: str = ""
    example: Example | None = None


@dataclass(frozen=True)
class Tool:
    """The tool behind a verdict, with the version and command line that were really used."""

    name: str
    version: str
    command: str = ""


@dataclass(frozen=True)
class Part:
    """A part of a program that a tool judges apart, such as a method or a property.

    Attributes:
        name: as the user wrote it.
        status: of this part.
        obligations: how many facts there were to prove; 0 if the tool does not say.
        seconds: wall-clock seconds it took.
    """

    name: str
    status: Status
    obligations: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """What a verifier says of a candidate.

    Attributes:
        status: the answer.
        verifier: registry name of the verifier.
        assurance: what a PASS means; ``None`` unless the status is PASS.
        bound: the stated bound of a BOUNDED verdict.
        score: partial success in [0, 1]; 1 exactly for PASS.
        diagnostics: what was found, most telling first.
        counterexample: an input that shows a FAIL.
        seconds: wall-clock seconds the check took.
        tool: the tool that answered.
        behaviour: digest of the candidate's outputs on all inputs tried, where it was run;
            two candidates with the same digest behave alike there.
        log_hash: SHA-256 of the tool's raw output, where there is one.
        notes: what a reader must know to trust the verdict (e.g. ``"no sandbox"``).
        metrics: figures measured on the candidate, as (name, value) pairs (e.g. ``("area", 12.0)``);
            a task's objective is the name of one to minimise.
        parts: what was found of each part of the program, where the tool judges them apart.
    """

    status: Status
    verifier: str
    assurance: Assurance | None = None
    bound: str = ""
    score: float = 0.0
    diagnostics: tuple[Diagnostic, ...] = ()
    counterexample: Counterexample | None = None
    seconds: float = 0.0
    tool: Tool | None = None
    behaviour: str | None = None
    log_hash: str | None = None
    notes: tuple[str, ...] = ()
    metrics: tuple[tuple[str, float], ...] = ()
    parts: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        if (self.status is Status.PASS) != (self.assurance is not None):
            raise ValueError("a verdict has an assurance exactly when it is a PASS")
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"score {self.score} is outside [0, 1]")
        if (self.score == 1.0) != (self.status is Status.PASS):
            raise ValueError("a score of 1 belongs to PASS, and to nothing else")

    def accepts(self, wanted: Assurance) -> bool:
        """Say whether this is a PASS with at least the assurance `wanted`."""
        return self.assurance is not None and self.assurance.covers(wanted)


@dataclass(frozen=True)
class Candidate:
    """A program text. For a Python task: the function, with the imports and helpers it needs."""

    source: str
    language: str = "python"

    @cached_property
    def hash(self) -> str:
        """Content hash: hex SHA-256 of language and source."""
        return hashlib.sha256(f"{self.language}\0{self.source}".encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Proposal:
    """What a policy proposes as a child of a node.

    Attributes:
        candidate: the program; ``None`` for a pure thought (a plan to be coded below it).
        prior: relative weight among its siblings, positive; they are normalised on insertion.
        thought: the rationale or plan, for people and models to read.
        operator: what made it (``"enumerate"``, ``"edit:swap-comparison"``, ``"plan:fold"``).
        policy: registry name of the policy.
        spend: what it cost to make.
        logprobs: log-probabilities of its tokens, where a model gave them.
        data: further facts of the policy's own, as (key, text) pairs.
    """

    candidate: Candidate | None
    prior: float = 1.0
    thought: str = ""
    operator: str = ""
    policy: str = ""
    spend: Spend = field(default_factory=Spend)
    logprobs: tuple[float, ...] | None = None
    data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Proposals:
    """A policy's answer: proposals in order of promise; `exhausted` if it has no more here.

    An empty answer that is not exhausted is fine: the policy worked and wants another turn.
    """

    items: tuple[Proposal, ...] = ()
    exhausted: bool = False
    spend: Spend = field(default_factory=Spend)


@dataclass(frozen=True)
class Origin:
    """Where a task comes from: the file as the user named it, its licence, a source URL."""

    path: str = ""
    license: str = ""
    source: str = ""


Spec = TypeVar("Spec", default=Any)
"""Type of a task's protected specification: `PythonSpec`, `SygusSpec`, ... one per language."""


@dataclass(frozen=True)
class Task(Generic[Spec]):
    """What is asked. Code for one language says so: ``Task[PythonSpec]``.

    Attributes:
        id: stable name, unique within its source.
        statement: what is wanted, in words.
        language: the candidates' language (``"python"``, ``"sygus"``).
        spec: the protected specification, with the region a candidate fills.
        verifiers: registry names, cheapest first; a solution passes all of them.
        assurance: the least assurance that counts as solved.
        objective: what to minimise among solutions: ``"length"`` of the text, or the name of a
            metric in the verdicts; ``None`` for nothing.
        origin: where it comes from.
    """

    id: str
    statement: str
    language: str
    spec: Spec
    verifiers: tuple[str, ...]
    assurance: Assurance = Assurance.TESTED
    objective: str | None = None
    origin: Origin = field(default_factory=Origin)

    def with_spec(self, spec: Spec) -> Task[Spec]:
        """Return this task with another specification (for example with more examples)."""
        return replace(self, spec=spec)
