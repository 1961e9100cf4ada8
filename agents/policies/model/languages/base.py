"""The promise of a language, and the plain one that any language can start from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from proofsmith.agents.contracts.contract import Broken
from proofsmith.agents.policies.model.cutting import cut_program
from proofsmith.agents.policies.model.extract import programs
from proofsmith.agents.policies.model.plans import LINES_OF_ATTACK, PlanForm
from proofsmith.model_calls import Sample
from proofsmith.python_spec import Example
from proofsmith.types import Candidate, Task

MAX_PROGRAM = 200_000
"""Characters of a program that is taken."""
SPECIFICATION = 24_000
"""Characters of a specification that are shown; longer ones are cut by meaning."""


class Language(Protocol):
    """What the model policies need to know of a language."""

    @property
    def name(self) -> str:
        """The language's name, as in ``Task.language``."""
        ...

    def specification(self, task: Task, limit: int = SPECIFICATION) -> str:
        """Return the protected specification as the model may see it, in about `limit` characters."""
        ...

    def evidence(self, task: Task, examples: Sequence[Example]) -> str:
        """Return what was learnt in the run, as text."""
        ...

    def program(self, task: Task, sample: Sample) -> Candidate:
        """Return the program in an answer.

        Raises:
            Broken: there is none that may be judged.
        """
        ...

    def admit(self, task: Task, source: str, cut: bool = False) -> Candidate:
        """Return `source` as a candidate, tidied.

        Args:
            task: what is asked.
            source: a text that may be the program.
            cut: whether its end may be missing.

        Raises:
            Broken: it may not be judged as one.
        """
        ...

    def has_exact_grammar(self, task: Task) -> bool:
        """Whether the grammar allows every answer that can be right."""
        ...

    def grammar(self, task: Task) -> str:
        """Return the GBNF grammar of answers, fence included; empty where there is none."""
        ...

    def base(self, task: Task) -> str:
        """Return the program that every candidate is a change of; empty where there is none."""
        ...

    def keep(self, task: Task) -> tuple[str, ...]:
        """Return the names whose definitions are never cut out of a program."""
        ...

    def plans(self, task: Task) -> PlanForm:
        """Return the form of plans for the task."""
        ...

    def values(self, task: Task) -> Mapping[str, str]:
        """Return the values of placeholders that only this language's prompt templates have."""
        ...


@dataclass(frozen=True)
class PlainLanguage:
    """A language of which nothing is known: the candidate is the whole text.

    Attributes:
        name: of the language.
        infos: what code fences in it are called.
    """

    name: str
    infos: tuple[str, ...] = ()

    def specification(self, task: Task, limit: int = SPECIFICATION) -> str:
        """Return the specification's text, where it has one."""
        return cut_program(text_of(task.spec), self.name, limit, self.keep(task))

    def evidence(self, task: Task, examples: Sequence[Example]) -> str:
        """Nothing: examples are Python's."""
        return ""

    def program(self, task: Task, sample: Sample) -> Candidate:
        """Return the first text in the answer that `admit` takes."""
        found = programs(sample, self.infos or (self.name,))
        complaints: list[str] = []
        for text in found.texts:
            try:
                return self.admit(task, text, found.cut)
            except Broken as broken:
                complaints.append(str(broken))
        cut = found.cut and "cut off" not in complaints[0]
        raise Broken(complaints[0] + (" (the answer was cut off)" if cut else ""))

    def admit(self, task: Task, source: str, cut: bool = False) -> Candidate:
        """Return the text as it stands, unless it is empty, cut off or far too long."""
        if not source.strip():
            raise Broken("the program is empty")
        if len(source) > MAX_PROGRAM:
            raise Broken(f"the program is longer than {MAX_PROGRAM:,} characters")
        if cut:
            raise Broken("the program is cut off")
        return Candidate(source, task.language)

    def has_exact_grammar(self, task: Task) -> bool:
        """No."""
        return False

    def grammar(self, task: Task) -> str:
        """None."""
        return ""

    def base(self, task: Task) -> str:
        """None."""
        return ""

    def keep(self, task: Task) -> tuple[str, ...]:
        """Nothing in particular."""
        return ()

    def plans(self, task: Task) -> PlanForm:
        """Lines of attack."""
        return LINES_OF_ATTACK

    def values(self, task: Task) -> Mapping[str, str]:
        """None."""
        return {}


def text_of(spec: Any) -> str:
    """Return the text of a specification that is kept as one, as SyGuS problems are.

    Other fields may hold references and benches, which a model must not see.
    """
    text = getattr(spec, "text", None)
    return text if isinstance(text, str) else ""
