"""Proof hints where an obligation fails: what the families say, and that the real Dafny then proves it."""

import random
import time

import pytest

from proofsmith.agents.policies.dafny.annotate import Annotator
from proofsmith.agents.policies.dafny.houdini import Standing, shrink
from proofsmith.agents.policies.dafny.proofs import equalities, induction, unfolding, witnesses
from proofsmith.agents.policies.dafny.proofs.hinter import Hinter
from proofsmith.agents.policies.dafny.proofs.laws import Lawmaker
from proofsmith.agents.policies.dafny.proofs.obligations import Goal, Obligations
from proofsmith.agents.policies.dafny.proofs.points import Points
from proofsmith.agents.policies.dafny.proofs.sampling import Samples
from proofsmith.agents.policies.dafny.proofs.situation import Situation
from proofsmith.agents.policies.dafny.proofs.tables import Tables
from proofsmith.agents.policies.dafny.prover import Answer, Complaint, Prover, asking
from proofsmith.agents.policies.dafny.recursion import Recursion
from proofsmith.agents.policies.dafny.termination import recursion_measures
from proofsmith.agents.policies.dafny.weave import Addition, weave
from proofsmith.dafny.declarations import Function
from proofsmith.dafny.parser import parse
from proofsmith.verifiers.dafny.pool import DafnyPool

EVEN = """predicate Twice(n: int, k: int) { n == 2 * k }
predicate Even(n: int) { exists k :: Twice(n, k) }
lemma EvenSum(a: int, b: int)
  requires Even(a) && Even(b)
  ensures Even(a + b)
{
  var i :| Twice(a, i);
  var j :| Twice(b, j);
}
"""

STUTTER = """function Stutter(s: seq<int>): seq<int>
{
  if s == [] then [] else [s[0], s[0]] + Stutter(s[1..])
}
lemma StutterBoth(s: seq<int>, t: seq<int>)
  ensures Stutter(s + t) == Stutter(s) + Stutter(t)
{
}
"""

GAUSS = """function Gauss(n: nat): nat { if n == 0 then 0 else n + Gauss(n - 1) }
lemma {:induction false} GaussFormula(n: nat)
  ensures 2 * Gauss(n) == n * (n + 1)
{
}
"""

MIRROR = """datatype Tree = Leaf | Node(left: Tree, value: int, right: Tree)
function Mirror(t: Tree): Tree
{
  match t
  case Leaf => Leaf
  case Node(l, v, r) => Node(Mirror(r), v, Mirror(l))
}
lemma {:induction false} MirrorTwice(t: Tree)
  ensures Mirror(Mirror(t)) == t
{
}
"""

LIGHTS = """datatype Light = Red | Amber | Green
lemma ThreeLights()
  ensures exists s: set<Light> :: |s| == 3
{
  var all := {Red, Amber, Green};
}
"""

SUM = """function Sum(s: seq<int>): int { if s == [] then 0 else s[0] + Sum(s[1..]) }
method Total(a: seq<int>) returns (t: int)
  ensures t == Sum(a)
{
  t := 0;
  var i := 0;
  while i < |a|
    invariant 0 <= i <= |a|
    invariant t == Sum(a[..i])
  {
    t := t + a[i];
    i := i + 1;
  }
  assert a[..|a|] == a;
}
"""

INDICES = """method Positives(a: seq<int>) returns (c: int)
  ensures c == |set k | 0 <= k < |a| && a[k] > 0|
{
  var i := 0;
  c := 0;
  while i < |a|
    invariant 0 <= i <= |a|
    invariant c == |set k | 0 <= k < i && a[k] > 0|
  {
    if a[i] > 0 {
      c := c + 1;
    }
    i := i + 1;
  }
}
"""

INTERSECTION = """function Weight(s: set<int>): int
{
  if s == {} then 0 else var x :| x in s; 1 + Weight(s - {x})
}
lemma Common(a: set<int>, b: set<int>)
  requires a <= b
  ensures Weight(a * b) == Weight(a)
{
}
"""

