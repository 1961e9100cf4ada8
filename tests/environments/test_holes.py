"""Splitting a module around its hole: not a character may be lost or changed."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofsmith.environments.holes import Hole, Lines, find_holes
from proofsmith.environments.python_module import spec_of
from proofsmith.errors import BadInput

BEFORE = [
    "",
    "\n\n",
    "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n",
    '"""Module."""\nfrom __future__ import annotations\nimport os\n\n\n',
    "import os; import sys\n\x0c\nTABLE = {  # ünïcode\n    1: '…',\n}\n",
    "def helper(a):\n\treturn a\n\n# f is below\n",
    "class A:\n  def f(self): ...\n\nif True:\n    X = 1\n",
    "x = '''\ndef g(): ...\n'''\n",
    "@overload\ndef g(x: int) -> int: ...\n",
]
HEADERS = [
    "def g(x, y=1):{nl}",
    "def g( x : int ,\n       y = (1 ,\n 2) )  ->  int :  # odd spacing{nl}",
    "@deco\n@other(1,\n  2)\ndef g(*args, **kw):{nl}",
    "def g(x, /, y, *, z: str = 'a:b'):{nl}",
    "@deco  # why\n\n# more\ndef g():{nl}",
]
BODIES = [
    "    ...\n",
    "    ...",
    "\t...  # TODO\n",
    "  raise NotImplementedError\n",
    "        raise NotImplementedError('later',\n   1)\n",
    '    """Doc."""\n    ...\n',
    '    """Doc.\n\n    >>> 1 + 1\n    2\n    """\n    # say how\n\n    raise NotImplementedError()\n',
    "\tr'''Döc \\n\n\t'''\n\t...\n",
    "    import math\n    ...\n",
    " ...;\n",
]
AFTER = [
    "",
    "\n",
    "    # still inside\n",
    "\n\ndef main():\n    print(g())\n",
    "\n\nX = 1",
    "# end",
    "\x0c\nY = g\n",
]

modules = st.tuples(
    st.sampled_from(BEFORE), st.sampled_from(HEADERS), st.sampled_from(BODIES), st.sampled_from(AFTER)
)


def compose(parts: tuple[str, str, str, str]) -> str:
    before, header, body, after = parts
    if not body.endswith("\n") and after:
        body += "\n"
    return before + header.format(nl="\n") + body + after


def hole_of(text: str) -> Hole:
    return next(h for h in find_holes(text) if h.signature.name == "g")


@given(modules, st.sampled_from(["\n", "\r\n"]))
def test_the_parts_are_the_file(parts: tuple[str, str, str, str], newline: str) -> None:
    text = compose(parts).replace("\n", newline)
    hole = hole_of(text)
    assert hole.prefix + hole.header + hole.filling + hole.suffix == text
    assert hole.header.endswith(newline)
    assert hole.filling.strip().startswith(("...", "raise NotImplementedError"))
    assert "def g(" in hole.header


@given(modules, st.sampled_from(["\n", "\r\n"]))
def test_a_filled_module_is_the_file_except_for_the_hole(
    parts: tuple[str, str, str, str], newline: str
) -> None:
    text = compose(parts).replace("\n", newline)
    hole = hole_of(text)
    names = ", ".join(_parameters(hole))
    candidate = f"def g({names}):\n    if 1:\n        return '''a\nb'''\n    return 2\n"
    filled = spec_of(hole, "m", None).assemble(candidate)
    assert filled.startswith(hole.prefix + hole.header)
    assert filled.endswith(hole.suffix)
    middle = filled[len(hole.prefix + hole.header) : len(filled) - len(hole.suffix)]
    assert middle.replace(newline, "").count("\r") == 0
    functions = [n for n in ast.parse(filled).body if isinstance(n, ast.FunctionDef) and n.name == "g"]
    function = functions[-1]
    assert ast.unparse(function.body[-1]) == "return 2"
    assert "'a\\nb'" in ast.unparse(function.body[-2])


def _parameters(hole: Hole) -> list[str]:
    stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}
    return [stars.get(p.kind, "") + p.name for p in hole.signature.parameters]


@pytest.mark.parametrize("text", ["def g(x): ...", "def g(x): ...  # TODO\n", "def g(x):  ...\r\nX = 1\r\n"])
def test_a_hole_on_the_line_of_its_header(text: str) -> None:
    hole = hole_of(text)
    assert hole.header.rstrip() == "def g(x):"
    assert hole.prefix + hole.header.rstrip() + hole.filling + hole.suffix == text
    filled = spec_of(hole, "m", None).assemble("def g(x): return x")
    assert filled.replace("\r\n", "\n").startswith("def g(x):\n    return x\n")
    assert filled.endswith(hole.suffix)


def test_a_function_of_only_a_docstring() -> None:
    text = 'X = 1\ndef g(x):\n  """>>> g(1)\n  1"""'
    hole = hole_of(text)
    assert not hole.explicit
    assert hole.filling == ""
    filled = spec_of(hole, "m", None).assemble("def g(x):\n    return x")
    assert filled == text + "\n  return x\n"


def test_several_holes() -> None:
    text = "def a(): ...\ndef b():\n    return 1\ndef c(): raise NotImplementedError\ndef d(): pass\n"
    assert [h.signature.name for h in find_holes(text)] == ["a", "c", "d"]
    assert [h.explicit for h in find_holes(text)] == [True, True, False]


def test_what_is_no_hole() -> None:
    text = (
        "@typing.overload\ndef a(): ...\n"
        "def b(): raise ValueError\ndef c():\n    x = 1\n    ...\ndef d(): return ...\n"
        "class P(Protocol):\n    def m(self):\n        return 1\n"
    )
    assert find_holes(text) == ()


def test_the_place_of_the_docstring() -> None:
    hole = hole_of('\n\ndef g(x):\n    """>>> g(1)\n    1\n    """\n    ...\n')
    assert hole.docstring is not None
    assert (hole.line, hole.docstring.first_line, hole.docstring.first_column) == (3, 4, 7)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def g(:\n", r"^m.py:1: syntax error"),
        ("x = 1\nasync def g():\n    ...\n", r"^m.py:2: g is async; async functions are not supported yet"),
        (
            "class A:\n    def g(self):\n        ...\n",
            r"^m.py:2: A.g is a method; methods are not",
        ),
        ("def a():\n    def g():\n        ...\n    return g\n", r"^m.py:2: g is not at top level"),
        ("if 1:\n    def g():\n        ...\n", r"^m.py:2: g is not at top level"),
        ("def g(): ...\n\ng = 3\n", r"^m.py:3: g is defined again"),
        ("def g(): ...\ndef g(): return 1\n", r"^m.py:2: g is defined again"),
        ("def g(): ...\nfrom x import g\n", r"^m.py:2: g is defined again"),
        ("def g(): ...\ntry:\n    import g\nexcept E:\n    pass\n", r"^m.py:2: g is defined again"),
        ("def g(): \\\n  ...\n", r"^m.py:2: the body of g must not follow a backslash"),
        ("def g(): 'doc'; ...\n", r"^m.py:1: the body of g must begin on a line of its own"),
        ("def g(): 'doc'\n", r"^m.py:1: the body of g must begin on a line of its own"),
    ],
)
def test_refusals(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        find_holes(text, "m.py")


@given(st.text(alphabet="aé…😀\n\r\x0c\u2028", max_size=40))
def test_lines_are_counted_as_python_does(text: str) -> None:
    source = "'''" + text + "'''\nx = 1\n"
    node = ast.parse(source).body[1]
    assert source[Lines(source).offset(node.lineno, node.col_offset) :] == "x = 1\n"
