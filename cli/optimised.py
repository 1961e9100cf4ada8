"""What an optimisation gained: before and after as a table, and the steps on the way with their proofs."""

from __future__ import annotations

from proofsmith.agents.engine import Solution
from proofsmith.cli.view.text import verdict_words
from proofsmith.tree import Node
from proofsmith.types import Verdict
from proofsmith.verilog_spec import VerilogSpec

COLUMNS = (
    ("cells", "cells"),
    ("area", "area"),
    ("depth", "depth"),
    ("flip_flops", "flip-flops"),
    ("power", "switching"),
)
"""Metrics of a design and what their columns are called."""


def optimisation_lines(spec: object, solution: Solution) -> list[str]:
    """Return the lines that tell what became of a design to be optimised; none for any other task.

    The first row is the original after ``synth; abc`` alone, the second what was found, synthesised
    in the same way.
    """
    if not isinstance(spec, VerilogSpec) or spec.goal != "optimize" or not solution.solved:
        return []
    tree = solution.tree
    if solution.node is None or not tree.passed:
        return []
    first, best = tree[tree.passed[0]], tree[solution.node]
    if first.verdict is None or best.verdict is None or not best.verdict.metrics:
        return []
    lines = _table(first.verdict, best.verdict, bool(spec.liberty))
    if best.id == first.id:
        if not any(n.verdict is not None and n.id != first.id for n in tree):
            return [*lines, "no rewrite was found to try: the original is the answer"]
        return [*lines, "nothing that was tried is better than the original, which is the answer"]
    steps = [n for n in tree.path(best.id) if n.proposal is not None and n.id != first.id]
    return [*lines, "steps, each judged against the original:", *_steps(steps, spec.objective)]


def _table(before: Verdict, after: Verdict, mapped: bool) -> list[str]:
    shown = [(key, title) for key, title in COLUMNS if key in dict(before.metrics)]
    unit = "area of cells" if mapped else "area in transistors"
    old, new = dict(before.metrics), dict(after.metrics)
    rows = [
        ("", [title for _, title in shown]),
        ("original, synth; abc", [_figure(old[key]) for key, _ in shown]),
        ("rewritten, synth; abc", [_figure(new.get(key, old[key])) for key, _ in shown]),
        ("change", [_change(old[key], new.get(key, old[key])) for key, _ in shown]),
    ]
    widths = [max(len(cells[i]) for _, cells in rows) for i in range(len(shown))]
    lines = []
    for name, cells in rows:
        figures = "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        lines.append(f"  {name:<22}{figures}".rstrip())
    return [*lines, f"  ({unit}; switching in toggles a clock cycle, weighted by load)"]


def _figure(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}"


def _change(old: float, new: float) -> str:
    return f"{100 * (new - old) / old:+.1f} %" if old else ("+0.0 %" if new == old else "new")


def _steps(nodes: list[Node], objective: str) -> list[str]:
    lines = []
    for number, node in enumerate(nodes, 1):
        if node.proposal is None or node.verdict is None:
            continue
        how = "; ".join((verdict_words(node.verdict), *node.verdict.notes))
        measured = dict(node.verdict.metrics).get(objective)
        figure = "" if measured is None else f"{objective} {_figure(measured)}, "
        lines.append(f"  {number}. {node.proposal.operator}: {node.proposal.thought}")
        lines.append(f"     {figure}{how}")
    return lines
