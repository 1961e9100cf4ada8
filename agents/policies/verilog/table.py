"""The rules of the Verilog policy, in the order in which ties are broken."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from proofsmith.agents.policies.verilog.arithmetic import common_parts, shift_and_add
from proofsmith.agents.policies.verilog.boolean import minimise_logic
from proofsmith.agents.policies.verilog.choices import balance_chains
from proofsmith.agents.policies.verilog.fsm import drop_unreachable, encode_states, minimise_machines
from proofsmith.agents.policies.verilog.invariants import register_facts, simplify_tests
from proofsmith.agents.policies.verilog.patterns import apply_patterns, library
from proofsmith.agents.policies.verilog.registers import merge_registers, narrow
from proofsmith.agents.policies.verilog.rewrite import Rule
from proofsmith.agents.policies.verilog.sharing import share_operators

RULES: tuple[Rule, ...] = (
    minimise_machines,
    register_facts,
    merge_registers,
    narrow,
    simplify_tests,
    share_operators,
    drop_unreachable,
    apply_patterns,
    balance_chains,
    shift_and_add,
    common_parts,
    encode_states,
    minimise_logic,
)

_AGAINST = 0.25
"""Weight of a rule whose known effect is on other objectives."""

_SHARES = ("share-operators", "common-part", "shift-and-add")


@cache
def _effects() -> Mapping[str, frozenset[str]]:
    found = {rule.name: frozenset(rule.effect) for rules in library().values() for rule in rules}
    shares = {name: frozenset({"area", "cells", "power"}) for name in _SHARES}
    return {**found, **shares, "balance-chain": frozenset({"depth"})}


def effect_of(rule: str, objective: str) -> float:
    """How much a rule is expected to do for an objective: 1, or less if it is known for others."""
    known = _effects().get(rule)
    return 1.0 if known is None or objective in known else _AGAINST
