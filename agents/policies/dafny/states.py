"""States that loops really pass on random inputs, and what a formula says of them."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from proofsmith.agents.policies.dafny.context import MethodContext
from proofsmith.agents.policies.dafny.formula import Formula
from proofsmith.agents.policies.dafny.probes import changed
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret import Frame, Machine
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.interpret_inputs import inputs
from proofsmith.dafny.interpret_values import IllTyped, OutOfGas, Trouble, Undefined, Unsupported
from proofsmith.dafny.nodes import Expression

_PER_RUN = 12
"""States kept of one run at one loop, spread over its length."""
_MOST = 160
"""States kept of one loop."""
_PROBES = 120
"""Made-up states of one loop that tell formulas apart."""
_MOST_STEPS = 120
_RUNS = 100
_CHECK_GAS = 1500
_FALSE = ex.Literal("bool", "false")


@dataclass
class LoopStates:
    """What was seen at a loop's head, and made-up states near it.

    Attributes:
        seen: states that runs passed.
        steps: states of one run that follow each other at the loop's head, without those of an
            earlier arrival from outside.
        probes: states got from them by changing something; most cannot be reached.
    """

    seen: list[Frame] = field(default_factory=list)
    steps: list[tuple[Frame, Frame]] = field(default_factory=list)
    probes: list[Frame] = field(default_factory=list)


def observe(
    machine: Machine, method: MethodContext, seconds: float, rng: random.Random
) -> dict[int, LoopStates]:
    """Run `method` on random inputs; return the states at the head of each of its loops."""
    found = {loop.key: LoopStates() for loop in method.loops}
    kept: dict[int, list[list[Frame]]] = {loop.key: [] for loop in method.loops}
    ends = time.monotonic() + seconds
    current: dict[int, list[Frame]] = {}

    def watch(loop: int, frame: Frame, again: bool) -> None:
        if loop in found:
            rows = current.setdefault(loop, [])
            if len(rows) < 200:
                rows.append(frame.snapshot())
                if again and len(found[loop].steps) < _MOST_STEPS:
                    found[loop].steps.append((rows[-2], rows[-1]))

    runs = 0
    try:
        for frame in inputs(machine, method.node, method.owner, _RUNS, seconds):
            current.clear()
            machine.watch = watch
            try:
                machine.run(method.node, frame)
            except Unsupported:
                if not any(current.values()):
                    break
            except Trouble:
                pass
            finally:
                machine.watch = None
            runs += 1
            for key, rows in current.items():
                kept[key].append(_spread(rows, rng))
            if time.monotonic() > ends:
                break
    except Trouble:
        pass
    for loop in method.loops:
        states = found[loop.key]
        states.seen = _chosen(kept[loop.key], rng)
        states.probes = [
            changed(machine, rng.choice(states.seen), loop, rng) for _ in range(_PROBES if states.seen else 0)
        ]
    return found


def _spread(rows: list[Frame], rng: random.Random) -> list[Frame]:
    if len(rows) <= _PER_RUN:
        return rows
    return [rows[0], rows[1], rows[-1], *rng.sample(rows[2:-1], _PER_RUN - 3)]


def _chosen(runs: list[list[Frame]], rng: random.Random) -> list[Frame]:
    """Return the states to keep: half of them as many of each run as there are, the others of them all.

    Long runs have most of the states, and must not crowd out rare inputs.
    """
    for rows in runs:
        rng.shuffle(rows)
    turns = [[rows[k] for rows in runs if k < len(rows)] for k in range(_PER_RUN)]
    frames = [frame for turn in turns for frame in rng.sample(turn, len(turn))]
    first, rest = frames[: _MOST // 2], frames[_MOST // 2 :]
    return first + rng.sample(rest, min(len(rest), _MOST - len(first)))


@dataclass(frozen=True)
class Judgement:
    """What the states say of a formula.

    Attributes:
        holds: whether it is true on all of them, as far as it could be evaluated.
        known: on how many it could be evaluated.
        signature: its truth on the made-up states, as a number; formulas with the same are alike.
        defined: the made-up states on which it has a value, as a number.
        varied: whether it is false on some made-up state.
    """

    holds: bool
    known: int
    signature: int
    defined: int
    varied: bool


def filling(machine: Machine, formula: Formula, states: LoopStates) -> float:
    """Return the share of states seen where a universal formula or an implication speaks of something."""
    tree = stripped(formula.tree)
    empty: Expression
    if isinstance(tree, ex.Binary) and tree.operator == "==>":
        empty = replace(tree, right=_FALSE)
    elif not isinstance(tree, ex.Quantifier) or tree.kind != "forall":
        return 1.0
    else:
        body = stripped(tree.body)
        if isinstance(body, ex.Binary) and body.operator == "==>":
            empty = replace(tree, body=replace(body, right=_FALSE))
        elif tree.range is not None:
            empty = replace(tree, body=_FALSE)
        else:
            return 1.0
    full = 0
    for frame in states.seen:
        try:
            full += machine.evaluate(empty, frame, _CHECK_GAS) is False
        except Trouble:
            return 1.0
    return full / max(1, len(states.seen))


def judge(machine: Machine, formula: Formula, states: LoopStates) -> Judgement:
    """Evaluate `formula` on the states of a loop."""
    known = 0
    for frame in states.seen:
        try:
            if machine.evaluate(formula.tree, frame, _CHECK_GAS) is not True:
                return Judgement(False, known, 0, 0, False)
            known += 1
        except (Undefined, OutOfGas, IllTyped):
            return Judgement(False, known, 0, 0, False)
        except Trouble:
            if not known:
                return Judgement(True, 0, 0, 0, True)
    signature, defined, varied = 0, 0, False
    for frame in states.probes:
        signature, defined = 2 * signature, 2 * defined
        try:
            value = machine.evaluate(formula.tree, frame, _CHECK_GAS) is True
        except Trouble:
            continue
        varied = varied or not value
        signature, defined = signature + value, defined + 1
    return Judgement(True, known, signature, defined, varied)


def integers(machine: Machine, states: LoopStates, terms: Sequence[Formula]) -> list[list[int]]:
    """Return the values of integer terms, a row for each state in which all have one."""
    rows = []
    for frame in states.seen:
        try:
            row = [machine.evaluate(t.tree, frame, _CHECK_GAS) for t in terms]
        except Trouble:
            continue
        if all(isinstance(v, int) and not isinstance(v, bool) for v in row):
            rows.append(row)
    return rows
