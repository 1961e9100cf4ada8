"""The interpreter: Dafny's meaning of expressions and statements, and its limits."""

import random
from fractions import Fraction

import pytest

from proofsmith.dafny.declarations import Method
from proofsmith.dafny.interpret import Frame, Machine, OutOfGas, Undefined, Unsupported
from proofsmith.dafny.interpret_inputs import inputs
from proofsmith.dafny.interpret_objects import constructed
from proofsmith.dafny.interpret_values import Bag, Map, Ref
from proofsmith.dafny.parser import parse, parse_expression

PRELUDE = """
datatype Tree = Leaf | Node(left: Tree, value: int, right: Tree)
function Size(t: Tree): nat { match t case Leaf => 0 case Node(l, v, r) => Size(l) + 1 + Size(r) }
function Fact(n: nat): nat requires n < 50 { if n == 0 then 1 else n * Fact(n - 1) }
predicate Sorted(s: seq<int>) { forall i, j :: 0 <= i < j < |s| ==> s[i] <= s[j] }
type Small = x: int | 0 <= x < 5 witness 0
"""


def machine(text: str = "") -> Machine:
    return Machine(parse(PRELUDE + text), random.Random(1))


def value(text: str, **variables: object) -> object:
    m = machine()
    return m.evaluate(parse_expression(text), m.empty_frame().with_vars(variables))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-7 / 2", -4),
        ("-7 % 2", 1),
        ("7 / -2", -3),
        ("7 % -2", 1),
        ("0 <= 1 < 3 && 3 > 2 >= 2", True),
        ("1.0 / 4.0", Fraction(1, 4)),
        ("[1, 2, 3][1..] + [4]", (2, 3, 4)),
        ("[1, 2] <= [1, 2, 3]", True),
        ("{1, 2} * {2, 3} == {2}", True),
        ("multiset{1, 1, 2} - multiset{1}", Bag([1, 2])),
        ("multiset([1, 1])[1]", 2),
        ("map[1 := 2][1 := 3]", Map({1: 3})),
        ("|set x | x in [1, 2, 2] && x > 1 :: x * 2|", 1),
        ("forall i | 0 <= i < 3 :: i * i < 9", True),
        ("exists i, j :: 0 <= i < j < 4 && i + j == 5", True),
        ("exists x :: x in {1, 2} && x > 2", False),
        ("Size(Node(Leaf, 1, Node(Leaf, 2, Leaf)))", 2),
        ("Node(Leaf, 1, Leaf).value + (if Leaf.Leaf? then 1 else 0)", 2),
        ("Fact(5)", 120),
        ("Sorted([1, 1, 2]) && !Sorted([2, 1])", True),
        ("(var x, y := 1, 2; x + y)", 3),
        ("seq(3, i => i * i)", (0, 1, 4)),
        ("(1, true).1", True),
        ("('b' - 'a') as int == 1 && 'a' < 'b' && (97 as char) == 'a'", True),
    ],
)
def test_expressions_mean_what_dafny_says(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize("text", ["[1][1]", "1 / 0", "Fact(60)", "[1, 2][2..1]", "map[1 := 2][3]"])
def test_what_dafny_forbids_is_undefined(text: str) -> None:
    with pytest.raises(Undefined):
        value(text)


def test_a_quantifier_without_bounds_can_be_refuted_and_not_confirmed() -> None:
    assert value("forall n: int :: n < 5") is False
    with pytest.raises(Unsupported):
        value("forall n: int :: n * n >= 0")


def test_comparing_different_types_is_refused() -> None:
    with pytest.raises(Unsupported):
        value("b < 3", b=True)
    with pytest.raises(Unsupported):
        value("s == 3", s=(1, 2))


def test_steps_are_limited() -> None:
    m = machine()
    tree = parse_expression("forall i | 0 <= i < 100000 :: i >= 0")
    with pytest.raises(OutOfGas):
        m.evaluate(tree, m.empty_frame(), gas=1000)


LOOPS = """
method Reverse(a: array<int>) returns (moved: nat)
  requires a.Length > 1
  modifies a
{
  var i, j := 0, a.Length - 1;
  moved := 0;
  while i < j
  {
    a[i], a[j] := a[j], a[i];
    i, j := i + 1, j - 1;
    moved := moved + 2;
  }
  return moved;
}
method Pick(s: set<int>) returns (x: int, found: bool)
{
  found := false;
  if s != {} {
    var y :| y in s && forall z :: z in s ==> y <= z;
    x, found := y, true;
  }
}
method Fill(n: nat) returns (a: array<nat>)
{
  a := new nat[n](i => i);
  forall i | 0 <= i < n { a[i] := a[i] + 1; }
  var t := Twice(n);
  if t > 2 { a[0] := t; }
}
method Twice(n: nat) returns (m: nat) { m := 2 * n; }
method Endless() { while true { } }
"""


def method(m: Machine, name: str) -> Method:
    return m.methods[name][0]


def run(name: str, **variables: object) -> Frame:
    m = machine(LOOPS)
    frame = m.empty_frame().with_vars(variables)
    return m.run(method(m, name), frame)


def test_arrays_are_changed_and_old_remembers() -> None:
    m = machine(LOOPS)
    a = Ref("array", (3,))
    frame = Frame(m, {"a": a}, {a: [1, 2, 3]}, {a: [1, 2, 3]})
    after = m.run(method(m, "Reverse"), frame)
    assert after.heap[a] == [3, 2, 1]
    assert after.vars["moved"] == 2
    assert m.evaluate(parse_expression("a[0] == old(a[2]) && multiset(a[..]) == old(multiset(a[..]))"), after)


def test_choices_meet_their_condition() -> None:
    after = run("Pick", s=frozenset({5, 3, 4}))
    assert (after.vars["x"], after.vars["found"]) == (3, True)


def test_new_arrays_calls_and_aggregate_assignments() -> None:
    after = run("Fill", n=3)
    assert after.heap[after.vars["a"]] == [6, 2, 3]


def test_the_watcher_sees_every_arrival_at_a_loop() -> None:
    m = machine(LOOPS)
    seen: list[tuple[int, bool]] = []
    m.watch = lambda loop, frame, again: seen.append((frame.vars["i"], again))
    a = Ref("array", (4,))
    m.run(method(m, "Reverse"), Frame(m, {"a": a}, {a: [1, 2, 3, 4]}, {a: [1, 2, 3, 4]}))
    assert seen == [(0, False), (1, True), (2, True)]


def test_endless_loops_end() -> None:
    with pytest.raises(OutOfGas):
        run("Endless")


def test_inputs_meet_the_preconditions() -> None:
    text = """
method M(a: array<int>, s: seq<Small>, t: Tree, n: nat)
  requires a.Length > 0 && n < a.Length
  requires forall i, j :: 0 <= i < j < a.Length ==> a[i] < a[j]
{ }
"""
    m = machine(text)
    frames = list(inputs(m, method(m, "M"), "", 20, 5.0))
    assert len(frames) == 20
    for frame in frames:
        row = frame.heap[frame.vars["a"]]
        assert row == sorted(set(row))
        assert frame.vars["n"] < len(row)
        assert all(0 <= x < 5 for x in frame.vars["s"])
    assert len({len(f.heap[f.vars["a"]]) for f in frames}) > 1


CHAIN = """class Link {
  var value: int
  var next: Link?
  ghost var Repr: set<object>
  predicate Valid() reads this, Repr decreases Repr
  {
    this in Repr &&
    (next != null ==> next in Repr && next.Repr <= Repr && this !in next.Repr && next.Valid())
  }
  constructor (v: int) requires v > 0 ensures Valid()
  {
    value, next := v, null;
    new;
    Repr := {this};
  }
  method Before(v: int) returns (r: Link) requires Valid() && v > 0 ensures r.Valid()
  {
    r := new Link(v);
    r.next := this;
    r.Repr := r.Repr + Repr;
  }
  method Total() returns (n: int) requires Valid()
  {
    n := value;
  }
}
"""


def test_objects_are_made_as_the_program_makes_them() -> None:
    m = Machine(parse(CHAIN), random.Random(1))
    total = m.methods["Total"][0]
    lengths = set()
    for frame in inputs(m, total, "Link", 40, seconds=60):
        assert isinstance(frame.this, Ref)
        at, n = frame.this, 0
        while isinstance(at, Ref):
            assert frame.heap[at]["value"] > 0
            at, n = frame.heap[at]["next"], n + 1
        lengths.add(n)
    assert {1, 2, 3} <= lengths


def test_a_method_that_fails_while_an_object_is_made_leaves_no_trace() -> None:
    text = """class Box {
  var v: int
  constructor () { v := 7; }
  method Break() modifies this { v := 8; var a := new int[0]; v := a[3]; }
  method Look() requires v == 7 { }
}
"""
    m = Machine(parse(text), random.Random(2))
    for seed in range(20):
        frame = m.empty_frame()
        m.refuel()
        box = constructed(m, "Box", random.Random(seed), frame.heap)
        assert frame.heap[box]["v"] == 7
