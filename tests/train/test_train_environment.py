"""Says whether the trainers' tests run here, so that they are never left out unseen."""

import importlib.util
import os

import pytest


def test_the_trainers_are_installed() -> None:
    missing = [n for n in ("torch", "transformers", "trl", "datasets") if importlib.util.find_spec(n) is None]
    if missing and os.environ.get("PROOFSMITH_TRAIN_TESTS") == "1":
        pytest.fail(f"not installed: {', '.join(missing)}; make the environment with scripts/setup_train.sh")
    if missing:
        pytest.skip(f"TRL's trainers are not tested here; not installed: {', '.join(missing)}")
