"""Budgets are shared out exactly, never go below zero, and say which limit ended a run."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofsmith.budget import Budget, Meter, Spend

counts = st.integers(0, 10**9)
amounts = st.floats(0, 1e9)
budgets = st.builds(
    Budget,
    seconds=st.none() | amounts,
    candidates=st.none() | counts,
    verifier_calls=st.none() | counts,
    model_calls=st.none() | counts,
    tokens=st.none() | counts,
    cost=st.none() | amounts,
)
spends = st.builds(Spend, amounts, counts, counts, counts, counts, amounts)


@given(budgets, st.integers(1, 50))
def test_the_parts_of_a_split_add_up(budget, parts):
    shares = budget.split(parts)
    assert len(shares) == parts
    for field in fields(budget):
        limit = getattr(budget, field.name)
        given_out = [getattr(share, field.name) for share in shares]
        if limit is None:
            assert set(given_out) == {None}
        elif isinstance(limit, float):
            assert sum(given_out) == pytest.approx(limit)
        else:
            assert sum(given_out) == limit
            assert max(given_out) - min(given_out) <= 1


@pytest.mark.parametrize("parts", [0, -1])
def test_a_budget_does_not_split_into_nothing(parts):
    with pytest.raises(ValueError):
        Budget(seconds=1.0).split(parts)


@given(budgets, spends)
def test_what_is_left_is_never_negative_and_runs_out_with_the_limit(budget, spent):
    left = budget.minus(spent)
    ended = budget.exceeded_by(spent)
    for field in fields(budget):
        limit, rest = getattr(budget, field.name), getattr(left, field.name)
        assert (limit is None) == (rest is None)
        assert rest is None or rest >= 0
        if rest == 0:
            assert ended is not None
    if ended is not None:
        assert getattr(left, ended) == 0


@given(budgets, amounts)
def test_within_only_ever_tightens_the_time(budget, seconds):
    tight = budget.within(seconds)
    assert tight.seconds == (seconds if budget.seconds is None else min(seconds, budget.seconds))
    assert tight.candidates == budget.candidates


@given(spends, spends)
def test_spending_adds_up(a, b):
    assert (a + b).candidates == a.candidates + b.candidates
    assert a + Spend() == a


def test_a_meter_counts_time_by_itself_and_the_rest_when_charged():
    now = [100.0]
    meter = Meter(
        Budget(seconds=10, candidates=3), spent=Spend(seconds=4, candidates=1), clock=lambda: now[0]
    )
    assert meter.exhausted() is None
    meter.charge(Spend(seconds=1000, candidates=1))
    now[0] += 5
    assert meter.spent == Spend(seconds=9, candidates=2)
    assert meter.remaining() == Budget(seconds=1, candidates=1)
    now[0] += 1
    assert meter.exhausted() == "seconds"
