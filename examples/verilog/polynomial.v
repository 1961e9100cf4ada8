// p*x*x + q*x, with a multiplication for every product sign.
module polynomial (
  input  [3:0]  p, q, x,
  output [11:0] y
);
  assign y = p * x * x + q * x;
endmodule
