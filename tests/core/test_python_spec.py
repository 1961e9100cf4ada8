"""How a candidate fills the hole of a module, and what its outcomes are compared to."""

import ast
import inspect
import math
import sys
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofsmith.python_spec import Call, Outcome, Parameter, PythonSpec, Signature, split_candidate

names = st.sampled_from(["a", "b", "c", "xs", "n", "key", "größe"])
annotations = st.none() | st.sampled_from(
    ["int", "list[int]", "dict[str, 'T']", "Callable[[int], int] | None"]
)
defaults = st.none() | st.sampled_from(["0", "None", "-1.5", "'a, b'", "(1, 2)", "lambda x: x"])
KINDS = ["POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD", "VAR_POSITIONAL", "KEYWORD_ONLY", "VAR_KEYWORD"]


@st.composite
def signatures(draw):
    chosen = draw(st.lists(names, unique=True, max_size=6))
    kinds = sorted(
        draw(st.lists(st.sampled_from(KINDS), min_size=len(chosen), max_size=len(chosen))), key=KINDS.index
    )
    parameters, must_have_default = [], False
    for name, kind in zip(chosen, kinds, strict=True):
        if kind.startswith("VAR") and any(p.kind == kind for p in parameters):
            kind = "KEYWORD_ONLY" if kind == "VAR_POSITIONAL" else None
        if kind is None or (kind == "KEYWORD_ONLY" and parameters and parameters[-1].kind == "VAR_KEYWORD"):
            continue
        default = None if kind.startswith("VAR") else draw(defaults)
        if kind.startswith("POSITIONAL"):
            default = default or ("1" if must_have_default else None)
            must_have_default = default is not None
        parameters.append(Parameter(name, draw(annotations), default, kind))
    return Signature(draw(st.sampled_from(["f", "größe", "_x1"])), tuple(parameters), draw(annotations))


@given(signatures())
def test_a_rendered_header_is_the_signature(signature):
    header = signature.render()
    assert header.startswith(f"def {signature.name}(")
    assert header.endswith(":")
    scope = {}
    exec(compile("from __future__ import annotations\n" + header + "\n    pass\n", "t", "exec"), scope)
    got = inspect.signature(scope[signature.name])
    assert [(p.name, p.kind.name) for p in got.parameters.values()] == [
        (p.name, p.kind) for p in signature.parameters
    ]
    for parameter, real in zip(signature.parameters, got.parameters.values(), strict=True):
        assert (parameter.default is None) == (real.default is inspect.Parameter.empty)
        if parameter.annotation is not None:
            assert ast.dump(ast.parse(real.annotation)) == ast.dump(ast.parse(parameter.annotation))


# -- assembling --------------------------------------------------------------------------------

F = Signature("f", (Parameter("x"),))
BODIES = {
    "one line": "def f(x): return x + 1\n",
    "plain": "def f(x):\n    y = x\n    return y + 1\n",
    "tabs": "def f(x):\n\tif x:\n\t\treturn x + 1\n\treturn 1\n",
    "two spaces": "def f(x):\n  if x:\n    return x + 1\n  return 1\n",
    "docstring": 'def f(x):\n    """Other words."""\n    return x + 1\n',
    "no newline at the end": "def f(x):\n    return x + 1",
    "crlf": "def f(x):\r\n    y = x\r\n    return y + 1\r\n",
    "comment": "def f(x):\n    # why\n    return x + 1  # because\n",
    "semicolons": "def f(x): y = 1; return x + y\n",
    "continued line": "def f(x):\n    return x + \\\n        1\n",
    "odd line breaks in a string": "def f(x):\n    s = 'a\x0cb\u2028c\x1c'\n    return x + len(s) - 5\n",
    "triple quotes": 'def f(x):\n    s = """\nzero\n  two\n"""\n    return x + s.count("two")\n',
    "helper": "def g(x):\n    return x + 1\n\n\ndef f(x):\n    return g(x)\n",
    "decorated helper": (
        "from functools import lru_cache\n\n@lru_cache\ndef g(x):\n    return x + 1\n\n"
        "def f(x):\n    g.cache_clear()\n    return g(x)\n"
    ),
    "data class": (
        "from dataclasses import dataclass\n\n@dataclass\nclass P:\n    x: int\n\n"
        "def f(x):\n    return P(x).x + 1\n"
    ),
    "decorated function inside": (
        "import functools\n\ndef f(x):\n    @functools.lru_cache\n    def g(n):\n        return n + 1\n"
        "    g.cache_clear()\n    return g(x)\n"
    ),
    "constant": "ONE = 1\n\ndef f(x):\n    return x + ONE\n",
    "typed constant": "ONE: int = 1\n\ndef f(x):\n    return x + ONE\n",
    "future import": "from __future__ import annotations\n\ndef f(x):\n    y: Later = x\n    return y + 1\n",
    "import": "from math import ceil\nimport math as m\n\ndef f(x):\n    return ceil(m.floor(x)) + 1\n",
    "module docstring": '"""Talk."""\n\ndef f(x):\n    return x + 1\n',
    "recursion": "def f(x):\n    return f(x - 1) + 1 if x > 0 else x + 1\n",
    "nested docstring": 'def f(x):\n  def g():\n    """One.\n\n    Two."""\n    return 1\n  return x + g()\n',
}  # fmt: skip
MODULES = {
    "nothing": PythonSpec(F),
    "module around": PythonSpec(
        F,
        prefix='"""About."""\n\nimport math\n\nBASE = 10\n\n\n',
        header='def f(x):\n    """Add one."""\n',
        suffix="\n\ndef after(x):\n    return f(x) * BASE\n",
    ),
    "future import": PythonSpec(
        F,
        prefix="#!/usr/bin/python3\nfrom __future__ import annotations\nimport os\n\n\n",
        header="def f(x):\n",
    ),
    "comment first": PythonSpec(F, prefix="# licence\n\nBASE = 1\n\n", header="def f(x):\n"),
    "other indent": PythonSpec(F, header='def f(x):\n  """Add one."""\n', indent="  "),
    "tab indent": PythonSpec(F, header='def f(x):\n\t"""Add one."""\n', indent="\t"),
    "crlf": PythonSpec(F, prefix="import os\r\n\r\n", header="def f(x):\r\n", suffix="\r\nX = 1\r\n"),
}


