"""Opening the language models that a command asks for; nothing is loaded where it asks for none."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from proofsmith.agents.models.settings import SYMBOLIC, ClientSettings
from proofsmith.agents.models.types import Models, prices_of
from proofsmith.errors import BadInput
from proofsmith.events import RunStarted
from proofsmith.settings import KEY_VARIABLE, is_local

_AGENTS = ("planner", "coder", "critic")


@contextmanager
def open_models(settings: ClientSettings, max_cost: float | None = None) -> Iterator[Models]:
    """Open the models that `settings` name, and close them in the end.

    Raises:
        BadInput: a name, an address or a cassette cannot be used.
        ModelError: the server does not answer.
    """
    named = any(settings.name_of(agent) for agent in _AGENTS)
    if not (named or settings.base_url or settings.replay or settings.record):
        yield Models()
        return
    from proofsmith.agents.models.opening import Opener

    with Opener(settings, told=_tell).open() as models:
        if max_cost is not None:
            _warn_about_prices(models)
        yield models


def recorded(started: RunStarted, settings: ClientSettings) -> ClientSettings:
    """Return `settings` with the models that a run was started with; an address that was given stays.

    Raises:
        BadInput: the run has the address of a server elsewhere, which would get the user's key.
    """
    pairs = dict(started.settings)
    any_model = any(agent in pairs for agent in _AGENTS)
    address = pairs.get("base_url")
    unasked = address is not None and settings.base_url is None and settings.replay is None
    if any_model and unasked and os.environ.get(KEY_VARIABLE) and not is_local(str(address)):
        raise BadInput(
            f"the run asked models of {address}, which does not get the key in {KEY_VARIABLE} unasked",
            hint=f"if it is your server's: --base-url {address}",
        )
    return replace(
        settings,
        model=None,
        planner=pairs.get("planner", SYMBOLIC),
        coder=pairs.get("coder", SYMBOLIC),
        critic=pairs.get("critic", SYMBOLIC),
        base_url=(settings.base_url or pairs.get("base_url")) if any_model else None,
        record=settings.record if any_model else None,
        replay=settings.replay if any_model else None,
    )


def _warn_about_prices(models: Models) -> None:
    unknown = {c.name for c in (models.planner, models.coder, models.critic) if c and prices_of(c) is None}
    for name in sorted(unknown):
        _tell(
            f"warning: the price of {name} is unknown, so --max-cost does not limit it; set price_in and "
            "price_out (US dollars per million tokens), or use --max-tokens"
        )


def _tell(text: str) -> None:
    print(f"proofsmith: {text}", file=sys.stderr, flush=True)