POWER = """function Power(b: int, n: nat): int { if n == 0 then 1 else b * Power(b, n - 1) }
lemma PowerPositive(b: int, n: nat)
  requires b > 0
  ensures Power(b, n) > 0
{
  if n > 0 { PowerPositive(b, n - 1); assert b * Power(b, n - 1) > 0; }
}
method Root(b: int, n: nat) returns (r: int)
  requires b > 0
  ensures r > 0
{
  r := 1;
  if n > 3 {
    assert Power(b, n) > 0;
    r := n;
  }
}
"""

OPAQUE = """function {:opaque} Square(x: int): int { x * x }
lemma SquareOfTwo()
  ensures Square(2) == 4
{
}
"""


def situation(text: str, owner: str, *goals: str, returned: bool = True) -> Situation:
    """The situation at the end of a declaration, with goals as if they had failed."""
    tables = Tables(parse(text))
    node = next(c for c in tables.program.callables() if c.name == owner and c.body is not None)
    end = Points(tables, node).all()[-1].offset
    empty = Situation(tables, node, owner, ())
    found = [g for clause in goals for g in empty.promised if g.text == clause]
    return Situation(tables, node, owner, tuple(Goal(f, end, returned) for f in found))


def texts(found: list[Addition]) -> set[str]:
    return {a.text for a in found}


def test_the_failing_postcondition_is_read_from_the_complaint() -> None:
    program = parse(EVEN)
    complaint = Complaint(6, 0, "BP5003", "A postcondition might not hold on this return path.", ((5, 10),))
    woven = weave(EVEN, [Addition(EVEN.index("  var j"), "assert true;", "test", "EvenSum")])
    moved = Complaint(complaint.line, 0, complaint.code, complaint.message, complaint.related)
    standing = Standing((), (), (), Answer((moved,), True, False), woven)
    node = list(program.callables())[-1]
    goals = Obligations(Tables(program), node).left(standing)
    assert [(g.formula.text, g.returned) for g in goals] == [("Even(a + b)", True)]


def test_a_failing_precondition_is_said_with_the_arguments_of_the_call() -> None:
    text = "method Callee(x: int)\n  requires x > 3\n{\n}\nmethod Caller(y: int)\n{\n  Callee(y + 1);\n}\n"
    complaint = Complaint(7, 2, "BP5002", "A precondition for this call might not hold.", ((2, 13),))
    standing = Standing((), (), (), Answer((complaint,), True, False), weave(text, ()))
    program = parse(text)
    goals = Obligations(Tables(program), list(program.callables())[-1]).left(standing)
    assert [g.formula.text for g in goals] == ["(y + 1) > 3"]


def test_points_know_the_variables_of_patterns_and_of_branches() -> None:
    text = """datatype Shape = Dot | Box(w: int, h: real)
method Area(s: Shape, n: nat)
{
  match s
  case Dot =>
    var k := n;
  case Box(a, b) =>
    if a > 0 { var q: seq<int> := [a]; }
}
"""
    program = parse(text)
    points = Points(Tables(program), next(iter(program.callables()))).all()
    scopes = [{n: t.name for n, t in p.scope.items() if t is not None} for p in points]
    assert {"s": "Shape", "n": "nat", "a": "int", "b": "real", "q": "seq"} in scopes
    assert {"s": "Shape", "n": "nat", "k": "int"} in scopes


def test_witnesses_are_terms_at_hand() -> None:
    found = texts(
        list(witnesses.witnesses(situation(LIGHTS, "ThreeLights", "exists s: set<Light> :: |s| == 3")))
    )
    assert "assert |all| == 3;" in found


def test_witnesses_are_sought_behind_definitions_and_premises() -> None:
    text = EVEN.replace("ensures Even(a + b)", "ensures a > 0 ==> Even(a + b)")
    found = texts(list(witnesses.witnesses(situation(text, "EvenSum", "a > 0 ==> Even(a + b)"))))
    assert "assert Twice(a + b, i + j);" in found
    assert "assert a > 0 ==> Twice(a + b, i + j);" in found


