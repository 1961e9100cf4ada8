"""JSONL suites in HumanEval and MBPP form; the hidden part stays hidden."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from proofsmith import codec
from proofsmith.environments.hidden import hidden_check
from proofsmith.environments.load import load
from proofsmith.errors import BadInput

Write = Callable[..., str]

TRIPLE = {
    "task_id": "own/0",
    "prompt": (
        "import re\n\n\ndef triple(x: int) -> int:\n"
        '    """Three times.\n\n    >>> triple(2)\n    6\n    """\n'
    ),
    "entry_point": "triple",
    "canonical_solution": "    return 3 * x  # SECRET\n",
    "test": "def check(candidate):\n    assert candidate(5) == 15  # SECRET\n",
}
BARE = {**TRIPLE, "task_id": "own/1", "prompt": 'def triple(x):\n    """Three times x."""\n'}
JOIN = {
    "task_id": 7,
    "text": "Write a function to join words by a dash.",
    "code": "import os\ndef dash(words):\n    return '-'.join(words)  # SECRET\n",
    "test_list": [
        "assert dash(['a', 'b']) == 'a-b'",
        "assert dash([]) == ''",
        "assert len(dash(['x', 'y'])) == 3",
    ],
    "test_setup_code": "import re",
    "challenge_test_list": ["assert dash(['q']) == 'q'"],
}
SANITIZED = {
    "task_id": 8,
    "prompt": "Write a function to find the size of a set.",
    "code": "def size(s): return len(s)",
    "test_list": ["assert size({1, 2}) == 2"],
    "test_imports": [],
}


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_humaneval_form(write: Write) -> None:
    path = write("own.jsonl", lines(TRIPLE, BARE))
    task, bare = load(path)
    assert task.id == "own/0"
    assert task.statement == "Three times."
    assert task.verifiers == ("unit-tests",)
    assert [(e.call.args, e.expected.value) for e in task.spec.examples] == [((2,), 6)]
    assert task.spec.assemble("def triple(x):\n    return x * 3\n") == TRIPLE["prompt"] + "    return x * 3\n"
    assert bare.spec.examples == ()
    assert bare.verifiers == ("unit-tests",)
    assert load(f"{path}:own/1") == (bare,)


def test_the_hidden_part_never_enters_a_task(write: Write) -> None:
    path = write("own.jsonl", lines(TRIPLE, JOIN))
    for task in load(path):
        assert "SECRET" not in codec.dumps(task)
        assert "'q'" not in codec.dumps(task)
    assert "candidate(5) == 15" in hidden_check(path, "own/0")


def test_a_hidden_check_tells_right_from_wrong(write: Write) -> None:
    path = write("own.jsonl", lines(TRIPLE, JOIN))
    for task_id, right, wrong in [
        ("own/0", "def triple(x): return x * 3", "def triple(x): return 6"),
        ("7", "def dash(w): return '-'.join(w)", "def dash(w): return 'a-b' if w else ''"),
    ]:
        name = right[4:].partition("(")[0]
        for program, passes in ((right, True), (wrong, False)):
            names: dict[str, Any] = {}
            exec(f"{program}\n{hidden_check(path, task_id)}", names)
            if passes:
                names["check"](names[name])
            else:
                with pytest.raises(AssertionError):
                    names["check"](names[name])


def test_mbpp_form(write: Write) -> None:
    path = write("own.jsonl", lines(JOIN, SANITIZED))
    join, size = load(path)
    assert join.id == "7"
    assert join.spec.signature.render() == "def dash(words):"
    assert [(e.call.args, e.expected.value, e.strict) for e in join.spec.examples] == [
        ((["a", "b"],), "a-b", False),
        (([],), "", False),
    ]
    (test,) = join.spec.tests
    assert "import re\nfrom solution import dash\n" in test.source
    assert "assert len(dash(['x', 'y'])) == 3" in test.source
    assert join.verifiers == ("unit-tests", "pytest")
    assert size.spec.examples[0].call.args == ({1, 2},)
    assert size.spec.tests == ()


def test_mbpp_without_code(write: Write) -> None:
    row = {**JOIN, "code": None}
    (task,) = load(write("own.jsonl", lines(row)))
    assert task.spec.signature.render() == "def dash(items):"


def test_gzip(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl.gz"
    path.write_bytes(gzip.compress(lines(TRIPLE, JOIN).encode()))
    assert [t.id for t in load(str(path))] == ["own/0", "7"]
    assert [t.id for t in load(f"{path}:7")] == ["7"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"task_id": 1\n', r"own\.jsonl:1: not a JSON object: Expecting"),
        (lines(TRIPLE) + "\n[1]\n", r"own\.jsonl:3: not a JSON object"),
        (lines(TRIPLE, {"prompt": "x"}), r"own\.jsonl:2: there is no task_id"),
        (lines(TRIPLE, BARE, TRIPLE), r"own\.jsonl:3: task id own/0 is also on line 1"),
        (lines({"task_id": 1}), r"own\.jsonl:1: neither of HumanEval form"),
        ("\n\n", r"own\.jsonl: the file is empty"),
        (
            lines({**TRIPLE, "prompt": "def triple(:"}),
            r"own\.jsonl:1: own/0: syntax error.*line 1 of its prompt",
        ),
        (lines({**TRIPLE, "entry_point": "f"}), r"own\.jsonl:1: own/0: the prompt has no function f"),
        (lines({**JOIN, "test_list": ["assert dash("]}), r"own\.jsonl:1: 7: syntax error"),
        (
            lines({**JOIN, "test_list": ["x = 1"], "code": ""}),
            r"own\.jsonl:1: 7: the asserts call no function",
        ),
        (lines({**JOIN, "test_list": [1]}), r"own\.jsonl:1: 7: text and test_list must be text"),
        (
            lines({**JOIN, "test_list": ["assert dash([]) == ''", "assert dash([]) == '-'"]}),
            r"own\.jsonl:1: 7: contradictory examples: dash\(\[\]\): one says '', another says '-'",
        ),
        ("[" * 100_000, r"own\.jsonl:1: not a JSON object"),
    ],
)
def test_bad_input(write: Write, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        load(write("own.jsonl", text))


def test_bad_bytes(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_bytes(lines(TRIPLE).encode() + b'{"task_id": "\xff"}\n')
    with pytest.raises(BadInput, match=r"own\.jsonl:2: not readable as UTF-8"):
        load(str(path))
    path.write_bytes(b"x" * 5_000_000)
    with pytest.raises(BadInput, match=r"own\.jsonl:1: the line is longer than 4,000,000 bytes"):
        load(str(path))
    broken = tmp_path / "own.jsonl.gz"
    broken.write_bytes(gzip.compress(lines(TRIPLE).encode())[:-12])
    with pytest.raises(BadInput, match=r"own\.jsonl\.gz: cannot be read"):
        load(str(broken))
    broken.write_bytes(b"no gzip")
    with pytest.raises(BadInput, match=r"own\.jsonl\.gz: cannot be read"):
        load(str(broken))


def test_an_unknown_id(write: Write) -> None:
    path = write("own.jsonl", lines(TRIPLE, BARE))
    with pytest.raises(BadInput, match=r"no task 'owm/1' in this suite \(did you mean own/1\?\)"):
        load(f"{path}:owm/1")
    with pytest.raises(BadInput, match=r"no task '1' in this suite \(did you mean own/1\?\)"):
        load(f"{path}:1")


def test_one_bad_task_does_not_hide_the_others(write: Write) -> None:
    path = write("own.jsonl", lines({**TRIPLE, "prompt": "def triple(:"}, BARE))
    assert [t.id for t in load(f"{path}:own/1")] == ["own/1"]
