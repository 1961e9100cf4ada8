"""Bodies of functions: terms, conditionals, and recursion on a number, along a sequence or a datatype.

Summers: A methodology for LISP program construction from examples (JACM 1977) is the oldest of this kind;
here the value of the recursive call is one more variable of a bank of terms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from proofsmith.agents.policies.dafny.bodies.blank import INTS, Deadline, named_type
from proofsmith.agents.policies.dafny.bodies.cascades import Partial, cascade
from proofsmith.agents.policies.dafny.formula import formula, words
from proofsmith.agents.policies.dafny.setting import kind_of
from proofsmith.agents.policies.dafny.terms import Terms, kind_named
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.declarations import Function, FunctionBody, Method
from proofsmith.dafny.interpret import Frame, Machine
from proofsmith.dafny.interpret_inputs import inputs
from proofsmith.dafny.interpret_values import Trouble
from proofsmith.dafny.nodes import Expression, Type, Variable, walk

_INPUTS = 80
_GAS = 4000
_SAMPLES = 14
_TERMS = 90
_STEPS = 120
_BASES = 10
_BRANCHES = 9
_TESTS = 10
_BOOL = Type("bool")
_CONSTANTS = ("0", "1", "true", "false", "[]", "{}", "2")
REST = "rest"


@dataclass(frozen=True)
class _Check:
    """Conditions that must hold on every one of some inputs."""

    conditions: tuple[Expression, ...]
    frames: tuple[Frame, ...]


@dataclass(frozen=True)
class _Part:
    """One branch of a recursion: the variables of its terms, and what they stand for."""

    types: dict[str, Type]
    meaning: dict[str, str]

    @property
    def recursive(self) -> bool:
        """Whether a recursive call is among them."""
        return any(name.startswith(REST) for name in self.meaning)


@dataclass(frozen=True)
class _Scheme:
    """A way to recurse: a text with a pair of braces for each part."""

    shape: str
    parts: tuple[_Part, ...]


class FunctionWriter:
    """Writes bodies of one function.

    Args:
        machine: of its program; what it knows of the function is changed while a guess is tried out.
        function: what needs a body.
    """

    def __init__(self, machine: Machine, function: Function) -> None:
        self.machine, self.function = machine, function
        self.result = function.result.type if function.result is not None else _BOOL
        self.own = self._check(_as_method(function))
        self.checks = [self.own, *self._said_elsewhere()]

    def bodies(self, deadline: Deadline) -> Iterator[str]:
        """Yield expressions, simple ones first, with which everything said of the function holds.

        Args:
            deadline: when to stop.
        """
        if not any(check.frames for check in self.checks):
            return
        seen: set[str] = set()
        for text in self._guesses(deadline):
            if deadline.over():
                return
            if text not in seen:
                seen.add(text)
                if self._right(text):
                    yield text

    # -- what is known -----------------------------------------------------------------------

    def _said_elsewhere(self) -> Iterator[_Check]:
        """What lemmas say of the function."""
        for node in self.machine.program.callables():
            if isinstance(node, Method) and node.is_lemma and not node.results and self._spoken_of(node):
                yield self._check(node)

    def _spoken_of(self, node: Method) -> bool:
        return any(c.kind == "ensures" and _names(c, self.function.name) for c in node.clauses)

    def _check(self, method: Method) -> _Check:
        conditions = tuple(c.expressions[0] for c in method.clauses if c.kind == "ensures" and c.expressions)
        owner = self.machine.owner.get(id(self.function), "") if method.kind == "function" else ""
        try:
            frames = tuple(inputs(self.machine, method, owner, _INPUTS, 1.0)) if conditions else ()
        except Trouble:
            frames = ()
        return _Check(conditions, frames)

    def _right(self, text: str) -> bool:
        body = formula(text)
        if body is None:
            return False
        self.machine.define(replace(self.function, body=FunctionBody(body.tree)))
        return all(self._holds(check, frame) for check in self.checks for frame in check.frames)

    def _holds(self, check: _Check, frame: Frame) -> bool:
        """Whether the conditions hold on one input, and the result is one of its type."""
        try:
            given = frame
            if check is self.own:
                arguments = [frame.vars[p.name] for p in self.function.parameters]
                value = self.machine.call_function(self.function.name, arguments, frame, _GAS)
                if self.result is not None and self.result.name == "nat" and value < 0:
                    return False
                if self.function.result is not None and self.function.result.name:
                    given = frame.with_vars({self.function.result.name: value})
            return all(self.machine.evaluate(c, given, _GAS) is True for c in check.conditions)
        except Trouble:
            return False

    # -- guesses -----------------------------------------------------------------------------

    def _guesses(self, deadline: Deadline) -> Iterator[str]:
        yield from self._plain(deadline)
        for scheme in self._schemes():
            yield from self._recursive(scheme, deadline)

    def _plain(self, deadline: Deadline) -> Iterator[str]:
        """Terms of the parameters, alone or under conditions."""
        frames = self.own.frames or tuple(
            self._made({p.name: p.type or Type("int") for p in self._parameters})
        )
        terms = Terms(self.machine, frames, most=_TERMS)
        for text in self._atoms([p.name for p in self._parameters], frames):
            terms.add(text)
        terms.grow(deadline.within(2.0))
        mine = terms.of(self._kind)
        yield from mine[:12]
        if not self.own.frames:
            return
        everything = (1 << len(self.own.frames)) - 1
        partial = []
        for text in mine:
            if deadline.over():
                return
            mask = self._mask(text)
            if mask == everything:
                yield text
            partial.append(Partial(mask, len(text), text))
        tests = [(self._truth(t), t) for t in terms.of("bool")]
        joined = cascade(everything, partial, tests, 3, _conditional, deadline.over)
        if joined is not None:
            yield joined

    def _mask(self, text: str) -> int:
        body = formula(text)
        if body is None:
            return 0
        self.machine.define(replace(self.function, body=FunctionBody(body.tree)))
        return sum(1 << k for k, frame in enumerate(self.own.frames) if self._holds(self.own, frame))

    def _truth(self, test: str) -> int:
        found, mask = formula(test), 0
        for k, frame in enumerate(self.own.frames):
            try:
                mask |= (found is not None and self.machine.evaluate(found.tree, frame, _GAS) is True) << k
            except Trouble:
                return 0
        return mask

    @property
    def _kind(self) -> str:
        """The kind of the result, as the bank of terms names it."""
        named = kind_named(self.result)
        return "data" if named in self.machine.datatypes else named

    @property
    def _parameters(self) -> tuple[Variable, ...]:
        return self.function.parameters

    def _schemes(self) -> Iterator[_Scheme]:
        for k, p in enumerate(self._parameters):
            kept = {q.name: q.type or Type("int") for j, q in enumerate(self._parameters) if j != k}
            same = {name: name for name in kept}
            name = named_type(p)
            if name in INTS:
                base = _Part(kept, same)
                step = _Part(
                    {**kept, p.name: Type("nat"), REST: self.result or _BOOL},
                    {**same, p.name: p.name, REST: self._call(k, f"{p.name} - 1")},
                )
                yield _Scheme(f"if {p.name} == 0 then {{}} else {{}}", (base, step))
            elif name in ("seq", "string"):
                item = p.type.arguments[0] if p.type is not None and p.type.arguments else Type("char")
                for one, others in (
                    (f"{p.name}[0]", f"{p.name}[1..]"),
                    (f"{p.name}[|{p.name}| - 1]", f"{p.name}[..|{p.name}| - 1]"),
                ):
                    step = _Part(
                        {**kept, "one": item, REST: self.result or _BOOL},
                        {**same, "one": one, REST: self._call(k, others)},
                    )
                    yield _Scheme(f"if |{p.name}| == 0 then {{}} else {{}}", (_Part(kept, same), step))
            elif name in self.machine.datatypes:
                yield self._over_datatype(k, p, kept)

    def _over_datatype(self, k: int, p: Variable, kept: dict[str, Type]) -> _Scheme:
        cases, parts = [], []
        taken = {q.name for q in self._parameters}
        declared = p.type or Type("")
        datatype = self.machine.datatypes[declared.name]
        bound = {t.name: a for t, a in zip(datatype.type_parameters, declared.arguments, strict=False)}
        for c in datatype.constructors:
            types, meaning = dict(kept), {name: name for name in kept}
            fields = []
            for n, field in enumerate(c.parameters):
                name = field.name if field.name and field.name not in taken else f"part{n}"
                fields.append(name)
                kind = field.type or Type("int")
                types[name] = bound.get(kind.name, kind)
                meaning[name] = name
                if kind.name == declared.name:
                    rest = f"{REST}{n}"
                    types[rest], meaning[rest] = self.result or _BOOL, self._call(k, name)
            shown = f"({', '.join(fields)})" if fields else ""
            cases.append(f"case {c.name}{shown} => {{}}")
            parts.append(_Part(types, meaning))
        return _Scheme(f"match {p.name} {' '.join(cases)}", tuple(parts))

    def _call(self, k: int, argument: str) -> str:
        given = [argument if j == k else q.name for j, q in enumerate(self._parameters)]
        return f"{self.function.name}({', '.join(given)})"

    def _recursive(self, scheme: _Scheme, deadline: Deadline) -> Iterator[str]:
        """Fill the parts of a scheme with terms."""
        if not any(part.recursive for part in scheme.parts):
            return
        choices = [self._fillings(part, deadline) for part in scheme.parts]
        sizes = [len(c) for c in choices]
        places = sorted(product(*(range(n) for n in sizes)), key=lambda at: (sum(at), at))
        for at in places:
            yield scheme.shape.format(*(c[n] for c, n in zip(choices, at, strict=True)))

    def _fillings(self, part: _Part, deadline: Deadline) -> list[str]:
        frames = self._made(part.types)
        terms = Terms(self.machine, frames, most=_TERMS)
        for text in self._atoms(part.types, frames):
            terms.add(text)
        kind = self._kind
        if not part.recursive:
            return terms.of(kind)[:_BASES]
        small = list(terms.of(kind))
        for text in [t for a in small for t in self._wrapped(a, part)]:
            terms.add(text)
        terms.grow(deadline.within(1.0))
        rests = [n for n in part.types if n.startswith(REST)]
        mine = terms.of(kind)
        telling = [t for t in mine if _has(t, rests)]
        tests = [t for t in terms.of("bool") if not _has(t, rests) and t not in _CONSTANTS][:_TESTS]
        branches = [*telling, *small][:_BRANCHES] + [t for t in telling[_BRANCHES:] if t.startswith("[")][:3]
        cases = [
            f"if {test} then {a} else {b}" for test in tests for a, b in product(branches, repeat=2) if a != b
        ]
        found = [*telling[:_STEPS], *[t for t in mine if t not in telling][:_BASES], *cases]
        return [t for text in found if (t := _meant(text, part.meaning)) is not None]

    def _wrapped(self, text: str, part: _Part) -> Iterator[str]:
        """The element in a collection, before and after a term; constructors of the datatype around it."""
        for name, declared in part.types.items():
            if not name.startswith(REST):
                yield from (f"[{name}] + {text}", f"{text} + [{name}]", f"{{{name}}} + {text}")
                for c in self.machine.constructors.values():
                    if len(c.parameters) == 2 and declared is not None:
                        yield f"{c.name}({name}, {text})"
        for c in self.machine.constructors.values():
            if len(c.parameters) == 1:
                yield f"{c.name}({text})"

    def _atoms(self, names: Sequence[str] | dict[str, Type], frames: Sequence[Frame]) -> Iterator[str]:
        yield from names
        yield from _CONSTANTS
        yield from (n for n, c in self.machine.constructors.items() if not c.parameters)
        for node in walk(self.function):
            if isinstance(node, ex.Literal) and node.kind in ("int", "real", "char"):
                yield node.text
        for name in names:
            if frames and kind_of(frames[0].vars.get(name)) in ("seq", "set"):
                yield f"|{name}|"
                yield f"{name}[0]"

    def _made(self, types: dict[str, Type]) -> tuple[Frame, ...]:
        """Made-up values for some variables."""
        found = []
        for _ in range(_SAMPLES):
            frame = self.machine.empty_frame()
            self.machine.maker.mood()
            try:
                frame.vars.update({n: self.machine.maker.value(t, frame.heap) for n, t in types.items()})
            except Trouble:
                return ()
            found.append(frame)
        return tuple(found)


def _conditional(condition: str, then: str, otherwise: str) -> str:
    return f"if {condition} then {then} else {otherwise}"


def _as_method(f: Function) -> Method:
    return Method(
        kind="function",
        name=f.name,
        modifiers=(),
        type_parameters=f.type_parameters,
        parameters=f.parameters,
        results=(),
        clauses=f.clauses,
        body=None,
    )


def _names(node: object, name: str) -> bool:
    return any(isinstance(n, ex.Name) and n.name == name for n in walk(node))  # type: ignore[arg-type]


def _has(text: str, names: Sequence[str]) -> bool:
    return not set(names).isdisjoint(words(text))


def _meant(text: str, meaning: dict[str, str]) -> str | None:
    """A term with what its variables stand for."""
    found = formula(text)
    new = found.substituted({n: m for n, m in meaning.items() if n != m}) if found is not None else None
    return None if new is None else new.text
