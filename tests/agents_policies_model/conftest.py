"""Tasks, models and a recorder for the tests of model-driven agents."""

import random
import types
from dataclasses import dataclass, field

import pytest

from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.agents.models.types import Features, Models
from proofsmith.agents.policies.model.scripted.client import ScriptedModel
from proofsmith.agents.policies.model.settings import AgentSettings
from proofsmith.budget import Budget
from proofsmith.model_calls import Sample
from proofsmith.protocols import NodeView
from proofsmith.python_spec import Call, Example, Outcome, Parameter, PythonSpec, Signature
from proofsmith.tree import Node
from proofsmith.types import Candidate, Proposal, Task
from proofsmith.verifiers.toolbox import Toolbox


@dataclass
class Memory:
    """A recorder that keeps events in a list."""

    events: list = field(default_factory=list)

    def record(self, event) -> None:
        self.record_all((event,))

    def record_all(self, events) -> None:
        self.events.extend(events)

    def of(self, kind) -> list:
        return [e for e in self.events if isinstance(e, kind)]


def clamp_task(**more) -> Task:
    parameters = tuple(Parameter(n, "int") for n in ("x", "low", "high"))
    cases = [((5, 0, 9), 5), ((-3, 0, 9), 0), ((12, 0, 9), 9), ((0, 0, 9), 0), ((7, 8, 8), 8)]
    examples = tuple(Example(Call(a), Outcome(v)) for a, v in cases)
    spec = PythonSpec(
        Signature("clamp", parameters, "int"),
        docstring="Hold x within low and high.",
        examples=examples,
        **more,
    )
    return Task("clamp", "Hold x within low and high.", "python", spec, ("unit-tests",))


def double_task() -> Task:
    """An easy one, which the symbolic policy solves at once."""
    examples = tuple(Example(Call((x,)), Outcome(2 * x)) for x in (0, 1, 5, -3, 12))
    spec = PythonSpec(Signature("double", (Parameter("x", "int"),), "int"), "Twice x.", examples)
    return Task("double", "Twice x.", "python", spec, ("unit-tests",))


def said(*texts, features=None):
    """A model that says these texts in turn, and the last one for ever."""
    left = list(texts)

    def speak(request, rng: random.Random) -> Sample:
        text = left.pop(0) if len(left) > 1 else left[0]
        return text if isinstance(text, Sample) else Sample(text)

    return ScriptedModel("scripted:test", speak, features or Features(n=True, seed=True))


def root_view(**more) -> NodeView:
    node = Node(0, None)
    return NodeView(node, (node,), **{"seed": 1, **more})


def below(proposal: Proposal, verdict=None, **more) -> NodeView:
    root, node = Node(0, None), Node(1, 0, proposal, verdict=verdict, depth=1)
    return NodeView(node, (root, node), **{"seed": 1, **more})


def program_view(source: str, verdict=None, **more) -> NodeView:
    return below(Proposal(Candidate(source), policy="model"), verdict, **more)


@pytest.fixture(scope="module")
def toolbox(bubblewrap):
    with Toolbox(AgentSettings(symbolic_fallback=False)) as made:
        yield made


def searched(model, toolbox, task=None, policy="model", budget=None, strategy="mcts", critic=None, **more):
    memory = Memory()
    host = Host(memory, toolbox, models=Models(more.pop("planner", model), model, critic), **more)
    settings = SearchSettings(policy=policy, strategy=strategy)
    budget = budget or Budget(seconds=60.0, candidates=40)
    return solve(task or clamp_task(), settings, budget, host), memory


@pytest.fixture(scope="session")
def kit():
    """The helpers above, for test modules."""
    helpers = (Memory, clamp_task, double_task, said, root_view, below, program_view, searched)
    return types.SimpleNamespace(**{helper.__name__: helper for helper in helpers})
