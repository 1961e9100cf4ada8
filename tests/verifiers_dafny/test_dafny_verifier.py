"""The verdicts of the dafny verifier, on the real Dafny."""

from collections.abc import Iterator

import pytest

from proofsmith.budget import Budget
from proofsmith.dafny_spec import DafnySpec, IncludedDafny
from proofsmith.types import Assurance, Candidate, Status, Task, Verdict
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.dafny.verifier import DafnyVerifier
from proofsmith.verifiers.toolbox import Toolbox

TASK = """method Thrice(b: nat) returns (p: nat)
  ensures p == 3 * b
{
  p := 0;
  var i := 0;
  while i < b
  {
    p := p + 3;
    i := i + 1;
  }
}

method Nine(n: nat) returns (s: nat)
  ensures s == 9 * n
{
  s := Thrice(n);
  s := Thrice(s);
}
"""
LOOP = "  while i < b\n"
INVARIANTS = "    invariant i <= b\n    invariant p == 3 * i\n"
SOLUTION = TASK.replace(LOOP, LOOP + INVARIANTS)


@pytest.fixture(scope="module")
def verifier(dafny_settings: DafnySettings) -> Iterator[DafnyVerifier]:
    with Toolbox(dafny_settings) as toolbox:
        yield DafnyVerifier.create(toolbox)


def judged(
    verifier: DafnyVerifier,
    task: str,
    candidate: str,
    *includes: IncludedDafny,
    seconds: float = 60.0,
) -> Verdict:
    spec = DafnySpec(task, includes)
    one = Task("t", "Complete it.", "dafny", spec, ("dafny",), Assurance.PROVED)
    return verifier.check(one, Candidate(candidate, "dafny"), Budget(seconds=seconds))


def test_a_solution_is_proved_with_version_command_and_parts(verifier: DafnyVerifier) -> None:
    verdict = judged(verifier, TASK, SOLUTION)
    assert (verdict.status, verdict.assurance, verdict.bound) == (Status.PASS, Assurance.PROVED, "")
    assert verdict.tool is not None
    assert verdict.tool.version.startswith("2.3.0")
    assert "Z3" in verdict.tool.version
    assert "/noCheating:1" in verdict.tool.command
    assert [(p.name, p.status) for p in verdict.parts] == [
        ("Thrice", Status.PASS),
        ("Nine", Status.PASS),
    ]
    assert all(p.obligations > 0 for p in verdict.parts)
    assert not any("contradict" in note for note in verdict.notes)


def test_what_is_not_proved_yet_is_a_fail_with_a_score_and_a_place(verifier: DafnyVerifier) -> None:
    verdict = judged(verifier, TASK, TASK)
    assert verdict.status is Status.FAIL
    assert 0 < verdict.score < 1
    assert [p.status for p in verdict.parts] == [Status.FAIL, Status.PASS]
    first = verdict.diagnostics[0]
    assert first.code == "BP5003"
    assert first.span is not None
    assert TASK.splitlines()[first.span.line - 1] == LOOP.rstrip()
    assert "line 2" in first.message


@pytest.mark.parametrize(
    "change",
    [
        ("    p := p + 3;\n", "    p := p + 3 + 0;\n"),
        ("  ensures p == 3 * b\n", "  ensures p >= 0\n"),
        ("  p := 0;\n", "  assume false;\n  p := 0;\n"),
        ("  p := 0;\n", "  p :=\n 0; assume /* so */\n 1 > 2\n;\n"),
        ("  ensures p == 3 * b\n", "  requires false\n  ensures p == 3 * b\n"),
        ("method Thrice", "method {:verify false} Thrice"),
        ("  var i := 0;\n", "  var i := b;\n"),
    ],
)
def test_a_changed_task_is_refused_before_dafny_is_asked(
    verifier: DafnyVerifier, change: tuple[str, str]
) -> None:
    assert change[0] in TASK
    verdict = judged(verifier, TASK, SOLUTION.replace(*change))
    assert verdict.status is Status.FAIL
    assert str(verdict.diagnostics[0].code).startswith("guard")
    assert verdict.diagnostics[0].span is not None
    assert verdict.tool is None


@pytest.mark.parametrize(
    "invariants",
    [
        "    invariant i <= b\n    invariant p >= 3 * i\n",
        "    invariant p == 3 * i\n",
        "    invariant i < b\n    invariant p == 3 * i\n",
    ],
)
def test_weakened_invariants_do_not_pass(verifier: DafnyVerifier, invariants: str) -> None:
    verdict = judged(verifier, TASK, TASK.replace(LOOP, LOOP + invariants))
    assert verdict.status is Status.FAIL
    assert verdict.assurance is None


def test_a_program_that_is_right_as_it_is(verifier: DafnyVerifier) -> None:
    verdict = judged(verifier, SOLUTION, SOLUTION)
    assert verdict.accepts(Assurance.PROVED)


def test_a_body_that_was_asked_for_and_not_written_is_no_pass(verifier: DafnyVerifier) -> None:
    other = "method Other(x: int) returns (y: int)\n  ensures y > x\n"
    task = f"method One() returns (y: int)\n  ensures y == 1\n\n{other}"
    half = judged(verifier, task, task.replace("y == 1\n", "y == 1\n{ y := 1; }\n"))
    assert half.status is Status.UNKNOWN
    assert half.score < 1
    assert "Other still has no body" in half.diagnostics[0].message


