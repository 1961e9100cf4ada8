"""A search tree as lines of text, in as many rows as there is room for. Pure."""

from __future__ import annotations

import heapq

from rich.text import Text

from proofsmith.cli.view.text import node_figures, node_glyph, node_words
from proofsmith.tree import ROOT, Tree

_RECENT = 64
"""Of a node with more children than this, only the latest compete for a row: drawing stays cheap."""


def chosen_nodes(tree: Tree, rows: int, latest: int | None = None) -> set[int]:
    """Return the ids of at most `rows` nodes worth showing: a connected part that holds the root.

    The paths to the best and the `latest` node come first, then the most visited.
    """
    chosen = {ROOT}
    for wanted in (tree.best, latest):
        if wanted is not None:
            path = {node.id for node in tree.path(wanted)}
            if len(chosen | path) <= max(rows, 1):
                chosen |= path
    queue: list[tuple[int, int]] = []

    def offer(node: int) -> None:
        for child in tree.children(node)[-_RECENT:]:
            if child not in chosen:
                heapq.heappush(queue, (-tree[child].visits, child))

    for node in sorted(chosen):
        offer(node)
    while queue and len(chosen) < rows:
        _, node = heapq.heappop(queue)
        if node not in chosen:
            chosen.add(node)
            offer(node)
    return chosen


def tree_lines(tree: Tree, rows: int, width: int, latest: int | None = None) -> list[Text]:
    """Return at most `rows` lines of at most `width` cells; hidden children are counted."""
    chosen = chosen_nodes(tree, rows, latest)
    lines: list[Text] = []
    stack: list[tuple[int, str, bool]] = [(ROOT, "", True)]
    while stack:
        node, indent, last = stack.pop()
        children = [child for child in tree.children(node) if child in chosen]
        hidden = len(tree.children(node)) - len(children)
        guide = "" if node == ROOT else indent + ("└ " if last else "├ ")
        lines.append(_line(tree, node, guide, hidden, width))
        below = "" if node == ROOT else indent + ("  " if last else "│ ")
        for child in reversed(children):
            stack.append((child, below, child == children[-1]))
    return lines


def _line(tree: Tree, node: int, guide: str, hidden: int, width: int) -> Text:
    item = tree[node]
    glyph, style = node_glyph(item)
    line = Text(no_wrap=True)
    line.append(guide, "dim")
    line.append(glyph + " ", style)
    if node == ROOT:
        started = tree.started
        line.append(started.task.id if started is not None else "task", "bold")
    else:
        line.append(node_figures(item), "bold" if node == tree.best else "")
        line.append("  " + node_words(item), "dim" if item.merged_into is not None else "")
    if hidden:
        line.append(f"  +{hidden} more", "dim")
    line.truncate(width, overflow="ellipsis")
    return line
