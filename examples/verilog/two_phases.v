// The same phase is counted twice, once for each output.
module two_phases (
  input clk, reset, step,
  output [5:0] address,
  output strobe
);
  reg [5:0] read_phase;
  reg [5:0] strobe_phase;

  always @(posedge clk)
    if (reset) read_phase <= 6'd0;
    else if (step) read_phase <= read_phase + 6'd1;

  // kept apart from the reader by its author
  always @(posedge clk)
    if (reset) strobe_phase <= 6'd0;
    else if (step) strobe_phase <= 6'd1 + strobe_phase;

  assign address = read_phase;
  assign strobe = strobe_phase[5:3] == 3'b101;
endmodule
