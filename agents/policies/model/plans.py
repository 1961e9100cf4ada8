"""Plans before code: what a language asks a planner for, how its answers are read, which say the same.

Most languages are planned in lines of attack, a few sentences each (after RethinkMCTS). A language may
bring a form of its own instead, as hardware does with descriptions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from proofsmith.agents.contracts.contract import Broken
from proofsmith.agents.contracts.json_answers import json_object, share, words
from proofsmith.model_calls import Sample

MOST = 8
"""Plans of one answer that are read."""
_ALIKE = 0.8
"""Share of common words from which on two lines of attack are the same."""


@dataclass(frozen=True)
class Thought:
    """A plan as the coder gets it, and how sure the planner is of it, in [0, 1]."""

    text: str
    confidence: float


@dataclass(frozen=True)
class PlanForm:
    """A form of plans for one task.

    Attributes:
        role: the prompt template that asks for them.
        json_schema: of the answer, as text.
        read: returns the plans in an answer that fit the task. Raises: Broken.
        alike: whether two plans' texts say the same.
        broken: what a plan rewritten (the second text) has lost of the first that no plan may lose; ``None``
            if nothing.
    """

    role: str
    json_schema: str
    read: Callable[[Sample], tuple[Thought, ...]]
    alike: Callable[[str, str], bool]
    broken: Callable[[str, str], str | None] = lambda old, new: None

    def distinct(self, thoughts: Sequence[Thought], known: Sequence[str] = ()) -> list[Thought]:
        """Return the plans that say something else than the known ones and those before them."""
        seen = list(known)
        found = []
        for thought in thoughts:
            if not any(self.alike(thought.text, other) for other in seen):
                seen.append(thought.text)
                found.append(thought)
        return found


def list_schema(name: str, properties: dict[str, object], required: Sequence[str]) -> str:
    """Return the JSON schema of an object with a list of objects under `name`, each with a confidence."""
    item = {
        "type": "object",
        "properties": {**properties, "confidence": {"type": "number", "minimum": 0, "maximum": 1}},
        "required": [*required, "confidence"],
        "additionalProperties": False,
    }
    return json.dumps(
        {
            "type": "object",
            "properties": {name: {"type": "array", "minItems": 1, "maxItems": MOST, "items": item}},
            "required": [name],
            "additionalProperties": False,
        }
    )


def read_thoughts(sample: Sample) -> tuple[Thought, ...]:
    """Return the lines of attack in an answer.

    Raises:
        Broken: it does not hold a list of them with confidences.
    """
    items = json_object(sample).get("thoughts")
    if not isinstance(items, list) or not items:
        raise Broken("there is no list of thoughts")
    found = []
    for item in items[:MOST]:
        if not isinstance(item, dict):
            raise Broken("a thought is not an object")
        found.append(
            Thought(words(item.get("thought"), "thought"), share(item.get("confidence"), "confidence"))
        )
    return tuple(found)


def _share_words(a: str, b: str) -> bool:
    own, other = _words(a), _words(b)
    return len(own & other) >= _ALIKE * max(1, len(own | other))


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))


LINES_OF_ATTACK = PlanForm(
    "plan",
    list_schema("thoughts", {"thought": {"type": "string"}}, ("thought",)),
    read_thoughts,
    _share_words,
)
"""Plans in a few sentences, for any language."""
