"""Bodies of methods, found on small inputs: straight-line code, conditionals, single loops.

A body is a guess until it is proved; the postconditions on random inputs only sort out wrong ones.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import product

from proofsmith.agents.policies.dafny.context import functions_of
from proofsmith.agents.policies.dafny.formula import formula
from proofsmith.agents.policies.dafny.sketches import loops
from proofsmith.agents.policies.dafny.terms import Terms, kind_named
from proofsmith.dafny import expressions as ex
from proofsmith.dafny import statements as st
from proofsmith.dafny.declarations import Method
from proofsmith.dafny.interpret import Frame, Machine
from proofsmith.dafny.interpret_inputs import inputs
from proofsmith.dafny.interpret_values import Trouble
from proofsmith.dafny.lexer import DafnySyntaxError
from proofsmith.dafny.nodes import Expression, walk
from proofsmith.dafny.parser import parse

_INPUTS = 40
_TUPLES = 600
_GAS = 3000
_ENOUGH = 3


class BodyWriter:
    """Writes bodies of one method.

    Args:
        machine: of the program it stands in.
        method: what needs a body.
        owner: its class, or empty.
        text: of any node of the program, for its specification.
    """

    def __init__(self, machine: Machine, method: Method, owner: str) -> None:
        self.machine, self.method = machine, method
        self.frames = list(_inputs(machine, method, owner))
        clauses = [c for c in method.clauses if c.kind == "ensures"]
        self.ensures: list[Expression] = [c.expressions[0] for c in clauses]

    def bodies(self, ends: float) -> Iterator[str]:
        """Yield statements, shorter ones first, that meet the postconditions on all inputs tried.

        Args:
            ends: `time.monotonic()` at which to stop.
        """
        seen: set[str] = set()
        for body in self._guesses(ends):
            if body not in seen:
                seen.add(body)
                yield body

    def _guesses(self, ends: float) -> Iterator[str]:
        if not self.frames:
            return
        if not self.method.results and self._right(""):
            yield ""
        terms = self._terms(min(ends, time.monotonic() + 4.0))
        if self.method.results:
            yield from self._straight(terms, ends)
        for text in loops(self.method, self.machine, self.frames, ends):
            if time.monotonic() > ends:
                return
            if self._right(text):
                yield text

    def _terms(self, ends: float) -> Terms:
        terms = Terms(self.machine, self.frames)
        for text in atoms(self.machine, self.method):
            terms.add(text)
        terms.grow(ends, list(_function_calls(self.machine, self.method, terms)))
        if not any(p.type is not None and p.type.name.startswith("array") for p in self.method.parameters):
            terms.grow(ends)
        return terms

    def _straight(self, terms: Terms, ends: float) -> Iterator[str]:
        """Assignments of terms to the results, alone or under conditions."""
        names = [r.name for r in self.method.results]
        kinds = [kind_named(r.type) for r in self.method.results]
        choices = [terms.of(k)[: max(12, int(_TUPLES ** (1 / len(kinds))))] for k in kinds]
        right: list[tuple[int, int, str]] = []
        found = 0
        everything = (1 << len(self.frames)) - 1
        for chosen in product(*choices):
            if time.monotonic() > ends:
                return
            mask = self._mask(dict(zip(names, chosen, strict=True)))
            size = sum(len(c) for c in chosen)
            text = f"{', '.join(names)} := {', '.join(chosen)};"
            if mask == everything:
                yield text
                found += 1
                if found >= _ENOUGH:
                    return
            if mask:
                right.append((mask, size, text))
        conditions = []
        for test in terms.of("bool")[:300]:
            conditions.append((self._truth(test), test))
        tree = _tree(everything, right, conditions, 4)
        if tree is not None:
            yield tree

    def _mask(self, values: dict[str, str]) -> int:
        """On which inputs the results `values` meet the postconditions, as bits."""
        trees = {name: found.tree for name, text in values.items() if (found := formula(text)) is not None}
        mask = 0
        for k, frame in enumerate(self.frames):
            try:
                given = {n: self.machine.evaluate(t, frame, _GAS) for n, t in trees.items()}
                after = frame.with_vars(given)
                if all(self.machine.evaluate(e, after, _GAS) is True for e in self.ensures):
                    mask |= 1 << k
            except Trouble:
                continue
        return mask

    def _truth(self, test: str) -> int:
        found = formula(test)
        mask = 0
        for k, frame in enumerate(self.frames):
            try:
                if found is not None and self.machine.evaluate(found.tree, frame, _GAS):
                    mask |= 1 << k
            except Trouble:
                return 0
        return mask

    def _right(self, body: str) -> bool:
        """Whether `body` ends well and meets the postconditions on every input."""
        block = block_of(body)
        if block is None:
            return False
        whole = with_body(self.method, block)
        for frame in self.frames:
            state = frame.snapshot()
            try:
                self.machine.run(whole, state, _GAS)
                if not all(self.machine.evaluate(e, state, _GAS) is True for e in self.ensures):
                    return False
            except Trouble:
                return False
        return True


def _tree(
    todo: int, right: Sequence[tuple[int, int, str]], conditions: Sequence[tuple[int, str]], depth: int
) -> str | None:
    """A cascade of conditionals that is right on the inputs `todo` (Alur et al., EUSolver, TACAS 2017)."""
    whole = [r for r in right if todo & ~r[0] == 0]
    if whole:
        return min(whole, key=lambda r: r[1])[2]
    if depth == 0:
        return None
    options = []
    for holds, test in conditions:
        inside = holds & todo
        if inside and inside != todo and any(inside & ~r[0] == 0 for r in right):
            options.append((-inside.bit_count(), len(test), holds, test))
    for _, _, holds, test in sorted(options)[:12]:
        then = min((r for r in right if holds & todo & ~r[0] == 0), key=lambda r: r[1])[2]
        otherwise = _tree(todo & ~holds, right, conditions, depth - 1)
        if otherwise is not None:
            return f"if {test} {{ {then} }} else {{ {otherwise} }}"
    return None


def _inputs(machine: Machine, method: Method, owner: str) -> Iterator[Frame]:
    try:
        yield from inputs(machine, method, owner, _INPUTS, 2.0)
    except Trouble:
        return


def atoms(machine: Machine, method: Method) -> Iterator[str]:
    """Yield the smallest terms: parameters, lengths, constants of the specification."""
    for p in method.parameters:
        yield p.name
        name = "" if p.type is None else p.type.name
        if name in ("seq", "string", "set", "multiset", "map"):
            yield f"|{p.name}|"
        elif name.startswith("array"):
            yield f"{p.name}.Length"
            yield f"{p.name}[..]"
            yield f"{p.name}[0]"
    yield from ("0", "1", "true", "false", "-1", "2")
    for clause in method.clauses:
        for node in walk(clause):
            if isinstance(node, ex.Literal) and node.kind in ("int", "real", "char", "string"):
                yield node.text
    for result in method.results:
        if result.type is not None and result.type.name in ("seq", "string"):
            yield "[]"
        elif result.type is not None and result.type.name == "set":
            yield "{}"
    yield from (name for name, c in machine.constructors.items() if not c.parameters)


def _function_calls(machine: Machine, method: Method, terms: Terms) -> Iterator[str]:
    named = {n.callee.name for c in method.clauses for n in walk(c)
             if isinstance(n, ex.Call) and isinstance(n.callee, ex.Name)}  # fmt: skip
    for function in functions_of(machine.program):
        if "ghost" in function.modifiers or ("method" not in function.kind and function.name in named):
            continue  # Dafny 2 compiles only what is called a function method
        choices = [terms.of(kind_named(p.type))[:6] for p in function.parameters]
        for chosen in product(*choices):
            yield f"{function.name}({', '.join(chosen)})"


def block_of(body: str) -> st.Block | None:
    """Read statements; ``None`` if they are none."""
    try:
        program = parse(f"method m() {{ {body} }}")
    except DafnySyntaxError:
        return None
    found = program.declarations[0]
    return found.body if isinstance(found, Method) else None


def with_body(method: Method, body: st.Block) -> Method:
    """Return `method` with a body."""
    return Method(
        kind=method.kind,
        name=method.name,
        modifiers=method.modifiers,
        type_parameters=method.type_parameters,
        parameters=method.parameters,
        results=method.results,
        clauses=method.clauses,
        body=body,
    )
