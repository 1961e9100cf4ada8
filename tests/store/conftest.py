"""Fixtures: a store in a fresh folder, and the module that makes events (also run as a process)."""

import importlib.util
from pathlib import Path

import pytest

from proofsmith.store.store import Store

WRITER = Path(__file__).with_name("writer.py")


@pytest.fixture(scope="session")
def make():
    """Builders of tasks and events."""
    spec = importlib.util.spec_from_file_location("store_test_writer", WRITER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.path = str(WRITER)
    return module


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.sqlite"


@pytest.fixture
def store(path):
    with Store.open(str(path)) as store:
        yield store
