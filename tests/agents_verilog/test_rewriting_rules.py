"""The rules one by one: what they make of a design, and that it means the same."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from proofsmith.agents.policies.verilog.arithmetic import common_parts, shift_and_add, signed_digits
from proofsmith.agents.policies.verilog.boolean import minimise_logic
from proofsmith.agents.policies.verilog.choices import balance_chains
from proofsmith.agents.policies.verilog.cost import estimate
from proofsmith.agents.policies.verilog.fsm import drop_unreachable, encode_states, minimise_machines
from proofsmith.agents.policies.verilog.patterns import PatternRule, library, results
from proofsmith.agents.policies.verilog.registers import merge_registers, narrow
from proofsmith.agents.policies.verilog.rewrite import Design
from proofsmith.agents.policies.verilog.sharing import share_operators
from proofsmith.verilog.constants import Scope
from proofsmith.verilog.evaluate import Unknown, evaluate
from proofsmith.verilog.functions import functions, substituted
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.reading import read_module
from proofsmith.verilog.sites import Site
from proofsmith.verilog.syntax import Number, names

WIDTH = 40
RULES = [rule for rules in library().values() for rule in rules]


def design(body: str, ports: str = "input clk, rst, s, input [7:0] a, b, c, d, output [7:0] y") -> Design:
    return Design.of(f"// head\nmodule m({ports});\n{body}\nendmodule // tail\n", "m")


def texts(rewrites) -> list[str]:
    return [r.source for r in rewrites]


@pytest.mark.parametrize("rule", RULES, ids=lambda r: f"{r.name} {text_of(r.pattern)}")
def test_a_pattern_rule_keeps_the_meaning(rule: PatternRule):
    rng = random.Random(rule.name)
    seen = 0
    for _ in range(12):
        letters = {}
        for letter in sorted(names(rule.pattern)):
            power = ("power", letter) in rule.conditions
            if letter.isupper():
                letters[letter] = Number(rng.choice([2, 4, 8]) if power else rng.randint(1, 9), None, True)
        bits = {n: 1 for p, n in rule.conditions if p == "bit"}
        widths = {n: bits.get(n, rng.randint(1, 4)) for n in names(rule.pattern) if n.islower()}
        ports = ", ".join(f"input [{w - 1}:0] {n}" for n, w in widths.items())
        scope = Scope(read_module(f"module m({ports}); endmodule"))
        before = substituted(rule.pattern, letters)
        for after in results(rule, Site(before, scope.module.items[0], WIDTH, (), frozenset()), scope):
            for _ in range(40):
                values = {n: rng.getrandbits(w) for n, w in widths.items()}
                try:
                    expected = evaluate(before, scope, values, WIDTH)
                except Unknown:  # a division by zero
                    continue
                assert evaluate(after, scope, values, WIDTH) == expected, (text_of(after), values)
                seen += 1
    assert seen > 100


def test_the_library_tells_what_each_rule_is_for():
    assert len(RULES) > 90
    for rule in RULES:
        assert rule.thought.endswith(".")
        assert rule.effect
        assert set(rule.effect) <= {"area", "cells", "depth", "power"}
        assert names(rule.result) - {"LOG2", "MASK"} <= names(rule.pattern)


def test_operators_of_exclusive_branches_are_shared():
    before = design("always @(posedge clk) if (s) y <= a + b; /* keep */ else if (rst) y <= c + a;")
    (shared,) = texts(share_operators(before))
    assert "wire [7:0] shared_sum = a + (s ? b : c);" in shared
    assert shared.count("y <= shared_sum") == 2
    assert "/* keep */" in shared
    assert shared.startswith("// head")


def test_adding_and_subtracting_share_one_adder():
    before = design(
        "reg [7:0] r; always @* case (a[1:0]) 2'd0: r = b + c; 2'd1: r = b - c; default: r = b - d; endcase"
    )
    whole = texts(share_operators(before))[0]
    assert whole.count("shared_sum") == 4
    assert "~" in whole


@pytest.mark.parametrize(
    "body",
    [
        "assign y = a + b; assign z = c + d;",
        "always @* if (s) y = a + b; always @* z = c + d;",
        "always @* begin t = a; if (s) y = t + b; else y = t + c; end",
        "always @* casez (a) 8'b1???????: y = a + b; 8'b?1??????: y = c + d; endcase",
    ],
)
def test_operators_that_may_be_in_use_together_are_not_shared(body):
    assert not texts(share_operators(design(body)))


def test_signed_digits_add_up():
    for value in range(1, 300):
        digits = signed_digits(value)
        assert sum(sign << exponent for exponent, sign in digits) == value
        exponents = [e for e, _ in digits]
        assert all(x - y > 1 for x, y in pairwise(exponents))


def test_constant_factors_become_shifts():
    (found,) = texts(shift_and_add(design("assign y = a * 8'd59;")))
    assert "(a << 6) - (a << 2) - a" in found


def test_common_parts_are_found_in_any_order():
    (found,) = texts(
        common_parts(design("assign y = a + b + c; assign z = d + (b + 8'd1) + a; assign q = b + d + a;"))
    )[:1]
    assert "wire [7:0] common_sum = a + b;" in found


COUNTER = (
    "reg [15:0] q, other; always @(posedge clk) if (rst) q <= 0; else if (q == 99) q <= 0; else q <= q + 1;"
)


def test_counters_are_declared_as_wide_as_they_need():
    (found,) = texts(narrow(design(COUNTER)))
    assert "reg [15:0] other;" in found
    assert "reg [6:0] q;" in found


def test_equal_registers_become_one():
    body = """reg [3:0] p, q;
    always @(posedge clk) if (rst) p <= 0; else if (s) p <= p + q;
    always @(posedge clk) if (rst) q <= 0; else if (s) q <= q + p;
    assign y = p ^ {q, q};"""
    (found,) = texts(merge_registers(design(body)))
    assert "wire [3:0] q = p;" in found
    assert found.count("always") == 1
    other = body.replace("q <= q + p", "q <= q + p + 1")
    assert not texts(merge_registers(design(other)))
    assert not texts(merge_registers(design(body.replace("q <= 0", "q <= 1"))))


MACHINE = """localparam [1:0] A = 2'd0, B = 2'd1, C = 2'd2, D = 2'd3;
reg [1:0] st;
always @(posedge clk)
  if (rst) st <= A;
  else case (st)
    A: st <= s ? B : C;   // first
    B: if (s) st <= A; else st <= C;
    C: if (!s) st <= B; else st <= A;
    default: st <= A;
  endcase
