// Two decimal digits: the seconds of a display, with a carry to what counts minutes.
module decade (
  input clk,
  input reset,
  input tick,
  output reg [3:0] ones,
  output reg [3:0] tens,
  output minute
);
  // the digits are never more than nine and five
  assign minute = tick && ones == 4'd9 && tens == 4'd5;

  always @(posedge clk)
    if (reset) ones <= 4'd0;
    else if (tick) begin
      if (ones == 4'd9) ones <= 4'd0;
      else ones <= ones + 4'd1;
    end

  always @(posedge clk)
    if (reset) tens <= 4'd0;
    else if (tick && ones == 4'd9) begin
      if (tens == 4'd5) tens <= 4'd0;
      else tens <= tens + 4'd1;
    end
endmodule
