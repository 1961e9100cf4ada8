"""Hints on sets and maps, and on what exists because other things do; the real Dafny proves with them."""

import pytest

from proofsmith.agents.policies.dafny.proofs import obtained, sets, witnesses
from proofsmith.agents.policies.dafny.proofs.obligations import Goal
from proofsmith.agents.policies.dafny.proofs.points import Points
from proofsmith.agents.policies.dafny.proofs.situation import Situation
from proofsmith.agents.policies.dafny.proofs.tables import Tables
from proofsmith.agents.policies.dafny.weave import Addition, weave
from proofsmith.dafny.guards import check_additions
from proofsmith.dafny.parser import parse
from proofsmith.verifiers.dafny.pool import DafnyPool

UPTO = """function Upto(n: nat): set<int> { set i | 0 <= i < n }
lemma UptoSize(n: nat)
  ensures |Upto(n)| == n
{
  if n > 0 { UptoSize(n - 1); }
}
"""

FORGET = """lemma Forget(m: map<int, int>, k: int)
  requires k in m
  ensures |(map x | x in m && x != k :: m[x]).Keys| == |m.Keys| - 1
{
  var rest := map x | x in m && x != k :: m[x];
}
"""

MULTIPLE = """predicate Multiple(d: int, n: int) { exists k: int :: n == d * k }
lemma Chain(d: int, a: int, b: int)
  requires Multiple(d, a) && Multiple(a, b)
  ensures Multiple(d, b)
{
}
"""

LOCALS = """predicate Multiple(d: int, n: int) { exists k: int :: n == d * k }
lemma Less(d: int, a: int, b: int)
  requires Multiple(d, a) && Multiple(d, b)
  ensures Multiple(d, a - b)
{
  var i :| a == d * i;
  var j :| b == d * j;
}
"""

SCALED = """predicate Multiple(d: int, n: int) { exists k: int :: n == d * k }
lemma Scaled(d: int, a: int, times: int)
  requires Multiple(d, a)
  ensures Multiple(d, a * times)
{
  var i :| a == d * i;
}
"""

DROPPED = """lemma Fits(s: set<int>, n: nat)
  requires forall x :: x in s ==> 0 <= x < n
  ensures |s| <= n
{
  if n > 0 {
    Fits(s - {n - 1}, n - 1);
  }
}
"""


def situation(text: str) -> Situation:
    """The situation at the end of the last declaration, with its postconditions as goals."""
    tables = Tables(parse(text))
    node = list(tables.program.callables())[-1]
    end = Points(tables, node).all()[-1].offset
    promised = Situation(tables, node, node.name, ()).promised
    return Situation(tables, node, node.name, tuple(Goal(f, end, True) for f in promised))


def proved(dafny_pool: DafnyPool, text: str, hints: list[Addition]) -> bool:
    woven = weave(text, hints).text
    assert check_additions(text, woven) is None
    return dafny_pool.verify(woven, seconds=60, strict=True).verified


@pytest.mark.parametrize(
    ("text", "family", "wanted"),
    [
        (UPTO, sets.stepped, "assert n > 0 ==> Upto(n) == Upto(n - 1) + {n - 1};"),
        (FORGET, sets.domains, "assert k in m ==> m.Keys == rest.Keys + {k};"),
        (LOCALS, witnesses.witnesses, "assert (a - b) == d * (i - j);"),
        (SCALED, witnesses.witnesses, "assert (a * times) == d * (i * times);"),
    ],
)
def test_what_is_said_proves_what_fails_without_it(
    dafny_pool: DafnyPool, text: str, family: object, wanted: str
) -> None:
    assert callable(family)
    found = [a for a in family(situation(text)) if " ".join(a.text.split()) == wanted]
    assert found
    assert not dafny_pool.verify(text, seconds=60, strict=True).verified
    assert proved(dafny_pool, text, found[:1])


def test_what_exists_is_made_of_what_exists_by_the_precondition(dafny_pool: DafnyPool) -> None:
    found = list(obtained.obtained(situation(MULTIPLE)))
    product = [a for a in found if "d * (given" in a.text and " * given" in a.text.rpartition("assert")[2]]
    assert product
    assert not dafny_pool.verify(MULTIPLE, seconds=60, strict=True).verified
    assert proved(dafny_pool, MULTIPLE, product[:1])
    names = [a.text.split()[2] for a in found]
    assert len(set(names)) == len(names)  # all of them may stand side by side


def test_elements_are_what_the_program_puts_into_sets_too() -> None:
    found = {a.text for a in sets.cardinalities(situation(DROPPED))}
    assert "assert n - 1 in s ==> |s - {n - 1}| == |s| - 1;" in found
    assert "assert s == {};" in found
