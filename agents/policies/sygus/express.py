"""Rewriting terms of linear arithmetic into a grammar that has fewer operators."""

from __future__ import annotations

from proofsmith.agents.policies.sygus.linear import Linear, linear
from proofsmith.smtlib.membership import in_grammar
from proofsmith.smtlib.problem import SynthFunction
from proofsmith.smtlib.terms import BOOL, INT, Term, app, const, postorder

MOST_NODES = 300_000
"""Largest result, written out."""


class Writer:
    """Writes terms with the operators of one function's grammar.

    It knows grammars with one nonterminal for integers and perhaps one for truth values, in
    which productions are leaves or operators on these nonterminals.
    """

    def __init__(self, function: SynthFunction) -> None:
        self._function = function
        self._operators: set[tuple[str, str]] = set()
        self._constants: set[int] = set()
        sorts = [n.sort for n in function.grammar]
        names = {n.name for n in function.grammar}
        self.usable = len(set(sorts)) == len(sorts) and all(s in (INT, BOOL) for s in sorts)
        for n in function.grammar:
            for p in n.productions:
                if p.kind == "app" and all(a.kind == "var" and a.name in names for a in p.args):
                    argument = p.args[-1].sort.name if p.args else ""
                    self._operators.add((p.name, argument))
                elif p.kind == "const" and p.sort == INT:
                    self._constants.add(int(p.value or 0))
        self._made: dict[Term, Term | None] = {}

    def fit(self, term: Term) -> Term | None:
        """Return an equal term of the grammar; ``None`` if no way is known."""
        if in_grammar(self._function, term) is None:
            return term
        made: dict[int, Term | None] = {}
        sizes: dict[int, int] = {}
        for t in postorder(term):
            args = [made[id(a)] for a in t.args]
            result = None
            if all(a is not None for a in args):
                result = self._write(t, [a for a in args if a is not None])
            made[id(t)] = result
        fitted = made[id(term)]
        if fitted is None:
            return None
        for t in postorder(fitted):
            sizes[id(t)] = 1 + sum(sizes[id(a)] for a in t.args)
        if sizes[id(fitted)] > MOST_NODES:
            return None
        return fitted if in_grammar(self._function, fitted) is None else None

    def _has(self, name: str, argument: str = "Bool") -> bool:
        return (name, argument) in self._operators

    def _write(self, t: Term, args: list[Term]) -> Term | None:
        if t.sort == INT and t.kind != "var":
            if t.kind == "app" and t.name == "ite":
                return app("ite", INT, *args) if self._has("ite", "Int") else None
            return self._integer(linear(t), dict(zip(t.args, args, strict=True)))
        if t.kind == "var":
            return t
        if t.kind == "const":
            return self._truth(bool(t.value))
        if t.name in ("and", "or"):
            made: Term | None = args[0]
            for a in args[1:]:
                made = None if made is None else self._pair(t.name, made, a)
            return made
        if t.name == "not":
            return self._negation(args[0])
        if t.name == "=>":
            left = self._negation(args[0])
            return None if left is None else self._pair("or", left, args[1])
        if t.name in ("<", "<=", ">", ">=", "=") and len(args) == 2 and args[0].sort == INT:
            return self._comparison(t.name, args[0], args[1])
        if self._has(t.name, args[-1].sort.name):
            return app(t.name, t.sort, *args)
        if t.name == "ite":
            return self._choice(*args)
        if t.name in ("=", "xor", "distinct") and len(args) == 2:
            other = self._negation(args[1])
            if other is None:
                return None
            return self._choice(args[0], *((args[1], other) if t.name == "=" else (other, args[1])))
        return None

    def _choice(self, condition: Term, then: Term, other: Term) -> Term | None:
        """Write a conditional truth value with ``and``, ``or`` and ``not``."""
        opposite = self._negation(condition)
        yes = self._pair("and", condition, then)
        no = None if opposite is None else self._pair("and", opposite, other)
        return None if yes is None or no is None else self._pair("or", yes, no)

    def _pair(self, name: str, a: Term, b: Term) -> Term | None:
        if self._has(name):
            return app(name, BOOL, a, b)
        other = "and" if name == "or" else "or"
        if not self._has(other):
            return None
        na, nb = self._negation(a), self._negation(b)
        return None if na is None or nb is None else self._negation(app(other, BOOL, na, nb))

    def _negation(self, a: Term) -> Term | None:
        if a.kind == "app" and a.name == "not":
            return a.args[0]
        return app("not", BOOL, a) if self._has("not") else None

    def _comparison(self, name: str, a: Term, b: Term) -> Term | None:
        flipped = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
        opposite = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
        if self._has(name, "Int"):
            return app(name, BOOL, a, b)
        if name == "=":
            low, high = self._comparison("<=", a, b), self._comparison(">=", a, b)
            return None if low is None or high is None else self._pair("and", low, high)
        if self._has(flipped[name], "Int"):
            return app(flipped[name], BOOL, b, a)
        for x, y, n in ((a, b, opposite[name]), (b, a, flipped[opposite[name]])):
            if self._has(n, "Int"):
                return self._negation(app(n, BOOL, x, y))
        return None

    def _truth(self, value: bool) -> Term | None:
        plain = const(value, BOOL)
        if in_grammar(self._function, plain) is None:
            return plain
        zero = self._integer(Linear(), {})
        made = None if zero is None else self._comparison("<=", zero, zero)
        return made if value or made is None else self._negation(made)

    def _integer(self, form: Linear, fitted: dict[Term, Term]) -> Term | None:
        """Sums of variables and constants that are there; factors by repetition."""
        plus: list[Term] = []
        minus: list[Term] = []
        if sum(map(abs, form.parts.values())) > 200:
            return None
        for t, c in form.parts.items():
            part = fitted.get(t, t)
            (plus if c > 0 else minus).extend([part] * abs(c))
        rest = abs(form.constant)
        if form.constant in self._constants:
            plus, rest = [*plus, const(form.constant, INT)] if form.constant or not plus else plus, 0
        for value in sorted((c for c in self._constants if c > 0), reverse=True):
            while rest >= value and len(plus) + len(minus) < 1000:
                (plus if form.constant > 0 else minus).append(const(value, INT))
                rest -= value
        if rest:
            return None
        if not plus:
            if 0 not in self._constants:
                return None
            plus = [const(0, INT)]
        if (len(plus) > 1 and not self._has("+", "Int")) or (minus and not self._has("-", "Int")):
            return None
        made = plus[0]
        for p in plus[1:]:
            made = app("+", INT, made, p)
        for m in minus:
            made = app("-", INT, made, m)
        return made
