"""How word-level cells become gates: modules for `techmap`, which keep what is undefined undefined."""

from __future__ import annotations

_DIVISIONS = ("div", "mod", "divfloor", "modfloor")
_PARAMETERS = "A_SIGNED B_SIGNED A_WIDTH B_WIDTH Y_WIDTH"


def _division(name: str, inner: str, result: str) -> str:
    """Return a `techmap` module for a cell type: `inner` computes q, and Y is `result`."""
    declared = " ".join(f"parameter {p} = 1;" for p in _PARAMETERS.split())
    passed = ", ".join(f".{p}({p})" for p in _PARAMETERS.split())
    return (
        f"module \\{name} (A, B, Y); {declared}\n"
        "input [A_WIDTH-1:0] A; input [B_WIDTH-1:0] B; output [Y_WIDTH-1:0] Y; wire [Y_WIDTH-1:0] q;\n"
        f"\\{inner} #({passed}) core (.A(A), .B(B), .Y(q));\nassign Y = {result};\nendmodule\n"
    )


_BY_ZERO = "".join(
    _division(f"${name}", f"proofsmith_{name}", "|B ? q : {Y_WIDTH{1'bx}}") for name in _DIVISIONS
)
"""A quotient by zero is undefined, where `techmap` alone would compute a number."""
_PLAIN = "".join(_division(f"proofsmith_{name}", f"${name}", "q") for name in _DIVISIONS)
_MULTIPLY = f"""
module \\$mul (A, B, Y); {" ".join(f"parameter {p} = 1;" for p in _PARAMETERS.split())}
input [A_WIDTH-1:0] A; input [B_WIDTH-1:0] B; output [Y_WIDTH-1:0] Y;
localparam ROWS = B_SIGNED || B_WIDTH > Y_WIDTH ? Y_WIDTH : B_WIDTH;
wire [Y_WIDTH-1:0] a, b;
\\$pos #(.A_SIGNED(A_SIGNED), .A_WIDTH(A_WIDTH), .Y_WIDTH(Y_WIDTH)) wide_a (.A(A), .Y(a));
\\$pos #(.A_SIGNED(B_SIGNED), .A_WIDTH(B_WIDTH), .Y_WIDTH(Y_WIDTH)) wide_b (.A(B), .Y(b));
wire [Y_WIDTH*(ROWS+1)-1:0] sums;
assign sums[0 +: Y_WIDTH] = 0;
genvar i;
generate for (i = 0; i < ROWS; i = i + 1) begin:row
assign sums[(i+1)*Y_WIDTH +: Y_WIDTH] = sums[i*Y_WIDTH +: Y_WIDTH] + ((a & {{Y_WIDTH{{b[i]}}}}) << i);
end endgenerate
assign Y = sums[ROWS*Y_WIDTH +: Y_WIDTH];
endmodule
"""
"""Rows added in order: unlike Yosys's own mapping, equal operands give equal gates in every design."""


def _identity(name: str, inner: str, otherwise: int) -> str:
    """Return a `techmap` module for ``===`` or ``!==``: a bit of hardware is never the constant x."""
    declared = " ".join(f"parameter {p} = 1;" for p in _PARAMETERS.split())
    passed = ", ".join(f".{p}({p})" for p in _PARAMETERS.split())
    constants = "".join(
        f"parameter _TECHMAP_CONSTMSK_{port}_ = 0; parameter _TECHMAP_CONSTVAL_{port}_ = 0;\n"
        f"localparam X{port} = (^(_TECHMAP_CONSTMSK_{port}_ & _TECHMAP_CONSTVAL_{port}_)) === 1'bx;\n"
        for port in "AB"
    )
    return (
        f"module \\{name} (A, B, Y); {declared}\n"
        "input [A_WIDTH-1:0] A; input [B_WIDTH-1:0] B; output [Y_WIDTH-1:0] Y;\n"
        f"{constants}generate if (XA || XB) assign Y = {otherwise};\n"
        f"else \\{inner} #({passed}) core (.A(A), .B(B), .Y(Y));\nendgenerate\nendmodule\n"
    )


_IDENTITY = _identity("$eqx", "$eq", 0) + _identity("$nex", "$ne", 1)
_INDEX = f"""
module \\$shiftx (A, B, Y); {" ".join(f"parameter {p} = 1;" for p in _PARAMETERS.split())}
input [A_WIDTH-1:0] A; input [B_WIDTH-1:0] B; output [Y_WIDTH-1:0] Y;
localparam L = A_WIDTH > Y_WIDTH ? A_WIDTH : Y_WIDTH;
wire [A_WIDTH+L-1:0] whole = {{{{L{{1'bx}}}}, A}};
wire negative = B_SIGNED ? B[B_WIDTH-1] : 1'b0;
wire [B_WIDTH-1:0] size = negative ? -B : B;
wire [L*(B_WIDTH+1)-1:0] down, up;
assign down[0 +: L] = whole[L-1:0];
assign up[0 +: L] = whole[L-1:0];
genvar i;
generate for (i = 0; i < B_WIDTH; i = i + 1) begin:stage
localparam S = i < 24 && (1 << i) < L ? (1 << i) : L;
wire [2*L-1:0] d = {{{{L{{1'bx}}}}, down[i*L +: L]}};
wire [2*L-1:0] u = {{up[i*L +: L], {{L{{1'bx}}}}}};
assign down[(i+1)*L +: L] = size[i] ? d[S +: L] : d[0 +: L];
assign up[(i+1)*L +: L] = size[i] ? u[L-S +: L] : u[L +: L];
end endgenerate
assign Y = negative ? up[L*B_WIDTH +: Y_WIDTH] : down[L*B_WIDTH +: Y_WIDTH];
endmodule
"""
"""Bits outside of a vector are undefined, where `techmap` alone would leave out high bits of the index."""
_CARRY = """
module \\$lcu (P, G, CI, CO);
parameter WIDTH = 1;
input [WIDTH-1:0] P, G; input CI; output [WIDTH-1:0] CO;
wire [WIDTH:0] c;
assign c[0] = CI;
genvar i;
generate for (i = 0; i < WIDTH; i = i + 1) begin:place
assign c[i+1] = G[i] | (P[i] & c[i]);
end endgenerate
assign CO = c[WIDTH:1];
endmodule
"""
"""Carries that ripple: a third of the gates of Yosys's own mapping, which is made for speed."""
MAPS = {
    "identity": _IDENTITY,
    "by_zero": _BY_ZERO,
    "plain": _PLAIN,
    "multiply": _MULTIPLY,
    "index": _INDEX,
    "carry": _CARRY,
}
"""In the order in which they are applied, one call of `techmap` each; the last with Yosys's own behind it."""
OWN = "+/techmap.v"
"""Where Yosys keeps its own maps."""
