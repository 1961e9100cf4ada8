// Toggles a lamp every 200 clocks; the counter was made for a slower clock.
module blinker (
  input      clk, rst_n,
  output reg lamp
);
  localparam LAST = 199;
  reg [23:0] ticks;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      ticks <= 24'd0;
      lamp <= 1'b0;
    end else if (ticks == LAST) begin
      ticks <= 24'd0;
      lamp <= ~lamp;
    end else
      ticks <= ticks + 24'd1;
  end
endmodule
