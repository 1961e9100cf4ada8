"""A small interpreter: runs methods on given inputs and evaluates expressions on the states they pass.

It covers the executable part of Dafny and bounded quantifiers, and says `Unsupported` for the rest.
What it says about a program helps to guess; a verifier decides.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from proofsmith.dafny import expressions as ex
from proofsmith.dafny.declarations import (
    Class,
    Constructor,
    Datatype,
    Field,
    Function,
    Import,
    Method,
    Module,
    Program,
    TypeDeclaration,
)
from proofsmith.dafny.interpret_expressions import ExpressionCompiler, Run
from proofsmith.dafny.interpret_inputs import Maker
from proofsmith.dafny.interpret_statements import StatementCompiler
from proofsmith.dafny.interpret_values import (
    Data,
    Heap,
    IllTyped,
    Map,
    OutOfGas,
    Ref,
    Trouble,
    Undefined,
    Unsupported,
    Value,
    copy_heap,
)
from proofsmith.dafny.nodes import Expression, Type, walk

Watch = Callable[[int, "Frame", bool], None]
"""Told at every arrival at a loop's head: the loop's first token, the frame (which goes on changing),
and whether it comes from the end of the loop's body."""


class Frame:
    """Variables and heap. `old` is the heap at the method's beginning, `this` the receiver."""

    __slots__ = ("heap", "machine", "old", "this", "vars")

    def __init__(
        self, machine: Machine, variables: dict[str, Value], heap: Heap, old: Heap, this: Value = None
    ) -> None:
        self.machine, self.vars, self.heap, self.old, self.this = machine, variables, heap, old, this

    def with_vars(self, more: dict[str, Value]) -> Frame:
        """Return a frame with further variables, on the same heap."""
        return Frame(self.machine, {**self.vars, **more}, self.heap, self.old, self.this)

    def before(self) -> Frame:
        """Return this frame on the heap of the method's beginning."""
        return Frame(self.machine, self.vars, self.old, self.old, self.this)

    def snapshot(self) -> Frame:
        """Return a copy that later changes do not reach."""
        return Frame(self.machine, dict(self.vars), copy_heap(self.heap), self.old, self.this)

    def contents(self, ref: Value) -> Any:
        """Return what the heap holds of an array or object.

        Raises:
            Undefined: null, or not allocated here.
        """
        if not isinstance(ref, Ref) or ref not in self.heap:
            raise Undefined("null or not allocated")
        return self.heap[ref]


