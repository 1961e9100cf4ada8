"""The pages on research ideas and benchmarks name modules, tests, strategies and formats that are there."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from proofsmith import __version__
from proofsmith.agents.table import STRATEGIES
from proofsmith.cli.settings import SETTINGS_CLASSES
from proofsmith.store.export.request import FORMATS

ROOT = Path(__file__).parents[2]
QUOTED = re.findall(r"`([^`]+)`", (ROOT / "docs" / "research.md").read_text(encoding="utf-8"))
MODULES = [
    q for q in QUOTED if re.match(r"(agents|benchmarks|cli|scripts|store|verifiers)/[^ ]*(\.py|/)$", q)
]
TESTS = [q for q in QUOTED if re.fullmatch(r"\w+/(test_\w+)?", q) and q not in (*MODULES, "tests/")]


def test_something_was_found() -> None:
    assert len(MODULES) > 5
    assert len(TESTS) > 10


@pytest.mark.parametrize("named", sorted(set(MODULES)))
def test_modules_exist(named: str) -> None:
    stem, names, rest = re.fullmatch(r"([^{]*)(?:\{(.*)\})?(.*)", named).groups()  # type: ignore[union-attr]
    for name in (names or "").split(","):
        assert (ROOT / f"{stem}{name}{rest}").exists(), f"{stem}{name}{rest}"


@pytest.mark.parametrize("named", sorted(set(TESTS)))
def test_tests_exist(named: str) -> None:
    assert (ROOT / "tests" / (named if named.endswith("/") else f"{named}.py")).exists()


def test_strategies_formats_and_settings_exist() -> None:
    text = " ".join(QUOTED)
    strategies = set(re.findall(r"--strategy (\S+)", text))
    assert strategies
    assert strategies <= set(STRATEGIES.names())
    formats = set(re.findall(r"--format (\S+)", text))
    assert formats
    assert formats <= set(FORMATS)
    settings = set(re.findall(r"^(\w+) = ", "\n".join(QUOTED), re.MULTILINE))
    assert settings
    assert settings <= {field.name for cls in SETTINGS_CLASSES for field in fields(cls)}


def test_every_benchmark_is_listed_and_no_other() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+\.py)` \|", page, re.MULTILINE)
    programs = [path for path in (ROOT / "benchmarks").glob("*.py") if "def main()" in path.read_text()]
    assert sorted(listed) == sorted(path.name for path in programs)


def test_the_citation_has_the_version() -> None:
    assert f"version: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
