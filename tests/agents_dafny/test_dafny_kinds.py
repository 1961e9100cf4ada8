"""Guesses about kinds of loops: those that eat a sequence, merge, shift, look for something, and the like."""

import random
import time

import pytest

from proofsmith.agents.policies.dafny.candidates import carried_into, sift
from proofsmith.agents.policies.dafny.context import methods_of
from proofsmith.agents.policies.dafny.formula import formula
from proofsmith.agents.policies.dafny.hints import unfoldings
from proofsmith.agents.policies.dafny.setting import Setting
from proofsmith.agents.policies.dafny.slices import elementwise
from proofsmith.agents.policies.dafny.states import observe
from proofsmith.dafny.interpret import Machine
from proofsmith.dafny.parser import parse


def settings(text: str) -> list[Setting]:
    program, rng = parse(text), random.Random(0)
    machine = Machine(program, rng)
    method = next(m for m in methods_of(program) if m.loops)
    states = observe(machine, method, 30.0, rng)
    return [Setting(machine, method, loop, states[loop.key]) for loop in method.loops]


def guessed(s: Setting, before: Setting | None = None) -> dict[str, float]:
    """What is not refuted, as text without blanks, and how much it promises."""
    earlier = [] if before is None else carried_into(s, sift(before, {}, time.monotonic() + 60))
    found = sift(s, {}, time.monotonic() + 60, (), earlier)
    return {plain(c.guess.text): c.guess.promise for c in found}


def plain(text: str) -> str:
    return "".join(text.split())


def loop(header: str, start: str, guard: str, body: str, more: str = "") -> str:
    return f"{more}\nmethod M{header}\n{{\n  {start}\n  while {guard}\n  {{\n    {body}\n  }}\n}}\n"


MEMBERS = loop(
    "(s: seq<int>) returns (found: set<int>)\n  ensures forall x :: x in s <==> x in found",
    "var left := s; found := {};",
    "left != []",
    "found := found + {left[0]}; left := left[1..];",
)
SIZES = loop(
    "(all: set<int>) returns (n: nat)\n  ensures n == |all|",
    "var left := all; n := 0;",
    "left != {}",
    "var x :| x in left; left := left - {x}; n := n + 1;",
)
MERGE = loop(
    "(a: seq<int>, b: seq<int>) returns (c: seq<int>)\n"
    "  requires forall i, j :: 0 <= i < j < |a| ==> a[i] <= a[j]\n"
    "  requires forall i, j :: 0 <= i < j < |b| ==> b[i] <= b[j]",
    "var i, j := 0, 0; c := [];",
    "i < |a| && j < |b|",
    "if a[i] <= b[j] { c := c + [a[i]]; i := i + 1; } else { c := c + [b[j]]; j := j + 1; }",
)
SHIFT = loop(
    "(a: array<int>, from: nat, n: nat)\n  requires from + n < a.Length\n  modifies a\n"
    "  ensures a[from..from + n] == old(a[from + 1..from + 1 + n])",
    "var i := 0;",
    "i < n",
    "a[from + i] := a[from + i + 1]; i := i + 1;",
)
ODD_AT = loop(
    "(s: seq<int>) returns (at: int)",
    "at := -1; var i := 0;",
    "i < |s|",
    "if s[i] % 2 == 1 && at == -1 { at := i; } i := i + 1;",
)
MULTIPLES = loop(
    "(n: nat, step: nat) returns (last: int)\n  requires step > 0",
    "last := 0;",
    "last <= n",
    "last := last + step;",
)
DOUBLED = loop(
    "(a: array<int>)\n  modifies a\n  ensures forall k :: 0 <= k < a.Length ==> a[k] == old(a[k]) + 3",
    "Two(a); var i := 0;",
    "i < a.Length",
    "a[i] := a[i] + 1; i := i + 1;",
    "method Two(b: array<int>)\n  modifies b\n"
    "  ensures forall k :: 0 <= k < b.Length ==> b[k] == old(b[k]) + 2\n"
    "{\n  forall k | 0 <= k < b.Length { b[k] := b[k] + 2; }\n}",
)
COLOURS = loop(
    "(a: array<Colour>)\n  requires a.Length > 1\n  modifies a\n"
    "  ensures multiset(a[..]) == multiset(old(a[..]))",
    "var i := 0;",
    "i < a.Length - 1",
    "a[i], a[i + 1] := a[i + 1], a[i]; i := i + 1;",
    "datatype Colour = Red | Green | Blue",
)


