"""Boolean functions as small readable expressions: two-level covers, then factors, parities, choices.

Primes by Quine (1952) and McCluskey (1956) up to `MAX_EXACT` inputs, expansion against the off-set as in
Espresso (Brayton et al. 1984) above; covers by essential primes, then greedily. A cover is factored
by its most frequent literal. Unspecified rows are used as is best.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from proofsmith.verilog.syntax import Binary, Choice, Expr, Number, Unary, walk

MAX_EXACT = 7
MAX_INPUTS = 12
_MAX_TRIED = 5
"""Inputs of a table up to which each input that need not matter is left out in turn."""

Cube = tuple[int, int]
"""A product of literals: (mask of the inputs in it, their values)."""


@dataclass(frozen=True)
class Table:
    """A Boolean function of `inputs` inputs, given by the sets of rows where it is 1 and where it is free.

    The first input is the highest bit of a row's number.
    """

    inputs: int
    ones: frozenset[int]
    free: frozenset[int] = frozenset()

    @property
    def zeros(self) -> frozenset[int]:
        """The rows where it is 0."""
        return frozenset(range(1 << self.inputs)) - self.ones - self.free

    def restricted(self, which: int, value: int) -> Table:
        """The function of the other inputs, where input `which` (0 is the first) has a value."""
        place = self.inputs - 1 - which

        def rows(of: frozenset[int]) -> frozenset[int]:
            return frozenset(
                (r >> (place + 1) << place) | (r & ((1 << place) - 1)) for r in of if r >> place & 1 == value
            )

        return Table(self.inputs - 1, rows(self.ones), rows(self.free))

    def complement(self) -> Table:
        """The opposite function."""
        return Table(self.inputs, self.zeros, self.free)


def expression_of(table: Table, names: Sequence[Expr]) -> Expr:
    """Return a small expression of a function over one-bit `names`, one for each input.

    Raises:
        ValueError: it has more than `MAX_INPUTS` inputs.
    """
    if table.inputs > MAX_INPUTS:
        raise ValueError(f"more than {MAX_INPUTS} inputs")
    return _Form(tuple(names)).of(table, tuple(range(table.inputs)))


def literals(e: Expr) -> int:
    """How many literals an expression has: its size."""
    if isinstance(e, Binary):
        return literals(e.left) + literals(e.right)
    if isinstance(e, Choice):
        return 1 + literals(e.condition) + literals(e.then) + literals(e.other)
    if isinstance(e, Unary):
        return literals(e.operand)
    return 0 if isinstance(e, Number) else 1


def _price(e: Expr) -> int:
    """Literals, and one for each exclusive or, which takes more than another gate."""
    return literals(e) + sum(isinstance(n, Binary) and n.operator == "^" for n in walk(e))


@dataclass(frozen=True)
class _Form:
    """Writes functions over some of the names."""

    names: tuple[Expr, ...]

    def of(self, t: Table, inputs: tuple[int, ...]) -> Expr:
        """The smallest form found, of a table whose inputs are those numbered."""
        if not t.ones:
            return Number(0, 1)
        if not t.zeros:
            return Number(1, 1)
        literal = self._literal(t, inputs)
        if literal is not None:
            return literal
        shorter = self._shorter(t, inputs)
        if shorter is not None:
            return shorter
        options: list[Expr] = []
        for i in range(t.inputs):
            opposite = _merged(t.restricted(i, 0), t.restricted(i, 1).complement())
            if opposite is not None:
                options.append(self._parity(opposite, inputs, i))
                break
        if options and not t.free:
            return options[0]
        options.append(_disjunction(cover(t), inputs, self.names))
        options.append(_negated(_disjunction(cover(t.complement()), inputs, self.names)))
        if t.inputs > 2:
            options += [self._choice(t, inputs, i) for i in self._splits(t)]
        return min(options, key=_price)

    def _literal(self, t: Table, inputs: tuple[int, ...]) -> Expr | None:
        """One input (the last that will do) or its complement, if that is what the table asks for."""
        for place in range(t.inputs):
            high = all(r >> place & 1 for r in t.ones) and not any(r >> place & 1 for r in t.zeros)
            low = all(r >> place & 1 for r in t.zeros) and not any(r >> place & 1 for r in t.ones)
            if high or low:
                name = self.names[inputs[t.inputs - 1 - place]]
                return name if high else Unary("~", name)
        return None

    def _shorter(self, t: Table, inputs: tuple[int, ...]) -> Expr | None:
        """The form without an input that need not matter; unspecified rows leave a choice which."""
        found: list[Expr] = []
        for i in range(t.inputs):
            merged = _merged(t.restricted(i, 0), t.restricted(i, 1))
            if merged is not None:
                rest = inputs[:i] + inputs[i + 1 :]
                found.append(self.of(merged, rest))
                if not t.free or t.inputs > _MAX_TRIED:
                    break
        return min(found, key=_price, default=None)

    def _parity(self, rest: Table, inputs: tuple[int, ...], i: int) -> Expr:
        other = self.of(rest, inputs[:i] + inputs[i + 1 :])
        name = self.names[inputs[i]]
        if isinstance(other, Number):
            return Unary("~", name) if other.value else name
        if isinstance(other, Unary) and other.operator == "~":
            return Unary("~", Binary("^", name, other.operand))
        return _before("^", name, other)

    def _splits(self, t: Table) -> list[int]:
        """The inputs worth choosing by: few, those that leave the smallest covers."""
        if t.inputs > MAX_EXACT:
            return [0]
        return sorted(range(t.inputs), key=lambda i: _split_size(t, i))[:1]

    def _choice(self, t: Table, inputs: tuple[int, ...], i: int) -> Expr:
        rest = inputs[:i] + inputs[i + 1 :]
        then, other = self.of(t.restricted(i, 1), rest), self.of(t.restricted(i, 0), rest)
        return Choice(self.names[inputs[i]], then, other)


def _split_size(t: Table, i: int) -> int:
    return sum(len(cover(t.restricted(i, value))) for value in (0, 1))


def _merged(a: Table, b: Table) -> Table | None:
    """One function that fits both where they are specified; ``None`` if they differ."""
    if a.ones & b.zeros or a.zeros & b.ones:
        return None
    return Table(a.inputs, a.ones | b.ones, a.free & b.free)


def _negated(e: Expr) -> Expr:
    """The complement of a sum of products, by De Morgan where that reads well."""
    if isinstance(e, Number):
        return Number(1 - (e.value or 0), 1)
    if isinstance(e, Unary) and e.operator == "~":
        return e.operand
    if isinstance(e, Binary) and e.operator in ("&", "|"):
        return _before("|" if e.operator == "&" else "&", _negated(e.left), _negated(e.right))
    return Unary("~", e)


# -- two-level covers --------------------------------------------------------------------------------


@cache
def cover(t: Table) -> tuple[Cube, ...]:
    """Return few products that are true on every row of 1 and on no row of 0."""
    found = _primes(t) if t.inputs <= MAX_EXACT else _expanded(t)
    return _chosen(found, t.ones)


def _primes(t: Table) -> list[Cube]:
    full = (1 << t.inputs) - 1
    level: set[Cube] = {(full, row) for row in t.ones | t.free}
    primes: list[Cube] = []
    while level:
        larger: set[Cube] = set()
        used: set[Cube] = set()
        for mask, value in level:
            for i in range(t.inputs):
                bit = 1 << i
                if mask & bit and (mask, value ^ bit) in level:
                    used.add((mask, value))
                    larger.add((mask & ~bit, value & ~bit))
        primes += sorted(level - used)
        level = larger
    return primes


def _expanded(t: Table) -> list[Cube]:
    """One prime for each row of 1, made by leaving out inputs while no row of 0 is hit."""
    zeros = t.zeros
    full = (1 << t.inputs) - 1
    found: dict[Cube, None] = {}
    covered: set[int] = set()
    for row in sorted(t.ones):
        if row in covered:
            continue
        mask = full
        for i in reversed(range(t.inputs)):
            trial = mask & ~(1 << i)
            if not any(z & trial == row & trial for z in zeros):
                mask = trial
        cube = (mask, row & mask)
        found[cube] = None
        covered |= {r for r in t.ones if r & mask == cube[1]}
    return list(found)


def _chosen(cubes: Sequence[Cube], ones: frozenset[int]) -> tuple[Cube, ...]:
    rows = {cube: frozenset(r for r in ones if r & cube[0] == cube[1]) for cube in cubes}
    hits = Counter(r for covered in rows.values() for r in covered)
    chosen = [c for c in cubes if any(hits[r] == 1 for r in rows[c])]
    left = ones.difference(*(rows[c] for c in chosen)) if chosen else ones
    while left:
        best = max(cubes, key=lambda c: (len(rows[c] & left), -c[0].bit_count()))
        chosen.append(best)
        left -= rows[best]
    for cube in sorted(chosen, key=lambda c: len(rows[c])):  # take out what became superfluous
        others = [c for c in chosen if c != cube]
        if others and ones <= frozenset().union(*(rows[c] for c in others)):
            chosen = others
    return tuple(chosen)


def _disjunction(cubes: Sequence[Cube], inputs: tuple[int, ...], names: tuple[Expr, ...]) -> Expr:
    count = len(inputs)
    products = []
    for mask, value in cubes:
        bits = [i for i in range(count) if mask >> (count - 1 - i) & 1]
        products.append(frozenset((inputs[i], value >> (count - 1 - i) & 1) for i in bits))
    return _factored(products, names)


Product = frozenset[tuple[int, int]]


def _factored(products: Sequence[Product], names: tuple[Expr, ...]) -> Expr:
    """A sum of products, with the literal that most products have taken out, again and again."""
    if not products:
        return Number(0, 1)
    if any(not p for p in products):
        return Number(1, 1)
    counts = Counter(x for p in products for x in p)
    literal, most = max(counts.items(), key=lambda item: (item[1], -item[0][0], item[0][1]))
    if len(products) == 1 or most == 1:
        terms = [_product(p, names) for p in sorted(products, key=sorted)]
        return _all(terms, "|")
    inside = [p - {literal} for p in products if literal in p]
    outside = [p for p in products if literal not in p]
    quotient = _factored(inside, names)
    name = _literal(literal, names)
    taken = name if isinstance(quotient, Number) else _before("&", name, quotient)
    return _before("|", taken, _factored(outside, names)) if outside else taken


def _product(p: Product, names: tuple[Expr, ...]) -> Expr:
    return _all([_literal(x, names) for x in sorted(p)], "&")


def _literal(x: tuple[int, int], names: tuple[Expr, ...]) -> Expr:
    return names[x[0]] if x[1] else Unary("~", names[x[0]])


def _all(parts: Sequence[Expr], operator: str) -> Expr:
    result = parts[0]
    for part in parts[1:]:
        result = Binary(operator, result, part)
    return result


def _before(operator: str, first: Expr, rest: Expr) -> Expr:
    """``first op rest``, as a chain that needs no parentheses."""
    if isinstance(rest, Binary) and rest.operator == operator:
        return Binary(operator, _before(operator, first, rest.left), rest.right)
    return Binary(operator, first, rest)
