from __future__ import annotations

import pytest

from proofsmith.dafny.complaints import CHANGED, FORBIDDEN, SYNTAX, Complaint
from proofsmith.dafny.declarations import Method
from proofsmith.dafny.guards import additions, check_additions
from proofsmith.dafny.nodes import Clause
from proofsmith.dafny.openings import open_bodies
from proofsmith.dafny.parser import parse
from proofsmith.dafny.statements import Assert, Block

TASK = """
function Sum(s: seq<int>): int {
  if |s| == 0 then 0 else Sum(s[..|s| - 1]) + s[|s| - 1]
}

lemma Split(s: seq<int>, t: seq<int>)
  ensures Sum(s + t) == Sum(s) + Sum(t)

method Helper() {}

class Counter {
  var n: int
  method Total(a: array<int>) returns (r: int)
    modifies this
    ensures r == Sum(a[..])
  {
    // adds up
    r := 0;
    var i := 0;
    while i < a.Length {
      if a[i] != 0 {
        r := r + a[i];
      }
      i := i + 1;
    }
    n := r;
  }
}
"""
LOOP = "while i < a.Length"
STEP = "i := i + 1;"


def after(anchor: str, text: str, source: str = TASK) -> str:
    assert source.count(anchor) == 1
    return source.replace(anchor, f"{anchor} {text}")


def before(anchor: str, text: str, source: str = TASK) -> str:
    assert source.count(anchor) == 1
    return source.replace(anchor, f"{text} {anchor}")