HIGHEST = loop(
    "(s: seq<int>) returns (top: int)\n  requires s != []\n  ensures forall x :: x in s ==> x <= top",
    "top := s[0]; var left := s[1..];",
    "left != []",
    "if left[0] > top { top := left[0]; } left := left[1..];",
)
DIGITS = loop(
    "(n: nat) returns (d: nat)\n  ensures d == Digits(n)",
    "d := 1; var m := n;",
    "m >= 10",
    "d := d + 1; m := m / 10;",
    "function Digits(n: nat): nat\n{\n  if n < 10 then 1 else 1 + Digits(n / 10)\n}",
)
SHRINKING = loop(
    "(n: nat) returns (t: nat)\n  ensures t <= n",
    "t := 0; var m := n;",
    "m > 0",
    "t := t + m % 10; m := m / 10;",
)
PLACES = loop(
    "(s: seq<int>) returns (n: nat)\n  ensures n == |set k | 0 <= k < |s| && s[k] > 0|",
    "n := 0; var i := 0; ghost var at: set<int> := {};",
    "i < |s|",
    "if s[i] > 0 { at := at + {i}; n := n + 1; } i := i + 1;",
)


@pytest.mark.parametrize(
    ("program", "wanted"),
    [
        (HIGHEST, "forall x :: x in s ==> x in left || x <= top"),
        (HIGHEST, "left == s[|s| - |left|..]"),
        (DIGITS, "d + Digits(m) == Digits(n) + 1"),
        (SHRINKING, "m + t <= n"),
        (PLACES, "at == set k | 0 <= k < i && s[k] > 0"),
        (MEMBERS, "forall x :: x in s <==> x in found || x in left"),
        (SIZES, "n + |left| == |all|"),
        (MERGE, "forall p, q :: 0 <= p < |c| && i <= q < |a| ==> c[p] <= a[q]"),
        (MERGE, "forall p, q :: 0 <= p < |c| && j <= q < |b| ==> c[p] <= b[q]"),
        (SHIFT, "forall k :: from + i < k < a.Length ==> a[k] == old(a[k])"),
        (ODD_AT, "at == -1 ==> forall k :: 0 <= k < i ==> s[k] % 2 != 1"),
        (ODD_AT, "at != -1 ==> 0 <= at < i"),
        (ODD_AT, "at != -1 ==> s[at] % 2 == 1"),
        (ODD_AT, "at != -1 ==> forall k :: 0 <= k < at ==> s[k] % 2 != 1"),
        (MULTIPLES, "(last - step) <= n"),
        (DOUBLED, "forall k :: i <= k < a.Length ==> a[k] == old(a[k]) + 2"),
        (COLOURS, "multiset(a[..]) == multiset(old(a[..]))"),
    ],
)
def test_what_a_kind_of_loop_needs_is_guessed(program: str, wanted: str) -> None:
    found = {text.replace("(", "").replace(")", "") for text in guessed(settings(program)[0])}
    assert plain(wanted).replace("(", "").replace(")", "") in found


def test_a_condition_on_members_is_refuted_where_it_is_wrong() -> None:
    (s,) = settings(MEMBERS)
    assert plain("forall x :: x in s <==> x in found") not in guessed(s)


SUMS = """
function Sum(s: seq<int>): int
{
  if s == [] then 0 else %s
}
method M(s: seq<int>) returns (t: int)
  ensures t == Sum(s)
{
  t := 0;
  var i := 0;
  while i < |s|
  {
    t := t + s[i];
    i := i + 1;
  }
}
"""


@pytest.mark.parametrize(
    ("step", "provable", "other"),
    [
        ("s[0] + Sum(s[1..])", "t + Sum(s[i..]) == Sum(s)", "t == Sum(s[..i])"),
        ("Sum(s[..|s| - 1]) + s[|s| - 1]", "t == Sum(s[..i])", "t + Sum(s[i..]) == Sum(s)"),
    ],
)
def test_the_part_that_a_function_recurses_on_comes_first(step: str, provable: str, other: str) -> None:
    found = guessed(settings(SUMS % step)[0])
    assert found[plain(provable)] > found.get(plain(other), 0.0)


TWO_LOOPS = """
method M(a: array<int>) returns (b: array<int>, c: array<int>)
{
  b, c := new int[a.Length], new int[a.Length];
  var i := 0;
  while i < a.Length
  {
    b[i] := a[i];
    i := i + 1;
  }
  var j := 0;
  while j < a.Length
  {
    c[j] := j;
    j := j + 1;
  }
}
"""


def test_what_holds_at_a_loop_is_tried_at_those_after_it() -> None:
    first, second = settings(TWO_LOOPS)
    copied = "forallk::0<=k<i==>a[k]==b[k]"
    assert copied in guessed(first)
    assert copied in guessed(second, before=first)
    assert copied not in guessed(second)


FIELDS = """
class Box {
  var data: array<int>
  var n: nat
  method Add(x: int)
    requires n < data.Length
    modifies this, data
    ensures data == old(data) && n == old(n) + 1
  {
    data[n] := x;
    n := n + 1;
  }
  method Fill(s: seq<int>)
    requires n + |s| <= data.Length
    modifies this, data
    ensures data == old(data)
  {
    var k := 0;
    while k < |s|
    {
      Add(s[k]);
      k := k + 1;
    }
  }
}
"""


