"""Cached proofs: a change in one method proves only that one, and never hides a failure."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from proofsmith.verifiers.dafny.cache import ProofCache
from proofsmith.verifiers.dafny.layout import layout_of
from proofsmith.verifiers.dafny.pool import DafnyPool
from proofsmith.verifiers.dafny.report import Fault, MethodResult, Outcome, Report
from proofsmith.verifiers.dafny.settings import DafnySettings

SECONDS = 60.0

PROGRAM = """predicate even(x: int) { x % 2 == 0 }

function half(x: nat): nat
  requires even(x)
{
  x / 2
}

class Counter {
  var count: int

  constructor ()
    ensures count == 0
  {
    count := 0;
  }

  method Step()
    modifies this
    ensures count == old(count) + 1
  {
    count := count + 1;
  }
}

class Other {
  method Step()
    ensures true
  {
    assert 1 + 1 == 2;
  }
}

method Double(n: nat) returns (d: nat)
  ensures d == 2 * n
{
  d := 0;
  var i := 0;
  while i < n
    invariant i <= n
    invariant d == 2 * i
  {
    i := i + 1;
    d := d + 2;
  }
}

method Twice(n: nat) returns (d: nat)
  ensures d == 4 * n
{
  d := Double(n);
  d := Double(d);
}

method Down(n: nat)
  decreases n
{
  if n > 0 {
    Down(n - 1);
  }
  Up(n);
}

method Up(n: nat)
  decreases n
{
  assert n >= 0;
}

