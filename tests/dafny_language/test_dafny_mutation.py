from __future__ import annotations

import pytest

from proofsmith.dafny.complaints import Complaint
from proofsmith.dafny.guards import additions, check_additions
from proofsmith.dafny.hints import cut, hints, without, without_hints
from proofsmith.dafny.mutation import CONSTANT, INVARIANT, OPERATOR, STEP, mutants
from proofsmith.dafny.parser import parse

REFERENCE = """predicate Below(a: array<int>, n: int, bound: int)
  requires 0 <= n <= a.Length
  reads a
{
  forall k :: 0 <= k < n ==> a[k] <= bound
}

method Largest(a: array<int>) returns (m: int)
  requires a.Length > 0
  ensures Below(a, a.Length, m)
{
  m := a[0];
  var i := 1;
  while i < a.Length
    invariant 1 <= i <= a.Length
    invariant Below(a, i, m)   // so far
    decreases a.Length - i
  {
    if a[i] > m {
      m := a[i]; assert m == a[i];
    }
    assert
      Below(a, i, m);
    i := i + 1;
  }
}
"""
TASK = """predicate Below(a: array<int>, n: int, bound: int)
  requires 0 <= n <= a.Length
  reads a
{
  forall k :: 0 <= k < n ==> a[k] <= bound
}

method Largest(a: array<int>) returns (m: int)
  requires a.Length > 0
  ensures Below(a, a.Length, m)
{
  m := a[0];
  var i := 1;
  while i < a.Length
    // so far
  {
    if a[i] > m {
      m := a[i];
    }
    i := i + 1;
  }
}
"""


def test_hints_are_taken_out_with_their_lines() -> None:
    assert without_hints(parse(REFERENCE)) == TASK


def test_a_program_without_its_hints_is_a_task_whose_solution_it_is() -> None:
    program = parse(REFERENCE)
    found = additions(without_hints(program), REFERENCE)
    assert not isinstance(found, Complaint)
    assert len(found) == len(hints(program)) == 5


def test_any_choice_of_hints_can_be_taken_out() -> None:
    program = parse(REFERENCE)
    all_of_them = hints(program)
    for hint in all_of_them:
        less = without(program, [hint])
        assert hints(parse(less)) == tuple(h for h in all_of_them if h is not hint)
        assert additions(less, REFERENCE) != ()


@pytest.mark.parametrize(
    ("text", "part", "left"),
    [
        ("a\n  b;\nc", "b;", "a\nc"),
        ("a\r\n  b;\r\nc", "b;", "a\r\nc"),
        ("a b; c", "b;", "a c"),
        ("a b;\nc", "b;", "a\nc"),
        ("  b; c\n", "b;", "  c\n"),
        ("a{b;}c", "b;", "a{}c"),
        ("b;", "b;", ""),
    ],
)
def test_what_is_cut_leaves_no_trace(text: str, part: str, left: str) -> None:
    start = text.index(part)
    assert cut(text, [(start, start + len(part))]) == left


def test_mutants_change_one_place_and_cover_every_kind() -> None:
    found = list(mutants(parse(REFERENCE)))
    assert {m.kind for m in found} == {OPERATOR, CONSTANT, STEP, INVARIANT}
    assert len({m.text for m in found}) == len(found)
    for mutant in found:
        parse(mutant.text)
        lines, original = mutant.text.split("\n"), REFERENCE.split("\n")
        changed = next(i for i, (one, other) in enumerate(zip(lines, original, strict=False)) if one != other)
        assert changed + 1 == mutant.line


def test_specifications_and_functions_are_never_changed() -> None:
    for mutant in mutants(parse(REFERENCE)):
        assert mutant.text.startswith(REFERENCE[: REFERENCE.index("{\n  m :=")])


def test_a_mutant_of_what_runs_is_refused_and_one_of_the_hints_is_not() -> None:
    for mutant in mutants(parse(REFERENCE)):
        found = check_additions(TASK, mutant.text)
        assert (found is None) is (mutant.kind == INVARIANT), mutant
