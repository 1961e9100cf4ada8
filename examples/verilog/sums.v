// Sums that have operands in common, but not in the same place.
module sums (
  input  [11:0] a, b, c, d, e,
  output [11:0] first, second, third
);
  assign first  = a + b + c;
  assign second = a + d + b;
  assign third  = b + e + a;
endmodule
