"""Programs with missing bodies: bodies are guessed, put in place, and proved with annotations."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping

from proofsmith.agents.policies.dafny.annotate import Annotator, Step
from proofsmith.agents.policies.dafny.bodies import BodyWriter
from proofsmith.agents.policies.dafny.prover import Prover
from proofsmith.dafny.declarations import Method, Program
from proofsmith.dafny.interpret import Machine
from proofsmith.dafny.openings import open_bodies
from proofsmith.dafny.parser import parse

_SHARE = 0.5
"""Share of the time that is spent on guessing the bodies of one program before they are proved."""
_ATTEMPTS = 12


class Writer:
    """Completes a program that lacks bodies.

    Args:
        program: with methods whose body is missing or marked.
        prover: the verifier.
        weights: factors on the promise of shapes of formulas.
        seed: of the random inputs.
    """

    def __init__(self, program: Program, prover: Prover, weights: Mapping[str, float], seed: int) -> None:
        self.program, self.prover, self.weights, self.seed = program, prover, weights, seed
        self.machine = Machine(program, random.Random(seed))

    def steps(self) -> Iterator[Step]:
        """Yield programs with bodies and annotations; the last is proved or all there is."""
        missing = [n for n in open_bodies(self.program) if isinstance(n, Method) and _empty(n)]
        nodes = [n for n in missing if not n.is_lemma]
        share = _SHARE * max(1.0, self.prover.left) / max(1, len(nodes))
        writers = {n.first: BodyWriter(self.machine, n, self.machine.owner.get(id(n), "")) for n in nodes}
        started = time.monotonic()
        bodies = {n.first: writers[n.first].bodies(started + (k + 1) * share) for k, n in enumerate(nodes)}
        chosen = {n.first: "" for n in missing if n.is_lemma}
        for node in nodes:
            first = next(bodies[node.first], None)
            if first is not None:  # else it stays without: the rest may be proved with what it promises
                chosen[node.first] = first
        for _ in range(_ATTEMPTS):
            annotator = Annotator(parse(self._filled(chosen)), self.prover, self.weights, self.seed)
            for step in annotator.steps():
                yield step
                if step.proved or self.prover.over():
                    return
            if not self._next(annotator, nodes, bodies, chosen):
                return

    def _next(
        self,
        annotator: Annotator,
        nodes: list[Method],
        bodies: dict[int, Iterator[str]],
        chosen: dict[int, str],
    ) -> bool:
        """Take the next body of a method that was not proved; say whether there is one."""
        failing = {w.method.node.name for w in annotator.works if not w.proved}
        for node in nodes:
            if node.name in failing:
                body = next(bodies[node.first], None)
                if body is not None:
                    chosen[node.first] = body
                    return True
        return False

    def _filled(self, chosen: Mapping[int, str]) -> str:
        """Return the program's text with bodies put in."""
        source = self.program.source
        places = []
        for node in open_bodies(self.program):
            if isinstance(node, Method) and node.first in chosen:
                body = _laid_out(chosen[node.first])
                if node.body is None:
                    stop = self.program.tokens[node.last - 1].stop
                    places.append((stop, "\n{\n" + body + "}"))
                else:
                    places.append((self.program.tokens[node.body.last - 1].start, body))
        for offset, text in sorted(places, reverse=True):
            source = source[:offset] + text + source[offset:]
        return source


def _empty(node: Method) -> bool:
    return node.body is None or not node.body.statements


def _laid_out(body: str) -> str:
    """Statements on lines of their own, indented."""
    lines: list[str] = []
    depth, line, inline = 1, "", 0
    for character in body:
        if character == "}" and inline:
            inline -= 1
            line += character
        elif character == "}":
            if line.strip():
                lines.append("  " * depth + line.strip())
            depth, line = depth - 1, ""
            lines.append("  " * depth + "}")
        elif character == "{" and line.strip().startswith(("if", "while", "else")):
            lines.append("  " * depth + line.strip() + " {")
            depth, line = depth + 1, ""
        else:
            inline += character == "{"
            line += character
            if character == ";":
                lines.append("  " * depth + line.strip())
                line = ""
    if line.strip():
        lines.append("  " * depth + line.strip())
    return "".join(f"{text}\n" for text in lines)
