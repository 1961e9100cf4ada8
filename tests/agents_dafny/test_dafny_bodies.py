"""Bodies guessed on small inputs."""

import random
import time

import pytest

from proofsmith.agents.policies.dafny.bodies import BodyWriter
from proofsmith.dafny.declarations import Method
from proofsmith.dafny.interpret import Machine
from proofsmith.dafny.parser import parse


def first_body(text: str) -> str:
    program = parse(text)
    machine = Machine(program, random.Random(0))
    method = next(c for c in program.callables() if isinstance(c, Method))
    return next(BodyWriter(machine, method, "").bodies(time.monotonic() + 60), "")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("method M(x: int) returns (r: int) ensures r == 2 * x + 1", "r := "),
        ("method M(a: int, b: int) returns (r: int) ensures r >= a && r >= b && (r == a || r == b)", "if "),
        (
            "method M(s: seq<int>) returns (b: bool) ensures b <==> exists k :: 0 <= k < |s| && s[k] == 7",
            "7 in s",
        ),
        (
            "method M(a: array<int>) modifies a\n"
            "ensures forall k :: 0 <= k < a.Length ==> a[k] == old(a[k]) + 3",
            "while i < a.Length",
        ),
        (
            "method M(a: array<int>) returns (m: int) requires a.Length > 0\n"
            "ensures forall k :: 0 <= k < a.Length ==> m <= a[k] ensures m in a[..]",
            "while i < a.Length",
        ),
    ],
)
def test_a_body_meets_the_postconditions_on_inputs(text: str, part: str) -> None:
    assert part in first_body(text)


def test_no_body_for_what_cannot_be() -> None:
    assert first_body("method M(x: int) returns (r: int) ensures r > x && r < x") == ""