lemma NextEven(x: int)
  requires even(x)
  ensures even(x + 2)
{
}
"""

EDITS = {
    "blanks and comments": [("method Twice", "// here it comes\n\n\nmethod Twice")],
    "an invariant dropped": [("    invariant d == 2 * i\n", "")],
    "an invariant that is not kept": [("invariant d == 2 * i", "invariant d == i")],
    "a wrong step": [("d := d + 2", "d := d + 3")],
    "a callee that promises less": [("ensures d == 2 * n", "ensures d >= 2 * n")],
    "a callee that demands more": [("method Double(n: nat)", "method Double(n: nat)\n  requires n < 5\n ")],
    "a function that means another thing": [("x % 2 == 0", "x % 3 == 1")],
    "a function that asks for less": [("nat\n  requires even(x)\n", "nat\n")],
    "a field of another type": [("var count: int", "var count: nat")],
    "a recursion that makes an unchanged method fail": [("assert n >= 0;", "if n > 0 { Down(n - 1); }")],
    "a recursion, of another class": [("assert 1 + 1 == 2;", "Step();")],
    "a name that does not exist": [("assert n >= 0;", "assert m >= 0;")],
    "a parse error": [("assert n >= 0;", "assert n >= ;")],
    "a method less": [("method Up(n: nat)\n  decreases n\n{\n  assert n >= 0;\n}\n", "")],
    "a stronger lemma": [("ensures even(x + 2)", "ensures even(x + 3)")],
    "two bodies": [("d := d + 2", "d := d + 1 + 1"), ("count := count + 1", "count := count + 2")],
}


@pytest.fixture(scope="module")
def pool(dafny_settings: DafnySettings) -> Iterator[DafnyPool]:
    with DafnyPool(replace(dafny_settings, dafny_servers=1)) as pool:
        assert pool.verify(PROGRAM, seconds=SECONDS).verified
        yield pool


def edited(edits: list[tuple[str, str]]) -> str:
    text = PROGRAM
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def facts(report: Report) -> object:
    """What must not depend on the cache."""
    methods = [(m.name, m.obligations, m.outcome, m.faults) for m in report.methods]
    return report.status, sorted(methods), sorted(report.faults, key=lambda f: (f.line, f.column, f.code))


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS.keys())
def test_the_cache_changes_no_answer(pool: DafnyPool, edits: list[tuple[str, str]]) -> None:
    source = edited(edits)
    plain = pool.verify(source, seconds=SECONDS, cached=False)
    assert not any(m.cached for m in plain.methods)
    assert facts(pool.verify(source, seconds=SECONDS)) == facts(plain)
    assert facts(pool.verify(source, seconds=SECONDS)) == facts(plain)
    assert pool.verify(PROGRAM, seconds=SECONDS).verified


def test_a_new_recursion_makes_an_unchanged_method_fail(pool: DafnyPool) -> None:
    source = PROGRAM.replace("assert n >= 0;", "if n > 0 { Down(n - 1); }")
    failed = [m.title for m in pool.verify(source, seconds=SECONDS).methods if m.faults]
    assert failed == ["Down"]


def test_only_the_changed_method_is_proved_again(pool: DafnyPool) -> None:
    report = pool.verify(PROGRAM.replace("invariant i <= n", "invariant 0 <= i <= n"), seconds=SECONDS)
    assert [m.title for m in report.methods if not m.cached] == ["Double"]
    assert report.verified


def test_errors_from_memory_stand_where_they_belong_now(pool: DafnyPool) -> None:
    wrong = PROGRAM.replace("d := d + 2;", "d := d + 3;")
    before = pool.verify(wrong, seconds=SECONDS)
    moved = pool.verify("\n\n" + wrong.replace("    count :=", "      count :="), seconds=SECONDS)
    assert all(m.cached for m in moved.methods)
    assert [(f.line - 2, f.column) for f in moved.faults] == [(f.line, f.column) for f in before.faults]
    assert moved.faults[0].related[0].line == before.faults[0].related[0].line + 2


def test_a_proof_that_was_late_is_tried_again_with_more_time() -> None:
    layout = layout_of("method Hard(x: int) { assert x > 0; }\nmethod Easy() { assert 1 < 2; }\n")
    assert layout is not None
    late = Fault(1, 7, "Verification of 'Impl$$_module.__default.Hard' timed out after 2 seconds")
    hard = MethodResult("Impl$$_module.__default.Hard", 1, Outcome.TIMEOUT, 2.0, (late,))
    easy = MethodResult("Impl$$_module.__default.Easy", 1, Outcome.VERIFIED, 0.1)
    cache = ProofCache()
    cache.keep(layout, True, 2, [hard, easy], whole=True)
    for seconds, missing in ((1, ()), (2, ()), (3, (hard.name,))):
        plan = cache.plan(layout, True, seconds)
        assert plan is not None
        assert plan.missing == missing
        assert plan.known[easy.name] == replace(easy, cached=True)
    assert cache.plan(layout, False, 1) is None


def test_what_cannot_be_placed_or_told_is_not_kept() -> None:
    layout = layout_of("method M(x: int) { assert x > 0; }\n")
    assert layout is not None
    nowhere = MethodResult("Impl$$_module.__default.M", 1, Outcome.FAILED, 0.1, (Fault(9, 9, "wrong"),))
    stranger = MethodResult("Impl$$_module.__default.M_h", 1, Outcome.VERIFIED, 0.1)
    weak = MethodResult("CheckWellformed$$_module.__default.M", 1, Outcome.UNKNOWN, 0.1)
    cache = ProofCache()
    cache.keep(layout, True, 2, [nowhere, stranger, weak], whole=True)
    plan = cache.plan(layout, True, 2)
    assert plan is not None
    assert plan.missing == (nowhere.name, stranger.name, weak.name)
    assert plan.known == {}


def test_what_was_assumed_before_is_not_taken_for_proved(pool: DafnyPool) -> None:
    source = "method M() ensures 1 > 2 { assume false; }\n"
    assert pool.verify(source, seconds=SECONDS, strict=False).verified
    assert not pool.verify(source, seconds=SECONDS, strict=True).verified


@pytest.mark.parametrize(
    "source",
    [
        "module A { method M() { } }\nmodule B refines A { method M() { ... } }\n",
        'include "x.dfy"\nmethod M() { }\n',
        "module A { module X { method M() { } } }\nmodule B { module X { method M() { } } }\n",
        "method M() {",
    ],
)
def test_what_cannot_be_told_apart_is_not_cached(source: str) -> None:
    assert layout_of(source) is None
