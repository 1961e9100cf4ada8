"""Bodies guessed on small inputs."""

import random
import time

import pytest

from proofsmith.agents.policies.dafny.bodies.blank import Deadline
from proofsmith.agents.policies.dafny.bodies.functions import FunctionWriter
from proofsmith.agents.policies.dafny.bodies.layout import laid_out
from proofsmith.agents.policies.dafny.bodies.writer import BodyWriter
from proofsmith.dafny.declarations import Function, Method
from proofsmith.dafny.interpret import Machine
from proofsmith.dafny.parser import parse


def first_body(text: str) -> str:
    """The first body for the last method of a program."""
    program = parse(text)
    machine = Machine(program, random.Random(0))
    method = [c for c in program.callables() if isinstance(c, Method)][-1]
    return next(BodyWriter(machine, method, "").bodies(Deadline(time.monotonic() + 60)), "")


def first_value(text: str) -> str:
    """The first body for the last function of a program."""
    program = parse(text)
    machine = Machine(program, random.Random(0))
    function = [c for c in program.callables() if isinstance(c, Function)][-1]
    return next(FunctionWriter(machine, function).bodies(Deadline(time.monotonic() + 60)), "")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("method M(x: int) returns (r: int) ensures r == 2 * x + 1", "r := "),
        ("method M(a: int, b: int) returns (r: int) ensures r >= a && r >= b && (r == a || r == b)", "if "),
        (
            "method M(s: seq<int>) returns (b: bool) ensures b <==> exists k :: 0 <= k < |s| && s[k] == 7",
            "if s[i] == 7 { return true; }",
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
        (
            "method M(a: array<int>, i: nat, j: nat) requires i < a.Length && j < a.Length modifies a\n"
            "ensures a[i] == old(a[j]) && a[j] == old(a[i])",
            "a[i], a[j] := a[j], a[i]",
        ),
        (
            "method M(a: array<int>) modifies a\n"
            "ensures forall k :: 0 <= k < a.Length ==> a[k] == old(a[a.Length - 1 - k])",
            "while i < a.Length / 2",
        ),
        (
            "method M(a: array<int>) modifies a\n"
            "ensures forall k, l :: 0 <= k < l < a.Length ==> a[k] <= a[l]\n"
            "ensures multiset(a[..]) == multiset(old(a[..]))",
            "a[i], a[j] := a[j], a[i]",
        ),
        (
            "method M(s: seq<int>) returns (t: seq<int>) ensures |t| == |s|\n"
            "ensures forall k :: 0 <= k < |s| ==> t[k] == s[k] + 5",
            "t := t + [s[i] + 5]",
        ),
        (
            "method M(s: seq<int>) returns (t: set<int>) ensures forall x :: x in t <==> x in s",
            "t := t + {s[i]}",
        ),
        (
            "method M(a: seq<int>, b: seq<int>) returns (r: bool)\n"
            "ensures r <==> exists k, l :: 0 <= k < |a| && 0 <= l < |b| && a[k] + b[l] == 0",
            "while j < |b|",
        ),
        (
            "method M(x: int, l: int, h: int) returns (r: int) requires l <= h ensures l <= r <= h\n"
            "ensures l <= x <= h ==> r == x",
            "else { r := x; }",
        ),
        (
            "method M(s: seq<int>) returns (k: nat, l: nat)\n"
            "requires exists k, l :: 0 <= k < l < |s| && s[k] + s[l] == 7\n"
            "ensures k < l < |s| && s[k] + s[l] == 7",
            "while j < |s|",
        ),
        (
            "method M(a: array<int>) returns (m: nat) requires a.Length > 0 ensures m < a.Length\n"
            "ensures forall k :: 0 <= k < a.Length ==> a[k] <= a[m]",
            "if a[i] > a[m] { m := i; }",
        ),
        (
            "method M(a: array<int>) returns (l: int, h: int) requires a.Length > 0 ensures l in a[..]\n"
            "ensures h in a[..] ensures forall k :: 0 <= k < a.Length ==> l <= a[k] <= h",
            "if a[i] < l { l := a[i]; } if a[i] > h { h := a[i]; }",
        ),
    ],
)
def test_a_body_meets_the_postconditions_on_inputs(text: str, part: str) -> None:
    assert part in first_body(text)


def test_no_body_for_what_cannot_be() -> None:
    assert first_body("method M(x: int) returns (r: int) ensures r > x && r < x") == ""


