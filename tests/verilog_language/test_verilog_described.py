"""Circuits described in words: vectors, selection, small networks, registers, counters, shift registers."""

from __future__ import annotations

import pytest

from proofsmith.verilog.prompts.components import read_component
from proofsmith.verilog.prompts.wording import Reading

COMBINATIONAL = [
    ("  p -> y\n  p -> x\n  q -> z\n", "p,q", "x,y,z", "assign y = p;"),
    ("Reverse the bits of the vector.", "v (6 bits)", "w (6 bits)", "w[i] = v[5 - i];"),
    ("Reverse the order of the bytes.", "v (32 bits)", "w (32 bits)", "w[8 * i +: 8] = v[8 * (3 - i) +: 8];"),
    ("It is the number of 1s in v.", "v (6 bits)", "n (3 bits)", "n = n + v[i];"),
    ("Sign-extend the number.", "v (3 bits)", "w (9 bits)", "assign w = {{6{v[2]}}, v};"),
    ("The odd parity of the word.", "v (3 bits)", "p", "assign p = ~^v;"),
    ("Split v into a lower and an upper half.", "v (8 bits)", "v_hi (4 bits),v_lo (4 bits)",
     "assign v_hi = v[7:4];"),
    ("A concatenation of the inputs followed by two zero bits.", "p (3 bits),q (3 bits)",
     "s (4 bits),t (4 bits)", "assign {s, t} = {p, q, {2{1'b0}}};"),
    ("A multiplexer. s=0 chooses p, s=1 chooses q, etc. For other cases output 1.",
     "p (2 bits),q (2 bits),t (2 bits),s (2 bits)", "y (2 bits)", "2'd2: y = t;"),
    ("A 4-to-1 mux of 3-bit words packed into one vector.", "v (12 bits),s (2 bits)", "y (3 bits)",
     "assign y = v[3 * s +: 3];"),
    ("Choose p if both s and t are true. Otherwise, choose q.", "p,q,s,t", "y",
     "assign y = (s & t) ? p : q;"),
    ("The position of the highest bit that is one.", "v (5 bits)", "n (3 bits)", "if (v[i]) n = i;"),
    ("A 2-to-4 decoder with enable.", "a (2 bits),en", "y (4 bits)", "assign y = en ? 4'd1 << a : 4'd0;"),
    ("The output z = (p ^ q) & ~p.", "p,q", "z", "assign z = (p ^ q) & ~p;"),
    ("Set lt to 1 if p is less than q, and ge to 1 if p is at least q.", "p (3 bits),q (3 bits)", "lt,ge",
     "assign ge = p >= q;"),
    ("The fan runs: fan is on when heat or cool is on. heat is on when p = 1. cool is 1 if q is high.", "p,q",
     "heat,cool,fan", "assign fan = heat | cool;"),
    ("The larger one: the maximum of p and q, unsigned.", "p (4 bits),q (4 bits)", "y (4 bits)",
     "assign y = (p > q ? p : q);"),
    ("Add two 4-bit 2's complement numbers, and say whether there is an overflow.", "p (4 bits),q (4 bits)",
     "s (4 bits),overflow", "assign overflow = (p[3] ~^ q[3]) & (s[3] ^ p[3]);"),
    ("The bitwise complement: y is the inverse of p.", "p (4 bits)", "y (4 bits)", "assign y = ~p;"),
    ("The output is the NOR of its inputs.", "p,q,s", "y", "assign y = ~(p | q | s);"),
    ("y is 1 if p and q are different.", "p (2 bits),q (2 bits)", "y", "assign y = p != q;"),
    ("When m is 0 the module computes p - q, and when m is 1 it computes p + q.",
     "p (4 bits),q (4 bits),m", "y (4 bits)", "assign y = m ? p + q : p - q;"),
    ("The output is 1 if at least two of the inputs are 1.", "p,q,s", "y", "assign y = p + q + s >= 2;"),
    ("The output is the NOT of the 4-bit input.", "p (4 bits)", "y (4 bits)", "assign y = ~p;"),
    ("It should shift p left by n places.", "p (4 bits),n (2 bits)", "y (4 bits)", "assign y = p << n;"),
    ("It should rotate p right by n places.", "p (4 bits),n (2 bits)", "y (4 bits)",
     "assign y = (p >> n) | (p << (4 - n));"),
    ("From binary to Gray code.", "p (4 bits)", "y (4 bits)", "assign y = p ^ (p >> 1);"),
    ("From Gray code to binary.", "p (4 bits)", "y (4 bits)", "y[i] = ^(p >> i);"),
    ("  k | v\n  2'd1 | 5\n  2'd2 | 3\nOtherwise v is 0.", "k (2 bits)", "v (3 bits)", "2'h1: v = 3'h5;"),
    ("A NAND gate of p and q goes into a XOR gate. The second input of the XOR is r0.", "p,q,r0", "y",
     "assign y = (~(p & q)) ^ r0;"),
    ("Inputs (p and q) go to an AND gate, but the q input to the AND gate has a bubble.", "p,q", "y",
     "assign y = p & ~q;"),
]  # fmt: skip


