"""What language models were asked about a node and what they answered, for people."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from proofsmith.cli.view.text import seconds_text
from proofsmith.events import Event, ModelCalled
from proofsmith.tree import Node


def calls_about(node: Node, events: Iterable[Event]) -> list[ModelCalled]:
    """Return the calls that made the proposal at `node` or were made while working on it, in order."""
    made_by = "" if node.proposal is None else dict(node.proposal.data).get("call", "")
    return [
        e
        for e in events
        if isinstance(e, ModelCalled) and (e.node == node.id or e.reply.call == made_by != "")
    ]


def print_calls(console: Console, calls: Iterable[ModelCalled], *, full: bool) -> None:
    """Print a line for each call; with `full` every message and answer as well."""
    for call in calls:
        request, reply = call.request, call.reply
        cost = "price unknown" if reply.cost is None else f"${reply.cost:.4f}"
        told = "cached" if reply.cached else f"{seconds_text(reply.seconds)}, {cost}"
        purpose = request.purpose or "answer"
        usage = f"{reply.usage.prompt_tokens} + {reply.usage.completion_tokens} tokens"
        console.print()
        console.print(
            Text.assemble(
                ("asked  ", "dim"),
                f"{reply.model} as {call.agent}, to {purpose}, {len(reply.samples)} times",
                (f"  [{usage}, {told}, call {reply.call}]", "dim"),
            )
        )
        if not full:
            continue
        for message in request.messages:
            _print_text(console, message.role, message.text)
        for number, sample in enumerate(reply.samples):
            calls_made = "".join(f"\n{c.name}({c.arguments})" for c in sample.tool_calls)
            surely = "" if sample.nll is None else f", log-probability {-sample.nll:.1f}"
            _print_text(console, f"answer {number}, {sample.finish_reason}{surely}", sample.text + calls_made)


def _print_text(console: Console, title: str, text: str) -> None:
    console.print(Text(f"── {title}", "bold cyan"))
    # What a model writes may hold escape sequences, which would act on the terminal.
    console.print(Text("".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)))
