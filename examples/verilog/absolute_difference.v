// |a - b|, with a subtractor for each order.
module absolute_difference (
  input  [11:0] a, b,
  output [11:0] distance
);
  assign distance = (a > b) ? a - b : b - a;
endmodule
