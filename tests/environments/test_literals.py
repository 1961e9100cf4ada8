"""The safe evaluator: everything people write as plain data, and nothing else, in bounded time."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofsmith import values
from proofsmith.environments import literals

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False, allow_infinity=False)
)
hashables = st.recursive(
    scalars, lambda inner: st.tuples(inner) | st.frozensets(inner, max_size=3), max_leaves=5
)
data = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(hashables, inner, max_size=3)
        | st.sets(hashables, max_size=3)
    ),
    max_leaves=12,
)


@given(data)
def test_every_printed_value_is_read_back(value: object) -> None:
    assert values.equal(literals.read(repr(value), literals.CONSTANTS), value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[0] * 3", [0, 0, 0]),
        ("-1", -1),
        ("2**10", 1024),
        ("'a' * 4 + 'b'", "aaaab"),
        ("float('inf')", math.inf),
        ("list(range(5))", [0, 1, 2, 3, 4]),
        ("set()", set()),
        ("[i * i for i in range(4) if i % 2]", [1, 9]),
        ("{k: len(k) for k in ['a', 'bb']}", {"a": 1, "bb": 2}),
        ("[(a, b) for a in 'xy' for b in (1, 2)]", [("x", 1), ("x", 2), ("y", 1), ("y", 2)]),
        ("'a b c'.split()", ["a", "b", "c"]),
        ("', '.join(['a', 'b'])", "a, b"),
        ("1 if 2 > 1 else 0", 1),
        ("[1, *(2, 3)][::-1]", [3, 2, 1]),
        ("dict(a=1, b=2)", {"a": 1, "b": 2}),
        ("sorted({3, 1, 2}, reverse=True)", [3, 2, 1]),
        ("math.pi", math.pi),
        ("1 < 2 < 3 and not False", True),
        ("round(2.567, 2)", 2.57),
    ],
)
def test_expressions(text: str, expected: object) -> None:
    assert values.equal(literals.read(text), expected)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "open('/etc/passwd')",
        "__import__('os').system('true')",
        "().__class__",
        "'{0.__class__}'.format(1)",
        "lambda: 1",
        "...",
        "1 +",
        "",
        "f'{1}'",
        "[].append(1)",
        "(x := 3)",
        "'%d' % 3",
        "1 / 0",
        "int('z')",
        "[1][5]",
        "{[]: 1}",
        "(yield)",
        "await x",
        "str.__subclasses__()",
        "print(1)",
        "eval('1')",
        "getattr(1, 'real')",
    ],
)
def test_what_is_no_plain_data_is_refused(text: str) -> None:
    with pytest.raises(literals.NotPlain):
        literals.read(text)


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9",
        "2**100000000",
        "1 << 10**9",
        "'a' * 10**10",
        "[0] * 10**9",
        "10**9 * [0]",
        "bytes(10**10)",
        "list(range(10**12))",
        "[[0] * 1000] * 1000",
        "[a for a in range(1000) for b in range(1000)]",
        "sum([[0] * 30000 for i in range(1000)], [])",
        "('x' * 50000).join(['y'] * 50000)",
        "'a'.join('b' * 30000 for i in range(10000))",
        "(" * 5000 + ")" * 5000,
        "[" * 5000 + "]" * 5000,
        "-" * 20000 + "1",
        "0x" + "f" * 100000,
        "1" * 100000,
        "pow(9, 9**9)",
        "factorial(10**6)",
        "('a' * 50000).split('a') * 50000",
    ],
)
def test_what_would_grow_is_refused_in_time(text: str, in_time: Any) -> None:
    with in_time(0.0), pytest.raises(literals.NotPlain):
        literals.read(text)


def test_iterators_are_told_from_data() -> None:
    assert literals.iterates(literals.parse("range(3)"))
    assert literals.iterates(literals.parse("(i for i in 'ab')"))
    assert not literals.iterates(literals.parse("list(range(3))"))
