// Four phases by turns, and which one it is.
module phases (
    input            clk,
    input            reset,
    output reg [3:0] phase,
    output reg [1:0] number
);
  always @(posedge clk) begin
    if (reset) begin
      phase  <= 4'b0001;
      number <= 2'd0;
    end else begin
      phase  <= {phase[2:0], phase[3]};
      number <= number + 2'd1;
    end
  end
endmodule
