"""From names and addresses to clients: who answers for each agent, through which layers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, cast

import platformdirs

from proofsmith.agents.models.cache import CachedClient, ReplyCache
from proofsmith.agents.models.cassettes import AGENTS, Cassette, Recording, RecordingClient
from proofsmith.agents.models.listing import Listed, Listing, list_models
from proofsmith.agents.models.live import Backend, LiveClient
from proofsmith.agents.models.probing import Probe, Probed, remember, remembered
from proofsmith.agents.models.redaction import public_url
from proofsmith.agents.models.server import Server
from proofsmith.agents.models.settings import ClientSettings
from proofsmith.agents.models.types import Attention, Features, ModelClient, Models
from proofsmith.agents.models.wire import DIALECTS
from proofsmith.errors import BadInput
from proofsmith.registry import Registry
from proofsmith.settings import KEY_VARIABLE


class OpenModel(Protocol):
    """What the table of kinds binds a prefix to: opens the model of a name with that prefix."""

    def __call__(self, name: str) -> ModelClient:
        """Return the client of `name`, prefix included. Raises `BadInput` for an unknown one."""
        ...


KINDS: Registry[OpenModel] = Registry(
    "kind of model",
    "proofsmith.models",
    {"scripted": "proofsmith.agents.policies.model.scripted:open_model"},
)
"""Models that are not asked through LiteLLM, by the prefix of their names up to ``:``."""


def data_folder() -> Path:
    """Return the user's data folder for Proofsmith (not created here)."""
    return Path(platformdirs.user_data_dir("proofsmith", appauthor=False))


