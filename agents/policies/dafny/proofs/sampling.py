"""States that a method or lemma really passes at its points, to drop hints that are false on one of them."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator

from proofsmith.agents.policies.dafny.formula import formula
from proofsmith.agents.policies.dafny.proofs.points import Point, Routine
from proofsmith.agents.policies.dafny.weave import Addition, weave
from proofsmith.dafny import expressions as ex
from proofsmith.dafny import statements as st
from proofsmith.dafny.declarations import Method, Program
from proofsmith.dafny.interpret import Frame, Machine
from proofsmith.dafny.interpret_inputs import inputs
from proofsmith.dafny.interpret_values import Trouble
from proofsmith.dafny.nodes import walk
from proofsmith.dafny.parser import parse

_RUNS = 40
_AT_A_POINT = 12
_GAS = 1500
_MARK = "while false { }"


class Samples:
    """The states seen at the points of one declaration; none where it cannot be run.

    Args:
        program: the declaration's.
        node: the declaration.
        owner: its class, or empty.
        points: of it.
        seconds: how long to run it; twice that at most is spent on looking at hints.
        seed: of the inputs.
    """

    def __init__(
        self, program: Program, node: Routine, owner: str, points: Iterable[Point], seconds: float, seed: int
    ) -> None:
        self._frames: dict[int, list[Frame]] = {}
        self._seen: dict[tuple[int, str], bool] = {}
        self._left = 2 * seconds
        offsets = sorted({p.offset for p in points})
        if isinstance(node, Method) and offsets:
            self._run(program, node, owner, offsets, seconds, seed)

    def _run(
        self, program: Program, node: Method, owner: str, offsets: list[int], seconds: float, seed: int
    ) -> None:
        marks = [Addition(at, _MARK, "mark", node.name) for at in offsets]
        marked = parse(weave(program.source, marks).text)
        again = [m for m in marked.callables() if isinstance(m, Method)]
        twin = again[[m for m in program.callables() if isinstance(m, Method)].index(node)]
        loops = [n.first for n in walk(twin) if isinstance(n, st.While) and _is_false(n.guard)]
        if len(loops) != len(offsets):  # the method has such a loop itself
            return
        places = dict(zip(loops, offsets, strict=True))
        rng = random.Random(seed)
        self._machine = Machine(marked, rng)
        ends = time.monotonic() + seconds

        def watch(loop: int, frame: Frame, again: bool) -> None:
            rows = self._frames.setdefault(places[loop], []) if loop in places else None
            if rows is not None and len(rows) < _AT_A_POINT:
                rows.append(frame.snapshot())

        self._machine.watch = watch
        try:
            for frame in inputs(self._machine, twin, owner, _RUNS, seconds):
                try:
                    self._machine.run(twin, frame)
                except Trouble:
                    pass
                if time.monotonic() > ends:
                    break
        except Trouble:
            pass
        finally:
            self._machine.watch = None

    def allow(self, hints: Iterable[Addition]) -> Iterator[Addition]:
        """Yield the hints that no state seen refutes."""
        for hint in hints:
            if not hint.text.startswith("assert ") or not self._refuted(
                hint.offset, hint.text[7:].rstrip(";")
            ):
                yield hint

    def _refuted(self, offset: int, text: str) -> bool:
        key = offset, text
        if key not in self._seen:
            started = time.monotonic()
            self._seen[key] = self._left > 0 and self._is_refuted(offset, text)
            self._left -= time.monotonic() - started
        return self._seen[key]

    def _is_refuted(self, offset: int, text: str) -> bool:
        found = formula(text)
        if found is None:
            return False
        for frame in self._frames.get(offset, ()):
            try:
                if self._machine.evaluate(found.tree, frame, _GAS) is False:
                    return True
            except Trouble:
                continue
        return False


def _is_false(guard: object) -> bool:
    return isinstance(guard, ex.Literal) and guard.text == "false"
