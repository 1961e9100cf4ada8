"""Short texts about verdicts, nodes and amounts. Pure; shared by all views and commands."""

from __future__ import annotations

from proofsmith.budget import Budget, Spend
from proofsmith.tree import Node
from proofsmith.types import Counterexample, Diagnostic, Part, Status, Verdict

GLYPHS = {
    Status.PASS: "✓",
    Status.FAIL: "✗",
    Status.UNKNOWN: "?",
    Status.TIMEOUT: "◷",
    Status.ERROR: "!",
}
STYLES = {
    Status.PASS: "bold green",
    Status.FAIL: "red",
    Status.UNKNOWN: "yellow",
    Status.TIMEOUT: "yellow",
    Status.ERROR: "bold magenta",
}


def one_line(text: str, limit: int = 200) -> str:
    """Return `text` on one line, at most `limit` characters long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def ends_of(text: str) -> str:
    """Return the first and the last line of a message, where a tool says what and why."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return one_line(text) if len(lines) < 3 else one_line(f"{one_line(lines[0], 90)} … {lines[-1]}")


def verdict_words(verdict: Verdict) -> str:
    """Return status, assurance and bound, as in ``PASS, BOUNDED (lists up to 3)``."""
    words = verdict.status.value
    if verdict.assurance is not None:
        words += f", {verdict.assurance.value}"
    return words + (f" ({verdict.bound})" if verdict.bound else "")


def place_text(diagnostic: Diagnostic) -> str:
    """Return ``line 3: `` in front of a message; the column too where the tool says it, counted from one."""
    span = diagnostic.span
    if span is None:
        return ""
    return f"line {span.line}{f', column {span.column + 1}' if span.column else ''}: "


def part_text(part: Part) -> str:
    """Return what was found of a part, as in ``Insert: PASS (12 obligations, 0.3 s)``."""
    count = f"{part.obligations} obligation{'' if part.obligations == 1 else 's'}, "
    return f"{part.name}: {part.status.value} ({count if part.obligations else ''}{part.seconds:.1f} s)"


def counterexample_text(found: Counterexample) -> str:
    """Return ``xs=[1]: expected 1, got 0``, on one line."""
    inputs = ", ".join(f"{name}={value}" for name, value in found.inputs)
    told = [f"expected {found.expected}"] if found.expected else []
    if found.actual:
        said = found.actual.startswith(("returned ", "raised ", "raises ", "printed ", "changed "))
        told.append(found.actual if said else f"got {found.actual}")
    told += [f"violates {found.violated}"] if found.violated else []
    return one_line(f"{inputs}: {', '.join(told)}" if told else inputs)


def verdict_detail(verdict: Verdict) -> str:
    """Return the most telling line about a verdict that is not a PASS; may be empty."""
    if verdict.counterexample is not None:
        return counterexample_text(verdict.counterexample)
    return ends_of(verdict.diagnostics[0].message) if verdict.diagnostics else ""


def node_glyph(node: Node) -> tuple[str, str]:
    """Return a one-cell sign for a node and its style."""
    if node.merged_into is not None:
        return "=", "dim"
    if node.verdict is not None:
        return GLYPHS[node.verdict.status], STYLES[node.verdict.status]
    return ("◆", "cyan") if node.is_thought else ("·", "dim")


def node_words(node: Node) -> str:
    """Return what a node is about: operator, and its thought or the verdict's detail."""
    if node.proposal is None:
        return "task"
    operator = node.proposal.operator or node.proposal.policy
    if node.merged_into is not None:
        return f"{operator}  behaves like {node.merged_into}"
    if node.is_thought or node.verdict is None:
        told = node.proposal.thought
    else:
        told = verdict_detail(node.verdict) or node.proposal.thought
    return one_line(f"{operator}  {told}" if told else operator)


def node_figures(node: Node) -> str:
    """Return id, score and visits, as in ``12 0.75 ×3``."""
    score = ""
    if node.verdict is not None and node.verdict.status is not Status.ERROR:
        score = f" {node.verdict.score:.2f}"
    elif node.visits:
        score = f" ~{node.value:.2f}"
    return f"{node.id}{score}" + (f" ×{node.visits}" if node.visits else "")


def seconds_text(seconds: float) -> str:
    """Return seconds for people: ``3.2 s``, ``2 min 05 s``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def spend_text(spend: Spend, unpriced: int = 0) -> str:
    """Return what was used, as in ``3.2 s, 12 candidates, 14 verifier calls``.

    Model calls are told of where there were any; `unpriced` of them have no known price.
    """
    parts = [
        seconds_text(spend.seconds),
        _count(spend.candidates, "candidate"),
        _count(spend.verifier_calls, "verifier call"),
    ]
    if spend.model_calls:
        parts += [_count(spend.model_calls, "model call"), _count(spend.tokens, "token")]
        if spend.cost or not unpriced:
            parts.append(f"{'at least ' if unpriced else ''}${spend.cost:.4f}")
    return ", ".join(parts)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def budget_text(budget: Budget) -> str:
    """Return the limits that are set, as in ``60 s, 100 candidates``; empty without limits."""
    parts = []
    if budget.seconds is not None:
        parts.append(f"{round(budget.seconds, 1):g} s")
    if budget.candidates is not None:
        parts.append(f"{budget.candidates} candidates")
    if budget.verifier_calls is not None:
        parts.append(f"{budget.verifier_calls} verifier calls")
    if budget.model_calls is not None:
        parts.append(f"{budget.model_calls} model calls")
    if budget.tokens is not None:
        parts.append(f"{budget.tokens} tokens")
    if budget.cost is not None:
        parts.append(f"${budget.cost:g}")
    return ", ".join(parts)
