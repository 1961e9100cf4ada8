"""A solution is written only where what it was judged by still stands, and over nobody's work."""

from pathlib import Path

import pytest

from proofsmith.environments.fill import fill
from proofsmith.environments.load import load
from proofsmith.errors import BadInput

DOCSTRING = '    """\n    >>> f(1)\n    2\n    """\n'
MODULE = f'"""Doc."""\n\nK = 2\n\n\ndef f(x):\n{DOCSTRING}    ...\n\n\ndef g():\n    return 1\n'
TEST = "from newmod import f\n\ndef test_f():\n    assert f(1) == 2\n"
SOLUTION = "def f(x):\n    return x * K\n"


@pytest.mark.parametrize(
    ("old", "new"), [("    2\n", "    3\n"), ("K = 2", "K = 3"), ("return 1", "return 2")]
)
def test_a_module_whose_text_has_changed_is_not_filled(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "m.py"
    path.write_text(MODULE)
    (task,) = load(str(path))
    assert fill(str(path), task, SOLUTION) == MODULE.replace("    ...\n", "    return x * K\n")
    path.write_text(MODULE.replace(old, new))
    with pytest.raises(BadInput, match="has changed since the search began"):
        fill(str(path), task, SOLUTION)


def test_tests_that_have_changed_let_nothing_be_written(tmp_path: Path) -> None:
    path = tmp_path / "test_m.py"
    path.write_text(TEST)
    (task,) = load(str(path))
    path.write_text(TEST.replace("== 2", "== 3"))
    with pytest.raises(BadInput, match=r"test_m\.py: has changed"):
        fill(str(path), task, "def f(x):\n    return x + 1\n")


@pytest.mark.parametrize("before", ["", "def g():\n    return 1\n"])
def test_a_module_written_meanwhile_is_not_replaced(tmp_path: Path, before: str) -> None:
    path, module = tmp_path / "test_m.py", tmp_path / "newmod.py"
    path.write_text(TEST)
    if before:
        module.write_text(before)
    (task,) = load(str(path))
    module.write_text(before + "\n\ndef precious():\n    return 42\n")
    with pytest.raises(BadInput, match=r"newmod\.py: has changed"):
        fill(str(path), task, "def f(x):\n    return x + 1\n")
