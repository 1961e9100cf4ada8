"""Scripted models by name: what ``--model scripted:NAME`` opens."""

from __future__ import annotations

import random
from pathlib import Path

from proofsmith.agents.models.types import Features, ModelClient
from proofsmith.agents.policies.model.scripted import misbehaving
from proofsmith.agents.policies.model.scripted.client import ScriptedModel, Speak
from proofsmith.agents.policies.model.scripted.gbnf import derive
from proofsmith.agents.policies.model.scripted.skilled import Skilled
from proofsmith.errors import BadInput
from proofsmith.model_calls import Request, Sample

PREFIX = "scripted:"
_MISBEHAVING: dict[str, Speak] = {
    "rubbish": misbehaving.rubbish,
    "half-cut": misbehaving.half_cut,
    "wrong-language": misbehaving.wrong_language,
    "refusal": misbehaving.refusal,
    "injection": misbehaving.injection,
    "torrent": misbehaving.torrent,
}
_FORMS = ("skilled=PROGRAM[@SKILL]", "replies=FILE", "grammar", "moody=PROGRAM[@SKILL]", *_MISBEHAVING)
_SEPARATOR = "%%%"
"""A line of this stands between the answers in a file of replies."""


def open_model(name: str) -> ModelClient:
    """Return the scripted model `name`.

    ``scripted:skilled=PROGRAM@0.7`` knows the program in that file and writes each line right
    with probability 0.7 (`Skilled`); ``moody`` is the same on every other answer and misbehaves
    in between. ``scripted:replies=FILE`` gives the answers in a file in turn, whatever is asked.
    ``scripted:grammar`` says something random that the request's grammar allows. The others
    misbehave, each in its way.

    Raises:
        BadInput: there is no such model, or its file cannot be used.
    """
    kind, _, argument = name.removeprefix(PREFIX).partition("=")
    features = Features(n=True, seed=True, grammar=kind == "grammar")
    if kind in _MISBEHAVING and not argument:
        return ScriptedModel(name, _MISBEHAVING[kind], features)
    if kind == "grammar" and not argument:
        return ScriptedModel(name, _grammatical, features)
    if kind in ("skilled", "moody") and argument:
        skilled = _skilled(name, argument)
        return ScriptedModel(name, skilled if kind == "skilled" else _Moody(skilled), features)
    if kind == "replies" and argument:
        return ScriptedModel(name, _Replies(_read(name, argument)), features)
    raise BadInput(f"unknown scripted model {name!r}", hint=f"known: {', '.join(PREFIX + f for f in _FORMS)}")


def _skilled(name: str, argument: str) -> Skilled:
    path, at, skill = argument.rpartition("@")
    path, share = (path, skill) if at else (argument, "0.7")
    try:
        probability = float(share)
    except ValueError:
        probability = -1.0
    if not 0.0 <= probability <= 1.0:
        raise BadInput(
            f"{name}: {share!r} is no probability", hint="for example scripted:skilled=solution.py@0.7"
        )
    return Skilled(_read(name, path), probability)


def _read(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{name}: {path} cannot be read: {error}") from None


class _Replies:
    """The answers of a file in turn; the last is repeated."""

    def __init__(self, text: str) -> None:
        self._replies = [part.strip("\n") for part in f"\n{text}\n".split(f"\n{_SEPARATOR}\n")]
        self._next = 0

    def __call__(self, request: Request, rng: random.Random) -> Sample:
        reply = self._replies[min(self._next, len(self._replies) - 1)]
        self._next += 1
        return Sample(reply)


class _Moody:
    """Misbehaves on about half of the answers, in one way or another."""

    def __init__(self, skilled: Skilled) -> None:
        self._skilled = skilled

    def __call__(self, request: Request, rng: random.Random) -> Sample:
        if rng.random() < 0.5:
            return self._skilled(request, rng)
        return rng.choice(list(_MISBEHAVING.values()))(request, rng)


def _grammatical(request: Request, rng: random.Random) -> Sample:
    return Sample(derive(request.grammar, rng) if request.grammar else "")
