"""SyGuS policies: one or several engines at work on the problem; what they find is proposed."""

from __future__ import annotations

import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass

from proofsmith.agents.policies.sygus.background import ON_TIME, EngineProcess, News, wait
from proofsmith.budget import Budget, Spend
from proofsmith.errors import ToolFailure, ToolMissing
from proofsmith.protocols import NodeView
from proofsmith.types import Candidate, Proposal, Proposals, Task


@dataclass(frozen=True)
class SygusSettings:
    """How the SyGuS policies work.

    Attributes:
        turn: seconds that one call waits at most for something to propose.
        memory_mb: memory that an engine may use.
        unlimited: seconds an engine may run where the budget sets no limit.
        late: seconds after which the engines of last resort start.
    """

    turn: float = 1.0
    memory_mb: int = 6000
    unlimited: float = 3600.0
    late: float = 4.0


class SygusPolicy:
    """Proposes what its engines find. They run beside it, each in a process, until `close`.

    Only the root of the tree is worked on: programs are not improved step by step.

    Attributes:
        failures: engines that ended by a failure, with its text.
        infeasible: why no program exists, where an engine says so.
    """

    def __init__(
        self,
        name: str,
        engines: Sequence[str],
        late: Sequence[str] = (),
        settings: SygusSettings = SygusSettings(),
    ) -> None:
        """Args:
        name: the policy's name.
        engines: those to start at once (see `engines.ENGINES`).
        late: those to start where the others have found nothing for a while, or ended.
        settings: limits.
        """
        self.name, self.settings = name, settings
        self._engines, self._late = tuple(engines), tuple(late)
        self._waiting: list[str] = []
        self._since = 0.0
        self._running: list[EngineProcess] = []
        self._task: str | None = None
        self._proposed: set[str] = set()
        self.failures: dict[str, str] = {}
        self.infeasible: str | None = None
        self._finalizer = weakref.finalize(self, _kill_all, self._running)

    @property
    def made(self) -> int:
        """Programs that the engines say they have evaluated."""
        return sum(e.made for e in self._running)

    def propose(self, task: Task, view: NodeView, budget: Budget) -> Proposals:
        """See `Policy.propose`. Waits for the engines for a turn of at most ``settings.turn`` seconds.

        Raises:
            ToolMissing, ToolFailure: every engine failed.
        """
        started = time.monotonic()
        if view.node.id != 0 or task.language != "sygus":
            return Proposals(exhausted=True)
        text = task.spec.text
        if self._task != text:
            self._start(text, budget.seconds)
        left = self.settings.turn if budget.seconds is None else min(self.settings.turn, budget.seconds)
        items: list[Proposal] = []
        while not items and not self._over():
            self._start_late(text, budget.seconds)
            remaining = started + left - time.monotonic()
            news = wait(self._running, max(0.0, remaining))
            for n in news:
                items += self._take(n)
            if remaining <= 0:
                break
        over = self._over() and not items
        if over and self._running and len(self.failures) == len(self._running) and not self._proposed:
            self._give_up()
        return Proposals(tuple(items[: view.width]), over, Spend(seconds=time.monotonic() - started))

    def close(self) -> None:
        """Stop every engine. May be called twice."""
        _kill_all(self._running)

    def _start(self, text: str, seconds: float | None) -> None:
        self.close()
        self._running.clear()
        self._task, self.infeasible = text, None
        self._proposed.clear()
        self.failures.clear()
        self._waiting, self._since = list(self._late), time.monotonic()
        limit = self.settings.unlimited if seconds is None else seconds
        for engine in self._engines:
            if engine != "spacer" or "inv-constraint" in text:  # reading a large problem takes a while
                self._running.append(EngineProcess(engine, text, limit, self.settings.memory_mb))

    def _start_late(self, text: str, seconds: float | None) -> None:
        idle = all(e.ended for e in self._running)
        if self._waiting and (idle or time.monotonic() - self._since > self.settings.late):
            limit = self.settings.unlimited if seconds is None else seconds
            for engine in self._waiting:
                self._running.append(EngineProcess(engine, text, limit, self.settings.memory_mb))
            self._waiting.clear()

    def _over(self) -> bool:
        ended = not self._waiting and all(e.ended for e in self._running)
        return self.infeasible is not None or ended

    def _give_up(self) -> None:
        """Every engine failed: that is ours to say, not the specification's fault."""
        told = "; ".join(f"{engine}: {text}" for engine, text in self.failures.items())
        if "No module named 'cvc5'" in told:
            raise ToolMissing("cvc5", "pip install cvc5")
        raise ToolFailure(f"no engine could work on the problem ({told})")

    def _take(self, news: News) -> list[Proposal]:
        if news.infeasible is not None and self.infeasible is None:
            self.infeasible = news.infeasible
            thought = f"No program exists: {news.infeasible}."
            return [Proposal(None, thought=thought, operator="infeasible", policy=self.name)]
        if news.done not in (None, ON_TIME):
            self.failures[news.engine] = str(news.done)
            thought = f"The engine {news.engine} failed: {news.done}"
            return [Proposal(None, thought=thought, operator="engine-failed", policy=self.name)]
        if news.answer is None or news.answer in self._proposed:
            return []
        self._proposed.add(news.answer)
        candidate = Candidate(news.answer, "sygus")
        return [Proposal(candidate, operator=news.how, policy=self.name, thought=f"Found by {news.engine}.")]


def _kill_all(running: list[EngineProcess]) -> None:
    for engine in running:
        if not engine.ended:
            engine.kill()


class SygusEnumerator(SygusPolicy):
    """Our own enumeration alone."""

    @classmethod
    def create(cls, memory: Sequence[tuple[Task, Candidate]]) -> SygusEnumerator:
        """Return the policy; `memory` is not used."""
        return cls("sygus-enumerator", ("enumerator",))


class Cvc5Policy(SygusPolicy):
    """cvc5's SyGuS solver alone."""

    @classmethod
    def create(cls, memory: Sequence[tuple[Task, Candidate]]) -> Cvc5Policy:
        """Return the policy; `memory` is not used."""
        return cls("cvc5", ("cvc5",))


class SygusMix(SygusPolicy):
    """All engines beside each other; the first answer that is proved wins."""

    @classmethod
    def create(cls, memory: Sequence[tuple[Task, Candidate]]) -> SygusMix:
        """Return the policy; `memory` is not used."""
        return cls("sygus-mix", ("enumerator", "cvc5", "spacer"), ("infeasible",))