@dataclass
class OpenModels:
    """The models of a command and what must be closed at its end. Use it in ``with``."""

    models: Models
    _closers: list[Callable[[], None]] = field(default_factory=list)

    def __enter__(self) -> Models:
        return self.models

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every client, cache and cassette. May be called twice."""
        while self._closers:
            self._closers.pop()()


class Opener:
    """Opens clients; equal names share one client, and clients of one address its limiter.

    Args:
        settings: which models, where, how.
        environment: for the key; the process's own by default.
        told: gets lines about what takes time.
    """

    def __init__(
        self,
        settings: ClientSettings,
        environment: Mapping[str, str] | None = None,
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.settings = settings
        self._environment = os.environ if environment is None else environment
        self._told = told
        self.attention = Attention()
        self._servers: dict[str, Server] = {}
        self._clients: dict[str, ModelClient] = {}
        self._closers: list[Callable[[], None]] = []
        self._cache: ReplyCache | None = None
        self._listing: Listing | None = None

    def open(self) -> OpenModels:
        """Open the model of every agent.

        Raises:
            BadInput: a name, an address or a file cannot be used.
            ModelError: the server named by ``base_url`` does not answer, or not as it should.
        """
        settings = self.settings
        if settings.replay is not None:
            if settings.record is not None:
                raise BadInput("--record and --replay exclude each other")
            cassette = Cassette(settings.replay)
            played = {agent: cast(ModelClient, client) for agent, client in cassette.models.items()}
            return OpenModels(Models(**played, pairs=cassette.pairs, attention=self.attention))
        clients: dict[str, ModelClient] = {}
        if settings.base_url is not None and not any(getattr(settings, agent) for agent in AGENTS):
            self.settings = settings = replace(settings, model=settings.model or self._only_model())
        for agent in AGENTS:
            name = settings.name_of(agent)
            if name is not None:
                clients[agent] = self.client(name)
        pairs = self._pairs(clients)
        if settings.record is not None:
            if not clients:
                raise BadInput("--record records what a model answers", hint="name one with --model")
            recording = Recording(settings.record, clients, pairs)
            self._closers.insert(0, recording.close)
            clients = {agent: RecordingClient(client, recording) for agent, client in clients.items()}
        return OpenModels(Models(**clients, pairs=pairs, attention=self.attention), self._closers)

    def client(self, name: str) -> ModelClient:
        """Return the client of the model `name`, cached answers included. Raises as `open`."""
        if name not in self._clients:
            self._clients[name] = self._open(name)
            self._closers.append(self._clients[name].close)
        return self._clients[name]

    def live(self, name: str) -> tuple[LiveClient, Listed | None]:
        """Return a client without cache whose features are not known yet. Raises as `open`."""
        url = self.settings.base_url
        if url is None:
            backend = self._backend(name, None)
            server = self._server(f"the provider of {name}")
            return LiveClient(
                name, backend, server, _features(backend), DIALECTS["hosted"], self.settings
            ), None
        listing = self.listing(url)
        listed = listing.model(name)
        if listed is None and listing.dialect.name not in ("llama.cpp", "unknown"):
            known = ", ".join(m.name for m in listing.models[:8])
            raise BadInput(f"{listing.url} has no model {name!r}", hint=f"it has: {known}" if known else None)
        backend = self._backend(f"hosted_vllm/{listed.name}" if listed else _provided(name), url)
        client = LiveClient(
            name, backend, self._server(listing.url), Features(), listing.dialect, self.settings
        )
        client.url = listing.url
        return client, listed

    def listing(self, url: str) -> Listing:
        """Ask the server at `url` what it has, once. Raises `BadInput` and `ModelError`."""
        if not url.startswith(("http://", "https://")):
            raise BadInput(f"{url!r} is not the address of a server", hint="such as http://localhost:8000/v1")
        if self._listing is None:
            self._listing = list_models(url, self.key)
        return self._listing

    @property
    def key(self) -> str | None:
        """The key for the server named by ``base_url``."""
        return self._environment.get(KEY_VARIABLE) or None

    def probed(self, client: LiveClient, listed: Listed | None, *, again: bool = False) -> Probed:
        """Return what `client`'s server does, from memory unless `again`, else by asking it."""
        digest = listed.digest if listed is not None else ""
        name, path = f"{client.url} {client.name} {digest}", data_folder() / "servers.json"
        found = None if again else remembered(path, name)
        if found is None:
            self._told(f"finding out what {client.url or client.name} does (once; see `proofsmith models`)")
            found = Probe(client, listed.context if listed else client.features.context).run()
            remember(path, name, found)
        client.features, client.dialect = found.features, DIALECTS[found.dialect]
        return found

    def _open(self, name: str) -> ModelClient:
        prefix, colon, _ = name.partition(":")
        if colon and prefix in KINDS.names():
            return KINDS.get(prefix)(name)
        client, listed = self.live(name)
        if self.settings.base_url is not None:
            if self.settings.probe:
                self.probed(client, listed)
            else:
                client.features = Features(context=listed.context if listed else None)
        if not self.settings.model_cache:
            return client
        if self._cache is None:
            self._cache = ReplyCache(data_folder() / "model-answers.sqlite")
            self._closers.append(self._cache.close)
        return CachedClient(client, self._cache, (name, client.url, listed.digest if listed else ""))

    def _server(self, name: str) -> Server:
        if name not in self._servers:
            shown = name if name.startswith("the provider") else f"the model server {name}"
            self._servers[name] = Server(
                shown, self.settings.concurrency, self.settings.patience, self.attention
            )
        return self._servers[name]

    def _backend(self, model: str, url: str | None) -> Backend:
        from proofsmith.agents.policies.llm import LiteLlm

        # Without a key of ours LiteLLM would send the one meant for OpenAI to whatever answers there.
        key = (self.key or "none") if url is not None else None
        return LiteLlm(model, url, key)

    def _pairs(self, clients: Mapping[str, ModelClient]) -> tuple[tuple[str, str], ...]:
        pairs = [(agent, client.name) for agent, client in clients.items()]
        if self.settings.base_url is not None and clients:
            pairs.append(("base_url", public_url(self.settings.base_url)))
        return tuple(pairs)

    def _only_model(self) -> str:
        """Return the model of a server that has one only."""
        assert self.settings.base_url is not None
        listing = self.listing(self.settings.base_url)
        if len(listing.models) == 1:
            return listing.models[0].name
        known = ", ".join(m.name for m in listing.models[:8])
        raise BadInput(
            f"{listing.url} has {len(listing.models)} models; name one with --model", hint=known or None
        )


def _provided(name: str) -> str:
    """Return LiteLLM's name for a model that one's own server does not list."""
    return name if name.startswith(("openai/", "hosted_vllm/")) else f"hosted_vllm/{name}"


def _features(backend: Backend) -> Features:
    features = getattr(backend, "features", None)
    found: Features = Features() if features is None else features()
    return found
