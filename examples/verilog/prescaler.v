// Divides the clock by 1000. The counter is as wide as an integer, for no reason.
module prescaler (
  input      clk, reset,
  output reg tick
);
  reg [31:0] count;

  always @(posedge clk) begin
    if (reset) begin
      count <= 0;
      tick <= 1'b0;
    end else if (count == 999) begin
      count <= 0;       // start again
      tick <= 1'b1;
    end else begin
      count <= count + 1;
      tick <= 1'b0;
    end
  end
endmodule
