"""``proofsmith show``: the tree of a run, rebuilt from the store alone."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console
from rich.text import Text

from proofsmith import codec
from proofsmith.cli.exits import SOLVED
from proofsmith.cli.model_lines import calls_about, print_calls
from proofsmith.cli.options import ShowOptions
from proofsmith.cli.page import best_of, page
from proofsmith.cli.report import program_text, reason_words
from proofsmith.cli.settings import gather
from proofsmith.cli.view.console import listing_console
from proofsmith.cli.view.frame import highlighted
from proofsmith.cli.view.text import (
    budget_text,
    counterexample_text,
    node_figures,
    node_glyph,
    node_words,
    seconds_text,
    spend_text,
    verdict_words,
)
from proofsmith.cli.view.tree_lines import tree_lines
from proofsmith.environments.fill import write_atomically
from proofsmith.errors import BadInput, StoreError
from proofsmith.store.store import Store
from proofsmith.tree import Node, Tree
from proofsmith.types import Verdict


def run(options: ShowOptions) -> int:
    """Print the run's tree, or one of its nodes."""
    settings = gather(options)
    with Store.open(settings.run.store, create=False) as store:
        run_id = store.find(options.run)
        tree = store.tree(run_id)
        there = options.node is not None and 0 <= options.node < len(tree)
        calls = calls_about(tree[options.node or 0], store.events(run_id)) if there else []
    if tree.started is None:
        raise StoreError(f"run {run_id} has no beginning in {store.name}")
    if options.node is not None and not 0 <= options.node < len(tree):
        raise BadInput(f"run {run_id} has no node {options.node}", hint=f"nodes are 0 to {len(tree) - 1}")
    if options.calls and options.node is None:
        raise BadInput("--calls shows what models were asked about a node", hint="name one with --node")
    if options.html is not None:
        write_atomically(options.html, page(run_id, tree))
    if options.json:
        nodes = tree if options.node is None else [tree[options.node]]
        if options.node is None:
            sys.stdout.write(json.dumps(_run_data(run_id, tree), ensure_ascii=False) + "\n")
        for node in nodes:
            data = _node_data(node, tree)
            if options.calls:
                data["calls"] = [codec.to_data(call) for call in calls]
            sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
        return SOLVED
    console = listing_console()
    if options.node is not None:
        _print_node(console, tree, tree[options.node])
        print_calls(console, calls, full=options.calls)
    else:
        _print_run(console, run_id, tree, options.limit)
    return SOLVED


def _run_data(run_id: str, tree: Tree) -> dict[str, Any]:
    return {
        "@": "Run",
        "id": run_id,
        "started": codec.to_data(tree.started),
        "finished": codec.to_data(tree.finished),
        "spent": codec.to_data(tree.spent),
        "best": tree.best,
        "evidence": [codec.to_data(example) for example in tree.evidence],
        "nodes": len(tree),
    }


def _node_data(node: Node, tree: Tree) -> dict[str, Any]:
    return {
        "@": "Node",
        "id": node.id,
        "parent": node.parent,
        "children": list(tree.children(node.id)),
        "proposal": codec.to_data(node.proposal),
        "prior": node.prior,
        "visits": node.visits,
        "value": node.value,
        "merged_into": node.merged_into,
        "exhausted": node.exhausted,
        "feedback": node.feedback,
        "revisions": node.revisions,
        "estimate": node.estimate,
        "verdict": codec.to_data(node.verdict),
        "verdicts": codec.to_data(node.verdicts),
    }


def _print_run(console: Console, run_id: str, tree: Tree, limit: int) -> None:
    started, finished = tree.started, tree.finished
    assert started is not None
    console.print(Text.assemble(("run   ", "dim"), (run_id, "bold")))
    console.print(
        Text.assemble(("task  ", "dim"), f"{started.task.id}: {_first_line(started.task.statement)}")
    )
    limits = budget_text(started.budget) or "no limits"
    console.print(
        Text.assemble(
            ("how   ", "dim"), f"{started.strategy}, {started.policy}, seed {started.seed}; {limits}"
        )
    )
    end = "not finished" if finished is None else reason_words(finished.reason)
    spent = tree.spent if finished is None else finished.spend
    console.print(Text.assemble(("end   ", "dim"), f"{end}  [{spend_text(spent, tree.unpriced)}]"))
    console.print()
    rows = len(tree) if limit == 0 else limit
    for line in tree_lines(tree, rows, max(console.width, 40)):
        console.print(line)
    hidden = len(tree) - min(rows, len(tree))
    if hidden:
        console.print(f"{hidden} more nodes: proofsmith show {run_id} --limit 0", style="dim")
    best = best_of(tree)
    if best is not None:
        console.print()
        _print_program(console, tree, tree[best], f"best program, node {best}")


def _print_node(console: Console, tree: Tree, node: Node) -> None:
    for step in tree.path(node.id):
        glyph, style = node_glyph(step)
        words = "task" if step.proposal is None else f"{node_figures(step)}  {node_words(step)}"
        console.print(Text.assemble("  " * step.depth, (glyph, style), " ", words))
    if node.proposal is None:
        assert tree.started is not None
        console.print()
        console.print(Text(tree.started.task.statement))
        return
    if node.proposal.thought:
        times = f" (rewritten {node.revisions} times)" if node.revisions else ""
        console.print(Text.assemble(("\nthought  ", "dim"), node.proposal.thought, (times, "dim")))
    estimate = "" if node.estimate is None else f", estimated at {node.estimate:.3f}"
    console.print(
        Text.assemble(
            ("made by  ", "dim"),
            f"{node.proposal.policy or '?'}, {node.proposal.operator or '?'}; prior {node.prior:.3f}, "
            f"{node.visits} visits, value {node.value:.3f}{estimate}",
        )
    )
    if node.merged_into is not None:
        console.print(Text(f"behaves like node {node.merged_into}, whose verdict it shares"))
    if node.proposal.candidate is not None:
        console.print()
        _print_program(console, tree, node, "program")
    for verdict in node.verdicts or ((node.verdict,) if node.verdict is not None else ()):
        _print_verdict(console, verdict)
    if node.feedback:
        console.print(Text.assemble(("feedback  ", "dim"), node.feedback))


def _print_program(console: Console, tree: Tree, node: Node, title: str) -> None:
    if node.proposal is None or node.proposal.candidate is None or tree.started is None:
        return
    words = "" if node.verdict is None else f": {verdict_words(node.verdict)}"
    console.print(Text(title + words, "dim"))
    task = tree.started.task
    for line in highlighted(program_text(task, node.proposal.candidate), task.language):
        console.print(line)


def _print_verdict(console: Console, verdict: Verdict) -> None:
    tool = f", {verdict.tool.name} {verdict.tool.version}" if verdict.tool is not None else ""
    console.print()
    console.print(
        Text(f"{verdict.verifier}: {verdict_words(verdict)}, score {verdict.score:.2f}", "bold")
        + Text(f"  [{seconds_text(verdict.seconds)}{tool}]", "dim")
    )
    for note in verdict.notes:
        console.print(Text(f"  note: {note}"))
    for diagnostic in verdict.diagnostics:
        line = f"line {diagnostic.span.line}: " if diagnostic.span is not None else ""
        console.print(Text(f"  {line}{diagnostic.message}"))
    if verdict.counterexample is not None:
        console.print(Text(f"  counterexample: {counterexample_text(verdict.counterexample)}"))


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0] if lines else ""
