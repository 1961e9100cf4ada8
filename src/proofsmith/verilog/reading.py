"""Reads the modules of a Verilog file: the synthesisable subset exactly, all else kept as text.

The readers are our own: the tree-sitter grammar for Verilog reads ``a ? b : c ? d : e`` as
``(a ? b : c) ? d : e`` and gives up at ``m[1][2]``, and rewriting needs the right tree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from proofsmith.errors import BadInput
from proofsmith.verilog.cursor import Cursor
from proofsmith.verilog.expressions import read_expression, read_target
from proofsmith.verilog.statements import read_statement
from proofsmith.verilog.syntax import (
    NOWHERE,
    Always,
    Assign,
    Binary,
    Block,
    Continuous,
    Event,
    Expr,
    Extent,
    Initial,
    Item,
    Module,
    Name,
    Number,
    Opaque,
    Parameter,
    Signal,
    Statement,
    unplaced,
)

_ENDS = {"function": "endfunction", "task": "endtask", "generate": "endgenerate", "specify": "endspecify"}
_KINDS = {"wire", "tri", "reg", "logic", "integer", "bit", "int", "genvar", "var"}
_DIRECTIONS = {"input", "output", "inout"}


@dataclass(frozen=True)
class _Shape:
    """What precedes the names of a declaration."""

    kind: str = "wire"
    direction: str = ""
    signed: bool = False
    left: Expr | None = None
    right: Expr | None = None
    range_at: Extent = NOWHERE


def read_modules(source: str, path: str | None = None) -> tuple[Module, ...]:
    """Return the modules of `source` in order.

    Raises:
        BadInput: the text is not Verilog that can be read; with its line.
    """
    c = Cursor(source, path)
    found: list[Module] = []
    try:
        while c.here.kind != "end":
            if c.at("module", "macromodule"):
                found.append(_module(c))
            elif c.at("package", "interface", "primitive", "class", "program"):
                c.skip_past("end" + c.here.text)
            else:
                c.next()
    except RecursionError:
        raise c.error("nested too deeply") from None
    return tuple(found)


def read_module(source: str, name: str | None = None, path: str | None = None) -> Module:
    """Return the module called `name`, or the only one.

    Raises:
        BadInput: as `read_modules`, or there is no such module, or no single one.
    """
    modules = read_modules(source, path)
    if name is not None:
        modules = tuple(m for m in modules if m.name == name)
    if len(modules) != 1:
        cause = f"there is no module {name}" if name else f"{len(modules)} modules where one is expected"
        raise BadInput(cause, path=path)
    return modules[0]


def _module(c: Cursor) -> Module:
    start = c.start
    c.types.clear()
    c.next()
    c.take("automatic", "static")
    name = c.need_name().text
    items: list[Item] = []
    ports: list[str] = []
    while c.at("import"):
        c.skip_past(";")
    if c.take("#"):
        items += _header_parameters(c)
    if c.at("("):
        found, ports = _header_ports(c)
        items += found
    c.need(";")
    header_end = c.end
    while not c.at("endmodule"):
        items += _items(c)
    body_end = c.start
    c.next()
    if c.take(":"):
        c.need_name()
    return Module(name, tuple(items), header_end, body_end, tuple(ports), at=(start, c.end))


def _header_parameters(c: Cursor) -> list[Item]:
    c.need("(")
    found: list[Item] = []
    while not c.take(")"):
        start = c.start
        local = c.at("localparam")
        c.take("parameter", "localparam")
        shape = _shape(c, _Shape())
        found.append(_parameter(c, shape, local, start))
        c.take(",")
    return found


def _header_ports(c: Cursor) -> tuple[list[Item], list[str]]:
    c.need("(")
    items: list[Item] = []
    names: list[str] = []
    shape = _Shape()
    while not c.take(")"):
        start = c.start
        if c.at(*_DIRECTIONS):
            shape = _shape(c, _Shape(direction=c.next().text))
        elif c.at(*_KINDS, "["):
            shape = _shape(c, _Shape(direction=shape.direction))
        token = c.need_name()
        if c.here.kind == "name":
            raise c.error(f"the port type {token.text} is outside of what is supported")
        names.append(token.text)
        unpacked = _dimensions(c)
        initial = read_expression(c) if c.take("=") else None
        if shape.direction:
            items.append(_signal(token.text, shape, unpacked, initial, (start, c.end), (token.start, c.end)))
        c.take(",")
    return items, names


def _shape(c: Cursor, shape: _Shape) -> _Shape:
    """Read the type of a declaration: kind, sign and range."""
    kind, signed, left, right, range_at = shape.kind, False, None, None, NOWHERE
    while True:
        if c.at(*_KINDS):
            word = c.next().text
            kind = {"tri": "wire", "bit": "logic", "int": "integer", "var": "logic"}.get(word, word)
            signed = signed or kind == "integer"
        elif c.at("signed", "unsigned"):
            signed = c.next().text == "signed"
        elif c.at("["):
            if left is not None:
                raise c.error("packed dimensions beyond the first are outside of what is supported")
            start = c.start
            c.next()
            left = read_expression(c)
            c.need(":")
            right = read_expression(c)
            c.need("]")
            range_at = (start, c.end)
        else:
            return _Shape(kind, shape.direction, signed, left, right, range_at)


def _dimensions(c: Cursor) -> bool:
    found = False
    while c.at("["):
        c.skip_group()
        found = True
    return found


def _signal(
    name: str, shape: _Shape, unpacked: bool, initial: Expr | None, group: Extent, at: Extent
) -> Signal:
    return Signal(
        name,
        shape.kind,
        shape.direction,
        shape.signed,
        shape.left,
        shape.right,
        unpacked,
        initial,
        group,
        shape.range_at,
        at=at,
    )


def _parameter(c: Cursor, shape: _Shape, local: bool, start: int) -> Parameter:
    token = c.need_name()
    _dimensions(c)
    c.need("=")
    value = read_expression(c)
    at = (token.start, c.end)
    return Parameter(token.text, value, local, shape.left, shape.right, (start, c.end), shape.range_at, at=at)


def _items(c: Cursor) -> list[Item]:
    start, place = c.start, c.place
    if c.take(";"):
        return []
    if c.at("parameter", "localparam"):
        return _parameters(c)
    if c.at(*_DIRECTIONS, *_KINDS) or c.here.text in c.types:
        return _declaration(c)
    if c.at("enum"):
        return _enumeration(c)
    if c.at("assign"):
        return _continuous(c)
    if c.at("always", "always_ff", "always_comb", "always_latch"):
        return [_always(c)]
    if c.at("initial", "final"):
        initial = c.next().text == "initial"
        body = read_statement(c)
        if initial and _gives_values(body):
            return [Initial(body, at=(start, c.end))]
    elif c.at("typedef") and c.ahead().text == "enum":
        return _enumeration(c)
    elif c.at("typedef"):
        c.skip_past(";")
    elif c.here.text in _ENDS:
        c.skip_past(_ENDS[c.here.text])
        if c.take(":"):
            c.need_name()
    elif c.at("for", "if", "case"):
        _generate(c)
    elif c.here.kind == "name":
        c.skip_past(";")
    else:
        raise c.error(f"unexpected {c.here.text or 'end of the text'!r} in a module")
    return [Opaque(c.source[start : c.end], c.names_since(place), at=(start, c.end))]


def _gives_values(s: Statement) -> bool:
    if isinstance(s, Block):
        return all(_gives_values(part) for part in s.body)
    return isinstance(s, Assign) and isinstance(s.target, Name)


def _generate(c: Cursor) -> None:
    """Pass over a generate construct without its keyword."""
    if c.at("begin"):
        c.next()
        if c.take(":"):
            c.need_name()
        while not c.take("end"):
            _generate(c)
        if c.take(":"):
            c.need_name()
    elif c.take("for", "if"):
        c.skip_group()
        _generate(c)
        if c.take("else"):
            _generate(c)
    elif c.at("case"):
        c.skip_past("endcase")
    else:
        _items(c)


def _parameters(c: Cursor) -> list[Item]:
    start = c.start
    local = c.next().text == "localparam"
    shape = _shape(c, _Shape())
    found: list[Parameter] = []
    while not found or c.take(","):
        found.append(_parameter(c, shape, local, start))
    c.need(";")
    return [_grouped(p, (start, c.end)) for p in found]


def _declaration(c: Cursor) -> list[Item]:
    start = c.start
    direction = c.next().text if c.at(*_DIRECTIONS) else ""
    if c.here.text in c.types:
        left, right, range_at = c.types[c.next().text]
        shape = _Shape("logic", direction, False, left, right, range_at)
    else:
        shape = _shape(c, _Shape(direction=direction))
    return _declared(c, shape, start)


def _declared(c: Cursor, shape: _Shape, start: int) -> list[Item]:
    found: list[Signal] = []
    while not found or c.take(","):
        token = c.need_name()
        unpacked = _dimensions(c)
        initial = read_expression(c) if c.take("=") else None
        found.append(_signal(token.text, shape, unpacked, initial, NOWHERE, (token.start, c.end)))
    c.need(";")
    return [_grouped(s, (start, c.end)) for s in found]


def _enumeration(c: Cursor) -> list[Item]:
    """``typedef enum logic [1:0] {A, B = 2'd3} state_t;``, or an enumeration with its variables.

    Its names become local parameters; a value that is not written is the one before plus one, without
    a place. The type is known to later declarations as its range.
    """
    start = c.start
    defines = bool(c.take("typedef"))
    c.need("enum")
    shape = _shape(c, _Shape(kind="int" if c.at("{") else "logic"))
    c.need("{")
    found: list[Item] = []
    before: Expr | None = None
    while not c.take("}"):
        token = c.need_name()
        if c.at("["):
            raise c.error("ranges of names in an enumeration are outside of what is supported")
        if c.take("="):
            value: Expr = read_expression(c)
        else:
            value = Number(0) if before is None else Binary("+", unplaced(before), Number(1))
        at = (token.start, c.end)
        found.append(
            Parameter(token.text, value, True, shape.left, shape.right, NOWHERE, shape.range_at, at=at)
        )
        before = Name(token.text)
        c.take(",")
    if not defines:
        variables = _declared(c, shape, start)
        return [*(_grouped(p, (start, c.end)) for p in found), *variables]
    name = c.need_name().text
    c.need(";")
    if shape.left is not None and shape.right is not None:
        c.types[name] = (shape.left, shape.right, shape.range_at)
    elif shape.kind == "logic":
        c.types[name] = (None, None, NOWHERE)
    return [_grouped(p, (start, c.end)) for p in found]


def _continuous(c: Cursor) -> list[Item]:
    start = c.start
    c.next()
    if c.at("#", "("):
        raise c.error("delays and drive strengths are outside of what is supported")
    found: list[Continuous] = []
    while not found or c.take(","):
        begins = c.start
        target = read_target(c)
        c.need("=")
        found.append(Continuous(target, read_expression(c), at=(begins, c.end)))
    c.need(";")
    return [_grouped(a, (start, c.end)) for a in found]


def _grouped(item: Item, group: Extent) -> Item:
    assert isinstance(item, Signal | Parameter | Continuous)
    return replace(item, group=group)


def _always(c: Cursor) -> Always:
    start = c.start
    kind = c.next().text
    events: tuple[Event, ...] = ()
    if c.take("@"):
        events = () if c.take("*") else _events(c)
    elif kind == "always":
        raise c.error("an always block without an event control is outside of what is supported")
    body = read_statement(c)
    return Always(kind, events, body, at=(start, c.end))


def _events(c: Cursor) -> tuple[Event, ...]:
    if c.here.kind == "name":
        token = c.next()
        return (Event("", Name(token.text, at=(token.start, token.end))),)
    c.need("(")
    if c.take("*"):
        c.need(")")
        return ()
    found: list[Event] = []
    while not c.take(")"):
        start = c.start
        edge = c.next().text if c.at("posedge", "negedge") else ""
        found.append(Event(edge, read_expression(c), at=(start, c.end)))
        c.take(",", "or")
    return tuple(found)
