"""Symbolic execution of Python statements: every path at once, merged where paths meet.

A block is executed under a condition, `live`, on the inputs. What leaves it early (returns,
exceptions, ``break``) is kept with the condition under which it does. Loops and recursive calls
are followed to a bound; the condition under which more would be needed is kept in
`Execution.incomplete`, so that nothing is claimed about those inputs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import z3

from proofsmith.verifiers.contracts.expressions import (
    BUILTINS,
    Environment,
    Translator,
    Unsupported,
    Value,
    choose,
    number,
    truth,
)

Summarise = Callable[["Execution", ast.While | ast.For, Environment, z3.BoolRef], "State | None"]
"""Replaces a loop by what is known of its end, if it can; ``None`` to unroll it."""


@dataclass
class State:
    """Values of the local names, and the condition under which execution is here."""

    env: dict[str, Value]
    live: z3.BoolRef


@dataclass
class Frame:
    """What leaves the statements of one function, or of one loop's body."""

    returns: list[tuple[z3.BoolRef, Value]] = field(default_factory=list)
    breaks: list[State] = field(default_factory=list)
    continues: list[State] = field(default_factory=list)


class Execution:
    """One symbolic execution of a module's function.

    Args:
        functions: the module's functions by name; calls are followed into them.
        unroll: most iterations of a loop, and deepest recursion.
        reachable: says whether a condition can hold at all; asked before each further iteration.
        summarise: replaces loops by invariants.

    Attributes:
        failures: (condition, exception name): inputs on which the function raises.
        incomplete: conditions under which the bound was not enough.
        inexact: conditions under which an operation is not modelled.
    """

    def __init__(
        self,
        functions: Mapping[str, ast.FunctionDef],
        unroll: int,
        reachable: Callable[[z3.BoolRef], bool],
        summarise: Summarise | None = None,
    ) -> None:
        self.functions = functions
        self.unroll = unroll
        self.reachable = reachable
        self.summarise = summarise
        self.failures: list[tuple[z3.BoolRef, str]] = []
        self.incomplete: list[z3.BoolRef] = []
        self.inexact: list[z3.BoolRef] = []
        self._depth = 0

    def fail(self, condition: z3.BoolRef, exception: str) -> None:
        """Note that `exception` is raised where `condition` holds."""
        condition = z3.simplify(condition)
        if not z3.is_false(condition):
            self.failures.append((condition, exception))

    def beyond(self, condition: z3.BoolRef) -> None:
        """Note that the bound ends the execution where `condition` holds."""
        condition = z3.simplify(condition)
        if not z3.is_false(condition):
            self.incomplete.append(condition)

    def unmodelled(self, condition: z3.BoolRef) -> None:
        """Note that an operation is not translated exactly where `condition` holds."""
        condition = z3.simplify(condition)
        if not z3.is_false(condition):
            self.inexact.append(condition)

    def call(self, name: str, arguments: list[Value], where: z3.BoolRef) -> Value:
        """Return what a function of the module returns.

        Raises:
            Unsupported: there is no such function, or it is called in a way not modelled.
        """
        function = self.functions.get(name)
        if function is None:
            raise Unsupported(f"the function {name}")
        a = function.args
        names = [p.arg for p in (*a.posonlyargs, *a.args)]
        if a.vararg or a.kwarg or a.kwonlyargs or a.defaults or len(names) != len(arguments):
            raise Unsupported(f"the way {name} is called")
        if self._depth and not self.reachable(where):
            return _anything(function)
        if self._depth >= self.unroll:
            self.beyond(where)
            return _anything(function)
        self._depth += 1
        try:
            return self.run(function, dict(zip(names, arguments, strict=True)), where)
        finally:
            self._depth -= 1

    def run(self, function: ast.FunctionDef, env: Environment, live: z3.BoolRef) -> Value:
        """Execute a function's body and return its result as one merged value.

        The value means nothing on inputs that `failures` or `incomplete` name.
        """
        frame = Frame()
        end = self.block(function.body, State(dict(env), live), frame)
        if not z3.is_false(end.live) and self.reachable(end.live):
            frame.returns.append((end.live, None))
        if not frame.returns:
            return _anything(function)
        result = frame.returns[-1][1]
        for condition, value in reversed(frame.returns[:-1]):
            result = choose(condition, value, result)
        return result

    # -- statements ----------------------------------------------------------------------------

    def block(self, statements: list[ast.stmt], state: State, frame: Frame) -> State:
        """Execute statements; what leaves them early goes to `frame`.

        Raises:
            Unsupported: a statement has no exact translation.
        """
        for statement in statements:
            if z3.is_false(state.live):
                break
            method = getattr(self, f"_{type(statement).__name__.lower()}", None)
            if method is None:
                raise Unsupported(f"line {statement.lineno}: {type(statement).__name__} statements")
            state = method(statement, state, frame)
        return state

    def _value(self, node: ast.expr, state: State) -> Value:
        return Translator(state.env, state.live, self).value(node)

    def _test(self, node: ast.expr, state: State) -> z3.BoolRef:
        return z3.simplify(truth(self._value(node, state)))

    def _pass(self, node: ast.Pass, state: State, frame: Frame) -> State:
        return state

    def _expr(self, node: ast.Expr, state: State, frame: Frame) -> State:
        if not isinstance(node.value, ast.Constant):
            self._value(node.value, state)
        return state

    def _return(self, node: ast.Return, state: State, frame: Frame) -> State:
        value = None if node.value is None else self._value(node.value, state)
        frame.returns.append((state.live, value))
        return State(state.env, z3.BoolVal(False))

    def _assign(self, node: ast.Assign, state: State, frame: Frame) -> State:
        value = self._value(node.value, state)
        env = dict(state.env)
        for target in node.targets:
            _bind(target, value, env)
        return State(env, state.live)

    def _annassign(self, node: ast.AnnAssign, state: State, frame: Frame) -> State:
        if node.value is None:
            return state
        env = dict(state.env)
        _bind(node.target, self._value(node.value, state), env)
        return State(env, state.live)

    def _augassign(self, node: ast.AugAssign, state: State, frame: Frame) -> State:
        if not isinstance(node.target, ast.Name):
            raise Unsupported(f"line {node.lineno}: assignment to anything but a name")
        load = ast.copy_location(ast.Name(node.target.id, ast.Load()), node)
        value = self._value(ast.copy_location(ast.BinOp(load, node.op, node.value), node), state)
        return State({**state.env, node.target.id: value}, state.live)

    def _assert(self, node: ast.Assert, state: State, frame: Frame) -> State:
        test = self._test(node.test, state)
        self.fail(z3.And(state.live, z3.Not(test)), "AssertionError")
        return State(state.env, z3.simplify(z3.And(state.live, test)))

    def _raise(self, node: ast.Raise, state: State, frame: Frame) -> State:
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        self.fail(state.live, raised.id if isinstance(raised, ast.Name) else "Exception")
        return State(state.env, z3.BoolVal(False))

    def _if(self, node: ast.If, state: State, frame: Frame) -> State:
        test = self._test(node.test, state)
        yes = State(dict(state.env), z3.simplify(z3.And(state.live, test)))
        no = State(dict(state.env), z3.simplify(z3.And(state.live, z3.Not(test))))
        return merge(test, self.block(node.body, yes, frame), self.block(node.orelse, no, frame))

    def _break(self, node: ast.Break, state: State, frame: Frame) -> State:
        frame.breaks.append(state)
        return State(state.env, z3.BoolVal(False))

    def _continue(self, node: ast.Continue, state: State, frame: Frame) -> State:
        frame.continues.append(state)
        return State(state.env, z3.BoolVal(False))

    # -- loops ---------------------------------------------------------------------------------

    def _while(self, node: ast.While, state: State, frame: Frame) -> State:
        summary = self.summarise(self, node, state.env, state.live) if self.summarise else None
        if summary is not None:
            return self.block(node.orelse, summary, frame)

        def step(at: State, count: int) -> tuple[z3.BoolRef, State]:
            return self._test(node.test, at), at

        return self._loop(node, state, frame, step, self.unroll)

    def _for(self, node: ast.For, state: State, frame: Frame) -> State:
        items = self._items(node.iter, state)
        if isinstance(items, tuple):

            def step(at: State, count: int) -> tuple[z3.BoolRef, State]:
                if count >= len(items):
                    return z3.BoolVal(False), at
                env = dict(at.env)
                _bind(node.target, items[count], env)
                return z3.BoolVal(True), State(env, at.live)

            return self._loop(node, state, frame, step, len(items) + 1)
        summary = self.summarise(self, node, state.env, state.live) if self.summarise else None
        if summary is not None:
            return self.block(node.orelse, summary, frame)
        start, stop, stride = items.start, items.stop, items.step

        def count_up(at: State, count: int) -> tuple[z3.BoolRef, State]:
            index = z3.simplify(start + count * stride)
            inside = z3.simplify(index < stop if stride > 0 else index > stop)
            env = dict(at.env)
            _bind(node.target, index, env)
            return inside, State(env, at.live)

        return self._loop(node, state, frame, count_up, self.unroll)

    def _items(self, node: ast.expr, state: State) -> tuple[Value, ...] | Range:
        limits = range_of(node, lambda n: self._value(n, state))
        if limits is None:
            value = self._value(node, state)
            if not isinstance(value, tuple):
                raise Unsupported(f"line {node.lineno}: a loop over anything but a range or a tuple")
            return value
        start, stop = z3.simplify(limits.start), z3.simplify(limits.stop)
        if z3.is_int_value(start) and z3.is_int_value(stop):
            concrete = range(start.as_long(), stop.as_long(), limits.step)
            if len(concrete) <= 8 * self.unroll:
                return tuple(z3.IntVal(i) for i in concrete)
        return Range(start, stop, limits.step)

    def _loop(
        self,
        node: ast.While | ast.For,
        state: State,
        frame: Frame,
        step: Callable[[State, int], tuple[z3.BoolRef, State]],
        limit: int,
    ) -> State:
        """Follow a loop iteration by iteration and merge all the ways out of it, last first."""
        exits: list[tuple[z3.BoolRef, State]] = []
        count = 0
        while True:
            test, inside = step(state, count)
            leave = z3.simplify(z3.And(state.live, z3.Not(test)))
            out = self.block(node.orelse, State(dict(state.env), leave), frame)
            exits.append((out.live, out))
            live = z3.simplify(z3.And(state.live, test))
            if z3.is_false(live) or (count and not self.reachable(live)):
                break
            if count >= limit:
                self.beyond(live)
                break
            body = Frame(returns=frame.returns)
            state = self.block(node.body, State(inside.env, live), body)
            for again in body.continues:
                state = merge(again.live, again, state)
            exits.extend((broken.live, broken) for broken in body.breaks)
            if z3.is_false(state.live):
                break
            count += 1
        result = exits[-1][1]
        for condition, way in reversed(exits[:-1]):
            result = merge(condition, way, result)
        return result


