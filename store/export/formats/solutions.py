"""Formats of single programs: verified solutions, and the failing programs beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proofsmith.store.export.context import RunContext
from proofsmith.store.export.lintseq import carried_out, insertions
from proofsmith.store.export.provenance import sample_of
from proofsmith.store.export.survey import Solution
from proofsmith.store.export.tools import tools_json

Row = dict[str, Any]
ANSWERS_SEPARATOR = "<|diff|>"
"""What stands before each edit in the ``completion`` of the format ``edits``, as in LintSeq."""


def chosen(run: RunContext) -> Iterator[tuple[Solution, int, str]]:
    """Yield (solution, node, program) of the solutions in this run that were chosen for the dataset."""
    for solution in run.plan.chosen.get(run.head.key, ()):
        node = solution.place.node
        if run.graph.there(node) and run.right(node):
            yield solution, node, run.program(node)


def sft(run: RunContext) -> Iterator[Row]:
    """Yield prompt and completion of every chosen solution."""
    for _, node, program in chosen(run):
        yield run.row("sft", node, **run.asked(), completion=run.answer(program), program=program)


def sft_messages(run: RunContext) -> Iterator[Row]:
    """Yield every chosen solution as a conversation: the one that was held, where a model was asked."""
    for _, node, program in chosen(run):
        called = run.call(run.graph.texts([node])[node][0])
        quotes = called is not None and run.quotes_others(m.text for m in called.request.messages)
        said = {"role": "assistant", "content": _said(run, node, program)}
        if called is not None and not quotes:
            messages = [{"role": m.role, "content": m.text} for m in called.request.messages]
            tools = tools_json(called.request.tools) if called.request.tools else None
            yield run.row("sft_messages", node, messages=[*messages, said], tools=tools)
            continue
        own: dict[str, Any] = run.asked()
        messages = [{"role": "user", "content": own.pop("prompt")}]
        if quotes:
            run.plan.tally.counts["sft_messages: plain prompts, as a task of another split was quoted"] += 1
            own |= {"token_ids": None, "logprobs": None}  # those are of another conversation
        yield run.row("sft_messages", node, messages=[*messages, said], **own)


def _said(run: RunContext, node: int, program: str) -> str:
    """Return the model's own answer, where it holds the program as it stands; else the program."""
    added = run.graph.texts([node])[node][0]
    sample = None if added is None else sample_of(run.call(added), added.proposal)
    if sample is not None and program.strip() in sample.text:
        return sample.text
    return run.answer(program)


def negatives(run: RunContext) -> Iterator[Row]:
    """Yield failing programs of tasks that were solved, for a second stage of training (after REDI, 2025).

    They have the columns of ``sft`` and what the verifier said. Only FAIL is a negative.
    """
    if run.plan.survey.solutions.get(run.pool_number):
        for node in run.wrong_nodes:
            program = run.program(node)
            if run.plan.fresh("negatives", run.pool_number, program):
                yield run.row(
                    "negatives",
                    node,
                    **run.asked(),
                    completion=run.answer(program),
                    program=program,
                    diagnosis=run.diagnosis(node),
                )


def kto(run: RunContext) -> Iterator[Row]:
    """Yield chosen solutions with label true and failing programs with label false."""
    for _, node, program in chosen(run):
        yield _labelled(run, node, program, True)
    for node in run.wrong_nodes:
        program = run.program(node)
        if run.plan.fresh("kto", run.pool_number, program):
            yield _labelled(run, node, program, False)


def _labelled(run: RunContext, node: int, program: str, label: bool) -> Row:
    return run.row(
        "kto",
        node,
        **run.asked(),
        completion=run.answer(program),
        label=label,
        program=program,
    )


def edits(run: RunContext) -> Iterator[Row]:
    """Yield every chosen solution as insertions, each leading to a text that parser and linter accept."""
    for solution, node, program in chosen(run):
        linter = run.language.linter
        found = None if linter is None else insertions(program, linter, solution.hash)
        if found is None or carried_out(found)[-1] != program:
            run.plan.tally.counts["edits: no linter that accepts the program"] += 1
            continue
        flat = [
            {"edit": number, "line": i.line, "text": i.text}
            for number, edit in enumerate(found)
            for i in edit
        ]
        completion = "".join(
            f"{ANSWERS_SEPARATOR}\n" + "".join(f"@@ {i.line}\n" + _marked(i.text) for i in edit)
            for edit in found
        )
        yield run.row(
            "edits",
            node,
            **run.asked("edits"),
            completion=completion,
            insertions=flat,
            program=program,
        )


def _marked(text: str) -> str:
    return "".join("+" + line for line in text.splitlines(keepends=True))
