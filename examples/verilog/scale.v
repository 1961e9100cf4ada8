// Fixed gains, written as multiplications.
module scale (
  input  [9:0]  sample,
  output [15:0] high,   // 59 times the sample
  output [15:0] low     // 31 times the sample
);
  assign high = sample * 16'd59;
  assign low  = sample * 16'd31;
endmodule
