"""Examples out of contracts and references, and contracts judged through the property verifier."""

from __future__ import annotations

import pytest

from proofsmith.budget import Budget
from proofsmith.python_spec import Parameter, Property, PythonSpec, Signature
from proofsmith.types import Assurance, Candidate, Status, Task
from proofsmith.verifiers.properties import PropertyVerifier, derive_examples
from proofsmith.verifiers.toolbox import Toolbox

ROOT = PythonSpec(
    Signature("root", (Parameter("n", "int"),), "int"),
    preconditions=(Property("n >= 0"),),
    properties=(Property("result >= 0"), Property("result * result <= n < (result + 1) ** 2")),
)


@pytest.fixture(scope="module")
def toolbox():
    with Toolbox() as toolbox:
        yield toolbox


def judged(spec: PythonSpec, body: str, toolbox: Toolbox):
    task = Task("t", "", "python", spec, ("properties",), assurance=Assurance.BOUNDED)
    names = ", ".join(p.name for p in spec.signature.parameters)
    candidate = Candidate(f"def {spec.signature.name}({names}):\n{body}")
    return PropertyVerifier.create(toolbox).check(task, candidate, Budget(seconds=30.0))


def test_a_contract_with_one_answer_gives_examples(toolbox):
    task = Task("root", "", "python", ROOT, ("properties",))
    found = derive_examples(task, toolbox)
    assert len(found) >= 8
    for example in found:
        (n,) = example.call.args
        assert n >= 0
        assert example.expected.value == int(n**0.5)
        assert example.origin == "contract"


def test_a_contract_with_several_answers_gives_none(toolbox):
    loose = PythonSpec(ROOT.signature, properties=(Property("result > n"),))
    assert derive_examples(Task("more", "", "python", loose, ("properties",)), toolbox) == ()


def test_a_reference_gives_examples(toolbox):
    spec = PythonSpec(
        Signature("area", (Parameter("w", "int"), Parameter("h", "int")), "int"),
        preconditions=(Property("w > 0"),),
        reference="def slow(w, h):\n    return sum(h for _ in range(w))\n",
        reference_name="slow",
    )
    found = derive_examples(Task("area", "", "python", spec, ("properties",)), toolbox)
    assert found
    for example in found:
        w, h = example.call.args
        assert w > 0
        assert example.expected.value == w * h


PAIR = PythonSpec(
    Signature("larger", (Parameter("a", "int"), Parameter("b", "int")), "int"),
    properties=(Property("result >= a and result >= b"), Property("result in (a, b)")),
)


def test_z3_raises_a_verdict_to_proved(toolbox):
    verdict = judged(PAIR, "    return a if a > b else b\n", toolbox)
    assert verdict.assurance is Assurance.PROVED
    assert verdict.tool.name == "z3"


@pytest.mark.parametrize(
    "body",
    [
        "    return a if a > b else b + (a == 987654321)\n",
        "    if a == b == 4611686018427387904:\n        return 0\n    return max(a, b)\n",
    ],
)
def test_a_wrong_corner_that_no_test_hits_is_found(body, toolbox):
    verdict = judged(PAIR, body, toolbox)
    assert verdict.status is Status.FAIL
    assert verdict.counterexample is not None


def test_what_the_translation_does_not_cover_is_not_proved_by_z3(toolbox):
    verdict = judged(PAIR, "    return sorted([a, b])[-1]\n", toolbox)
    assert verdict.status is Status.PASS
    assert any(note.startswith("Z3 gave no proof") for note in verdict.notes)