@pytest.mark.parametrize("spec", MODULES.values(), ids=MODULES)
@pytest.mark.parametrize("candidate", BODIES.values(), ids=BODIES)
def test_the_function_in_place_does_what_the_candidate_does(monkeypatch, spec, candidate):
    module = spec.assemble(candidate)
    loaded = types.ModuleType("assembled")
    monkeypatch.setitem(sys.modules, "assembled", loaded)  # data classes look their module up
    scope = vars(loaded)
    exec(compile(module, "assembled", "exec"), scope)
    assert [scope["f"](x) for x in (0, 1, 5)] == [1, 2, 6]
    assert spec.suffix in module
    assert spec.header in module
    if "about" in spec.prefix:
        assert scope["after"](1) == 20
        assert scope["f"].__doc__ == "Add one."


@pytest.mark.parametrize(
    ("candidate", "cause"),
    [
        ("def f(x:", "does not parse"),
        ("def f(x):\n    return '\0'", "does not parse"),
        ("", "exactly once, not 0"),
        ("def g(x): return x", "exactly once, not 0"),
        ("def f(x): return x\ndef f(x): return x", "exactly once, not 2"),
        ("async def f(x): return x", "may stand here|exactly once"),
        ("class A:\n    def f(self, x): return x", "exactly once, not 0"),
        ("def f(y): return y", r"must take \(x\), not \(y\)"),
        ("def f(x, y=1): return x", r"must take \(x\)"),
        ("def f(*x, **y): return x", r"must take \(x\)"),
        ("def f(x): return x\nprint('hello')", "line 2: only imports"),
        ("import os\nos.remove('x')\ndef f(x): return x", "line 2: only imports"),
        ("if True:\n    def f(x): return x", "line 1: only imports"),
        ("f = lambda x: x", "exactly once, not 0"),
        ("(" * 500, "does not parse"),
        ("def f(x): return " + "-" * 100_000 + "x", "does not parse"),
    ],
)
def test_what_is_not_the_function_is_refused(candidate, cause):
    with pytest.raises(ValueError, match=cause):
        split_candidate(candidate, F)
    with pytest.raises(ValueError, match=cause):
        PythonSpec(F).assemble(candidate)


def test_the_task_s_own_header_stays_whatever_the_candidate_says():
    spec = PythonSpec(
        F,
        prefix="import functools\n\n\n",
        header='@functools.cache\ndef f(x: int = 3) -> int:\n    """Doc."""\n',
    )
    module = spec.assemble("@print\ndef f(x: str = exit()) -> None:\n    return x\n")
    assert module == spec.prefix + spec.header + "    return x\n"


# -- outcomes and calls ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actual", "expected", "meets"),
    [
        (Outcome(1), Outcome(1), True),
        (Outcome(1), Outcome(True), False),
        (Outcome(0.1 + 0.2), Outcome(0.3), True),
        (Outcome(None), Outcome(exception="ValueError"), False),
        (Outcome(exception="ValueError", message="no"), Outcome(exception="ValueError"), True),
        (
            Outcome(exception="ValueError", message="no"),
            Outcome(exception="ValueError", message="yes"),
            False,
        ),
        (Outcome(exception="KeyError"), Outcome(exception="ValueError"), False),
        (Outcome(exception="ValueError"), Outcome(None), False),
        (Outcome(1, stdout="hi\n"), Outcome(1), True),
        (Outcome(1, stdout="hi\n"), Outcome(1, stdout="ho\n"), False),
        (Outcome(1), Outcome(1, stdout=""), False),
        (Outcome(math.nan), Outcome(math.nan), True),
    ],
)
def test_an_outcome_meets_what_is_asked_for(actual, expected, meets):
    assert actual.meets(expected) is meets


literals = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda s: st.lists(s, max_size=3) | st.dictionaries(st.text(), s, max_size=3) | st.lists(s).map(tuple),
    max_leaves=6,
)


@given(st.lists(literals, max_size=3), st.dictionaries(st.sampled_from(["k", "key"]), literals))
def test_a_rendered_call_is_the_call(args, kwargs):
    call = Call(tuple(args), tuple(kwargs.items()))
    got = eval(call.render("take"), {"take": lambda *a, **k: (list(a), k)})
    assert got == (args, kwargs)
    assert call.key == Call(tuple(args), tuple(kwargs.items())).key
