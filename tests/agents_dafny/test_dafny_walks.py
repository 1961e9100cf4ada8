"""Loops that walk down trees, lists and linked objects: what is guessed, and that Dafny then proves it."""

import random
import time

import pytest

from proofsmith.agents.policies.dafny.annotate import Annotator
from proofsmith.agents.policies.dafny.candidates import sift
from proofsmith.agents.policies.dafny.context import methods_of
from proofsmith.agents.policies.dafny.prover import Prover, asking
from proofsmith.agents.policies.dafny.setting import Setting
from proofsmith.agents.policies.dafny.states import observe
from proofsmith.agents.policies.dafny.termination import measures
from proofsmith.dafny.interpret import Machine
from proofsmith.dafny.parser import parse
from proofsmith.verifiers.dafny.pool import DafnyPool

TURN = """datatype Row = End | Item(first: int, rest: Row)
function Join(a: Row, b: Row): Row
{
  match a case End => b case Item(x, r) => Item(x, Join(r, b))
}
function Turned(a: Row): Row
{
  match a case End => End case Item(x, r) => Join(Turned(r), Item(x, End))
}
lemma JoinThree(a: Row, b: Row, c: Row)
  ensures Join(Join(a, b), c) == Join(a, Join(b, c))
{
}
lemma JoinEnd(a: Row)
  ensures Join(a, End) == a
{
}
method Turn(whole: Row) returns (made: Row)
  ensures made == Turned(whole)
{
  JoinEnd(Turned(whole));
  made := End;
  var left := whole;
  while left != End
  {
    JoinThree(Turned(left.rest), Item(left.first, End), made);
    made := Item(left.first, made);
    left := left.rest;
  }
}
"""

LOOKUP = """datatype Tree = Empty | Fork(left: Tree, at: int, right: Tree)
function Inside(t: Tree): set<int>
{
  match t case Empty => {} case Fork(l, v, r) => Inside(l) + {v} + Inside(r)
}
predicate Ordered(t: Tree)
{
  match t case Empty => true
  case Fork(l, v, r) => Ordered(l) && Ordered(r)
    && (forall x :: x in Inside(l) ==> x < v) && (forall x :: x in Inside(r) ==> v < x)
}
method Lookup(t: Tree, v: int) returns (found: bool)
  requires Ordered(t)
  ensures found <==> v in Inside(t)
{
  var at := t;
  found := false;
  while at.Fork? && !found
  {
    if at.at == v { found := true; } else if v < at.at { at := at.left; } else { at := at.right; }
  }
}
"""

CARS = """class Car {
  var load: int
  var next: Car?
  ghost var Train: set<object>
  ghost var Loads: seq<int>
  predicate Coupled()
    reads this, Train
    decreases Train
  {
    this in Train &&
    (next == null ==> Loads == [load]) &&
    (next != null ==> next in Train && next.Train <= Train && this !in next.Train &&
      next.Coupled() && Loads == [load] + next.Loads)
  }
  constructor (l: int)
    ensures Coupled() && fresh(Train) && Loads == [l]
  {
    load, next := l, null;
    Train, Loads := {this}, [l];
  }
  method InFront(l: int) returns (c: Car)
    requires Coupled()
    ensures c.Coupled() && c.Loads == [l] + Loads
  {
    c := new Car(l);
    c.next := this;
    c.Train := c.Train + Train;
    c.Loads := [l] + Loads;
  }
  method Count() returns (n: nat)
    requires Coupled()
    ensures n == |Loads|
  {
    n := 1;
    var at := next;
    while at != null
    {
      n := n + 1;
      at := at.next;
    }
  }
}
"""


RAISED = """datatype Row = End | Item(first: int, rest: Row)
function Raised(a: Row): Row { match a case End => End case Item(x, r) => Item(x + 1, Raised(r)) }
function Sum(a: Row): int { match a case End => 0 case Item(x, r) => x + Sum(r) }
method Add(whole: Row) returns (sum: int)
  ensures sum == Sum(Raised(whole))
{
  sum := 0;
  var left := whole;
  while left != End
  {
    sum := sum + left.first + 1;
    left := left.rest;
  }
}
"""

CHAIN = """class Link {
  var name: int
  var next: Link?
  ghost var Reach: set<Link>
  ghost var Names: seq<int>
  predicate Sound()
    reads this, Reach
    decreases Reach
  {
    this in Reach &&
    (if next == null then Names == [name]
     else next in Reach && next.Reach < Reach && this !in next.Reach && next.Sound() &&
       Names == [name] + next.Names)
  }
  constructor (n: int)
    ensures Sound()
  {
    name, next, Reach, Names := n, null, {this}, [n];
  }
  method Before(n: int) returns (l: Link)
    requires Sound()
  {
    l := new Link(n);
    l.next := this;
    l.Reach := {l} + Reach;
    l.Names := [n] + Names;
  }
  method Has(n: int) returns (b: bool)
    requires Sound()
    ensures b <==> n in Names
  {
    var at: Link? := this;
    while at != null
    {
      if at.name == n { return true; }
      at := at.next;
    }
    return false;
  }
}
"""


def settings(text: str, method: str) -> Setting:
    rng = random.Random(3)
    machine = Machine(parse(text), rng)
    context = next(m for m in methods_of(machine.program) if m.node.name == method)
    states = observe(machine, context, 30.0, rng)
    return Setting(machine, context, context.loops[0], states[context.loops[0].key])


@pytest.mark.parametrize(
    ("text", "method", "wanted", "measure"),
    [
        (TURN, "Turn", {"Join(Turned(left), made) == Turned(whole)"}, "left"),
        (LOOKUP, "Lookup", {"Ordered(at)", "(v in Inside(at)) <==> (v in Inside(t))"}, "at, if found"),
        (
            CARS,
            "Count",
            {
                "at != null ==> at.Coupled()",
                "at != null ==> n + |at.Loads| == |Loads|",
                "at == null ==> n == |Loads|",
            },
            "if at == null then {} else at.Train",
        ),
        (RAISED, "Add", {"sum + Sum(Raised(left)) == Sum(Raised(whole))"}, "left"),
        (
            CHAIN,
            "Has",
            {
                "at != null ==> at.Sound()",
                "at != null ==> ((n in at.Names) <==> (n in Names))",
                "at == null ==> !(n in Names)",
            },
            "if at == null then {} else at.Reach",
        ),
    ],
)
def test_what_is_left_is_said_with_what_was_done(
    text: str, method: str, wanted: set[str], measure: str
) -> None:
    setting = settings(text, method)
    found = [c.guess.text for c in sift(setting, {}, time.monotonic() + 60)]
    assert wanted <= set(found)
    assert any(a.text.startswith(f"decreases {measure}") for a in measures(setting))


@pytest.mark.parametrize("text", [TURN, LOOKUP, CARS, CHAIN], ids=["turn", "lookup", "cars", "chain"])
def test_walks_are_proved(text: str, dafny_pool: DafnyPool) -> None:
    prover = Prover(asking(dafny_pool, strict=True, method_seconds=15.0), ends=time.monotonic() + 300)
    assert not prover.ask(text).proved
    assert any(step.proved for step in Annotator(parse(text), prover, {}, 0).steps())
