"""Reading, printing, editing and mutating Verilog source."""

from __future__ import annotations

import pytest

from proofsmith.errors import BadInput
from proofsmith.verilog.constants import Scope
from proofsmith.verilog.edits import apply, remove_item, replace_expression
from proofsmith.verilog.mutation import mutants
from proofsmith.verilog.printing import statement_text, text_of
from proofsmith.verilog.reading import read_module, read_modules
from proofsmith.verilog.syntax import Always, Binary, Choice, Continuous, Name, Opaque, unplaced, walk

SOURCE = """// a small unit
module unit #(parameter W = 8) (
  input clk, rst,           // clock and reset
  input [W-1:0] a, b,
  input [1:0] op,
  output reg [W:0] q, output w
);
  localparam [1:0] ADD = 2'b00, SUB = 2'd1;
  wire [3:0] t = op[0] ? a[3:0] : op[1] ? b[7:4] : 4'hf; /* nested */
  reg [7:0] memory [0:15];
  assign w = ^{a, {2{b[1:0]}}} & ~|t;
  always @(posedge clk or negedge rst) begin : main
    if (!rst) q <= 0;
    else case (op)
      ADD: q <= a + b * 2 - memory[t][3];
      SUB, 2'd2: begin q <= a - b; end
      default: ;
    endcase
  end
  sub #(.N(3)) u0 (.x(a), .y(w));
  initial begin for (i = 0; i < 4; i = i + 1) q[i] = 0; end
endmodule
"""


def expression(text: str):
    module = read_module(f"module m; assign y = {text}; endmodule")
    item = module.items[0]
    assert isinstance(item, Continuous)
    return item.value


def test_every_node_knows_its_text():
    module = read_module(SOURCE)
    texts = {SOURCE[n.at[0] : n.at[1]] for n in walk(module) if n.at[0] >= 0}
    assert {"a + b * 2 - memory[t][3]", "posedge clk", "SUB, 2'd2: begin q <= a - b; end"} <= texts
    assert module.port_order == ("clk", "rst", "a", "b", "op", "q", "w")
    assert [type(i).__name__ for i in module.items].count("Opaque") == 2  # the instance and the initial block


def test_the_conditional_operator_associates_to_the_right():
    e = expression("p ? x : q ? y : z")
    assert isinstance(e, Choice)
    assert isinstance(e.other, Choice)
    assert e.other.then == Name("y")


@pytest.mark.parametrize(
    "text",
    ["a + b * c - d % e", "(a + b) * c", "a - (b - c)", "a & b == c | d ^ e", "-(-a)", "~(&a)", "{a, 2'd1}",
     "{3{a[1:0]}}", "a[i +: 2] << 3 >>> 1", "(a ? b : c) ? d : e", "a ? b ? c : d : e", "$signed(a) < 4'sd3",
     "f(x, y) ** 2", "a && !b || c", "a ~^ b"],
)  # fmt: skip
def test_printing_anew_and_reading_again_gives_the_same_tree(text):
    e = expression(text)
    assert expression(text_of(e)) == e


def test_widths_and_signs():
    scope = Scope(read_module(SOURCE))
    assert scope.signal_width("a") == 8
    assert scope.signal_width("q") == 9
    assert scope.constants == {"W": 8, "ADD": 0, "SUB": 1}
    assert scope.width(expression("{a, b[3:0], op == 1}")) == 13
    assert scope.width(expression("op << 4")) == 2
    assert scope.width(expression("op + a")) == 8
    assert scope.width(expression("memory[2]")) is None
    assert not scope.signed(expression("a + 1"))
    assert scope.signed(expression("1 - 2"))


def test_edits_leave_everything_else_alone():
    module = read_module(SOURCE)
    product = next(n for n in walk(module) if isinstance(n, Binary) and n.operator == "*")
    edit = replace_expression(SOURCE, product, Binary("<<", product.left, unplaced(expression("1"))))
    changed = apply(SOURCE, [edit])
    assert changed == SOURCE.replace("b * 2", "(b << 1)")
    assert read_module(changed).name == "unit"
    wire = module.signals()["t"]
    without = apply(SOURCE, [remove_item(SOURCE, wire.group)])
    assert "wire" not in without
    assert "nested" in without  # the comment after it stays
    with pytest.raises(ValueError, match="overlap"):
        apply(SOURCE, [edit, replace_expression(SOURCE, product.left, Name("z"))])


def test_a_choice_put_into_an_operand_gets_parentheses():
    source = "module m(input a,b,c, output y); assign y = (a) & b; assign z = b; endmodule"
    first = read_module(source).items[4]
    assert isinstance(first, Continuous)
    assert isinstance(first.value, Binary)
    choice = expression("a ? b : c")
    text = text_of(choice)
    assert (
        apply(source, [replace_expression(source, first.value.right, unplaced(choice))]).count(f"({text})")
        == 1
    )


def test_statements_print_as_they_are_read():
    module = read_module(SOURCE)
    always = next(i for i in module.items if isinstance(i, Always))
    again = read_module(f"module m; always @*\n{statement_text(always.body)}\nendmodule").items[0]
    assert isinstance(again, Always)
    assert again.body == always.body


def test_old_style_ports_are_one_signal():
    module = read_module("module m(a, q); input [3:0] a; output q; reg q; always @* q = a[0]; endmodule")
    q = module.signals()["q"]
    assert (q.direction, q.kind) == ("output", "reg")
    assert Scope(module).signal_width("a") == 4


def test_what_is_not_supported_is_kept_with_its_names():
    module = read_module("module m(input a); foo u(.x(a), .y(b)); endmodule")
    opaque = next(i for i in module.items if isinstance(i, Opaque))
    assert {"a", "b", "u"} <= opaque.names


@pytest.mark.parametrize(
    ("source", "line"),
    [("module m(input a);\n  assign y = a +;\nendmodule", 2), ("module m(input a);\n\n  assign y = 1;\n", 4),
     ("module m;\n  assign \x01 = 3;\nendmodule", 2), ("module m;\nalways #5 c = ~c;\nendmodule", 2)],
)  # fmt: skip
def test_bad_text_is_refused_with_its_line(source, line):
    with pytest.raises(BadInput) as caught:
        read_modules(source, "m.v")
    assert caught.value.line == line
    assert caught.value.path == "m.v"


def test_deep_nesting_is_refused_and_no_crash():
    with pytest.raises(BadInput, match="nested"):
        read_modules("module m; assign y = " + "(" * 50_000 + "a" + ")" * 50_000 + "; endmodule")


def test_mutants_differ_in_one_place_and_are_readable():
    found = mutants(SOURCE)
    assert len({m.source for m in found}) == len(found)
    assert {"+ to -", "posedge to negedge", "condition negated", "! removed"} <= {m.change for m in found}
    for mutant in found:
        assert read_module(mutant.source) != read_module(SOURCE)
    assert next(m.line for m in found if m.change == "* to +") == 15
