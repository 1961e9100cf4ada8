"""A coder of known skill: it knows a solution and writes each part of it right with a known probability.

The solution is cut into slots (lines of a program, letters of a word). Asked for a program, the model
gets each slot right with probability `skill`, on its own. Asked to improve one, it rewrites one slot drawn
at random, with the same probability of getting it right. A plan of its settles some slots beforehand; a
plan thought over rewrites one of those. So what it costs to find the solution can be computed, and
strategies compared at equal skill.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass

from proofsmith.agents.prompts.templates import unquoted
from proofsmith.model_calls import Request, Sample

_PLANNED = re.compile(r"slot (\d+): (.*)")
_SWAPS = (
    (" + ", " - "),
    (" - ", " + "),
    (" * ", " + "),
    (" <= ", " < "),
    (" >= ", " > "),
    (" < ", " <= "),
    (" > ", " >= "),
    (" == ", " != "),
    ("min", "max"),
    ("True", "False"),
    (" and ", " or "),
    (" or ", " and "),
)


@dataclass(frozen=True)
class Skilled:
    """See the module.

    Attributes:
        solution: the right program or word.
        skill: probability in [0, 1] that a slot is written right.
        alphabet: symbols of a word; empty for programs, whose slots are lines.
        fence: what its code fences say.
    """

    solution: str
    skill: float
    alphabet: str = ""
    fence: str = ""

    def __call__(self, request: Request, rng: random.Random) -> Sample:
        """Return an answer to a request of planner, coder or critic."""
        said = request.messages[-1].text
        purpose = request.purpose
        if purpose == "plan":
            return Sample(json.dumps({"thoughts": [self._thought(rng) for _ in range(3)]}))
        if purpose == "rethink":
            return Sample(json.dumps(self._rethought(unquoted("PLAN", said) or "", rng)))
        if purpose == "value":
            return Sample(json.dumps({"value": round(self._right(unquoted("PROGRAM", said) or ""), 3)}))
        if purpose == "falsify":
            return Sample(json.dumps({"calls": []}))
        program = unquoted("PROGRAM", said)
        slots = None if program is None else self._slots(program)
        if slots is None:
            slots = self._write(self._plan(unquoted("PLAN", said) or ""), rng)
            return self._sample(slots)
        place = rng.randrange(len(slots))
        new = self._slot(place, rng)
        if purpose == "edit" and not self.alphabet:
            text = f"<<<<<<< SEARCH\n{slots[place]}\n=======\n{new}\n>>>>>>> REPLACE\n"
            return Sample(f"Line {place + 1} is wrong.\n{text}")
        slots[place] = new
        return self._sample(slots)

    @property
    def _truth(self) -> list[str]:
        return list(self.solution) if self.alphabet else self.solution.rstrip("\n").split("\n")

    def _slots(self, program: str) -> list[str] | None:
        """The slots of a program in a prompt; ``None`` if it is not of the solution's shape."""
        text = program.strip("\n") if not self.alphabet else program.strip()
        slots = list(text) if self.alphabet else text.split("\n")
        return slots if len(slots) == len(self._truth) else None

    def _right(self, program: str) -> float:
        slots = self._slots(program)
        truth = self._truth
        return 0.5 if slots is None else sum(a == b for a, b in zip(slots, truth, strict=True)) / len(truth)

    def _write(self, plan: dict[int, str], rng: random.Random) -> list[str]:
        return [plan.get(i, self._slot(i, rng)) for i in range(len(self._truth))]

    def _slot(self, place: int, rng: random.Random) -> str:
        """One slot: the right one with probability `skill`, else some wrong one."""
        right = self._truth[place]
        if rng.random() < self.skill:
            return right
        if self.alphabet:
            return rng.choice([c for c in self.alphabet if c != right] or [right])
        return _spoilt(right, rng)

    def _thought(self, rng: random.Random) -> dict[str, object]:
        places = sorted(rng.sample(range(len(self._truth)), max(1, len(self._truth) // 3)))
        lines = [f"slot {i}: {self._slot(i, rng)}" for i in places]
        return {"thought": "\n".join(lines), "confidence": round(rng.uniform(0.3, 0.9), 2)}

    def _rethought(self, thought: str, rng: random.Random) -> dict[str, object]:
        plan = self._plan(thought)
        if plan:
            place = rng.choice(sorted(plan))
            plan[place] = self._slot(place, rng)
        lines = [f"slot {i}: {text}" for i, text in sorted(plan.items())]
        words = "\n".join(lines) or "slot 0: " + self._slot(0, rng)
        return {"block": 0, "wrong": "one slot of the plan", "thought": words, "confidence": 0.5}

    def _plan(self, thought: str) -> dict[int, str]:
        found = {int(n): text for n, text in _PLANNED.findall(thought)}
        return {n: text for n, text in found.items() if n < len(self._truth)}

    def _sample(self, slots: list[str]) -> Sample:
        text = "".join(slots) if self.alphabet else "\n".join(slots)
        return Sample(f"Here it is.\n```{self.fence}\n{text}\n```\n")


def _spoilt(line: str, rng: random.Random) -> str:
    """A line with one thing in it changed, as careless coders do; it mostly still parses."""
    ways = [line.replace(old, new, 1) for old, new in _SWAPS if old in line]
    ways += [
        line[: m.start()] + str(int(m[0]) + rng.choice((-1, 1))) + line[m.end() :]
        for m in re.finditer(r"(?<![\w.])\d{1,9}(?![\w.])", line)
    ]
    return rng.choice(ways) if ways else line
