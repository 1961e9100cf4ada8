"""Compiles assignments, allocations and calls of methods into Python closures over a frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from proofsmith.dafny import expressions as ex
from proofsmith.dafny import statements as st
from proofsmith.dafny.declarations import Method
from proofsmith.dafny.interpret_domains import conjuncts, stripped
from proofsmith.dafny.interpret_elements import flat
from proofsmith.dafny.interpret_expressions import Run, assignments
from proofsmith.dafny.interpret_patterns import compile_pattern
from proofsmith.dafny.interpret_values import OutOfGas, Ref, Undefined, Unsupported, Value, copy_heap
from proofsmith.dafny.nodes import Expression, Type, Variable

if TYPE_CHECKING:
    from proofsmith.dafny.interpret import Frame, Machine

Signal = tuple[str, str] | None
"""How a statement ended: ``None`` if normally, else the kind of jump and its label."""

Step = Callable[[Any], Signal]
"""A compiled statement: a function of a `Frame`."""

_CHOICES = 40
"""From so many values that meet the condition of ``:|`` one is drawn."""


class AssignmentCompiler(ABC):
    """The part of the compiler of statements that gives values to variables and places."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    @abstractmethod
    def run_body(self, method: Method, frame: Frame) -> None:
        """Run a method's body."""

    # -- assignments -------------------------------------------------------------------------

    def _vardeclaration(self, s: st.VarDeclaration) -> Step:
        if s.operator == ":|":
            return self._such_that(s.variables, s.values[0])
        values = [self._right(v, s.variables[0].type if s.variables else None) for v in s.values]
        if s.pattern is not None:
            pattern = compile_pattern(s.pattern, self._machine)

            def destructure(f: Frame) -> Signal:
                if not pattern(values[0](f), f.vars):
                    raise Undefined("pattern does not match")
                return None

            return destructure

        def run(f: Frame) -> Signal:
            if values:
                given = spread([v(f) for v in values])
            else:
                given = [self._arbitrary(v.type, f) for v in s.variables]
            f.vars.update(zip([v.name for v in s.variables], given, strict=True))
            return None

        return run

    def _assign(self, s: st.Assign) -> Step:
        if s.operator == ":|":
            names = [Variable(t.name) for t in s.targets if isinstance(t, ex.Name)]
            return self._such_that(names, s.values[0])
        if s.operator != ":=":
            return unsupported(s.operator)
        values = [self._right(v) for v in s.values]
        places = [self._place(t) for t in s.targets]

        def run(f: Frame) -> Signal:
            targets = [p(f) for p in places]
            for store, value in zip(targets, spread([v(f) for v in values]), strict=True):
                store(value)
            return None

        return run

    def _place(self, e: Expression) -> Callable[[Any], Callable[[Value], None]]:
        e = stripped(e)
        if isinstance(e, ex.Name):
            name = e.name

            def variable(f: Frame) -> Callable[[Value], None]:
                if name not in f.vars and isinstance(f.this, Ref):
                    contents = f.contents(f.this)
                    return lambda v: contents.__setitem__(name, v)
                return lambda v: f.vars.__setitem__(name, v)

            return variable
        if isinstance(e, ex.Index):
            target, indices = self._machine.compile(e.target), [self._machine.compile(i) for i in e.indices]

            def cell(f: Frame) -> Callable[[Value], None]:
                array = target(f)
                contents, at = f.contents(array), flat(array, [i(f) for i in indices])
                return lambda v: contents.__setitem__(at, v)

            return cell
        if isinstance(e, ex.Select):
            inner, field = self._machine.compile(e.target), e.field

            def member(f: Frame) -> Callable[[Value], None]:
                contents = f.contents(inner(f))
                return lambda v: contents.__setitem__(field, v)

            return member
        raise Unsupported("assignment target")

    def _such_that(self, variables: Sequence[Variable], condition: Expression) -> Step:
        domains = self._machine._expressions.domains(variables, list(conjuncts(condition)))
        test, names = self._machine.compile(condition), [v.name for v in variables]

        def run(f: Frame) -> Signal:
            inner, found = f.with_vars({}), []
            for _ in assignments(inner, names, domains):
                if test(inner):
                    found.append({n: inner.vars[n] for n in names})
                    if len(found) >= _CHOICES:
                        break
            if not found:
                raise Unsupported("no value found")
            f.vars.update(f.machine.rng.choice(found))
            return None

        return run

    def _right(self, e: Expression, declared: Type | None = None) -> Run:
        """A right-hand side; a method's call gives a list of its results."""
        machine = self._machine
        if isinstance(e, ex.Star):
            return lambda f: self._arbitrary(declared, f)
        if isinstance(e, st.New):
            return self._new(e)
        inner = stripped(e)
        method = machine.callee(inner)
        if method is not None and isinstance(inner, ex.Call):
            return self._method_call(method, inner)
        return machine.compile(e)

    def _new(self, e: st.New) -> Run:
        machine = self._machine
        lengths = [machine.compile(n) for n in e.lengths]
        initial = machine.compile(e.initial) if e.initial is not None else None
        if e.lengths or e.initial is not None:

            def array(f: Frame) -> Value:
                fill = initial(f) if initial is not None else None
                dims: tuple[int, ...] = tuple(n(f) for n in lengths)
                if not dims:
                    dims = (len(tuple(fill or ())),)
                if any(n < 0 for n in dims):
                    raise Undefined("negative length")
                ref = Ref("array", dims)
                if callable(fill):
                    f.heap[ref] = [fill(*index) for index in _indices(dims)]
                elif fill is not None:
                    f.heap[ref] = list(fill)
                else:
                    f.heap[ref] = [self._arbitrary(e.type, f) for _ in _indices(dims)]
                return ref

            return array
        name = e.type.name if e.type is not None else ""
        head, _, constructor = name.partition(".")
        arguments = [machine.compile(a) for a in e.arguments or ()]

        def instance(f: Frame) -> Value:
            if head not in machine.classes:
                raise Unsupported(f"new {name}")
            ref = machine.maker.object(head, f.heap)
            for method in machine.methods.get(constructor, ()):
                if method.kind == "constructor" and machine.owner.get(id(method)) == head:
                    self.call(method, [a(f) for a in arguments], ref, f)
            return ref

        return instance

    # -- calls -------------------------------------------------------------------------------

    def _callstatement(self, s: st.CallStatement) -> Step:
        call = stripped(s.call)
        method = self._machine.callee(call)
        if method is None or not isinstance(call, ex.Call):
            return unsupported("call")
        if method.is_lemma:
            return lambda f: None
        run = self._method_call(method, call)

        def step(f: Frame) -> Signal:
            run(f)
            return None

        return step

    def _method_call(self, method: Method, e: ex.Call) -> Run:
        arguments = [self._machine.compile(a) for a in e.arguments]
        path = e.callee.target if isinstance(e.callee, ex.Select) else None
        receiver = None
        if path is not None and self._machine.static_path(path) is None:
            receiver = self._machine.compile(path)

        def run(f: Frame) -> Value:
            this = receiver(f) if receiver is not None else f.this
            return self.call(method, [a(f) for a in arguments], this, f)

        return run

    def call(self, method: Method, given: Sequence[Value], this: Value, f: Frame) -> list[Value]:
        """Call a method from frame `f`; return its results. Its loops are not watched."""
        if method.body is None:
            raise Unsupported(f"{method.name} has no body")
        machine = f.machine
        machine.tick()
        names = [p.name for p in method.parameters]
        inner = type(f)(machine, dict(zip(names, given, strict=True)), f.heap, copy_heap(f.heap), this)
        watch, machine.watch = machine.watch, None
        try:
            self.run_body(method, inner)
        finally:
            machine.watch = watch
        return [inner.vars[r.name] for r in method.results]

    def _arbitrary(self, declared: Type | None, f: Frame) -> Value:
        return None if declared is None else f.machine.maker.value(declared, f.heap)


def spread(given: list[Value]) -> list[Value]:
    """Results of a single call stand for several values."""
    flat_list: list[Value] = []
    for value in given:
        flat_list += value if isinstance(value, list) else [value]
    return flat_list


def _indices(dims: Sequence[int]) -> Iterator[tuple[int, ...]]:
    if not dims:
        yield ()
        return
    if dims[0] > 10_000:
        raise OutOfGas("array too long")
    for i in range(dims[0]):
        for rest in _indices(dims[1:]):
            yield (i, *rest)


def unsupported(what: str) -> Step:
    """Return a statement that cannot be executed here."""

    def run(f: Frame) -> Signal:
        raise Unsupported(what)

    return run
