// A small arithmetic unit: every operation has an adder of its own.
module alu (
  input  [2:0]  op,
  input  [15:0] a, b, c,
  output reg [15:0] y,
  output zero
);
  localparam ADD = 3'd0, SUB = 3'd1, ADC = 3'd2, INC = 3'd3, AND = 3'd4, XOR = 3'd5;

  always @* begin
    case (op)
      ADD: y = a + b;          // sum of the operands
      SUB: y = a - b;          // their difference
      ADC: y = a + c;          // with the third operand
      INC: y = a + 16'd1;
      AND: y = a & b;
      XOR: y = a ^ b;
      default: y = a;
    endcase
  end

  assign zero = y == 16'd0;
endmodule
