// A variable shifter for each of two words, of which one is wanted.
module barrel (
  input         second,
  input  [3:0]  amount,
  input  [15:0] word, other,
  output reg [15:0] shifted
);
  always @* begin
    case (second)
      1'b0: shifted = word << amount;
      default: shifted = other << amount;
    endcase
  end
endmodule