ALLOWED = {
    "invariant": after(
        LOOP, "invariant 0 <= i <= a.Length invariant r == Sum(a[..i]) decreases a.Length - i"
    ),
    "semicolons": after(LOOP, "\ninvariant 0 <= i; // bounds\ninvariant r == r;\n"),
    "assert": before(STEP, "assert a[..i + 1][..i] == a[..i];"),
    "assert by": before(STEP, "assert r == r by { var t := 3; Split(a[..], []); assert t == 3; }"),
    "calc": before(STEP, "calc { 1 + 1; == { Split([], []); } 2; }"),
    "lemma call": before(STEP, "Split(a[..i], [a[i]]);"),
    "lemma call with a proof": before(STEP, "Split(a[..i], [a[i]]) by { assert i >= 0; }"),
    "ghost variable": after("var i := 0;", "ghost var g := i; g := g + 1; ghost var h :| h == g;"),
    "name used elsewhere": after("var i := 0;", "ghost var t := i;"),
    "assigned in the loop": before(STEP, "k := k + 1;", after("var i := 0;", "ghost var k := 0;")),
    "forall proof": before(STEP, "forall p | 0 <= p < i ensures p < a.Length { assert p < i; }"),
    "cases": before(STEP, "if i > 3 { assert i > 2; } else { Split([], []); }"),
    "new lemma": TASK
    + "lemma {:induction false} New(k: nat) requires k > 1 ensures k > 0 decreases k"
    + "{ if k > 2 { New(k - 1); } }",
    "lemma with a loop": TASK
    + "lemma Loop(k: nat) returns (z: nat) ensures z == k"
    + "{ z := 0; while z < k invariant z <= k { z := z + 1; } }",
    "new function": TASK
    + "ghost function Twice(k: int): int { assert k == k; k + k } predicate Ok() { true }",
    "call of a new lemma": before(STEP, "Own(i);", TASK + "lemma Own(k: int) ensures true {}"),
    "body of the lemma": after(
        "ensures Sum(s + t) == Sum(s) + Sum(t)", "{ if t != [] { Split(s, t[1..]); } }"
    ),
    "member lemma": before("var n: int", "lemma Member() ensures n == n {}"),
    "triggers": after(LOOP, "invariant forall k {:trigger a[k]} :: 0 <= k < i ==> a[k] == old(a[k])"),
    "in a function": before("Sum(s[..|s| - 1])", "assert |s| > 0;"),
    "method termination": before("ensures r == Sum", "decreases a.Length"),
    "comments": TASK.replace("// adds up", "/* sums { } */ // assume false; {:axiom}"),
    "blanks": TASK.replace("    ", "\t").replace("\n", "\r\n"),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_proof_hints_are_allowed(name: str) -> None:
    assert check_additions(TASK, ALLOWED[name]) is None


def test_the_parts_added_are_named_in_order() -> None:
    candidate = after(LOOP, "invariant i >= 0", before(STEP, "assert true;"))
    candidate = after("ensures Sum(s + t) == Sum(s) + Sum(t)", "{ }", candidate) + "lemma New() {}"
    found = additions(TASK, candidate)
    assert not isinstance(found, Complaint)
    assert [type(a.node) for a in found] == [Block, Clause, Assert, Method]
    assert [a.body for a in found] == [True, False, False, False]


def test_the_task_itself_has_no_additions() -> None:
    assert additions(TASK, TASK) == ()


CHANGES = {
    "weaker postcondition": TASK.replace("r == Sum(a[..])", "r == Sum(a[..0])"),
    "dropped postcondition": TASK.replace("ensures r == Sum(a[..])", ""),
    "changed operator": TASK.replace("r + a[i]", "r - a[i]"),
    "dropped statement": TASK.replace("n := r;", ""),
    "changed function": TASK.replace("then 0", "then 1"),
    "order": TASK.replace("r := 0;\n    var i := 0;", "var i := 0;\n    r := 0;"),
    "renamed": TASK.replace("Helper", "Helper2"),
    "moved out of the loop": TASK.replace("i := i + 1;\n    }", "}\n    i := i + 1;"),
    "into a comment": TASK.replace("n := r;", "/* n := r; */"),
    "into a nested comment": TASK.replace("n := r;", "/* /* */ n := r; */"),
    "into a string": TASK.replace("n := r;", 'print "n := r;";'),
    "dropped declaration": TASK.replace("method Helper() {}", ""),
    "more in an expression": TASK.replace("i < a.Length", "i < a.Length && false"),
    "more in a postcondition": TASK.replace("r == Sum(a[..])", "r == Sum(a[..]) || true"),
    "more parameters": TASK.replace("a: array<int>)", "a: array<int>, x: int)"),
    "more results": TASK.replace("(r: int)", "(r: int, q: int)"),
    "modifier": TASK.replace("method Helper", "ghost method Helper"),
    "compiled function": TASK.replace("function Sum", "function method Sum"),
    "glued symbols": TASK.replace("r := 0;", "r :=0;")
    .replace("a[i] != 0", "a[i] !=0")
    .replace("1) + s", "1) +s"),
}


@pytest.mark.parametrize("name", [n for n in CHANGES if n != "glued symbols"])
def test_a_changed_task_is_refused(name: str) -> None:
    assert CHANGES[name] != TASK
    found = check_additions(TASK, CHANGES[name])
    assert found is not None
    assert found.kind in (CHANGED, FORBIDDEN)


def test_layout_may_change_but_symbols_stay_as_far_apart_as_they_were() -> None:
    assert check_additions(TASK, CHANGES["glued symbols"]) is None
    task = "function F(s: set<int>, x: int): bool { x < -1 }"
    found = check_additions(task, task.replace("< -", "<-"))
    assert found is not None
    assert found.kind == CHANGED


SURROUNDED = {
    "if false": TASK.replace("n := r;", "if false { n := r; }"),
    "if true": TASK.replace("i := i + 1;", "if i >= 0 { i := i + 1; }"),
    "block": TASK.replace("n := r;", "{ n := r; }"),
    "by block": TASK.replace("n := r;", "assert true by { n := r; }"),
    "calc hint": TASK.replace("n := r;", "calc { 1; { n := r; } 1; }"),
    "forall": TASK.replace("n := r;", "forall k | k == 1 { n := r; }"),
    "else": TASK.replace("r := r + a[i];", "if true { } else { r := r + a[i]; }"),
    "loop": TASK.replace("n := r;", "while false { n := r; }"),
    "module": "module Inner {" + TASK + "}",
    "lemma": TASK.replace("method Helper() {}", "lemma H() { method Helper() {} }"),
    "class": TASK.replace("method Helper() {}", "class Own { method Helper() {} }"),
    "attribute": TASK.replace("n := r;", "assert {:note n := r} true;"),
    "statement in an expression": TASK.replace("if a[i] != 0", "if assert true; a[i] != 0"),
    "guard": TASK.replace("while i < a.Length", "while (i < a.Length)"),
}


@pytest.mark.parametrize("name", SURROUNDED)
def test_nothing_of_the_task_may_be_surrounded(name: str) -> None:
    assert check_additions(TASK, SURROUNDED[name]) is not None


RUNNING = {
    "return": before(STEP, "return;"),
    "return with a value": before("r := 0;", "return 5;"),
    "break": before(STEP, "break;"),
    "break out of a hint": before(STEP, "if i == 0 { break; }"),
    "assignment": before("n := r;", "r := 5;"),
    "assignment to a field": before("n := r;", "n := 5;"),
    "assignment to an element": before("n := r;", "a[0] := 5;"),
    "assignment in a hint": before("n := r;", "if r > 0 { r := 5; }"),
    "assignment in a by block": before("n := r;", "assert true by { r := 5; }"),
    "assignment in a calc": before("n := r;", "calc { 1; { n := 5; } 1; }"),
    "field behind a ghost variable": before("n := r;", "{ n := 3; { ghost var n := 1; } }"),
    "field of a name used elsewhere": before("n := r;", "t := 3; ghost var t := 1;"),
    "assignment to the task's ghost": before("n := r;", "this.n := 3;"),
    "parallel assignment": after("var i := 0;", "ghost var g := 0; g, r := 1, 2;"),
    "variable that is not ghost": after("var i := 0;", "var k := 0;"),
    "shadowed variable": before("r := r + a[i];", "ghost var r := 0;"),
    "shadowed by a pattern": before("r := r + a[i];", "ghost var (q, a) := (1, 2);"),
    "shadowed by choice": before("r := r + a[i];", "ghost var i :| i == 0;"),
    "call of a method": before(STEP, "Helper();"),
    "assignment in the proof of a call": before(STEP, "Split([], []) by { r := 5; }"),
    "assumption in the proof of a call": before(STEP, "Split([], []) by { assume {:axiom} false; }"),
    "value with a proof": before(STEP, "ghost var z := Sum([]) by { n := 5; }"),
    "call of a method of an object": before(STEP, "this.Helper();"),
    "call for a value": before(STEP, "ghost var z := this.Total(a);"),
    "call in a new lemma": TASK + "lemma New() { Helper(); }",
    "new object": before(STEP, "ghost var z := new Counter;"),
    "new array": before(STEP, "ghost var z := new int[3];"),
    "print": before(STEP, 'print "x";'),
    "loop": before(STEP, "while false { }"),
    "endless loop": before(STEP, "while true decreases * { }"),
    "modify": before(STEP, "modify a;"),
    "any value": after("var i := 0;", "ghost var z: int := *;"),
    "no value": after("var i := 0;", "ghost var z: int;"),
    "label": before(STEP, "label L: assert true;"),
    "body where there is one": TASK.replace("method Helper() {}", "method Helper() { Helper(); }"),
}


@pytest.mark.parametrize("name", RUNNING)
def test_what_the_program_does_may_not_change(name: str) -> None:
    found = check_additions(TASK, RUNNING[name])
    assert found is not None, name


DECLARED = {
    "overloaded function": TASK + "function Sum(s: seq<int>, x: int): int { 0 }",
    "shadowing in a class": before("var n: int", "function Sum(s: seq<int>): int { 0 }"),
    "name of a variable": TASK + "function r(): int { 0 }",
    "lemma with a name of the task": TASK + "lemma Helper() {}",
    "hidden name": TASK + "lemma _x() {}",
    "module": TASK + "module X { }",
    "import": TASK + "import X",
    "class": TASK + "class X { }",
    "datatype": TASK + "datatype X = Y",
    "type": TASK + "type X = int",
    "const": TASK + "const x := 3",
    "method": TASK + "method X() {}",
    "ghost method": TASK + "ghost method X() {}",
    "compiled function": TASK + "function method X(): int { 0 }",
    "inductive predicate": TASK + "inductive predicate X(k: nat) { X(k) }",
    "least predicate": TASK + "least predicate X(k: nat) { X(k) }",
    "iterator": TASK + "iterator X() yields (z: int) { }",
    "refining module": TASK + "module Y refines X { }",
    "field": before("var n: int", "ghost var m: int"),
    "modifying lemma": TASK + "lemma X(c: Counter) modifies c {}",
}


@pytest.mark.parametrize("name", DECLARED)
def test_new_declarations_are_lemmas_and_ghost_functions_with_new_names(name: str) -> None:
    found = check_additions(TASK, DECLARED[name])
    assert found is not None
    assert found.kind in (FORBIDDEN, CHANGED)


@pytest.mark.parametrize(
    "task",
    [
        "class {:autocontracts} C { var n: int }",
        "module {:verify false} M { class C { var n: int } }",
        "module {:extern} M { module N { class C { var n: int } } }",
        "@Verify(false) module M { datatype D = A { } class C { var n: int } }",
    ],
)
def test_nothing_is_declared_where_attributes_could_make_it_trusted(task: str) -> None:
    candidate = task.replace("var n: int", "var n: int lemma Own() ensures false { }")
    found = check_additions(task, candidate)
    assert found is not None
    assert found.kind == FORBIDDEN
    assert "which has attributes" in found.message


def test_a_loop_without_a_body_gets_no_invariant() -> None:
    task = "method M(n: nat) { var i := 0; while i < n\n  assert i == 0; }"
    found = check_additions(task, task.replace("i < n\n", "i < n invariant i == 0\n"))
    assert found is not None
    assert found.kind == FORBIDDEN


def test_a_match_without_cases_proves_nothing() -> None:
    task = "datatype D = A method M(d: D) { }"
    assert check_additions(task, task.replace("{ }", "{ match d { } }")) is not None
    assert check_additions(task, task.replace("{ }", "{ assert match d { }; }")) is not None


GHOSTLY = """
class C {
  ghost var g: int
  ghost method Bump() modifies this { g := g + 1; }
}
iterator Iter() yields (x: int) { yield 1; }
function {:opaque} Hidden(): int { 3 }
datatype List = Nil | Cons(head: int, tail: List)
method M(c: C, f: int -> int)
  modifies c
{
  c.g := 0;
}
"""


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("c.Bump();", False),
        ("ghost var z := c.Bump();", False),
        ("var i := new Iter();", False),
        ("ghost var more := iter.MoveNext();", False),
        ("iter.MoveNext();", False),
        ("Unknown();", False),
        ("ghost var z := Unknown(3);", False),
        ("ghost var z := Std.Files.Write(3);", False),
        ("reveal_Hidden();", True),
        ("reveal_Other();", False),
        ("reveal Hidden();", True),
        ("ghost var z := Cons(1, Nil);", True),
        ("ghost var z := f(3) + Hidden();", True),
        ("ghost var z := f(3);", True),
    ],
)
def test_additions_call_lemmas_and_functions_only(text: str, allowed: bool) -> None:
    assert (check_additions(GHOSTLY, after("c.g := 0;", text, GHOSTLY)) is None) is allowed


