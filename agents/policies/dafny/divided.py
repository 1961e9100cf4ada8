"""Programs in which several methods do not verify: each is worked on alone, the cheapest first.

Methods are proved by what the others promise, so the proofs of one need nothing of the bodies of the others.
While one is worked on, the bodies of the others that fail are blanked out: they cost no time, and what
is reached for one is kept whatever happens to the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from proofsmith.agents.policies.dafny.annotate import Annotator, Step
from proofsmith.agents.policies.dafny.houdini import shrink
from proofsmith.agents.policies.dafny.prover import Answer, Prover
from proofsmith.agents.policies.dafny.weave import Addition, weave
from proofsmith.agents.policies.dafny.work import Work
from proofsmith.dafny import statements as st
from proofsmith.dafny.declarations import Function, Method, Program
from proofsmith.dafny.nodes import walk

Verify = Callable[[str, float], Answer]
"""(text, seconds) to an answer."""

_GENEROUS = 1.4
"""A method may take this much more than its equal share of the time left: some of the others take less."""
_LEAST = 4.0
_FIRST = 30.0
"""Most seconds for finding out which methods fail."""


@dataclass
class Part:
    """One method that fails: who works on it, and the best that was reached."""

    method: Method
    annotator: Annotator
    prover: Prover
    best: Step | None = None

    @property
    def proved(self) -> bool:
        """Whether nothing is left to prove in it."""
        return self.best is not None and self.best.proved


class Divided(Annotator):
    """An annotator that divides its program where more than one method fails.

    Args:
        program: what is to be proved.
        prover: the verifier.
        weights: factors on the promise of shapes of formulas.
        seed: of the random inputs.
        loose: the verifier, which takes methods without bodies on trust.
    """

    def __init__(
        self, program: Program, prover: Prover, weights: Mapping[str, float], seed: int, loose: Verify
    ) -> None:
        super().__init__(program, prover, weights, seed)
        self._loose, self._seed = loose, seed
        self._reached: list[Part] = []

    def steps(self) -> Iterator[Step]:
        """See `Annotator.steps`; after each method that is done with, all that was reached so far."""
        self.prover.limit = _FIRST
        standing = shrink(self.program.source, (), self.prover, self.prover.over)
        self._take(standing)
        answer = standing.answer
        failing = [] if answer is None or not answer.readable else self._failing(answer)
        if answer is None or len(failing) < 2:
            yield from super().steps()
            return
        parts = sorted((self._part(node, failing, answer) for node in failing), key=lambda p: _size(p.method))
        self._reached = parts
        for repairing in (False, True):
            for k, part in enumerate(parts):
                if part.proved or self.prover.over():
                    continue
                left = sum(not p.proved for p in parts[k:])
                if self._advance(part, _GENEROUS * self.prover.left / max(1, left), repairing):
                    yield self._together()
                    if all(p.proved for p in parts):
                        return

    def repairs(self, step: Step) -> Iterator[Step]:
        """See `Annotator.repairs`: the methods that are left, one after the other."""
        if not self._reached:
            yield from super().repairs(step)
            return
        for part in self._reached:
            if not part.proved and self._advance(part, self.prover.left, repairing=True):
                yield self._together()

    def _part(self, node: Method, failing: Sequence[Method], answer: Answer) -> Part:
        hidden = [_blanked(self.program, m) for m in failing if m is not node]
        known = replace(
            answer,
            complaints=tuple(c for c in answer.complaints if self._spans(node, c.line)),
            timed_out=frozenset(n for n in answer.timed_out if _is_of(n, node)),
            failed=frozenset(n for n in answer.failed if _is_of(n, node)),
        )

        def verify(text: str, seconds: float) -> Answer:
            if text == self.program.source:
                return known
            for whole, header in hidden:
                text = text.replace(whole, header, 1)
            return self._loose(text, seconds)

        prover = Prover(verify)
        return Part(node, Annotator(self.program, prover, self.weights, self._seed), prover)

    def _advance(self, part: Part, seconds: float, repairing: bool) -> bool:
        """Work on one method for some seconds; say whether more of it is proved than before."""
        before = part.best
        ends = time.monotonic() + max(_LEAST, seconds)
        if not repairing:
            steps = part.annotator.steps()
        elif before is not None:
            steps = part.annotator.repairs(before)
        else:
            return False
        while True:
            part.prover.ends = min(ends, self.prover.ends)
            if part.prover.over():
                break
            calls = part.prover.calls
            step = next(steps, None)
            self.prover.calls += part.prover.calls - calls
            if step is None:
                break
            if part.best is None or step.proved or step.score > part.best.score:
                part.best = step
            if step.proved:
                break
        return part.best is not before

    def _together(self) -> Step:
        """What was reached for all methods, in one text."""
        found: dict[tuple[int, str], Addition] = {}
        for part in self._reached:
            for addition in () if part.best is None else part.best.additions:
                found.setdefault((addition.offset, addition.text), addition)
        additions = tuple(found.values())
        text = weave(self.program.source, additions).text
        for part in self._reached:
            work = self._work(part.method)
            if part.proved and work is not None:
                work.open, work.late = (), False
        proved = all(p.proved for p in self._reached) and self.prover.ask(text).proved
        open_ones = sum(not p.proved for p in self._reached)
        score = 1.0 if proved else (len(self.works) - open_ones) / (len(self.works) + 1)
        return Step(text, additions, proved, "by-method", score, self)

    def _work(self, node: Method) -> Work | None:
        return next((w for w in self.works if w.method.node is node), None)

    def _failing(self, answer: Answer) -> list[Method]:
        """The methods and lemmas that are not proved; none if something else is not proved either."""
        nodes = [n for n in self.program.callables() if n.body is not None]
        found: dict[int, Method] = {}
        for complaint in answer.complaints:
            node = next((n for n in nodes if self._spans(n, complaint.line)), None)
            if not isinstance(node, Method):
                return []
            found[node.first] = node
        for name in answer.timed_out:
            for n in nodes:
                if isinstance(n, Method) and _is_of(name, n):
                    found[n.first] = n
        return [found[first] for first in sorted(found)]

    def _spans(self, node: Method | Function, line: int) -> bool:
        first, last = self._lines(node)
        return first <= line <= last


def _blanked(program: Program, node: Method) -> tuple[str, str]:
    """Return the text of a method, and the same without its body, on as many lines."""
    assert node.body is not None
    whole = program.text(node)
    start = program.span(node.body)[0] - program.span(node)[0]
    return whole, whole[:start] + "\n" * whole[start:].count("\n")


def _is_of(name: str, node: Method) -> bool:
    """Whether the verifier's name for something is that of a method."""
    return bool(node.name) and (name == node.name or name.endswith(f".{node.name}"))


def _size(node: Method) -> tuple[int, int]:
    """The number of loops, then of words: what is small is likely to be cheap."""
    loops = sum(isinstance(n, st.While | st.WhileCases | st.For) for n in walk(node))
    return loops, node.last - node.first
