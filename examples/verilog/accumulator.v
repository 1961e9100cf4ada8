// Adds or subtracts, in a clocked block whose branches have their own operators.
module accumulator (
  input clk, reset,
  input load, up, down,
  input [15:0] value, step,
  output reg [15:0] total
);
  always @(posedge clk) begin
    if (reset)
      total <= 16'd0;
    else if (load)
      total <= value;
    else if (up)
      total <= total + step;      // towards the limit
    else if (down)
      total <= total - step;      // and back
  end
endmodule