def test_what_a_function_is_compiled_from_runs() -> None:
    task = "function F(x: int): int { x } by method { return x; }"
    assert check_additions(task, task.replace("return x;", "ghost var k := x; return x;")) is None
    assert check_additions(task, task.replace("return x;", "var k := x; return x;")) is not None


def test_values_may_come_from_functions_that_are_added() -> None:
    candidate = GHOSTLY + "function Own(k: int): int { k } lemma Find() returns (k: int) { k := 3; }"
    candidate = after("c.g := 0;", "ghost var z := Own(3); ghost var y := Find();", candidate)
    assert check_additions(GHOSTLY, candidate) is None


def test_names_of_included_files_are_taken_too() -> None:
    candidate = TASK + "lemma Other() {}"
    assert check_additions(TASK, candidate) is None
    assert check_additions(TASK, candidate, ["function Other(): int { 0 }"]) is not None


def test_a_lemma_of_an_included_file_may_be_called_and_a_method_not() -> None:
    candidate = before(STEP, "There();")
    assert check_additions(TASK, candidate, ["lemma There() {}"]) is None
    assert check_additions(TASK, candidate, ["method There() {}"]) is not None


OPEN = """
method Abs(x: int) returns (r: int)
  ensures r >= x

function Half(n: nat): nat { // PROOFSMITH: body
}

function Known(n: nat): nat

method Marked(x: int) returns (r: int)
  ensures r == x
{
  var y := x;
  // PROOFSMITH: body
  return r;
}
"""


