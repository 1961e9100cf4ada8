import pytest

from proofsmith.python_spec import Parameter, PythonSpec, Signature
from proofsmith.types import Candidate, Task
from proofsmith.verifiers.assembly import program_text, strip_answers
from proofsmith.verifiers.guards import check_candidate

PREFIX = """\"\"\"About f.

>>> f(1)
2
\"\"\"
import math  # f(1) == 2
from typing import Any, Dict

LIMIT = 3


def helper(y):
    return y


"""
SPEC = PythonSpec(
    Signature("f", (Parameter("x"),)),
    prefix=PREFIX,
    header='def f(x):\n    """Add one.\n\n    >>> f(1)\n    2\n    """\n',
    suffix='\n\ndef test_f():\n    assert f(1) == 2\n\n\nif __name__ == "__main__":\n    print(f(1) == 2)\n',
)
TASK = Task("t", "", "python", SPEC, ("unit-tests",))


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return x + 1\n",
        "import math\n\n\ndef f(x):\n    return x + 1\n",
        "from typing import Dict\n\n\ndef f(x):\n    return x + 1\n",
        "import re\n\nONE = 1\n\n\ndef other(y):\n    return y\n\n\ndef f(x):\n    return x + ONE\n",
    ],
)
def test_candidates_that_fit(source: str) -> None:
    assert check_candidate(TASK, Candidate(source)) is None


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("def f(x):\n    return (", "does not parse"),
        ("def g(x):\n    return x\n", "exactly once"),
        ("def f(x):\n    return 1\n\n\ndef f(x):\n    return 2\n", "exactly once"),
        ("def f(x, y):\n    return 1\n", "must take"),
        ("print(1)\n\n\ndef f(x):\n    return 1\n", "only imports"),
        ("def helper(y):\n    return 5\n\n\ndef f(x):\n    return 1\n", "binds helper"),
        ("LIMIT = 4\n\n\ndef f(x):\n    return 1\n", "binds LIMIT"),
        ("from re import match as math\n\n\ndef f(x):\n    return 1\n", "binds math"),
        ("from re import match as Any\n\n\ndef f(x):\n    return 1\n", "binds Any"),
        ("from re import *\n\n\ndef f(x):\n    return 1\n", "star"),
        ("def test_f():\n    pass\n\n\ndef f(x):\n    return 1\n", "binds test_f"),
        ("x = '" + "x" * 300_000 + "'\n\n\ndef f(x):\n    return 1\n", "longer than"),
        (
            "def f(x):\n" + "".join(" " * 4 * (i + 1) + "if x:\n" for i in range(200)) + " " * 900 + "pass\n",
            "parse",
        ),
    ],
)
def test_candidates_that_do_not(source: str, cause: str) -> None:
    problem = check_candidate(TASK, Candidate(source))
    assert problem is not None
    assert cause in problem.message


def test_another_language_is_refused() -> None:
    assert check_candidate(TASK, Candidate("def f(x):\n    return 1\n", "dafny")) is not None


def test_the_program_that_runs_holds_no_answers_and_keeps_its_lines() -> None:
    candidate = Candidate("def f(x):\n    return x + 1\n")
    program = program_text(TASK, candidate)
    assert "f(1)" not in program
    assert "== 2" not in program
    whole = SPEC.assemble(candidate.source)
    line = whole.splitlines().index("    return x + 1")
    assert program.splitlines()[line] == "    return x + 1"
    names: dict[str, object] = {}
    exec(program, names)
    assert names["f"](1) == 2  # type: ignore[operator]


@pytest.mark.parametrize(
    ("source", "gone", "kept"),
    [
        ("def f():\n    '''secret'''\n    return '# not a comment'\n", "secret", "# not a comment"),
        ("x = 1  # secret ä\ny = 'ü'  # secret\n", "secret", "y = 'ü'"),
        ("class A:\n    'secret'; x = 1\n", "secret", "x = 1"),
        ("class A:\n    '''secret\n    secret'''; x = 1\n", "secret", "x = 1"),
        ("def test_a():\n    assert 'secret'\n\n\nx = 2\n", "secret", "x = 2"),
        ("@mark('secret')\ndef test_a():\n    pass\n\n\nx = 2\n", "secret", "x = 2"),
        ("if __name__ == '__main__':\n    secret()\nx = 2\n", "secret", "x = 2"),
    ],
)
def test_answers_are_stripped(source: str, gone: str, kept: str) -> None:
    stripped = strip_answers(source)
    assert gone not in stripped
    assert kept in stripped
    compile(stripped, "<stripped>", "exec")


def test_a_used_helper_stays_whatever_its_name() -> None:
    source = "def test_even(x):\n    return x % 2 == 0\n\n\ndef g(x):\n    return test_even(x)\n"
    assert strip_answers(source) == source


def test_text_that_does_not_parse_stays() -> None:
    assert strip_answers("def (:") == "def (:"
