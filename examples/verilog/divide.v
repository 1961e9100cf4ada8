// A quotient and its inverse, from separate dividers.
module divide (
  input  [6:0] n, d,
  input        scaled,
  output [6:0] q
);
  assign q = scaled ? n / d : d / n;
endmodule
