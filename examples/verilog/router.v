// The same subtraction for two channels, of which one is in use at a time.
module router (
  input        channel,
  input  [9:0] level_a, limit_a, level_b, limit_b,
  output reg   alarm,
  output reg [9:0] margin
);
  always @* begin
    if (channel) begin
      alarm = 1'b0;
      margin = limit_b - level_b;
    end else begin
      alarm = 1'b1;
      margin = limit_a - level_a;
    end
  end
endmodule