@pytest.mark.parametrize(
    ("function", "promise", "part"),
    [
        ("F(n: nat): nat { if n == 0 then 2 else 3 * F(n - 1) }",
         "M(n: nat) returns (r: nat) ensures r == F(n)",
         "while i < n { i := i + 1; r := 3 * r; }"),
        ("F(n: nat): nat { if n < 2 then n else F(n - 2) + F(n - 1) }",
         "M(n: nat) returns (r: nat) ensures r == F(n)",
         "r, next := next, r + next;"),
        ("F(s: seq<int>): int { if |s| == 0 then 0 else 2 * s[0] + F(s[1..]) }",
         "M(s: seq<int>) returns (r: int) ensures r == F(s)",
         "while i > 0 { i := i - 1; r := 2 * s[i] + r; }"),
        ("F(s: seq<int>): int { if |s| == 0 then 0 else F(s[..|s| - 1]) - s[|s| - 1] }",
         "M(a: array<int>) returns (r: int) ensures r == F(a[..])", "while i < a.Length { r := r - a[i];"),
        ("F(a: nat, b: nat): nat decreases b { if b == 0 then a else F(a + 2, b - 1) }",
         "M(a: nat, b: nat) returns (r: nat) ensures r == F(a, b)",
         "while b0 != 0 { a0, b0 := a0 + 2, b0 - 1; }"),
    ],
)  # fmt: skip
def test_a_function_of_the_specification_becomes_a_loop(function: str, promise: str, part: str) -> None:
    assert part in first_body(f"function {function}\nmethod {promise}")


def test_what_methods_promise_replaces_calls_of_functions() -> None:
    text = """
function F(n: nat): nat { if n == 0 then 0 else 2 + F(n - 1) }
function G(n: nat): nat { if n % 2 == 0 then F(n) else F(n + 1) }
method OfF(n: nat) returns (r: nat) ensures r == F(n) { r := 2 * n; }
method OfG(n: nat) returns (r: nat) ensures r == G(F(n))
"""
    assert first_body(text) == "var y := OfF(n); if y % 2 == 0 { r := OfF(y); } else { r := OfF(y + 1); }"


def test_a_method_calls_itself_where_its_function_does() -> None:
    text = """
function F(a: nat, b: nat): nat decreases a + b
{ if a == 0 then b else if b == 0 then a else F(a - 1, b / 2) + F(b, a / 3) }
method M(a: nat, b: nat) returns (r: nat) ensures r == F(a, b)
"""
    assert first_body(text).count("M(") == 2


def test_methods_are_called_one_after_the_other() -> None:
    larger = "method Larger(x: int, y: int) returns (z: int) { if x < y { z := y; } else { z := x; } }"
    text = f"{larger} method M(a: int, b: int, c: int) returns (m: int) ensures m in {{a, b, c}}"
    text += " ensures forall x :: x in {a, b, c} ==> x <= m"
    assert first_body(text).count("Larger(") == 2


LIST = "datatype List = Nil | Cons(head: int, tail: List)\n"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("function F(x: int, y: int): int ensures F(x, y) in {x, y}\n"
         "ensures F(x, y) <= x && F(x, y) <= y", "then"),
        ("function F(x: int, n: nat): seq<int> ensures |F(x, n)| == n\n"
         "ensures forall y :: y in F(x, n) ==> y == x",
         "F(x, n - 1)"),
        ("function F(s: seq<int>): seq<int> ensures |F(s)| == |s|\n"
         "ensures forall i :: 0 <= i < |s| ==> F(s)[i] == s[|s| - 1 - i]", "if |s| == 0 then [] else"),
        (f"{LIST}lemma L() ensures F(Nil) == 0 ensures F(Cons(4, Cons(1, Nil))) == 5 {{}}\n"
         "function F(l: List): int",
         "case Cons(head, tail) => "),
    ],
)  # fmt: skip
def test_a_function_is_written_from_what_is_said_of_it(text: str, part: str) -> None:
    assert part in first_value(text + " { // PROOFSMITH: body\n}")


def test_statements_are_laid_out_one_a_line() -> None:
    choice = "if p { r := {1}; } else { match l { case Nil => case C(h) => r := {h}; } }"
    body = f"var i := 0; while i < n {{ {choice} i := 1; }}"
    assert (
        laid_out(body)
        == """  var i := 0;
  while i < n {
    if p {
      r := {1};
    } else {
      match l {
        case Nil =>
        case C(h) =>
          r := {h};
      }
    }
    i := 1;
  }
"""
    )