@pytest.mark.parametrize(
    "missing",
    [
        "method Other(x: int) returns (y: int)\n  ensures y > x\n",
        "lemma Other(x: int)\n  ensures x * x >= 0\n",
        "class C {\n  constructor Other(x: int)\n    ensures x == 7\n}\n",
    ],
)
def test_where_nothing_but_a_body_is_missing_it_must_be_written(
    verifier: DafnyVerifier, missing: str
) -> None:
    task = f"method One() returns (y: int)\n  ensures y == 1\n{{\n  y := 1;\n}}\n\n{missing}"
    verdict = judged(verifier, task, task.replace("y := 1;", "y := 1;\n  assert y == 1;"))
    assert verdict.status is Status.UNKNOWN
    assert "Other still has no body" in verdict.diagnostics[0].message


def test_a_marked_body_must_be_written_whatever_else_is_missing(verifier: DafnyVerifier) -> None:
    other = "\nmethod Other(x: int) returns (y: int)\n  ensures y > x\n"
    plain, marked = TASK + other, TASK + other + "// PROOFSMITH: body\n"
    declared = judged(verifier, plain, SOLUTION + other)
    assert declared.accepts(Assurance.PROVED)
    assert declared.bound == "given 1 assumption of the task's own"
    asked = judged(verifier, marked, SOLUTION + other + "// PROOFSMITH: body\n")
    assert asked.status is Status.UNKNOWN
    assert "Other still has no body" in asked.diagnostics[0].message


def test_assumptions_of_the_task_are_named_and_never_silent(verifier: DafnyVerifier) -> None:
    trusting = SOLUTION + "\nlemma {:axiom} Trusted(x: int)\n  ensures x < x + x * x + 1\n"
    alone = judged(verifier, trusting, trusting)
    assert alone.status is Status.UNKNOWN
    assert any("axiom" in note for note in alone.notes)
    assert "rests on" in alone.diagnostics[0].message
    completed = judged(verifier, trusting.replace(INVARIANTS, ""), trusting)
    assert completed.accepts(Assurance.PROVED)
    assert "of the task's own" in completed.bound
    assert any("axiom" in note for note in completed.notes)


@pytest.mark.parametrize(
    "source",
    [
        "method M()\n  ensures false\n{\n  assume false;\n}\n",
        "method {: verify\n  false} M()\n  ensures false\n{\n}\n",
        "method {:inline 1} M()\n  ensures false\n{\n}\n",
        "method M()\n  ensures false\n  decreases *\n{\n  M();\n}\n",
        "lemma M()\n  ensures false\n{\n  forall x: int ensures x < x;\n}\n",
        "method M()\n  requires false\n  ensures 1 == 2\n{\n}\n",
    ],
)
def test_what_nobody_has_proved_does_not_pass_alone(verifier: DafnyVerifier, source: str) -> None:
    verdict = judged(verifier, source, source)
    assert verdict.status is Status.UNKNOWN
    assert any(note.startswith("taken on trust: line ") for note in verdict.notes)


def test_a_body_that_was_missing_is_no_assumption_once_it_is_there(verifier: DafnyVerifier) -> None:
    task = "method Next(x: int) returns (y: int)\n  ensures y > x\n"
    verdict = judged(verifier, task, task + "{\n  y := x + 1;\n}\n")
    assert (verdict.status, verdict.assurance, verdict.bound) == (Status.PASS, Assurance.PROVED, "")
    assert not any("trust" in note for note in verdict.notes)
    assert judged(verifier, task, task + "{\n  y := x;\n}\n").status is Status.FAIL
    assert judged(verifier, task, task).status is Status.UNKNOWN


def test_a_task_that_contradicts_itself_is_noted(verifier: DafnyVerifier) -> None:
    source = (
        "method M(n: int) returns (r: int)\n  requires n > 3 && n < 2\n  ensures r == 7\n{\n  r := 8;\n}\n"
    )
    verdict = judged(verifier, source, source)
    assert verdict.status is Status.PASS
    assert any("no run of the method M ever ends" in note for note in verdict.notes)


def test_an_included_file_must_verify_too(verifier: DafnyVerifier) -> None:
    source = 'include "lib/more.dfy"\nmethod M() returns (x: int)\n  ensures x > one()\n{\n  x := 2;\n}\n'
    good = "function one(): int { 1 }\nlemma One()\n  ensures one() == 1\n{\n}\n"
    verdict = judged(verifier, source, source, IncludedDafny("lib/more.dfy", good))
    assert verdict.accepts(Assurance.PROVED)
    bad = good.replace("one() == 1", "one() == 2")
    verdict = judged(verifier, source, source, IncludedDafny("lib/more.dfy", bad))
    assert verdict.status is Status.UNKNOWN
    assert any("lib/more.dfy does not verify by itself" in note for note in verdict.notes)


def test_syntax_errors_have_line_and_column(verifier: DafnyVerifier) -> None:
    source = "method M()\n{\n  var x: bool := 3;\n}\n"
    verdict = judged(verifier, source, source)
    assert verdict.status is Status.FAIL
    assert verdict.diagnostics[0].code == "syntax"
    span = verdict.diagnostics[0].span
    assert span is not None
    assert (span.line, span.column) == (3, 14)


def test_no_time_is_no_answer(verifier: DafnyVerifier) -> None:
    verdict = judged(verifier, TASK, SOLUTION, seconds=0)
    assert verdict.status is Status.UNKNOWN


def test_other_languages_are_not_judged(verifier: DafnyVerifier) -> None:
    task = Task("t", "", "python", "x", ("dafny",))
    verdict = verifier.check(task, Candidate("x"), Budget(seconds=5))
    assert verdict.status is Status.UNKNOWN