assign y = st == A;
"""


def test_equivalent_states_are_merged():
    found = texts(minimise_machines(design(MACHINE)))
    assert found
    assert "C" not in names(Design.of(found[0], "m").module)
    assert "A: st <= B;   // first" in found[0]


def test_states_that_differ_in_an_output_stay():
    machine = MACHINE.replace("assign y = st == A;", "assign y = {st == A, st == B};")
    assert not any("C = 2'd2" not in t for t in texts(minimise_machines(design(machine))))


def test_unknown_outputs_let_states_merge():
    machine = MACHINE.replace("assign y = st == A;", "assign y = st == A ? 8'd1 : st == B ? 8'd2 : 8'bx;")
    assert any("C = 2'd2" not in t for t in texts(minimise_machines(design(machine))))


def test_a_state_that_is_read_as_a_number_is_no_state():
    assert not texts(minimise_machines(design(MACHINE.replace("st == A", "st + 1"))))


def test_unreachable_states_are_dropped_and_the_rest_counted():
    (found,) = texts(drop_unreachable(design(MACHINE.replace("default: st", "D: st <= B; default: st"))))
    assert "D" not in names(Design.of(found, "m").module)
    codes = texts(encode_states(design(MACHINE)))
    assert any("C = 3'b100" in t and "reg [2:0] st;" in t for t in codes) or any(
        "4'b1000" in t for t in codes
    )


def test_chains_of_choices_become_trees():
    chain = " : ".join(f"a[{i}] ? {i + 1}" for i in range(6)) + " : 0"
    before = design(f"assign y = {chain};")
    (text,) = texts(balance_chains(before))
    after = Design.of(text, "m")
    old, new = (functions(d.module)["y"].value for d in (before, after))
    for row in range(64):
        assert evaluate(old, before.scope, {"a": row}, 8) == evaluate(new, after.scope, {"a": row}, 8)
    assert estimate(after, "depth") < estimate(before, "depth")
    assert not texts(balance_chains(design("assign y = s ? a : rst ? b : c;")))


def test_small_logic_is_written_from_its_table():
    body = "assign y = (a[0] & b[0]) | (a[0] & ~b[0]) | (~a[0] & b[0] & s);"
    ports = "input s, input [0:0] a, b, output y"
    before = Design.of(f"module m({ports});\n{body}\nendmodule\n", "m")
    for text in texts(minimise_logic(before)):
        after = Design.of(text, "m")
        old, new = (functions(d.module)["y"].value for d in (before, after))
        for row in range(8):
            values = {"a": row & 1, "b": row >> 1 & 1, "s": row >> 2}
            assert evaluate(old, before.scope, values) == evaluate(new, after.scope, values)
        assert estimate(after, "area") < estimate(before, "area")


def test_named_results_are_not_turned_into_bits():
    assert not texts(minimise_logic(design("localparam U = 2'd1; wire [1:0] w = s ? U : rst ? 2'd2 : U;")))


def test_the_estimate_prefers_less():
    two = design("assign y = s ? a * b : a * c;")
    one = design("assign y = a * (s ? b : c);")
    assert estimate(one, "area") < estimate(two, "area")
    chain, tree = design("assign y = a + b + c + d;"), design("assign y = (a + b) + (c + d);")
    assert estimate(tree, "depth") < estimate(chain, "depth")
