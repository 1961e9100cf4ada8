"""TOML task files: the documented format, and a clear line for everything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofsmith import values
from proofsmith.environments import task_file
from proofsmith.environments.load import load
from proofsmith.errors import BadInput
from proofsmith.python_spec import Outcome
from proofsmith.types import Assurance
from proofsmith.values import Tolerance

Write = Callable[..., str]
BASE = 'signature = "def f(x, y=1)"\n'


def test_the_documented_format_loads(write: Write) -> None:
    text = (task_file.__doc__ or "").partition("::\n\n")[2].partition("\n\nAn example gives")[0]
    lines = [line.removeprefix("    ") for line in text.splitlines()]
    text = "\n".join(line for line in lines if not line.startswith(("tests", "module", "reference_name")))
    text = text.replace("(text: str)", "(text: str, sep=None)").replace(
        "slow_count(text)", "slow_count(text, sep=None)"
    )
    (task,) = load(write("words.toml", text))
    spec = task.spec
    assert task.id == "words.toml"
    assert task.statement == "The number of words in a text."
    assert [e.call.render("f") for e in spec.examples] == ["f('a b')", "f('aaa', (1, None))", "f('')"]
    assert [e.expected for e in spec.examples] == [
        Outcome(2),
        Outcome({1: (2, None)}),
        Outcome(exception="ValueError", stdout="text that is printed"),
    ]
    assert [p.expression for p in spec.preconditions] == ["len(text) < 1000"]
    assert [p.expression for p in spec.properties] == ["result >= 0"]
    assert spec.reference is not None
    assert spec.reference_name == "slow_count"
    assert (task.assurance, task.objective) == (Assurance.TESTED, "length")
    assert spec.tolerance == Tolerance(rel=1e-6)
    assert spec.prefix == "import math\n\n\n"
    assert task.verifiers == ("unit-tests", "properties")


def test_tests_and_references_beside_the_file(write: Write) -> None:
    write("test_words.py", "from words import f\n\ndef test_f():\n    assert f(1) == 2\n")
    write("slow.py", "def slow(x, y=1):\n    return x + y\n")
    text = BASE + 'tests = ["test_words.py"]\nmodule = "words"\nreference_file = "slow.py"\n'
    (task,) = load(write("t.toml", text))
    assert (task.spec.tests[0].name, task.spec.tests[0].module) == ("test_words.py", "words")
    assert task.spec.reference_name == "slow"
    assert task.verifiers == ("pytest", "properties")


def test_places(write: Write) -> None:
    text = (
        BASE
        + 'statement = """\n[[examples]]\n"""\n\n[[examples]]\nargs = [1]\noutput = 2\n\nproperties = 1\n'
    )
    with pytest.raises(BadInput, match=r"t\.toml:10: unknown key 'properties' in an example"):
        load(write("t.toml", text))
    text = 'properties = ["result > 0",\n  "result < 9"]\n' + BASE
    (task,) = load(write("t.toml", text))
    assert [p.span.line for p in task.spec.properties if p.span] == [1, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = = 1", r"t\.toml:1: not valid TOML"),
        (BASE + "\nstatment = 'x'", r"t\.toml:3: unknown key 'statment' \(did you mean statement\?\)"),
        (BASE + "[[example]]\nargs = [1]", r"t\.toml:2: unknown key 'example' \(did you mean examples\?\)"),
        (
            BASE + "[[examples]]\nargs = [1]\nouptut = 1",
            r"t\.toml:4: unknown key 'ouptut'.*did you mean output",
        ),
        ("statement = 'x'", r"t\.toml: there is no signature"),
        ("signature = 3", r"t\.toml:1: signature must be a string"),
        ("signature = 'f(x)'", r"t\.toml:1: the signature is not the header of"),
        ("signature = 'class A'", r"t\.toml:1: the signature is not the header of a plain function"),
        ("signature = 'async def f()'", r"t\.toml:1: the signature is not the header of a plain function"),
        ("signature = 'def f(): ...\\nx = 1'", r"t\.toml:1: the signature is not the header of one function"),
        (BASE, r"t\.toml:1: nothing says what f must do"),
        (BASE + "examples = [1]", r"t\.toml:2: examples must be an array of tables"),
        (BASE + "[[examples]]\noutput = 1", r"t\.toml:2: the example has no arguments"),
        (BASE + "[[examples]]\nargs = [1]", r"t\.toml:2: the example has no output"),
        (
            BASE + "[[examples]]\nargs = []\noutput = 1",
            r"t\.toml:3: the arguments do not fit def f\(x, y=1\)",
        ),
        (
            BASE + "[[examples]]\ninput = [1, 2, 3]\noutput = 1",
            r"t\.toml:3: .*one entry per parameter, 2 in all",
        ),
        (BASE + "[[examples]]\nargs = [1]\ninput = '1'\noutput = 1", r"t\.toml:4: give the arguments either"),
        (BASE + "[[examples]]\nargs = 1\noutput = 1", r"t\.toml:3: args must be an array"),
        (
            BASE + "[[examples]]\ninput = 'open(1)'\noutput = 1",
            r"t\.toml:3: 'open\(1\)' is not a list of plain",
        ),
        (BASE + "[[examples]]\ninput = '1) + (2'\noutput = 1", r"t\.toml:3: .* is not a list of plain"),
        (BASE + "[[examples]]\nargs = [1]\nvalue = 'f(2)'", r"t\.toml:4: 'f\(2\)' is not plain data"),
        (BASE + "[[examples]]\nargs = [1]\nvalue = 2", r"t\.toml:4: value is Python text"),
        (BASE + "[[examples]]\nargs = [1]\noutput = 1\nraises = 'E'", r"t\.toml: ?.*give one of output"),
        (
            BASE + "[[examples]]\nargs = [1]\nraises = 'a b'",
            r"t\.toml:4: 'a b' is not the name of an exception",
        ),
        (BASE + "[[examples]]\nargs = [1979-05-27]\noutput = 1", r"t\.toml:3: args holds a date or time"),
        (
            BASE + "[[examples]]\nargs = [1]\noutput = 1\nstrict = 1",
            r"t\.toml:5: strict must be true or false",
        ),
        (
            BASE + "[[examples]]\nargs = [1]\noutput = 1\n[[examples]]\nargs = [1]\noutput = 2\n",
            r"t\.toml:5: contradictory examples: f\(1\): line 2 says 1, line 5 says 2",
        ),
        (BASE + "properties = ['result >']", r"t\.toml:2: not a Python expression: result >"),
        (BASE + "properties = ['reslt > 0']", r"t\.toml:2: unknown name reslt .*did you mean result\?"),
        (BASE + "preconditions = ['result > 0']\nproperties = ['x']", r"t\.toml:2: unknown name result"),
        (BASE + "properties = 'x'", r"t\.toml:2: properties must be an array of strings"),
        (BASE + "reference = '''\ndef f(x):\n  return (\n'''", r"t\.toml:4: reference: syntax error"),
        (BASE + "reference = 'x = 1'", r"t\.toml:2: the reference is not one function"),
        (BASE + "reference = 'def g(x): return 1'", r"t\.toml:2: the reference g takes 1 parameters, not 2"),
        (
            BASE + "reference = 'def f(x, y): return 1'\nreference_name = 'h'",
            r"t\.toml:2: the reference defines no function h",
        ),
        (BASE + "reference_file = 'no.py'", r"t\.toml:2: reference_file: .*no\.py: there is no such file"),
        (BASE + "tests = ['no.py']", r"t\.toml:2: tests: .*no\.py: there is no such file"),
        (
            BASE + "properties = ['x']\nassurance = 'SURE'",
            r"t\.toml:3: unknown assurance 'SURE' \(known: TESTED",
        ),
        (
            BASE + "properties = ['x']\nobjective = 'speed'",
            r"t\.toml:3: unknown objective 'speed' \(known: length",
        ),
        (BASE + "properties = ['x']\ntolerance = -1", r"t\.toml:3: tolerance must be a number"),
        (BASE + "properties = ['x']\ntolerance = {reel = 1}", r"t\.toml:3: tolerance must be a number"),
        (BASE + "properties = ['x']\nprelude = 'import'", r"t\.toml:3: prelude: syntax error"),
    ],
)
def test_bad_input(write: Write, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        load(write("t.toml", text))
    assert "\n" not in str(caught.value)


def test_selecting(write: Write) -> None:
    path = write("t.toml", BASE + "properties = ['x == result']")
    assert load(path, function="f") == load(path)
    with pytest.raises(BadInput, match="this file asks for f, not g"):
        load(path, function="g")


toml_values = st.recursive(
    st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def render(value: Any) -> str:
    """Render a value as TOML; JSON strings are TOML strings, except for DEL."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{render(str(k))} = {render(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(render, value)) + "]"
    if isinstance(value, float):
        return repr(value) if "." in repr(value) or "e" in repr(value) else f"{value!r}.0"
    return json.dumps(value).replace("\x7f", "\\u007f")


def encodable(value: Any) -> bool:
    return all(not 0xD800 <= ord(c) <= 0xDFFF for c in repr(value)) and "\\ud" not in render(value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(toml_values, max_size=3).filter(encodable), toml_values.filter(encodable), st.booleans())
def test_values_come_back(write: Write, args: list[Any], result: Any, as_python: bool) -> None:
    given_as = f"input = {render(', '.join(map(repr, args)))}" if as_python else f"args = {render(args)}"
    expected = f"value = {render(repr(result))}" if as_python else f"output = {render(result)}"
    path = write("v.toml", f'signature = "def f(*a)"\n[[examples]]\n{given_as}\n{expected}\n')
    (example,) = load(path)[0].spec.examples
    assert values.equal(list(example.call.args), args)
    assert values.equal(example.expected.value, result)
