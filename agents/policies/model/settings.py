"""How the model-driven agents work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from proofsmith.errors import BadInput

EDITS = ("auto", "whole", "edit")
CONSTRAIN = ("exact", "all", "none")
RANKS = ("count", "self-certainty", "g-nll", "none")


@dataclass(frozen=True)
class AgentSettings:
    """Settings of planner, coder and critic on language models.

    Attributes:
        thoughts: lines of attack planned at a time; 0 goes straight to code.
        edits: how programs are improved: ``"whole"`` writes them anew, ``"edit"`` asks for
            search/replace edits and for whole programs after a failed one, ``"auto"`` edits
            programs of more than 40 lines.
        decompose: whether programs may be planned as functions with undefined helpers, each then
            written as a subtask (after ReCode).
        model_tools: whether coders may call the tools run, verify, counterexample and recall.
        rethink: whether a failed line of attack is rewritten in place (after RethinkMCTS).
        falsify: inputs that the critic may try to break a program with that passed tests only.
        estimate: whether the critic estimates the value of thoughts (after I-MCTS).
        rank_by: what samples of one answer are ranked by before anything is verified: ``"count"``,
            ``"self-certainty"``, ``"g-nll"`` or ``"none"``.
        temperature: of code and plans; judgements are made at 0.
        answer_tokens: most tokens of an answer.
        attempts: most requests for one answer that meets its contract.
        constrain: what answers are held to where the server can: ``"exact"`` grammars and schemas,
            which lose nothing (SyGuS, JSON), ``"all"``, also those of small Python functions and Dafny
            annotations, which help weak models and hold strong ones back, or ``"none"``.
        symbolic_fallback: whether the language's symbolic policy stands in where a model gave nothing
            inside its contract.
        model_share: the models' share of the prior where they and the symbolic policy propose together.
    """

    thoughts: int = 3
    edits: str = "auto"
    decompose: bool = False
    model_tools: bool = False
    rethink: bool = True
    falsify: int = 8
    estimate: bool = False
    rank_by: str = "count"
    temperature: float = 0.8
    answer_tokens: int = 2048
    attempts: int = 2
    constrain: str = "exact"
    symbolic_fallback: bool = True
    model_share: float = 0.5

    def __post_init__(self) -> None:
        for name, allowed in (("edits", EDITS), ("rank_by", RANKS), ("constrain", CONSTRAIN)):
            if getattr(self, name) not in allowed:
                raise BadInput(f"{name}: {getattr(self, name)!r} is none of {', '.join(allowed)}")
        for name, least in (("thoughts", 0), ("falsify", 0), ("attempts", 1), ("answer_tokens", 1)):
            if getattr(self, name) < least:
                raise BadInput(f"{name} must be at least {least}, not {getattr(self, name)}")
        for name, most in (("model_share", 1.0), ("temperature", 10.0)):
            if not 0.0 <= getattr(self, name) <= most:  # also refuses NaN
                raise BadInput(f"{name} must be between 0 and {most:g}, not {getattr(self, name):g}")

    def as_pairs(self) -> tuple[tuple[str, str], ...]:
        """Return (name, text) pairs for the record of a run."""
        return tuple((f.name, str(getattr(self, f.name))) for f in fields(self))

    def with_pairs(self, pairs: Mapping[str, str]) -> AgentSettings:
        """Return these settings with what a run's record says; what it does not hold, or not well, stays."""
        found: dict[str, Any] = {}
        for f in fields(self):
            kind, text = type(getattr(self, f.name)), pairs.get(f.name)
            if text is None:
                continue
            try:
                found[f.name] = text == "True" if kind is bool else kind(text)
            except ValueError:  # written by another version
                continue
        return replace(self, **found)
