"""Settings of a run that can change its result."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class SearchSettings:
    """How to search.

    Attributes:
        strategy: registry name of the search strategy.
        policy: registry name of the policy.
        seed: seed of every random choice.
        width: most proposals asked for at a time.
    """

    strategy: str = "mcts"
    policy: str = "symbolic"
    seed: int = 0
    width: int = 4

    def as_pairs(self) -> tuple[tuple[str, str], ...]:
        """Return (name, text) pairs for the record of a run."""
        return tuple((f.name, str(getattr(self, f.name))) for f in fields(self))
