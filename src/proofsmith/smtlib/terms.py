"""First-order terms over the sorts of SMT-LIB that specifications use: Int, Bool, String, BitVec.

A term is a variable, a constant, or an operator applied to terms. Operator names are those of
SMT-LIB 2.6 (dialects are translated where a file is read). Terms are immutable and may share
subterms; functions over them should be memoised or iterative, because files nest deeply.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Sort:
    """A sort: ``Int``, ``Bool``, ``String``, ``Real``, or ``BitVec`` with its `width` in bits."""

    name: str
    width: int = 0

    def __str__(self) -> str:
        return f"(_ BitVec {self.width})" if self.name == "BitVec" else self.name


INT, BOOL, STRING, REAL = Sort("Int"), Sort("Bool"), Sort("String"), Sort("Real")


def bitvec(width: int) -> Sort:
    """Return the sort of bit-vectors of `width` bits."""
    return Sort("BitVec", width)


@dataclass(frozen=True)
class Term:
    """One term.

    Attributes:
        kind: ``"var"`` (a bound or declared variable, or a nonterminal of a grammar), ``"const"``,
            ``"app"`` (an operator or a function applied to `args`), and in grammars also
            ``"any-constant"`` and ``"any-variable"`` (``(Constant S)`` and ``(Variable S)``).
        name: variable, operator or function name; empty for constants. Indexed operators carry
            their indices: ``"(_ extract 7 0)"``.
        sort: the term's sort.
        args: the arguments of an application.
        value: the value of a constant: int (for Int and BitVec, the latter in [0, 2**width)),
            bool, or str (code points, escapes resolved).
    """

    kind: str
    name: str
    sort: Sort
    args: tuple[Term, ...] = ()
    value: int | bool | str | None = None

    def __hash__(self) -> int:
        # Nested tuples would be hashed again at every level; terms share subterms, so keep it.
        cached = self.__dict__.get("_hash")
        if cached is None:
            cached = hash((self.kind, self.name, self.sort, self.args, self.value))
            object.__setattr__(self, "_hash", cached)
        return int(cached)


def var(name: str, sort: Sort) -> Term:
    """Return a variable."""
    return Term("var", name, sort)


def const(value: int | bool | str, sort: Sort) -> Term:
    """Return a constant; bit-vector values are taken modulo their width."""
    if sort.name == "BitVec":
        value = int(value) % (1 << sort.width)
    return Term("const", "", sort, (), value)


def app(name: str, sort: Sort, *args: Term) -> Term:
    """Return an application of `sort`."""
    return Term("app", name, sort, args)


def subterms(term: Term) -> Iterator[Term]:
    """Yield every distinct subterm once, parents before children. Iterative, so depth is no limit."""
    seen: set[int] = set()
    stack = [term]
    while stack:
        t = stack.pop()
        if id(t) in seen:
            continue
        seen.add(id(t))
        yield t
        stack.extend(reversed(t.args))
