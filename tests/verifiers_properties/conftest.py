"""A sandbox for all property tests, and short ways to say what is asked."""

from collections.abc import Callable, Iterator

import pytest

from proofsmith.budget import Budget
from proofsmith.python_spec import Call, Example, Outcome, Parameter, Property, PythonSpec, Signature
from proofsmith.types import Assurance, Candidate, Task, Verdict
from proofsmith.verifiers.properties import PropertyVerifier
from proofsmith.verifiers.properties.settings import PropertySettings
from proofsmith.verifiers.toolbox import Toolbox


@pytest.fixture(scope="session")
def toolbox(bubblewrap: str) -> Iterator[Toolbox]:
    with Toolbox() as box:
        yield box


@pytest.fixture(scope="session")
def spec() -> Callable[..., PythonSpec]:
    """Build a specification: ``spec("f(n: int) -> int", properties=[...], examples=[((1,), 2)])``."""

    def build(header: str, **parts: object) -> PythonSpec:
        name, _, rest = header.partition("(")
        inside, _, returns = rest.rpartition(")")
        parameters = []
        depth, text = 0, ""
        for character in inside + ",":
            depth += (character in "[(") - (character in "])")
            if character == "," and depth == 0:
                if text.strip():
                    left, _, annotation = text.partition(":")
                    annotation, _, default = annotation.partition("=")
                    parameters.append(
                        Parameter(left.strip(), annotation.strip() or None, default.strip() or None)
                    )
                text = ""
            else:
                text += character
        for key in ("preconditions", "properties"):
            parts[key] = tuple(Property(e) for e in parts.get(key, ()))  # type: ignore[attr-defined]
        examples = tuple(
            Example(Call(tuple(args)), result if isinstance(result, Outcome) else Outcome(result))
            for args, result in parts.pop("examples", ())  # type: ignore[attr-defined]
        )
        if "reference" in parts:
            parts.setdefault("reference_name", "oracle")
        signature = Signature(name, tuple(parameters), returns.replace("->", "").strip() or None)
        return PythonSpec(signature, examples=examples, **parts)  # type: ignore[arg-type]

    return build


@pytest.fixture(scope="session")
def task() -> Callable[..., Task[PythonSpec]]:
    def build(spec: PythonSpec, assurance: Assurance = Assurance.TESTED) -> Task[PythonSpec]:
        return Task("t", "", "python", spec, ("properties",), assurance)

    return build


@pytest.fixture
def check(toolbox: Toolbox, task: Callable[..., Task[PythonSpec]]) -> Callable[..., Verdict]:
    """Judge a program; every call prepares the task anew unless given the same verifier."""

    def run(
        spec: PythonSpec,
        source: str,
        assurance: Assurance = Assurance.TESTED,
        seconds: float | None = None,
        **settings: object,
    ) -> Verdict:
        verifier = PropertyVerifier(toolbox, PropertySettings(**settings))  # type: ignore[arg-type]
        if seconds is None:  # a search for a proof takes all the time there is, tests end by themselves
            seconds = 100.0 if assurance is Assurance.TESTED else 20.0
        return verifier.check(task(spec, assurance), Candidate(source), Budget(seconds=seconds))

    return run
