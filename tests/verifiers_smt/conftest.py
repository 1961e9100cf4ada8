from __future__ import annotations

from collections.abc import Iterator

import pytest

from proofsmith.verifiers.smt.pool import SolverPool
from proofsmith.verifiers.smt.settings import SmtSettings


@pytest.fixture(scope="module")
def pool() -> Iterator[SolverPool]:
    with SolverPool() as opened:
        yield opened


@pytest.fixture(scope="module")
def paranoid_pool() -> Iterator[SolverPool]:
    with SolverPool(SmtSettings(paranoid=True)) as opened:
        yield opened
