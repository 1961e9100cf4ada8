// A serial receiver that keeps the bits and their complements, and counts what it has seen.
module twin_shift (
  input clk,
  input reset,
  input enable,
  input serial,
  output [7:0] plain,
  output [7:0] inverted,
  output full
);
  reg [7:0] bits, complement;
  reg [3:0] seen;

  assign plain = bits;
  assign inverted = complement;
  assign full = seen == 4'd8;

  always @(posedge clk)
    if (reset) begin
      bits <= 8'h00;
      complement <= 8'hff;
      seen <= 4'd0;
    end else if (enable) begin
      bits <= {bits[6:0], serial};
      complement <= {complement[6:0], ~serial};
      if (seen != 4'd8) seen <= seen + 4'd1;
    end
endmodule
