"""Programs with several methods that fail, worked on one by one with the real Dafny."""

import time

import pytest

from proofsmith.agents.policies.dafny.divided import Divided
from proofsmith.agents.policies.dafny.prover import Prover, asking
from proofsmith.dafny.parser import parse
from proofsmith.verifiers.dafny.pool import DafnyPool
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.toolbox import Toolbox


@pytest.fixture(scope="module")
def pool(dafny_settings: DafnySettings):
    with Toolbox(dafny_settings) as tools:
        yield tools.shared(DafnyPool.create)


def counting(name: str, step: int) -> str:
    return f"""
method {name}(n: nat) returns (r: nat)
  ensures r == {step} * n
{{
  r := 0;
  var i := 0;
  while i < n
  {{
    r := r + {step};
    i := i + 1;
  }}
}}
"""


HOPELESS = """
method Hopeless(n: nat) returns (r: nat)
  ensures r > n
{
  var once := Twice(n);
  r := once;
}
"""


def divided(text: str, pool: DafnyPool) -> Divided:
    prover = Prover(asking(pool, True))
    prover.ends = time.monotonic() + 100
    return Divided(parse(text), prover, {}, 0, asking(pool, False))


def test_each_method_is_proved_alone_and_what_is_reached_is_kept(pool: DafnyPool) -> None:
    steps = list(divided(counting("Twice", 2) + counting("Thrice", 3), pool).steps())
    assert [step.proved for step in steps] == [False, True]
    assert steps[0].score < steps[1].score
    assert set(steps[0].additions) < set(steps[1].additions)
    assert steps[0].text.count("invariant") < steps[1].text.count("invariant")


def test_what_cannot_be_proved_does_not_keep_the_rest_from_being_proved(pool: DafnyPool) -> None:
    work = divided(counting("Twice", 2) + HOPELESS, pool)
    last = list(work.steps())[-1]
    assert not last.proved
    assert {addition.owner for addition in last.additions} == {"Twice"}
    assert [w.method.name for w in work.works if not w.proved] == ["Hopeless"]
