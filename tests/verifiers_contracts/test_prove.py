"""Contracts put to Z3: what is proved is true, what is refuted is false, and nothing else is claimed."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofsmith.verifiers.contracts.contract import Answer, Contract, ask
from proofsmith.verifiers.contracts.prove import prove


def asked(program: str, names: str, properties=(), pre=(), reference: str = "", **more) -> Answer:
    parameters = tuple((n, "int") if ":" not in n else tuple(n.split(":")) for n in names.split())
    return prove(Contract(program, "f", parameters, tuple(pre), tuple(properties), reference, "g", **more))


PROVED = [
    (
        "def f(x, y):\n    return x if x > y else y\n",
        "x y",
        ["result >= x and result >= y", "result in (x, y)"],
        [],
    ),
    ("def f(a, b):\n    return a - b * (a // b)\n", "a b", ["result == a % b"], ["b != 0"]),
    ("def f(x):\n    return abs(x)\n", "x", ["result >= 0", "result == x or result == -x"], []),
    ("def f(x):\n    return x & 7\n", "x", ["0 <= result < 8", "(x - result) % 8 == 0"], []),
    ("def f(x):\n    return x >> 2\n", "x", ["4 * result <= x < 4 * result + 4"], []),
    ("def f(x, y):\n    return x ^ y\n", "x y", ["result >= 0"], ["0 <= x < 256", "0 <= y < 256"]),
    (
        "def f(p):\n    a, b = p\n    return (b, a) if a > b else (a, b)\n",
        "p:tuple[int,int]",
        ["result[0] <= result[1]", "sum(result) == sum(p)"],
        [],
    ),
    ("def f(a, b):\n    return a and not b\n", "a:bool b:bool", ["result == (a > b)"], []),
    ("def g(x):\n    return x + 1\n\n\ndef f(x):\n    return g(g(x))\n", "x", ["result == x + 2"], []),
    (
        "def f(x):\n    for k in (2, 3, 5):\n        if x % k == 0:\n            return k\n    return 0\n",
        "x",
        ["result == 0 or x % result == 0"],
        [],
    ),
]

PROVED_BY_INVARIANTS = [
    (
        "def f(n):\n    s = 0\n    for i in range(n + 1):\n        s += i\n    return s\n",
        "n",
        ["2 * result == n * (n + 1)"],
        ["n >= 0"],
    ),
    (
        "def f(a, b):\n    q, r = 0, a\n    while r >= b:\n        r -= b\n        q += 1\n    return q\n",
        "a b",
        ["result == a // b"],
        ["a >= 0", "b > 0"],
    ),
    ("def f(n):\n    while n > 0:\n        n -= 1\n    return n\n", "n", ["result <= 0"], []),
    (
        "def f(a, b):\n    r = 0\n    for i in range(a):\n        r += b\n    return r\n",
        "a b",
        ["result == a * b"],
        ["a >= 0"],
    ),
]

REFUTED = [
    ("def f(x, y):\n    return x if x < y else y\n", "x y", ["result >= x and result >= y"], []),
    ("def f(a, b):\n    return a // b\n", "a b", ["result == a // b if b else True"], []),
    ("def f(x):\n    return x\n", "x", ["result >= 0"], []),
    (
        "def f(n):\n    s = 0\n    for i in range(n):\n        s += i\n    return s\n",
        "n",
        ["2 * result == n * (n + 1)"],
        [],
    ),
    ("def f(x):\n    assert x > 0\n    return x\n", "x", ["result > 0"], []),
    ("def f(x):\n    if x == 123456:\n        return 0\n    return x\n", "x", ["result == x"], []),
]

BOUNDED = [
    # wrong beyond the bound: must not be called proved
    (
        "def f(n):\n    s = 0\n    for i in range(n):\n        s += 1\n    return s if n != 50 else 0\n",
        "n",
        ["result == n"],
        ["n >= 0"],
    ),
    ("def f(n):\n    while n > 0:\n        n += 1\n    return n\n", "n", ["result <= 0"], []),
    ("def f(n):\n    return 1 if n <= 0 else n * f(n - 1)\n", "n", ["result >= 1"], []),
]

LATE_FAILURES = [
    "def f(n):\n    i, k = 0, 20\n    while i < n:\n        assert i < k\n        i += 1\n    return 0\n",
    "def f(n):\n    k = 20\n    for i in range(n):\n        assert i < k\n    return 0\n",
    "def f(n):\n    i, k = 0, 20\n    while i < n:\n        i += 1 + 0 // (k - i)\n    return 0\n",
]

UNKNOWN = [
    ("def f(x):\n    return hash(x)\n", "x", ["result >= 0"]),
    ("def abs(x):\n    return -5\n\n\ndef f(x):\n    return abs(x)\n", "x", ["result >= 0"]),
    ("abs = len\n\n\ndef f(x):\n    return abs(x)\n", "x", ["result >= 0"]),
    ("from evil import abs\n\n\ndef f(x):\n    return abs(x)\n", "x", ["result >= 0"]),
    ("def f(x, range=0):\n    return abs(x)\n", "x", ["result >= 0"]),
    ("def f(x: print('hello')):\n    return abs(x)\n", "x", ["result >= 0"]),
    ("print('hello')\n\n\ndef f(x):\n    return abs(x)\n", "x", ["result >= 0"]),
    ("@evil\ndef f(x):\n    return abs(x)\n", "x", ["result >= 0"]),
    ("def f(x):\n    return abs(x)\n\n\ndef f(x):\n    return -1\n", "x", ["result >= 0"]),
    ("def f(x):\n    global y\n    return abs(x)\n", "x", ["result >= 0"]),
    ("def f(x):\n    if x > 0:\n        y = 1\n    return y\n", "x", ["result == 1"]),
    ("def g(x):\n    return x\n\n\ndef f(x):\n    return g(x)\n    g = 1\n", "x", ["result == x"]),
    ("def g(x):\n    return x\n\n\ndef f(x):\n    return g(x)\n    def g(): pass\n", "x", ["result == x"]),
    (
        "def g(x):\n    return x\n\n\nfrom math import sin as g\n\n\ndef f(x):\n    return g(x)\n",
        "x",
        ["result == x"],
    ),
    ("def f(x):\n    return x\n    yield\n", "x", ["result == x"]),
    ("def f(x):\n    return x\n", "x:float", ["result == x"]),
    ("def f(x):\n    return x\n", "x", []),
]


@pytest.mark.parametrize(("program", "names", "properties", "pre"), PROVED + PROVED_BY_INVARIANTS)
def test_what_holds_for_all_inputs_is_proved(program, names, properties, pre):
    assert asked(program, names, properties, pre).outcome == "proved"


@pytest.mark.parametrize(("program", "names", "properties", "pre"), REFUTED)
def test_what_does_not_hold_is_refuted_by_an_input_that_really_fails(program, names, properties, pre):
    answer = asked(program, names, properties, pre)
    assert answer.outcome == "refuted"
    assert _fails(program, names, properties, answer.inputs)


@pytest.mark.parametrize(("program", "names", "properties", "pre"), BOUNDED)
def test_what_was_followed_to_a_bound_is_not_called_proved(program, names, properties, pre):
    assert asked(program, names, properties, pre).outcome == "bounded"


@pytest.mark.parametrize(("program", "names", "properties"), UNKNOWN)
def test_what_cannot_be_modelled_exactly_is_unknown(program, names, properties):
    answer = asked(program, names, properties)
    assert answer.outcome == "unknown"
    assert answer.reason


@pytest.mark.parametrize("program", LATE_FAILURES)
def test_a_loop_that_fails_beyond_the_bound_is_not_summarised_away(program):
    assert asked(program, "n", ["result == 0"], ["n >= 0"]).outcome == "bounded"


LATE_CHANGES = [
    "def f(n):\n    r = False\n    for i in range(n):\n        r = i // 200\n    return r\n",
    "def f(n):\n    r, i = True, 0\n    while i < n:\n        i += 1\n        r = i // 99\n    return r\n",
    "def f(n):\n    r, s = False, 0\n    for i in range(n):\n        r, s = s, i // 100\n    return r\n",
]
"""The result is 0 or 1 for every bound the prover unrolls to, and more later."""


@pytest.mark.parametrize("program", LATE_CHANGES)
def test_a_variable_that_turns_from_bool_to_int_in_a_loop_is_not_summarised(program):
    assert asked(program, "n", ["0 <= result <= 1"], ["n >= 0"]).outcome != "proved"


def test_contradictory_preconditions_prove_nothing():
    assert asked("def f(x):\n    return 0\n", "x", ["result == 1"], ["x > 0", "x < 0"]).outcome == "unknown"


def test_counterexamples_are_small():
    answer = asked("def f(x):\n    return x * x\n", "x", ["result == x"])
    assert abs(answer.inputs[0]) <= 2


def test_a_reference_is_an_oracle():
    reference = "def g(a, b):\n    return a // b\n"
    right = "def f(a, b):\n    q = 0\n    while a >= b:\n        a -= b\n        q += 1\n    return q\n"
    pre = ["a >= 0", "b > 0"]
    assert asked(right, "a b", [], pre, reference).outcome in ("proved", "bounded")
    branches = "def f(a, b):\n    return -(-a // b) if a % b == 0 else (a - a % b) // b\n"
    assert asked(branches, "a b", [], ["0 <= a < 100", "0 < b < 9"], reference).outcome == "proved"
    answer = asked(right.replace(">=", ">"), "a b", [], pre, reference)
    assert answer.outcome == "refuted"
    a, b = answer.inputs
    assert answer.expected == a // b == answer.result + 1


def test_the_worker_answers_and_is_killed_at_its_deadline():
    contract = Contract("def f(x):\n    return x\n", "f", (("x", "int"),), (), ("result == x",))
    assert ask(contract).outcome == "proved"
    hard = "def f(x, y, z):\n    return x * x * x + y * y * y - z * z * z\n"
    names = tuple((n, "int") for n in "xyz")
    endless = Contract(hard, "f", names, ("x > 1", "y > 1", "z > 1"), ("result != 0",), seconds=1.0)
    assert ask(endless).outcome == "unknown"


def _fails(program: str, names: str, properties, inputs) -> bool:
    scope: dict = {}
    exec(program, scope)
    try:
        result = scope["f"](*inputs)
        env = dict(zip((n.split(":")[0] for n in names.split()), inputs, strict=True), result=result)
        return not all(eval(p, {}, env) for p in properties)
    except Exception:
        return True


# -- random programs: the model of Python agrees with Python -------------------------------------

_LEAVES = st.sampled_from(["x", "y", "0", "1", "2", "-1", "3"])


def _grown(children):
    binary = st.tuples(children, st.sampled_from(["+", "-", "*", "//", "%", "&", "and", "or"]), children)
    compare = st.tuples(children, st.sampled_from(["<", "<=", "==", "!="]), children)
    return st.one_of(
        binary.map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(children, compare, children).map(lambda t: f"({t[0]} if {' '.join(t[1])} else {t[2]})"),
        st.tuples(st.sampled_from(["abs({})", "(-{})", "int({})", "min({}, y)", "max(x, {})"]), children).map(
            lambda t: t[0].format(t[1])
        ),
    )


EXPRESSIONS = st.recursive(_LEAVES, _grown, max_leaves=6)


@settings(deadline=None, max_examples=150)
@given(one=EXPRESSIONS, two=EXPRESSIONS, loop=st.booleans())
def test_verdicts_on_random_programs_agree_with_running_them(one, two, loop):
    if loop:
        step = re.sub(r"\bx\b", "i", one)
        program = f"def f(x, y):\n    t = 0\n    for i in range(x):\n        t += {step}\n    return t\n"
    else:
        program = f"def f(x, y):\n    if {two}:\n        return {one}\n    return {two}\n"
    claim = f"result == ({one})"
    answer = asked(program, "x y", [claim], ["-3 <= x <= 3", "-3 <= y <= 3"], seconds=3.0)
    points = itertools.product(range(-3, 4), repeat=2)
    failing = [p for p in points if _fails(program, "x y", [claim], p)]
    if answer.outcome in ("proved", "bounded"):
        assert not failing
    if answer.outcome == "refuted":
        assert answer.inputs in failing


_STARTS = st.sampled_from(["0", "1", "n", "False", "True", "n > 3"])
_STEPS = st.sampled_from(
    """{a} + 1|{a} - 1|{b} + {a}|{a} + 2 if {a} < {k} else {b}|{a} > {k}|not {a}|{a} // 2|{b}|i|i // {k}
    |i == {k}|{a} or i // {k}|max({a}, {b})|{a} - {b} if i > {k} else {a}""".replace("\n    ", "").split("|")
)
_CLAIMS = st.sampled_from(
    [
        "result >= 0",
        "result <= n",
        "result <= 1",
        "result == n",
        "result >= n",
        "result < {k}",
        "result != {k}",
    ]
)


