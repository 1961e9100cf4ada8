"""Programming by example where the tool asks for the next most telling example.

When several programs that behave differently meet the whole specification, the specification
does not say which is meant; an input on which they differ is the question to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from proofsmith.budget import Budget
from proofsmith.events import Remark
from proofsmith.python_spec import Call, Example, Outcome
from proofsmith.types import Candidate, Task
from proofsmith.verifiers.toolbox import Toolbox


@dataclass(frozen=True)
class Ambiguity:
    """An input on which solutions differ.

    Attributes:
        function: the function asked for.
        call: the distinguishing input.
        outcomes: what each of the solutions does there, index-aligned; ``None`` for no answer.
        programs: the solutions' source texts.
    """

    function: str
    call: Call
    outcomes: tuple[Outcome | None, ...]
    programs: tuple[str, ...]

    @property
    def text(self) -> str:
        """The call as source text."""
        return self.call.render(self.function)


Ask = Callable[[Ambiguity], Example | None]
"""Somebody who says what the distinguishing input must give; ``None`` if they decline."""


def find_ambiguity(
    task: Task, programs: Sequence[Candidate], budget: Budget, toolbox: Toolbox, seed: int
) -> Ambiguity | None:
    """Return a small input on which `programs` differ, or ``None`` if none was found in time."""
    from proofsmith.verifiers.properties import distinguish

    found = distinguish(task, programs, budget, toolbox, seed)
    if found is None:
        return None
    sources = tuple(p.source for p in programs)
    return Ambiguity(task.spec.signature.name, found.call, found.outcomes, sources)


def remark_on(found: Ambiguity, solutions: Sequence[int]) -> Remark:
    """Return what a person is told of solutions (their nodes) that differ."""
    outcomes = [
        (f"node {n}", o.render() if o is not None else "no answer")
        for n, o in zip(solutions, found.outcomes, strict=True)
    ]
    text = f"several programs that behave differently fit the specification; {found.text} tells them apart"
    return Remark(text, "ambiguous", (("call", found.text), *outcomes))
