"""Linear forms of integer terms, and simplification of formulas by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from proofsmith.smtlib.terms import BOOL, INT, Term, app, const, postorder, rebuild, with_args

COMPARISONS = frozenset({"<", "<=", ">", ">=", "=", "distinct"})
TRUE, FALSE = const(True, BOOL), const(False, BOOL)


@dataclass
class Linear:
    """``sum(coefficient * term) + constant``; the terms are anything that is not linear itself."""

    parts: dict[Term, int] = field(default_factory=dict)
    constant: int = 0

    def add(self, other: Linear, factor: int = 1) -> None:
        """Add ``factor * other`` in place."""
        for t, c in other.parts.items():
            left = self.parts.get(t, 0) + factor * c
            if left:
                self.parts[t] = left
            else:
                self.parts.pop(t, None)
        self.constant += factor * other.constant

    def without(self, term: Term) -> Linear:
        """Return a copy in which `term` does not occur."""
        return Linear({t: c for t, c in self.parts.items() if t != term}, self.constant)

    def divided(self, by: int) -> Linear | None:
        """Return the form over `by`, if that leaves integers."""
        if by == 0 or self.constant % by or any(c % by for c in self.parts.values()):
            return None
        return Linear({t: c // by for t, c in self.parts.items()}, self.constant // by)

    def term(self) -> Term:
        """Return it as a term; sums first what is added, then what is taken away."""
        plus = [(t, c) for t, c in self.parts.items() if c > 0]
        minus = [(t, -c) for t, c in self.parts.items() if c < 0]
        parts = [_scaled(t, c) for t, c in plus]
        if self.constant > 0 or not parts:
            parts.append(const(max(self.constant, 0) if minus or parts else self.constant, INT))
        left = parts[0] if len(parts) == 1 else app("+", INT, *parts)
        taken = [_scaled(t, c) for t, c in minus]
        if self.constant < 0 and (plus or minus):
            taken.append(const(-self.constant, INT))
        return app("-", INT, left, *taken) if taken else left


def _scaled(t: Term, c: int) -> Term:
    return t if c == 1 else app("*", INT, const(c, INT), t)


def linear(term: Term, choice: Mapping[Term, bool] | None = None) -> Linear:
    """Return the linear form of an integer term.

    With `choice`, which says which conditions hold, a conditional is its branch; without, or if
    its condition is not in `choice`, it counts as a term that is not linear.
    """
    forms: dict[int, Linear] = {}
    for t in postorder(term):
        if t.sort == INT:
            forms[id(t)] = _form(t, forms, choice)
    return forms[id(term)]


def _form(t: Term, forms: Mapping[int, Linear], choice: Mapping[Term, bool] | None) -> Linear:
    made = Linear()
    if t.kind == "const":
        made.constant = int(t.value or 0)
        return made
    if t.kind == "app":
        args = [forms.get(id(a)) for a in t.args]
        if t.name in ("+", "-") and all(a is not None for a in args):
            for i, a in enumerate(args):
                assert a is not None
                negative = t.name == "-" and (i > 0 or len(args) == 1)
                made.add(a, -1 if negative else 1)
            return made
        if t.name == "*" and len(args) == 2 and args[0] is not None and args[1] is not None:
            for a, b in ((args[0], args[1]), (args[1], args[0])):
                if not a.parts:
                    made.add(b, a.constant)
                    return made
        if t.name == "ite" and choice is not None and t.args[0] in choice:
            branch = forms.get(id(t.args[1 if choice[t.args[0]] else 2]))
            if branch is not None:
                return branch
    made.parts[t] = 1
    return made


def simplified(term: Term) -> Term:
    """Return an equivalent formula with what is plainly true or false taken out, by linear arithmetic."""
    return rebuild(term, _simplify)


def _simplify(t: Term, args: tuple[Term, ...]) -> Term:
    made = with_args(t, args)
    if t.kind != "app":
        return made
    if t.name in ("and", "or"):
        return _junction(t.name, args)
    if t.name == "not":
        (a,) = args
        if a.kind == "const":
            return FALSE if a.value else TRUE
        return a.args[0] if a.kind == "app" and a.name == "not" else made
    if t.name == "=>":
        return _junction("or", [*(_simplify(app("not", BOOL, a), (a,)) for a in args[:-1]), args[-1]])
    if t.name == "ite":
        c, a, b = args
        if c.kind == "const":
            return a if c.value else b
        return a if a == b else made
    if t.name in COMPARISONS and len(args) == 2:
        return _compare(made, t.name, args)
    return made


def _junction(name: str, args: Iterable[Term]) -> Term:
    neutral = name == "and"
    kept: dict[Term, None] = {}
    for a in args:
        if a.kind == "const":
            if bool(a.value) != neutral:
                return FALSE if neutral else TRUE
            continue
        for part in a.args if a.kind == "app" and a.name == name else (a,):
            kept.setdefault(part)
    for a in kept:
        if a.kind == "app" and a.name == "not" and a.args[0] in kept:
            return FALSE if neutral else TRUE
    if not kept:
        return TRUE if neutral else FALSE
    parts = tuple(kept)
    return parts[0] if len(parts) == 1 else Term("app", name, BOOL, parts)


def _compare(made: Term, name: str, args: tuple[Term, ...]) -> Term:
    a, b = args
    if a == b:
        return TRUE if name in ("<=", ">=", "=") else FALSE
    if a.sort == BOOL and name == "=":
        for x, y in ((a, b), (b, a)):
            if x.kind == "const":
                return y if x.value else _simplify(app("not", BOOL, y), (y,))
    if a.sort != INT:
        return made
    difference = linear(a)
    difference.add(linear(b), -1)
    if difference.parts:
        return made
    d = difference.constant
    truth = {"<": d < 0, "<=": d <= 0, ">": d > 0, ">=": d >= 0, "=": d == 0, "distinct": d != 0}[name]
    return TRUE if truth else FALSE
