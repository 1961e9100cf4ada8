"""How often a critic breaks plausible programs: falsification as a task family of its own (after REFUTE).

For every Python task with a reference in FOLDER, one-place changes of the reference that still meet the
task's first examples are the plausible programs (some are right all the same). The critic sees task and
program, not the reference. An input counts where the reference says that the program is wrong.
Baseline: the property verifier with random inputs.

    python benchmarks/refute.py FOLDER --model NAME [--base-url URL] [--mutants 5]
"""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from running import command_line, folder

from proofsmith.agents.models.opening import Opener
from proofsmith.agents.models.settings import ClientSettings
from proofsmith.agents.policies.model.critic import ModelCritic
from proofsmith.agents.policies.model.settings import AgentSettings
from proofsmith.budget import Budget
from proofsmith.environments.load import load
from proofsmith.errors import ProofsmithError
from proofsmith.protocols import NodeView
from proofsmith.python_spec import PythonSpec
from proofsmith.tree import Node
from proofsmith.types import Assurance, Candidate, Proposal, Status, Task, Verdict
from proofsmith.verifiers.properties import PropertyVerifier
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verifiers.unit_tests import UnitTestVerifier

_EXAMPLES = 2
_SWAPS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


def mutants(source: str, name: str, wanted: str) -> Iterator[str]:
    """Every one-place change of a reference, renamed to the function that is asked for."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            node.name = wanted
        if isinstance(node, ast.Name) and node.id == name:
            node.id = wanted
    count = sum(1 for _ in ast.walk(tree))
    for place in range(count):
        changed = copy.deepcopy(tree)
        node = next(n for i, n in enumerate(ast.walk(changed)) if i == place)
        if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in _SWAPS:
            node.op = _SWAPS[type(node.op)]()
        elif isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPS:
            node.ops[0] = _SWAPS[type(node.ops[0])]()
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            node.value += 1
        else:
            continue
        yield ast.unparse(ast.fix_missing_locations(changed)) + "\n"


def plausible(task: Task[PythonSpec], toolbox: Toolbox, most: int, seed: int) -> list[str]:
    """Changed references that meet the first examples, in random order."""
    spec = task.spec
    weak = task.with_spec(replace(spec, examples=spec.examples[:_EXAMPLES]))
    assert spec.reference is not None
    found = list(dict.fromkeys(mutants(spec.reference, spec.reference_name, spec.signature.name)))
    random.Random(seed).shuffle(found)
    tests = UnitTestVerifier.create(toolbox)
    kept = []
    for source in found:
        passed = tests.check(weak, Candidate(source), Budget(seconds=10.0)).status is Status.PASS
        if passed:
            kept.append(source)
        if len(kept) == most:
            break
    return kept


def tasks(folder: Path) -> Iterator[Task[PythonSpec]]:
    """Python tasks with a reference and examples."""
    for path in sorted(folder.glob("*.toml")):
        try:
            found = load(str(path))
        except ProofsmithError:
            continue
        yield from (
            t for t in found if isinstance(t.spec, PythonSpec) and t.spec.reference and t.spec.examples
        )


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("folder", type=folder)
    parser.add_argument("--model", required=True)
    parser.add_argument("--base-url")
    parser.add_argument("--mutants", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    settings = ClientSettings(critic=arguments.model, base_url=arguments.base_url)
    total = broken = by_chance = 0
    with Toolbox() as toolbox, Opener(settings).open() as models:
        assert models.critic is not None
        critic = ModelCritic(models.critic, AgentSettings(), toolbox)
        properties = PropertyVerifier.create(toolbox)
        for task in tasks(arguments.folder):
            for source in plausible(task, toolbox, arguments.mutants, arguments.seed):
                judged = Verdict(Status.PASS, "unit-tests", Assurance.TESTED, score=1.0)
                root = Node(0, None)
                node = Node(1, 0, Proposal(Candidate(source)), verdict=judged, depth=1)
                view = NodeView(node, (root, node), seed=arguments.seed)
                found = critic.falsify(task, view, Budget(seconds=60.0))
                chance = properties.check(task, Candidate(source), Budget(seconds=20.0))
                total += 1
                broken += found is not None
                by_chance += chance.status is Status.FAIL
                print(
                    f"{task.id:<30} {'broken' if found else '-':<8} random: {chance.status.value}", flush=True
                )
    print(f"{broken} of {total} broken by the critic, {by_chance} by random inputs")


if __name__ == "__main__":
    main()
