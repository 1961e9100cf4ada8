"""One picture of a run, sized to the terminal: tree, best program, counterexample, budget. Pure."""

from __future__ import annotations

from functools import lru_cache

from rich.console import Group, RenderableType
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from proofsmith.budget import Budget, Spend
from proofsmith.cli.view.progress import Progress
from proofsmith.cli.view.text import counterexample_text, one_line, verdict_words
from proofsmith.cli.view.tree_lines import tree_lines

_SIDE_BY_SIDE = 120
"""From this many columns on, the program stands beside the tree and not below it."""

_LEXERS = {"diff": "diff", "python": "python", "sygus": "scheme", "smt-lib": "scheme"}
"""Pygments' name for each language of candidates."""


def frame(progress: Progress, width: int, height: int) -> RenderableType:
    """Return the live picture: at most `width` cells wide and `height` lines high."""
    rows = max(height - 5, 2)
    if width >= _SIDE_BY_SIDE:
        left = width // 2 - 1
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=left, no_wrap=True)
        grid.add_column(width=width - left - 1, no_wrap=True)
        program = _program(progress, rows, width - left - 1)
        grid.add_row(Group(*_tree(progress, rows, left)), Group(*program))
        body: list[RenderableType] = [grid]
    else:
        program = _program(progress, rows - rows // 2, width)
        body = [*_tree(progress, rows - len(program) - 1, width), *program]
    return Group(_header(progress, width), *body, *_footer(progress, width))


def closing_frame(progress: Progress, width: int, height: int) -> RenderableType:
    """Return the picture that stays on the screen after the run: without the program."""
    lines = _tree(progress, min(max(height - 6, 3), 16), width)
    return Group(_header(progress, width), *lines, _budget_line(progress, width))


def _header(progress: Progress, width: int) -> Text:
    started = progress.tree.started
    line = Text("proofsmith ", style="bold", no_wrap=True)
    if started is not None:
        line.append(started.task.id, "bold cyan")
        line.append(f"  {started.strategy} · {started.policy} · seed {started.seed}", "dim")
    line.truncate(width, overflow="ellipsis")
    return line


def _rule(title: str, width: int) -> Text:
    line = Text("──", style="dim", no_wrap=True)
    line.append(f" {title} " if title else "", "bold")
    line.append("─" * width)
    line.truncate(width)
    return line


def _tree(progress: Progress, rows: int, width: int) -> list[Text]:
    nodes = len(progress.tree) - 1
    title = f"tree: {nodes} node{'' if nodes == 1 else 's'}"
    return [_rule(title, width), *tree_lines(progress.tree, max(rows, 1), width, progress.latest)]


def _program(progress: Progress, rows: int, width: int) -> list[Text]:
    best = progress.best
    if best is None or progress.tree.best is None:
        return [_rule("no program yet", width)]
    verdict = progress.tree[progress.tree.best].verdict
    words = "" if verdict is None else f": {verdict_words(verdict)}, score {verdict.score:.2f}"
    lines = list(highlighted(best.source, best.language))
    if len(lines) > rows - 1:
        lines = [*lines[: max(rows - 2, 0)], Text(f"… {len(lines) - rows + 2} more lines", "dim")]
    shown = [line.copy() for line in lines]
    for line in shown:
        line.no_wrap = True
        line.truncate(width, overflow="ellipsis")
    return [_rule(f"best program, node {progress.tree.best}{words}", width), *shown]


@lru_cache(maxsize=8)
def highlighted(source: str, language: str) -> tuple[Text, ...]:
    """Return the lines of a program in colours."""
    lexer = _LEXERS.get(language, "text")
    syntax = Syntax("", lexer, theme="ansi_dark", background_color="default")
    return tuple(syntax.highlight(source.rstrip("\n")).split("\n"))


def _footer(progress: Progress, width: int) -> list[Text]:
    line = Text("counterexample  ", style="dim", no_wrap=True)
    if progress.notice:
        line = Text(progress.notice, style="bold yellow", no_wrap=True)
    elif progress.counterexample is not None:
        line.append(counterexample_text(progress.counterexample), "yellow")
    elif progress.remarks:
        line = Text(one_line(progress.remarks[-1].text), style="yellow", no_wrap=True)
    else:
        line.append("none yet", "dim")
    line.truncate(width, overflow="ellipsis")
    return [_rule("", width), line, _budget_line(progress, width)]


def _budget_line(progress: Progress, width: int) -> Text:
    line = Text(no_wrap=True)
    for name, used, limit in _amounts(progress.spent, progress.budget):
        if line.plain:
            line.append("   ")
        line.append(name + " ", "dim")
        if limit is None:
            line.append(f"{used:.0f}")
        else:
            line.append_text(bar(used / limit if limit else 1.0, 10))
            line.append(f" {used:.0f}/{limit:.0f}")
    line.truncate(width, overflow="ellipsis")
    return line


def _amounts(spent: Spend, budget: Budget) -> list[tuple[str, float, float | None]]:
    amounts = [
        ("seconds", spent.seconds, budget.seconds),
        ("candidates", float(spent.candidates), budget.candidates),
        ("calls", float(spent.verifier_calls), budget.verifier_calls),
    ]
    if spent.model_calls or budget.model_calls is not None:
        amounts.append(("model calls", float(spent.model_calls), budget.model_calls))
    if spent.tokens or budget.tokens is not None:
        amounts.append(("tokens", float(spent.tokens), budget.tokens))
    if spent.cost or budget.cost is not None:
        amounts.append(("cents", 100 * spent.cost, None if budget.cost is None else 100 * budget.cost))
    return amounts


def bar(share: float, cells: int) -> Text:
    """Return a bar of `cells` cells, filled to `share` in [0, 1] (clipped)."""
    filled = round(min(max(share, 0.0), 1.0) * cells)
    style = "green" if share < 0.7 else "yellow" if share < 0.95 else "red"
    return Text("━" * filled, style=style) + Text("─" * (cells - filled), style="dim")
