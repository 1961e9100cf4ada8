"""Bodies of methods, found on small inputs.

A body is a guess until it is proved; the postconditions on random inputs only sort out wrong ones.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from proofsmith.agents.policies.dafny.bodies.blank import Blank, Deadline
from proofsmith.agents.policies.dafny.bodies.calls import calls
from proofsmith.agents.policies.dafny.bodies.derived import derived
from proofsmith.agents.policies.dafny.bodies.realised import ghost_functions
from proofsmith.agents.policies.dafny.bodies.searches import (
    deciding_at_once,
    searches,
    searches_of_numbers,
)
from proofsmith.agents.policies.dafny.bodies.sketches import loops
from proofsmith.agents.policies.dafny.bodies.sorts import sorts
from proofsmith.agents.policies.dafny.bodies.straight import straight
from proofsmith.agents.policies.dafny.bodies.written import written
from proofsmith.dafny import statements as st
from proofsmith.dafny.declarations import Method
from proofsmith.dafny.expressions import Name
from proofsmith.dafny.interpret import Frame, Machine
from proofsmith.dafny.interpret_inputs import inputs
from proofsmith.dafny.interpret_values import OutOfGas, Trouble
from proofsmith.dafny.lexer import DafnySyntaxError
from proofsmith.dafny.nodes import walk
from proofsmith.dafny.parser import parse

_INPUTS = 40
_MORE_INPUTS = 120
"""Inputs of which no guess is made; what fits the others by chance fails on one of these."""
_INPUT_SECONDS = 1.5
_GAS = 3000
_SECONDS = 1.5
"""For trying out one body on the further inputs."""
_LATE = 0.4
"""Share of the inputs that may take too long: numbers grow where functions that double are composed."""


class BodyWriter:
    """Writes bodies of one method.

    Args:
        machine: of the program it stands in.
        method: what needs a body.
        owner: its class, or empty.
    """

    def __init__(self, machine: Machine, method: Method, owner: str) -> None:
        self.machine, self.method = machine, method
        self.blank = Blank(machine, method, tuple(_inputs(machine, method, owner, _INPUTS)))
        self._more = tuple(_inputs(machine, method, owner, _MORE_INPUTS))
        self._ghost = ghost_functions(machine)

    def bodies(self, deadline: Deadline) -> Iterator[str]:
        """Yield statements that meet the postconditions on all inputs tried, the more certain ones first.

        Args:
            deadline: when to stop.
        """
        if not self.blank.frames:
            return
        seen: set[str] = set()
        for text in self._guesses(deadline):
            if deadline.over():
                return
            if text not in seen:
                seen.add(text)
                if self._right(text, deadline):
                    yield text

    def _guesses(self, deadline: Deadline) -> Iterator[str]:
        blank = self.blank
        if not self.method.results:
            yield ""
        yield from derived(blank)
        yield from calls(blank)
        yield from written(blank)
        yield from sorts(blank)
        yield from searches(blank)
        yield from deciding_at_once(blank)
        if self.method.results:
            yield from straight(blank, deadline)
            yield from searches_of_numbers(blank)
        yield from loops(blank, deadline)

    def _right(self, body: str, deadline: Deadline) -> bool:
        """Whether `body` ends well and meets the postconditions on every input that does not take long."""
        block = block_of(body)
        if block is None or any(isinstance(n, Name) and n.name in self._ghost for n in walk(block)):
            return False
        whole = replace(self.method, body=block)
        self.machine.define(whole)
        late, least = 0, len(self.blank.frames)
        stop = deadline.within(_SECONDS)
        try:
            for count, frame in enumerate((*self.blank.frames, *self._more)):
                if count >= least and time.monotonic() > stop:
                    break
                try:
                    if not self._right_on(whole, frame):
                        return False
                except OutOfGas:
                    late += 1
                if late > _LATE * max(least, count) or deadline.over():
                    return False
        finally:
            self.machine.define(self.method)
        return True

    def _right_on(self, whole: Method, frame: Frame) -> bool:
        """Whether it does so on one input. Raises `OutOfGas` if that takes too long."""
        state = frame.snapshot()
        try:
            self.machine.run(whole, state, _GAS)
            return all(self.machine.evaluate(e, state, _GAS) is True for e in self.blank.goals)
        except OutOfGas:
            raise
        except Trouble:
            return False


def _inputs(machine: Machine, method: Method, owner: str, count: int) -> Iterator[Frame]:
    try:
        yield from inputs(machine, method, owner, count, _INPUT_SECONDS)
    except Trouble:
        return


def block_of(body: str) -> st.Block | None:
    """Read statements; ``None`` if they are none."""
    try:
        program = parse(f"method m() {{ {body} }}")
    except DafnySyntaxError:
        return None
    found = program.declarations[0]
    return found.body if isinstance(found, Method) else None
