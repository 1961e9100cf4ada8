"""The example tasks: each loads, asks for enough, and means what its author meant."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from proofsmith.environments.hidden import hidden_check
from proofsmith.environments.load import load
from proofsmith.python_spec import Outcome, PythonSpec
from proofsmith.types import Task

EXAMPLES = Path(__file__).parents[2] / "examples"

SOLUTIONS = {
    "clamp": "def clamp(value, low, high): return max(low, min(value, high))",
    "collatz_steps": (
        "def collatz_steps(n): return 0 if n == 1 else 1 + collatz_steps(3 * n + 1 if n % 2 else n // 2)"
    ),
    "count_vowels": "def count_vowels(text): return sum(c in 'aeiou' for c in text.lower())",
    "digit_sum": "def digit_sum(number): return sum(map(int, str(number)))",
    "distance": "def distance(a, b): return abs(a - b)",
    "flatten": (
        "def flatten(nested):\n"
        "    return [y for x in nested for y in (flatten(x) if isinstance(x, list) else [x])]"
    ),
    "gcd": "def gcd(a, b): return a if b == 0 else gcd(b, a % b)",
    "initials": "def initials(name): return ''.join(word[0] for word in name.split()).upper()",
    "interleave": "def interleave(left, right): return [x for pair in zip(left, right) for x in pair]",
    "invert": "def invert(mapping): return {value: key for key, value in mapping.items()}",
    "is_palindrome": "def is_palindrome(text): return text.lower() == text.lower()[::-1]",
    "letter_counts": "def letter_counts(word): return {letter: word.count(letter) for letter in word}",
    "longest_word": "def longest_word(sentence): return max(sentence.split(), key=len)",
    "lucas": "def lucas(n): return [2, 1][n] if n < 2 else lucas(n - 1) + lucas(n - 2)",
    "running_maximum": (
        "def running_maximum(values): return [max(values[: i + 1]) for i in range(len(values))]"
    ),
    "shared": "def shared(left, right): return sorted(set(left) & set(right))",
    "spread": "def spread(numbers): return max(numbers) - min(numbers) if numbers else 0",
    "square_evens": "def square_evens(numbers): return [n * n for n in numbers if n % 2 == 0]",
    "triangular": "def triangular(n): return n * (n + 1) // 2",
    "word_lengths": "def word_lengths(sentence): return [len(word) for word in sentence.split()]",
}


def files() -> list[Path]:
    return sorted(p for p in EXAMPLES.iterdir() if p.suffix in (".py", ".toml", ".jsonl"))


def tasks() -> list[Task[PythonSpec]]:
    return [task for path in files() for task in load(str(path))]


def test_all_forms_are_there() -> None:
    names = [p.name for p in files()]
    assert len(tasks()) >= 12
    assert any(n.startswith("test_") for n in names)
    assert any(n.endswith(".toml") for n in names)
    assert any(n.endswith(".jsonl") for n in names)
    assert any(n.endswith(".py") and not n.startswith("test_") for n in names)


def test_each_is_explained() -> None:
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for path in files():
        if path.suffix != ".jsonl":
            assert f"`{path.name}`" in readme
        else:
            for task in load(str(path)):
                assert f"`{path.name}:{task.id}`" in readme


@pytest.mark.parametrize("task", tasks(), ids=lambda task: task.id)
def test_the_intended_program_meets_the_examples(task: Task[PythonSpec]) -> None:
    name = task.spec.signature.name
    names: dict[str, Any] = {}
    exec(SOLUTIONS[name], names)
    compile(task.spec.assemble(SOLUTIONS[name]), "<assembled>", "exec")
    assert task.spec.tests or task.spec.properties or len(task.spec.examples) >= 4
    for example in task.spec.examples:
        call = example.call
        assert Outcome(names[name](*call.args, **dict(call.kwargs))).meets(example.expected, example.strict)
    if task.spec.reference is not None:
        oracle: dict[str, Any] = {}
        exec(task.spec.reference, oracle)
        for example in task.spec.examples:
            assert oracle[task.spec.reference_name](*example.call.args) == example.expected.value


def test_the_intended_programs_pass_the_test_files(tmp_path: Path) -> None:
    for task in tasks():
        for test in task.spec.tests:
            (tmp_path / test.name).write_text(test.source, encoding="utf-8")
            (tmp_path / f"{test.module}.py").write_text(SOLUTIONS[task.spec.signature.name], encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout


def test_the_intended_programs_pass_the_hidden_checks() -> None:
    path = str(EXAMPLES / "warmup.jsonl")
    for task in load(path):
        names: dict[str, Any] = {}
        exec(SOLUTIONS[task.spec.signature.name] + "\n" + hidden_check(path, task.id), names)
        names["check"](names[task.spec.signature.name])
