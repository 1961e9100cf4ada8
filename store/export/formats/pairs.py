"""Formats of two programs: preferences, repairs, and where the fault is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proofsmith.store.export.context import RunContext
from proofsmith.store.export.difference import Marked, marks, nearest
from proofsmith.store.export.languages.base import tokens
from proofsmith.store.export.prompts import filled

Row = dict[str, Any]
_OWN, _OTHERS = 32, 8
"""Solutions of its own run, and of other runs of the task, that a failing program is compared with."""


def dpo(run: RunContext) -> Iterator[Row]:
    """Yield preferences: best and worst of siblings, and failing programs with their smallest mend.

    Siblings are the step-level pairs of MCTS-DPO (Xie et al. 2024, arXiv 2405.00451); the mends are
    SPaR's refinement pairs (Cheng et al. 2024, arXiv 2412.11605).
    """
    for best, worst, asked in _siblings(run) if run.right_nodes else ():
        chosen, rejected = run.step(best), run.step(worst)
        if chosen != rejected and run.plan.fresh("dpo", asked["prompt"], chosen, rejected):
            yield _pair(run, best, run, worst, "sibling", **asked, chosen=chosen, rejected=rejected)
    for wrong, home, right, far in _mends(run):
        chosen, rejected = run.answer(home.program(right)), run.answer(run.program(wrong))
        if not _is_change(home.program(right), run.program(wrong), far):
            run.plan.tally.counts["dpo: the nearest solution is another program"] += 1
        elif run.plan.fresh("dpo", run.prompt.text, chosen, rejected):
            texts = {"chosen": chosen, "rejected": rejected}
            yield _pair(home, right, run, wrong, "refinement", **run.asked(), **texts, distance=far)


def repair(run: RunContext) -> Iterator[Row]:
    """Yield failing attempt, diagnosis, corrected program in one completion (LEMMA, Pan et al. 2025)."""
    for wrong, home, right, far in _mends(run):
        attempt, program, diagnosis = run.program(wrong), home.program(right), run.diagnosis(wrong)
        if not run.plan.fresh("repair", run.pool_number, attempt, program):
            continue
        fence = run.language.fence
        completion = filled("repair", fence=fence, attempt=attempt, diagnosis=diagnosis, correction=program)
        yield home.row(
            "repair",
            right,
            *_named(home, run, wrong),
            **run.asked("correcting"),
            completion=completion,
            attempt=attempt,
            diagnosis=diagnosis,
            program=program,
            attempt_run=run.head.id,
            attempt_node=wrong,
            attempt_hash=run.graph.program(wrong),
            distance=far,
        )


def fault_spans(run: RunContext) -> Iterator[Row]:
    """Yield a solution, its nearest failing relative, and the characters in which they differ.

    Weights say where the loss should look (after FAIT, fault-aware fine-tuning, Fan et al. 2025).
    Spans count characters of ``completion`` and of ``failing``.
    """
    for wrong, home, right, far in _mends(run):
        failing, program = run.program(wrong), home.program(right)
        if not _is_change(program, failing, far):
            run.plan.tally.counts["fault_spans: the nearest solution is another program"] += 1
            continue
        if not run.plan.fresh("fault_spans", run.pool_number, failing, program):
            continue
        spans, failing_spans = marks(program, failing)
        completion = run.answer(program)
        offset = completion.index(program.rstrip())
        yield home.row(
            "fault_spans",
            right,
            *_named(home, run, wrong),
            **run.asked(),
            completion=completion,
            spans=[_span(mark, offset) for mark in spans],
            failing=failing,
            failing_spans=[_span(mark, 0) for mark in failing_spans],
            failing_run=run.head.id,
            failing_node=wrong,
            failing_hash=run.graph.program(wrong),
            distance=far,
            program=program,
        )


def _span(mark: Marked, offset: int) -> dict[str, Any]:
    return {
        "start": mark.start + offset,
        "end": mark.end + offset,
        "level": mark.level,
        "weight": mark.weight,
    }


def _mends(run: RunContext) -> list[tuple[int, RunContext, int, int]]:
    """Return (failing node, run and node of the nearest solution, token distance), smallest changes first.

    The solutions are those of all selected runs of the task.
    """
    if not run.wrong_nodes:
        return []
    right = [(run, node) for node in run.right_nodes[:_OWN]]
    right += _elsewhere(run)
    texts = [(number, home.program(node)) for number, (home, node) in enumerate(right)]
    found = []
    for wrong in run.wrong_nodes:
        near = nearest(run.program(wrong), texts)
        if near is not None:
            found.append((wrong, *right[near[0]], near[1]))
    return sorted(found, key=lambda pair: pair[3])


def _elsewhere(run: RunContext) -> list[tuple[RunContext, int]]:
    """Return solutions of the task from its other runs, one of each cluster that this run lacks."""
    survey, graph = run.plan.survey, run.graph
    seen = {survey.cluster(graph.program(node) or "") for node in run.right_nodes}
    found: list[tuple[RunContext, int]] = []
    for solution in survey.solutions.get(run.pool_number, ()):
        if len(found) == _OTHERS:
            break
        cluster = survey.cluster(solution.hash)
        if solution.place.run == run.head.key or cluster in seen:
            continue
        home = run.plan.other_run(solution.place.run)
        if home is not None and home.right(solution.place.node) and home.approved(solution.place.node):
            seen.add(cluster)
            found.append((home, solution.place.node))
    return found


def _named(home: RunContext, run: RunContext, wrong: int) -> tuple[object, ...]:
    """Return what tells a pair's row from others about the same solution."""
    return (wrong,) if home.head == run.head else (wrong, run.head.id)


