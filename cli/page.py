"""A run as one HTML page that needs nothing else: where each result comes from, to click through.

After Generative Logic: a verified result is worth more when its whole provenance can be walked. Every node
has an anchor; the path to the best program, parents, children and merged nodes are links. Pure: tree to text.
Everything that a candidate or a model wrote is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from proofsmith.cli.report import program_text, reason_words
from proofsmith.cli.view.text import (
    budget_text,
    counterexample_text,
    node_figures,
    node_glyph,
    node_words,
    place_text,
    seconds_text,
    spend_text,
    verdict_words,
)
from proofsmith.tree import ROOT, Node, Tree
from proofsmith.types import Verdict

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
pre { background: #f5f5f3; padding: .6rem .8rem; overflow-x: auto }
section { border-top: 1px solid #ddd }
section:target { background: #fffbe8 }
ul.tree { list-style: none; padding: 0 }
a { color: #1a5fb4; text-decoration: none }
.PASS { color: #1b7f3b }
.FAIL { color: #b3261e }
.note { color: #666 }
"""


def page(run_id: str, tree: Tree) -> str:
    """Return the page of a run that has begun."""
    assert tree.started is not None
    task = tree.started.task
    parts = [
        "<!doctype html>",
        f'<html lang="en"><meta charset="utf-8"><title>{escape(task.id)} · {escape(run_id)}</title>',
        f"<style>{_STYLE}</style>",
        f"<h1>{escape(task.id)}</h1>",
        f"<pre>{escape(task.statement)}</pre>",
        *_facts(run_id, tree),
        *_provenance(tree),
        "<h2>Search tree</h2>",
        '<ul class="tree">',
        *(_row(node) for node in _in_order(tree)),
        "</ul>",
        "<h2>Nodes</h2>",
        *(_section(node, tree) for node in tree if node.proposal is not None),
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def best_of(tree: Tree) -> int | None:
    """Return the node of the best program: the one that the run ended with, or so far."""
    finished = tree.finished
    return tree.best if finished is None or finished.best is None else finished.best


def _facts(run_id: str, tree: Tree) -> Iterator[str]:
    started, finished = tree.started, tree.finished
    assert started is not None
    task = started.task
    end = "not finished" if finished is None else reason_words(finished.reason)
    spent = tree.spent if finished is None else finished.spend
    rows = [
        ("run", run_id),
        ("verifiers", f"{', '.join(task.verifiers)}; {task.assurance.value} is wanted"),
        ("how", f"{started.strategy}, {started.policy}, seed {started.seed}"),
        ("limits", budget_text(started.budget) or "none"),
        ("end", f"{end} [{spend_text(spent, tree.unpriced)}]"),
        ("file", task.origin.path),
    ]
    yield "<table>"
    for name, told in rows:
        yield f'<tr><td class="note">{name}</td><td>{escape(told)}</td></tr>'
    yield "</table>"


def _provenance(tree: Tree) -> Iterator[str]:
    """The steps from the task to the best program."""
    best = best_of(tree)
    if best is None:
        return
    yield "<h2>Where the best program comes from</h2>"
    yield "<ol>"
    for node in tree.path(best):
        if node.id != ROOT:
            yield f"<li>{_link(node)}</li>"
    yield "</ol>"
    if tree.evidence:
        yield f'<p class="note">Examples learnt on the way: {len(tree.evidence)}</p>'
        yield "<pre>"
        for example in tree.evidence:
            yield escape(f"{example.call.render('')} -> {example.expected.render()}  [{example.origin}]")
        yield "</pre>"


def _in_order(tree: Tree) -> Iterator[Node]:
    """The nodes, each followed by what is below it."""
    stack = [ROOT]
    while stack:
        node = stack.pop()
        if node != ROOT:
            yield tree[node]
        stack += reversed(tree.children(node))


def _row(node: Node) -> str:
    return f'<li style="padding-left:{1.4 * (node.depth - 1):.1f}em">{_link(node)}</li>'


def _link(node: Node) -> str:
    status = "" if node.verdict is None else node.verdict.status.value
    words = f"{node_figures(node)}  {node_words(node)}"
    return f'<a href="#n{node.id}"><span class="{status}">{node_glyph(node)[0]}</span> {escape(words)}</a>'


def _section(node: Node, tree: Tree) -> str:
    assert node.proposal is not None
    assert tree.started is not None
    proposal = node.proposal
    parts = [
        f'<section id="n{node.id}"><h3>Node {node.id}</h3>',
        f'<p class="note">{_relatives(node, tree)}</p>',
    ]
    made = f"{proposal.policy or '?'}, {proposal.operator or '?'}"
    figures = f"prior {node.prior:.3f}, {node.visits} visits, value {node.value:.3f}"
    parts.append(f"<p>made by {escape(made)}; {figures}</p>")
    if proposal.thought:
        times = f" (rewritten {node.revisions} times)" if node.revisions else ""
        parts.append(f"<p>{escape(proposal.thought)}{times}</p>")
    for name, value in proposal.data:
        parts.append(f'<p class="note">{escape(name)}: {escape(value)}</p>')
    if proposal.candidate is not None:
        parts.append(f"<pre>{escape(program_text(tree.started.task, proposal.candidate))}</pre>")
        parts.append(f'<p class="note">SHA-256 {proposal.candidate.hash}</p>')
    parts += [_judged(one) for one in node.verdicts or ((node.verdict,) if node.verdict else ())]
    if node.feedback:
        parts.append(f'<p class="note">feedback</p><pre>{escape(node.feedback)}</pre>')
    return "\n".join([*parts, "</section>"])


def _relatives(node: Node, tree: Tree) -> str:
    parent = (
        "the task" if node.parent in (None, ROOT) else f'<a href="#n{node.parent}">node {node.parent}</a>'
    )
    below = ", ".join(f'<a href="#n{child}">{child}</a>' for child in tree.children(node.id))
    told = f"from {parent}" + (f"; led to {below}" if below else "")
    if node.merged_into is None:
        return told
    other = f'<a href="#n{node.merged_into}">node {node.merged_into}</a>'
    return f"{told}; behaves like {other}, whose verdict it shares"


def _judged(verdict: Verdict) -> str:
    tool = verdict.tool
    with_tool = "" if tool is None else f", {tool.name} {tool.version}"
    head = f"{verdict.verifier}: {verdict_words(verdict)} [{seconds_text(verdict.seconds)}{with_tool}]"
    lines = [f"note: {note}" for note in verdict.notes]
    lines += [f"{place_text(d)}{d.message}" for d in verdict.diagnostics]
    if verdict.counterexample is not None:
        lines.append(f"counterexample: {counterexample_text(verdict.counterexample)}")
    if tool is not None and tool.command:
        lines.append(f"command: {tool.command}")
    if verdict.log_hash:
        lines.append(f"log SHA-256: {verdict.log_hash}")
    told = f"<pre>{escape(chr(10).join(lines))}</pre>" if lines else ""
    return f'<p class="{verdict.status.value}"><b>{escape(head)}</b></p>{told}'
