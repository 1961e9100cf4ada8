"""Inputs for a Python function: generated from its signature, near its examples, and made to fit."""

from __future__ import annotations

import ast
import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from proofsmith.python_spec import Call, Parameter, PythonSpec
from proofsmith.verifiers.properties.neighbours import mutate
from proofsmith.verifiers.properties.related import relate
from proofsmith.verifiers.properties.shapes import Shape, conforms, parameter_shapes


def generate_inputs(spec: PythonSpec, count: int, seed: int, extra: Sequence[Any] = ()) -> tuple[Call, ...]:
    """Return up to `count` distinct calls that fit the signature; the same for the same arguments.

    Some are Hypothesis's, from the type hints (or, where they are missing, the types that the
    examples show), small and biased towards the constants of the specification and `extra`; some are
    small changes of the examples' calls, some have arguments derived from one another. Preconditions
    are not looked at: that needs running code. Fewer come back when the types have fewer values.

    Raises:
        UnsupportedAnnotation: nothing tells how to make an argument.
    """
    shapes = parameter_shapes(spec)
    near = _near_examples(spec, shapes, count, seed)
    # Small types repeat themselves; with no examples to change, draw as many again.
    fresh = list(_drawn(spec, shapes, count if near else 2 * count, (seed, extra)))
    rng = random.Random(seed + 1)
    related = [relate(call, shapes, rng) for call in (*near[1::2], *fresh)] if len(shapes) > 1 else []
    mixed = (c for row in itertools.zip_longest(fresh, near, related) for c in row if c is not None)
    return distinct_calls(mixed, count)


def distinct_calls(calls: Iterable[Call], count: int) -> tuple[Call, ...]:
    """Return the first `count` distinct calls."""
    found: dict[str, Call] = {}
    for call in calls:
        if len(found) == count:
            break
        found.setdefault(call.key, call)
    return tuple(found.values())


def repaired(calls: Sequence[Call]) -> Iterator[Call]:
    """Yield versions of `calls` that common preconditions like better.

    Sorted, without repetitions, non-negative, positive, of equal lengths, in order: what random inputs
    seldom are and specifications often ask for.
    """
    for call in calls:
        for fix in (_sorted, _unique, _sorted_unique, abs, _positive, _even, _nonempty):
            args = tuple(_fixed(a, fix) for a in call.args)
            yield Call(args, call.kwargs)
        lengths = [len(a) for a in call.args if type(a) in (list, str, tuple)]
        if len(lengths) > 1:
            short = min(lengths)
            cut = (a[:short] if type(a) in (list, str, tuple) else a for a in call.args)
            yield Call(tuple(cut), call.kwargs)
        numbers = sorted(a for a in call.args if type(a) is int)
        if len(numbers) > 1:
            turn = iter(numbers)
            yield Call(tuple(next(turn) if type(a) is int else a for a in call.args), call.kwargs)
            for first in call.args:
                if type(first) in (list, str) and first:
                    inside = (abs(a) % len(first) if type(a) is int else a for a in call.args)
                    yield Call(tuple(inside), call.kwargs)


def _fixed(value: Any, fix: Any) -> Any:
    try:
        if type(value) is list and fix in (abs, _positive, _even):
            return [fix(item) for item in value]
        return fix(value)
    except TypeError:
        return value


def _sorted(value: Any) -> Any:
    return sorted(value) if type(value) is list else value


def _unique(value: Any) -> Any:
    return list(dict.fromkeys(value)) if type(value) is list else value


def _sorted_unique(value: Any) -> Any:
    return sorted(set(value)) if type(value) is list else value


def _positive(value: Any) -> Any:
    return abs(value) + 1 if type(value) in (int, float) else value


def _even(value: Any) -> Any:
    return 2 * abs(value) if type(value) is int else value


def _nonempty(value: Any) -> Any:
    return value or ([0] if type(value) is list else "a" if type(value) is str else value)


def _near_examples(spec: PythonSpec, shapes: Sequence[Shape], count: int, seed: int) -> list[Call]:
    """Calls one or two small changes away from an example's call."""
    calls = [e.call for e in spec.examples]
    if not calls:
        return []
    rng = random.Random(seed)
    parts = _parts(spec)
    found = []
    for _ in range(count):
        call = rng.choice(calls)
        for _ in range(rng.choice((1, 1, 2))):
            call = _changed_call(call, spec.signature.parameters, shapes, parts, rng)
        found.append(call)
    return found


