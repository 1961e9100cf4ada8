"""Warm Yosys processes for the tests that prove something."""

from collections.abc import Callable, Iterator

import pytest

from proofsmith.budget import Budget
from proofsmith.types import Assurance, Candidate, Task
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verifiers.yosys.verifier import YosysVerifier
from proofsmith.verilog_spec import VerilogSpec


@pytest.fixture(scope="session")
def toolbox(modules: Callable[..., None]) -> Iterator[Toolbox]:
    """A toolbox whose processes live as long as the tests."""
    modules("pyosys", install="pip install 'proofsmith[verilog]'")
    with Toolbox() as toolbox:
        yield toolbox


@pytest.fixture
def proved(toolbox: Toolbox) -> Callable[[str, str], bool]:
    """Whether the verifier proves a text equivalent to another, by the module ``m`` of both."""
    verifier = YosysVerifier.create(toolbox)

    def check(original: str, changed: str) -> bool:
        task = Task("t", "", "verilog", VerilogSpec("m", original), ("yosys",))
        verdict = verifier.check(task, Candidate(changed, "verilog"), Budget(seconds=60))
        return verdict.accepts(Assurance.PROVED)

    return check
