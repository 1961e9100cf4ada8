"""Z3 as the engines use it, inside an engine's own process (which is killed if Z3 does not return)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import z3

from proofsmith.agents.policies.sygus.goals import Point, specification
from proofsmith.agents.policies.sygus.rules import inline, inlined_definitions
from proofsmith.smtlib.problem import DefinedFunction, Problem
from proofsmith.smtlib.sexpr import unescape
from proofsmith.smtlib.signature import split_name
from proofsmith.smtlib.terms import Sort, Term, app, postorder


class Untranslatable(Exception):
    """A term that has no counterpart in Z3's interface here."""


class Translator:
    """Translates terms; remembers what it has translated."""

    def __init__(self) -> None:
        self._made: dict[Term, Any] = {}

    def __call__(self, term: Term) -> Any:
        """Return the Z3 expression of `term`.

        Raises:
            Untranslatable: an unknown operator.
        """
        local: dict[int, Any] = {}
        for t in postorder(term):
            found = self._made.get(t)
            if found is None:
                found = self._made[t] = _translate(t, [local[id(a)] for a in t.args])
            local[id(t)] = found
        return local[id(term)]


def variable(name: str, sort: Sort) -> Any:
    """Return the Z3 constant for a variable."""
    if sort.name == "BitVec":
        return z3.BitVec(name, sort.width)
    return {"Int": z3.Int, "Bool": z3.Bool, "String": z3.String}[sort.name](name)


def _constant(t: Term) -> Any:
    if t.sort.name == "BitVec":
        return z3.BitVecVal(t.value, t.sort.width)
    if t.sort.name == "String":
        return z3.StringVal(
            "".join(c if " " <= c <= "~" and c != "\\" else f"\\u{{{ord(c):x}}}" for c in str(t.value))
        )
    return z3.BoolVal(bool(t.value)) if t.sort.name == "Bool" else z3.IntVal(t.value)


def _translate(t: Term, args: list[Any]) -> Any:
    if t.kind == "const":
        return _constant(t)
    if t.kind == "var":
        return variable(t.name, t.sort)
    if t.kind != "app":
        raise Untranslatable(t.kind)
    simple = _OPERATORS.get(t.name)
    if simple is not None:
        return simple(*args)
    base, indices = split_name(t.name)
    indexed = _INDEXED.get(base)
    if indexed is None:
        raise Untranslatable(t.name)
    return indexed(args, *indices)


def _left(function: Any) -> Any:
    def apply(*args: Any) -> Any:
        value = args[0]
        for a in args[1:]:
            value = function(value, a)
        return value

    return apply


def _chain(function: Any) -> Any:
    def apply(*args: Any) -> Any:
        parts = [function(a, b) for a, b in pairwise(args)]
        return parts[0] if len(parts) == 1 else z3.And(parts)

    return apply


def _implies(*args: Any) -> Any:
    value = args[-1]
    for a in reversed(args[:-1]):
        value = z3.Implies(a, value)
    return value


def _minus(*args: Any) -> Any:
    return -args[0] if len(args) == 1 else _left(lambda a, b: a - b)(*args)