@pytest.mark.parametrize(("prompt", "inputs", "outputs", "line"), COMBINATIONAL)
def test_logic_in_words_is_read(text_for, prompt, inputs, outputs, line):
    assert line in text_for(prompt, inputs, outputs)


CLOCKED = [
    ("D flip-flops with an enable; they hold unless en is 1.", "clk,en,d (3 bits)", "q (3 bits)",
     "if (en) q <= d;"),
    ("Sixteen D flip-flops; we[1] enables the upper byte.", "clk,we (2 bits),d (16 bits)", "q (16 bits)",
     "if (we[1]) q[15:8] <= d[15:8];"),
    ("A D flip-flop: when s is 1 it loads p, otherwise it takes t.", "clk,s,p,t", "q", "q <= s ? p : t;"),
    ("A D flip-flop is fed by the XOR of d and the output q of the flip-flop.", "clk,d", "q", "q <= d ^ q;"),
    ("Detect a change from 1 to 0.", "clk,d (3 bits)", "e (3 bits)", "e <= ~d & d_before;"),
    ("Capture a change from 0 to 1 until reset.", "clk,reset,d", "e", "e <= e | d & ~d_before;"),
    ("A right rotator with load: load comes first, and when en is 1 it rotates right.",
     "clk,load,en,d (4 bits)", "q (4 bits)", "if (load) q <= d;"),
    ("A saturating counter increments if up is 1. Reset to almost none (2'b01).", "clk,reset,up",
     "q (2 bits)", "if (reset) q <= 2'd1;"),
    ("It is an accumulator of d.", "clk,reset,d (3 bits)", "q (8 bits)", "else q <= q + d;"),
    ("The output q toggles at every edge of clk.", "clk,reset", "q", "else q <= ~q;"),
    ("Delay d by three clock cycles.", "clk,d (4 bits)", "q (4 bits)", "q <= stage_2;"),
    ("A latch: while g is 0, it holds, and while g is 1, q follows d.", "g,d (2 bits)", "q (2 bits)",
     "always @* if (g) q = d;"),
    ("A shift register: s_in is shifted in MSB first when sh is 1. It is decremented when dec is 1.",
     "clk,s_in,sh,dec", "q (4 bits)", "else if (dec) q <= q - 4'd1;"),
    ("A T flip-flop toggles when t is 1.", "clk,t", "q", "q <= q ^ t;"),
    ("A dual-edge triggered flip-flop.", "clk,d", "q", "assign q = clk ? at_rise : at_fall;"),
    ("It counts down from 12 to 3.", "clk,reset", "q (4 bits)", "q <= q == 4'd3 ? 4'd12 : q - 4'd1;"),
    ("A modulo-6 counter. If load is 1, it loads d.", "clk,load,d (3 bits)", "q (3 bits)",
     "if (load) q <= d;"),
    ("A 3-bit counter increments if up is 1 and decrements if up is 0.", "clk,up", "q (3 bits)",
     "else if (~up) q <= q - 3'd1;"),
    ("A saturating counter increments if up is 1.", "clk,up", "q (2 bits)", "q <= q == 2'd3 ? q : q + 2'd1;"),
    ("A two-digit BCD counter.", "clk,reset", "q (8 bits)",
     "if (q[3:0] == 4'd9) q[7:4] <= q[7:4] == 4'd9 ? 4'd0 : q[7:4] + 4'd1;"),
    ("A Galois LFSR shifts right, with taps at 4 and 3.", "clk,reset", "q (4 bits)",
     "q <= {q[0], q[3] ^ q[0], q[2:1]};"),
    ("A ring counter, shifting left.", "clk,reset", "q (4 bits)", "q <= {q[2:0], q[3]};"),
    ("A Johnson counter that shifts right.", "clk,reset", "q (4 bits)", "q <= {~q[0], q[3:1]};"),
    ("A shift register that shifts left; s_in comes in.", "clk,s_in", "q (4 bits)", "q <= {q[2:0], s_in};"),
    ("A shift register of three flip-flops.", "clk,d", "q", "stages <= {stages[1:0], d};"),
    ("A register.\n (1) load: loads d\n (2) m: which way:\n  (a) 2'b01 rotates left by two bits\n"
     "  (b) 2'b10 shifts right arithmetically", "clk,load,m (2 bits),d (4 bits)", "q (4 bits)",
     "else if (m == 2'b01) q <= {q[1:0], q[3:2]};"),
]  # fmt: skip


