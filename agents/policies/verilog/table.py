"""The rules of the Verilog policy: what they need to find in a design, and what they are expected to lower.

``rules.toml`` has an entry for each; the order there is the order in which ties are broken.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files

from proofsmith.agents.policies.verilog.patterns import library
from proofsmith.agents.policies.verilog.rewrite import Design, Rule

_AGAINST = 0.25
"""Weight of a rule whose known effect is on other objectives."""
_FOLDER = "proofsmith.agents.policies.verilog"


@dataclass(frozen=True)
class ProgramRule:
    """A rule that is a program.

    Attributes:
        place: module and function, ``"sharing:share_operators"``.
        needs: of each tuple a design must hold one: operators, kinds of nodes (``"Case"``), ``"register"``.
        makes: names of the rewrites that come of it.
        effect: objectives that these tend to lower.
    """

    place: str
    needs: tuple[frozenset[str], ...]
    makes: tuple[str, ...]
    effect: frozenset[str]

    @property
    def rule(self) -> Rule:
        """The function."""
        module, _, name = self.place.partition(":")
        found: Rule = getattr(import_module(f"{_FOLDER}.{module}"), name)
        return found


@cache
def programs() -> tuple[ProgramRule, ...]:
    """Return the rules that are programs, in order."""
    text = files(_FOLDER).joinpath("rules.toml").read_text(encoding="utf-8")
    return tuple(
        ProgramRule(
            entry["place"],
            tuple(frozenset(group.split()) for group in entry["needs"]),
            tuple(entry["makes"]),
            frozenset(entry["effect"]),
        )
        for entry in tomllib.loads(text)["program"]
    )


def rules_for(design: Design) -> list[Rule]:
    """Return the rules whose structure occurs in a design."""
    keys = design.keys
    return [p.rule for p in programs() if all(group & keys for group in p.needs)]


@cache
def _effects() -> Mapping[str, frozenset[str]]:
    found = {rule.name: frozenset(rule.effect) for rules in library().values() for rule in rules}
    return found | {name: p.effect for p in programs() for name in p.makes}


def effect_of(rule: str, objective: str) -> float:
    """How much a rule is expected to do for an objective: 1, or less if it is known for others."""
    known = _effects().get(rule)
    return 1.0 if known is None or objective in known else _AGAINST
