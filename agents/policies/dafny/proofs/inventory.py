"""Terms of a wanted type at a point: variables, parts of them, what the program writes, small new ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations

from proofsmith.agents.policies.dafny.formula import Formula, formula, words
from proofsmith.agents.policies.dafny.proofs.obligations import Goal
from proofsmith.agents.policies.dafny.proofs.points import Point, Routine
from proofsmith.agents.policies.dafny.proofs.tables import Scope, Tables, bindings, substituted
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import Expression, Type, walk

_LONGEST = 40
"""Longer terms, in characters, are not taken over from the program."""
_ROWS = ("seq", "set", "multiset")


class Inventory:
    """The terms that can be named in one declaration.

    Args:
        tables: of the program.
        node: the declaration.
        goals: what is to be proved; their terms come first.
    """

    def __init__(self, tables: Tables, node: Routine, goals: list[Goal]) -> None:
        self._tables = tables
        self.module = tables.module_of.get(id(node), "")
        self._written = self._harvest(node, goals)

    def _harvest(self, node: Routine, goals: list[Goal]) -> list[Formula]:
        texts = [g.formula.at(n) for g in goals for n in walk(g.formula.tree) if isinstance(n, Expression)]
        texts += [self._tables.program.text(n) for n in walk(node) if isinstance(n, Expression)]
        found: dict[tuple[str, ...], Formula] = {}
        for text in texts:
            if 0 < len(text) <= _LONGEST and "\n" not in text:
                part = formula(text)
                if part is not None and not isinstance(part.tree, ex.Literal | ex.Quantifier | ex.Star):
                    found.setdefault(words(text), part)
        return list(found.values())

    def written(self, scope: Scope) -> list[tuple[str, Type]]:
        """Return the terms of the program and the goals that can be named in `scope`, with their types."""
        return [
            (f.text, t)
            for f in self._written
            if self.visible(f, scope) and (t := self._tables.of(f.tree, scope, self.module)) is not None
        ]

    def visible(self, found: Formula, scope: Scope) -> bool:
        """Whether a formula binds nothing and all its variables are in `scope`."""
        if found.bound:
            return False
        for node in walk(found.tree):
            if isinstance(node, ex.Name) and node.name not in scope and not self._global(node.name):
                return False
        return True

    def _global(self, name: str) -> bool:
        return any(name in names for names in self._tables.names_in.values()) or name in self._tables.fields

    def terms(self, wanted: Type | None, point: Point, most: int = 14) -> list[str]:
        """Return terms of a type at a point, the plainest first."""
        if wanted is None:
            return []
        found: dict[tuple[str, ...], str] = {}
        for text in self._terms(wanted, point.scope):
            found.setdefault(words(text), text)
            if len(found) >= most:
                break
        return list(found.values())

    def _terms(self, wanted: Type, scope: Scope) -> Iterator[str]:
        alike = self._tables.alike
        plain = self._tables.plain(wanted)
        local = [n for n, t in reversed(list(scope.items())) if alike(t, wanted)]
        yield from local
        yield from self._nullary(wanted)
        yield from self._parts(wanted, scope)
        if plain is not None and plain.name in _ROWS and plain.arguments:
            yield from self._rows(plain, scope, local)
        yield from (text for text, t in self.written(scope) if alike(t, wanted))
        yield from self._applied(wanted, scope)
        if plain is not None and plain.name == "int":
            yield from ("0", "1")
            for one, other in combinations(local[:4], 2):
                yield f"{other} + {one}"
            for name in local[:3]:
                yield from (f"{name} - 1", f"{name} + 1")
            for one, other in permutations(local[:3], 2):
                yield f"{one} - {other}"
            for name, declared in scope.items():
                row = self._tables.plain(declared)
                if row is not None and row.name == "array":
                    yield f"{name}.Length"
                elif row is not None and row.name in _ROWS:
                    yield f"|{name}|"
        yield from self._built(wanted, scope)

    def _parts(self, wanted: Type, scope: Scope) -> Iterator[str]:
        """Fields of datatype values."""
        for name, declared in scope.items():
            used = self._tables.plain(declared)
            datatype = self._tables.datatypes.get(used.name) if used is not None else None
            if datatype is None or used is None:
                continue
            for constructor in datatype.constructors:
                for p in constructor.parameters:
                    if p.name and self._tables.alike(substituted(p.type, bindings(datatype, used)), wanted):
                        yield f"{name}.{p.name}"

    def _rows(self, wanted: Type, scope: Scope, local: list[str]) -> Iterator[str]:
        element = wanted.arguments[0]
        items = [n for n, t in scope.items() if self._tables.alike(t, element)]
        items += list(self._parts(element, scope))
        left, right = ("[", "]") if wanted.name == "seq" else ("{", "}")
        lead = "multiset" if wanted.name == "multiset" else ""
        for item in items[:4]:
            yield f"{lead}{left}{item}{right}"
            for row in local[:3]:
                yield f"{lead}{left}{item}{right} + {row}"
                yield f"{row} + {lead}{left}{item}{right}"
                if wanted.name != "seq":
                    yield f"{row} - {lead}{left}{item}{right}"
        yield f"{lead}{left}{right}"
        for row in local[:3]:
            if wanted.name == "seq":
                yield from (f"{row}[1..]", f"{row}[..|{row}| - 1]")
            for other in local[:3]:
                if other != row:
                    yield f"{row} + {other}"

    def _nullary(self, wanted: Type) -> Iterator[str]:
        for (module, name), (datatype, constructor) in self._tables.constructors.items():
            if datatype.name == wanted.name and not constructor.parameters:
                yield self._named(module, f"{datatype.name}.{name}")

    def _built(self, wanted: Type, scope: Scope) -> Iterator[str]:
        """Constructors given what is in scope."""
        for (module, name), (datatype, constructor) in self._tables.constructors.items():
            if datatype.name == wanted.name and 0 < len(constructor.parameters) <= 3:
                arguments = self._fitting(tuple(p.type for p in constructor.parameters), scope)
                yield from (f"{self._named(module, name)}({given})" for given in arguments)

    def _applied(self, wanted: Type, scope: Scope) -> Iterator[str]:
        """Functions with that result, given variables."""
        for (module, name), function in self._tables.functions.items():
            result = function.result.type if function.result is not None else None
            if self._tables.class_of.get(id(function)) or not self._tables.alike(result, wanted):
                continue
            for given in self._fitting(tuple(p.type for p in function.parameters), scope):
                yield f"{self._named(module, name)}({given})"

    def _fitting(self, types: tuple[Type | None, ...], scope: Scope) -> Iterator[str]:
        rows: list[list[str]] = [[]]
        for declared in types:
            names = [n for n, t in scope.items() if self._tables.alike(t, declared)][:3]
            rows = [[*row, n] for row in rows for n in names][:6]
        yield from (", ".join(row) for row in rows)

    def _named(self, module: str, name: str) -> str:
        return f"{module}.{name}" if module and module != self.module else name


def is_product(e: Expression) -> bool:
    """Whether an expression multiplies or divides two terms that are no literals."""
    e = stripped(e)
    return (
        isinstance(e, ex.Binary)
        and e.operator in "*/%"
        and not (isinstance(stripped(e.left), ex.Literal) and isinstance(stripped(e.right), ex.Literal))
    )
