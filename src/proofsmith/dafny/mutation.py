"""Small wrong changes to a program, for showing that verifiers and guards notice them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from proofsmith.dafny.declarations import Method, Program
from proofsmith.dafny.expressions import Binary, Comparison, Literal, Logical
from proofsmith.dafny.hints import cut
from proofsmith.dafny.nodes import Clause, Expression, Node, children, walk
from proofsmith.dafny.statements import Assert, Assign, Assume, Calc, For, Forall, While, WhileCases

OPERATOR, CONSTANT, STEP, INVARIANT = "operator", "constant", "step", "invariant"

_SWAPS = {
    "+": "-", "-": "+", "*": "+", "/": "*", "<": "<=", "<=": "<", ">": ">=", ">=": ">",
    "==": "!=", "!=": "==", "&&": "||", "||": "&&",
}  # fmt: skip
_WEAKER = {"<": "<=", ">": ">=", "==": "<="}
_GHOST = (Clause, Assert, Assume, Calc, Forall)


@dataclass(frozen=True)
class Mutant:
    """One changed program.

    Attributes:
        kind: operator, constant or step (in what runs), or invariant (weakened or dropped).
        text: the whole program.
        line: where it was changed, counted from one, in the program as it was.
        change: what was changed, in words.
    """

    kind: str
    text: str
    line: int
    change: str


def mutants(program: Program) -> Iterator[Mutant]:
    """Yield the programs that differ from `program` in one place, in the order of its text.

    Changed are operators and numbers of what runs in methods, assignments in loops (dropped), and
    loop invariants (an operator weakened, or the whole dropped). Some mutants may still be correct.
    """
    for method in program.callables():
        if not isinstance(method, Method) or method.body is None or method.is_ghost:
            continue
        for node, in_loop in _running(method.body, False):
            if isinstance(node, While | WhileCases | For):
                for clause in node.clauses:
                    if clause.kind == "invariant":
                        yield from _weakened(program, clause)
            elif isinstance(node, Assign) and in_loop:
                start, stop = program.span(node)
                change = f"without {program.text(node)!r}"
                yield Mutant(STEP, cut(program.source, [(start, stop)]), _line(program, node.first), change)
            elif isinstance(node, Expression):
                yield from _changed(program, node)


def _running(node: Node, in_loop: bool) -> Iterator[tuple[Node, bool]]:
    """Yield what runs below a node, and whether it is in a loop."""
    yield node, in_loop
    looping = in_loop or isinstance(node, While | WhileCases | For)
    for child in children(node):
        if not isinstance(child, _GHOST):
            yield from _running(child, looping)


def _operators(node: Expression) -> list[tuple[str, Expression]]:
    """Return the operators of an expression, each with the operand behind it."""
    if isinstance(node, Binary):
        return [(node.operator, node.right)]
    if isinstance(node, Comparison):
        return list(zip(node.operators, node.operands[1:], strict=True))
    if isinstance(node, Logical) and len(node.operands) == 2:
        return [(node.operator, node.operands[1])]
    return []


def _changed(program: Program, node: Expression) -> Iterator[Mutant]:
    for operator, operand in _operators(node):
        if operator in _SWAPS:
            yield _replaced(program, operand.first - 1, _SWAPS[operator], OPERATOR)
    if isinstance(node, Literal) and node.kind == "int" and node.text.isdigit():
        yield _replaced(program, node.first, str(int(node.text) + 1), CONSTANT)


def _weakened(program: Program, clause: Clause) -> Iterator[Mutant]:
    text = cut(program.source, [program.span(clause)])
    yield Mutant(INVARIANT, text, _line(program, clause.first), f"without {program.text(clause)!r}")
    for node in walk(clause):
        if isinstance(node, Expression):
            for operator, operand in _operators(node):
                if operator in _WEAKER:
                    yield _replaced(program, operand.first - 1, _WEAKER[operator], INVARIANT)


def _replaced(program: Program, index: int, text: str, kind: str) -> Mutant:
    token = program.tokens[index]
    source = program.source[: token.start] + text + program.source[token.stop :]
    return Mutant(kind, source, token.line, f"{token.text!r} became {text!r}")


def _line(program: Program, index: int) -> int:
    return program.tokens[index].line
