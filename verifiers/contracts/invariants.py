"""Loop invariants found by Houdini: guess many, keep those that Z3 shows to be inductive.

After Flanagan and Leino, "Houdini, an annotation assistant for ESC/Java" (FME 2001). Guesses are
bounds and differences of the loop's variables, quotient-and-remainder equations, and the function's
own postconditions with a loop variable in place of the result and the loop's index in place of a
parameter. A loop that has inductive guesses is replaced by its end: any values that meet them and
the negated guard. A ``while`` loop must also be shown to end, by a measure taken from its guard.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import ge, le

import z3

from proofsmith.verifiers.contracts.execute import Execution, Frame, State, merge, range_of
from proofsmith.verifiers.contracts.expressions import (
    Environment,
    Translator,
    Unsupported,
    Value,
    truth,
)

_INDEX = "<index>"
"""Name of a ``for`` loop's hidden counter in the loop's environment; no Python name clashes."""

_QUERY_SECONDS = 0.4
_MAX_GUESSES = 400

Formula = Callable[[Environment], z3.BoolRef]


@dataclass(frozen=True)
class _Loop:
    """A loop as a guard and a step on environments, whatever its statement."""

    modified: tuple[str, ...]
    start: Environment
    guard: Callable[[Environment], z3.BoolRef]
    step: Callable[[Environment, z3.BoolRef], State]
    always: tuple[Formula, ...]
    ends: bool


class Inference:
    """Summarises loops for one attempt at a proof.

    Args:
        precondition: holds of all inputs.
        inputs: the symbolic parameters.
        properties: postconditions, as source texts, to generalise from.
        left: seconds left.

    Attributes:
        assumptions: facts about the values at the ends of summarised loops.
    """

    def __init__(
        self,
        precondition: z3.BoolRef,
        inputs: Environment,
        properties: Sequence[str],
        left: Callable[[], float],
    ) -> None:
        self.precondition, self.inputs, self.left = precondition, inputs, left
        self.properties = [ast.parse(text.strip(), mode="eval").body for text in properties]
        self.assumptions: list[z3.BoolRef] = []

    def summarise(
        self, execution: Execution, node: ast.While | ast.For, env: Environment, live: z3.BoolRef
    ) -> State | None:
        """Return the state after the loop, or ``None`` if nothing inductive was found."""
        if any(isinstance(n, ast.Return | ast.Break) for s in node.body for n in ast.walk(s)):
            return None
        loop = self._loop(execution, node, env, live)
        if loop is None:
            return None
        middle = _havoc(loop)
        context = [self.precondition, *self.assumptions, live]
        inside = [*context, *(f(middle) for f in loop.always), loop.guard(middle)]
        mark = len(execution.failures), len(execution.incomplete), len(execution.inexact)
        after = loop.step(middle, z3.BoolVal(True))
        if not all(n in after.env and _same_sort(middle[n], after.env[n]) for n in loop.modified):
            return None  # a variable that turns from bool to int has no value of one sort at the end
        # What cannot be put in the middle of the loop is no guess: as false it would prove everything.
        askable = (g for g in self._guesses(loop) if _ask(g, middle) is not None)
        guesses = [g for g in askable if self._holds(context, _ask(g, loop.start))]
        kept = self._inductive(guesses, inside, middle, after)
        assumed = [*inside, *_all(kept, middle)]
        # An iteration that raises, outruns a bound or never ends has no state after the loop; to assume
        # one would make every claim about such inputs hold. So the body must be shown to do none of this.
        doubts = [c for c, _ in execution.failures[mark[0] :]]
        doubts += [*execution.incomplete[mark[1] :], *execution.inexact[mark[2] :]]
        del execution.failures[mark[0] :], execution.incomplete[mark[1] :], execution.inexact[mark[2] :]
        if not all(self._holds(assumed, z3.Not(c)) for c in doubts):
            return None
        if not loop.ends and not self._terminates(node, assumed, middle, after):
            return None
        end = _havoc(loop)
        facts = [*(f(end) for f in loop.always), *_all(kept, end), z3.Not(loop.guard(end))]
        self.assumptions.append(z3.Implies(live, z3.And(facts)))
        # The target of a ``for`` is left unbound: reading it after the loop is refused.
        target = node.target.id if isinstance(node, ast.For) and isinstance(node.target, ast.Name) else ""
        return State({k: v for k, v in end.items() if k in env and k != target}, live)

    def _loop(
        self, execution: Execution, node: ast.While | ast.For, env: Environment, live: z3.BoolRef
    ) -> _Loop | None:
        inner = [n for s in node.body for n in ast.walk(s) if isinstance(n, ast.Name)]
        names = {n.id for n in inner if isinstance(n.ctx, ast.Store)}
        modified = sorted(names & env.keys())
        if any(not (z3.is_arith(env[n]) or z3.is_bool(env[n])) for n in modified):
            return None

        def block(at: Environment, where: z3.BoolRef) -> State:
            frame = Frame()
            state = execution.block(node.body, State(dict(at), where), frame)
            for again in frame.continues:
                state = merge(again.live, again, state)
            return state

        if isinstance(node, ast.While):
            test = node.test

            def holds(at: Environment) -> z3.BoolRef:
                return truth(Translator(at, live, execution).value(test))

            return _Loop(tuple(modified), env, holds, block, (), ends=False)
        limits = range_of(node.iter, lambda n: Translator(env, live, execution).value(n))
        if limits is None or not isinstance(node.target, ast.Name) or node.target.id in names:
            return None
        start, stop, stride = limits.start, limits.stop, limits.step
        target = node.target.id

        def inside(at: Environment) -> z3.BoolRef:
            return at[_INDEX] < stop if stride > 0 else at[_INDEX] > stop

        def advance(at: Environment, where: z3.BoolRef) -> State:
            state = block({**at, target: at[_INDEX]}, where)
            return State({**state.env, _INDEX: at[_INDEX] + stride}, state.live)

        def between(at: Environment) -> z3.BoolRef:
            index = at[_INDEX]
            if stride > 0:
                return z3.And(index >= start, z3.Or(index < stop + stride, index == start))
            return z3.And(index <= start, z3.Or(index > stop + stride, index == start))

        def aligned(at: Environment) -> z3.BoolRef:
            return (at[_INDEX] - start) % abs(stride) == 0

        head = {**env, _INDEX: start}
        return _Loop((*modified, _INDEX), head, inside, advance, (between, aligned), ends=True)

    # -- guesses -------------------------------------------------------------------------------

    def _guesses(self, loop: _Loop) -> list[Formula]:
        return list(itertools.islice(self._all_guesses(loop), _MAX_GUESSES))

    def _all_guesses(self, loop: _Loop) -> Iterator[Formula]:
        ints = [n for n in loop.modified if z3.is_arith(loop.start[n])]
        fixed = [n for n in loop.start if n not in loop.modified and z3.is_arith(loop.start[n])]
        for expression in self.properties:
            yield from self._generalised(expression, ints)
        for v in ints:
            yield from (_bound(v, ge, z3.IntVal(0)), _bound(v, ge, z3.IntVal(1)))
            yield from (_bound(v, ge, loop.start[v]), _bound(v, le, loop.start[v]))
            for w in [*ints, *fixed]:
                if v != w:
                    yield from (_bound(v, le, w), _bound(v, ge, w), _bound(v, le, w, 1))
        for v, w in itertools.combinations(ints, 2):
            yield from (_balance(loop.start, v, -1, w), _balance(loop.start, v, 1, w))
        for v, w in itertools.permutations(ints, 2):
            for u in fixed:
                yield from (_balance(loop.start, v, 1, w, u), _balance(loop.start, v, -1, w, u))

    def _generalised(self, expression: ast.expr, ints: Sequence[str]) -> Iterator[Formula]:
        """The postcondition with loop variables for its result and for its parameters."""
        mentioned = {n.id for n in ast.walk(expression) if isinstance(n, ast.Name)}
        parameters = [p for p in self.inputs if p in mentioned]
        for result in ints:
            yield self._instance(expression, {"result": (result, 0)})
            for parameter, other, offset in itertools.product(parameters, ints, (0, -1, 1)):
                if other != result:
                    yield self._instance(expression, {"result": (result, 0), parameter: (other, offset)})

    def _instance(self, expression: ast.expr, names: dict[str, tuple[str, int]]) -> Formula:
        def formula(env: Environment) -> z3.BoolRef:
            chosen = {name: env[other] + offset for name, (other, offset) in names.items()}
            scope = {**self.inputs, **chosen}
            quiet = Execution({}, 0, lambda condition: True)
            value = truth(Translator(scope, z3.BoolVal(True), quiet).value(expression))
            wrong = [c for c, _ in quiet.failures] + quiet.inexact
            return z3.And(value, z3.Not(z3.Or([z3.BoolVal(False), *wrong])))

        return formula

    # -- queries -------------------------------------------------------------------------------

    def _inductive(
        self, guesses: list[Formula], inside: list[z3.BoolRef], middle: Environment, after: State
    ) -> list[Formula]:
        """Drop guesses that one more iteration can break, until none can."""
        while True:
            assumed = [*inside, *_all(guesses, middle), after.live]
            kept = [g for g in guesses if self._holds(assumed, _ask(g, after.env))]
            if len(kept) == len(guesses):
                return kept
            guesses = kept

    def _terminates(
        self, node: ast.While | ast.For, assumed: list[z3.BoolRef], middle: Environment, after: State
    ) -> bool:
        for measure in _measures(node):
            quiet = Execution({}, 0, lambda condition: True)
            try:
                before = Translator(middle, z3.BoolVal(True), quiet).value(measure)
                later = Translator(after.env, z3.BoolVal(True), quiet).value(measure)
            except Unsupported:
                continue
            if quiet.failures or quiet.inexact or not (z3.is_arith(before) and z3.is_arith(later)):
                continue
            if self._holds([*assumed, after.live], z3.And(later < before, before >= 0)):
                return True
        return False

    def _holds(self, assumed: Sequence[z3.BoolRef], claim: z3.BoolRef | None) -> bool:
        if self.left() <= 0:
            raise Unsupported("the time is up while looking for loop invariants")
        if claim is None:
            return False
        solver = z3.Solver()
        solver.set("timeout", int(1000 * min(_QUERY_SECONDS, self.left())) + 1)
        solver.add(*assumed, z3.Not(claim))
        return bool(solver.check() == z3.unsat)


def _bound(
    name: str, relation: Callable[[Value, Value], Value], other: str | z3.ArithRef, offset: int = 0
) -> Formula:
    """``name <relation> other + offset``, where `other` is a name or a fixed value."""

    def formula(env: Environment) -> z3.BoolRef:
        return relation(env[name], (env[other] if isinstance(other, str) else other) + offset)

    return formula


def _balance(start: Environment, name: str, sign: int, other: str, factor: str = "") -> Formula:
    """``name + sign * other * factor`` is what it was before the loop."""

    def total(env: Environment) -> z3.ArithRef:
        return env[name] + sign * env[other] * (env[factor] if factor else 1)

    before = total(start)
    return lambda env: total(env) == before


def _ask(guess: Formula, env: Environment) -> z3.BoolRef | None:
    """The guess on `env`; ``None`` where it cannot be put there."""
    try:
        return guess(env)
    except (Unsupported, KeyError, z3.Z3Exception):
        return None


def _all(guesses: Sequence[Formula], env: Environment) -> list[z3.BoolRef]:
    """The guesses that can be put on `env`."""
    return [asked for guess in guesses if (asked := _ask(guess, env)) is not None]


def _same_sort(a: Value, b: Value) -> bool:
    return bool(z3.is_expr(a) and z3.is_expr(b) and a.sort() == b.sort())


def _havoc(loop: _Loop) -> dict[str, Value]:
    env = dict(loop.start)
    for name in loop.modified:
        env[name] = z3.FreshBool(name) if z3.is_bool(env[name]) else z3.FreshInt(name)
    return env


def _measures(node: ast.While | ast.For) -> Iterator[ast.expr]:
    """Differences of the two sides of every comparison in a guard, both ways, and its names."""
    test = node.test if isinstance(node, ast.While) else node.iter
    for part in ast.walk(test):
        if isinstance(part, ast.Compare) and len(part.ops) == 1:
            left, right = part.left, part.comparators[0]
            for a, b in ((left, right), (right, left)):
                yield ast.copy_location(ast.BinOp(a, ast.Sub(), b), part)
        elif isinstance(part, ast.Name):
            yield part
