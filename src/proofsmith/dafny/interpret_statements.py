"""Compiles Dafny statements into Python closures over a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from proofsmith.dafny import expressions as ex
from proofsmith.dafny import statements as st
from proofsmith.dafny.declarations import Method
from proofsmith.dafny.interpret_assignments import AssignmentCompiler, Signal, Step, spread, unsupported
from proofsmith.dafny.interpret_domains import conjuncts
from proofsmith.dafny.interpret_expressions import Run, assignments
from proofsmith.dafny.interpret_patterns import compile_pattern
from proofsmith.dafny.interpret_values import Undefined, Value
from proofsmith.dafny.nodes import Expression, Statement

if TYPE_CHECKING:
    from proofsmith.dafny.interpret import Frame, Machine

_NOTHING = (st.Assert, st.Calc, st.Print, st.Reveal, st.Empty, st.Division)


class StatementCompiler(AssignmentCompiler):
    """Turns statements into functions of a frame; each statement object is compiled once."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._known: dict[int, tuple[Statement, Step]] = {}

    def run_body(self, method: Method, frame: Frame) -> None:
        """Run a method's body; results that are not set yet get arbitrary values."""
        assert method.body is not None
        for result in method.results:
            if result.name not in frame.vars:
                frame.vars[result.name] = self._arbitrary(result.type, frame)
        names = [r.name for r in method.results]
        signal = self.compile(method.body)(frame)
        if signal is not None and signal[0] == "return" and "=return" in frame.vars:
            frame.vars.update(zip(names, frame.vars.pop("=return"), strict=True))

    def compile(self, s: Statement) -> Step:
        """Return `s` as a function of a frame."""
        known = self._known.get(id(s))
        if known is not None:
            return known[1]
        method = getattr(self, "_" + type(s).__name__.lower(), None)
        if isinstance(s, _NOTHING):
            step: Step = lambda f: None  # noqa: E731
        elif method is None:
            step = unsupported(type(s).__name__)
        else:
            step = method(s)
        self._known[id(s)] = (s, step)
        return step

    def _sequence(self, statements: Sequence[Statement]) -> Step:
        steps = [self.compile(s) for s in statements]

        def run(f: Frame) -> Signal:
            for step in steps:
                signal = step(f)
                if signal is not None:
                    return signal
            return None

        return run

    def _block(self, s: st.Block) -> Step:
        return self._sequence(s.statements)

    def _labelled(self, s: st.Labelled) -> Step:
        inner = self.compile(s.statement)

        def run(f: Frame) -> Signal:
            signal = inner(f)
            return None if signal == ("break", s.label) else signal

        return run

    def _if(self, s: st.If) -> Step:
        guard, then = self._guard(s.guard), self.compile(s.then)
        otherwise = self.compile(s.otherwise) if s.otherwise is not None else None

        def run(f: Frame) -> Signal:
            if guard(f):
                return then(f)
            return otherwise(f) if otherwise is not None else None

        return run

    def _guard(self, e: Expression) -> Run:
        if isinstance(e, ex.Star):
            return lambda f: f.machine.rng.random() < 0.7
        return self._machine.compile(e)

    def _ifcases(self, s: st.IfCases) -> Step:
        cases = [(self._guard(a.guard), self._sequence(a.statements)) for a in s.alternatives]

        def run(f: Frame) -> Signal:
            open_cases = [body for guard, body in cases if guard(f)]
            if not open_cases:
                raise Undefined("no case is open")
            return f.machine.rng.choice(open_cases)(f)

        return run

    def _matchstatement(self, s: st.MatchStatement) -> Step:
        subject = self._machine.compile(s.subject)
        cases = [(compile_pattern(c.pattern, self._machine), self._sequence(c.statements)) for c in s.cases]

        def run(f: Frame) -> Signal:
            value = subject(f)
            for pattern, body in cases:
                bound: dict[str, Value] = {}
                if pattern(value, bound):
                    f.vars.update(bound)
                    return body(f)
            raise Undefined("no case matches")

        return run

    # -- loops -------------------------------------------------------------------------------

    def _while(self, s: st.While) -> Step:
        if s.body is None:
            return unsupported("a loop without body")
        guard, body, loop = self._guard(s.guard), self.compile(s.body), s.first

        def run(f: Frame) -> Signal:
            again = False
            while True:
                f.machine.at_loop(loop, f, again)
                again = True
                if not guard(f):
                    return None
                signal = body(f)
                if signal is not None and signal != ("continue", ""):
                    return None if signal == ("break", "") else signal

        return run

    def _whilecases(self, s: st.WhileCases) -> Step:
        cases = [(self._guard(a.guard), self._sequence(a.statements)) for a in s.alternatives]

        def run(f: Frame) -> Signal:
            again = False
            while True:
                f.machine.at_loop(s.first, f, again)
                again = True
                open_cases = [body for guard, body in cases if guard(f)]
                if not open_cases:
                    return None
                signal = f.machine.rng.choice(open_cases)(f)
                if signal is not None and signal != ("continue", ""):
                    return None if signal == ("break", "") else signal

        return run

    def _for(self, s: st.For) -> Step:
        if s.body is None or isinstance(s.high, ex.Star):
            return unsupported("a loop without end")
        low, high, body = self._machine.compile(s.low), self._machine.compile(s.high), self.compile(s.body)
        name, up = s.variable.name, s.direction == "to"

        def run(f: Frame) -> Signal:
            begin, end = low(f), high(f)
            f.vars[name] = begin
            again = False
            while True:
                f.machine.at_loop(s.first, f, again)
                again = True
                if f.vars[name] == end:
                    return None
                if not up:
                    f.vars[name] -= 1
                at = f.vars[name]
                signal = body(f)
                if signal is not None and signal != ("continue", ""):
                    return None if signal == ("break", "") else signal
                f.vars[name] = at + 1 if up else at

        return run

    def _jump(self, s: st.Jump) -> Step:
        if s.kind == "return":
            values = [self._right(v) for v in s.values]

            def give(f: Frame) -> Signal:
                if values:
                    f.vars["=return"] = spread([v(f) for v in values])
                return ("return", "")

            return give
        if s.kind not in ("break", "continue"):
            return unsupported(s.kind)
        signal = (s.kind, "" if s.label in ("", "break") else s.label)
        return lambda f: signal

    def _forall(self, s: st.Forall) -> Step:
        assigned = [a for a in (s.body.statements if s.body else ()) if isinstance(a, st.Assign)]
        if not assigned:
            return lambda f: None
        domains = self._machine._expressions.domains(s.variables, list(conjuncts(s.range)))
        span = None if s.range is None else self._machine.compile(s.range)
        place, value = self._place(assigned[0].targets[0]), self._machine.compile(assigned[0].values[0])
        names = [v.name for v in s.variables]

        def run(f: Frame) -> Signal:
            inner, stores = f.with_vars({}), []
            for _ in assignments(inner, names, domains):
                if span is None or span(inner):
                    stores.append((place(inner), value(inner)))
            for store, new in stores:
                store(new)
            return None

        return run
