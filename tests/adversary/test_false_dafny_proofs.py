"""Programs that Dafny itself accepts although they prove what is false: they must not pass for proved."""

from collections.abc import Iterator

import pytest

from proofsmith.budget import Budget
from proofsmith.dafny.assumptions import assumptions
from proofsmith.dafny.complaints import FORBIDDEN
from proofsmith.dafny.guards import check_additions
from proofsmith.dafny.parser import parse
from proofsmith.dafny_spec import DafnySpec
from proofsmith.types import Assurance, Candidate, Status, Task
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.dafny.verifier import DafnyVerifier
from proofsmith.verifiers.toolbox import Toolbox

TASK = "method Double(x: int) returns (y: int)\n  ensures y == 2 * x\n{\n  y := 3 * x;\n}\n"
LEMMA = "lemma Same(x: int, y: int) ensures y == 2 * x { assert null in R.reads() || null !in R.reads(); }\n"
PARADOX = "function R(): int reads if null in R.reads() then {} else {null} { 0 }\n"
"""What R reads is null just where it is not null. Dafny 2.3 proves ``false`` from that."""


@pytest.fixture(scope="module")
def verifier(dafny_settings: DafnySettings) -> Iterator[DafnyVerifier]:
    with Toolbox(dafny_settings) as toolbox:
        yield DafnyVerifier.create(toolbox)


@pytest.mark.parametrize(
    "declarations",
    [
        PARADOX,
        "function P(): int reads if null in R.reads() then {null} else {} { 0 }\n"
        "function R(): int reads if null in P.reads() then {} else {null} { 0 }\n",
        "function Set(f: () ~> int): set<object?> reads f.reads() { f.reads() }\n"
        "predicate R() reads if null in Set(R) then {} else {null} { true }\n",
    ],
)
def test_no_added_function_reads_the_opposite_of_what_it_reads(declarations: str) -> None:
    candidate = TASK.replace("  y := 3 * x;\n", "  y := 3 * x;\n  Same(x, y);\n") + declarations + LEMMA
    complaint = check_additions(TASK, candidate)
    assert complaint is not None
    assert complaint.kind == FORBIDDEN
    assert "may not depend on the added function" in complaint.message


def test_added_functions_may_still_read() -> None:
    task = "method M(a: array<int>)\n{\n}\n"
    assert check_additions(task, task + "function F(a: array<int>): int reads a { a.Length }\n") is None


@pytest.mark.parametrize(
    "hint",
    [
        "ghost var g := 0; assert g == 1 by { g := 1; }",
        "ghost var g := 0; assert g == 1 by { if x > 3 { g := 1; } { var g := 2; g := 3; } }",
        "ghost var g := 0; assert g == 1 by { while g < 1 { g := g + 1; } }",
        "ghost var g := 0; assert g == 1 by { g := One(); }",
        "Ends();",
    ],
)
def test_no_hint_uses_what_dafny_does_not_check(hint: str) -> None:
    lemmas = "lemma One() returns (r: int) ensures r == 1 { r := 1; }\n"
    lemmas += "lemma Ends() ensures 1 == 2 { while 1 != 2 decreases (k: int) => k { } }\n"
    candidate = (
        TASK.replace("  y := 3 * x;\n", f"  y := 3 * x;\n  {hint}\n") + lemmas.splitlines()["Ends" in hint]
    )
    complaint = check_additions(TASK, candidate)
    assert complaint is not None
    assert complaint.kind == FORBIDDEN


def test_a_proof_may_use_variables_of_its_own() -> None:
    hint = "assert x == x by { var k := 0; while k < 3 decreases 3 - k { k := k + 1; } }"
    body = f"lemma More(x: int, f: int -> int) ensures f(x) == f(x) {{ {hint} }}\n"
    assert check_additions(TASK, TASK + body) is None


@pytest.mark.parametrize("kind", ["imap<int, int>", "int -> int", "M", "T", "Box<int -> int>"])
def test_measures_of_loops_that_are_not_compared_are_taken_on_trust(kind: str) -> None:
    source = "type M = imap<int, int>\ntype T\ndatatype Box<X> = Box(x: X)\n"
    field = ".x" if kind.startswith("Box") else ""
    source += f"lemma L(m: {kind}) ensures 1 == 2 {{ var n := m{field}; while 1 != 2 decreases n {{ }} }}\n"
    assert any("the measure of a loop" in one.what for one in assumptions(parse(source)))


def test_measures_in_order_are_no_matter_of_trust() -> None:
    source = (
        "function Size(t: Tree): nat { 0 } datatype Tree = Leaf | Node(l: Tree)\n"
        "method M(a: array<int>, t: Tree, f: int -> int, s: set<int>) {\n"
        "  var i, u, c := 0, t, |s|;\n"
        "  while i < 3 decreases a.Length - i, u, Size(t), s, |s|, a[..], (i, i), c { }\n}\n"
    )
    assert assumptions(parse(source)) == ()


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (PARADOX, "the function R as a value"),
        ("class C { function R(): int reads if this in this.R.reads() then {} else {this} { 0 } }", "R as a"),
        ("method M() { assert {:verified_under true} 1 == 2; }", "'verified_under' turns checks off"),
        ("method {:no_such_attribute} M() { }", "'no_such_attribute' is not known"),
    ],
)
def test_what_dafny_lets_pass_is_taken_on_trust(source: str, what: str) -> None:
    assert any(what in one.what for one in assumptions(parse(source)))


def test_ordinary_frames_are_not_taken_on_trust() -> None:
    source = "function {:opaque} F(a: array<int>, f: int ~> int): int reads a, f.reads(0) { 1 }\n"
    assert (
        assumptions(parse(source + "function S(): set<object> { {} } function G(): int reads S() { 1 }"))
        == ()
    )


def test_alone_they_are_not_proved(verifier: DafnyVerifier) -> None:
    source = (
        PARADOX
        + "lemma False() ensures 1 == 2 { assert null in R.reads() || null !in R.reads(); }\n"
        + "method M() ensures 1 == 2 { assert {:verified_under true} 1 == 2; }\n"
        + "lemma By() ensures 1 == 2 { var g := 0; assert g == 1 by { g := 1; } }\n"
        + "lemma Loop(f: int -> int) ensures 1 == 2 { while 1 != 2 decreases f { } }\n"
    )
    task = Task("t", "", "dafny", DafnySpec(source), ("dafny",), Assurance.PROVED)
    verdict = verifier.check(task, Candidate(source, "dafny"), Budget(seconds=60))
    assert verdict.status is Status.UNKNOWN, verdict
    assert "rests on 4 assumptions" in verdict.diagnostics[0].message