@settings(deadline=None, max_examples=60)
@given(
    starts=st.tuples(_STARTS, _STARTS),
    steps=st.tuples(_STEPS, _STEPS),
    claim=_CLAIMS,
    k=st.sampled_from([0, 1, 7, 60, 130]),
    shape=st.sampled_from(["for", "while", "nested"]),
)
def test_what_is_proved_of_random_loops_holds_far_beyond_the_bound(starts, steps, claim, k, shape):
    step = [s.format(a="a" if i == 0 else "b", b="b" if i == 0 else "a", k=k) for i, s in enumerate(steps)]
    lines = [f"a = {starts[0]}", f"b = {starts[1]}"]
    if shape == "for":
        lines += ["for i in range(n):", f"    a = {step[0]}", f"    b = {step[1]}"]
    elif shape == "while":
        lines += ["i = 0", "while i < n:", "    i += 1", f"    a = {step[0]}", f"    b = {step[1]}"]
    else:
        lines += [
            "for j in range(n):",
            f"    a = {step[0].replace('i', 'j')}" if "if" not in step[0] else "    a = b",
        ]
        lines += ["    for i in range(j):", f"        b = {step[1]}"]
    program = "def f(n):\n" + "".join(f"    {line}\n" for line in [*lines, "return a"])
    claim = claim.format(k=k)
    if asked(program, "n", [claim], ["n >= 0"], seconds=3.0).outcome == "proved":
        assert not [n for n in (0, 1, 2, 5, 40, 150, 300) if _fails(program, "n", [claim], (n,))]
