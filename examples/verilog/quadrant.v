// Nested choices with the same ends.
module quadrant (
  input  [1:0] where,
  input  [7:0] x, y, dx, dy,
  output [7:0] px
);
  assign px = where[0] ? (where[1] ? x + dx : x - dx) : (where[1] ? y + dy : y - dy);
endmodule