def test_made_up_states_change_fields_too() -> None:
    program, rng = parse(FIELDS), random.Random(0)
    machine = Machine(program, rng)
    method = next(m for m in methods_of(program) if m.loops)
    states = observe(machine, method, 30.0, rng)
    s = Setting(machine, method, method.loops[0], states[method.loops[0].key])
    assert "data==old(data)" in guessed(s)
    same = formula("data == old(data)")
    assert same is not None
    assert not all(machine.evaluate(same.tree, frame) for frame in s.states.probes)


QUEUE = """
class Queue {
  var buf: array<int>
  var head: nat
  var tail: nat
  method DropUntil(x: int)
    requires head <= tail <= buf.Length
    modifies this
  {
    while head < tail && buf[head] != x
    {
      head := head + 1;
    }
  }
}
"""


def test_a_loop_moves_the_fields_of_its_receiver() -> None:
    (s,) = settings(QUEUE)
    assert s.loop.fields == {"buf", "head", "tail"}
    assert (s.moving, s.loop.starts["head"]) == (["head"], "old(head)")
    found = guessed(s)
    for wanted in ("head <= tail", "old(head) <= head", "tail == old(tail)", "buf == old(buf)"):
        assert plain(wanted) in found, wanted
    assert plain("head == old(head)") not in found


def test_a_local_variable_hides_a_field() -> None:
    (s,) = settings(QUEUE.replace("{\n    while", "{\n    var head := 0;\n    while"))
    assert s.loop.fields == {"buf", "tail"}
    assert "old(head)" not in s.limits


def test_guesses_with_wrong_types_are_dropped() -> None:
    eaten = """
function Flat(ss: seq<seq<int>>): seq<int>
{
  if ss == [] then [] else ss[0] + Flat(ss[1..])
}
method M(ss: seq<seq<int>>) returns (r: seq<int>)
  ensures r == Flat(ss)
{
  r := [];
  var left := ss;
  while left != []
  {
    r := r + left[0];
    left := left[1..];
  }
}
"""
    found = guessed(settings(eaten)[0])
    assert plain("r + Flat(left) == Flat(ss)") in found
    assert not any("Flat(r)" in text for text in found)


def test_what_only_some_values_fulfil_is_no_law_of_one_variable() -> None:
    assert [text for text in guessed(settings(DIGITS)[0]) if "d*d" in text] == []


def test_sizes_are_not_multiplied() -> None:
    found = guessed(settings(SIZES)[0])
    assert [text for text in found if "|left|" in text and "*" in text] == []


def test_only_rows_in_parts_are_taken_apart() -> None:
    (s,) = settings(COLOURS)
    assert [a.text for a in unfoldings(s.method, [s])] == ["assert a[..a.Length] == a[..];"]
    texts = [a.text for a in unfoldings(s.method, [s], ["invariant Sum(a[..i]) == t"])]
    assert "assert 0 <= i < a.Length ==> a[..i + 1] == a[..i] + [a[i]];" in texts


@pytest.mark.parametrize(
    ("goal", "wanted"),
    [
        ("a[lo..hi] == b[lo..hi]", "forall k0 :: lo <= k0 < hi ==> a[k0] == b[k0]"),
        ("a[..] == s", "forall k0 :: 0 <= k0 < a.Length ==> a[k0] == s[k0]"),
        ("a[to..to + n] == s[at..at + n]", "forall k0 :: to <= k0 < to + n ==> a[k0] == s[k0 - to + at]"),
        ("a[p..q] == old(a[p + d..q + d])", "forall k0 :: p <= k0 < q ==> a[k0] == old(a[k0 + d])"),
        ("a[1..] == s[..n]", "forall k0 :: 1 <= k0 < a.Length ==> a[k0] == s[k0 - 1]"),
    ],
)
def test_equal_parts_have_equal_elements(goal: str, wanted: str) -> None:
    header = "method M(a: array<int>, s: seq<int>)\n{\n}\n"
    (method,) = methods_of(parse(header))
    claim = formula(goal)
    assert claim is not None
    assert [plain(f.text) for f in elementwise(claim, method)] == [plain(wanted)]


SEARCH = """
predicate Sorted(s: seq<int>)
{
  forall i, j :: 0 <= i < j < |s| ==> s[i] <= s[j]
}
method M(a: array<int>, x: int) returns (at: int)
  requires Sorted(a[..])
{
  at := 0;
  while at < a.Length && a[at] < x
  {
    at := at + 1;
  }
}
"""


def test_elements_of_an_array_are_those_of_its_sequence() -> None:
    view = "assert forall k :: 0 <= k < a.Length ==> a[..][k] == a[k];"
    wholes = settings(SEARCH)
    assert view in [a.text for a in unfoldings(wholes[0].method, wholes)]
    bags = settings(COLOURS)
    assert view not in [a.text for a in unfoldings(bags[0].method, bags)]


def test_sequences_are_taken_apart_where_only_guesses_speak_of_their_parts() -> None:
    (s,) = settings(ODD_AT)
    assert unfoldings(s.method, [s]) == []
    texts = [a.text for a in unfoldings(s.method, [s], ["invariant at in s[..i]"])]
    assert "assert 0 <= i < |s| ==> s[..i + 1] == s[..i] + [s[i]];" in texts