@dataclass(frozen=True)
class Range:
    """``range(start, stop, step)`` with a constant step."""

    start: z3.ArithRef
    stop: z3.ArithRef
    step: int


def range_of(node: ast.expr, value: Callable[[ast.expr], Value]) -> Range | None:
    """Return the limits of a ``range(...)`` call, or ``None`` if `node` is something else.

    Raises:
        Unsupported: a range whose step is not a constant other than 0.
    """
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"):
        return None
    numbers = [number(value(a)) for a in node.args]
    if not 1 <= len(numbers) <= 3 or node.keywords:
        raise Unsupported(f"line {node.lineno}: this kind of range")
    start = numbers[0] if len(numbers) > 1 else z3.IntVal(0)
    stop = numbers[1] if len(numbers) > 1 else numbers[0]
    step = z3.simplify(numbers[2]) if len(numbers) > 2 else z3.IntVal(1)
    if not z3.is_int_value(step) or step.as_long() == 0:
        raise Unsupported(f"line {node.lineno}: a range whose step is not a constant")
    return Range(start, stop, step.as_long())


def merge(condition: z3.BoolRef, a: State, b: State) -> State:
    """Return the state that is `a` where `condition` holds and `b` elsewhere.

    Raises:
        Unsupported: a name is bound on one of two live paths only.
    """
    if z3.is_false(a.live):
        return b
    if z3.is_false(b.live):
        return a
    env = {}
    for name in a.env.keys() | b.env.keys():
        if name in a.env and name in b.env:
            env[name] = choose(condition, a.env[name], b.env[name])
        # A name bound on one path only is left out: reading it later is refused as unknown.
    return State(env, z3.simplify(z3.Or(a.live, b.live)))


def _anything(function: ast.FunctionDef) -> Value:
    """A value for calls that do not come back; nothing may be concluded from it."""
    if isinstance(function.returns, ast.Name) and function.returns.id == "bool":
        return z3.FreshBool("unknown")
    return z3.FreshInt("unknown")


def _bind(target: ast.expr, value: Value, env: dict[str, Value]) -> None:
    if isinstance(target, ast.Name):
        if target.id in BUILTINS:
            raise Unsupported(f"line {target.lineno}: rebinding {target.id}")
        env[target.id] = value
    elif isinstance(target, ast.Tuple) and isinstance(value, tuple) and len(target.elts) == len(value):
        for part, item in zip(target.elts, value, strict=True):
            _bind(part, item, env)
    else:
        raise Unsupported(f"line {target.lineno}: this kind of assignment")
