"""What a template family works from: a loop, the kinds of its variables, and the terms about them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from proofsmith.agents.policies.dafny.context import LoopContext, MethodContext, assigned_in
from proofsmith.agents.policies.dafny.formula import Formula, formula, words
from proofsmith.agents.policies.dafny.parts import Call, recursed_on
from proofsmith.agents.policies.dafny.states import LoopStates
from proofsmith.dafny import expressions as ex
from proofsmith.dafny import statements as st
from proofsmith.dafny.interpret import Machine
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.interpret_values import Bag, Data, Map, Ref, Trouble, Value, is_bit_vector
from proofsmith.dafny.nodes import Expression, Node, Type, walk

_KINDS = {"int": "int", "nat": "int", "bool": "bool", "real": "real", "char": "char", "string": "seq",
          "seq": "seq", "set": "set", "map": "map", "multiset": "multiset",
          "array": "array", "array?": "array", "array2": "matrix"}  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """A formula that may hold at a loop's head, the family that made it, and how promising it looks."""

    text: str
    family: str
    promise: float = 1.0


@dataclass(frozen=True)
class Setting:
    """A loop with everything known of it."""

    machine: Machine
    method: MethodContext
    loop: LoopContext
    states: LoopStates

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The kind of every variable in scope: int, bool, real, char, seq, set, map, array, data, ..."""
        found = {}
        sample = self.states.seen[:20]
        for name, declared in self.loop.scope.items():
            kind = self.kind_of_type(declared)
            if kind is None:
                kinds = {kind_of(f.vars[name]) for f in sample if name in f.vars}
                kind = kinds.pop() if len(kinds) == 1 else None
            if kind is None:
                kind = self._guessed(self.loop.starts.get(name, ""))
            if kind is not None:
                found[name] = kind
        return found

    def kind_of_type(self, declared: Type | None) -> str | None:
        """Return the kind of a type; ``None`` for type parameters and the like."""
        if declared is None:
            return None
        known = _KINDS.get(declared.name)
        if known is not None:
            return known
        if is_bit_vector(declared.name):
            return "bits"
        if declared.name in self.machine.datatypes:
            return "data"
        synonym = self.machine.types.get(declared.name)
        if synonym is not None and synonym.base is not None:
            return self.kind_of_type(synonym.base)
        if synonym is not None and synonym.variable is not None:
            return self.kind_of_type(synonym.variable.type)
        return None

    def _guessed(self, start: str) -> str | None:
        found = formula(start) if start else None
        if found is None:
            return None
        if isinstance(found.tree, ex.Literal):
            return found.tree.kind if found.tree.kind in ("int", "bool", "real", "char") else None
        if isinstance(found.tree, ex.SeqDisplay | ex.Slice):
            return "seq"
        if isinstance(found.tree, ex.Select) and found.tree.field.startswith("Length"):
            return "int"
        if isinstance(found.tree, ex.Cardinality):
            return "int"
        if isinstance(found.tree, ex.Binary) and all(
            n.name in self.kinds_by_type for n in walk(found.tree) if isinstance(n, ex.Name)
        ):
            return "int"
        return None

    @cached_property
    def kinds_by_type(self) -> frozenset[str]:
        """Variables that are declared to be integers."""
        return frozenset(n for n, t in self.loop.scope.items() if t is not None and t.name in ("int", "nat"))

    def of_kind(self, *kinds: str) -> list[str]:
        """Return the variables of some kinds, those that the loop changes first."""
        names = [n for n, k in self.kinds.items() if k in kinds]
        return sorted(names, key=lambda n: n not in self.loop.assigned)

    @cached_property
    def moving(self) -> list[str]:
        """Integer variables that this loop changes."""
        return [n for n in self.of_kind("int") if n in self.loop.assigned]

    @cached_property
    def indices(self) -> list[str]:
        """Integer variables that count or point, of this loop and then of those around it."""
        outer = {n for o in self.loop.outer for n in o.assigned}
        found = [*self.moving, *(n for n in self.fixed if n in outer)]
        return [n for n in found if n in self.pointing] or found

    @cached_property
    def pointing(self) -> frozenset[str]:
        """Names in indices, slices, calls and loop conditions, and those that go on by a constant."""
        found: set[str] = set()
        for node in walk(self.method.node):
            parts: tuple[Expression | None, ...] = ()
            if isinstance(node, ex.Index):
                parts = node.indices
            elif isinstance(node, ex.Slice):
                parts = (node.low, node.high)
            elif isinstance(node, ex.Call):
                parts = node.arguments
            elif isinstance(node, st.While):
                parts = (node.guard,)
            elif isinstance(node, st.For):
                found.add(node.variable.name)
            elif isinstance(node, st.Assign) and len(node.targets) == len(node.values):
                for target, value in zip(node.targets, node.values, strict=True):
                    if isinstance(target, ex.Name) and _steps(value, target.name):
                        found.add(target.name)
            for part in parts:
                if part is not None:
                    found.update(n.name for n in walk(part) if isinstance(n, ex.Name))
        return frozenset(found)

    @cached_property
    def stepping(self) -> frozenset[str]:
        """Variables that the loop adds a constant to, or takes one from."""
        found: set[str] = set()
        for node in walk(self.loop.node):
            if isinstance(node, st.Assign) and len(node.targets) == len(node.values):
                for target, value in zip(map(stripped, node.targets), node.values, strict=True):
                    if isinstance(target, ex.Name) and _steps(value, target.name):
                        found.add(target.name)
        return frozenset(found)

    @cached_property
    def recursed(self) -> frozenset[Call]:
        """The calls with parts of sequences that the program's functions make of themselves."""
        return recursed_on(self.method.program)

    @cached_property
    def adds_indices(self) -> bool:
        """Whether the method or its specification reads at the sum of two indices, as in ``s[i + k]``."""
        for node in walk(self.method.node):
            parts: tuple[Expression | None, ...] = ()
            if isinstance(node, ex.Index):
                parts = node.indices
            elif isinstance(node, ex.Slice):
                parts = (node.low, node.high)
            if any(_adds_names(n) for p in parts if p is not None for n in walk(p)):
                return True
        return False

    @cached_property
    def leaping(self) -> frozenset[str]:
        """Integer variables that a step of the loop changes by more than 1."""
        found = set()
        for before, after in self.states.steps:
            for name in self.moving:
                old, new = before.vars.get(name), after.vars.get(name)
                if isinstance(old, int) and isinstance(new, int) and abs(new - old) > 1:
                    found.add(name)
        return frozenset(found)

    @cached_property
    def compares_parts(self) -> bool:
        """Whether the program speaks of the multiset of a part of a sequence."""
        return bags_of_parts(self.method.program)

    @cached_property
    def reading_points(self) -> list[str]:
        """Index expressions in the loop that mention what it changes, other than a variable alone."""
        found = []
        for node in walk(self.loop.node):
            if isinstance(node, ex.Index):
                texts = [self.method.text(i) for i in node.indices if isinstance(stripped(i), ex.Binary)]
                found += [t for t in texts if self.known(t) and self.changes(t) and len(t) < 30]
        return unique(found)

    @cached_property
    def fixed(self) -> list[str]:
        """Integer variables that this loop does not change."""
        return [n for n in self.of_kind("int") if n not in self.loop.assigned]

    @cached_property
    def arrays(self) -> list[str]:
        """Array variables that stay the same array."""
        return [n for n in self.of_kind("array") if n not in self.loop.assigned] + self._fields("array")

    def _fields(self, kind: str) -> list[str]:
        """Fields of the receiver whose value is of a kind, as the states show."""
        frame = next((f for f in self.states.seen if isinstance(f.this, Ref)), None)
        if frame is None:
            return []
        return [n for n, v in frame.heap[frame.this].items() if kind_of(v) == kind and n not in self.kinds]

    @cached_property
    def sequences(self) -> list[str]:
        """Sequence variables."""
        return self.of_kind("seq")

    @cached_property
    def mirrored(self) -> frozenset[str]:
        """Indices that the method subtracts from something: it may count from the other end with them."""
        found = set()
        for node in walk(self.method.node):
            if isinstance(node, ex.Binary) and node.operator == "-" and isinstance(node.right, ex.Name):
                found.add(node.right.name)
        return frozenset(found)

    @cached_property
    def lengths(self) -> list[str]:
        """Length terms of arrays, matrices and sequences."""
        found = [f"{a}.Length" for a in self.arrays]
        found += [f"{m}.Length{k}" for m in self.of_kind("matrix") for k in (0, 1)]
        return found + [f"|{s}|" for s in self.sequences]

    @cached_property
    def limits(self) -> list[str]:
        """Integer terms that moving variables may be bounded by."""
        found = ["0", *self.lengths, *self.fixed]
        for name in self.moving:
            start = self.loop.starts.get(name)
            if start is not None and len(start) < 30:
                found.append(start)
        if self.loop.guard is not None:
            for node in walk(self.loop.guard.tree):
                if isinstance(node, ex.Comparison):
                    texts = [self.loop.guard.at(o) for o in node.operands]
                    found += [t for t in texts if len(t) < 30 and self._is_integer(t)]
        found += [n for n in self.constants if n not in ("0", "1")][:3]
        return unique(found)

    def _is_integer(self, text: str) -> bool:
        """Whether a term is an integer, as far as the states show."""
        found = formula(text)
        if found is None:
            return False
        for frame in self.states.seen[:5]:
            try:
                value = self.machine.evaluate(found.tree, frame)
            except Trouble:
                continue
            return isinstance(value, int) and not isinstance(value, bool)
        return True

    @cached_property
    def constants(self) -> list[str]:
        """Integer literals of the method."""
        nodes = walk(self.method.node)
        return unique([n.text for n in nodes if isinstance(n, ex.Literal) and n.kind == "int"])

    def known(self, text: str) -> bool:
        """Whether every free name of a formula is visible at the loop (or is no variable at all)."""
        found = formula(text)
        if found is None:
            return False
        hidden = {v.name for v in self.method.node.results} - set(self.loop.scope)
        return not found.free & (hidden | self._hidden)

    @cached_property
    def _hidden(self) -> frozenset[str]:
        assert self.method.node.body is not None
        return frozenset(assigned_in((self.method.node.body,)) - set(self.loop.scope))

    def changes(self, text: str) -> bool:
        """Whether the loop changes something that the formula mentions."""
        found = formula(text)
        if found is None:
            return False
        return bool(found.free & self.loop.assigned) or bool(self.loop.written)


