"""Rules of arithmetic that need more than a pattern: constant factors, common parts of sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from proofsmith.agents.policies.verilog.patterns import canonical_text
from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite, rewritten
from proofsmith.verilog.edits import fresh_name, insert_before, replace_expression
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.sites import Site
from proofsmith.verilog.syntax import Binary, Expr, Name, Number, names

_MAX_DIGITS = 5
_MAX_CHAINS = 60
_MAX_TERMS = 12
_NAMES = {"+": "sum", "*": "product", "^": "parity"}


def shift_and_add(design: Design) -> Iterator[Rewrite]:
    """Write ``a * K`` as sums and differences of shifts, by the canonical signed digits of K.

    Reitwiesner, "Binary arithmetic" (1960): no other form with digits -1, 0, 1 has fewer of them.
    """
    for site in design.sites:
        e = site.expr
        if not isinstance(e, Binary) or e.operator != "*" or e.at[0] < 0:
            continue
        for factor, other in ((e.right, e.left), (e.left, e.right)):
            value = design.scope.value(factor)
            if value is None or value < 3 or design.scope.value(other) is not None:
                continue
            digits = signed_digits(value)
            if len(digits) <= _MAX_DIGITS:
                edit = replace_expression(design.source, e, _sum_of(other, digits))
                thought = f"{value} has {len(digits)} signed digits: shift and add instead of multiplying."
                yield from rewritten(design, [edit], "shift-and-add", thought, 2.0)


def signed_digits(value: int) -> list[tuple[int, int]]:
    """Return (exponent, sign) of the canonical signed-digit form of a positive `value`, highest first."""
    digits, exponent = [], 0
    while value:
        if value & 1:
            sign = 2 - (value & 3)
            digits.append((exponent, sign))
            value -= sign
        value >>= 1
        exponent += 1
    return digits[::-1]


def _sum_of(e: Expr, digits: list[tuple[int, int]]) -> Expr:
    result: Expr | None = None
    for exponent, sign in digits:
        term = Binary("<<", e, Number(exponent, None, True)) if exponent else e
        result = term if result is None else Binary("+" if sign > 0 else "-", result, term)
    assert result is not None
    return result


@dataclass(frozen=True)
class _Chain:
    """Operands of one operator, repeated: ``a + b + c``."""

    site: Site
    terms: tuple[Expr, ...]


def common_parts(design: Design) -> Iterator[Rewrite]:
    """Compute once two operands that several sums (products, parities) have in common, in any order."""
    for operator in ("+", "*", "^"):
        chains = _chains(design, operator)[:_MAX_CHAINS]
        seen: set[tuple[str, str]] = set()
        for chain in chains:
            for x, y in combinations(chain.terms[:_MAX_TERMS], 2):
                first, second = sorted((canonical_text(x), canonical_text(y)))
                if (first, second) in seen:
                    continue
                seen.add((first, second))
                users = [c for c in chains if c.site.width == chain.site.width and _without(c, x, y)]
                if len(users) > 1:
                    yield from _computed_once(design, operator, x, y, users)


def _computed_once(design: Design, operator: str, x: Expr, y: Expr, users: list[_Chain]) -> Iterator[Rewrite]:
    name = fresh_name(design.source, f"common_{_NAMES[operator]}")
    width = users[0].site.width or 1
    bits = f"[{width - 1}:0] " if width > 1 else ""
    line = f"wire {bits}{name} = {text_of(Binary(operator, x, y), design.source)};"
    starts = [int(getattr(u.site.item, "group", u.site.item.at)[0]) for u in users]
    edits = [insert_before(design.source, min(starts), [line])]
    for user in users:
        result: Expr = Name(name)
        for term in _without(user, x, y) or ():
            result = Binary(operator, result, term)
        edits.append(replace_expression(design.source, user.site.expr, result))
    thought = f"Compute {text_of(Binary(operator, x, y), design.source)} once for {len(users)} uses."
    yield from rewritten(design, edits, "common-part", thought, 2.0)


def _without(chain: _Chain, x: Expr, y: Expr) -> tuple[Expr, ...] | None:
    """The terms besides `x` and `y`; ``None`` if these are not both there, or are all (nothing is new)."""
    left = list(chain.terms)
    for term in (x, y):
        if term not in left:
            return None
        left.remove(term)
    return tuple(left) or None


def _chains(design: Design, operator: str) -> list[_Chain]:
    """The longest chains of `operator` whose operands mean the same on a wire outside."""
    found: list[_Chain] = []
    inner: set[int] = set()
    for site in design.sites:
        e = site.expr
        if not isinstance(e, Binary) or e.operator != operator or e.at[0] < 0 or id(e) in inner:
            continue
        terms = tuple(_terms(e, operator, inner))
        safe = not (site.frozen & names(e)) and not any(
            design.scope.signed(t) for t in terms if not _literal(t)
        )
        if len(terms) > 1 and safe and site.width is not None:
            found.append(_Chain(site, terms))
    return found


def _literal(e: Expr) -> bool:
    return isinstance(e, Number)


def _terms(e: Expr, operator: str, inner: set[int]) -> Iterator[Expr]:
    if isinstance(e, Binary) and e.operator == operator:
        inner.add(id(e))
        yield from _terms(e.left, operator, inner)
        yield from _terms(e.right, operator, inner)
    else:
        yield e