def _siblings(run: RunContext) -> Iterator[tuple[int, int, dict[str, str]]]:
    """Yield (best, worst, columns of the prompt) for children that answered the same prompt differently.

    Best and worst go by backed-up value, then visits. A line of attack that was rewritten between two
    children makes their prompts different, and one that was rewritten itself is no clear loser.
    """
    graph = run.graph
    right = run.below[0]
    approved = set(run.right_nodes)
    for parent in range(len(graph)):
        children = [c for c in graph.children(parent) if graph.merged[c] < 0]
        path = graph.path(parent)
        if len(children) < 2 or not right[parent] or path is None:
            continue
        alike: dict[tuple[bool, tuple[str, ...]], list[int]] = {}
        for child in children:
            thoughts = tuple(graph.thought(n, graph.added_seq[child]) for n in path if not run.is_program(n))
            alike.setdefault((run.is_program(child), thoughts), []).append(child)
        for (programs, _), kind in alike.items():
            good = [c for c in kind if (c in approved if programs else right[c] > 0)]
            bad = [c for c in kind if (run.wrong(c) if programs else _hopeless(run, c))]
            if good and bad:
                best = max(good, key=lambda c: (graph.values[c], graph.visits[c], -c))
                worst = min(bad, key=lambda c: (graph.values[c], -graph.visits[c], c))
                yield best, worst, run.asked_after(path, programs, graph.added_seq[best])


def _hopeless(run: RunContext, thought: int) -> bool:
    """Say whether programs of a line of attack were found wrong, none right, and none left open."""
    right, wrong, open_ = run.below
    return wrong[thought] > 0 == right[thought] == open_[thought] and thought not in run.graph.revisions


def _is_change(program: str, failing: str, far: int) -> bool:
    """Say whether two programs have more in common than not, so that one is a change of the other."""
    return 2 * far <= len(tokens(program)) + len(tokens(failing))


def _pair(home: RunContext, best: int, run: RunContext, worst: int, kind: str, **own: Any) -> Row:
    """Return the row of a pair: the program at `best` of `home` over the one at `worst` of `run`."""
    won, lost = home.graph.visits[best], run.graph.visits[worst]
    # verified outcomes decide who wins; visits say how surely, and never that the loser did
    confidence: float | None = max(0.5, won / (won + lost)) if won + lost else 0.5
    if home.head != run.head:
        confidence = None  # visits of two trees do not compare
    return home.row(
        "dpo",
        best,
        *_named(home, run, worst),
        kind,
        kind=kind,
        rejected_run=run.head.id,
        rejected_node=worst,
        rejected_hash=run.graph.program(worst),
        rejected_verdict=run.graph.status(worst) or None,
        rejected_visits=lost,
        rejected_value=run.graph.values[worst],
        # the label smoothing of MCTS-DPO is one minus this
        label_confidence=confidence,
        **own,
    )
