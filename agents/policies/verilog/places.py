"""Places in a design where the logic of signals can be written anew as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from proofsmith.agents.policies.verilog.rewrite import Design
from proofsmith.verilog.edits import Edit, indent_at, replace_expression
from proofsmith.verilog.functions import Function, final_values
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.syntax import Always, Assign, Block, Expr, If, Name, Opaque, Statement, walk


@dataclass(frozen=True)
class Place:
    """Signals that one statement gives values to.

    Attributes:
        values: what each signal gets, or for a register is next, apart from its reset.
        registered: whether they are registers.
        plain: whether the text is one assignment already.
        edit: puts other values there.
    """

    values: Mapping[str, Expr]
    registered: bool
    plain: bool
    edit: Callable[[Mapping[str, Expr]], Edit]


def places(design: Design) -> Iterator[Place]:
    """Yield the places of a module: assignments, combinational blocks, clocked blocks without their reset."""
    blocks: dict[int, Always] = {}
    for f in design.states.functions.values():
        if f.always is None:
            yield Place({f.name: f.value}, False, True, _in_place(design, f))
        else:
            blocks[id(f.always)] = f.always
    for block in blocks.values():
        yield from _of_block(design, block)


def _in_place(design: Design, f: Function) -> Callable[[Mapping[str, Expr]], Edit]:
    return lambda new: replace_expression(design.source, f.value, new[f.name])


def _of_block(design: Design, block: Always) -> Iterator[Place]:
    targets = {n.target for n in walk(block.body) if isinstance(n, Assign)}
    modelled = all(isinstance(t, Name) and t.name in design.states.functions for t in targets)
    if not modelled or any(isinstance(n, Opaque) for n in walk(block.body)):
        return
    named = frozenset(t.name for t in targets if isinstance(t, Name))
    core: Statement | None = _without_reset(design, block.body) if block.clocked else block.body
    while core is not None:
        place = _of_statement(design, block, core, named)
        if place is None:
            return
        yield place
        core = _enabled(core) if block.clocked else None


def _of_statement(design: Design, block: Always, core: Statement, named: frozenset[str]) -> Place | None:
    values = final_values(core, block.clocked)
    if values.keys() != named:
        return None
    operator = "<=" if block.clocked else "="

    def edit(new: Mapping[str, Expr]) -> Edit:
        lines = [f"{name} {operator} {text_of(value)};" for name, value in new.items()]
        if len(lines) == 1:
            return Edit(*core.at, lines[0])
        indent = indent_at(design.source, core.at[0])
        body = "".join(f"\n{indent}  {line}" for line in lines)
        return Edit(*core.at, f"begin{body}\n{indent}end")

    plain = sum(isinstance(n, Assign) for n in walk(core)) == len(named) == 1
    return Place(values, block.clocked, plain, edit)


def _enabled(s: Statement) -> Statement | None:
    """What a statement does when its condition, without which nothing happens, is true."""
    inner = _single(s)
    return inner.then if isinstance(inner, If) and inner.other is None else None


def _single(s: Statement) -> Statement:
    while isinstance(s, Block) and len(s.body) == 1:
        s = s.body[0]
    return s


def _without_reset(design: Design, body: Statement) -> Statement:
    """What a clocked block does when its first condition, which gives constants alone, is false."""
    inner = _single(body)
    if isinstance(inner, If) and inner.other is not None:
        constant = all(
            design.scope.value(n.value) is not None for n in walk(inner.then) if isinstance(n, Assign)
        )
        nested = any(isinstance(n, If) for n in walk(inner.then))
        if constant and not nested:
            return inner.other
    return body
