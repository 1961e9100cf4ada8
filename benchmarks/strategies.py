"""Verifier calls to the first solution, by strategy, with a scripted policy of known skill.

The policy changes one position of its parent's word at random (and draws a random word at the
root). Two families of verifiers tell how good a word is: *graded* by the share of right positions,
*prefix* by the share before the first wrong one. Same policy, same seeds, same budget for all.

    python benchmarks/strategies.py [--seeds 20] [--calls 2000] [--slots 6] [--symbols 6]

With ``--skill P`` a scripted language model of known skill writes the words instead, through planner (with
``--thoughts N``), coder and critic, their prompts and their contracts: it gets each position right with
probability P. Model calls are counted too, those of the critic included.
"""

from __future__ import annotations

import argparse
import statistics
from dataclasses import dataclass, replace

from running import command_line

from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.agents.host import Forget
from proofsmith.agents.models.types import Models
from proofsmith.agents.policies.model.scripted.client import ScriptedModel
from proofsmith.agents.policies.model.scripted.skilled import Skilled
from proofsmith.agents.policies.model.settings import AgentSettings
from proofsmith.agents.policies.scripted import NoisyPolicy
from proofsmith.agents.table import STRATEGIES
from proofsmith.budget import Budget
from proofsmith.types import Assurance, Candidate, Status, Task, Verdict
from proofsmith.verifiers.toolbox import Toolbox

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Cost:
    """What a run needed: verifier calls and model calls; `solved` or not."""

    solved: bool
    verifier_calls: int
    model_calls: int


class Graded:
    """Scores a word by its right positions; the right word is the task's statement."""

    name = "graded"

    @classmethod
    def create(cls, toolbox: Toolbox) -> Graded:
        return cls()

    def score(self, word: str, target: str) -> float:
        return sum(a == b for a, b in zip(word, target, strict=True)) / len(target)

    def check(self, task: Task, candidate: Candidate, budget: Budget) -> Verdict:
        score = self.score(candidate.source.strip(), task.statement)
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


def cost(family: str, strategy: str, seed: int, arguments: argparse.Namespace) -> Cost:
    """Return what was used until the first solution, or in all if there was none."""
    symbols = ALPHABET[: arguments.symbols]
    target = "".join(
        symbols[(7 * seed + 3 * i * i + i * seed) % len(symbols)] for i in range(arguments.slots)
    )
    task = Task(f"{family}-{seed}", target, "words", None, (f"strategies:{family.title()}",))
    settings = SearchSettings(strategy=strategy, seed=seed, width=arguments.width)
    agents = AgentSettings(thoughts=arguments.thoughts, edits="whole", symbolic_fallback=False, attempts=1)
    policy: NoisyPolicy | None = NoisyPolicy(symbols, arguments.slots)
    models = Models()
    if arguments.skill is not None:
        model = ScriptedModel("scripted:words", Skilled(target, arguments.skill, symbols))
        models = Models(model if arguments.thoughts else None, model, model if arguments.thoughts else None)
        policy, settings = None, replace(settings, policy="model")
    budget = Budget(verifier_calls=arguments.calls)
    with Toolbox(agents) as toolbox:
        solution = solve(task, settings, budget, Host(Forget(), toolbox, models=models), policy=policy)
    return Cost(solution.solved, solution.spent.verifier_calls, solution.spent.model_calls)


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--slots", type=int, default=6)
    parser.add_argument("--symbols", type=int, default=6)
    parser.add_argument("--width", type=int, default=1)
    parser.add_argument("--skill", type=float, help="probability that a model gets a position right")
    parser.add_argument("--thoughts", type=int, default=0, help="lines of attack that it plans at a time")
    parser.add_argument("--strategies", nargs="*", default=STRATEGIES.names())
    arguments = parser.parse_args()
    print(
        f"{'family':<8} {'strategy':<12} {'solved':>8} {'verifier calls':>15} {'model calls':>12}   (medians)"
    )
    for family in ("graded", "prefix"):
        for strategy in arguments.strategies:
            results = [cost(family, strategy, seed, arguments) for seed in range(arguments.seeds)]
            solved = sum(r.solved for r in results)
            checks = statistics.median(r.verifier_calls for r in results)
            asked = statistics.median(r.model_calls for r in results)
            print(
                f"{family:<8} {strategy:<12} {solved:>4}/{len(results):<3} {checks:>15.0f} {asked:>12.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