@pytest.mark.parametrize(
    ("anchor", "text", "allowed"),
    [
        ("ensures r >= x", "{ if x < 0 { return -x; } var c := x; r := c; }", True),
        ("ensures r >= x", "{ while true decreases * { } }", False),
        ("ensures r >= x", "{ r := *; }", False),
        ("ensures r >= x", "{ r :| assume r >= x; }", False),
        ("ensures r >= x", "{ while r < x }", False),
        ("ensures r >= x", "{ assume r >= x; }", False),
        ("ensures r >= x", "{ assert {:axiom} r >= x; }", False),
        ("ensures r >= x", "...", False),
        ("// PROOFSMITH: body\n}", "", True),
        ("function Half(n: nat): nat { // PROOFSMITH: body\n", "n / 2", True),
        ("function Half(n: nat): nat { // PROOFSMITH: body\n", "assume false; n", False),
        ("function Known(n: nat): nat", "{ n }", False),
        ("var y := x;\n", "while y > 3 { y := y - 1; } r := x;", True),
        ("ensures r == x", "ensures true", False),
        ("ensures r == x\n{", "requires false;", False),
    ],
)
def test_bodies_are_written_where_they_are_missing_or_marked(anchor: str, text: str, allowed: bool) -> None:
    assert (check_additions(OPEN, after(anchor, text, OPEN)) is None) is allowed


