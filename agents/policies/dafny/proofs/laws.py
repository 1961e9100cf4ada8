"""Lemmas of our own: how a recursive function of the program distributes over parts of what it is given.

``f(s + t) == f(s) op f(t)`` for sequences, ``f(lo, hi) == f(lo, m) op f(m, hi)`` for ranges: guessed,
tried on random values, and proved by induction along the function's own recursion.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from proofsmith.agents.policies.dafny.formula import Formula, enclosed, formula
from proofsmith.agents.policies.dafny.proofs.situation import Situation
from proofsmith.agents.policies.dafny.proofs.tables import Tables
from proofsmith.agents.policies.dafny.weave import Addition
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.declarations import Function
from proofsmith.dafny.interpret import Frame, Machine
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.interpret_values import Trouble
from proofsmith.dafny.nodes import Type, Variable, walk

_TRIES = 600
_ENOUGH = 8
_PLENTY = 40
_GAS = 4000
_SECONDS = 1.0
_JOINS: Mapping[str, tuple[str, ...]] = {
    "int": ("+", "*"),
    "real": ("+", "*"),
    "bool": ("&&", "||"),
    "seq": ("+", "reversed +"),
    "set": ("+",),
    "multiset": ("+",),
    "map": (),
}


@dataclass(frozen=True)
class Law:
    """A law about one function.

    Attributes:
        function: which.
        lemma: name of the lemma.
        text: the lemma with its proof.
        slot: index of the sequence parameter, or of the first of the two integers of a range.
        ranged: whether it is about ranges.
    """

    function: Function
    lemma: str
    text: str
    slot: int
    ranged: bool

    def call(self, given: list[str], first: str, second: str) -> str:
        """Return a call of the lemma.

        Args:
            given: the arguments of a call of the function.
            first: the first part of the sequence, or the point that divides the range.
            second: the second part of the sequence; not used for ranges.
        """
        k = self.slot
        if self.ranged:
            return f"{self.lemma}({', '.join([*given[:k], given[k], first, *given[k + 1 :]])});"
        return f"{self.lemma}({', '.join([*given[:k], first, second, *given[k + 1 :]])});"


class Lawmaker:
    """Finds the laws of a program's functions.

    Args:
        tables: of the program.
        seed: of the random values.
    """

    def __init__(self, tables: Tables, seed: int) -> None:
        self._tables, self._seed = tables, seed
        self._laws: dict[int, list[Law]] = {}
        self._machine: Machine | None = None

    def laws(self, function: Function) -> list[Law]:
        """Return the laws of one function that random values do not refute."""
        if id(function) not in self._laws:
            self._laws[id(function)] = [law for law, ok in self._candidates(function) if ok]
        return self._laws[id(function)]

    def _candidates(self, function: Function) -> Iterator[tuple[Law, bool]]:
        recursion = _recursion(self._tables, function)
        taken = any(f"{function.name}{end}" in self._tables.program.source for end in ("Join", "Split"))
        if taken or function.type_parameters or self._tables.class_of.get(id(function)) or recursion is None:
            return
        kind = "bool" if function.is_predicate else ""
        if not kind and function.result is not None:
            plain = self._tables.plain(function.result.type)
            kind = plain.name if plain is not None else ""
        slot, front, ranged = recursion
        for join in _JOINS.get(kind, ()):
            law, claim, premises = self._law(function, slot, front, ranged, join)
            yield law, self._stands(function, slot, ranged, claim, premises)

    def _law(
        self, function: Function, slot: int, front: bool, ranged: bool, join: str
    ) -> tuple[Law, str, list[str]]:
        taken = {p.name for p in function.parameters}
        usual = ("m", "k", "mid", "middle") if ranged else ("s", "t", "u", "v", "xs", "ys")
        names = [n for n in usual if n not in taken]
        x, y = (function.parameters[slot].name, names[0]) if ranged else (names[0], names[1])
        rest = function.parameters[slot + 1].name if ranged else ""
        variables = _variables(self._tables, function, slot, ranged, x, y)
        first, second = ({slot + 1: y}, {slot: y}) if ranged else ({slot: x}, {slot: y})
        one, two = _call(function, first), _call(function, second)
        whole = _call(function, {} if ranged else {slot: f"{x} + {y}"})
        left, right = (two, one) if join.startswith("reversed") else (one, two)
        sign = join.rpartition(" ")[2]
        same = "<==>" if sign in ("&&", "||") else "=="
        claim = f"{whole} {same} ({left} {sign} {right})"
        premises = [f"{x} <= {y} <= {rest}"] if ranged else []
        for changed in ({}, first, second) if ranged else ({slot: f"{x} + {y}"}, first, second):
            premises += _required(self._tables, function, changed)
        lemma = f"{function.name}{'Split' if ranged else 'Join'}"
        proof = _range_proof(lemma, function, slot, front, y) if ranged else _row_proof(
            lemma, function, slot, front, (x, y)
        )  # fmt: skip
        lines = [f"lemma {lemma}({variables})"]
        lines += [f"  requires {p}" for p in dict.fromkeys(premises)]
        lines += [f"  ensures {claim}"]
        if ranged:
            lines.append(f"  decreases {rest} - {x}")
        text = "\n".join([*lines, "{", *(f"  {line}" for line in proof), "}", ""])
        return Law(function, lemma, text, slot, ranged), claim, premises

    def _stands(self, function: Function, slot: int, ranged: bool, claim: str, premises: list[str]) -> bool:
        """Try the claim on random values: true wherever its premises are, and that often enough."""
        goal, conditions = formula(claim), [formula(p) for p in premises]
        if goal is None or None in conditions:
            return False
        machine = self._machine = self._machine or Machine(self._tables.program, random.Random(self._seed))
        p = function.parameters[slot]
        free = {n for f in (goal, *conditions) if f is not None for n in f.free}
        types: dict[str, Type] = {q.name: q.type for q in function.parameters if q.type is not None}
        types.update(
            {n: Type("int") if ranged else (p.type or Type("int")) for n in sorted(free - set(types))}
        )
        seen, ends = 0, time.monotonic() + _SECONDS
        for _ in range(_TRIES):
            if seen >= _PLENTY or time.monotonic() > ends:
                break
            machine.maker.mood()
            try:
                frame = self._frame(machine, {n: t for n, t in types.items() if n in free})
                if not all(c is not None and machine.evaluate(c.tree, frame, _GAS) for c in conditions):
                    continue
                if machine.evaluate(goal.tree, frame, _GAS) is not True:
                    return False
                seen += 1
            except Trouble:
                continue
        return seen >= _ENOUGH

    def _frame(self, machine: Machine, types: Mapping[str, Type]) -> Frame:
        frame = machine.empty_frame()
        values = {n: machine.maker.value(t, frame.heap) for n, t in types.items() if n[0].islower()}
        return frame.with_vars(values)


def _recursion(tables: Tables, function: Function) -> tuple[int, bool, bool] | None:
    """How a function goes along: the parameter, whether from the front, whether it is a range."""
    if function.body is None:
        return None
    names = [p.name for p in function.parameters]
    for node in walk(function.body):
        if not isinstance(node, ex.Call) or len(node.arguments) != len(names):
            continue
        found = tables.function(node.callee, tables.module_of.get(id(function), ""))
        if found is None or found[0] is not function:
            continue
        texts = ["".join(tables.program.text(a).split()) for a in node.arguments]
        for k, (name, text) in enumerate(zip(names, texts, strict=True)):
            kind = tables.plain(function.parameters[k].type)
            if kind is None:
                continue
            if kind.name == "seq" and text in (f"{name}[1..]", f"{name}[..|{name}|-1]"):
                return k, text == f"{name}[1..]", False
            after = function.parameters[k + 1] if k + 1 < len(names) else None
            if kind.name == "int" and after is not None and _is_int(tables, after):
                if text == f"{name}+1" and texts[k + 1] == after.name:
                    return k, True, True
                if text == name and texts[k + 1] == f"{after.name}-1":
                    return k, False, True
    return None


def _is_int(tables: Tables, p: Variable) -> bool:
    plain = tables.plain(p.type)
    return plain is not None and plain.name == "int"


def _variables(tables: Tables, function: Function, slot: int, ranged: bool, x: str, y: str) -> str:
    parts = []
    for k, p in enumerate(function.parameters):
        declared = tables.program.text(p.type) if p.type is not None else "int"
        if k == slot and ranged:
            parts += [f"{p.name}: {declared}", f"{y}: {declared}"]
        elif k == slot:
            parts += [f"{x}: {declared}", f"{y}: {declared}"]
        else:
            parts.append(f"{p.name}: {declared}")
    return ", ".join(parts)


def _call(function: Function, changed: Mapping[int, str]) -> str:
    given = [changed.get(k, p.name) for k, p in enumerate(function.parameters)]
    return f"{function.name}({', '.join(given)})"


def _required(tables: Tables, function: Function, changed: Mapping[int, str]) -> Iterator[str]:
    values = {function.parameters[k].name: text for k, text in changed.items()}
    for clause in function.clauses:
        if clause.kind == "requires" and clause.expressions:
            found: Formula | None = formula(tables.program.text(clause.expressions[0]))
            found = found.apart(set(values)).substituted(values) if found is not None else None
            if found is not None:
                yield found.text


def _row_proof(lemma: str, function: Function, slot: int, front: bool, parts: tuple[str, str]) -> list[str]:
    x, y = parts
    given = [p.name for p in function.parameters]
    before, after = given[:slot], given[slot + 1 :]
    if front:
        call = f"{lemma}({', '.join([*before, f'{x}[1..]', y, *after])});"
        step = f"assert ({x} + {y})[1..] == {x}[1..] + {y};"
        return [f"if {x} == [] {{", f"  assert {x} + {y} == {y};", "} else {", f"  {step}", f"  {call}", "}"]
    call = f"{lemma}({', '.join([*before, x, f'{y}[..|{y}| - 1]', *after])});"
    step = f"assert ({x} + {y})[..|{x} + {y}| - 1] == {x} + {y}[..|{y}| - 1];"
    return [f"if {y} == [] {{", f"  assert {x} + {y} == {x};", "} else {", f"  {step}", f"  {call}", "}"]


def _range_proof(lemma: str, function: Function, slot: int, front: bool, middle: str) -> list[str]:
    given = [p.name for p in function.parameters]
    low, high = given[slot], given[slot + 1]
    before, after = given[:slot], given[slot + 2 :]
    ends = [f"{low} + 1", middle, high] if front else [low, middle, f"{high} - 1"]
    guard = f"{low} < {middle}" if front else f"{middle} < {high}"
    return [f"if {guard} {{", f"  {lemma}({', '.join([*before, *ends, *after])});", "}"]


# -- uses ------------------------------------------------------------------------------------


def law_calls(s: Situation, maker: Lawmaker) -> Iterator[Addition]:
    """Yield lemmas about the functions of a goal, and calls of them for the parts that occur in it."""
    declared: set[str] = set()
    for found, call in s.calls():
        named = s.tables.function(call.callee, s.module)
        if named is None or named[1] != s.module:
            continue
        for law in maker.laws(named[0]):
            for point in s.all_near():
                for text in dict.fromkeys(_uses(law, found, call)):
                    part = formula(text.rstrip(";"))
                    if part is None or not s.inventory.visible(part, {**point.scope, law.lemma: None}):
                        continue
                    if law.lemma not in declared:
                        declared.add(law.lemma)
                        yield _declaration(s, law)
                    yield s.hint(point, text, "law", 3.0)


def _declaration(s: Situation, law: Law) -> Addition:
    offset = s.tables.program.span(law.function)[0]
    return Addition(offset, law.text, "law", law.lemma, rank=0, promise=6.0)


def _uses(law: Law, found: Formula, call: ex.Call) -> Iterator[str]:
    """Calls of a law's lemma: a sum taken apart, a prefix with one element more or less."""
    given = [found.at(a) for a in call.arguments]
    argument = stripped(call.arguments[law.slot])
    if law.ranged:
        high = given[law.slot + 1]
        for middle in (f"{enclosed(high)} - 1", f"{enclosed(given[law.slot])} + 1"):
            yield law.call(given, middle, "")
        inner = formula(high)
        if inner is not None:
            for node in walk(inner.tree):
                if isinstance(node, ex.Name):
                    yield law.call(given, node.name, "")
        return
    text = enclosed(given[law.slot])
    if isinstance(argument, ex.Binary) and argument.operator == "+":
        yield law.call(given, found.at(stripped(argument.left)), found.at(stripped(argument.right)))
    elif isinstance(argument, ex.Slice) and argument.low is None and argument.high is not None:
        row, high = enclosed(found.at(argument.target)), enclosed(found.at(argument.high))
        yield law.call(given, f"{row}[..{high}]", f"[{row}[{high}]]")
        yield law.call(given, f"{row}[..{high} - 1]", f"[{row}[{high} - 1]]")
    elif isinstance(argument, ex.Slice) and argument.high is None and argument.low is not None:
        row, low = enclosed(found.at(argument.target)), enclosed(found.at(argument.low))
        yield law.call(given, f"[{row}[{low}]]", f"{row}[{low} + 1..]")
        yield law.call(given, f"[{row}[{low} - 1]]", f"{row}[{low}..]")
    else:
        yield law.call(given, f"{text}[..1]", f"{text}[1..]")
        yield law.call(given, f"{text}[..|{text}| - 1]", f"{text}[|{text}| - 1..]")
