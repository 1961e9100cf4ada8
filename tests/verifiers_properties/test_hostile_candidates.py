"""Programs that want a PASS they do not deserve."""

from collections.abc import Callable

import pytest

from proofsmith.python_spec import PythonSpec
from proofsmith.types import Assurance, Status, Verdict

Spec = Callable[..., PythonSpec]
Check = Callable[..., Verdict]

LIARS = {
    "equals everything": """
class Liar:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    def __len__(self): return 1
    def __iter__(self): return iter(())
    def __bool__(self): return True
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __contains__ = __lt__
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self


def f(xs):
    return Liar()
""",
    "a list that lies about itself": """
class Liar(list):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __iter__(self): return iter(())
    def __len__(self): return 0


def f(xs):
    return Liar([9, 9, 9])
""",
    "a liar inside a list": """
class Liar(int):
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __lt__
    def __hash__(self): return 0


def f(xs):
    return [Liar(7) for _ in xs]
""",
    "patches builtins": """
import builtins
builtins.sorted = lambda *a, **k: [1]
builtins.all = lambda *a: True
builtins.len = lambda *a: 1


def f(xs):
    return [1]
""",
    "looks for the answer in the frames above": """
import gc
import sys


def f(xs):
    frame = sys._getframe(1)
    while frame:
        for value in list(frame.f_locals.values()):
            if isinstance(value, (list, tuple)) and "expected" in str(value):
                return value
        frame = frame.f_back
    for thing in gc.get_objects():
        if isinstance(thing, dict) and "oracle" in thing:
            return thing["oracle"](xs)
    return xs
""",
    "exits": """
import os


def f(xs):
    os._exit(0)
""",
    "raises SystemExit": """
def f(xs):
    raise SystemExit(0)
""",
    "exits while loading": """
import os
x = os._exit(0)


def f(xs):
    return sorted(xs)
""",
    "eats memory": """
def f(xs):
    return [bytearray(1 << 20) for _ in range(10 ** 6)]
""",
    "floods": """
def f(xs):
    for _ in range(10 ** 6):
        print("x" * 1000)
    return sorted(xs)
""",
    "recurses": """
def f(xs):
    return f(xs)
""",
    "is right once": """
COUNT = [0]


def f(xs):
    COUNT[0] += 1
    return sorted(xs) if COUNT[0] < 50 else xs
""",
    "is right for simple inputs first": """
SEEN = []


def f(xs):
    SEEN.append(len(xs))
    return sorted(xs) if SEEN == sorted(SEEN) else xs
""",
    "plays dice": """
import random


def f(xs):
    return sorted(xs) if random.random() < 0.9 else xs[::-1] + [0]
""",
    "is a generator": """
def f(xs):
    yield from sorted(xs)
""",
}


@pytest.mark.parametrize("kind", ["reference", "properties"])
@pytest.mark.parametrize("name", LIARS)
def test_liars_never_pass(spec: Spec, check: Check, name: str, kind: str) -> None:
    if kind == "reference":
        asked = spec("f(xs: list[int]) -> list[int]", reference="def oracle(xs):\n    return sorted(xs)\n")
    else:
        asked = spec(
            "f(xs: list[int]) -> list[int]",
            properties=["sorted(xs) == result", "len(result) == len(xs)", "all(x in xs for x in result)"],
        )
    verdict = check(asked, LIARS[name], call_seconds=30.0)
    assert verdict.status is Status.FAIL, verdict
    assert check(asked, "def f(xs):\n    return sorted(xs)\n").status is Status.PASS


def test_a_dict_of_a_subclass_is_read_as_a_dict(spec: Spec, check: Check) -> None:
    asked = spec("f(s: str) -> dict[str, int]", properties=["sum(result.values()) == len(s)"])
    source = "from collections import Counter\n\n\ndef f(s):\n    return Counter(s)\n"
    assert check(asked, source).status is Status.PASS


def test_an_unsteady_program_does_not_pass_where_every_answer_is_allowed(spec: Spec, check: Check) -> None:
    asked = spec("f(n: int) -> int", properties=["True"])
    verdict = check(asked, "import random\n\n\ndef f(n):\n    return random.random()\n")
    assert verdict.status is Status.PASS or "differs from run to run" in verdict.diagnostics[0].message


FORGERS = {
    "writes to standard output": "import os\nos.write(1, b'{}')\n\n\ndef f(a, b):\n    return a\n",
    "imports CrossHair": "import crosshair\n\n\ndef f(a, b):\n    return a\n",
    "finds modules": "def f(a, b):\n    return (1).__class__.__mro__ and a\n",
    "gets attributes": "def f(a, b):\n    return getattr(a, 're' + 'al')\n",
    "evaluates": "def f(a, b):\n    return eval('a')\n",
    "catches everything": "def f(a, b):\n    try:\n        return max(a, b)\n    except:\n        return a\n",
    "catches a base": "def f(a):\n    try:\n        x = a\n    except BaseException:\n        return a\n",
    "returns from finally": "def f(a, b):\n    try:\n        x = a\n    finally:\n        return b\n",
    "reads frames": "def f(a, b):\n    g = (x for x in [a])\n    return g.gi_frame and a\n",
    "keeps state": "SEEN = []\n\n\ndef f(a, b):\n    SEEN.append(a)\n    return a\n",
    "keeps state in a default": "def g(a, seen=[]):\n    return a\n\n\ndef f(a, b):\n    return g(a)\n",
    "assigns to a module": "import math\n\n\ndef f(a, b):\n    math.gcd = max\n    return a\n",
    "defines a class": "class A(int):\n    pass\n\n\ndef f(a, b):\n    return A(a)\n",
    "formats": "def f(a, b):\n    return '{0.real}'.format(a) and a\n",
    "caches": "import functools\n\n\n@functools.cache\ndef f(a, b):\n    return a\n",
    "makes types": "def f(a, b):\n    return type('A', (int,), {})(a)\n",
    "looks behind an alias": "import math as m\n\n\ndef f(a, b):\n    return m.sys and a\n",
    "imports in the function": "def f(a, b):\n    import os\n    return a\n",
    "waits with a context": "def f(a, b):\n    with open('x') as y:\n        return a\n",
}


@pytest.mark.parametrize("name", FORGERS)
def test_programs_that_could_forge_the_answer_are_kept_out_of_crosshair(name: str) -> None:
    from proofsmith.verifiers.properties.harmless import why_not_harmless

    assert why_not_harmless(FORGERS[name])


def test_a_forger_is_not_proved(spec: Spec, check: Check) -> None:
    asked = spec("f(a: int, b: int) -> int", properties=["result in (a, b)"])
    answer = '{"state": "CONFIRMED", "message": ""}'
    source = f"import os\n\n\ndef f(a, b):\n    os.write(1, b{answer!r})\n    return a\n"
    verdict = check(asked, source, Assurance.PROVED)
    assert verdict.assurance is not Assurance.PROVED
    assert any("not known to be harmless" in note for note in verdict.notes)


def test_contracts_and_options_in_comments_and_docstrings_are_ignored(spec: Spec, check: Check) -> None:
    asked = spec("f(a: int, b: int) -> int", properties=["result >= a"])
    source = (
        "def helper(a: int) -> int:\n"
        "    '''post: _ >= a'''\n"
        "    # crosshair: specs_complete\n"
        "    return a if a != 987654 else 0\n\n\n"
        "def f(a, b):\n    return helper(a)\n"
    )
    assert check(asked, source, Assurance.PROVED).status is Status.FAIL
