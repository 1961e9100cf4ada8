"""Cutting a program into what every proof may depend on, and the method bodies that only one does.

The proof of a method sees the signatures, specifications, types and function bodies of the whole file,
its own body, and of other methods' bodies only what they refer to: who calls whom decides
which calls need a smaller measure, and which definitions may be unfolded.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from proofsmith.dafny.declarations import (
    Class,
    Datatype,
    Field,
    Function,
    Import,
    Include,
    IteratorDeclaration,
    Method,
    Module,
    Program,
    TypeDeclaration,
)
from proofsmith.dafny.nodes import Declaration, walk
from proofsmith.dafny.parser import parse
from proofsmith.errors import BadInput

Identity = tuple[str, str, str]
"""Of a method in the verifier's names: innermost module, class, name."""

CONTEXT = -1
"""In a `Place`: not in a body."""


@dataclass(frozen=True)
class Place:
    """A token: the `index`-th of the `body`-th method body, or of all that is in no body (`CONTEXT`)."""

    body: int
    index: int


@dataclass(frozen=True)
class Body:
    """A method's body: the tokens from `first` up to, not with, `last`; `digest` is that of its words."""

    identity: Identity
    digest: str
    first: int
    last: int


@dataclass(frozen=True)
class Layout:
    """A program, cut. Two programs with the same `context` differ in unshared parts of bodies only.

    Attributes:
        program: as parsed.
        context: digest of everything outside method bodies, and of what the bodies refer to.
        bodies: of methods, lemmas and constructors, in the order of the text.
    """

    program: Program
    context: str
    bodies: tuple[Body, ...]

    def place(self, line: int, column: int) -> Place | None:
        """Return the token that begins at a place (lines from one, columns from zero), if there is one."""
        return self._places.get((line, column))

    def position(self, place: Place) -> tuple[int, int]:
        """Return line and column of a token; the inverse of `place`."""
        if place.body == CONTEXT:
            token = self.program.tokens[self._outside[place.index]]
        else:
            token = self.program.tokens[self.bodies[place.body].first + place.index]
        return token.line, token.column - 1

    @cached_property
    def _outside(self) -> tuple[int, ...]:
        return tuple(_outside(self.program, self.bodies))

    @cached_property
    def _places(self) -> dict[tuple[int, int], Place]:
        tokens = self.program.tokens
        found = {}
        for index, number in enumerate(self._outside):
            found[tokens[number].line, tokens[number].column - 1] = Place(CONTEXT, index)
        for which, body in enumerate(self.bodies):
            for number in range(body.first, body.last):
                token = tokens[number]
                found[token.line, token.column - 1] = Place(which, number - body.first)
        return found


@lru_cache(maxsize=64)
def layout_of(source: str) -> Layout | None:
    """Cut a program; ``None`` if it does not parse, or its parts cannot be told apart.

    That is so with refinement (a body is made of several), with included files (which may change) and
    with methods that the verifier's names do not tell apart.
    """
    try:
        program = parse(source)
    except (BadInput, RecursionError):
        return None
    for node in walk(program):
        if isinstance(node, Include) or (isinstance(node, Module) and node.refines):
            return None
        if isinstance(node, Method | Function | IteratorDeclaration) and node.skeleton:
            return None
    methods = list(methods_of(program))
    counts = Counter(identity for identity, _ in methods)
    if any(count > 1 for count in counts.values()):
        return None
    bodies = []
    for identity, method in methods:
        if method.body is not None:
            words = program.words(method.body)
            bodies.append(Body(identity, _digest(words), method.body.first, method.body.last))
    bodies.sort(key=lambda body: body.first)
    return Layout(program, _context(program, tuple(bodies)), tuple(bodies))


def mangled(name: str) -> str:
    """Return a Dafny name as it appears in the verifier's names."""
    return name.replace("_", "__").replace("'", "_k").replace("?", "_q").replace("#", "_h")


def methods_of(program: Program) -> Iterator[tuple[Identity, Method]]:
    """Yield the methods, lemmas and constructors of a program with the verifier's names for them."""
    yield from _methods(program.declarations, "_module", "__default")


def _methods(
    declarations: Iterable[Declaration], module: str, owner: str
) -> Iterator[tuple[Identity, Method]]:
    for node in declarations:
        if isinstance(node, Method):
            anonymous = node.kind == "constructor" and not node.name
            yield (module, owner, "__ctor" if anonymous else mangled(node.name)), node
        elif isinstance(node, Module):
            yield from _methods(node.members, mangled(node.name), "__default")
        elif isinstance(node, Class | Datatype | TypeDeclaration):
            yield from _methods(node.members, module, mangled(node.name))


def _outside(program: Program, bodies: Iterable[Body]) -> Iterator[int]:
    """Yield the indices of the tokens in no body."""
    at = 0
    for body in bodies:
        yield from range(at, body.first)
        at = body.last
    yield from range(at, len(program.tokens))


def _context(program: Program, bodies: tuple[Body, ...]) -> str:
    words = [program.tokens[i].text for i in _outside(program, bodies)]
    names = Counter(_declared(program))
    for body in bodies:
        own = [program.tokens[i].text for i in range(body.first, body.last)]
        referred = sorted({word for word in own if word in names})
        words += ["\0", *body.identity, *referred]
        if any(names[word] > 1 for word in referred):  # which of them is meant, only the types know
            words += own
    return _digest(words)


def _declared(program: Program) -> Iterator[str]:
    """Yield the names that declarations bring into the file."""
    for node in walk(program):
        if isinstance(
            node, Method | Function | Class | TypeDeclaration | IteratorDeclaration | Module | Import
        ):
            yield node.name
        elif isinstance(node, Datatype):
            yield node.name
            yield from (constructor.name for constructor in node.constructors)
        elif isinstance(node, Field):
            yield from (variable.name for variable in node.variables)


def _digest(words: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()
