"""The shipped programs without bodies: each gets one, and those without loops are proved here too."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.agents.host import Forget
from proofsmith.agents.policies.dafny.prover import Answer, Prover
from proofsmith.agents.policies.dafny.writing import Writer
from proofsmith.budget import Budget
from proofsmith.dafny.openings import open_bodies
from proofsmith.dafny.parser import parse
from proofsmith.environments.dafny import DafnyLoader
from proofsmith.types import Assurance, Status
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.toolbox import Toolbox

SHIPPED = Path(__file__).parents[2] / "examples" / "dafny" / "bodies"


def accepts(text: str, seconds: float) -> Answer:
    """Dafny's part, for what is asked of the guesses alone."""
    return Answer((), True, True)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.dfy")), ids=lambda path: path.stem)
def test_a_body_is_found(path: Path) -> None:
    program = parse(path.read_text())
    assert len(open_bodies(program)) == 1
    prover = Prover(accepts, ends=time.monotonic() + 60)
    written = next(Writer(program, prover, {}, 0, accepts).steps()).text
    assert open_bodies(parse(written)) == ()


@pytest.fixture(scope="module")
def toolbox(dafny_settings: DafnySettings) -> Iterator[Toolbox]:
    with Toolbox(dafny_settings) as tools:
        yield tools


@pytest.mark.parametrize("name", ["copies", "exchange", "largest_of_three"])
def test_it_is_proved(name: str, toolbox: Toolbox) -> None:
    (task,) = DafnyLoader().load(str(SHIPPED / f"{name}.dfy"))
    ended = solve(task, SearchSettings(policy="dafny"), Budget(seconds=90), Host(Forget(), toolbox))
    assert ended.verdict is not None
    assert (ended.verdict.status, ended.verdict.assurance) == (Status.PASS, Assurance.PROVED)
