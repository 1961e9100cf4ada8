"""A real llama.cpp server with a random model that is made here."""

from __future__ import annotations

import importlib.util
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from proofsmith.agents.models.live import LiveClient
from proofsmith.agents.models.opening import Opener
from proofsmith.agents.models.settings import ClientSettings

HERE = Path(__file__).parent


class LlamaServer:
    """The server as a process of its own, that can be killed and started again at the same address."""

    def __init__(self, model: Path, context: int, slots: int = 4) -> None:
        self.model, self.context, self.slots = model, context, slots
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> LlamaServer:
        arguments = [self.model, self.port, self.context, self.slots]
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "llama_server.py"), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        assert select.select([self._process.stdout], [], [], 60.0)[0], "the server did not start"
        assert "http" in self._process.stdout.readline()
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory, modules: Callable[..., None]) -> Path:
    """A random model in a file."""
    modules("xllamacpp", "gguf", install="pip install xllamacpp gguf")
    spec = importlib.util.spec_from_file_location("tiny_model", HERE / "tiny_model.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    path: Path = module.write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.gguf", context=4096)
    return path


@pytest.fixture(scope="session")
def llama(model: Path) -> Iterator[LlamaServer]:
    """A server with a context of 4,096 tokens (here: bytes)."""
    server = LlamaServer(model, 4096).start()
    yield server
    server.stop()


@pytest.fixture
def restartable(model: Path) -> Iterator[LlamaServer]:
    """A server of the test's own."""
    server = LlamaServer(model, 4096).start()
    yield server
    server.stop()


@pytest.fixture
def connect() -> Callable[..., LiveClient]:
    """Return a function that makes a client of a server, without cache."""

    def make(server: LlamaServer, **settings: Any) -> LiveClient:
        opener = Opener(ClientSettings(model="tiny", base_url=server.url, model_cache=False, **settings))
        client, listed = opener.live("tiny")
        opener.probed(client, listed)
        client.attention = opener.attention
        return client

    return make
