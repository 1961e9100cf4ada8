// One of two products, each with a name of its own.
module two_filters (
    input             second,
    input      [7:0]  left,
    input      [7:0]  left_gain,
    input      [7:0]  right,
    input      [7:0]  right_gain,
    output reg [15:0] scaled
);
  wire [15:0] left_scaled  = left * left_gain;
  wire [15:0] right_scaled = right * right_gain;

  always @* begin
    if (second) scaled = right_scaled;
    else scaled = left_scaled;
  end
endmodule
