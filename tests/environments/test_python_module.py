"""Loading Python modules with holes, and every way in which a file cannot be used."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from proofsmith.environments.load import load, split_target
from proofsmith.errors import BadInput
from proofsmith.types import Assurance

Write = Callable[..., str]

MODULE = '''\
"""A module."""

import math

LIMIT = 3


def helper(x):
    return x + 1


def double(x: int) -> int:
    """Twice a number.

    Examples:
        >>> double(2)
        4
        >>> double(0)
        0
    """
    ...


def shout(text: str) -> str:
    """Upper case. shout("a") returns "A"."""
    raise NotImplementedError


def unfinished():
    pass
'''


def test_each_hole_is_a_task(write: Write) -> None:
    path = write("tools.py", MODULE)
    double, shout = load(path)
    assert (double.id, shout.id) == ("tools.py:double", "tools.py:shout")
    assert double.statement == "Twice a number."
    assert double.spec.docstring.startswith("Twice a number.\n\nExamples:\n    >>> double(2)")
    assert double.spec.signature.render() == "def double(x: int) -> int:"
    assert [e.expected.value for e in double.spec.examples] == [4, 0]
    assert double.spec.examples[0].span is not None
    assert double.spec.examples[0].span.line == 16
    assert double.verifiers == ("unit-tests",)
    assert double.assurance is Assurance.TESTED
    assert double.origin.path == path
    assert "def helper" in double.spec.prefix
    assert "def shout" in double.spec.suffix


def test_a_function_is_chosen(write: Write) -> None:
    path = write("tools.py", MODULE)
    assert [t.id for t in load(path, function="shout")] == ["tools.py:shout"]
    assert [t.id for t in load(path, function="tools:shout")] == ["tools.py:shout"]
    assert [t.id for t in load(f"{path}:shout")] == ["tools.py:shout"]
    with pytest.raises(BadInput, match=r"no function shuot with a missing body \(did you mean shout\?\)"):
        load(path, function="shuot")


def test_pass_is_a_hole_only_with_examples(write: Write) -> None:
    path = write("a.py", 'def f(x):\n    """f(1) == 2"""\n    pass\n\ndef g(x):\n    """Nothing."""\n')
    assert [t.id for t in load(path)] == ["a.py:f"]


def test_doctests_that_are_no_single_calls_are_kept_as_a_test_file(write: Write) -> None:
    path = write("my-tools.py", 'def f(x):\n    """\n    >>> sorted(f(3))\n    [1]\n    """\n    ...\n')
    (task,) = load(path)
    assert task.verifiers == ("pytest",)
    (test,) = task.spec.tests
    assert (test.name, test.module) == ("test_doctests_of_f.py", "module")
    assert "sorted(f(3))" in test.source


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.py", b"def f(x):\n    return 1\n", r"a\.py: no function is missing its body"),
        ("a.py", b"def f(x):\n    ...\n", r"a\.py:1: nothing says what f must do"),
        ("a.py", b"def f(x)\n    ...\n", r"a\.py:1: syntax error: expected ':'"),
        ("a.py", b"", r"a\.py: the file is empty"),
        ("a.py", b" \n\n", r"a\.py: the file is empty"),
        ("a.py", b"x = 1\0", r"a\.py: this is a binary file"),
        ("a.py", b"x = 1\ny = '\xff'\n", r"a\.py:2: not readable as UTF-8 \(byte 0xff\)"),
        ("a.py", b"# coding: nonsense\nx = 1\n", r"a\.py:1: unknown encoding"),
        ("a.py", b"# coding: ascii\nx = '\xe4'\n", r"a\.py:2: not readable as ascii"),
        ("a.py", b"#" * 5_000_000, r"a\.py: larger than 4,000,000 bytes"),
        ("a.py", b"x = " + b"(" * 3000, r"a\.py(:1)?: (syntax error|cannot be parsed)"),
        ("a.txt", b"hello", r"a\.txt: not a format that can be read"),
        (
            "a.py",
            b'def f(x):\n    """\n    >>> f(1)\n    3\n\n    f(1) == 4\n    """\n    ...\n',
            r"a\.py:6: contradictory examples: f\(1\): line 3 says 3, line 6 says 4",
        ),
        (
            "a.py",
            b'def f(x):\n    """\n    >>> f()\n    3\n    """\n    ...\n',
            r"a\.py:3: the example f\(\) does not fit def f\(x\)",
        ),
        (
            "a.py",
            b"class A:\n    def f(self): ...\n",
            r"a\.py:2: A\.f is a method; methods are not",
        ),
        ("a.py", b"async def f(): ...\n", r"a\.py:1: f is async"),
    ],
)
def test_bad_input(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=message) as caught:
        load(str(tmp_path / name))
    assert "\n" not in str(caught.value)


def test_modules_beside_the_file_are_refused(write: Write) -> None:
    write("helpers.py", "def help(x):\n    return x\n")
    path = write("m.py", '"""Doc."""\nfrom helpers import help\n\ndef f(x):\n    """f(1) == 2"""\n    ...\n')
    with pytest.raises(BadInput, match=r"m\.py:2: imports helpers, which lies beside this file"):
        load(path)
    write("m.py", 'from . import helpers\n\ndef f(x):\n    """f(1) == 2"""\n    ...\n')
    with pytest.raises(BadInput, match=r"m\.py:1: relative imports are not supported yet"):
        load(path)
    write("m.py", 'import math, pytest\n\ndef f(x):\n    """f(1) == 2"""\n    ...\n')
    assert len(load(path)) == 1


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    for target, message in [
        (tmp_path / "no.py", "there is no such file"),
        (tmp_path, "this is a directory"),
        (tmp_path / ("x" * 5000 + ".py"), "cannot be opened|there is no such file"),
        (tmp_path / "a\0b.py", "cannot be opened|there is no such file"),
    ]:
        with pytest.raises(BadInput, match=message):
            load(str(target))
    os.mkfifo(tmp_path / "pipe.py")
    with pytest.raises(BadInput, match="not a regular file"):
        load(str(tmp_path / "pipe.py"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(write: Write) -> None:
    path = write("a.py", "def f(): ...\n")
    os.chmod(path, 0)
    with pytest.raises(BadInput, match="Permission denied"):
        load(path)


def test_encodings(tmp_path: Path) -> None:
    text = 'def f(x):\n    """f("é") == "è" """\n    ...\n'
    for name, data in {
        "bom.py": b"\xef\xbb\xbf" + text.encode(),
        "latin.py": ("# -*- coding: latin-1 -*-\n" + text).encode("latin-1"),
        "crlf.py": text.replace("\n", "\r\n").encode(),
    }.items():
        (tmp_path / name).write_bytes(data)
        (task,) = load(str(tmp_path / name))
        assert task.spec.examples[0].call.args == ("é",)


def test_targets() -> None:
    assert split_target("a/suite.jsonl:HumanEval/3") == ("a/suite.jsonl", "HumanEval/3")
    assert split_target("suite.jsonl.gz:7") == ("suite.jsonl.gz", "7")
    assert split_target("C:/x/a.py") == ("C:/x/a.py", None)
    assert split_target("a.py:f") == ("a.py", "f")
    assert split_target("strange") == ("strange", None)
