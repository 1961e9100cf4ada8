"""Every known way of making Dafny accept what it has not proved, each in several spellings."""

from __future__ import annotations

import pytest

from proofsmith.dafny.assumptions import assumptions
from proofsmith.dafny.complaints import FORBIDDEN
from proofsmith.dafny.guards import check_additions
from proofsmith.dafny.lexer import DafnySyntaxError
from proofsmith.dafny.parser import parse

TASK = """method Grow(n: nat) returns (r: nat)
  ensures r == 2 * n
/*HEAD*/
{
  r := 0;
  var i := 0;
  while i < n
  /*LOOP*/
  {
    /*STEP*/
    i := i + 1;
  }
  /*END*/
}
/*TOP*/
"""

STATEMENTS = {
    "assume": ("assume false;", "assume\n  (1 == 2);", "/* x */assume/**/false ;"),
    "assume axiom": ("assume {:axiom} false;", "assume{:\naxiom}r == 2 * n;", "assume { :axiom } false;"),
    "assume as expression": ("assert (assume false; true);", "ghost var z := assume false; 3;"),
    "assume in calc": (
        "calc { 1; { assume false; } 2; }",
        "calc { 1; == { assert true by { assume false; } } 2; }",
    ),
    "assume in by": ("assert false by { assume false; }", "assert r == 2*n by {{{ assume{:axiom}false; }}}"),
    "assume in forall": (
        "forall k | k == 0 ensures false { assume false; }",
        "forall k ensures false { if true { assume false; } }",
    ),
    "such that assume": ("ghost var z :| assume z != z;", "ghost var z: int :|assume{:axiom} false;"),
    "expect": ("expect false;", "expect r == 2 * n, \"no\";", "assert true by { expect(false); }"),
    "bodyless while": ("while i < 3 invariant false", "while (i < 3)\n  invariant false;"),
    "bodyless forall": ("forall k | k == 0 ensures false", "forall ensures false", "forall k :: false"),
    "assert attribute": (
        "assert {:axiom} false;", "assert{:only}true;", "assert { :verify false } false;",
        "assert /* {:trigger} */ {:assume} false;", "assert {:trigger} {:only} true;",
    ),
    "subsumption": ("assert {:subsumption 0} true;", "assert {: subsumption  0} true;"),
    "split": ("assert {:split_here} true;", "assert {:focus} true;"),
    "contradiction": ("assert {:contradiction} false;", "assert {: contradiction} 1 == 2;"),
    "modify": ("modify *;", "modify {:axiom} r { }"),
    "havoc": ("r := *;", "ghost var z: nat := *;"),
    "open end": ("while true decreases * { }", "while (true) decreases\n* { assert true; }"),
    "leaving": ("return;", "if true { return 2 * n; }"),
    "hide": ("hide *;", "hide Grow;"),
    "skeleton": ("...;", "assert ...;"),
}  # fmt: skip

LOOP_CLAUSES = {
    "free invariant": ("free invariant false", "free\ninvariant r == 2 * n"),
    "assumed invariant": ("invariant (assume false; true)", "invariant assume r == 2 * n; true"),
    "invariant attribute": ("invariant {:axiom} false", "invariant{:verify false}false"),
    "decreases star": ("decreases *", "decreases\n*", "decreases i, *"),
    "loop frame": ("modifies {}", "modifies *"),
    "quantifier attribute": ("invariant forall k {:axiom} :: k > 0", "invariant exists k{: only} :: k > 0"),
    "labels": ("invariant i: true", "invariant n : 0 <= 1"),
}  # fmt: skip

HEADERS = {
    "free ensures": ("free ensures false", "free\nensures r == 0"),
    "requires false": ("requires false", "requires (false)", "requires n < 0"),
    "more ensures": ("ensures false", "ensures true"),
    "decreases star": ("decreases *", "decreases /* n */ *"),
    "modifies": ("modifies {}", "modifies *"),
    "decreases attribute": ("decreases {:axiom} n", "decreases {:verify false} 3"),
}

