"""Making the policy and the critic of a run from what its caller lent."""

from __future__ import annotations

from proofsmith.agents.host import Host
from proofsmith.agents.models.types import Models
from proofsmith.agents.policies.mix import MixPolicy
from proofsmith.agents.policies.model.critic import ModelCritic
from proofsmith.agents.policies.model.policy import ModelPolicy
from proofsmith.agents.policies.model.settings import AgentSettings
from proofsmith.agents.table import EMBEDDED, POLICIES
from proofsmith.agents.tools.belt import Belt
from proofsmith.errors import BadInput
from proofsmith.protocols import Policy
from proofsmith.types import Task
from proofsmith.verifiers.toolbox import Toolbox

_NEEDS_MODEL = "name one with --model"


def build_policy(name: str, task: Task, models: Models, host: Host) -> Policy:
    """Return the policy `name` for a run.

    ``model`` and ``mix`` are made of the run's models. Where only planner or critic are models,
    programs come from the embedded policy.

    Raises:
        BadInput: there is no such policy, or it lacks a model.
    """
    if name not in ("model", "mix"):
        return _created(name, host)
    if models.coder is None:
        if models:
            return _embedded(task, host)
        raise BadInput(f"the policy {name} needs a model", hint=_NEEDS_MODEL)
    settings = host.toolbox.settings_of(AgentSettings)
    belt = Belt(host.toolbox, host.memory)
    if name == "mix":
        own = ModelPolicy(models.coder, models.planner, settings, belt)
        return MixPolicy(_embedded(task, host), own, settings.model_share)
    stand_in = _embedded(task, host) if settings.symbolic_fallback and has_embedded(task) else None
    return ModelPolicy(models.coder, models.planner, settings, belt, stand_in)


def build_critic(models: Models, host: Host) -> ModelCritic | None:
    """Return the critic on a model, if one is named."""
    if models.critic is None:
        return None
    return ModelCritic(models.critic, host.toolbox.settings_of(AgentSettings), host.toolbox)


def agent_pairs(models: Models, toolbox: Toolbox) -> tuple[tuple[str, str], ...]:
    """Return what a run's record says of its models and of how they work; nothing where there are none."""
    return (*models.pairs, *toolbox.settings_of(AgentSettings).as_pairs()) if models else ()


def has_embedded(task: Task) -> bool:
    """Whether there is a policy without a model for the task's language."""
    return task.language == "python" or task.language in EMBEDDED


def _embedded(task: Task, host: Host) -> Policy:
    if not has_embedded(task):
        raise BadInput(f"there is no symbolic policy for {task.language}", hint="use --policy model")
    return _created(EMBEDDED.get(task.language, "symbolic"), host)


def _created(name: str, host: Host) -> Policy:
    """Make a policy; one that asks the tools itself has ``attach`` to be given them."""
    policy = POLICIES.get(name).create(host.memory)
    attach = getattr(policy, "attach", None)
    if attach is not None:
        attach(host.toolbox)
    return policy
