"""pass@k: the estimator, and what counts as an attempt."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from proofsmith import __version__
from proofsmith.budget import Budget
from proofsmith.environments.load import load
from proofsmith.events import RunFinished, RunStarted
from proofsmith.store.statistics import pass_at
from proofsmith.store.store import Store


@pytest.mark.parametrize(("runs", "solved", "k"), [(1, 0, 1), (4, 1, 2), (5, 3, 2), (5, 3, 3), (6, 2, 6)])
def test_the_estimate_is_the_share_of_draws_with_a_solution(runs: int, solved: int, k: int) -> None:
    draws = list(itertools.combinations(range(runs), k))
    lucky = sum(any(run < solved for run in draw) for draw in draws)
    assert pass_at(runs, solved, k) == pytest.approx(lucky / len(draws))


def test_runs_that_were_stopped_or_failed_are_no_attempts(
    cli: Callable, making: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "store.sqlite"
    with Store.open(str(path)) as store:
        for name, reasons in {
            "larger": ["solved", "budget: seconds", "exhausted", "failed: the server is gone", "interrupted"],
            "vowels": ["solved"],
        }.items():
            (tmp_path / f"{name}.py").write_text(making.MODULES[name])
            (task,) = load(str(tmp_path / f"{name}.py"))
            for seed, reason in enumerate(reasons):
                begun = RunStarted(task, "mcts", "symbolic", seed, Budget(candidates=1), __version__)
                with store.start_run(begun) as recorder:
                    recorder.record(RunFinished(reason))
    total = json.loads(cli("stats", "--json", "--pass-at", 1, "--pass-at", 2, "--pass-at", 9).out)["lines"][0]
    assert [k for k, _ in total["pass_at"]] == [1, 2, 9]
    one, two, nine = (value for _, value in total["pass_at"])
    assert one == pytest.approx((1 / 3 + 1) / 2)
    assert two == pytest.approx(2 / 3)
    assert nine is None
    table = cli("stats", "--pass-at", 2).out
    assert "pass@2" in table
    assert "0.667" in table
    assert cli("stats", "--pass-at", 0).code == 2