@pytest.mark.parametrize(("prompt", "inputs", "outputs", "line"), CLOCKED)
def test_registers_in_words_are_read(text_for, prompt, inputs, outputs, line):
    assert line in text_for(prompt, inputs, outputs)


def test_cells_follow_their_table(text_for):
    rows = "Left | Center | Right | next\n" + "".join(
        f"{n >> 2} | {n >> 1 & 1} | {n & 1} | {int(n in (1, 4))}\n" for n in range(8)
    )
    text = text_for(f"{rows}\nThe boundaries are zero. load: d.", "clk,load,d (5 bits)", "q (5 bits)")
    assert "q <= (~left & ~q & right) | (left & ~q & ~right);" in text
    assert "wire [4:0] left = {1'b0, q[4:1]};" in text


@pytest.mark.parametrize(
    ("prompt", "inputs", "outputs"),
    [
        ("  p -> y\n", "p,q", "y,z"),
        ("Sign-extend the number.", "v (3 bits)", "w (3 bits)"),
        ("The odd or even parity of the word.", "v (3 bits)", "p"),
        ("A multiplexer. s=0 chooses p, s=1 chooses q.", "p,q,t,s (2 bits)", "y"),
        ("A 4-to-1 mux of 3-bit words packed into one vector.", "v (11 bits),s (2 bits)", "y (3 bits)"),
        ("The output z is 1 if p is lucky.", "p,q", "z"),
        ("The output z is 1 if p = 1, or the moon is full.", "p", "z"),
        ("A NAND gate of p and q goes into a XOR gate.", "p,q,r0", "y"),
        ("A shift register.", "clk,s_in", "q (4 bits)"),
        ("A Johnson counter.", "clk,reset", "q (4 bits)"),
        ("A 4-bit counter that counts when the door is open.", "clk,door", "q (4 bits)"),
        ("An LFSR with taps at 4 and 3.", "clk,reset", "q (4 bits)"),
        ("A D flip-flop with enable. Reset, load and mode change it.", "clk,en,mode,d", "q"),
    ],
)
def test_what_is_not_understood_is_refused(interface, prompt, inputs, outputs):
    assert read_component(prompt, interface(inputs, outputs)) is None


@pytest.mark.parametrize(
    ("words", "expression"),
    [
        ("p is greater than or equal to q", "p >= q"),
        ("both s and t are high", "s & t"),
        ("neither s nor t is 1", "~s & ~t"),
        ("s is 1 and t is 0", "s & ~t"),
        ("p equals 5 or s is asserted", "p == 5 | s"),
        ("s nand t", "~(s & t)"),
        ("the weather is fine", None),
        ("s is mostly 1", None),
    ],
)
def test_conditions_in_words(interface, words, expression):
    reading = Reading("", interface("p (3 bits),q (3 bits),s,t", "z"))
    assert reading.expression(words) == expression


def test_texts_far_longer_than_a_component_takes_are_refused(interface):
    said = "A T flip-flop toggles when t is 1. "
    ports = interface("clk,t", "q")
    assert read_component(said, ports) is not None
    assert read_component(said + "More of it. " * 1000, ports) is None