def test_sequences_are_taken_apart_as_the_recursion_does() -> None:
    goal = "Stutter(s + t) == Stutter(s) + Stutter(t)"
    found = texts(list(equalities.taken_apart(situation(STUTTER, "StutterBoth", goal))))
    assert "assert |s| > 0 ==> (s + t)[1..] == s[1..] + t;" in found


def test_induction_hypotheses_are_guarded_by_what_makes_them_smaller() -> None:
    found = texts(list(induction.hypotheses(situation(GAUSS, "GaussFormula", "2 * Gauss(n) == n * (n + 1)"))))
    assert "if n > 0 { GaussFormula(n - 1); }" in found
    found = texts(list(induction.hypotheses(situation(MIRROR, "MirrorTwice", "Mirror(Mirror(t)) == t"))))
    assert {"if t.Node? { MirrorTwice(t.left); }", "if t.Node? { MirrorTwice(t.right); }"} <= found


def test_products_grow_with_their_factors() -> None:
    text = "lemma M(a: int, b: int, c: int)\n  requires a <= b && 0 <= c\n  ensures a * c <= b * c\n{\n}\n"
    found = texts(list(unfolding.arithmetic(situation(text, "M", "a * c <= b * c"))))
    assert "assert a <= b && c >= 0 ==> a * c <= b * c;" in found


def test_a_function_s_precondition_is_wanted_with_the_arguments_and_instances_say_why() -> None:
    text = """predicate P(x: int) { x % 2 == 0 }
function Callee(y: int): int
  requires forall x :: P(x) ==> x <= y
{
  y
}
function Caller(z: int, w: int): int
  requires forall x :: P(x) ==> x <= z
{
  Callee(z + w)
}
"""
    program = parse(text)
    place = "Callee(z + w)"
    line = text[: text.index(place)].count("\n") + 1
    complaint = Complaint(line, 2, "", "possible violation of function precondition")
    standing = Standing((), (), (), Answer((complaint,), True, False), weave(text, ()))
    tables, node = Tables(program), list(program.callables())[-1]
    goals = tuple(Obligations(tables, node).left(standing))
    assert [g.formula.text for g in goals] == ["forall x :: P(x) ==> x <= (z + w)"]
    found = texts(list(witnesses.instances(Situation(tables, node, "Caller", goals))))
    assert {"assert P(w) ==> w <= z;", "assert P(w);"} <= found


def test_what_holds_in_a_branch_is_tried_there_though_it_was_tried_before_it() -> None:
    text = EVEN.replace("  var j", "  if a > b {\n  }\n  var j")
    found = situation(text, "EvenSum", "Even(a + b)")
    branch, last = found.points[2].offset, found.points[-1].offset
    hints = [
        Addition(at, claim, family, "EvenSum")
        for claim, family in (("assert a > b;", "witness"), ("assert a * b == b * a;", "arithmetic"))
        for at in (found.points[0].offset, branch, last)
    ]
    kept = [(a.text, a.offset) for a in found.once(hints)]
    assert [at for text, at in kept if "a > b" in text] == [found.points[0].offset, branch, last]
    assert [at for text, at in kept if "a * b" in text] == [found.points[0].offset]


def test_laws_hold_on_random_values() -> None:
    text = SUM + "function Last(s: seq<int>): int { if |s| < 2 then |s| else 2 * Last(s[1..]) - 1 }\n"
    tables = Tables(parse(text))
    maker = Lawmaker(tables, 0)
    laws = {f.name: [law.lemma for law in maker.laws(f)] for f in tables.functions.values()}
    assert laws == {"Sum": ["SumJoin"], "Last": []}


