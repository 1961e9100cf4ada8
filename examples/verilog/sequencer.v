// A start-up sequence. Two of its states cannot be reached any more.
module sequencer (
  input clk, reset, ready, fault,
  output power, output clock_on, output running
);
  localparam [2:0] OFF = 3'd0, POWER = 3'd1, CLOCK = 3'd2, RUN = 3'd3, TEST = 3'd4, TRIM = 3'd5;
  reg [2:0] state;

  always @(posedge clk) begin
    if (reset) state <= OFF;
    else case (state)
      OFF:   state <= POWER;
      POWER: if (ready) state <= CLOCK;
      CLOCK: if (ready) state <= RUN;
      RUN:   if (fault) state <= OFF;
      TEST:  if (ready) state <= TRIM;    // used to follow POWER
      TRIM:  if (fault) state <= OFF; else state <= RUN;
      default: state <= OFF;
    endcase
  end

  assign power = state != OFF;
  assign clock_on = (state == CLOCK) || (state == RUN) || (state == TRIM);
  assign running = state == RUN;
endmodule