class Machine:
    """The tables of a program, and a limit on steps.

    Args:
        program: what may be run.
        rng: decides what Dafny leaves open, such as ``:|`` and the contents of new arrays.
    """

    def __init__(self, program: Program, rng: random.Random) -> None:
        self.program, self.rng = program, rng
        self.functions: dict[str, list[Function]] = {}
        self.methods: dict[str, list[Method]] = {}
        self.constructors: dict[str, Constructor] = {}
        self.datatypes: dict[str, Datatype] = {}
        self.classes: dict[str, Class] = {}
        self.types: dict[str, TypeDeclaration] = {}
        self.constants: dict[str, Expression] = {}
        self.owner: dict[int, str] = {}
        self._static: set[str] = set()
        self._collect()
        self.watch: Watch | None = None
        self._gas = 0
        self._memory: dict[Any, Value] = {}
        self._expressions = ExpressionCompiler(self)
        self._statements = StatementCompiler(self)
        self.maker = Maker(self, rng)

    def _collect(self) -> None:
        for node in walk(self.program):
            if isinstance(node, Function):
                self.functions.setdefault(node.name, []).append(node)
            elif isinstance(node, Method):
                self.methods.setdefault(node.name, []).append(node)
            elif isinstance(node, Datatype):
                self.datatypes[node.name] = node
                self.constructors.update((c.name, c) for c in node.constructors)
            elif isinstance(node, Class):
                self.classes[node.name] = node
                for member in node.members:
                    self.owner[id(member)] = node.name
            elif isinstance(node, TypeDeclaration):
                self.types[node.name] = node
            elif isinstance(node, Field) and node.kind == "const" and node.value is not None:
                self.constants[node.variables[0].name] = node.value
            if isinstance(node, Datatype | Class | Module | TypeDeclaration | Import):
                self._static.add(node.name)

    # -- running -----------------------------------------------------------------------------

    def compile(self, e: Expression) -> Run:
        """Return an expression as a function of a frame."""
        return self._expressions.compile(e)

    def evaluate(self, e: Expression, frame: Frame, gas: int = 20_000) -> Value:
        """Return the value of `e` in `frame`.

        Raises:
            Trouble: it has none, or not within `gas` steps.
        """
        self._gas = gas
        try:
            return self.compile(e)(frame)
        except RecursionError as error:
            raise OutOfGas("recursion too deep") from error
        except TypeError as error:
            raise IllTyped(str(error)) from error
        except (AttributeError, KeyError, IndexError, ValueError, OverflowError) as error:
            raise Unsupported(f"not executable: {error}") from error

    def run(self, method: Method, frame: Frame, gas: int = 20_000) -> Frame:
        """Run the body of `method` in `frame`, which has its parameters; return the frame at its end.

        Raises:
            Trouble: it does not end well, or not within `gas` steps.
        """
        if method.body is None:
            raise Unsupported(f"{method.name} has no body")
        self._gas = gas
        try:
            self._statements.run_body(method, frame)
        except RecursionError as error:
            raise OutOfGas("recursion too deep") from error
        except (TypeError, AttributeError, KeyError, IndexError, ValueError, OverflowError) as error:
            raise Unsupported(f"not executable: {error}") from error
        return frame

    def call_method(self, method: Method, given: Sequence[Value], this: Value, heap: Heap) -> list[Value]:
        """Return the results of a method whose precondition holds, with the steps that are left.

        Raises:
            Trouble: its precondition does not hold, or it does not end well.
        """
        values = {p.name: v for p, v in zip(method.parameters, given, strict=True)}
        frame = Frame(self, values, heap, heap, this)
        try:
            for clause in method.clauses:
                if clause.kind == "requires" and not self.compile(clause.expressions[0])(frame):
                    raise Undefined(f"precondition of {method.name}")
            return self._statements.call(method, given, this, frame)
        except RecursionError as error:
            raise OutOfGas("recursion too deep") from error
        except (TypeError, AttributeError, KeyError, IndexError, ValueError, OverflowError) as error:
            raise Unsupported(f"not executable: {error}") from error

    def refuel(self, gas: int = 20_000) -> None:
        """Allow so many steps from here on."""
        self._gas = gas

    def tick(self) -> None:
        """Count one step.

        Raises:
            OutOfGas: that was the last.
        """
        self._gas -= 1
        if self._gas < 0:
            raise OutOfGas("too many steps")

    def empty_frame(self) -> Frame:
        """Return a frame without variables."""
        return Frame(self, {}, {}, {})

    def at_loop(self, loop: int, frame: Frame, again: bool) -> None:
        """Tell the watcher that the head of a loop was reached."""
        self.tick()
        if self.watch is not None:
            self.watch(loop, frame, again)

    def define(self, node: Function | Method) -> None:
        """Put another version of a function or method of the program in its place: one with another body."""
        table: dict[str, list[Any]] = self.functions if isinstance(node, Function) else self.methods
        named = table[node.name]
        named[:] = [node if known.first == node.first else known for known in named]
        if isinstance(node, Function):
            self._memory.clear()

    def call_function(self, name: str, given: Sequence[Value], frame: Frame, gas: int = 20_000) -> Value:
        """Return the value of a function of the program.

        Raises:
            Trouble: it has none, or not within `gas` steps.
        """
        self._gas = gas
        try:
            return self._call(name, given, frame.this, frame)
        except RecursionError as error:
            raise OutOfGas("recursion too deep") from error
        except (TypeError, AttributeError, KeyError, IndexError, ValueError, OverflowError) as error:
            raise Unsupported(f"not executable: {error}") from error

    # -- names -------------------------------------------------------------------------------

    def static_path(self, e: Expression) -> str | None:
        """Return the first name of a path to a module, class or datatype; ``None`` if `e` is a value."""
        while isinstance(e, ex.Select):
            if e.field not in self._static:
                return None
            e = e.target
        return e.name if isinstance(e, ex.Name) and e.name in self._static else None

    def member_or_global(self, name: str, frame: Frame) -> Value:
        """Return what `name` stands for where it is no local variable."""
        this = frame.this
        if isinstance(this, Ref) and this in frame.heap and name in frame.heap[this]:
            return frame.heap[this][name]
        if isinstance(this, Data) and name in this.names:
            return this.get(name)
        if name in self.constructors and not self.constructors[name].parameters:
            return Data(name, (), ())
        if name in self.constants:
            return self.compile(self.constants[name])(Frame(self, {}, frame.heap, frame.old, this))
        if name in self.functions:
            return lambda *given: self.call_named(name, given, frame)
        raise Unsupported(f"unknown name {name}")

    def field_of(self, value: Value, field: str, frame: Frame) -> Value:
        """Return ``value.field``."""
        if isinstance(value, Data):
            if field.endswith("?"):
                return value.constructor == field[:-1]
            if field in value.names:
                return value.get(field)
        elif isinstance(value, Ref):
            if field.startswith("Length"):
                return value.dims[int(field[6:] or "0")]
            contents = frame.contents(value)
            if field in contents:
                return contents[field]
        elif isinstance(value, Map):
            views = {
                "Keys": lambda: frozenset(value.items),
                "Values": lambda: frozenset(value.items.values()),
            }
            if field in views:
                return views[field]()
        elif value is None:
            raise Undefined("member of null")
        if field == "Floor":
            return value.__floor__()
        if field in self.constants:
            return self.compile(self.constants[field])(Frame(self, {}, frame.heap, frame.old, value))
        raise Unsupported(f"member {field}")

    # -- calls -------------------------------------------------------------------------------

    def call_named(self, name: str, given: Sequence[Value], frame: Frame) -> Value:
        """Call a function, or build a datatype's value."""
        constructor = self.constructors.get(name)
        if constructor is not None and len(constructor.parameters) == len(given):
            names = tuple(p.name or str(k) for k, p in enumerate(constructor.parameters))
            return Data(name, names, tuple(given))
        return self._call(name, given, frame.this, frame)

    def call_member(self, value: Value, name: str, given: Sequence[Value], frame: Frame) -> Value:
        """Call a member function of `value`, or the function that a field of it holds."""
        if name in self.functions:
            return self._call(name, given, value, frame)
        return self.field_of(value, name, frame)(*given)

    def _call(self, name: str, given: Sequence[Value], this: Value, frame: Frame) -> Value:
        self.tick()
        function = next((f for f in self.functions.get(name, ()) if len(f.parameters) == len(given)), None)
        if function is None or function.body is None or function.body.value is None:
            raise Unsupported(f"no body for {name}")
        key = None
        if not _touches_heap(this) and not any(map(_touches_heap, given)):
            key = (id(function), this, tuple(given))
            if key in self._memory:
                return self._memory[key]
        inner = Frame(self, {p.name: v for p, v in zip(function.parameters, given, strict=True)}, frame.heap,
                      frame.old, this)  # fmt: skip
        for clause in function.clauses:
            if clause.kind == "requires" and not self.compile(clause.expressions[0])(inner):
                raise Undefined(f"precondition of {name}")
        value = self.compile(function.body.value)(inner)
        if key is not None:
            self._memory[key] = value
        return value

    # -- types -------------------------------------------------------------------------------

    def finite_values(self, declared: Type | None) -> Sequence[Value] | None:
        """Return all values of a type that has few."""
        if declared is None:
            return None
        if declared.name == "bool":
            return (False, True)
        datatype = self.datatypes.get(declared.name)
        if datatype is not None and not any(c.parameters for c in datatype.constructors):
            return [Data(c.name, (), ()) for c in datatype.constructors]
        return None

    def callee(self, e: Expression) -> Method | None:
        """Return the method or lemma that a call statement or right-hand side calls."""
        if not isinstance(e, ex.Call):
            return None
        named = e.callee
        name = (
            named.name if isinstance(named, ex.Name) else named.field if isinstance(named, ex.Select) else ""
        )
        return next((m for m in self.methods.get(name, ()) if len(m.parameters) == len(e.arguments)), None)


def _touches_heap(value: Value) -> bool:
    if isinstance(value, Ref) or callable(value):
        return True
    if isinstance(value, tuple):
        return bool(value) and _touches_heap(value[0])
    if isinstance(value, Data):
        return any(map(_touches_heap, value.fields))
    return False


__all__ = ["Frame", "Machine", "OutOfGas", "Trouble", "Undefined", "Unsupported", "Watch"]
