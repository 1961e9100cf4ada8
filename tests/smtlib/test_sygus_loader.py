from __future__ import annotations

from pathlib import Path

import pytest

from proofsmith.environments.load import load
from proofsmith.errors import BadInput
from proofsmith.logic_spec import SmtScript, SygusSpec
from proofsmith.smtlib.reading import parse_problem
from proofsmith.types import Assurance

EXAMPLES = Path(__file__).parents[2] / "examples" / "sygus"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.sl")), ids=lambda p: p.name)
def test_every_example_is_one_task(path: Path) -> None:
    (task,) = load(str(path))
    assert task.id == path.name
    assert task.language == "sygus"
    assert task.verifiers == ("smt",)
    assert task.assurance is Assurance.PROVED
    assert task.spec == SygusSpec(path.read_text())
    assert task.origin.path == str(path)
    assert "Find (" in task.statement


def test_a_script_is_one_task() -> None:
    (task,) = load(str(EXAMPLES / "average.smt2"))
    assert isinstance(task.spec, SmtScript)
    assert task.verifiers == ("smt",)


@pytest.mark.parametrize("name", ["bad.sl", "bad.smt2"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"  \n",
        b"\0\0",
        b"\xff\xfe(",
        b"(set-logic",
        b'(set-info :x "',
        b"(hello)",
        b")",
        b"()",
        b"hello",
    ],
)
def test_unusable_files_are_one_line_with_the_path(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInput) as raised:
        load(str(path))
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_there_is_nothing_to_choose() -> None:
    with pytest.raises(BadInput, match="nothing to choose"):
        load(str(EXAMPLES / "clamp.sl"), function="clamp")


@pytest.mark.parametrize(
    ("logic", "known"),
    [
        ("LIA", "LIA"),
        ("QF_LIA", "LIA"),
        ("CLIA", "LIA"),
        ("PBE_SLIA", "SLIA"),
        ("PBE_BV", "BV"),
        ("BVSLIA", "BVSLIA"),
        ("S", "S"),
        ("ALL", "ALL"),
    ],
)
def test_logics(logic: str, known: str) -> None:
    assert parse_problem(f"(set-logic {logic})(synth-fun f () Int)(check-synth)").logic == known
