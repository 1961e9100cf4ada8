"""``proofsmith resume``: go on with a run that was stopped."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from proofsmith.agents.policies.model.settings import AgentSettings
from proofsmith.budget import Budget, Spend
from proofsmith.cli.clock import began
from proofsmith.cli.delivering import check_destination, deliver, fill_in_place
from proofsmith.cli.exits import SOLVED
from proofsmith.cli.model_clients import open_models, recorded
from proofsmith.cli.options import ResumeOptions
from proofsmith.cli.report import result_line, tell, tell_end
from proofsmith.cli.searching import Lent, Manner, search_on, warn_about_sandbox
from proofsmith.cli.settings import gather
from proofsmith.cli.view.progress import Progress
from proofsmith.errors import BadInput, StoreError
from proofsmith.events import RunFinished, RunResumed, RunStarted
from proofsmith.store.store import Store
from proofsmith.verifiers.toolbox import Toolbox

_LIMITS = {
    "time": "seconds",
    "candidates": "candidates",
    "verifier_calls": "verifier_calls",
    "max_cost": "cost",
    "max_tokens": "tokens",
    "max_calls": "model_calls",
}
"""The options that give more, and the fields of `Budget` that they set."""


def run(options: ResumeOptions) -> int:
    """Go on with the run until it is solved or its new budget ends."""
    nothing: dict[str, Any] = dict.fromkeys(_LIMITS)
    settings = gather(replace(options, **nothing))
    check_destination(options.output)
    with Store.open(settings.run.store, create=False) as store, ExitStack() as stack:
        run_id = store.find(options.run)
        events = list(store.events(run_id))
        progress = Progress()
        try:
            progress.replay(events)
        except ValueError as error:
            raise StoreError(f"run {run_id}: its events do not fit together: {error}") from error
        if progress.tree.started is None:
            raise StoreError(f"run {run_id} has no beginning in {store.name}")
        last = events[-1]
        better = progress.tree.started.task.objective is not None  # there may be something better yet
        if isinstance(last, RunFinished) and last.reason == "solved" and not better:
            tell(f"run {run_id} is solved already; see it with: proofsmith show {run_id}")
            return SOLVED
        given = next(e.budget for e in reversed(events) if isinstance(e, RunStarted | RunResumed))
        budget = new_budget(given, progress.spent, options)
        toolbox = stack.enter_context(Toolbox(*_as_recorded(settings.tools, progress.tree.started)))
        warn_about_sandbox(toolbox)
        manner = Manner(options.json, options.plain, options.ask)
        client = recorded(progress.tree.started, settings.client)
        with open_models(client, budget.cost) as models:
            lent = Lent(store, toolbox, manner, models)
            ended = search_on(run_id, events, budget, lent, began())
    if options.json:
        sys.stdout.write(result_line(ended) + "\n")
    else:
        tell_end(ended, options.store)
    if ended.solution.solved and ended.solution.candidate is not None:
        solved = [(ended.task, ended.solution.candidate)]
        deliver(solved, b"", output=options.output, quiet=options.json)
        if options.in_place:
            fill_in_place(*solved[0])
    return ended.code


def _as_recorded(tools: Sequence[object], started: RunStarted) -> list[object]:
    """The settings of tools, with those of the model agents as the run was started with."""
    pairs = dict(started.settings)
    return [tool.with_pairs(pairs) if isinstance(tool, AgentSettings) else tool for tool in tools]


def new_budget(given: Budget, spent: Spend, options: ResumeOptions) -> Budget:
    """Return the new total: the old one, with more time or other limits where they are given.

    Raises:
        BadInput: nothing is left of a limit, or a number is not positive.
    """
    budget = given
    for option, limit in _LIMITS.items():
        value = getattr(options, option)
        if value is None:
            continue
        if not value > 0:
            raise BadInput(f"--{option.replace('_', '-')} must be positive, not {value:g}")
        budget = replace(budget, **{limit: spent.seconds + value if limit == "seconds" else value})
    used_up = budget.exceeded_by(spent)
    if used_up is not None:
        flag = next(f"--{o.replace('_', '-')} N" for o, limit in _LIMITS.items() if limit == used_up)
        raise BadInput(
            f"the budget of {used_up.replace('_', ' ')} of this run is used up", hint=f"give more with {flag}"
        )
    return budget
