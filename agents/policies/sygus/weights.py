"""Costs of rules learnt from partly right programs, as in Probe.

Barke, Peleg, Polikarpova: Just-in-time learning for bottom-up enumerative synthesis (OOPSLA 2020):
a rule's probability grows with the share of points that the best program using it gets right,
p(R) in proportion to u ** (1 - fit(R)) for the uniform probability u; its cost is -log2 p(R).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofsmith.agents.policies.sygus.bank import Bank, Batch
from proofsmith.agents.policies.sygus.rules import Grammar
from proofsmith.smtlib.terms import Term

_MOST_LOOKED_AT = 4


class Weights:
    """Watches programs go by and remembers which rules the promising ones use."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._fit: dict[Term, float] = {}
        self._seen: set[bytes] = set()

    def watch(self, bank: Bank, batch: Batch, right: NDArray[Any]) -> None:
        """Learn from a batch of the start symbol; `right` says which program is right where."""
        share = right.mean(axis=1)
        for i in np.argsort(-share, kind="stable")[:_MOST_LOOKED_AT]:
            fit = float(share[i])
            key = bytes(np.packbits(right[i]))
            if fit == 0.0 or key in self._seen:
                continue
            self._seen.add(key)
            for template in bank.templates(batch, int(i)):
                self._fit[template] = max(self._fit.get(template, 0.0), fit)

    def costs(self) -> dict[Term, int]:
        """Return the costs of templates, the cheapest of a nonterminal 1; empty if all are alike."""
        found: dict[Term, int] = {}
        for rules in self._grammar.rules.values():
            counted = [r.template for r in rules if r.cost]
            uniform = 1.0 / max(1, len(counted))
            weights = [uniform ** (1.0 - self._fit.get(t, 0.0)) for t in counted]
            total = sum(weights)
            bits = [round(-math.log2(w / total)) for w in weights]
            found.update((t, 1 + b - min(bits)) for t, b in zip(counted, bits, strict=True))
        return found if set(found.values()) != {1} else {}
