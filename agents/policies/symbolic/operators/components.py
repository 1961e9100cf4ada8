"""Textbook functions that programs may call; their source goes along as a helper.

Each is used as it stands here: enumeration calls the function, a candidate carries its source.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from proofsmith.agents.policies.symbolic.operators import guards as g
from proofsmith.agents.policies.symbolic.operators.signature import Entry
from proofsmith.agents.policies.symbolic.types import freeze

LARGEST = 1_000_000
"""Numbers beyond this are not tried with the components that take time proportional to them."""


def is_prime(n: int) -> bool:
    """Say whether n is a prime number."""
    return n > 1 and all(n % d != 0 for d in range(2, int(n**0.5) + 1))


def prime_factors(n: int) -> list[int]:
    """Return the prime factors of n in ascending order, repeated as often as they divide n."""
    factors = []
    divisor = 2
    while n > 1:
        if divisor * divisor > n:
            divisor = n
        while n % divisor == 0:
            factors.append(divisor)
            n //= divisor
        divisor += 1
    return factors


def fibonacci(n: int) -> int:
    """Return the n-th Fibonacci number, starting from 0 and 1."""
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def is_square(n: int) -> bool:
    """Say whether n is the square of an integer."""
    return n >= 0 and round(n**0.5) ** 2 == n


def is_balanced(text: str, opening: str = "([{<", closing: str = ")]}>") -> bool:
    """Say whether every bracket in the text is closed by its partner, in the right order."""
    pending = []
    for c in text:
        if c in opening:
            pending.append(closing[opening.index(c)])
        elif c in closing and (not pending or pending.pop() != c):
            return False
    return not pending


def nesting_depth(text: str, opening: str = "([{<", closing: str = ")]}>") -> int:
    """Return how deeply brackets are nested in the text."""
    depth = deepest = 0
    for c in text:
        if c in opening:
            depth += 1
            deepest = max(deepest, depth)
        elif c in closing:
            depth -= 1
    return deepest


def to_base(n: int, base: int) -> str:
    """Write n in a base from 2 to 36."""
    digits = ""
    rest = abs(n)
    while rest:
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest % base] + digits
        rest //= base
    return ("-" if n < 0 else "") + (digits or "0")


def rotate(text: str, shift: int) -> str:
    """Move every letter of the text along the alphabet, round and round; keep everything else."""
    moved = ""
    for c in text:
        if c.isascii() and c.isalpha():
            start = ord("a") if c.islower() else ord("A")
            moved += chr((ord(c) - start + shift) % 26 + start)
        else:
            moved += c
    return moved


def _bounded(fn: Callable[..., Any]) -> Callable[..., Any]:
    def run(*args: Any) -> Any:
        if isinstance(args[0], int) and not -LARGEST <= args[0] <= LARGEST:
            raise g.TooLarge
        return freeze(fn(*args))

    return run


def _based(n: int, base: int) -> str:
    if not 2 <= base <= 36 or n.bit_length() > g.MAX_BITS:
        raise g.TooLarge
    return to_base(n, base)


def _fib(n: int) -> int:
    if not 0 <= n <= 300:
        raise g.TooLarge
    return fibonacci(n)


def _digits(n: int) -> tuple[int, ...]:
    return tuple(map(int, str(n)))


def _divisors(n: int) -> tuple[int, ...]:
    if n > 5_000:
        raise g.TooLarge
    return tuple(d for d in range(1, n + 1) if n % d == 0)


HELPERS: dict[str, str] = {}
"""Source of the helper that the operator of this name calls."""


def _component(
    name: str, signature: str, fn: Callable[..., Any], cost: int, flags: str = "", run: Any = None
) -> Entry:
    HELPERS[name] = fn.__name__
    count = signature.split("->")[0].count(",") + 1
    slots = ", ".join(f"{{{i}}}" for i in range(count))
    return Entry(name, signature, run or _bounded(fn), f"{fn.__name__}({slots})", cost, flags)


def helper_source(name: str) -> str:
    """Return the source of the helper that the operator `name` calls; empty if it calls none."""
    function = HELPERS.get(name)
    return inspect.getsource(globals()[function]) if function else ""


E = Entry
COMPONENTS = (
    _component("isprime", "int->bool", is_prime, 8),
    _component("primefactors", "int->list[int]", prime_factors, 9, "h"),
    _component("fibonacci", "int->int", fibonacci, 9, "h", _fib),
    _component("issquare", "int->bool", is_square, 10, "h"),
    _component("isbalanced", "str->bool", is_balanced, 9, "h"),
    _component("nesting", "str->int", nesting_depth, 9, "h"),
    _component("tobase", "int,int->str", to_base, 9, "h", _based),
    _component("rotate", "str,int->str", rotate, 9, "h"),
    E("digits", "int->list[int]", _digits, "[int(d) for d in str({0})]", 7),
    E("digitsum", "int->int", lambda n: sum(map(int, str(n))), "sum(int(d) for d in str({0}))", 9),
    E("divisors", "int->list[int]", _divisors, "[d for d in range(1, {0} + 1) if {0} % d == 0]", 8, "h"),
    E("isvowel", "chr->bool", lambda c: c in "aeiouAEIOU", '{0} in "aeiouAEIOU"', 6, "h"),
    E(
        "isconsonant",
        "chr->bool",
        lambda c: c.isalpha() and c not in "aeiouAEIOU",
        '{0}.isalpha() and {0} not in "aeiouAEIOU"',
        6,
        "h",
    ),
    E("triangular", "int->int", lambda n: n * (n + 1) // 2, "{0} * ({0} + 1) // 2", 11),
    E("square", "int->int", lambda n: g.mul(n, n), "{0} ** 2", 5),
    E("inclusive", "int,int,int->bool", lambda a, x, b: a <= x <= b, "{0} <= {1} <= {2}", 5),
)
