"""Programs that Dafny does not even resolve: no addition can help, so that is what is said."""

import pytest

from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.agents.host import Forget
from proofsmith.budget import Budget
from proofsmith.dafny_spec import DafnySpec
from proofsmith.errors import BadInput
from proofsmith.types import Assurance, Origin, Task
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.toolbox import Toolbox


@pytest.mark.parametrize("body", ["", "{\n  r := n;\n}\n"])
def test_an_unknown_name_is_said_with_its_line(body: str, dafny_settings: DafnySettings) -> None:
    text = f"method M(n: nat) returns (r: nat)\n  ensures r == m\n{body}"
    origin = Origin(path="wrong.dfy")
    task = Task("t", "Prove it.", "dafny", DafnySpec(text), ("dafny",), Assurance.PROVED, origin=origin)
    with (
        Toolbox(dafny_settings) as toolbox,
        pytest.raises(BadInput, match="unresolved identifier: m") as raised,
    ):
        solve(task, SearchSettings(policy="dafny"), Budget(seconds=60), Host(Forget(), toolbox))
    assert (raised.value.path, raised.value.line) == ("wrong.dfy", 2)
