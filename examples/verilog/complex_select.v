// One of two products, chosen late.
module complex_select (
  input        imaginary,
  input  [7:0] re_a, re_b, im_a, im_b,
  output reg [15:0] product
);
  always @* begin
    if (imaginary)
      product = im_a * im_b;
    else
      product = re_a * re_b;
  end
endmodule
