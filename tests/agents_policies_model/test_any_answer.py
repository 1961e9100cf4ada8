"""Whatever a model says: it is read in time, and gives a value inside the contract or a reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofsmith.agents.contracts.contract import Broken
from proofsmith.agents.policies.model.critic import _read_calls, _read_revision
from proofsmith.agents.policies.model.edits import apply_edits, parse_edits
from proofsmith.agents.policies.model.languages.table import language_of
from proofsmith.agents.policies.model.plans import read_thoughts
from proofsmith.agents.tools.talking import _uses
from proofsmith.dafny_spec import DafnySpec
from proofsmith.logic_spec import SygusSpec
from proofsmith.model_calls import Sample
from proofsmith.python_spec import Parameter, PythonSpec, Signature
from proofsmith.types import Assurance, Candidate, Task
from proofsmith.verifiers.guards import check_candidate
from proofsmith.verilog_spec import VerilogSpec

TASKS = {
    "python": Task("f", "f", "python", PythonSpec(Signature("f", (Parameter("x"),))), ("unit-tests",)),
    "sygus": Task(
        "s",
        "s",
        "sygus",
        SygusSpec("(set-logic LIA)\n(synth-fun f ((x Int)) Int)\n(constraint (= (f 1) 2))\n(check-synth)\n"),
        ("smt",),
        Assurance.PROVED,
    ),
    "dafny": Task("d", "d", "dafny", DafnySpec("method M(n: nat)\n{\n  while n < 0 {}\n}\n"), ("dafny",)),
    "verilog": Task("v", "v", "verilog", VerilogSpec("m", "module m(input a);\nendmodule\n"), ("yosys",)),
    "cobol": Task("c", "c", "cobol", None, ("none",)),
}
DAFNY = "method M(n: nat)\n{\n  while n < 0 invariant true {}\n}\n"
MARKS = ["```python\n", "```\n", "~~~\n", "```lisp\n", "```dafny\n", "```verilog\n", "<think>", "</think>"]
PYTHON = [
    "def f(x):\n",
    "    return x\n",
    "def f(x): return (x\n",
    "import os\n",
    "class f: pass\n",
    '"""',
    "async ",
]
OTHERS = [
    "(define-fun f ((x Int)) Int (+ x 1))",
    "(define-fun",
    ")))",
    DAFNY,
    "module m(input a);\n",
    "endmodule\n",
]
EDITS = ["<<<<<<< SEARCH\n", "=======\n", ">>>>>>> REPLACE\n", "TOOL: run {}", 'TOOL: verify {"a": 1}\n']
JSON = [
    '{"thoughts": [',
    '{"thought": "a", "confidence": 1}',
    "]}",
    '{"calls": [[1]]}',
    '{"block": 1, "wrong": "w", ',
]
NOISE = [
    "\n",
    "    ",
    "\x00",
    "\ud800",
    "\t",
    "é",
    "0" * 5000,
    "[" * 200,
    "9" * 4500,
    '"thought": "t", "confidence": 0.5}',
]
PIECES = st.sampled_from([*MARKS, *PYTHON, *OTHERS, *EDITS, *JSON, *NOISE])
ANSWERS = st.lists(PIECES | st.text(max_size=20), max_size=14).map("".join)
LENIENT = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)


def outcome(read: Callable[[], object]) -> object:
    """What comes of reading an answer, or the reason why nothing does."""
    try:
        return read()
    except Broken as broken:
        return str(broken)


@pytest.mark.parametrize("language", TASKS)
@LENIENT
@given(text=ANSWERS, cut=st.booleans())
def test_any_answer_is_a_program_or_gives_a_reason(language, text, cut):
    task = TASKS[language]
    found = outcome(lambda: language_of(language).program(task, Sample(text, "length" if cut else "stop")))
    assert found
    if isinstance(found, Candidate):
        assert found.language == language
        assert found.source.strip()
        assert language != "python" or check_candidate(task, found) is None


@pytest.mark.parametrize("read", [read_thoughts, _read_calls, _read_revision])
@LENIENT
@given(text=ANSWERS)
def test_any_judgement_is_inside_its_shape_or_gives_a_reason(read, text):
    assert outcome(lambda: read(Sample(text)))


@LENIENT
@given(text=ANSWERS, source=ANSWERS)
def test_any_edit_fits_or_gives_a_reason(text, source):
    assert outcome(lambda: apply_edits(source, parse_edits(text))) not in (source, "")


@LENIENT
@given(text=ANSWERS)
def test_any_use_of_a_tool_can_be_read(text):
    for _, use in _uses(Sample(text)):
        assert use.tool


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("piece", ["(", "```\n", "def f(x):\n", "[x for x in "])
def test_long_answers_are_read_in_time(name, piece):
    started = time.process_time()
    text = piece * (100_000 // len(piece))
    for wrapped in (text, "```\n" + text):
        assert outcome(partial(language_of(name).program, TASKS[name], Sample(wrapped)))
    assert time.process_time() - started < 20.0
