"""Partial programs: whatever the language, every state of a sequence of edits is accepted."""

import pytest

from proofsmith.store.export.languages.base import language_of
from proofsmith.store.export.languages.forms import normal
from proofsmith.store.export.lintseq import carried_out, insertions

PYTHON = """import math


def helper(x):
    if x > 2:
        y = x + 1
        return y
    else:
        z = 2
    try:
        w = 1 / z
    except ZeroDivisionError:
        w = 0
    return math.floor(w + z)


def f(xs):
    total = 0
    for x in xs:
        total += helper(
            x
        )
    return total + LIMIT
"""
SYGUS = "(\n(define-fun g ((a Int)) Int (+ a 1))\n(define-fun f ((x Int)\n  (y Int)) Int (g (+ x y)))\n)\n"
VERILOG = """module adder(input [3:0] a, input [3:0] b, output [3:0] s, output c);
  wire [4:0] sum;  // five bits
  wire top;
  assign sum = a + b;
  assign s = sum[3:0];
  assign top = sum[4];
  assign c = top;
endmodule
"""
DAFNY = """method Sum(n: int) returns (s: int)
  requires n >= 0
  ensures s == n * (n + 1) / 2
{
  s := 0;
  var i := 0;
  while i < n
    invariant 0 <= i <= n
    invariant s == i * (i + 1) / 2
  {
    i := i + 1;
    s := s + i;
  }
}

lemma Twice(x: int)
  ensures x + x == 2 * x
{
}
"""


@pytest.mark.parametrize(
    ("name", "source"),
    [("python", PYTHON), ("sygus", SYGUS), ("verilog", VERILOG), ("dafny", DAFNY)],
)
def test_every_state_is_accepted_and_the_last_is_the_program(name, source):
    linter = language_of(name).linter
    most = 0
    for seed in range(8):
        edits = insertions(source, linter, str(seed))
        states = carried_out(edits)
        assert states[-1] == source
        assert all(not linter.broken(state, source) for state in states)
        most = max(most, len(states))
    assert most >= 2


def test_a_program_that_the_linter_refuses_is_not_taken_apart():
    wrong = {"python": "def f(:\n", "sygus": "(define-fun", "verilog": "module m(;", "dafny": "{{"}
    for name, source in wrong.items():
        assert insertions(source, language_of(name).linter, "0") is None


def test_partial_python_programs_bind_every_name_they_use():
    linter = language_of("python").linter
    for seed in range(8):
        for state in carried_out(insertions(PYTHON, linter, str(seed))):
            assert ("helper(" in state) <= ("def helper" in state)
            assert ("z)" in state) <= ("z = 2" in state)
            compile(state, "state", "exec")


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        (
            "python",
            "def f(a):\n    return [b for b in a]",
            "def g(x: int)->int:\n  'd'\n  return [ y for y in x ] #",
        ),
        ("sygus", "(define-fun f ((x Int)) Int (+ x 1))", "( define-fun f ((y Int)) Int\n ; c\n (+ y 1) )"),
        ("verilog", "module m(input a); // c\nendmodule", "module m ( input a ) ;\nendmodule"),
        ("dafny", "lemma L() {} /* c */", "lemma L()\n{\n}"),
        ("unheard-of", "a  b", "a\nb"),
    ],
)
def test_layout_comments_and_local_names_do_not_count(name, one, other):
    def form(source: str) -> str:
        return normal(language_of(name).parts(source))

    assert form(one) == form(other)
    assert form(one) != form(one.replace("1", "2").replace("m", "n").replace("[", "(") + " z")


TWICE = {
    "python": (
        "def helper(x):\n    return x * 2\n\n\ndef f(a, b):\n    'D'\n    s = helper(a)\n    return s + b\n",
        "def g(one: int, two):\n    s = h(one)  # 2\n    return s + two\n\n\ndef h(n):\n    return n * 2\n",
        "def g(first, second):\n    s = h(second)\n    return s + second\n\n\ndef h(n):\n    return n * 2\n",
    ),
    "dafny": (
        "function Twice(x: int): int { x * 2 }\nmethod M(a: int) returns (b: int)\n  ensures b == Twice(a)\n"
        "{ b := a + a; }\n",
        "// a comment\nmethod Double(n: int) returns (r: int)\n  ensures r == D(n)\n{\n  r := n + n;\n}\n"
        "function D(k: int): int { k * 2 }\n",
        "method Double(n: int) returns (r: int)\n  ensures r == D(n)\n{\n  r := n + 1;\n}\n"
        "function D(k: int): int { k * 2 }\n",
    ),
    "verilog": (
        "module half(input a, input b, output s);\n  assign s = a ^ b & 1'd1;\nendmodule\n"
        "module top(input x, input y, output z);\n  half h(.a(x), .b(y), .s(z));\nendmodule\n",
        "module all(input p, input q, output r); // c\n  part u(.i(p), .j(q), .k(r));\nendmodule\n"
        "module part(input i, input j, output k);\n  assign k = i ^ j & 1'd1;\nendmodule\n",
        "module all(input p, input q, output r); // c\n  part u(.i(p), .j(q), .k(r));\nendmodule\n"
        "module part(input i, input j, output k);\n  assign k = i ^ j & 1'd0;\nendmodule\n",
    ),
}


@pytest.mark.parametrize("name", TWICE)
def test_names_and_the_order_of_definitions_do_not_count_but_what_is_done_does(name):
    one, other, different = (normal(language_of(name).parts(source)) for source in TWICE[name])
    assert one == other
    assert one != different


@pytest.mark.parametrize("name", ["python", "dafny", "verilog", "sygus", "smt2", "unheard-of"])
@pytest.mark.parametrize(
    "source", ["", "def f(:", "\0", "method M( {", "module m(;", "(((", "\ud800 x", "'\"`"]
)
def test_whatever_a_program_is_it_has_a_form(name, source):
    assert normal(language_of(name).parts(source)) == normal(language_of(name).parts(source))