TOPS = {
    "include": ('include "evil.dfy"', 'include\n"/etc/evil.dfy"', 'include @"evil.dfy"'),
    "bodyless lemma": ("lemma L() ensures false", "lemma L()\nensures 1 == 2;", "lemma L() ..."),
    "bodyless function": ("function F(): int ensures false", "predicate F() ensures false"),
    "bodyless method": ("method L() ensures false", "constructor L() ensures false"),
    "axiom": ("lemma {:axiom} L() ensures false", "lemma{: axiom }L() {}", "@Axiom lemma L() ensures false"),
    "verify false": (
        "lemma {:verify false} L() ensures false {}", "lemma {:verify  false} L() ensures false {}",
        "lemma {:verify/**/false} L() ensures false {}", "@Verify(false) lemma L() ensures false {}",
    ),
    "extern": (
        'lemma {:extern "x"} L() ensures false {}', "lemma {:extern} L() ensures false",
        "function {:extern} F(): int ensures false",
    ),
    "only": ("lemma {:only} L() {}", "@VerifyOnly lemma L() {}", "lemma { :only} L() {}"),
    "rlimit": ("lemma {:rlimit 1} L() ensures false {}", "lemma {:resource_limit 1} L() ensures false {}"),
    "time limit": ("lemma {:timeLimit 0} L() ensures false {}", "@TimeLimit(0) lemma L() {}"),
    "selective": (
        "lemma {:selective_checking} L() ensures false {}", "lemma {:selective_checking true} L() {}",
    ),
    "inline": ("lemma {:inline 1} L() ensures false {}", "function {:inline} F(): int { 0 }"),
    "ignore": ("lemma {:ignore} L() ensures false {}", "lemma {: ignore} L() ensures false { }"),
    "opaque": ("function {:opaque} F(): int { 0 }", "opaque function F(): int { 0 }"),
    "termination": (
        "lemma {:termination false} L() ensures false { L(); }", "module {:termination false} X { }",
    ),
    "concurrent": ("lemma {:assume_concurrent} L() {}", "@AssumeConcurrent lemma L() {}"),
    "decreases star": (
        "lemma L() ensures false decreases * { L(); }", "function F(): int decreases * { F() }",
    ),
    "requires false": ("lemma L() requires false ensures false {}", "lemma L() requires ((false)) {}"),
    "free": ("lemma L() free ensures false {}", "lemma L() free requires false {}"),
    "assume inside": (
        "lemma L() ensures false { assume false; }", "function F(): int ensures false { assume false; 0 }",
        "lemma L() ensures false { if * { assume false; } else { assume 1 == 2; } }",
    ),
    "loop inside": (
        "lemma L() ensures false { while true }", "lemma L() ensures false { while true decreases * { } }",
        "lemma L() ensures false { forall k ensures false }",
    ),
    "iterator": ("iterator I() ensures false { }", "iterator I() yields (x: int) yield ensures false { }"),
    "refinement": ("module A { } module B refines A { }", "abstract module A { }"),
    "imports": ("import M", "import opened N = M"),
    "empty type": ("type Empty = k: int | false witness *", "newtype Empty = k: int | false"),
    "trait": ("trait T { lemma L() ensures false }", "class C { lemma L() ensures false {} }"),
    "autocontracts": ("class {:autocontracts} C { }", "@AutoContracts class C { }"),
    "twostate": ("twostate lemma L() {}", "twostate predicate P() { true }"),
    "inductive": ("inductive lemma L() {}", "colemma L() {}", "greatest predicate P() { P() }"),
    "by method": ("function F(): int { 0 } by method { return 0; }", "function F(): int { 0 } by method { }"),
}  # fmt: skip

PLACES = {"STEP": STATEMENTS, "END": STATEMENTS, "LOOP": LOOP_CLAUSES, "HEAD": HEADERS, "TOP": TOPS}
CHEATS = [
    pytest.param(place, spelling, id=f"{place}-{name}-{number}")
    for place, cheats in PLACES.items()
    for name, spellings in cheats.items()
    for number, spelling in enumerate(spellings)
]


def provable_in_a_lemma(place: str, spelling: str) -> bool:
    """Say whether it is harmless in an added lemma: it only ends the lemma, or must be proved there."""
    harmless = ("requires n < 0", "ensures false", "ensures true", "return;", "if true { return 2 * n; }")
    return place in ("HEAD", "STEP", "END") and spelling in harmless


def test_every_cheat_has_at_least_two_spellings() -> None:
    assert all(len(spellings) >= 2 for cheats in PLACES.values() for spellings in cheats.values())


@pytest.mark.parametrize(("place", "spelling"), CHEATS)
def test_no_way_of_assuming_may_be_added(place: str, spelling: str) -> None:
    assert check_additions(TASK, TASK.replace(f"/*{place}*/", spelling)) is not None


@pytest.mark.parametrize(("place", "spelling"), [c for c in CHEATS if not provable_in_a_lemma(*c.values)])
def test_nor_inside_of_another_addition(place: str, spelling: str) -> None:
    if place == "LOOP":
        text = f"lemma Around() ensures true {{ var k := 3; while k > 9 {spelling} {{ }} }}"
    elif place == "HEAD":
        text = f"lemma Around(n: nat) returns (r: nat) {spelling} {{ r := n; }}"
    elif place in ("STEP", "END"):
        text = f"lemma Around(n: nat) returns (r: nat) {{ var i := 0; if n > 3 {{ {spelling} }} r := i; }}"
    else:
        text = f"module Around {{ {spelling} }}"
    assert check_additions(TASK, TASK.replace("/*TOP*/", text)) is not None


