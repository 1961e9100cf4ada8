"""Learnt costs: rules of partly right programs become cheap."""

from __future__ import annotations

import numpy as np

from proofsmith.agents.policies.sygus.bank import Bank
from proofsmith.agents.policies.sygus.enumerator import grammar_of
from proofsmith.agents.policies.sygus.vector.evaluate import Evaluator
from proofsmith.agents.policies.sygus.weights import Weights
from proofsmith.smtlib.reading import parse_problem

TEXT = """(set-logic LIA)
(synth-fun f ((x Int)) Int ((S Int (x 1 (+ S S) (- S S) (* S S)))))
(declare-var x Int)
(constraint (= (f x) (+ x 1)))
(check-synth)"""


def test_rules_of_what_is_partly_right_become_cheap_and_are_tried_first() -> None:
    problem = parse_problem(TEXT)
    grammar = grammar_of(problem, problem.functions[0])
    evaluator = Evaluator()
    points = np.array([0, 1, 2, 3, 4, 5, 6, 7], dtype=np.int64)
    weights = Weights(grammar)
    assert weights.costs() == {}
    wanted = np.where(points < 6, points + points, 99)
    bank = Bank(grammar, evaluator, {"x": points}, len(points))
    for batch in bank.run(3):
        if len(batch.rows):
            weights.watch(bank, batch, batch.rows == wanted)
    costs = {t.name or str(t.value): c for t, c in weights.costs().items()}
    assert costs["+"] < costs["-"]
    assert costs["x"] < costs["1"]
    assert min(costs.values()) == 1
    four = tuple((points * 4).tolist())
    learnt = Bank(grammar.with_costs(weights.costs()), evaluator, {"x": points}, len(points))
    assert _place(learnt, four) < _place(Bank(grammar, evaluator, {"x": points}, len(points)), four)


def _place(bank: Bank, row: tuple[int, ...]) -> int:
    """How many terms come before the one with these values."""
    rows = (tuple(r) for b in bank.run(30) for r in b.rows.tolist())
    return next(i for i, r in enumerate(rows) if r == row)


def test_equal_behaviour_is_kept_once_and_terms_compute_their_rows() -> None:
    problem = parse_problem(TEXT)
    grammar = grammar_of(problem, problem.functions[0])
    evaluator = Evaluator()
    points = np.array([-3, 0, 2, 11], dtype=np.int64)
    bank = Bank(grammar, evaluator, {"x": points}, len(points))
    seen = set()
    for batch in bank.run(6):
        for i, row in enumerate(batch.rows):
            assert row.tobytes() not in seen
            seen.add(row.tobytes())
            term = bank.built(batch, i)
            assert np.array_equal(np.broadcast_to(evaluator.evaluate(term, {"x": points}), (4,)), row)
    assert len(seen) > 20
