"""``proofsmith models``: which models a server has, and what it really does with what it is asked."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, fields
from typing import Any

from rich.table import Table
from rich.text import Text

from proofsmith.agents.models.listing import Listed, Listing
from proofsmith.agents.models.live import LiveClient
from proofsmith.agents.models.opening import Opener
from proofsmith.agents.models.types import Features, prices_of
from proofsmith.cli.exits import SOLVED
from proofsmith.cli.options import ModelsOptions
from proofsmith.cli.settings import gather
from proofsmith.cli.view.console import listing_console
from proofsmith.errors import BadInput

_MEANING = {
    "n": ("several answers to one request", "asked one by one"),
    "logprobs": ("log-probabilities of tokens", "left out"),
    "seed": ("the same seed, the same answer", "sent all the same"),
    "grammar": ("answers obey a grammar", "answers that do not are thrown away"),
    "json_schema": ("answers obey a JSON schema", "answers that do not are thrown away"),
    "tools": ("tool calls by its interface", "tools are called through text"),
    "token_ids": ("the ids of an answer's tokens", "left out"),
    "context": ("tokens of prompt and answer together", "found out when it overflows"),
}
"""What each feature is, and what is done without it."""


def run(options: ModelsOptions) -> int:
    """List a server's models and print what one of them does."""
    settings = gather(options).client
    opener = Opener(settings)
    listing = None if settings.base_url is None else opener.listing(settings.base_url)
    name = settings.model or (listing.models[0].name if listing and listing.models else None)
    if listing is None and name is None:
        raise BadInput(
            "nothing to ask", hint="name a server with --base-url, or a provider's model with --model"
        )
    found: tuple[LiveClient, Listed | None] | None = None
    if not options.only_list and name is not None:
        found = opener.live(name)
        if listing is not None:
            opener.probed(*found, again=True)
    client = None if found is None else found[0]
    if options.json:
        sys.stdout.write(json.dumps(_as_data(listing, client), ensure_ascii=False) + "\n")
    else:
        _print(listing, client)
    return SOLVED


def _as_data(listing: Listing | None, client: LiveClient | None) -> dict[str, Any]:
    data: dict[str, Any] = {"@": "Models"}
    if listing is not None:
        data |= {
            "server": listing.url,
            "kind": listing.dialect.name,
            "models": [{"name": m.name, "context": m.context} for m in listing.models],
        }
    if client is not None:
        prices = prices_of(client)
        data |= {
            "model": client.name,
            "dialect": client.dialect.name,
            "features": asdict(client.features),
            "dollars_per_token": None if prices is None else list(prices),
        }
    return data


def _print(listing: Listing | None, client: LiveClient | None) -> None:
    console = listing_console()
    if listing is not None:
        console.print(Text.assemble((listing.url, "bold"), ("  " + listing.dialect.name, "dim")))
        for model in listing.models:
            context = "" if model.context is None else f"  {model.context} tokens"
            console.print(Text.assemble("  ", (model.name, "cyan"), (context, "dim")))
    if client is None:
        return
    console.print()
    told = "what LiteLLM's tables say" if listing is None else "what was found by asking"
    console.print(Text.assemble((client.name, "bold cyan"), (f"  {told}", "dim")))
    console.print(_table(client.features))
    prices = prices_of(client)
    cost = "unknown" if prices is None else f"${prices[0] * 1e6:g} in, ${prices[1] * 1e6:g} out"
    console.print(f"price of a million tokens: {cost}")


def _table(features: Features) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("feature", "there", "what it is", "without it"):
        table.add_column(title, no_wrap=title in ("feature", "there"))
    for field in fields(features):
        value = getattr(features, field.name)
        there, style = (
            ("unknown", "yellow") if value is None else ("yes", "green") if value else ("no", "red")
        )
        if field.name == "context" and value is not None:
            there = str(value)
        table.add_row(field.name, Text(there, style), *_MEANING[field.name])
    return table
