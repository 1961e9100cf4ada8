"""SyGuS problems on the command line: ``--as``, ``--paranoid``, and problems without a program."""

from pathlib import Path
from typing import Any

PROBLEM = """(set-logic LIA)
(synth-fun larger ((a Int) (b Int)) Int)
(declare-var a Int)
(declare-var b Int)
(constraint (and (>= (larger a b) a) (>= (larger a b) b)))
(constraint (or (= (larger a b) a) (= (larger a b) b)))
(check-synth)
"""


def test_a_sygus_answer_is_printed_as_definitions_or_as_python(workplace: Any, cli: Any) -> None:
    path = Path(workplace.folder, "larger.sl")
    path.write_text(PROBLEM)
    done = cli("solve", "larger.sl", "--paranoid")
    assert done.code == 0
    assert done.out.startswith("(define-fun larger ((a Int) (b Int)) Int")
    answer = Path(workplace.folder, "answer.sl")
    answer.write_text(done.out)
    assert cli("verify", "larger.sl", "--candidate", "answer.sl", "--paranoid").code == 0
    done = cli("solve", "larger.sl", "--as", "python")
    names: dict[str, Any] = {}
    exec(done.out, names)
    assert [names["larger"](a, b) for a, b in ((1, 2), (2, 1), (-3, -3))] == [2, 2, -3]


def test_a_language_that_is_unknown_is_refused_before_the_search(workplace: Any, cli: Any) -> None:
    Path(workplace.folder, "larger.sl").write_text(PROBLEM)
    assert cli("solve", "larger.sl", "--as", "rust").complains("--as: unknown language 'rust'")


def test_a_problem_without_a_program_says_so(workplace: Any, cli: Any) -> None:
    impossible = PROBLEM.replace("(check-synth)", "(constraint (< (larger a b) a))\n(check-synth)")
    Path(workplace.folder, "none.sl").write_text(impossible)
    done = cli("solve", "none.sl")
    assert done.code == 1
    assert "No program exists" in done.err
    assert done.out == ""
