from __future__ import annotations

import contextlib

import pytest

from proofsmith.dafny.declarations import Class, Datatype, Function, Method, Module, TypeDeclaration
from proofsmith.dafny.expressions import (
    Binary,
    Call,
    Cardinality,
    Comparison,
    Comprehension,
    DatatypeUpdate,
    IfThenElse,
    Lambda,
    Let,
    Logical,
    Match,
    Name,
    Primitive,
    Quantifier,
    Slice,
    StatementExpression,
    Update,
)
from proofsmith.dafny.lexer import DafnySyntaxError
from proofsmith.dafny.nodes import Node, children, walk
from proofsmith.dafny.parser import parse, parse_expression
from proofsmith.dafny.statements import (
    Assert,
    Assign,
    Calc,
    For,
    Forall,
    If,
    IfCases,
    MatchStatement,
    VarDeclaration,
    While,
    WhileCases,
)

WHOLE = r"""
include "other.dfy"
abstract module M.N refines Base {
  import opened O = P.Q`E
  export Core provides f, C.m reveals g
  newtype {:nativeType "int"} byte = x: int | 0 <= x < 256
  type Small = n: nat | n < 10 witness 3
  type T(==, !new)<+X>
  datatype Tree<A(==)> = | Leaf | Node(left: Tree<A>, value: A, ghost right: Tree<A>) {
    predicate IsLeaf() { this.Leaf? }
  }
  codatatype Stream = More(head: int, Stream)
  trait {:termination false} Shape { var area: real; method Grow() modifies this }
  class C<T> extends Shape, Other.Thing {
    var next: C?<T>, items: seq<T>;
    static const Limit := 10
    constructor Init(n: nat) requires n > 0 ensures fresh(this) { new; items := []; }
    twostate lemma L(new x: int) requires old(x) == x {}
    function method {:opaque} f<U>(x: U -> bool, y: (int, bool) ~> nat): (r: int)
      requires forall i :: y.requires((i, true)) reads this, items, `next
      decreases *
  }
  inductive predicate Even(n: nat) { n == 0 || (n > 1 && Even(n - 2)) }
  greatest lemma Same[nat](s: Stream) { }
  iterator Iter(n: int) yields (x: int) yield ensures x > n ensures false { yield 3; }
  ghost function g(x: int): int {
    if x < 0 then -x else var y := x + 1; assert y > 0; y
  } by method { return x; }
  @Axiom @Options.Fuel(2)
  lemma K() ensures 1 == 2
}
"""

BODY = r"""
method M(a: array<int>, s: set<int>) returns (r: int, q: bool)
  requires a != null; requires |s| > 0
  modifies a, this`x
  decreases *
{
  var x: int, y := 1, new int[3];
  var b := new C.Init(1, 2); var c := new int[2, 3]((i, j) => i + j); var d := new int[] [1, 2];
  var (u, v) := (1, 2); var Cons(h, _) := list;
  ghost var k :| k in s; x, y := y, x; a[0], b.f := 1, 2; z :- Try(x); :- Check();
  while x < y
    invariant {:fuel 2} 0 <= x; free invariant x > 1
    decreases y - x, a.Length
    modifies a { x := x + 1; }
  while invariant true { case x < 3 => x := 4; case x > 5 => break; }
  for i: int := 0 to |s| invariant i > 0 { continue; }
  for i := 10 downto * { break break; }
  if * { } else if y :| y > 3 { } else { }
  if { case x == 1 => case f(x) => y := 2; }
  match list { case Nil => case Cons(3, Node(_, t: int)) => x := 1; }
  match x case 1 => case -2 | 'a' => y := 2;
  forall i, j {:trigger a[i]} | 0 <= i < 3 && j in s ensures a[i] == 0 { }
  forall (i <- s) { a[i] := 0; }
  calc <= { x; == { L(x); assert y == 1; } y; z; }
  assert lbl: x == y by { reveal f(); }
  assert 3: true; label one: assert x == old@one(x); reveal f(), lbl; print "a", x; modify a;
  assume {:axiom} x > 0; expect x == 3, "no"; m.add<int>(3, key := 4); return x, *;
}
"""


