"""Rewriting rules as data: a pattern, side conditions, a result. The rules themselves are in ``rules.toml``.

In a pattern single lower-case letters stand for any expression and single upper-case letters for
constants; a letter that comes twice must match equal expressions. Commutative operators match both ways.
``OP`` stands for each of the rule's operators in turn. A result may compute with constants:
``LOG2(K)``, ``MASK(K)`` (``K - 1``), ``PLUS(K, M)``, ``MINUS(K, M)``, ``TIMES(K, M)``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files

from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite, rewritten
from proofsmith.verilog.constants import Scope
from proofsmith.verilog.edits import replace_expression
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.reading import read_module
from proofsmith.verilog.sites import Site
from proofsmith.verilog.syntax import (
    NOWHERE,
    Binary,
    Call,
    Choice,
    Continuous,
    Expr,
    Name,
    Node,
    Number,
    Opaque,
    Unary,
    unplaced,
)

COMMUTATIVE = frozenset({"+", "*", "&", "|", "^", "~^", "==", "!=", "&&", "||"})
Bindings = dict[str, Expr]


@dataclass(frozen=True)
class PatternRule:
    """One rule of the library.

    Attributes:
        name: what it is called; rules for several operators share one.
        pattern, result: expressions.
        conditions: side conditions as (predicate, letter) pairs.
        effect: objectives that it tends to lower.
        weight: how promising it is.
        thought: what it does, in words.
    """

    name: str
    pattern: Expr
    result: Expr
    conditions: tuple[tuple[str, str], ...]
    effect: tuple[str, ...]
    weight: float
    thought: str

    @property
    def key(self) -> str:
        """What an expression must be at its root to match: the operator, or the kind of node."""
        return key_of(self.pattern)


def key_of(e: Expr) -> str:
    """Return the retrieval key of an expression: its operator or the name of its class."""
    return e.operator if isinstance(e, Binary) else type(e).__name__


@cache
def library() -> dict[str, tuple[PatternRule, ...]]:
    """Return the rules of ``rules.toml`` by retrieval key."""
    text = files("proofsmith.agents.policies.verilog").joinpath("rules.toml").read_text(encoding="utf-8")
    found: dict[str, list[PatternRule]] = {}
    for entry in tomllib.loads(text)["rule"]:
        for operator in entry.get("operators", [""]):
            rule = _rule(entry, operator)
            found.setdefault(rule.key, []).append(rule)
    return {key: tuple(rules) for key, rules in found.items()}


def _rule(entry: dict[str, object], operator: str) -> PatternRule:
    def text(key: str) -> str:
        return str(entry.get(key, ""))

    def words(key: str) -> tuple[str, ...]:
        value = entry.get(key, [])
        return tuple(str(v) for v in value) if isinstance(value, list) else ()

    conditions = tuple((c.split()[0], c.split()[1]) for c in words("when"))
    return PatternRule(
        text("name"),
        _expression(text("pattern").replace("OP", operator)),
        _expression(text("result").replace("OP", operator)),
        conditions,
        words("effect"),
        float(text("weight") or 1.0),
        text("thought"),
    )


def _expression(text: str) -> Expr:
    item = read_module(f"module m; assign y = {text}; endmodule").items[0]
    assert isinstance(item, Continuous)
    return unplaced(item.value)


def apply_patterns(design: Design) -> Iterator[Rewrite]:
    """Yield every application of a rule of the library at one place."""
    for site in design.sites:
        if site.expr.at[0] < 0 or isinstance(site.expr, Name | Number | Opaque):
            continue
        for rule in library().get(key_of(site.expr), ()):
            for result in results(rule, site, design.scope):
                edits = [replace_expression(design.source, site.expr, result)]
                yield from rewritten(design, edits, rule.name, rule.thought, rule.weight)


def results(rule: PatternRule, site: Site, scope: Scope) -> list[Expr]:
    """Return the distinct expressions that `rule` makes of the one at `site`."""
    found: dict[str, Expr] = {}
    for bound in match(rule.pattern, site.expr, {}, scope):
        if all(_holds(predicate, letter, bound, scope) for predicate, letter in rule.conditions):
            result = _built(rule.result, bound, scope)
            if result is not None:
                found.setdefault(canonical_text(result), result)
    if found:
        found.pop(canonical_text(site.expr), None)
    return list(found.values())


def canonical_text(e: Expr) -> str:
    """A text that is the same for expressions that differ in the order of commutative operands alone."""
    if isinstance(e, Binary):
        left, right = canonical_text(e.left), canonical_text(e.right)
        if e.operator in COMMUTATIVE and right < left:
            left, right = right, left
        return f"({left} {e.operator} {right})"
    if isinstance(e, Choice):
        return f"({canonical_text(e.condition)} ? {canonical_text(e.then)} : {canonical_text(e.other)})"
    if isinstance(e, Unary):
        return f"{e.operator}({canonical_text(e.operand)})"
    return text_of(unplaced(e))


def match(pattern: Expr, e: Expr, bound: Bindings, scope: Scope) -> Iterator[Bindings]:
    """Yield every way in which `e` is an instance of `pattern`, given what is `bound` already."""
    if isinstance(pattern, Name) and len(pattern.name) == 1:
        if pattern.name in bound:
            if bound[pattern.name] == e:
                yield bound
        elif pattern.name.islower() or scope.value(e) is not None:
            yield {**bound, pattern.name: e}
        return
    if type(pattern) is not type(e):
        return
    if isinstance(pattern, Number) and isinstance(e, Number):
        if pattern.value == e.value:
            yield bound
        return
    if isinstance(pattern, Binary) and isinstance(e, Binary):
        if pattern.operator != e.operator:
            return
        yield from _match_all((pattern.left, pattern.right), (e.left, e.right), bound, scope)
        if e.operator in COMMUTATIVE:
            yield from _match_all((pattern.left, pattern.right), (e.right, e.left), bound, scope)
        return
    ours, theirs = [], []
    for f in fields(pattern):
        mine, its = getattr(pattern, f.name), getattr(e, f.name)
        if isinstance(mine, Node) and isinstance(its, Node):
            ours.append(mine)
            theirs.append(its)
        elif f.name != "at" and mine != its:
            return
    yield from _match_all(tuple(ours), tuple(theirs), bound, scope)  # type: ignore[arg-type]


def _match_all(
    patterns: tuple[Expr, ...], parts: tuple[Expr, ...], bound: Bindings, scope: Scope
) -> Iterator[Bindings]:
    if not patterns:
        yield bound
        return
    for more in match(patterns[0], parts[0], bound, scope):
        yield from _match_all(patterns[1:], parts[1:], more, scope)


def _holds(predicate: str, letter: str, bound: Bindings, scope: Scope) -> bool:
    e = bound[letter]
    value = scope.value(e)
    tests: dict[str, Callable[[], bool]] = {
        "unsigned": lambda: not scope.signed(e),
        "bit": lambda: scope.width(e) == 1,
        "variable": lambda: value is None,
        "power": lambda: value is not None and value > 1 and value & (value - 1) == 0,
        "positive": lambda: value is not None and value > 0,
    }
    return tests[predicate]()


_COMPUTED: dict[str, Callable[..., int]] = {
    "LOG2": lambda k: k.bit_length() - 1,
    "MASK": lambda k: k - 1,
    "PLUS": lambda k, m: k + m,
    "MINUS": lambda k, m: k - m,
    "TIMES": lambda k, m: k * m,
}


def _built(result: Expr, bound: Bindings, scope: Scope) -> Expr | None:
    """The result with letters replaced; ``None`` where a computed constant is negative."""
    if isinstance(result, Name) and result.name in bound:
        return bound[result.name]
    if isinstance(result, Call) and result.name in _COMPUTED:
        values = [scope.value(bound[a.name]) for a in result.arguments if isinstance(a, Name)]
        value = _COMPUTED[result.name](*values)
        if value < 0:
            return None
        width = max((scope.width(bound[a.name]) or 32) for a in result.arguments if isinstance(a, Name))
        unsized = width >= 32 or value >> width
        return Number(value, None if unsized else width, bool(unsized))
    changes: dict[str, object] = {"at": NOWHERE}
    for f in fields(result):
        part = getattr(result, f.name)
        if isinstance(part, Node):
            made = _built(part, bound, scope)  # type: ignore[arg-type]
            if made is None:
                return None
            changes[f.name] = made
    return replace(result, **changes)  # type: ignore[arg-type]
