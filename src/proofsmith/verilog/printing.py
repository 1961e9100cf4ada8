"""Expressions and statements to Verilog text. A node that stands in the source keeps its text."""

from __future__ import annotations

from proofsmith.verilog.expressions import CHOICE_PRECEDENCE, PRECEDENCE, UNARY_PRECEDENCE
from proofsmith.verilog.syntax import (
    Assign,
    Binary,
    Block,
    Call,
    Case,
    Choice,
    Concat,
    Empty,
    Expr,
    If,
    Index,
    Name,
    Number,
    Opaque,
    Repeat,
    Slice,
    Statement,
    Unary,
)

_PRIMARY = 14


def precedence(e: Expr) -> int:
    """How tightly the outermost operator of `e` binds."""
    if isinstance(e, Binary):
        return PRECEDENCE[e.operator]
    if isinstance(e, Choice):
        return CHOICE_PRECEDENCE
    return UNARY_PRECEDENCE if isinstance(e, Unary) else _PRIMARY


def text_of(e: Expr, source: str = "", least: int = 0) -> str:
    """Return `e` as text, in parentheses if its operator binds less tightly than `least`.

    Args:
        e: the expression.
        source: the text that extents point into; empty to print everything anew.
        least: precedence that the place asks for.
    """
    text = source[e.at[0] : e.at[1]] if source and e.at[0] >= 0 else _fresh(e, source)
    return f"({text})" if precedence(e) < least else text


def _fresh(e: Expr, source: str) -> str:
    match e:
        case Number():
            return e.text or number_text(e)
        case Name():
            return e.name
        case Opaque():
            return e.text
        case Index():
            return f"{text_of(e.base, source)}[{text_of(e.index, source)}]"
        case Slice():
            return f"{text_of(e.base, source)}[{text_of(e.left, source)}{e.kind}{text_of(e.right, source)}]"
        case Unary():
            inner = text_of(e.operand, source, _PRIMARY)  # "- -a" and "& &a" would be read otherwise
            return f"{e.operator}{inner}"
        case Binary():
            strength = PRECEDENCE[e.operator]
            left, right = text_of(e.left, source, strength), text_of(e.right, source, strength + 1)
            return f"{left} {e.operator} {right}"
        case Choice():
            condition = text_of(e.condition, source, CHOICE_PRECEDENCE + 1)
            then = text_of(e.then, source, CHOICE_PRECEDENCE + 1)
            return f"{condition} ? {then} : {text_of(e.other, source, CHOICE_PRECEDENCE)}"
        case Concat():
            return "{" + ", ".join(text_of(p, source) for p in e.parts) + "}"
        case Repeat():
            inner = ", ".join(text_of(p, source) for p in e.parts)
            return f"{{{text_of(e.count, source, _PRIMARY)}{{{inner}}}}}"
        case Call():
            return f"{e.name}({', '.join(text_of(a, source) for a in e.arguments)})"


def number_text(n: Number) -> str:
    """Return a literal that was made: one bit in binary, otherwise decimal."""
    value = n.value or 0
    if n.width is None:
        return str(value)
    sign = "s" if n.signed else ""
    base = "b" if n.width == 1 else "d"
    return f"{n.width}'{sign}{base}{value}"


def statement_text(s: Statement, indent: str = "", source: str = "") -> str:
    """Return `s` as indented lines without a line feed at the end; two spaces a level."""
    deeper = indent + "  "
    match s:
        case Assign():
            operator = "=" if s.blocking else "<="
            return f"{indent}{text_of(s.target, source)} {operator} {text_of(s.value, source)};"
        case Empty():
            return f"{indent};"
        case Opaque():
            return indent + s.text
        case Block():
            label = f" : {s.label}" if s.label else ""
            lines = [statement_text(b, deeper, source) for b in s.body]
            return "\n".join([f"{indent}begin{label}", *lines, f"{indent}end"])
        case If():
            text = f"{indent}if ({text_of(s.condition, source)})" + _branch(s.then, indent, source)
            if s.other is None:
                return text
            if isinstance(s.other, If):
                return f"{text}\n{indent}else {statement_text(s.other, indent, source).lstrip()}"
            return f"{text}\n{indent}else" + _branch(s.other, indent, source)
        case Case():
            lines = [f"{indent}{s.kind} ({text_of(s.subject, source)})"]
            for arm in s.arms:
                labels = ", ".join(text_of(x, source) for x in arm.labels) or "default"
                lines.append(f"{deeper}{labels}:" + _branch(arm.body, deeper, source))
            return "\n".join([*lines, f"{indent}endcase"])


def _branch(s: Statement, indent: str, source: str) -> str:
    if isinstance(s, Block):
        return " " + statement_text(s, indent, source).lstrip()
    if isinstance(s, Assign | Empty):
        return " " + statement_text(s, "", source)
    return "\n" + statement_text(s, indent + "  ", source)