def test_hints_that_are_false_on_a_run_are_dropped() -> None:
    text = "method Twice(x: nat) returns (y: nat)\n  ensures y == 2 * x\n{\n  y := x;\n  y := y + x;\n}\n"
    program = parse(text)
    node = next(iter(program.callables()))
    points = Points(Tables(program), node).all()
    last = points[-1].offset
    hints = [Addition(last, f"assert {t};", "test", "Twice") for t in ("y == x", "y >= x", "y == x + x")]
    samples = Samples(program, node, "", points, 5.0, random.Random(1).randint(0, 9))
    assert [a.text for a in samples.allow(hints)] == ["assert y >= x;", "assert y == x + x;"]


@pytest.mark.parametrize(
    ("text", "family"),
    [
        (EVEN, "witness"),
        (STUTTER, "sequence"),
        (GAUSS, "induction"),
        (MIRROR, "induction"),
        (LIGHTS, "witness"),
        (OPAQUE, "reveal"),
        (SUM, "law"),
        (INDICES, "comprehension"),
        (INTERSECTION, "equality"),
        (POWER, "lemma-call"),
    ],
    ids=["even", "stutter", "gauss", "mirror", "lights", "opaque", "sum", "indices", "intersection", "power"],
)
def test_what_is_missing_is_found(text: str, family: str, dafny_pool: DafnyPool) -> None:
    prover = Prover(
        asking(dafny_pool, strict=True, method_seconds=10.0), limit=60.0, ends=time.monotonic() + 240
    )
    standing = shrink(text, (), prover, prover.over)
    assert standing.answer is not None
    assert standing.answer.readable
    assert not standing.proved
    hinter = Hinter(parse(text), prover, 0)
    for reached in hinter.rounds(standing, hinter.owners, {}):
        standing = reached
    assert standing.proved
    assert family in {a.family for a in standing.kept}


RECURSIONS = """datatype Chain = End | Link(rest: Chain)
function Length(c: Chain): nat { if c.End? then 0 else 1 + Length(c.rest) }
function Odometer(low: int, top: int, high: int): int
{
  if low < top then 1 + Odometer(low + 1, top, high)
  else if high <= 0 then 0 else Odometer(0, top, high - 1)
}
function Modulo(x: int, m: int): int
  requires m > 0
{
  if x < 0 then Modulo(x + m, m) else if x < m then x else Modulo(x - m, m)
}
function Ping(n: int): int requires n >= 0 { if n == 0 then 0 else Pong(n - 1) }
function Pong(n: int): int requires n >= 0 { Pang(n) }
function Pang(n: int): int requires n >= 0 { if n == 0 then 1 else Pong(n - 1) }
"""


def test_measures_are_those_that_go_down_on_every_call() -> None:
    program = parse(RECURSIONS)
    recursion = Recursion(program, 0)
    functions = {f.name: f for f in program.callables() if isinstance(f, Function)}
    found = {n: [a.text for a in recursion_measures(program, f, recursion)] for n, f in functions.items()}
    assert found["Odometer"][0] == "decreases high, top - low"
    assert found["Modulo"][0] == "decreases if x < 0 then m - x else x"
    assert (found["Pong"][0], found["Pang"][0]) == ("decreases n, 1", "decreases n, 0")
    assert {f.name for f in recursion.group(functions["Pang"])} == {"Pong", "Pang"}


TIMES = """
method Times(x: int, y: nat, z: int) returns (r: int)
  ensures r == x * z
{
  if x == 0 { return 0; }
  if x < 0 { r := Times(-x, y, z); r := -r; } else { r := Times(x - 1, y, z); r := r + z; }
}
"""


def test_a_recursion_may_turn_a_sign_first() -> None:
    program = parse(TIMES)
    node = next(iter(program.callables()))
    texts = [a.text for a in recursion_measures(program, node, Recursion(program, 0))]
    assert "decreases x < 0, x" in texts
    assert "decreases y < 0, y" not in texts


def test_recursions_are_seen_to_end(dafny_pool: DafnyPool) -> None:
    prover = Prover(asking(dafny_pool, strict=True), limit=60.0, ends=time.monotonic() + 120)
    last = list(Annotator(parse(RECURSIONS), prover, {}, 0).steps())[-1]
    assert last.proved
    assert {a.family for a in last.additions} == {"termination"}
