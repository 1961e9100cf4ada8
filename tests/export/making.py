"""Runs made for the tests: real searches with real verifiers, by a policy that proposes given programs."""

from collections.abc import Sequence
from pathlib import Path

from proofsmith import __version__
from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.budget import Budget
from proofsmith.environments.load import load
from proofsmith.events import BackedUp, NodeAdded, NodeJudged, RunFinished, RunStarted, Update
from proofsmith.protocols import NodeView
from proofsmith.store.store import Store
from proofsmith.types import (
    Assurance,
    Candidate,
    Diagnostic,
    Proposal,
    Proposals,
    Status,
    Task,
    Tool,
    Verdict,
)
from proofsmith.verifiers.toolbox import Toolbox

MODULES = {
    "larger": '''def larger(a: int, b: int) -> int:
    """Return whichever of two whole numbers is not below the other one.

    >>> larger(2, 5)
    5
    >>> larger(7, 3)
    7
    >>> larger(-4, -9)
    -4
    """
    ...
''',
    "vowels": '''def vowels(word: str) -> int:
    """Count how many letters of a lower-case English word are vowels.

    >>> vowels("apple")
    2
    >>> vowels("sky")
    0
    """
    ...
''',
    "evens": '''def evens(numbers: list[int]) -> list[int]:
    """Keep only those members of a list that two divides, in their order.

    >>> evens([1, 2, 3, 4])
    [2, 4]
    >>> evens([5])
    []
    """
    ...
''',
    "shout": '''def shout(text: str) -> str:
    """Write a sentence in capitals with an exclamation mark behind it.

    >>> shout("hello")
    'HELLO!'
    >>> shout("go on")
    'GO ON!'
    """
    ...
''',
}

PROGRAMS = {
    "larger": (
        "def larger(a, b):\n    return a\n",
        "def larger(a, b):\n    return a + b\n",
        "def larger(a, b):\n    if a > b:\n        return a\n    else:\n        return b\n",
        "def larger(a, b):\n    best = max(a, b)\n    return best\n",
    ),
    "vowels": (
        "def vowels(word):\n    return len(word)\n",
        "def vowels(word):\n    return word.count('a')\n",
        "def vowels(word):\n    total = 0\n    for letter in word:\n        if letter in 'aeiou':\n"
        "            total += 1\n    return total\n",
    ),
    "evens": (
        "def evens(numbers):\n    return numbers\n",
        "def evens(numbers):\n    return [n for n in numbers if n % 2 == 1]\n",
        "def evens(numbers):\n    return [n for n in numbers if n % 2 == 0]\n",
    ),
    "shout": (
        "def shout(text):\n    return text.upper()\n",
        "def shout(text):\n    return text + '!'\n",
        "def shout(text):\n    return text.upper() + '!'\n",
    ),
}


class Scripted:
    """Proposes two plans, and below each of them the given programs in turn, until a program was right."""

    name = "scripted"

    def __init__(self, programs: Sequence[str]) -> None:
        self._left = list(programs)

    def propose(self, task: Task, view: NodeView, budget: Budget) -> Proposals:
        """Return the next programs."""
        if view.node.id == 0:
            plans = (Proposal(None, thought=f"plan {n}", operator="plan", policy=self.name) for n in (1, 2))
            return Proposals(tuple(plans), exhausted=True)
        if not view.node.is_thought:
            return Proposals(exhausted=True)
        taken, self._left = self._left[: view.width], self._left[view.width :]
        made = (Proposal(Candidate(s, task.language), operator="script", policy=self.name) for s in taken)
        return Proposals(tuple(made), exhausted=not self._left)


def tasks_of(folder: Path, name: str, text: str) -> tuple[Task, ...]:
    """Write a module with a hole and load its tasks."""
    path = folder / f"{name}.py"
    path.write_text(text)
    return load(str(path))


def make_run(
    store: Store, toolbox: Toolbox, task: Task, programs: Sequence[str], width: int = 4, seconds: float = 30.0
) -> str:
    """Search with the given programs; return the run's id."""
    settings = SearchSettings(policy="scripted", width=width)
    budget = Budget(seconds=seconds)
    pairs = settings.as_pairs()
    started = RunStarted(task, settings.strategy, "scripted", 0, budget, __version__, pairs)
    with store.start_run(started) as recorder:
        host = Host(recorder, toolbox, run_id=recorder.run_id)
        solve(task, settings, budget, host, policy=Scripted(programs))
        return recorder.run_id


def make_store(path: Path, folder: Path, toolbox: Toolbox) -> None:
    """Make a store with a run of each of the tasks above."""
    with Store.open(str(path)) as store:
        for name, text in MODULES.items():
            (task,) = tasks_of(folder, name, text)
            make_run(store, toolbox, task, PROGRAMS[name])


def write_run(
    store: Store, task: Task, programs: Sequence[tuple[str, Verdict]], policy: str = "scripted"
) -> str:
    """Record a run of one level without searching: what the verdicts say is taken on trust."""
    policy = "scripted"
    started = RunStarted(task, "mcts", policy, 0, Budget(), __version__)
    with store.start_run(started) as recorder:
        for node, (source, verdict) in enumerate(programs, start=1):
            proposal = Proposal(Candidate(source, task.language), operator="script", policy=policy)
            events = (
                NodeAdded(node, 0, proposal, 1.0),
                NodeJudged(node, verdict, (verdict,)),
                BackedUp(node, verdict.score, (Update(node, 1, verdict.score),)),
            )
            recorder.record_all(events)
        solved = any(verdict.status is Status.PASS for _, verdict in programs)
        recorder.record(RunFinished("solved" if solved else "exhausted"))
        return recorder.run_id


PASS = Verdict(
    Status.PASS, "unit-tests", Assurance.TESTED, score=1.0, seconds=0.01, tool=Tool("cpython", "3.0")
)
FAIL = Verdict(Status.FAIL, "unit-tests", score=0.5, diagnostics=(Diagnostic("wrong on one example"),))
