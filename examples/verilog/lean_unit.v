// A unit with a carry that its user does without.
module unit (
    input      [7:0] a,
    input      [7:0] b,
    input            minus,
    output reg [7:0] result,
    output           carry
);
  wire [8:0] sum = a + b;
  assign carry = sum[8];

  always @* begin
    if (minus) result = a - b;
    else result = sum[7:0];
  end
endmodule

module lean_unit (
    input  [7:0] p,
    input  [7:0] q,
    input        minus,
    output [7:0] r
);
  wire unused;
  unit u (.a(p), .b(q), .minus(minus), .result(r), .carry(unused));
endmodule
