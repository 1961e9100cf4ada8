"""The planner: several distinct lines of attack with confidences, before any code (after RethinkMCTS)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from proofsmith.agents.contracts.contract import Broken, Contract
from proofsmith.agents.contracts.json_answers import json_object, share, words
from proofsmith.agents.policies.model.asking import Asker, prompt_for
from proofsmith.agents.policies.model.signals import facts
from proofsmith.budget import Budget
from proofsmith.model_calls import Sample
from proofsmith.protocols import NodeView
from proofsmith.types import Proposal, Task

_ALIKE = 0.8
"""Share of common words from which on two thoughts are the same."""
SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "thoughts": {
                "type": "array",
                "minItems": 1,
                "maxItems": 8,
                "items": {
                    "type": "object",
                    "properties": {
                        "thought": {"type": "string"},
                        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                    },
                    "required": ["thought", "confidence"],
                    "additionalProperties": False,
                },
            }
        },
        "required": ["thoughts"],
        "additionalProperties": False,
    }
)


@dataclass(frozen=True)
class Thought:
    """A line of attack and how sure the planner is of it, in [0, 1]."""

    text: str
    confidence: float


class Planner:
    """Asks a model for lines of attack."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def plan(
        self, task: Task, view: NodeView, budget: Budget, recalled: str = ""
    ) -> tuple[tuple[Proposal, ...], str]:
        """Return thoughts that are new at the node, and why there are none if there are none.

        Raises:
            Unavailable: the server is gone.
        """
        settings = self._asker.settings
        count = max(1, min(settings.thoughts, view.width))
        known = [n.proposal.thought for n in view.children if n.is_thought and n.proposal is not None]
        prompt = prompt_for("plan", task, view, count=str(count), recalled=recalled)
        contract = Contract(
            "plan",
            read_thoughts,
            lambda thoughts: None if distinct(thoughts, known) else "no thought is new",
            json_schema=SCHEMA,
            attempts=settings.attempts,
        )
        request = self._asker.request(prompt, "plan", 1, view.seed)
        answers = self._asker.caller.ask(request, contract, budget, shorten=self._asker.shortener(prompt))
        if not answers.accepted:
            return (), answers.failure or "; ".join(answers.rejected)
        accepted = answers.accepted[0]
        data = facts(accepted, prompt.template.hash, settings.temperature)
        return tuple(
            Proposal(
                None,
                max(0.01, t.confidence),
                t.text,
                "plan",
                "model",
                data=(*data, ("confidence", f"{t.confidence:.3f}")),
            )
            for t in distinct(accepted.value, known)[:count]
        ), ""


def read_thoughts(sample: Sample) -> tuple[Thought, ...]:
    """Return the thoughts in an answer.

    Raises:
        Broken: it does not hold a list of thoughts with confidences.
    """
    items = json_object(sample).get("thoughts")
    if not isinstance(items, list) or not items:
        raise Broken("there is no list of thoughts")
    found = []
    for item in items[:8]:
        if not isinstance(item, dict):
            raise Broken("a thought is not an object")
        found.append(
            Thought(words(item.get("thought"), "thought"), share(item.get("confidence"), "confidence"))
        )
    return tuple(found)


def distinct(thoughts: Sequence[Thought], known: Sequence[str] = ()) -> list[Thought]:
    """Return the thoughts that say something else than the known ones and those before them."""
    seen = [_words(text) for text in known]
    found = []
    for thought in thoughts:
        own = _words(thought.text)
        if not any(_alike(own, other) for other in seen):
            seen.append(own)
            found.append(thought)
    return found


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))


def _alike(a: frozenset[str], b: frozenset[str]) -> bool:
    return len(a & b) >= _ALIKE * max(1, len(a | b))
