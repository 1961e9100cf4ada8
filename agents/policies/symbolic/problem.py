"""A task as the enumerator sees it: typed rows, a goal, constants, and the hints of its words."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from proofsmith.agents.policies.symbolic.goal import Goal
from proofsmith.agents.policies.symbolic.nesting import is_nested, leaf_type
from proofsmith.agents.policies.symbolic.probes import probes
from proofsmith.agents.policies.symbolic.types import (
    BOOL,
    CHR,
    FLOAT,
    INT,
    NONE,
    STR,
    Type,
    concrete,
    freeze,
    from_annotation,
    join,
    list_of,
    parts_of,
    settle,
    thaw,
    tuple_of,
    type_of,
)
from proofsmith.agents.policies.symbolic.words import Hints
from proofsmith.python_spec import Example, PythonSpec, Signature
from proofsmith.types import Task
from proofsmith.values import is_data

MAX_EXAMPLES = 24
"""More examples than this are not enumerated over; the verifiers still use all of them."""


@dataclass(frozen=True)
class Constant:
    """A constant that programs may use: value in immutable form, source text, type, cost."""

    value: Any
    text: str
    type: Type
    cost: int


@dataclass(frozen=True)
class Problem:
    """What to search for.

    Attributes:
        names, types: of the parameters.
        returns: the type of the result.
        rows: argument tuples in immutable form: the examples first, then the probes.
        goal: the wanted results on the examples.
        optional: whether ``None`` is among the wanted results.
        constants: what programs may use.
        hints: what the words of the statement say.
        universe: every type that operators are instantiated for.
        function: the name of the function, for recursive calls.
    """

    names: tuple[str, ...]
    types: tuple[Type, ...]
    returns: Type
    rows: tuple[tuple[Any, ...], ...]
    goal: Goal
    optional: bool
    constants: tuple[Constant, ...]
    hints: Hints
    universe: frozenset[Type]
    function: str = "f"


def arguments(signature: Signature, example: Example) -> tuple[Any, ...] | None:
    """Return the values of all parameters in order; ``None`` if the call does not bind."""
    given = dict(example.call.kwargs)
    values = list(example.call.args)
    result = []
    for parameter in signature.parameters:
        if parameter.kind.startswith("VAR"):
            return None
        if values and parameter.kind.startswith("POSITIONAL"):
            result.append(values.pop(0))
        elif parameter.name in given:
            result.append(given.pop(parameter.name))
        elif parameter.default is not None:
            try:
                result.append(ast.literal_eval(parameter.default))
            except (ValueError, SyntaxError):
                return None
        else:
            return None
    return None if values or given else tuple(result)


def usable(spec: PythonSpec, evidence: Sequence[Example]) -> list[tuple[tuple[Any, ...], Example]]:
    """Return the examples that enumeration can work with, each with its bound arguments."""
    found: dict[str, tuple[tuple[Any, ...], Example]] = {}
    for example in (*spec.examples, *evidence):
        if example.expected.exception is not None:
            continue
        bound = arguments(spec.signature, example)
        if bound is not None and all(map(is_data, (*bound, example.expected.value))):
            found.setdefault(example.call.key, (bound, example))
    return list(found.values())


def build(task: Task, evidence: Sequence[Example] = ()) -> Problem | None:
    """Return the problem of a task; ``None`` if it has no parameters or no example we can use."""
    spec = task.spec
    pairs = usable(spec, evidence)
    if not spec.signature.parameters or not pairs:
        return None
    pairs = pairs[: MAX_EXAMPLES - len(evidence)] + pairs[MAX_EXAMPLES - len(evidence) :][-len(evidence) :]
    columns = list(zip(*(bound for bound, _ in pairs), strict=True))
    declared = [from_annotation(p.annotation) for p in spec.signature.parameters]
    types = tuple(concrete(settle(join(map(type_of, c)), d)) for c, d in zip(columns, declared, strict=True))
    outputs = [e.expected.value for _, e in pairs]
    returns = concrete(settle(join(map(type_of, outputs)), from_annotation(spec.signature.returns)))
    target = [freeze(v) for v in outputs]
    strict = all(e.strict for _, e in pairs)
    goal = Goal(returns, target, strict, spec.tolerance.rel, spec.tolerance.abs)
    rows = [tuple(freeze(v) for v in bound) for bound, _ in pairs]
    rows += probes(rows, types, wanted=max(2, 8 - len(rows)))
    text = words_of(task)
    hints = Hints(text)
    optional = any(v is None for v in outputs) and returns != NONE
    constants = _constants(text, spec, returns, target, optional, hints)
    universe = _universe((*types, returns), hints)
    for type_, column in zip(types, columns, strict=True):
        if is_nested(type_, column):
            universe |= parts_of(leaf_type(column))
    return Problem(
        tuple(p.name for p in spec.signature.parameters),
        types,
        returns,
        tuple(rows),
        goal,
        optional,
        constants,
        hints,
        frozenset(universe),
        spec.signature.name,
    )


def words_of(task: Task) -> str:
    """Return the statement, name and parameters of a task as running text, without its examples."""
    spec = task.spec
    text = task.statement if spec.docstring in task.statement else f"{task.statement}\n{spec.docstring}"
    kept = []
    skip = False
    for line in text.splitlines():
        bare = line.strip()
        if bare.startswith(">>>"):
            skip = True
            continue
        if skip:
            skip = False
            continue
        kept.append(re.sub(rf"\b{re.escape(spec.signature.name)}\s*\(.*", " ", line))
    names = [spec.signature.name, *(p.name for p in spec.signature.parameters)]
    return " ".join(n.replace("_", " ") for n in names) + "\n" + "\n".join(kept)


_EXAMPLE_LINE = re.compile(r">>>|==|=>|->|➞|→|\[.*[,\]]|\w\(.*\)|[Ee]xample")
"""Lines of a statement that show an example: their numbers are inputs and outputs, not constants."""
_NUMBERS = {"three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}


def _constants(
    text: str, spec: PythonSpec, returns: Type, target: list[Any], optional: bool, hints: Hints
) -> tuple[Constant, ...]:
    found: dict[tuple[Type, Any], Constant] = {}

    def put(value: Any, cost: int, type_: Type | None = None, source: str | None = None) -> None:
        kind = type_ or (CHR if isinstance(value, str) and len(value) == 1 else type_of(value))
        key = (kind, value)
        if key not in found or found[key].cost > cost:
            found[key] = Constant(freeze(value), source if source is not None else _text(value), kind, cost)

    for value, cost in ((0, 2), (1, 2), (2, 3), (-1, 4), (10, 6), (3, 6)):
        put(value, cost)
    prose = "\n".join(line for line in text.splitlines() if not _EXAMPLE_LINE.search(line))
    for match in re.findall(r"(?<![\w.])-?\d{1,9}(?![\w.]*\d)", prose):
        put(int(match), 4)
    for match in re.findall(r"(?<![\w.])\d{1,6}\.\d{1,6}(?![\w.]*\d)", prose):
        put(float(match), 4)
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in _NUMBERS:
            put(_NUMBERS[word], 5)
    put("", 3)
    put(" ", 4)
    for quoted in re.findall(r"'([^'\n]{1,30})'|\"([^\"\n]{1,30})\"|`([^`\n]{1,30})`", prose):
        put(next(q for q in quoted if q), 4)
    if "isvowel" in hints:
        put("aeiou", 3)
        put("aeiouAEIOU", 4)
    for word, mark in (("comma", ","), ("hyphen", "-"), ("dash", "-"), ("underscore", "_"), ("dot", ".")):
        if word in text.lower():
            put(mark, 4)
    if FLOAT in parts_of(returns):
        put(0.0, 4)
        put(1.0, 4)
        put(2.0, 5)
    put(True, 3)
    put(False, 3)
    shown = Counter(map(repr, target))
    for value in {repr(v): v for v in target}.values():
        simple = type(value) in (int, str, float)
        if simple and shown[repr(value)] > 1 and len(set(shown)) < len(target):
            put(value, 6)  # one of a few categories
        elif simple and len(repr(value)) <= 24:
            put(value, max(8, 3 + 2 * len(value)) if isinstance(value, str) else 8)
    if returns.name == "list":
        put((), 3, returns, "[]")
    if returns.name == "dict":
        put(freeze({}), 3, returns, "{}")
    if optional:
        put(None, 3, returns, "None")
    return tuple(found.values())


def _text(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value + '"' if '"' not in value and "\\" not in repr(value) else repr(value)
    return repr(value)


def _universe(types: tuple[Type, ...], hints: Hints) -> set[Type]:
    universe = {INT, BOOL}
    for t in types:
        universe |= parts_of(t)
    if STR in universe or "str" in hints or "digits" in hints:
        universe |= {STR, CHR, list_of(STR)}
        universe |= {tuple_of(INT, CHR)} if "enumerate" in hints or STR in types else set()
        universe |= {tuple_of(CHR, CHR)} if "zip" in hints or "adjacent" in hints else set()
    universe.add(list_of(INT))
    if "average" in hints or "round" in hints:
        universe.add(FLOAT)
    elements = [t.args[0] for t in sorted(universe, key=str) if t.name == "list"]
    for e in elements:
        if {"adjacent", "combinations", "zip"} & hints.strength.keys() or list_of(e) in types:
            universe.add(tuple_of(e, e))
        if "combinations3" in hints:
            universe.add(tuple_of(e, e, e))
        if "enumerate" in hints:
            universe.add(tuple_of(INT, e))
        if {"set", "meet", "unique"} & hints.strength.keys():
            universe.add(Type("set", (e,)))
        if {"counter", "keys", "get"} & hints.strength.keys():
            universe |= {Type("dict", (e, INT)), tuple_of(e, INT)}
    for t in types:
        if t.name == "dict":
            universe |= {list_of(t.args[0]), list_of(t.args[1]), tuple_of(*t.args)}
    lists = [list_of(t) for t in universe if t.name == "tuple"]
    return {t for t in universe | set(lists) if t.name != "none"}


def readable(value: Any, type_: Type) -> str:
    """Return source text of a value in immutable form."""
    return repr(thaw(value, type_))
