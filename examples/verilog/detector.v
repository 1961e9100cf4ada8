// Finds 1-0-1 in a stream. Two pairs of its states behave alike.
module detector (
  input clk, reset, in,
  output found
);
  localparam [2:0] IDLE  = 3'd0,  // nothing yet
                   ONE   = 3'd1,  // 1
                   AGAIN = 3'd2,  // 1 after 1
                   ZERO  = 3'd3,  // 1-0
                   HIT   = 3'd4,  // 1-0-1
                   LATE  = 3'd5;  // 1-0-1 once more
  reg [2:0] state, next;

  always @(posedge clk)
    if (reset) state <= IDLE;
    else state <= next;

  always @* begin
    case (state)
      IDLE:  next = in ? ONE : IDLE;
      ONE:   next = in ? AGAIN : ZERO;
      AGAIN: next = in ? ONE : ZERO;
      ZERO:  next = in ? HIT : IDLE;
      HIT:   if (in) next = AGAIN; else next = ZERO;
      LATE:  if (in) next = ONE; else next = ZERO;
      default: next = IDLE;
    endcase
  end

  assign found = (state == HIT) || (state == LATE);
endmodule
