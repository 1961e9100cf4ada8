"""Python functions that break their contract on an input that no test would try: none may be proved."""

import pytest

from proofsmith.verifiers.contracts.contract import Answer, Contract
from proofsmith.verifiers.contracts.prove import prove

RARE = 987_654_321
IDENTITY = "def f(x: int) -> int:\n    return x\n"


def answer(program: str, *properties: str, reference: str = "", pre: tuple[str, ...] = ()) -> Answer:
    parameters = (("x", "int"),)
    return prove(Contract(program, "f", parameters, pre, properties, reference, "f", seconds=8.0))


@pytest.mark.parametrize(
    "program",
    [
        f"def f(x):\n    return min(x) if x == {RARE} else x\n",
        f"def f(x):\n    return max(x) if x == {RARE} else x\n",
        IDENTITY
        + "def spoil(g):\n    global f\n    f = lambda x: 0\n    return g\n@spoil\ndef g():\n    pass\n",
        IDENTITY + "def g(*args: exec('def f(x): return 0')):\n    pass\n",
        IDENTITY + "def g(**args: exec('def f(x): return 0')):\n    pass\n",
        IDENTITY + "def g(*, x: exec('def f(x): return 0')):\n    pass\n",
        IDENTITY + "def g(x=exec('def f(x): return 0')):\n    pass\n",
        f"def f(x):\n    if x == {RARE}:\n        y = 0\n    return y if x == {RARE} else x\n",
        f"def f(x):\n    for i in range(0 if x == {RARE} else 1):\n        y = x\n    return y\n",
        f"def f(x):\n    return (x,)[x == {RARE}]\n",
        f"def f(x):\n    return x if x != {RARE} else f(x)\n",
    ],
)
def test_what_fails_on_a_rare_input_is_not_proved(program: str) -> None:
    assert answer(program, "result == x").outcome in ("unknown", "refuted", "bounded")


@pytest.mark.parametrize("rare", ["1", "(x > 5) + 0", "(x > 5 or 0) & True", "max(x > 5, 0)", "x > 5 and 1"])
def test_a_result_that_is_an_int_on_a_rare_input_is_not_proved_equal_to_a_bool(rare: str) -> None:
    program = f"def f(x):\n    return x > 5 if x != {RARE} else {rare}\n"
    assert answer(program, reference="def f(x):\n    return x > 5\n").outcome == "unknown"


def test_what_is_a_bool_or_an_int_may_be_computed_with() -> None:
    program = "def f(x):\n    return 2 if x > 0 and x % 2 else 1\n"
    reference = "def f(x):\n    return 1 + (x > 0 and x % 2 == 1)\n"
    assert answer(program, reference=reference).outcome == "proved"


@pytest.mark.parametrize("loop", ["for k in range(x):", "while i < x:"])
def test_a_property_that_cannot_be_asked_inside_a_loop_proves_nothing(loop: str) -> None:
    program = f"def f(x):\n    i = 0\n    {loop}\n        i = i + 1\n    return 5\n"
    found = answer(program, "2 ** result >= 0", "x < 20 or result == 7", pre=("x >= 0",))
    assert found.outcome != "proved"
