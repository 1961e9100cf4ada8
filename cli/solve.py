"""``proofsmith solve``: search for a program that meets the specification in a file."""

from __future__ import annotations

import sys

from proofsmith.cli.clock import began
from proofsmith.cli.delivering import Solved, check_destination, deliver, fill_in_place, original_of
from proofsmith.cli.exits import INTERRUPTED
from proofsmith.cli.model_clients import open_models
from proofsmith.cli.options import SolveOptions
from proofsmith.cli.preparing import prepare_all
from proofsmith.cli.rendering import check_rendering, rendered
from proofsmith.cli.report import result_line, tell_end
from proofsmith.cli.searching import Lent, Manner, search, warn_about_sandbox
from proofsmith.cli.settings import gather
from proofsmith.cli.verilog import tasks_to_solve
from proofsmith.environments.fill import destination
from proofsmith.environments.load import load
from proofsmith.errors import BadInput
from proofsmith.logic_spec import SmtScript
from proofsmith.store.store import Store
from proofsmith.verifiers.toolbox import Toolbox


def run(options: SolveOptions) -> int:
    """Solve every task in the file, one after another; return the exit code of the least lucky."""
    settings = gather(options)
    tasks = tasks_to_solve(load(options.file, function=options.top or options.target), options)
    if any(isinstance(task.spec, SmtScript) for task in tasks):
        hint = f"prove it with: proofsmith verify {options.file}"
        raise BadInput("a script asks for no program", path=options.file, hint=hint)
    check_rendering(tasks, options)
    if options.in_place:
        for task in tasks:
            # refuses what has no hole, or cannot be written, before time is spent
            check_destination(destination(task.origin.path, task))
    check_destination(options.output)
    original = original_of(tasks)
    manner = Manner(options.json, options.plain, options.ask)
    codes = []
    problem: BadInput | None = None
    solved: list[Solved] = []
    with (
        open_models(settings.client, settings.run.max_cost) as models,
        Toolbox(*settings.tools) as toolbox,
        Store.open(settings.run.store) as store,
    ):
        warn_about_sandbox(toolbox)
        lent = Lent(store, toolbox, manner, models)
        for ready in list(prepare_all(tasks, settings.run, toolbox, began())):
            task = ready.task
            ended = search(task, settings.search, settings.run.budget, lent, ready.began)
            if options.json:
                sys.stdout.write(result_line(ended) + "\n")
            else:
                tell_end(ended, options.store)
            codes.append(ended.code)
            if ended.solution.solved and ended.solution.candidate is not None:
                solved.append((task, rendered(task, ended.solution.candidate, options.render)))
                if options.in_place:
                    try:
                        fill_in_place(task, ended.solution.candidate)
                    except BadInput as error:  # the program is shown all the same
                        problem = problem or error
            if ended.code == INTERRUPTED:
                break
    deliver(solved, original, output=options.output, quiet=options.json)
    if problem is not None:
        raise problem
    return max(codes)
