// Seconds and minutes, each in a byte although 59 is the largest value.
module stopwatch (
  input  clk, reset, enable,
  output minute_passed,
  output half
);
  reg [7:0] seconds;
  reg [7:0] minutes;

  always @(posedge clk) begin
    if (reset)
      seconds <= 8'd0;
    else if (enable) begin
      if (seconds == 8'd59)
        seconds <= 8'd0;
      else
        seconds <= seconds + 8'd1;
    end
  end

  always @(posedge clk) begin
    if (reset)
      minutes <= 8'd0;
    else if (enable && seconds == 8'd59) begin
      if (minutes == 8'd59)
        minutes <= 8'd0;
      else
        minutes <= minutes + 8'd1;
    end
  end

  assign minute_passed = seconds == 8'd59;
  assign half = minutes >= 8'd30;
endmodule
