// Difference of two squares.
module squares (
  input  [5:0]  a, b,
  output [12:0] y
);
  assign y = a * a - b * b;
endmodule
