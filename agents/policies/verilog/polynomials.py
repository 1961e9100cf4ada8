"""Polynomials: sums of products with like terms collected, as a sum and in Horner's form.

All arithmetic is modulo a power of two, so coefficients are, too. What comes out has fewer
multiplications of signals than what was there, or as many and fewer of constants or fewer additions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite, rewritten
from proofsmith.verilog.edits import replace_expression
from proofsmith.verilog.sites import Site
from proofsmith.verilog.syntax import Binary, Expr, Name, Number, names, walk

Polynomial = Mapping[tuple[str, ...], int]
"""Coefficients of products of names; a name is as often in one as its power says."""
_MAX_TERMS = 12
_MAX_DEGREE = 4
_PRODUCT, _CONSTANT_PRODUCT, _SUM = 10.0, 2.5, 1.0


def horner(design: Design) -> Iterator[Rewrite]:
    """Collect the terms of every sum of products."""
    inner: set[int] = set()
    for site in design.sites:
        e = site.expr
        if id(e) in inner or not isinstance(e, Binary) or e.operator not in ("+", "-", "*") or e.at[0] < 0:
            continue
        inner |= {id(n) for n in walk(e)}
        for found in _collected(design, site, e):
            edits = [replace_expression(design.source, e, found)]
            thought = "Collect the terms of the polynomial."
            yield from rewritten(design, edits, "horner", thought, 2.5)


def _collected(design: Design, site: Site, e: Binary) -> Iterator[Expr]:
    """The sum of the collected terms, and Horner's form of it, if they promise to be smaller."""
    if site.width is None or any(design.scope.signed(Name(n)) for n in names(e)):
        return
    modulus = 1 << site.width
    terms = _expanded(design, e, modulus)
    if terms is None or len(terms) > _MAX_TERMS or max((len(m) for m in terms), default=0) < 2:
        return
    plain = _sum([(_product(m), c) for m, c in sorted(terms.items(), key=lambda t: -len(t[0]))], modulus)
    seen: set[Expr] = {e}
    for result in (plain, _factored(terms, modulus)):
        if result is not None and result not in seen and _price(design, result) < _price(design, e):
            seen.add(result)
            yield result


def _expanded(design: Design, e: Expr, modulus: int) -> Polynomial | None:
    """The polynomial that an expression is; ``None`` if it is none, or too large."""
    value = design.scope.value(e)
    if value is not None:
        return {(): value % modulus} if value % modulus else {}
    if isinstance(e, Name):
        return {(e.name,): 1}
    if not isinstance(e, Binary) or e.operator not in ("+", "-", "*", "<<"):
        return None
    left = _expanded(design, e.left, modulus)
    if e.operator == "<<":
        by = design.scope.value(e.right)
        right: Polynomial | None = None if by is None or by > modulus.bit_length() else {(): 1 << by}
    else:
        right = _expanded(design, e.right, modulus)
    if left is None or right is None or len(left) * len(right) > _MAX_TERMS**2:
        return None
    found: Counter[tuple[str, ...]] = Counter()
    if e.operator in ("+", "-"):
        found.update(left)
        for monomial, factor in right.items():
            found[monomial] += factor if e.operator == "+" else -factor
    else:
        for a, x in left.items():
            for b, y in right.items():
                found[tuple(sorted(a + b))] += x * y
    kept = {m: c % modulus for m, c in found.items() if c % modulus}
    return kept if all(len(m) <= _MAX_DEGREE for m in kept) else None


def _factored(terms: Polynomial, modulus: int) -> Expr | None:
    """``x * (rest / x) + what has no x``, for the name that most terms have."""
    counts = Counter(name for m in terms for name in set(m))
    if not counts or (max(counts.values()) < 2 and all(len(m) < 2 for m in terms)):
        return _sum([(_product(m), c) for m, c in terms.items()], modulus)
    name = max(sorted(counts), key=lambda n: counts[n])
    inside: dict[tuple[str, ...], int] = {}
    outside: dict[tuple[str, ...], int] = {}
    for m, c in terms.items():
        if name in m:
            at = m.index(name)
            inside[m[:at] + m[at + 1 :]] = c
        else:
            outside[m] = c
    if inside.keys() == {()}:
        first: tuple[Expr | None, int] = (Name(name), inside[()])
    else:
        factor = _factored(inside, modulus)
        first = (None if factor is None else Binary("*", Name(name), factor), 1)
    rest = _factored(outside, modulus) if outside else None
    parts = [first, *([(rest, 1)] if rest is not None else [])]
    return _sum(parts, modulus)


def _product(monomial: tuple[str, ...]) -> Expr | None:
    result: Expr | None = None
    for name in monomial:
        result = Name(name) if result is None else Binary("*", result, Name(name))
    return result


def _sum(parts: list[tuple[Expr | None, int]], modulus: int) -> Expr | None:
    """Products with their factors; a factor beyond the half of `modulus` is negative."""
    result: Expr | None = None
    signed = [(e, c if c <= modulus // 2 else c - modulus) for e, c in parts]
    for e, c in sorted(signed, key=lambda p: p[1] < 0):
        size = Number(abs(c), None, True)
        term = size if e is None else e if abs(c) == 1 else Binary("*", e, size)
        if result is None:
            if c < 0:
                return None
            result = term
        else:
            result = Binary("+" if c > 0 else "-", result, term)
    return result


def _price(design: Design, e: Expr) -> float:
    total = 0.0
    for node in walk(e):
        if isinstance(node, Binary) and node.operator == "*":
            sides = [design.scope.value(s) for s in (node.left, node.right)]
            known = next((s for s in sides if s is not None), None)
            power = known is not None and known & (known - 1) == 0
            total += 0.0 if power else _PRODUCT if known is None else _CONSTANT_PRODUCT
        elif isinstance(node, Binary) and node.operator in ("+", "-"):
            total += _SUM
    return total