def _adds_names(e: Node) -> bool:
    """Whether this is a sum or difference of what changes: of two expressions that are no literals."""
    return (
        isinstance(e, ex.Binary)
        and e.operator in "+-"
        and not isinstance(e.left, ex.Literal)
        and not isinstance(e.right, ex.Literal)
    )


def _steps(value: Expression, name: str) -> bool:
    """Whether a value is ``name + c`` or ``name - c``."""
    return (
        isinstance(value, ex.Binary)
        and value.operator in "+-"
        and isinstance(value.left, ex.Name)
        and value.left.name == name
        and isinstance(value.right, ex.Literal)
    )


def kind_of(value: Value) -> str | None:
    """Return the kind of a value, as `Setting.kinds` names it."""
    for cls, kind in (
        (bool, "bool"),
        (int, "int"),
        (Fraction, "real"),
        (str, "char"),
        (tuple, "seq"),
        (frozenset, "set"),
        (Map, "map"),
        (Bag, "multiset"),
        (Data, "data"),
    ):
        if isinstance(value, cls):
            return kind
    if isinstance(value, Ref):
        return {0: "object", 1: "array", 2: "matrix"}.get(len(value.dims))
    return None


def bags_of_parts(node: Node) -> bool:
    """Whether something speaks of the multiset of a part of a sequence."""
    bags = (n for n in walk(node) if isinstance(n, ex.Primitive) and n.name == "multiset")
    return any(isinstance(n, ex.Slice) and (n.low or n.high) for bag in bags for n in walk(bag))


def unique(texts: list[str]) -> list[str]:
    """Return `texts` without repetitions, blanks aside."""
    found: dict[tuple[str, ...], str] = {}
    for text in texts:
        if formula(text) is not None:
            found.setdefault(words(text), text)
    return list(found.values())


def tidy(found: Formula) -> str:
    """Return a formula as one line."""
    return " ".join(found.text.split())