def around(begin: str, end: str) -> str:
    """Put something before and behind a statement of the task."""
    return TASK.replace("/*STEP*/", begin).replace("/*END*/", end)


SWALLOWING = {
    "preprocessor": around("/*\n#if X\n*/", "/*\n#endif\n*/"),
    "preprocessor with blanks": around("//\n  #if X\n", "//\n  #endif\n"),
    "preprocessor after a lone return": around("//\r#if X\r", "//\r#endif\r"),
    "odd line ends": TASK.replace("/*STEP*/", "// \u2028 assume false;"),
    "comment": around("/*", "*/"),
    "string": around('assert "', '" == "";'),
    "attribute": around("assert {:trigger ", "} true;"),
    "by": around("assert true by {", "}"),
    "unreachable": around("if false {", "}"),
    "proof": around("forall k | false {", "}"),
    "end of the body": TASK.replace("/*STEP*/", "} lemma L() {"),
}  # fmt: skip


@pytest.mark.parametrize("name", SWALLOWING)
def test_no_addition_may_swallow_a_part_of_the_task(name: str) -> None:
    assert check_additions(TASK, SWALLOWING[name]) is not None


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("lemma L() { assume false; }", "'assume' is not proved"),
        ("lemma L() { calc { 1; { assume {:axiom} false; } 2; } }", "'assume' is not proved"),
        ("function F(): int { assume false; 0 }", "'assume' is not proved"),
        ("method M() { expect false; }", "'expect' is not proved"),
        ("lemma L() { var x: int :| assume x != x; }", "'assume' in an assignment"),
        ("lemma L() { var x: int; x :| assume x != x; }", "'assume' in an assignment"),
        ("method M() { while true invariant false }", "without a body"),
        ("lemma L() { forall x: int ensures false }", "without a body"),
        ("lemma L() ensures false", "lemma L has no body, so its postconditions"),
        ("function F(): int ensures false", "function F has no body, so its postconditions"),
        ("trait T { method M() ensures false }", "method M has no body"),
        ("lemma {:axiom} L() ensures false {}", "'axiom' is taken as true"),
        ("@Axiom lemma L() ensures false {}", "'@Axiom' is taken as true"),
        ("method {:extern} M() ensures false {}", "'extern' is implemented elsewhere"),
        ("lemma {:verify  false} L() ensures false {}", "'verify' turns verification off"),
        ("@Verify(false) lemma L() ensures false {}", "'@Verify' turns verification off"),
        ("@VerifyOnly lemma L() {}", "'@VerifyOnly' leaves the rest"),
        ("lemma {:only} L() {}", "'only' leaves the rest"),
        ("method M() { assert {:only} true; }", "'only' leaves the rest"),
        ("lemma {:rlimit 1} L() ensures false {}", "'rlimit' may end verification"),
        ("lemma {:timeLimit 1} L() ensures false {}", "'timeLimit' may end verification"),
        ("lemma {:selective_checking} L() {}", "'selective_checking' turns checks off"),
        ("lemma {:inline 1} L() {}", "'inline' is not verified"),
        ("lemma {:ignore} L() {}", "'ignore' hides"),
        ("module {:termination false} M { }", "'termination' turns termination checks off"),
        ("method {:assume_concurrent} M() {}", "'assume_concurrent'"),
        ("method M() free ensures false {}", "'free ensures' is not proved"),
        ("method M() { while true free invariant false { } }", "'free invariant' is not proved"),
        ("method M() decreases * {}", "it need not end"),
        ("method M() { while true decreases * { } }", "it need not end"),
        ("method M() requires (false) {}", "it can never be called"),
        ("iterator I() ensures false { }", "postconditions of the iterator I"),
        ('include "x.dfy"', 'what "x.dfy" contains'),
        ("method M() { ...; }", "'...' stands for"),
    ],
)  # fmt: skip
def test_what_a_file_takes_on_trust_is_listed(source: str, what: str) -> None:
    (first, *_) = assumptions(parse("\n  " + source))
    assert what in first.what
    assert first.line == 2


def test_an_honest_program_takes_nothing_on_trust() -> None:
    source = (
        TASK + "lemma {:verify true} {:induction false} L() {} function F(x: int): int requires x > 0 { x }"
    )
    assert assumptions(parse(source)) == ()


def test_cheats_are_refused_as_such_and_not_as_changes() -> None:
    for place, spelling in (("STEP", "assume false;"), ("LOOP", "decreases *"), ("TOP", "lemma L()")):
        found = check_additions(TASK, TASK.replace(f"/*{place}*/", spelling))
        assert found is not None
        assert found.kind == FORBIDDEN, found


def test_a_task_with_preprocessor_lines_is_not_read() -> None:
    with pytest.raises(DafnySyntaxError):
        check_additions("#if X\n" + TASK, TASK)
