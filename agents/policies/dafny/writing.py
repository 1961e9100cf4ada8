"""Programs with missing bodies: bodies are guessed, put in place, and proved with annotations."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

from proofsmith.agents.policies.dafny.annotate import Annotator, Step
from proofsmith.agents.policies.dafny.bodies.blank import Deadline
from proofsmith.agents.policies.dafny.bodies.functions import FunctionWriter
from proofsmith.agents.policies.dafny.bodies.layout import laid_out
from proofsmith.agents.policies.dafny.bodies.writer import BodyWriter, block_of
from proofsmith.agents.policies.dafny.divided import Divided, Verify
from proofsmith.agents.policies.dafny.formula import formula
from proofsmith.agents.policies.dafny.prover import Prover
from proofsmith.dafny.declarations import Function, FunctionBody, Method, Program
from proofsmith.dafny.interpret import Machine
from proofsmith.dafny.openings import is_open, open_bodies
from proofsmith.dafny.parser import parse

_GUESSING = 0.4
"""Share of the time for guessing the bodies of one program before they are proved."""
_AGAIN = 0.2
"""Share of the time left for guessing one more body."""
_PROVING = 0.6
"""Share of the time left for the proof of one choice of bodies; the first ones are the most certain."""
_PROVING_MANY = 0.85
"""The same where other methods are to be proved as well."""
_LEAST = 6.0
_ATTEMPTS = 12


class Writer:
    """Completes a program that lacks bodies.

    Args:
        program: with methods whose body is missing or marked.
        prover: the verifier.
        weights: factors on the promise of shapes of formulas.
        seed: of the random inputs.
        loose: the verifier, which takes methods without bodies on trust.
    """

    def __init__(
        self, program: Program, prover: Prover, weights: Mapping[str, float], seed: int, loose: Verify
    ) -> None:
        self._loose = loose
        self.program, self.prover, self.weights, self.seed = program, prover, weights, seed
        self.machine = Machine(program, random.Random(seed))
        self._nodes: list[Method | Function] = [n for n in open_bodies(program) if _writable(program, n)]
        self._deadline = Deadline(0.0)
        self._queues: dict[int, Iterator[str]] = {}
        self._chosen = {n.first: "" for n in open_bodies(program) if isinstance(n, Method) and n.is_lemma}

    def steps(self) -> Iterator[Step]:
        """Yield programs with bodies and annotations; the last is proved or all there is."""
        share = _GUESSING * max(1.0, self.prover.left) / max(1, len(self._nodes))
        for node in sorted(self._nodes, key=lambda n: isinstance(n, Method)):
            self._queues[node.first] = self._bodies(node)
            self._take(node, share)  # without a body the rest may be proved with what it promises
        for _ in range(_ATTEMPTS):
            patient = Prover(self.prover.verify)
            annotator = Divided(parse(self._filled()), patient, self.weights, self.seed, self._loose)
            share = _PROVING if sum(bool(w.method.loops) for w in annotator.works) < 2 else _PROVING_MANY
            ends = time.monotonic() + max(_LEAST, share * self.prover.left)
            steps = annotator.steps()
            while True:
                patient.ends = min(ends, self.prover.ends)
                calls = patient.calls
                step = next(steps, None)
                self.prover.calls += patient.calls - calls
                if step is None:
                    break
                yield step
                if step.proved or self.prover.over():
                    return
            if self.prover.over() or not self._next(annotator):
                return

    def _bodies(self, node: Method | Function) -> Iterator[str]:
        if isinstance(node, Function):
            return FunctionWriter(self.machine, node).bodies(self._deadline)
        return BodyWriter(self.machine, node, self.machine.owner.get(id(node), "")).bodies(self._deadline)

    def _take(self, node: Method | Function, seconds: float) -> bool:
        """Take the next body that is found within some seconds; say whether there was one."""
        self._deadline.at = min(self.prover.ends, time.monotonic() + seconds)
        text = next(self._queues[node.first], None)
        if text is not None:
            self._chosen[node.first] = text
        text = self._chosen.get(node.first)
        if text is not None and isinstance(node, Method):
            self.machine.define(replace(node, body=block_of(text)))
            return True
        body = formula(text) if text is not None else None
        if body is not None and isinstance(node, Function):
            self.machine.define(replace(node, body=FunctionBody(body.tree)))
        return body is not None

    def _next(self, annotator: Annotator) -> bool:
        """Take the next body of a declaration that was not proved; say whether there is one."""
        failing = {w.method.node.name for w in annotator.works if not w.proved}
        nodes = [n for n in self._nodes if isinstance(n, Function) or n.name in failing]
        for node in sorted(nodes, key=lambda n: isinstance(n, Function)):
            before = self._chosen.get(node.first)
            self._take(node, max(1.0, _AGAIN * self.prover.left))
            if self._chosen.get(node.first) != before:
                return True
        return False

    def _filled(self) -> str:
        """Return the program's text with bodies put in."""
        source, tokens = self.program.source, self.program.tokens
        places = []
        for node in open_bodies(self.program):
            if node.first not in self._chosen:
                continue
            text = self._chosen[node.first]
            body = laid_out(text) if isinstance(node, Method) else f"  {text}\n"
            if node.body is None:
                places.append((tokens[node.last - 1].stop, "\n{\n" + body + "}"))
            else:
                places.append((tokens[node.body.last - 1].start, body))
        for offset, text in sorted(places, reverse=True):
            source = source[:offset] + text + source[offset:]
        return source


def _writable(program: Program, node: Method | Function) -> bool:
    """Whether bodies of a declaration are guessed: nothing of it is there, and it is no lemma."""
    if isinstance(node, Function):
        return is_open(program, node)
    return not node.is_lemma and (node.body is None or not node.body.statements)
