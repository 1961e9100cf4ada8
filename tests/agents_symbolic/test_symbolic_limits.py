"""No operator takes long on any values that enumeration can make, however nasty."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofsmith.agents.policies.symbolic.expr import Op
from proofsmith.agents.policies.symbolic.grammar import TABLES
from proofsmith.agents.policies.symbolic.operators import guards
from proofsmith.agents.policies.symbolic.operators.signature import instantiate
from proofsmith.agents.policies.symbolic.types import (
    ANY,
    BOOL,
    CHR,
    FLOAT,
    INT,
    STR,
    FrozenDict,
    Type,
    list_of,
    tuple_of,
)

SECONDS = 1.0
HUGE = 2**guards.MAX_BITS - 1
LONG = guards.MAX_LENGTH
UNIVERSE = {
    INT,
    FLOAT,
    BOOL,
    STR,
    CHR,
    ANY,
    *map(list_of, (INT, FLOAT, BOOL, STR, list_of(INT), list_of(STR), tuple_of(INT, INT))),
    list_of(list_of(INT)),
    tuple_of(INT, INT),
    tuple_of(INT, INT, INT),
    list_of(tuple_of(INT, INT, INT)),
    tuple_of(CHR, CHR),
    list_of(tuple_of(CHR, CHR)),
    list_of(tuple_of(INT, CHR)),
    tuple_of(INT, CHR),
    Type("set", (INT,)),
    Type("set", (STR,)),
    Type("dict", (INT, INT)),
    Type("dict", (STR, INT)),
    list_of(tuple_of(STR, INT)),
    tuple_of(STR, INT),
}
OPS = [op for _, op in instantiate(TABLES, UNIVERSE)]
NASTY: dict[Type, tuple[Any, ...]] = {
    INT: (HUGE, -HUGE, 10**6, 999_983, 5_000, 64, 63, 2, 1, 0, -1, 2**61 - 1),
    FLOAT: (float("inf"), float("-inf"), float("nan"), 1e308, 5e-324, -0.0, 0.1, float(2**52)),
    BOOL: (True, False),
    STR: ("", "ab" * (LONG // 2), " " * LONG, "([{" * (LONG // 3), "9" * 70, "1" * LONG, "\x00é\n" * 9),
    CHR: ("a", "", " ", "ß", "\U0001f600"),
    ANY: (1, "x", (1, (2, (3,))), None),
}


def values(type_: Type) -> tuple[Any, ...]:
    """Return the nasty values of a type; of the same length as few as that is possible with."""
    if type_ in NASTY:
        return NASTY[type_]
    parts = [values(a) for a in type_.args]
    if type_.name == "tuple":
        return tuple(tuple(p[k % len(p)] for p in parts) for k in range(4))
    if type_.name == "dict":
        keys, items = parts
        return (FrozenDict(), FrozenDict(zip(keys, itertools.cycle(items))))
    made: list[Any] = [(), parts[0], tuple(itertools.islice(itertools.cycle(parts[0]), LONG))]
    if type_.args[0] is INT:
        made += [tuple(range(LONG)), (HUGE,) * LONG]
    if type_.args[0].name == "list":
        made = [(), parts[0], (tuple(parts[0][-1][:40]),) * 40, (parts[0][-1],) * LONG]
    return tuple(map(frozenset, made)) if type_.name == "set" else tuple(made)


def functions(type_: Type) -> tuple[Any, ...]:
    results = values(type_.args[1])
    return tuple(lambda x, r=r: r for r in results) + (
        (lambda x: x,) if type_.args[1] == type_.args[0] else ()
    )


def timed(op: Op, arguments: tuple[Any, ...]) -> float:
    """Return the processor time that a call takes, the least of up to three tries."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        try:
            op.fn(*arguments)
        except Exception:  # an operator may refuse
            pass
        best = min(best, time.process_time() - started)
        if best < SECONDS:
            break
    return best


@pytest.mark.parametrize("name", sorted({op.name for op in OPS}))
def test_an_operator_is_quick_on_the_nastiest_values(name: str) -> None:
    for op in OPS:
        if op.name == name:
            columns = [functions(a) if a.name == "fn" else values(a) for a in op.args]
            rows = list(itertools.product(*columns))
            for arguments in rows[:: 1 + len(rows) // 150]:
                assert timed(op, arguments) < SECONDS, (op, str(arguments)[:200])


INTS = st.integers(-HUGE, HUGE)
DRAWN: dict[Type, st.SearchStrategy[Any]] = {
    INT: INTS | st.integers(-70, 70),
    FLOAT: st.floats(),
    BOOL: st.booleans(),
    STR: st.builds(lambda s, n: (s * n)[:LONG], st.text(max_size=6), st.integers(0, LONG)),
    CHR: st.characters(),
}


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_scalar_operator_is_quick_on_any_values(data: st.DataObject) -> None:
    op = data.draw(st.sampled_from([op for op in OPS if all(a in DRAWN for a in op.args)]))
    arguments = tuple(data.draw(DRAWN[a]) for a in op.args)
    assert timed(op, arguments) < SECONDS, (op, str(arguments)[:200])
