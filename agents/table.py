"""The policies and the strategies by name.

A policy class has ``create(memory) -> Policy``, except ``model`` and ``mix``, which are made of the run's
models (see `proofsmith.agents.building`); a strategy class is called without arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from proofsmith.protocols import Policy, Strategy
from proofsmith.registry import Registry
from proofsmith.types import Candidate, Task


class PolicyClass(Protocol):
    """What the table of policies binds a name to."""

    def create(self, memory: Sequence[tuple[Task, Candidate]]) -> Policy:
        """Return a policy; `memory` are verified programs of earlier runs to learn from."""
        ...


POLICIES: Registry[PolicyClass] = Registry(
    "policy",
    "proofsmith.policies",
    {
        "symbolic": "proofsmith.agents.policies.symbolic.policy:SymbolicPolicy",
        "sygus-mix": "proofsmith.agents.policies.sygus.policy:SygusMix",
        "sygus-enumerator": "proofsmith.agents.policies.sygus.policy:SygusEnumerator",
        "verilog": "proofsmith.agents.policies.verilog.policy:VerilogPolicy",
        "cvc5": "proofsmith.agents.policies.sygus.policy:Cvc5Policy",
        "dafny": "proofsmith.agents.policies.dafny.policy:DafnyPolicy",
        "model": "proofsmith.agents.policies.model.policy:ModelPolicy",
        "mix": "proofsmith.agents.policies.mix:MixPolicy",
    },
)

EMBEDDED = {"sygus": "sygus-mix", "dafny": "dafny", "verilog": "verilog"}
"""What the embedded default, ``symbolic``, is called for a language other than Python."""

MODEL_POLICY = "model"
"""What proposes programs where a model is named and no policy."""

STRATEGIES: Registry[Callable[[], Strategy]] = Registry(
    "strategy",
    "proofsmith.strategies",
    {
        "mcts": "proofsmith.agents.search.mcts:Mcts",
        "dts": "proofsmith.agents.search.soft:DiffusionTreeSampling",
        "dts-greedy": "proofsmith.agents.search.soft:DiffusionTreeSearch",
        "i-mcts": "proofsmith.agents.search.hybrid:HybridMcts",
        "rethink": "proofsmith.agents.search.rethink:RethinkMcts",
        "beam": "proofsmith.agents.search.beam:BeamSearch",
        "particles": "proofsmith.agents.search.particles:ParticleFilter",
        "best-of-n": "proofsmith.agents.search.best_of_n:BestOfN",
    },
)
