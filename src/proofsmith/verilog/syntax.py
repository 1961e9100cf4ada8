"""The syntax tree of a Verilog module: frozen nodes that know where they stand in the source.

`at` is the half-open extent ``(start, end)`` in characters, without surrounding parentheses; nodes that
were made by a rewriting have ``NOWHERE``. Extents do not count in comparisons, so equal nodes are
equal programs. What is outside of the subset keeps its place as `Opaque`, with the names in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import TypeVar

Extent = tuple[int, int]
NOWHERE: Extent = (-1, -1)


def _at() -> Extent:
    return NOWHERE


AnyNode = TypeVar("AnyNode", bound="Node")


@dataclass(frozen=True)
class Node:
    """Base of every node."""

    at: Extent = field(default_factory=_at, compare=False, kw_only=True)


# -- expressions ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Number(Node):
    """A literal. `value` is ``None`` where it has x, z or ? digits; `width` where it has none."""

    value: int | None
    width: int | None = None
    signed: bool = False
    text: str = field(default="", compare=False)
    fill: bool = False
    """Whether it is ``'0`` or ``'1``, which fills its context."""


@dataclass(frozen=True)
class Name(Node):
    """A simple identifier."""

    name: str


@dataclass(frozen=True)
class Index(Node):
    """``base[index]``"""

    base: Expr
    index: Expr


@dataclass(frozen=True)
class Slice(Node):
    """``base[left kind right]``; `kind` is ``":"``, ``"+:"`` or ``"-:"``."""

    base: Expr
    kind: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Unary(Node):
    """A prefix operator, reductions included."""

    operator: str
    operand: Expr


@dataclass(frozen=True)
class Binary(Node):
    """An infix operator; ``^~`` is written ``~^``."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Choice(Node):
    """``condition ? then : other``"""

    condition: Expr
    then: Expr
    other: Expr


@dataclass(frozen=True)
class Concat(Node):
    """``{part, ...}``"""

    parts: tuple[Expr, ...]


@dataclass(frozen=True)
class Repeat(Node):
    """``{count{part, ...}}``"""

    count: Expr
    parts: tuple[Expr, ...]


@dataclass(frozen=True)
class Call(Node):
    """A function call, of the user's or of the system's (``$signed``)."""

    name: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True)
class Opaque(Node):
    """Text outside of the subset, and the identifiers in it."""

    text: str = ""
    names: frozenset[str] = frozenset()


Expr = Number | Name | Index | Slice | Unary | Binary | Choice | Concat | Repeat | Call | Opaque

# -- statements -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Block(Node):
    """``begin ... end``"""

    body: tuple[Statement, ...]
    label: str = ""


@dataclass(frozen=True)
class If(Node):
    """``if (condition) then else other``"""

    condition: Expr
    then: Statement
    other: Statement | None = None


@dataclass(frozen=True)
class Arm(Node):
    """One arm of a case; no labels stand for ``default``."""

    labels: tuple[Expr, ...]
    body: Statement


@dataclass(frozen=True)
class Case(Node):
    """``case``, ``casez`` or ``casex`` by `kind`."""

    kind: str
    subject: Expr
    arms: tuple[Arm, ...]


@dataclass(frozen=True)
class Assign(Node):
    """A procedural assignment, ``=`` where `blocking`, else ``<=``."""

    target: Expr
    value: Expr
    blocking: bool


@dataclass(frozen=True)
class Empty(Node):
    """A lone semicolon."""


Statement = Block | If | Case | Assign | Empty | Opaque

