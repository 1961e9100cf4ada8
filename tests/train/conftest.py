"""TRL's trainers on exports made here. They need what scripts/setup_train.sh installs."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")

if importlib.util.find_spec("trl") is None or importlib.util.find_spec("torch") is None:
    collect_ignore_glob = ["test_trainers*"]


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of every format, exported from runs made here."""
    from proofsmith.cli import main
    from proofsmith.store.export.request import FORMATS
    from proofsmith.verifiers.toolbox import Toolbox

    place = Path(__file__).parents[1] / "export" / "making.py"
    spec = importlib.util.spec_from_file_location("train_tests_making", place)
    assert spec is not None
    assert spec.loader is not None
    making = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = making
    spec.loader.exec_module(making)
    folder = tmp_path_factory.mktemp("dataset")
    with Toolbox() as toolbox:
        making.make_store(folder / "store.sqlite", folder, toolbox)
    for name, flags in (("parquet", ()), ("jsonl", ("--jsonl",))):
        arguments = [
            "export",
            str(folder / name),
            "--store",
            str(folder / "store.sqlite"),
            "--solutions",
            "4",
        ]
        arguments += ["--format", ",".join(FORMATS), "--splits", "train=1", *flags]
        assert main.invoke(arguments) == 0
    return folder
