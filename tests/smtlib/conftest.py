from __future__ import annotations

from collections.abc import Iterator

import pytest

from proofsmith.verifiers.smt.pool import SolverPool


@pytest.fixture(scope="module")
def pool() -> Iterator[SolverPool]:
    with SolverPool() as opened:
        yield opened