# -- module items -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signal(Node):
    """One declared name.

    Attributes:
        name: as declared.
        kind: ``wire``, ``reg``, ``logic`` or ``integer``.
        direction: ``input``, ``output``, ``inout``, or empty for an internal signal.
        signed: whether declared so.
        left, right: the bounds of its packed range; ``None`` for one bit.
        unpacked: whether it is a memory.
        initial: the value in its declaration.
        group: extent of the whole declaration (of several names, perhaps).
        range_at: extent of the range with its brackets; ``NOWHERE`` without one.
    """

    name: str
    kind: str
    direction: str = ""
    signed: bool = False
    left: Expr | None = None
    right: Expr | None = None
    unpacked: bool = False
    initial: Expr | None = None
    group: Extent = field(default=NOWHERE, compare=False)
    range_at: Extent = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Parameter(Node):
    """A ``parameter`` or, if `local`, a ``localparam``; or a name of an enumeration."""

    name: str
    value: Expr
    local: bool
    left: Expr | None = None
    right: Expr | None = None
    group: Extent = field(default=NOWHERE, compare=False)
    range_at: Extent = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Continuous(Node):
    """One assignment of an ``assign``; `group` is the extent of the whole item."""

    target: Expr
    value: Expr
    group: Extent = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Event(Node):
    """One event of a sensitivity list; `edge` is ``posedge``, ``negedge`` or empty."""

    edge: str
    signal: Expr


@dataclass(frozen=True)
class Always(Node):
    """An always block; no events stand for ``@*`` and ``always_comb``."""

    kind: str
    events: tuple[Event, ...]
    body: Statement

    @property
    def clocked(self) -> bool:
        """Whether it is triggered by an edge."""
        return any(event.edge for event in self.events)


@dataclass(frozen=True)
class Initial(Node):
    """An ``initial`` that does nothing but give values to whole signals."""

    body: Statement


Item = Signal | Parameter | Continuous | Always | Initial | Opaque


@dataclass(frozen=True)
class Module(Node):
    """A module.

    Attributes:
        name: its name.
        items: declarations (ports included), assignments, always blocks and what else there is.
        header_end: offset after the ``;`` of the header.
        body_end: offset of ``endmodule``.
        port_order: names of the ports as listed.
    """

    name: str
    items: tuple[Item, ...]
    header_end: int = field(compare=False)
    body_end: int = field(compare=False)
    port_order: tuple[str, ...] = ()

    def signals(self) -> dict[str, Signal]:
        """The declared signals by name; a port declared twice in the old style counts once, merged."""
        found: dict[str, Signal] = {}
        for item in self.items:
            if isinstance(item, Signal):
                found[item.name] = _merged(found.get(item.name), item)
        return found

    def parameters(self) -> dict[str, Parameter]:
        """Parameters and local parameters by name."""
        return {i.name: i for i in self.items if isinstance(i, Parameter)}


def _merged(first: Signal | None, second: Signal) -> Signal:
    """``output [7:0] q; reg [7:0] q;`` declare one signal."""
    if first is None:
        return second
    port, other = (first, second) if first.direction else (second, first)
    wide = port if port.left is not None else other
    return replace(
        port,
        kind=other.kind,
        signed=port.signed or other.signed,
        left=wide.left,
        right=wide.right,
        initial=other.initial or port.initial,
    )


def children(node: Node) -> Iterator[Node]:
    """The direct sub-nodes, in order of their fields."""
    for f in fields(node):
        value = getattr(node, f.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            for part in value:
                if isinstance(part, Node):
                    yield part


def walk(node: Node) -> Iterator[Node]:
    """`node` and everything below it, parents first, in order."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += reversed(list(children(part)))


def names(node: Node | None) -> frozenset[str]:
    """Every identifier in `node`."""
    if node is None:
        return frozenset()
    found: set[str] = set()
    for part in walk(node):
        if isinstance(part, Name):
            found.add(part.name)
        elif isinstance(part, Opaque):
            found |= part.names
    return frozenset(found)


def target_names(target: Expr) -> frozenset[str]:
    """The signals that an assignment to `target` changes."""
    if isinstance(target, Index | Slice):
        return target_names(target.base)
    if isinstance(target, Concat):
        return frozenset().union(*(target_names(p) for p in target.parts))
    return names(target)


def unplaced(node: AnyNode) -> AnyNode:
    """Return `node` without extents, to be put into another text."""
    changes: dict[str, object] = {"at": NOWHERE}
    for f in fields(node):
        value = getattr(node, f.name)
        if isinstance(value, Node):
            changes[f.name] = unplaced(value)
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            changes[f.name] = tuple(unplaced(part) for part in value)
    return replace(node, **changes)  # type: ignore[arg-type]
