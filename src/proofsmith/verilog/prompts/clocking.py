"""Clocked blocks as lines of Verilog."""

from __future__ import annotations

from collections.abc import Sequence

from proofsmith.verilog.prompts.description import Timing


def clocked(timing: Timing, resets: Sequence[str], body: Sequence[str]) -> list[str]:
    """Return a block that does `body` at every edge, and `resets` in a reset, if there is one."""
    events = f"{'negedge' if timing.falling else 'posedge'} {timing.clock}"
    if timing.asynchronous:
        events += f" or {'negedge' if timing.reset_low else 'posedge'} {timing.reset}"
    lines = [f"always @({events}) begin"]
    if not timing.reset or not resets:
        return [*lines, *(f"  {line}" for line in body), "end"]
    test = f"!{timing.reset}" if timing.reset_low else timing.reset
    if len(resets) == 1:
        lines.append(f"  if ({test}) {resets[0]}")
    else:
        lines += [f"  if ({test}) begin", *(f"    {line}" for line in resets), "  end"]
    if len(resets) == 1 and (len(body) == 1 or body[0].startswith("if ")):
        return [*lines, f"  else {body[0]}", *(f"  {line}" for line in body[1:]), "end"]
    return [*lines, "  else begin", *(f"    {line}" for line in body), "  end", "end"]


def chain(choices: Sequence[tuple[str, str]]) -> list[str]:
    """Return (test, statement) pairs as ``if ... else if ...``; an empty test ends the chain."""
    lines: list[str] = []
    for test, statement in choices:
        opening = "else " if lines else ""
        lines.append(f"{opening}if ({test}) {statement}" if test else f"{opening}{statement}")
        if not test:
            break
    return lines