_OPERATORS: dict[str, Any] = {
    "=": _chain(lambda a, b: a == b),
    "distinct": lambda *a: z3.Distinct(*a),
    "ite": z3.If,
    "not": z3.Not,
    "and": lambda *a: z3.And(*a),
    "or": lambda *a: z3.Or(*a),
    "xor": _left(z3.Xor),
    "=>": _implies,
    "+": _left(lambda a, b: a + b),
    "-": _minus,
    "*": _left(lambda a, b: a * b),
    "div": _left(lambda a, b: a / b),
    "mod": lambda a, b: a % b,
    "abs": z3.Abs,
    "<": _chain(lambda a, b: a < b),
    "<=": _chain(lambda a, b: a <= b),
    ">": _chain(lambda a, b: a > b),
    ">=": _chain(lambda a, b: a >= b),
    "bvnot": lambda a: ~a,
    "bvneg": lambda a: -a,
    "bvand": _left(lambda a, b: a & b),
    "bvor": _left(lambda a, b: a | b),
    "bvxor": _left(lambda a, b: a ^ b),
    "bvnand": lambda a, b: ~(a & b),
    "bvnor": lambda a, b: ~(a | b),
    "bvxnor": lambda a, b: ~(a ^ b),
    "bvadd": _left(lambda a, b: a + b),
    "bvsub": lambda a, b: a - b,
    "bvmul": _left(lambda a, b: a * b),
    "bvudiv": z3.UDiv,
    "bvurem": z3.URem,
    "bvsdiv": lambda a, b: a / b,
    "bvsrem": z3.SRem,
    "bvsmod": lambda a, b: a % b,
    "bvshl": lambda a, b: a << b,
    "bvlshr": z3.LShR,
    "bvashr": lambda a, b: a >> b,
    "bvult": z3.ULT,
    "bvule": z3.ULE,
    "bvugt": z3.UGT,
    "bvuge": z3.UGE,
    "bvslt": lambda a, b: a < b,
    "bvsle": lambda a, b: a <= b,
    "bvsgt": lambda a, b: a > b,
    "bvsge": lambda a, b: a >= b,
    "bvcomp": lambda a, b: z3.If(a == b, z3.BitVecVal(1, 1), z3.BitVecVal(0, 1)),
    "concat": lambda *a: z3.Concat(*a),
    "str.++": lambda *a: z3.Concat(*a),
    "str.len": z3.Length,
    "str.at": lambda s, i: z3.SubString(s, i, 1),
    "str.substr": z3.SubString,
    "str.prefixof": z3.PrefixOf,
    "str.suffixof": z3.SuffixOf,
    "str.contains": z3.Contains,
    "str.indexof": z3.IndexOf,
    "str.replace": z3.Replace,
    "str.to_int": z3.StrToInt,
    "str.from_int": z3.IntToStr,
    "str.<": lambda a, b: a < b,
    "str.<=": lambda a, b: a <= b,
}

_INDEXED: dict[str, Any] = {
    "extract": lambda args, high, low: z3.Extract(high, low, args[0]),
    "zero_extend": lambda args, n: z3.ZeroExt(n, args[0]),
    "sign_extend": lambda args, n: z3.SignExt(n, args[0]),
    "rotate_left": lambda args, n: z3.RotateLeft(args[0], n),
    "rotate_right": lambda args, n: z3.RotateRight(args[0], n),
    "repeat": lambda args, n: z3.RepeatBitVec(n, args[0]),
}


def value_of(model: Any, name: str, sort: Sort) -> Any:
    """Return the Python value of a variable in a Z3 model."""
    value = model.eval(variable(name, sort), model_completion=True)
    if sort.name == "Bool":
        return z3.is_true(value)
    if sort.name == "String":
        return unescape(value.as_string())
    return value.as_long()


class Query:
    """One Z3 solver with assertions of its own."""

    def __init__(self, translator: Translator, formulas: Iterable[Term] = ()) -> None:
        self.translate = translator
        self.solver = z3.Solver()
        self.add(*formulas)

    def add(self, *formulas: Term) -> None:
        """Assert formulas."""
        for f in formulas:
            self.solver.add(self.translate(f))

    def check(self, seconds: float, *assumed: Term) -> bool | None:
        """Say whether the assertions can hold together with `assumed`; ``None`` if unknown."""
        self.solver.set("timeout", max(1, int(seconds * 1000)))
        status = self.solver.check(*[self.translate(a) for a in assumed])
        return None if status == z3.unknown else bool(status == z3.sat)

    def point(self, variables: Mapping[str, Sort]) -> Point:
        """Return the values of variables after a check that said yes."""
        model = self.solver.model()
        return {name: value_of(model, name, sort) for name, sort in variables.items()}


class Prover:
    """Asks Z3 for a point where given bodies are wrong. An `enumerator.Oracle` in plain terms."""

    def __init__(self, problem: Problem, seconds: float = 5.0) -> None:
        self._problem, self._seconds = problem, seconds
        self._constraints = specification(problem)
        self._definitions = inlined_definitions(problem.definitions)
        self._variables = dict(problem.variables)
        self._translate = Translator()

    def counterexample(self, bodies: Mapping[str, Term]) -> Point | bool:
        """Return a point where the bodies are wrong; true if there is none; false if Z3 does not know."""
        functions = {
            f.name: DefinedFunction(f.name, f.parameters, f.sort, inline(bodies[f.name], self._definitions))
            for f in self._problem.functions
        }
        sure = True
        for constraint in self._constraints:
            claim = inline(constraint, functions)
            query = Query(self._translate, [app("not", claim.sort, claim)])
            answer = query.check(self._seconds)
            if answer:
                return query.point(self._variables)
            sure = sure and answer is not None
        return sure
