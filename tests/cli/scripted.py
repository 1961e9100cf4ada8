"""A policy that proposes given programs in order: what the tests of the command line search with.

It reads them from the files ``*.py`` of the folder ``SCRIPT``, by name, ``SCRIPT_BATCH`` a turn.
``SCRIPT_PAUSE`` is a number of seconds to think before each.
"""

import os
import time
from pathlib import Path

from proofsmith.budget import Budget
from proofsmith.protocols import NodeView
from proofsmith.types import Candidate, Proposal, Proposals, Task


class Scripted:
    """Proposes a plan first and then, below it, one program a turn."""

    name = "scripted:Scripted"

    def __init__(self) -> None:
        self._files = sorted(Path(os.environ["SCRIPT"]).glob("*.py"))
        self._pause = float(os.environ.get("SCRIPT_PAUSE", "0"))

    @classmethod
    def create(cls, memory: object) -> "Scripted":
        return cls()

    def propose(self, task: Task, view: NodeView, budget: Budget) -> Proposals:
        if view.node.id == 0:
            return Proposals((Proposal(None, thought="do as told", operator="plan:script"),), exhausted=True)
        if not view.node.is_thought:
            return Proposals(exhausted=True)
        time.sleep(self._pause)
        batch = int(os.environ.get("SCRIPT_BATCH", "1"))
        files = self._files[view.node.expansions * batch :][:batch]
        sources = [file.read_text().replace("{name}", task.spec.signature.name) for file in files]
        proposals = (Proposal(Candidate(s), operator="script", policy=self.name) for s in sources)
        return Proposals(tuple(proposals), exhausted=not files)