NEWER = r"""
module {:options "-functionSyntax:4"} Lib.Inner {
  import opened Std.Wrappers
  import Seq = Std.Collections.Seq
  export
    provides Foo, C.Bar
    reveals *
  datatype Result<+T, +E> = | Success(value: T) | Failure(error: E) {
    predicate IsFailure() { Failure? }
    function PropagateFailure<U>(): Result<U, E> requires Failure? { Failure(this.error) }
    ghost function Extract(): T requires Success? { value }
  }
  opaque ghost predicate Sorted(s: seq<int>) { forall i, j | 0 <= i < j < |s| :: s[i] <= s[j] }
  ghost function {:opaque} Foo<T(!new, 0)>(x: T, nameonly y: nat := 3): (r: nat) ensures r >= 0 reads {} { y }
  const Big: bv32 := 0xFFFF as bv32
  const Pi := 3.14
  class C extends object {
    const n: nat
    ghost var Repr: set<object>
    var data: array?<int>
    constructor (n: nat) ensures this.n == n { this.n := n; data := null; new; Repr := {this}; }
    method Bar(s: seq<int>) returns (m: Result<int, string>)
      requires |s| > 0 reads this modifies this`data, Repr
      ensures unchanged(this) || fresh(Repr - old(Repr))
    {
      var x :- Parse(s);
      :- Need(x > 3, "small");
      var Success(v) := Make(x);
      var (a, _) := Split(s);
      for i := |s| downto 0 invariant true { if i % 2 == 0 { continue; } if i == 3 { break; } }
      label outer: while true invariant true decreases * { break outer; }
      var f: int -> int := y => y + 1;
      var g := (a: int, b: int) requires b != 0 => a / b;
      var t := (1, "two", 'c', '\u0041', "\U{1F600}");
      var arr := new int[10](i => i * i); var arr2 := new int[] [1, 2]; var arr3 := new C?[3](_ => null);
      var q := seq(5, i requires 0 <= i < 5 => i);
      var st := set p <- s, r | r in s && r < p :: (p, r);
      var mp := map k | k in st :: k.0 := k.1;
      var mm := mp[(1, 2) := 3] - {(1, 2)};
      assert Sorted([]) by { reveal Sorted(); hide *; }
      assert named: x == x; reveal named;
      if v :| v in s { } else { }
      forall i | 0 <= i < |s| ensures s[i] == s[i] { }
      match m { case Success(0) | Failure(_) => return m; case Success(n) => { } case _ => }
      expect x > 3, "msg";
      var z := if x > 3 then match x case 1 => 2 case _ => 3 else assert x <= 3; 4;
      modify this`data;
      Parse(s) by { assert s == s; }
      x := Parse(s) by { }
      var w := Parse(s) by { reveal Sorted(); }
      forall ensures !!(x == x) { }
      var safe := :- Need(x > 3, "no"); hide *; C.Make<int>@now(3);
      return Success(x);
    }
  }
}
"""


def nodes(source: str, kind: type[Node]) -> list[Node]:
    return [n for n in walk(parse(source)) if isinstance(n, kind)]


@pytest.mark.parametrize("source", [WHOLE, BODY, NEWER])
def test_every_part_lies_within_its_parent_and_after_its_neighbour(source: str) -> None:
    program = parse(source)
    for node in walk(program):
        at = node.first
        for child in children(node):
            assert at <= child.first <= child.last <= node.last, (node, child)
            at = child.last


def test_declarations_of_every_kind() -> None:
    program = parse(WHOLE)
    module = program.declarations[1]
    assert isinstance(module, Module)
    assert (module.name, module.refines, module.modifiers) == ("M.N", "Base", ("abstract",))
    tree = next(n for n in walk(program) if isinstance(n, Datatype))
    assert [c.name for c in tree.constructors] == ["Leaf", "Node"]
    assert tree.constructors[1].parameters[2].modifiers == ("ghost",)
    small = [n for n in walk(program) if isinstance(n, TypeDeclaration)][1]
    assert small.variable is not None
    assert program.text(small) == "type Small = n: nat | n < 10 witness 3"
    one = next(n for n in walk(program) if isinstance(n, Class) and n.kind == "class")
    assert [p.name for p in one.parents] == ["Shape", "Other.Thing"]
    names = {n.name: n for n in program.callables()}
    assert names["f"].kind == "function method"
    assert names["Same"].kind == "greatest lemma"
    assert names["K"].attributes[0].name == "@Axiom"
    g = names["g"]
    assert isinstance(g, Function)
    assert g.by_method is not None
    assert g.body is not None
    assert isinstance(g.body.value, IfThenElse)
    assert isinstance(g.body.value.otherwise, Let)
    assert isinstance(g.body.value.otherwise.body, StatementExpression)


