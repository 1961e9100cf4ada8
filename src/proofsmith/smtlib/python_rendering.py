"""An answer as Python functions with exactly the same values.

Int is int, String is str, Bool is bool; a bit-vector of width w is an int in [0, 2**w). Integer
division is SMT-LIB's (the remainder is never negative), with ``(div x 0) = 0`` and ``(mod x 0) = x``,
which is one of the choices that the standard allows. Only numbers of more than 4,300 digits that
turn into strings, or strings into them, are beyond Python.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from proofsmith.smtlib.problem import DefinedFunction, Problem
from proofsmith.smtlib.python_operators import HELPERS, SPINE, Piece, literal, operator_piece
from proofsmith.smtlib.terms import Sort, Term, postorder, subterms

MAX_DEPTH = 12
"""Deepest expression that stands in one line; deeper ones are named first."""
MAX_TEXT = 90
"""Longest expression, in characters, that stands inside another."""

_TYPES = {"Int": "int", "BitVec": "int", "Bool": "bool", "String": "str"}
_TAKEN = frozenset(["abs", "chr", "int", "len", "max", "min", "ord", "str", "bool", *keyword.kwlist])


def render_python(problem: Problem, answer: Mapping[str, DefinedFunction]) -> str:
    """Return a Python module (as text) with the answer's functions, and the helpers they need."""
    functions = [*_used_definitions(problem, answer), *(answer[f.name] for f in problem.functions)]
    names = _identifiers([f.name for f in functions], {*_TAKEN, *HELPERS})
    texts = []
    needed: dict[str, None] = {}
    for function in functions:
        writer = _Writer(function, names)
        texts.append(writer.text())
        needed.update(writer.helpers)
    helpers = [HELPERS[name] for name in HELPERS if name in _with_dependencies(needed)]
    return "\n\n\n".join([*helpers, *texts]) + "\n"


def _with_dependencies(names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    stack = list(names)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack += [other for other in HELPERS if other != name and f"{other}(" in HELPERS[name]]
    return found


def _used_definitions(problem: Problem, answer: Mapping[str, DefinedFunction]) -> list[DefinedFunction]:
    used: set[str] = set()
    bodies = [f.body for f in answer.values()]
    for definition in reversed(problem.definitions):
        if any(t.kind == "app" and t.name == definition.name for body in bodies for t in subterms(body)):
            used.add(definition.name)
            bodies.append(definition.body)
    return [d for d in problem.definitions if d.name in used]


def _identifiers(names: Iterable[str], taken: set[str]) -> dict[str, str]:
    """Give every name a Python identifier of its own."""
    made: dict[str, str] = {}
    taken = set(taken)
    for name in names:
        text = re.sub(r"\W+", "_", name.replace("!", "_next"), flags=re.ASCII).strip("_") or "x"
        text = f"x{text}" if text[0].isdigit() else text
        while text in taken:
            text += "_"
        taken.add(text)
        made[name] = text
    return made


@dataclass
class _Writer:
    """Writes one function."""

    function: DefinedFunction
    functions: Mapping[str, str]
    helpers: dict[str, None] = field(default_factory=dict)

    def text(self) -> str:
        """Return the definition."""
        parameters = self.function.parameters
        taken = {*_TAKEN, *HELPERS, *self.functions.values()}
        self._names = _identifiers([name for name, _ in parameters], taken)
        self._fresh = 0
        self._pieces: dict[int, tuple[Piece, int]] = {}
        self._lines: list[str] = []
        body = self.function.body
        spine = _spine(body)
        self._uses = Counter(id(a) for t in postorder(body) for a in t.args)
        inner = {id(t) for t in spine[1:]} | {id(body)}
        for t in postorder(body):
            if id(t) not in inner or self._uses[id(t)] > 1:
                self._write(t)
        for t, following in pairwise(spine):
            test, yes, no = t.args
            if following is not no:
                self._lines.append(f"if not {self._piece(test).at(SPINE)}:")
                self._lines.append(f"    return {self._piece(no).text}")
            else:
                self._lines.append(f"if {self._piece(test).text}:")
                self._lines.append(f"    return {self._piece(yes).text}")
        if id(spine[-1]) not in self._pieces:
            self._write(spine[-1])
        self._lines.append(f"return {self._piece(spine[-1]).text}")
        arguments = ", ".join(f"{self._names[name]}: {_TYPES[sort.name]}" for name, sort in parameters)
        head = f"def {self.functions[self.function.name]}({arguments}) -> {_TYPES[self.function.sort.name]}:"
        note = _note([*(sort for _, sort in parameters), self.function.sort])
        return "\n    ".join([head, *note, *self._lines])

    def _piece(self, t: Term) -> Piece:
        return self._pieces[id(t)][0]

    def _write(self, t: Term) -> None:
        """Make the text of `t` from those of its arguments; give it a name where it is long or shared."""
        if t.kind == "const":
            self._pieces[id(t)] = (literal(t.value, t.sort), 0)
            return
        if t.kind == "var":
            self._pieces[id(t)] = (Piece(self._names[t.name]), 0)
            return
        arguments = [self._piece(a) for a in t.args]
        depth = 1 + max((self._pieces[id(a)][1] for a in t.args), default=0)
        if t.name in self.functions:
            piece = Piece(f"{self.functions[t.name]}({', '.join(a.text for a in arguments)})")
        else:
            piece, helpers = operator_piece(t, arguments)
            self.helpers.update(dict.fromkeys(helpers))
        shared = self._uses[id(t)] > 1 and len(piece.text) > 12
        if shared or depth > MAX_DEPTH or (len(piece.text) > MAX_TEXT and self._uses[id(t)]):
            name = self._new_name()
            self._lines.append(f"{name} = {piece.text}")
            piece, depth = Piece(name), 0
        self._pieces[id(t)] = (piece, depth)

    def _new_name(self) -> str:
        while True:
            self._fresh += 1
            name = f"v{self._fresh}"
            if name not in self._names.values() and name not in self.functions.values():
                return name


def _note(sorts: Iterable[Sort]) -> list[str]:
    widths = sorted({s.width for s in sorts if s.name == "BitVec"})
    if not widths:
        return []
    bits = " and ".join(map(str, widths))
    return [f'"""Bit-vectors of {bits} bits as ints that are not negative."""']


def _spine(body: Term) -> list[Term]:
    """Return the conditionals that can become ``if ...: return ...``, and what is returned at the end."""
    spine = [body]
    while spine[-1].kind == "app" and spine[-1].name == "ite":
        _, yes, no = spine[-1].args
        follow = yes if no.name != "ite" and yes.name == "ite" else no
        spine.append(follow)
    return spine
