// Lights of a crossing. Each road has two green states, which nothing tells apart.
module crossing (
  input clk, reset, car,
  output main_green, output side_green, output yellow
);
  localparam [2:0] MAIN = 3'd0, MAIN_LONG = 3'd1, TO_SIDE = 3'd2,
                   SIDE = 3'd3, SIDE_LONG = 3'd4, TO_MAIN = 3'd5;
  reg [2:0] light;

  always @(posedge clk)
    if (reset) light <= MAIN;
    else case (light)
      MAIN:      light <= car ? TO_SIDE : MAIN_LONG;
      MAIN_LONG: light <= car ? TO_SIDE : MAIN;
      TO_SIDE:   light <= SIDE;
      SIDE:      light <= car ? SIDE_LONG : TO_MAIN;
      SIDE_LONG: light <= car ? SIDE : TO_MAIN;
      TO_MAIN:   light <= MAIN;
      default:   light <= MAIN;
    endcase

  assign main_green = (light == MAIN) || (light == MAIN_LONG);
  assign side_green = (light == SIDE) || (light == SIDE_LONG);
  assign yellow = (light == TO_SIDE) || (light == TO_MAIN);
endmodule
