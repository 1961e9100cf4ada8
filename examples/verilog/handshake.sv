// A bus master: asks, waits for the grant, sends four words, and lets go.
module handshake (
  input clk,
  input reset,
  input start,
  input grant,
  output logic request,
  output logic sending,
  output logic [1:0] word
);
  typedef enum logic [2:0] {IDLE, ASK, SEND, LAST, RELEASE} state_t;
  state_t state;

  always_ff @(posedge clk) begin
    if (reset) begin
      state <= IDLE;
      request <= 1'b0;
      sending <= 1'b0;
      word <= 2'd0;
    end else begin
      case (state)
        IDLE: if (start) begin
          state <= ASK;
          request <= 1'b1;
        end
        ASK: if (grant) begin
          state <= SEND;
          sending <= 1'b1;
        end
        SEND: begin
          word <= word + 2'd1;
          if (word == 2'd2) state <= LAST;
        end
        LAST: begin
          word <= 2'd0; // the fourth word was sent
          state <= RELEASE;
          sending <= 1'b0;
          request <= 1'b0;
        end
        RELEASE: state <= IDLE;
        default: state <= IDLE;
      endcase
    end
  end
endmodule
