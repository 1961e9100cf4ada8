"""What the search does with texts that Dafny does not answer."""

import pytest

from proofsmith.agents.policies.dafny.houdini import shrink
from proofsmith.agents.policies.dafny.prover import Answer, Prover
from proofsmith.agents.policies.dafny.weave import Addition
from proofsmith.errors import ToolFailure
from proofsmith.verifiers.dafny.report import Crashed

PROGRAM = "method M(n: int)\n{\n  var i := 0;\n  while i < n\n  {\n    i := i + 1;\n  }\n}\n"
HEAD = PROGRAM.index("  {\n    i")


def crashing_on(mark: str, asked: list[str]):
    def verify(text: str, seconds: float) -> Answer:
        asked.append(text)
        if mark in text:
            raise Crashed("Dafny crashed on this program")
        return Answer((), readable=True, proved=True, score=1.0)

    return verify


def test_texts_that_crash_dafny_are_set_aside_however_many() -> None:
    asked: list[str] = []
    prover = Prover(crashing_on("fatal", asked))
    for k in range(12):
        answer = prover.ask(f"// fatal {k}")
        assert (answer.proved, answer.crash) == (False, "Dafny crashed on this program")
    assert prover.ask("// fatal 3").broken_off
    assert len(asked) == 12, "what crashed once is not asked again"
    assert prover.ask("// fine").proved


def test_the_rest_stands_without_the_addition_that_crashes_dafny() -> None:
    prover = Prover(crashing_on("i != 77", []))
    texts = [f"invariant i != {k}" for k in range(70, 80)]
    additions = [Addition(HEAD, t, "bounds", "M", promise=1.0 + k / 10) for k, t in enumerate(texts)]
    standing = shrink(PROGRAM, additions, prover, prover.over)
    assert standing.proved
    assert "invariant i != 77" in {a.text for a in standing.deferred}
    assert standing.kept


def test_a_dafny_that_does_not_work_ends_the_search() -> None:
    def verify(text: str, seconds: float) -> Answer:
        raise ToolFailure("Dafny does not work with this Z3")

    prover = Prover(verify)
    for k in range(4):
        assert prover.ask(f"// {k}").broken_off
    with pytest.raises(ToolFailure, match="does not work"):
        prover.ask("// once more")
