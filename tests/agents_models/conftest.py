"""The misbehaving server, and clients that reach it through the real LiteLLM."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from proofsmith.agents.models.live import LiveClient
from proofsmith.agents.models.opening import Opener
from proofsmith.agents.models.settings import ClientSettings
from proofsmith.agents.models.types import Features
from proofsmith.budget import Budget
from proofsmith.model_calls import Message, Request


@pytest.fixture(scope="session")
def echo_module() -> ModuleType:
    """The module with the server, found beside this file whatever the tests are run from."""
    path = Path(__file__).with_name("echo_server.py")
    spec = importlib.util.spec_from_file_location("echo_server", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def echo(echo_module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server that does as its script says; it wants a key."""
    monkeypatch.setenv("PROOFSMITH_API_KEY", echo_module.KEY)
    server = echo_module.EchoServer().start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def warm(echo_module: ModuleType) -> None:
    """Have LiteLLM imported and used once: that takes seconds, which would count in tests of deadlines."""
    server = echo_module.EchoServer().start()
    client, _ = Opener(ClientSettings(base_url=server.url, model_cache=False)).live("echo")
    client.complete(Request((Message("user", "hello"),)), Budget(seconds=120.0))
    server.stop()


@pytest.fixture
def connect(echo: Any, warm: None) -> Callable[..., LiveClient]:
    """Return a function that makes a client of the server, with settings of one's own."""

    def make(features: Features | None = None, **settings: Any) -> LiveClient:
        defaults = {
            "model": "echo",
            "base_url": echo.url,
            "model_cache": False,
            "probe": False,
            "patience": 20.0,
        }
        opener = Opener(ClientSettings(**{**defaults, **settings}))
        client, _ = opener.live("echo")
        client.features = features or Features()
        client.attention = opener.attention
        return client

    return make
