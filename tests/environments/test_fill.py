"""Filling a hole in the user's file: byte for byte the same elsewhere, all or nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from proofsmith.environments.fill import destination, fill, write_atomically
from proofsmith.environments.load import load
from proofsmith.errors import BadInput

Write = Callable[..., str]

TWO = (
    'import os\n\ndef f(x):\n\t"""f(1) == 2"""\n\t...  # here\n\n\ndef g(x):\n  """g(1) == 3"""\n  ...\n# end'
)


def test_holes_are_filled_one_after_another(write: Write) -> None:
    path = write("m.py", TWO)
    for task, body in zip(load(path), ("x + 1", "x + 2"), strict=True):
        name = task.spec.signature.name
        source = f"import math\n\n\ndef {name}(x):\n    if x:\n        return {body}\n    return 0\n"
        write_atomically(path, fill(path, task, source))
    assert Path(path).read_text() == (
        'import os\nimport math\n\ndef f(x):\n\t"""f(1) == 2"""\n\tif x:\n\t    return x + 1\n\treturn 0\n'
        '\n\ndef g(x):\n  """g(1) == 3"""\n  if x:\n      return x + 2\n  return 0\n# end'
    )


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf", b"# coding: latin-1\r\nX = '\xe4'\r\n"])
def test_other_bytes_stay(tmp_path: Path, prefix: bytes) -> None:
    before = prefix + b"Y = 1 \t\r\n\r\n\r\ndef f(x):\r\n    '''f(1) == 2'''\r\n"
    after = b"\r\n# end\n\n\r\n\x0c"
    file = tmp_path / "m.py"
    file.write_bytes(before + b"    ...\r\n" + after)
    file.chmod(0o640)
    (task,) = load(str(file))
    write_atomically(str(file), fill(str(file), task, "def f(x):\n    y = x\n    return y\n"))
    assert file.read_bytes() == before + b"    y = x\r\n    return y\r\n" + after
    assert file.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["m.py"]


def test_a_changed_file_is_not_filled(write: Write) -> None:
    path = write("m.py", 'def f(x):\n    """f(1) == 2"""\n    ...\n')
    (task,) = load(path)
    write("m.py", 'def f(x, y):\n    """f(1) == 2"""\n    ...\n')
    with pytest.raises(BadInput, match=r"m\.py:1: the header of f has changed"):
        fill(path, task, "def f(x):\n    return 2\n")
    write("m.py", "def f(x):\n    return 1\n")
    with pytest.raises(BadInput, match="f has no missing body any more"):
        fill(path, task, "def f(x):\n    return 2\n")


def test_a_module_for_a_test_file(write: Write, tmp_path: Path) -> None:
    path = write("test_m.py", "from newmod import f\n\ndef test_f():\n    assert f(1) == 2\n")
    (task,) = load(path)
    assert destination(path, task) == str(tmp_path / "newmod.py")
    text = fill(path, task, "def f(n):\n    return n + 1\n")
    assert text == "def f(n):\n    return n + 1\n"
    write_atomically(destination(path, task), text)
    assert (tmp_path / "newmod.py").read_text() == text
    with pytest.raises(BadInput, match="every function that these tests import exists"):
        load(path)


def test_a_function_for_a_module_that_exists(write: Write, tmp_path: Path) -> None:
    path = write("test_m.py", "from newmod import f\n\ndef test_f():\n    assert f(1) == 2\n")
    module = write("newmod.py", '"""Doc."""\n\n\ndef g():\n    return 1\n')
    (task,) = load(path)
    assert fill(path, task, "def f(n):\n    return n + 1\n") == (
        '"""Doc."""\n\n\ndef g():\n    return 1\n\n\ndef f(n):\n    return n + 1\n'
    )
    write("newmod.py", '"""Doc."""\n\n\ndef f(number):\n    ...\n\n\ndef g():\n    return 1\n')
    (task,) = load(path)
    assert destination(path, task) == module
    assert fill(path, task, "def f(number):\n    return number + 1\n") == (
        '"""Doc."""\n\n\ndef f(number):\n    return number + 1\n\n\ndef g():\n    return 1\n'
    )


def test_other_kinds_of_files_have_no_hole(write: Write) -> None:
    path = write("t.toml", 'signature = "def f(x)"\n[[examples]]\nargs = [1]\noutput = 2\n')
    (task,) = load(path)
    with pytest.raises(BadInput, match="cannot be written into this kind of file"):
        fill(path, task, "def f(x):\n    return 2\n")


def test_writing_that_fails_leaves_the_file(write: Write, tmp_path: Path) -> None:
    path = write("m.py", "# coding: ascii\nx = 1\n")
    with pytest.raises(BadInput, match="does not fit the file's encoding"):
        write_atomically(path, "# coding: ascii\nx = 'ä'\n")
    assert Path(path).read_text() == "# coding: ascii\nx = 1\n"
    with pytest.raises(BadInput, match="cannot be written"):
        write_atomically(str(tmp_path / "no" / "m.py"), "x = 1\n")
    assert [p.name for p in tmp_path.iterdir()] == ["m.py"]


def test_a_link_stays_a_link(write: Write, tmp_path: Path) -> None:
    path = write("m.py", "x = 1\n")
    os.symlink(path, tmp_path / "link.py")
    write_atomically(str(tmp_path / "link.py"), "x = 2\n")
    assert (tmp_path / "link.py").is_symlink()
    assert Path(path).read_text() == "x = 2\n"
