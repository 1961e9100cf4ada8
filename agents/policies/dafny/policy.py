"""The symbolic policy for Dafny: it proposes whole files with the annotations that stand."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from proofsmith.agents.policies.dafny.annotate import Step
from proofsmith.agents.policies.dafny.divided import Divided
from proofsmith.agents.policies.dafny.prover import Prover, asking
from proofsmith.agents.policies.dafny.weights import learnt
from proofsmith.agents.policies.dafny.writing import Writer
from proofsmith.budget import Budget, Spend
from proofsmith.dafny.openings import open_bodies
from proofsmith.dafny.parser import parse
from proofsmith.dafny_spec import DafnySpec
from proofsmith.errors import BadInput, ToolFailure
from proofsmith.protocols import NodeView
from proofsmith.types import Candidate, Proposal, Proposals, Task
from proofsmith.verifiers.dafny.pool import DafnyPool
from proofsmith.verifiers.dafny.premises import assumed_in
from proofsmith.verifiers.toolbox import Toolbox

NAME = "dafny"
_UNLIMITED = 600.0
_CONFIRM = 0.12
"""Share of the time left that is kept for the verifier's own proof of the answer."""
_CONFIRM_SECONDS = (3.0, 10.0)


class DafnyPolicy:
    """Annotations from templates, sifted on real runs and shrunk by Houdini; see `annotate`.

    It works on warm servers of the run's toolbox: `attach` before the first `propose`.

    Args:
        weights: factors on the promise of template families.
    """

    name = NAME

    def __init__(self, weights: Mapping[str, float] | None = None) -> None:
        self._weights = weights or {}
        self._pool: DafnyPool | None = None
        self._own: Toolbox | None = None
        self._task: DafnySpec | None = None
        self._prover: Prover | None = None
        self._work: dict[str, Iterator[Step]] = {}
        self._proposed: dict[str, Step] = {}

    @classmethod
    def create(cls, memory: Sequence[tuple[Task, Candidate]]) -> DafnyPolicy:
        """Return the policy, with weights learnt from verified programs in `memory`."""
        return cls(learnt(memory))

    def attach(self, toolbox: Toolbox) -> None:
        """Use the servers of `toolbox`, and let the first one start now."""
        self._pool = toolbox.shared(DafnyPool.create)
        self._pool.warm()

    def propose(self, task: Task, view: NodeView, budget: Budget) -> Proposals:
        """See `Policy.propose`. Below the root: the next stage; below a program: the next repair of it.

        Raises:
            ToolMissing, ToolFailure: of Dafny.
            BadInput: Dafny cannot resolve the program, so that no addition can help.
        """
        if task.language != "dafny":
            return Proposals(exhausted=True)
        started = time.monotonic()
        seconds = _UNLIMITED if budget.seconds is None else budget.seconds
        if self._task != task.spec:
            self._start(task.spec, view.seed)
        assert self._prover is not None
        self._prover.ends = started + seconds - _kept_back(seconds)
        calls = self._prover.calls
        candidate = None if view.node.proposal is None else view.node.proposal.candidate
        source = "" if candidate is None else candidate.source
        steps = self._work.get(source)
        if steps is None:
            parent = self._proposed.get(source)
            steps = parent.by.repairs(parent) if parent is not None else iter(())
            self._work[source] = steps
        step = next((s for s in steps if s.text not in self._proposed), None)
        if step is None and not self._proposed:
            self._must_be_readable(task)
        spend = Spend(seconds=time.monotonic() - started, verifier_calls=self._prover.calls - calls)
        if step is None:
            return Proposals((), True, spend)
        self._proposed[step.text] = step
        return Proposals((_proposal(step),), False, spend)

    def close(self) -> None:
        """Stop what it started itself. May be called twice."""
        if self._own is not None:
            self._own.close()

    def _must_be_readable(self, task: Task) -> None:
        assert self._prover is not None
        if self._prover.over():
            return
        answer = self._prover.ask(task.spec.source)
        if answer.crash:
            raise ToolFailure(answer.crash)
        if not answer.readable and answer.complaints:
            first = answer.complaints[0]
            path = task.origin.path or None
            raise BadInput(f"Dafny does not accept the program: {first.message}", path=path, line=first.line)

    def _start(self, spec: DafnySpec, seed: int) -> None:
        if self._pool is None:
            self._own = Toolbox()
            self.attach(self._own)
        assert self._pool is not None
        strict = not assumed_in(spec.source) and not spec.includes
        self._task = spec
        self._prover = Prover(asking(self._pool, strict, spec.includes))
        program = parse(spec.source)
        loose = asking(self._pool, False, spec.includes)
        worker = Writer if open_bodies(program) else Divided
        self._work = {"": worker(program, self._prover, self._weights, seed, loose).steps()}
        self._proposed = {}


def _kept_back(seconds: float) -> float:
    """The seconds left to the verifier for its own proof of the answer."""
    least, most = _CONFIRM_SECONDS
    return min(max(_CONFIRM * seconds, least), most)


def _proposal(step: Step) -> Proposal:
    families = sorted({a.family for a in step.additions})
    thought = f"{len(step.additions)} annotations stand"
    thought += f" ({', '.join(families)})." if families else "."
    return Proposal(
        Candidate(step.text, "dafny"),
        prior=2.0 if step.proved else 0.5 + step.score,
        thought=thought,
        operator=step.operator,
        policy=NAME,
        data=tuple((a.family, a.text) for a in step.additions),
    )
