// Takes coins of 5 and 10 until 20 are there. States tell how the sum came about, which nobody asks.
module vending (
  input clk, reset, five, ten,
  output reg release_item, output reg waiting
);
  localparam [3:0] NOTHING = 4'd0, FIVE = 4'd1, TEN = 4'd2, FIVE_FIVE = 4'd3,
                   FIFTEEN = 4'd4, FIVE_TEN = 4'd5, TEN_FIVE = 4'd6, DONE = 4'd7, DONE_OVER = 4'd8;
  reg [3:0] state;

  always @(posedge clk) begin
    if (reset)
      state <= NOTHING;
    else case (state)
      NOTHING:   if (ten) state <= TEN; else if (five) state <= FIVE;
      FIVE:      if (ten) state <= FIVE_TEN; else if (five) state <= FIVE_FIVE;
      TEN:       if (ten) state <= DONE; else if (five) state <= TEN_FIVE;
      FIVE_FIVE: if (ten) state <= DONE_OVER; else if (five) state <= FIFTEEN;
      FIFTEEN:   if (ten) state <= DONE_OVER; else if (five) state <= DONE;
      FIVE_TEN:  if (ten) state <= DONE; else if (five) state <= DONE;
      TEN_FIVE:  if (ten) state <= DONE_OVER; else if (five) state <= DONE_OVER;
      DONE:      state <= NOTHING;
      DONE_OVER: state <= NOTHING;
      default:   state <= NOTHING;
    endcase
  end

  always @* begin
    release_item = (state == DONE) || (state == DONE_OVER);
    waiting = state == NOTHING;
  end
endmodule
