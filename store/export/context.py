"""One run as the formats see it: its tree, its task, which programs are right, and rows with their origin."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from proofsmith import revision
from proofsmith.events import ModelCalled
from proofsmith.revision import Revision
from proofsmith.store.export.choosing import Chooser
from proofsmith.store.export.graph import ASSURANCES, STATUSES, Added, RunGraph
from proofsmith.store.export.languages.base import Language, language_of
from proofsmith.store.export.prompts import Prompt, template_hash
from proofsmith.store.export.provenance import (
    model_columns,
    row_id,
    source_of,
    spec_preserved,
    verifier_rows,
)
from proofsmith.store.export.reading import Place, RunHead, Source
from proofsmith.store.export.request import ExportRequest, Tally
from proofsmith.store.export.reverify import Approver
from proofsmith.store.export.schemas import BLANK
from proofsmith.store.export.survey import Solution, Survey, counts, unchanged
from proofsmith.types import Assurance, Candidate, Task
from proofsmith.verifiers.toolbox import Toolbox


@dataclass(frozen=True)
class Plan:
    """What was settled before the first row: the same for all runs of an export.

    Attributes:
        clusters, splits: of each task, by number of its pool.
        chosen: the solutions to export, by key of their run.
        seen: names of pairs and tasks that were written, so that none is twice.
        toolbox: the sandbox, for formats that run programs.
        other_run: opens a run by its key; ``None`` where it cannot be read.
    """

    request: ExportRequest
    source: Source
    survey: Survey
    chooser: Chooser
    approver: Approver
    clusters: list[str]
    splits: list[str]
    chosen: dict[int, list[Solution]]
    toolbox: Toolbox
    tally: Tally
    seen: set[str]
    other_run: Callable[[int], RunContext | None]

    def fresh(self, *parts: object) -> bool:
        """Say whether something has not been written yet, and note it."""
        name = row_id(*parts)
        known = name in self.seen
        self.seen.add(name)
        return not known


class RunContext:
    """One run, its task and its tree; makes rows."""

    def __init__(
        self, plan: Plan, head: RunHead, pool: int, graph: RunGraph, task: Task, prompt: Prompt
    ) -> None:
        self.plan, self.head, self.pool_number, self.graph = plan, head, pool, graph
        self.task, self.prompt = task, prompt
        self.pool = plan.survey.pools[pool]
        self.language: Language = language_of(task.language)
        self._wanted = task.assurance
        self._accepted = [bool(a) and Assurance(a).covers(self._wanted) for a in ASSURANCES]
        self._base = self._base_columns()
        self._blanks: dict[str, dict[str, Any]] = {}

    # -- which programs are right ------------------------------------------------------------

    def right(self, node: int) -> bool:
        """Say whether the node's program is a selected solution (not yet whether it is approved)."""
        graph = self.graph
        if graph.merged[node] >= 0 or not self._accepted[graph.assurances[node]]:
            return False
        return counts(self.plan.request.selection, "PASS", graph.assurance(node))

    def wrong(self, node: int) -> bool:
        """Say whether the node's program was found wrong. Only FAIL says so; nothing else is a negative."""
        graph = self.graph
        return STATUSES[graph.statuses[node]] == "FAIL" and graph.merged[node] < 0 and self.is_program(node)

    def is_program(self, node: int) -> bool:
        """Say whether a program stands at the node."""
        return self.graph.program(node) is not None

    @cached_property
    def right_nodes(self) -> list[int]:
        """The solutions of this run that were approved and are more than what was given."""
        found = [n for n in range(len(self.graph)) if self.right(n)]
        return [n for n in found if not unchanged(self.task, self.program(n)) and self.approved(n)]

    @cached_property
    def wrong_nodes(self) -> list[int]:
        """The failing programs of this run, nearest to passing first, at most ``request.negatives``."""
        if not counts(self.plan.request.selection, "FAIL", "FAIL"):
            return []
        graph = self.graph
        found = [n for n in range(len(graph)) if self.wrong(n)]
        found.sort(key=lambda n: (-graph.scores[n], n))
        return found[: self.plan.request.negatives]

    def approved(self, node: int) -> bool:
        """Say whether the program at a right node passes again, where it is asked again."""
        candidate = self.candidate(node)
        sure = self.graph.sure(node)
        if candidate is None or sure is None:
            return False
        return self.plan.approver.approve(self.place(node), candidate, sure)

    @cached_property
    def below(self) -> tuple[array[int], array[int], array[int]]:
        """For every node, how many programs in its subtree are right, wrong, and neither."""
        graph = self.graph
        right, wrong, open_ = (array("q", bytes(8 * len(graph))) for _ in range(3))
        for node in range(len(graph) - 1, 0, -1):
            if graph.parents[node] < 0:
                continue
            if graph.program(node) is not None and graph.merged[node] < 0:
                right[node] += self.right(node)
                wrong[node] += self.wrong(node)
                open_[node] += not self.right(node) and not self.wrong(node)
            parent = graph.parents[node]
            for counted in (right, wrong, open_):
                counted[parent] += counted[node]
        return right, wrong, open_

    # -- texts -------------------------------------------------------------------------------

    def place(self, node: int) -> Place:
        """Return where a judged program stands."""
        return Place(self.head.key, self.head.id, node, self.graph.judged_seq[node], self.head.task)

    def candidate(self, node: int) -> Candidate | None:
        """Return the program at a node."""
        source = self.graph.source(node)
        return None if source is None else Candidate(source, self.head.language)

    def program(self, node: int) -> str:
        """Return the text of the program at a node, ending in a newline; empty if there is none."""
        source = self.graph.source(node)
        return "" if source is None else source.strip("\n") + "\n"

    def answer(self, program: str) -> str:
        """Return a program as an answer to the prompt: in a code block."""
        return f"```{self.language.fence}\n{program.rstrip()}\n```\n"

    def asked(self, how: str = "") -> dict[str, str]:
        """Return the columns of our prompt; `how` is the template that asks for answers of another form."""
        if not how:
            return self._prompt_columns(self.prompt.text)
        return self._prompt_columns(self.prompt.asking(how), how)

    def asked_after(self, path: Sequence[int], program: bool, before: int | None) -> dict[str, str]:
        """Return the columns of the prompt for the step after `path`: a program, or a thought.

        `before` is the event up to which thoughts count as they were (see `RunGraph.thought`).
        """
        steps = [self.step(node, before).rstrip("\n") for node in path]
        how = ["steps"] * bool(path) + ["plan"] * (not program)
        return self._prompt_columns(self.prompt.after(steps, program), *how)

    def _prompt_columns(self, text: str, *how: str) -> dict[str, str]:
        name = "+".join((self.prompt.template, *how))
        return {"prompt": text, "prompt_template": name, "prompt_template_hash": template_hash(name)}

    def quotes_others(self, texts: Iterable[str]) -> bool:
        """Say whether texts quote a task that is in another split, or was left out as contaminated."""
        plan = self.plan
        return any(
            plan.splits[number] != self.split
            or (bool(plan.survey.pools[number].contaminated) and not plan.request.keep_contaminated)
            for number in plan.survey.quotations.among(texts)
        )

    def step(self, node: int, before: int | None = None) -> str:
        """Return what a node adds, as an answer: its program, or its thought as it was at event `before`."""
        if self.is_program(node):
            return self.answer(self.program(node))
        return self.graph.thought(node, before) + "\n"

    def diagnosis(self, node: int) -> str:
        """Return what the verifier said of a failing program."""
        judged = self.graph.texts([node])[node][1]
        if judged is None:
            return ""
        if judged.feedback:
            return judged.feedback
        messages = [d.get("message", "") for d in judged.verdict.get("diagnostics", ())]
        return messages[0] if messages else str(judged.verdict["status"]["value"])

    def call(self, added: Added | None) -> ModelCalled | None:
        """Return the model call behind a node, where there is one."""
        if added is None:
            return None
        name = dict(map(tuple, added.proposal.get("data", ()))).get("call")
        seq = None if name is None else self.graph.calls.get(name)
        return None if seq is None else self.plan.source.model_call(self.head, seq)

    # -- rows --------------------------------------------------------------------------------

    @property
    def split(self) -> str:
        """The split that this run's task is in."""
        return self.plan.splits[self.pool_number]

    def row(self, config: str, node: int, *key: object, **own: Any) -> dict[str, Any]:
        """Return a row about a node: the columns `own`, and where it comes from.

        `key` tells several rows of one configuration about the same node apart.
        """
        graph = self.graph
        added, judged = graph.texts([node])[node]
        digest = graph.program(node)
        row = self.shared(config).copy()
        row["row_id"] = row_id(config, self.head.id, node, *key)
        row["node"] = node
        row["parent"] = graph.parents[node] if node else None
        row["visits"] = graph.visits[node]
        row["value"] = graph.values[node]
        if added is not None:
            proposal = added.proposal
            row["operator"] = proposal.get("operator", "")
            row["policy"] = proposal.get("policy") or self.head.policy
            row["time"] = added.time
            if "logprobs" in proposal or "data" in proposal:
                row |= self.model_columns(added)
        if digest is not None:
            row["candidate_hash"] = digest
            row["duplicate_cluster"] = self.plan.survey.cluster(digest)
            row["reverified"] = self.plan.approver.known(self.head.task, digest, graph.sure(node))
        if judged is not None:
            row["verdict"] = graph.status(node)
            row["assurance"] = graph.assurance(node) or None
            row["score"] = graph.scores[node]
            row["verifiers"] = verifier_rows(judged.verdicts, self.head.version)
            row["spec_preserved"] = spec_preserved(judged.verdict)
            row["time"] = judged.time
        return row | own

    def task_row(self, config: str, **own: Any) -> dict[str, Any]:
        """Return a row about the task alone; the code that made it is the one that is running."""
        pool = self.pool
        row = self.shared(config) | {"row_id": row_id(config, pool.key), "time": self.graph.started}
        code = revision.running()
        row |= {"code_version": code.version, "code_commit": code.commit or None, "code_dirty": code.dirty}
        for name in ("run", "policy", "policy_version", "strategy", "seed"):
            row[name] = None
        return row | own

    def model_columns(self, added: Added) -> dict[str, Any]:
        """Return the columns that say which model answer a node was made from; empty if none."""
        return model_columns(self.call(added), added.proposal)

    def shared(self, config: str) -> dict[str, Any]:
        """Return every column with what all rows of this run have in common; to be copied."""
        blank = self._blanks.get(config)
        if blank is None:
            blank = self._blanks[config] = {**BLANK[config], **self._base}
        return blank

    def _base_columns(self) -> dict[str, Any]:
        head, task, pool = self.head, self.task, self.pool
        code = self.graph.code or Revision(head.version)
        return {
            "split": self.split,
            "task_id": task.id,
            "task_hash": head.task,
            "task_source": source_of(task),
            "task_license": task.origin.license,
            "task_cluster": self.plan.clusters[self.pool_number],
            "task_environment": pool.environment,
            "language": task.language,
            "run": head.id,
            "policy": head.policy,
            "policy_version": head.version,
            "seed": head.seed,
            "prompt_template": self.prompt.template,
            "prompt_template_hash": self.prompt.template_hash,
            "strategy": head.strategy,
            "code_version": code.version,
            "code_commit": code.commit or None,
            "code_dirty": code.dirty,
            "contaminated": sorted(pool.contaminated),
        }
