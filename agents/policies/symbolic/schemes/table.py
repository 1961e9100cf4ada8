"""The schemes, grouped into the few lines of attack that are proposed as thoughts."""

from __future__ import annotations

from collections.abc import Sequence

from proofsmith.agents.policies.symbolic.program import Program
from proofsmith.agents.policies.symbolic.schemes.base import Scheme, Stop
from proofsmith.agents.policies.symbolic.schemes.elementwise import elementwise
from proofsmith.agents.policies.symbolic.schemes.expressions import Conditionals, Expressions
from proofsmith.agents.policies.symbolic.schemes.folds import folds
from proofsmith.agents.policies.symbolic.schemes.iterations import iterations
from proofsmith.agents.policies.symbolic.schemes.nested import nested
from proofsmith.agents.policies.symbolic.schemes.sequences import recurrences
from proofsmith.agents.policies.symbolic.workspace import Workspace


class Line:
    """A line of attack: schemes of one kind, which take turns in proportion to their priors.

    Attributes:
        turns: turns taken by all of them.
    """

    def __init__(self, name: str, schemes: Sequence[Scheme]) -> None:
        self.name = name
        self._schemes = tuple(schemes)
        self._turns = [0] * len(self._schemes)
        self.prior = max(s.prior for s in schemes)
        self.thought = " Or: ".join(s.thought for s in schemes[:3])
        self.turns = 0

    @property
    def exhausted(self) -> bool:
        """Every scheme has ended."""
        return all(s.exhausted for s in self._schemes)

    def turn(self, evaluations: int, stop: Stop) -> list[Program]:
        """Let the scheme whose turn it is search on; later turns are up to six times as long."""
        self.turns += 1
        ready = [k for k, s in enumerate(self._schemes) if not s.exhausted]
        if not ready:
            return []
        k = max(ready, key=lambda k: self._schemes[k].prior / (1 + self._turns[k]))
        self._turns[k] += 1
        return self._schemes[k].turn(evaluations * min(6, self._turns[k]), stop)


def lines_for(workspace: Workspace) -> list[Line]:
    """Return the lines of attack that can apply to the workspace's problem, most promising first."""
    groups: list[tuple[str, Sequence[Scheme]]] = [
        ("expression", [Expressions(workspace)]),
        ("recursion", nested(workspace)),
        ("elementwise", elementwise(workspace)),
        ("loop", [*iterations(workspace), *folds(workspace), *recurrences(workspace)]),
        ("conditional", [Conditionals(workspace)]),
    ]
    lines = [Line(name, schemes) for name, schemes in groups if schemes]
    return sorted(lines, key=lambda line: -line.prior)
