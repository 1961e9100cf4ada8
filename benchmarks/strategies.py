"""Verifier calls to the first solution, by strategy, with a scripted policy of known skill.

The policy changes one position of its parent's word at random (and draws a random word at the
root). Two families of verifiers tell how good a word is: *graded* by the share of right positions,
*prefix* by the share before the first wrong one. Same policy, same seeds, same budget for all.

    python benchmarks/strategies.py [--seeds 20] [--calls 2000] [--slots 6] [--symbols 6]
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence

from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.agents.policies.scripted import NoisyPolicy
from proofsmith.agents.table import STRATEGIES
from proofsmith.budget import Budget
from proofsmith.events import Event
from proofsmith.types import Assurance, Candidate, Status, Task, Verdict
from proofsmith.verifiers.toolbox import Toolbox

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Forget:
    """A recorder for runs that nobody will look at."""

    def record(self, event: Event) -> None:
        pass

    def record_all(self, events: Sequence[Event]) -> None:
        pass


class Graded:
    """Scores a word by its right positions; the right word is the task's statement."""

    name = "graded"

    @classmethod
    def create(cls, toolbox: Toolbox) -> Graded:
        return cls()

    def score(self, word: str, target: str) -> float:
        return sum(a == b for a, b in zip(word, target, strict=True)) / len(target)

    def check(self, task: Task, candidate: Candidate, budget: Budget) -> Verdict:
        score = self.score(candidate.source, task.statement)
        if score == 1.0:
            return Verdict(Status.PASS, self.name, Assurance.TESTED, score=1.0)
        return Verdict(Status.FAIL, self.name, score=score)

    def close(self) -> None:
        pass


class Prefix(Graded):
    """Scores a word by what stands before its first wrong position."""

    name = "prefix"

    def score(self, word: str, target: str) -> float:
        wrong = [i for i, (a, b) in enumerate(zip(word, target, strict=True)) if a != b]
        return (wrong[0] if wrong else len(target)) / len(target)


def calls(family: str, strategy: str, seed: int, arguments: argparse.Namespace) -> int | None:
    """Return the verifier calls used until the first solution, or None if there was none."""
    symbols = ALPHABET[: arguments.symbols]
    target = "".join(
        symbols[(7 * seed + 3 * i * i + i * seed) % len(symbols)] for i in range(arguments.slots)
    )
    task = Task(f"{family}-{seed}", target, "words", None, (f"strategies:{family.title()}",))
    settings = SearchSettings(strategy=strategy, seed=seed, width=arguments.width)
    with Toolbox() as toolbox:
        solution = solve(
            task,
            settings,
            Budget(verifier_calls=arguments.calls),
            Host(Forget(), toolbox),
            policy=NoisyPolicy(symbols, arguments.slots),
        )
    return solution.spent.verifier_calls if solution.solved else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--slots", type=int, default=6)
    parser.add_argument("--symbols", type=int, default=6)
    parser.add_argument("--width", type=int, default=1)
    arguments = parser.parse_args()
    print(f"{'family':<8} {'strategy':<12} {'solved':>8} {'median calls':>13}   (unsolved: the budget)")
    for family in ("graded", "prefix"):
        for strategy in STRATEGIES.names():
            results = [calls(family, strategy, seed, arguments) for seed in range(arguments.seeds)]
            solved = [r for r in results if r is not None]
            median = statistics.median(arguments.calls if r is None else r for r in results)
            print(
                f"{family:<8} {strategy:<12} {len(solved):>4}/{len(results):<3} {median:>13.0f}", flush=True
            )


if __name__ == "__main__":
    main()
