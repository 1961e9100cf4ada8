// The first request that is set selects its source: a chain of choices, which is deep.
module selector (
  input  [7:0] request,
  input  [3:0] a, b, c, d, e, f, g, h,
  output [3:0] y
);
  assign y = request[0] ? a : request[1] ? b : request[2] ? c : request[3] ? d
           : request[4] ? e : request[5] ? f : request[6] ? g : request[7] ? h : 4'd0;
endmodule
