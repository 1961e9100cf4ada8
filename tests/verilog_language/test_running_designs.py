"""Designs that are run: expressions as code, systems of registers, reached states, relations."""

from __future__ import annotations

import random

import pytest

from proofsmith.verilog.compiled import code_of
from proofsmith.verilog.constants import Scope
from proofsmith.verilog.evaluate import Unknown, evaluate
from proofsmith.verilog.reading import read_module
from proofsmith.verilog.relations import Relation, relations
from proofsmith.verilog.stepping import initial_values, reached, reset_place, system_of
from proofsmith.verilog.syntax import Continuous, Initial

PORTS = "input clk, rst_n, en, input [3:0] a, input [7:0] b, input [12:0] c, output [15:0] y"


def scope_of(body: str) -> Scope:
    return Scope(read_module(f"module m({PORTS}); {body} endmodule"))


@pytest.mark.parametrize(
    "text",
    [
        "a + b - c", "{a, b} * 3", "a ? b : c", "~a & b | c ^ 5", "b >> a", "b << a", "c % (b | 1)",
        "c / (b | 1)", "&a | ^b", "~|c + ~^b", "!a || b && c", "a < b", "c >= 100", "b[3] + c[7:2]",
        "c[a[1:0] +: 3]", "b[a[2:0]]", "{3{a}} - b", "-a", "(a == 3) + (b != c)", "'1",
        "$unsigned(b) + 1'b1", "c[9 -: 4] ~^ a", "a ** 2", "+b",
    ],
)  # fmt: skip
def test_code_agrees_with_the_values_of_the_language(text):
    scope = scope_of(f"assign y = {text};")
    value = next(i.value for i in scope.module.items if isinstance(i, Continuous))
    code = code_of(value, scope, {n: f"v['{n}']" for n in "abc"}, 16)
    rng = random.Random(text)
    for _ in range(200):
        v = {"a": rng.getrandbits(4), "b": rng.getrandbits(8), "c": rng.getrandbits(13)}
        assert eval(code, {"v": v}) & 0xFFFF == evaluate(value, scope, v, 16) & 0xFFFF, (code, v)


@pytest.mark.parametrize("text", ["$signed(a) < $signed(b)", "unknown + 1", "f(a)", "a[0][1]"])
def test_what_cannot_be_translated_is_refused(text):
    scope = scope_of(f"assign y = {text};")
    value = next(i.value for i in scope.module.items if isinstance(i, Continuous))
    with pytest.raises(Unknown):
        code_of(value, scope, {n: n for n in "abc"}, 16)


COUNTER = """reg [3:0] q; reg [3:0] p; wire last = q == 4'd11;
always @(posedge clk or negedge rst_n) if (!rst_n) q <= 4'd2; else if (en) q <= last ? 4'd2 : q + 4'd1;
always @(posedge clk) p <= q;"""


def test_the_states_of_a_counter_are_found_from_its_reset():
    system = system_of(scope_of(COUNTER), ["q"])
    assert system is not None
    assert {name for name, _ in system.free} == {"rst_n", "en"}
    found = reached(system)
    assert found.likely
    assert found.values(["q"]) == {(v,) for v in range(2, 12)}
    place = reset_place(system, random.Random(1))
    assert place is not None
    assert (system.free[place[0]][0], place[1]) == ("rst_n", 0)


def test_a_system_holds_all_that_a_register_depends_on():
    system = system_of(scope_of(COUNTER), ["p"])
    assert system is not None
    assert set(system.registers) == {"p", "q"}
    assert (
        system_of(scope_of("reg [3:0] q; always @(posedge clk) q <= q + $signed(a) / f(b);"), ["q"]) is None
    )


def test_numbers_of_thousands_of_digits_are_not_run():
    body = "reg [3:0] q; always @(posedge clk) q <= ~{20000{a}} ^ q;"
    assert system_of(scope_of(body), ["q"]) is None


def test_states_that_are_too_many_or_sampled_are_not_called_all():
    wide = system_of(
        scope_of("reg [15:0] q; always @(posedge clk) if (!rst_n) q <= 0; else q <= q + c;"), ["q"]
    )
    assert wide is not None
    assert not reached(wide).likely
    stored = system_of(scope_of("reg [7:0] q; always @(posedge clk) if (!rst_n) q <= 0; else q <= b;"), ["q"])
    assert stored is not None
    assert not reached(stored).likely


def test_initial_values_are_read():
    scope = scope_of("reg [3:0] q = 4'd3; reg r; initial begin r = 1'b1; end initial $display(1);")
    assert initial_values(scope) == {"q": 3, "r": 1}
    assert sum(isinstance(i, Initial) for i in scope.module.items) == 1


def related(body: str, registers: list[str]) -> list[Relation]:
    system = system_of(scope_of(body), registers)
    assert system is not None
    assert system.registers == tuple(registers)
    return relations(system, range(len(registers)), [0, 1, 9999])


def test_relations_are_inductive_on_samples():
    body = """reg [3:0] p, q; reg [3:0] k;
    always @(posedge clk) if (!rst_n) begin p <= 0; q <= 15; k <= 7; end else begin
      p <= p + a; q <= q - a; if (k != 7) k <= a; end"""
    assert related(body, ["p", "q", "k"]) == [Relation(1, 0, 15), Relation(2, None, 7)]


def test_a_relation_that_ends_after_long_is_not_believed():
    body = """reg [23:0] n; reg late;
    always @(posedge clk) if (!rst_n) begin n <= 0; late <= 0; end
      else begin n <= n + 1; if (n == 24'd9999) late <= 1; end"""
    assert related(body, ["n", "late"]) == []