@pytest.mark.parametrize(
    ("before", "method", "behind", "is_open"),
    [
        ("", "lemma L(x: int) ensures x * x >= 0", "", True),
        ("class C {\n", "method L()", "\n}", True),
        ("module M {\n", "lemma L()", "\n}", True),
        ("", "lemma {:axiom} L(x: int) ensures x * x >= 0", "", False),
        ("", 'method {:extern "L"} L()', "", False),
        ("trait T {\n", "method L()", "\n}", False),
        ("abstract module M {\n", "lemma L()", "\n}", False),
        ("module A {}\nmodule M refines A {\n", "lemma L()", "\n}", False),
        ("trait T {\n", "method L()", " // PROOFSMITH: body\n}", True),
    ],
)
def test_a_body_that_the_author_leaves_to_others_is_not_missing(
    before: str, method: str, behind: str, is_open: bool
) -> None:
    task = f"{before}{method}{behind}\n"
    assert bool(open_bodies(parse(task))) is is_open
    complaint = check_additions(task, f"{before}{method} {{ }}{behind}\n")
    assert (complaint is None) is is_open


def test_a_candidate_that_does_not_parse_is_a_complaint_with_its_place() -> None:
    found = check_additions(TASK, TASK + "\nlemma L() {\n  assert ;\n}")
    assert found is not None
    assert (found.kind, found.line, found.column) == (SYNTAX, TASK.count("\n") + 3, 10)


def test_a_complaint_names_the_place_of_the_addition_refused() -> None:
    candidate = before(STEP, "\nassume {:axiom} false;\n")
    found = check_additions(TASK, candidate)
    assert found is not None
    assert (found.kind, found.message) == (FORBIDDEN, "'assume' may not be added")
    assert candidate.split("\n")[found.line - 1].startswith("assume")


def test_a_complaint_about_a_change_names_what_was_there() -> None:
    found = check_additions(TASK, TASK.replace("r + a[i]", "r - a[i]"))
    assert found is not None
    line = TASK[: TASK.index("r + a[i]")].count("\n") + 1
    assert found.message == f"the task's '+' of line {line} expected, found '-'"
    assert (found.kind, found.line) == (CHANGED, line)


def test_a_candidate_of_absurd_length_is_refused_at_once() -> None:
    found = check_additions(TASK, TASK + "lemma L() {}\n" * 50_000)
    assert found is not None
    assert "longer than the task" in found.message


def test_many_equal_asserts_are_told_apart_quickly() -> None:
    task = "method M(x: int) { " + "assert x == x; " * 60 + "}"
    candidate = "method M(x: int) { " + "assert x == x; " * 150 + "}"
    found = additions(task, candidate)
    assert not isinstance(found, Complaint)
    assert len(found) == 90