def _changed_call(
    call: Call,
    parameters: Sequence[Parameter],
    shapes: Sequence[Shape],
    parts: Sequence[Any],
    rng: random.Random,
) -> Call:
    places = len(call.args) + len(call.kwargs)
    if not places:
        return call
    at = rng.randrange(places)
    if at < len(call.args):
        shape = shapes[min(at, len(shapes) - 1)]
        changed = mutate(call.args[at], shape, parts, rng)
        return Call((*call.args[:at], changed, *call.args[at + 1 :]), call.kwargs)
    name, value = call.kwargs[at - len(call.args)]
    index = next((i for i, p in enumerate(parameters) if p.name == name), None)
    if index is None:
        return call
    changed = mutate(value, shapes[index], parts, rng)
    return Call(call.args, tuple((n, changed if n == name else v) for n, v in call.kwargs))


def _drawn(
    spec: PythonSpec, shapes: Sequence[Shape], count: int, source: tuple[int, Sequence[Any]]
) -> Iterator[Call]:
    # Hypothesis takes 0.1 s to import; whoever only wants the shapes should not wait for it.
    from hypothesis import strategies as st

    from proofsmith.verifiers.properties.strategies import draw, pool_of, strategy

    seed, extra = source
    pool = pool_of(_parts(spec), [*constants_of(spec), *extra])
    places = []
    for parameter, shape in zip(spec.signature.parameters, shapes, strict=True):
        if parameter.kind == "VAR_KEYWORD":
            continue
        place = strategy(shape, pool)
        if parameter.kind == "VAR_POSITIONAL":
            place = st.lists(place, max_size=4)
        elif parameter.default is not None:
            place = st.one_of(place, st.just(_OMITTED))
        places.append((parameter, place))
    for row in draw(st.tuples(*(place for _, place in places)), count, seed):
        yield _call([parameter for parameter, _ in places], row)


_OMITTED = object()


def _call(parameters: Sequence[Parameter], row: Sequence[Any]) -> Call:
    """Arrange drawn values as a call; after an omitted positional one, the rest go by name."""
    args: list[Any] = []
    kwargs: list[tuple[str, Any]] = []
    by_name = False
    for parameter, value in zip(parameters, row, strict=True):
        if value is _OMITTED:
            by_name = True
        elif parameter.kind == "VAR_POSITIONAL":
            args.extend(() if by_name else value)
        elif parameter.kind == "KEYWORD_ONLY" or (by_name and parameter.kind == "POSITIONAL_OR_KEYWORD"):
            kwargs.append((parameter.name, value))
        elif not by_name:
            args.append(value)
    return Call(tuple(args), tuple(kwargs))


def _parts(spec: PythonSpec) -> list[Any]:
    """Every argument of every example."""
    return [v for e in spec.examples for v in (*e.call.args, *(value for _, value in e.call.kwargs))]


def constants_of(spec: PythonSpec) -> list[Any]:
    """Return the literals of the preconditions, properties and reference: where behaviour changes."""
    texts = [p.expression for p in (*spec.preconditions, *spec.properties)]
    return [v for text in (*texts, spec.reference or "") for v in literals(text)]


def literals(source: str) -> list[Any]:
    """Return the int, float and short str literals of a program, docstrings and f-strings aside."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return []
    skipped = (
        {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        if any(isinstance(n, ast.FunctionDef) for n in ast.walk(tree))
        else set()
    )
    found: list[Any] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in skipped:
            value = node.value
            if (isinstance(value, int | float) and abs(value) <= 10**6) or (
                isinstance(value, str) and len(value) <= 20
            ):
                found.append(value)
    return found


def fits(call: Call, spec: PythonSpec, shapes: Sequence[Shape]) -> bool:
    """Say whether the call's arguments are in the shapes of the parameters they go to."""
    by_name = {p.name: s for p, s in zip(spec.signature.parameters, shapes, strict=True)}
    positional = all(conforms(value, shapes[min(i, len(shapes) - 1)]) for i, value in enumerate(call.args))
    return positional and all(conforms(v, by_name[n]) for n, v in call.kwargs if n in by_name)