def test_statements_of_every_kind() -> None:
    program = parse(BODY)
    kinds = {type(n) for n in walk(program)}
    assert {While, WhileCases, For, IfCases, MatchStatement, Forall, Calc, Assert, If} <= kinds
    method = program.declarations[0]
    assert isinstance(method, Method)
    assert [c.kind for c in method.clauses] == ["requires", "requires", "modifies", "decreases"]
    loop = next(n for n in walk(program) if isinstance(n, While))
    assert [(c.kind, c.free, len(c.expressions)) for c in loop.clauses] == [
        ("invariant", False, 1), ("invariant", True, 1), ("decreases", False, 2), ("modifies", False, 1),
    ]  # fmt: skip
    declared = [n for n in walk(program) if isinstance(n, VarDeclaration)]
    assert [v.name for v in declared[0].variables] == ["x", "y"]
    assert [len(n.targets) for n in walk(program) if isinstance(n, Assign)][:2] == [2, 2]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a ==> b ==> c <==> d", Binary),
        ("0 <= i < j <= |a|", Comparison),
        ("&& a && b", Logical),
        ("|s| + |t|", Binary),
        ("|set x | x in s && x > 3|", Cardinality),
        ("forall x: int, y <- s | x < y :: P(x) || y in t", Quantifier),
        ("map k | k in m :: k + 1 := m[k]", Comprehension),
        ("set x | x in s", Comprehension),
        ("(x: int, y) reads a requires x > 0 => x + y", Lambda),
        ("x => x", Lambda),
        ("a[..i]", Slice),
        ("m[k := v, l := w]", Update),
        ("f<int, seq<int>>(x)", Call),
        ("multiset(a[..])", Primitive),
        ("old@L(a[i])", Primitive),
        ("match x case A(y) => y case _ => 0", Match),
        ("assert x > 0; L(x); x", StatementExpression),
        ("(L(x); x) + 1", Binary),
        ("var a, b := 1, 2; a + b", Let),
        ("x as int < y", Comparison),
        ("a < b << c", Comparison),
        ("s.(left := t, 0 := u)", DatatypeUpdate),
        ("seq(n, (i) requires 0 <= i => i)", Call),
    ],
)
def test_expressions(text: str, kind: type[Node]) -> None:
    assert isinstance(parse_expression(text), kind)


def test_operators_bind_as_in_the_reference_manual() -> None:
    implication = parse_expression("a ==> b ==> c")
    assert isinstance(implication, Binary)
    assert implication.left == Name("a")
    difference = parse_expression("a - b - c * d as int")
    assert isinstance(difference, Binary)
    assert difference.left == Binary("-", Name("a"), Name("b"))


def test_generic_calls_and_comparisons_are_told_apart() -> None:
    both = parse_expression("f(a < b, c > d)")
    assert isinstance(both, Call)
    assert len(both.arguments) == 2
    assert isinstance(both.arguments[0], Comparison)


def test_words_of_newer_versions_are_names_in_older_programs() -> None:
    source = "method M() { var to, by, hide, continue := 1, 2, 3, 4; var expect := to; expect := 5; }"
    assert len(nodes(source, VarDeclaration)) == 2


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("method M() { x := ; }", (1, 19)),
        ("method M()\n{ if x { } else y }", (2, 17)),
        ("method M() { assert x }", (1, 23)),
        ("method M() { a && b || c; }", (1, 16)),
        ("function f(): int { a && b || c }", (1, 28)),
        ("method M() {", (1, 13)),
        ("method M(x) {}", (1, 11)),
        ("class C { method M() {} ", (1, 25)),
        ("function f(): int { }", (1, 21)),
        ("banana", (1, 1)),
    ],
)
def test_syntax_errors_name_line_and_column(source: str, place: tuple[int, int]) -> None:
    with pytest.raises(DafnySyntaxError) as caught:
        parse(source, "f.dfy")
    assert (caught.value.line, caught.value.column) == place


@pytest.mark.parametrize(
    "text",
    [
        "(x) requires " * 60 + "x",
        "((x) requires " * 25 + "x" + ") => x" * 25,
        "f(a < " * 25 + "b" + " > (c))" * 25,
    ],
)
def test_reading_what_could_be_two_things_takes_no_exponential_time(text: str) -> None:
    with contextlib.suppress(DafnySyntaxError):
        parse_expression(text)


def test_a_marked_function_body_may_be_empty() -> None:
    program = parse("function f(): int { // PROOFSMITH: body\n}")
    function = program.declarations[0]
    assert isinstance(function, Function)
    assert function.body is not None
    assert function.body.value is None


def test_absurd_nesting_is_an_error_and_no_crash() -> None:
    with pytest.raises(DafnySyntaxError, match="nested too deeply"):
        parse("function f(): int { " + "(" * 5000 + "1" + ")" * 5000 + " }")


def test_five_thousand_lines_are_read() -> None:
    one = (
        "method M%d(n: int) returns (r: int)\nensures r == n\n{\nr := 0;\nwhile r < n { r := r + 1; }\n}\n\n"
    )
    program = parse("".join(one % i for i in range(720)))
    assert len(program.declarations) == 720
    assert program.tokens[-1].line > 5000
