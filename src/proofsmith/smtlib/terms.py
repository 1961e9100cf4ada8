"""First-order terms over the sorts of SMT-LIB that specifications use: Int, Bool, String, BitVec.

A term is a variable, a constant, or an operator applied to terms. Operator names are those of
SMT-LIB 2.6 (dialects are translated where a file is read). Terms are immutable and may share
subterms; functions over them should be memoised or iterative, because files nest deeply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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


@dataclass(frozen=True, eq=False, repr=False)
class Term:
    """One term. Hashing costs constant time and no operation on terms is limited by their depth.

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

    def __post_init__(self) -> None:
        # Kept, because nested terms would be hashed again, and recursively, at every level.
        own = hash((self.kind, self.name, self.sort, self.args, self.value))
        object.__setattr__(self, "_hash", own)

    def __hash__(self) -> int:
        return int(self.__dict__["_hash"])

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Term) and hash(self) == hash(other) and _same(self, other)

    def __repr__(self) -> str:
        if self.kind == "const":
            return f"<{self.value!r}: {self.sort}>"
        return f"<{self.kind} {self.name}/{len(self.args)}: {self.sort}>"

    def __reduce__(self) -> tuple[object, ...]:
        return _from_table, (_table(self),)


def _same(a: Term, b: Term) -> bool:
    """Compare without recursion, each pair of shared subterms once."""
    seen: set[tuple[int, int]] = set()
    stack = [(a, b)]
    while stack:
        x, y = stack.pop()
        if x is y or (id(x), id(y)) in seen:
            continue
        seen.add((id(x), id(y)))
        if hash(x) != hash(y) or (x.kind, x.name, x.sort, x.value) != (y.kind, y.name, y.sort, y.value):
            return False
        if type(x.value) is not type(y.value) or len(x.args) != len(y.args):
            return False
        stack.extend(zip(x.args, y.args, strict=True))
    return True


_Row = tuple[str, str, Sort, tuple[int, ...], int | bool | str | None]


def _table(term: Term) -> list[_Row]:
    """Flatten for pickling, which would recurse: one row a subterm, arguments first, as row numbers."""
    places: dict[int, int] = {}
    rows: list[_Row] = []
    for t in postorder(term):
        places[id(t)] = len(rows)
        rows.append((t.kind, t.name, t.sort, tuple(places[id(a)] for a in t.args), t.value))
    return rows


def _from_table(rows: list[_Row]) -> Term:
    made: list[Term] = []
    for kind, name, sort, args, value in rows:
        made.append(Term(kind, name, sort, tuple(made[i] for i in args), value))
    return made[-1]


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


def postorder(*terms: Term) -> Iterator[Term]:
    """Yield every distinct subterm (by identity) once, arguments before what they are arguments of."""
    done: set[int] = set()
    for term in terms:
        stack = [(term, False)]
        while stack:
            t, ready = stack.pop()
            if ready:
                yield t
            elif id(t) not in done:
                done.add(id(t))
                stack.append((t, True))
                stack.extend((a, False) for a in reversed(t.args) if id(a) not in done)


def rebuild(term: Term, change: Callable[[Term, tuple[Term, ...]], Term]) -> Term:
    """Return `term` rebuilt bottom-up: `change(subterm, new arguments)` once per distinct subterm."""
    made: dict[int, Term] = {}
    for t in postorder(term):
        made[id(t)] = change(t, tuple(made[id(a)] for a in t.args))
    return made[id(term)]


def with_args(term: Term, args: tuple[Term, ...]) -> Term:
    """Return `term` with other arguments of the same sorts; itself where they are its own."""
    if all(a is b for a, b in zip(term.args, args, strict=True)):
        return term
    return Term(term.kind, term.name, term.sort, args, term.value)


def substitute(term: Term, values: Mapping[str, Term]) -> Term:
    """Return `term` with its variables replaced as `values` says (by name)."""

    def change(t: Term, args: tuple[Term, ...]) -> Term:
        if t.kind == "var":
            return values.get(t.name, t)
        return with_args(t, args)

    return rebuild(term, change)


def free_variables(term: Term) -> dict[str, Sort]:
    """Return the variables of `term` with their sorts, in order of first occurrence."""
    return {t.name: t.sort for t in subterms(term) if t.kind == "var"}


def tree_size(term: Term) -> int:
    """Return the number of nodes of `term` written out without sharing."""
    sizes: dict[int, int] = {}
    for t in postorder(term):
        sizes[id(t)] = 1 + sum(sizes[id(a)] for a in t.args)
    return sizes[id(term)]
