"""Recursive plans: a function in terms of helpers that do not exist yet, each then a task of its own.

After ReCode and Code as Policies: the plan is code. A node that still has open helpers is a thought; its
expansion writes the first of them, in several ways, and only when none is open does a program come out.
A helper's own examples (doctests in its header) judge it before it gets into the plan. A helper may
again call helpers.
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass

from proofsmith.agents.contracts.contract import Accepted, Broken, Contract
from proofsmith.agents.policies.model.asking import Asker, prompt_for
from proofsmith.agents.policies.model.languages.table import language_of
from proofsmith.agents.policies.model.signals import facts
from proofsmith.agents.prompts.templates import quoted
from proofsmith.agents.tools.belt import Belt
from proofsmith.budget import Budget, Meter
from proofsmith.environments.holes import find_holes
from proofsmith.environments.python_module import spec_of, statement_of
from proofsmith.errors import BadInput, ProofsmithError
from proofsmith.model_calls import Sample
from proofsmith.protocols import NodeView
from proofsmith.python_spec import PythonSpec
from proofsmith.tree import Node
from proofsmith.types import Candidate, Proposal, Status, Task

MAX_HELPERS = 8
"""Helpers of one program that may be open."""
MAX_DEPTH = 10
"""Nodes on a path beyond which plans are no longer taken apart."""
OPERATOR = "decompose"


@dataclass(frozen=True)
class Partial:
    """A program text some of whose helpers are still headers only, by name in order of definition."""

    source: str
    open: tuple[str, ...]


def is_partial(node: Node) -> bool:
    """Whether a node is a plan with open helpers."""
    return node.is_thought and node.proposal is not None and node.proposal.operator == OPERATOR


class Subtasks:
    """Takes tasks apart and puts programs together."""

    def __init__(self, asker: Asker, belt: Belt | None) -> None:
        self._asker, self._belt = asker, belt

    def decompose(
        self, task: Task[PythonSpec], view: NodeView, budget: Budget
    ) -> tuple[tuple[Proposal, ...], str]:
        """Return plans with open helpers, or whole programs where the model needed none.

        Raises:
            Unavailable: the server is gone.
        """
        prompt = prompt_for("decompose", task, view)
        contract = Contract("decompose", lambda s: _partial(task, s), attempts=self._asker.settings.attempts)
        request = self._asker.request(prompt, "decompose", view.width, view.seed)
        answers = self._asker.caller.ask(request, contract, budget, shorten=self._asker.shortener(prompt))
        proposals = [self._proposal(a.value, a, prompt.template.hash) for a in answers.accepted]
        return _distinct(proposals), "" if proposals else answers.failure or "; ".join(answers.rejected)

    def fill(
        self, task: Task[PythonSpec], view: NodeView, budget: Budget
    ) -> tuple[tuple[Proposal, ...], str]:
        """Return the node's plan with its first open helper written, in several ways. Raises as above."""
        assert view.node.proposal is not None
        source = view.node.proposal.thought
        meter = Meter(budget)
        name = open_helpers(source, task.spec.signature.name)[0]
        helper = subtask(source, name)
        prompt = prompt_for(
            "helper",
            helper,
            view,
            program=source,
            helper=quoted("HELPER", _definition(source, name)),
            name=name,
        )
        known = {n.proposal.thought if n.is_thought else _text(n) for n in view.children if n.proposal}

        def read(sample: Sample) -> Partial:
            written = language_of("python").program(helper, sample)
            whole = replaced(source, name, written.source)
            if view.node.depth > MAX_DEPTH and open_helpers(whole, task.spec.signature.name):
                raise Broken("the plan is nested too deeply")
            self._examine(helper, written, meter.remaining())
            return partial(task, whole)

        contract = Contract(
            "helper",
            read,
            lambda p: "the helper was written so before" if p.source in known else None,
            attempts=self._asker.settings.attempts,
        )
        request = self._asker.request(prompt, "helper", view.width, view.seed)
        answers = self._asker.caller.ask(request, contract, budget, shorten=self._asker.shortener(prompt))
        proposals = [self._proposal(a.value, a, prompt.template.hash) for a in answers.accepted]
        return _distinct(proposals), "" if proposals else answers.failure or "; ".join(answers.rejected)

    def _examine(self, helper: Task[PythonSpec], written: Candidate, budget: Budget) -> None:
        """Hold a helper to the examples in its own header, if it has any.

        Raises:
            Broken: it does not meet them.
        """
        if (
            self._belt is None
            or not helper.spec.examples
            or open_helpers(written.source, helper.spec.signature.name)
        ):
            return
        if budget.verifier_calls is not None and budget.verifier_calls <= 0:
            return
        try:
            verdict = self._belt.judge(helper, written, budget)
        except ProofsmithError:
            return  # ours to fail; the whole program is judged anyway
        if verdict.status is Status.FAIL:
            told = verdict.diagnostics[0].message if verdict.diagnostics else "it is wrong"
            raise Broken(f"the helper does not meet its own examples: {told}")

    def _proposal(self, value: Partial, accepted: Accepted[Partial], template: str) -> Proposal:
        data = facts(accepted, template, self._asker.settings.temperature)
        logprobs = None if accepted.sample is None else accepted.sample.logprobs
        if value.open:
            open_data = (*data, ("open", ",".join(value.open)))
            return Proposal(None, 1.0, value.source, OPERATOR, "model", logprobs=logprobs, data=open_data)
        return Proposal(
            Candidate(value.source), 1.0, "", "model:compose", "model", logprobs=logprobs, data=data
        )


def _partial(task: Task[PythonSpec], sample: Sample) -> Partial:
    return partial(task, language_of("python").program(task, sample).source)


def partial(task: Task[PythonSpec], source: str) -> Partial:
    """Return a program text with its open helpers.

    Raises:
        Broken: it calls a name that is defined nowhere, or leaves too many helpers open.
    """
    missing = undefined_calls(task, source)
    if missing:
        raise Broken(f"{missing[0]} is called, but has no header")
    found = open_helpers(source, task.spec.signature.name)
    if len(found) > MAX_HELPERS:
        raise Broken(f"{len(found)} helpers are too many")
    return Partial(source, found)


def open_helpers(source: str, function: str) -> tuple[str, ...]:
    """Return the functions that are headers only, but for `function` itself, in order of definition."""
    return tuple(
        n.name
        for n in ast.parse(source).body
        if isinstance(n, ast.FunctionDef) and n.name != function and _is_open(n)
    )


def undefined_calls(task: Task[PythonSpec], source: str) -> tuple[str, ...]:
    """Return the names that are called, and that neither the program, nor its place, nor Python defines."""
    tree = ast.parse(source)
    bound = set(dir(builtins)) | {task.spec.signature.name}
    for text in (source, task.spec.prefix, task.spec.suffix):
        try:
            place = ast.parse(text)
        except SyntaxError:
            continue
        for node in ast.walk(place):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                bound.add(node.name)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                bound |= {(a.asname or a.name).partition(".")[0] for a in node.names}
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                bound.add(node.id)
            elif isinstance(node, ast.arg):
                bound.add(node.arg)
            elif isinstance(node, ast.ExceptHandler) and node.name:
                bound.add(node.name)
    called = [n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    return tuple(name for name in dict.fromkeys(called) if name not in bound)


def subtask(source: str, name: str) -> Task[PythonSpec]:
    """Return the task of writing one open helper: its header, docstring and examples are the specification.

    Raises:
        Broken: the header makes no task.
    """
    node = next(n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == name)
    imports = [ast.unparse(n) for n in ast.parse(source).body if isinstance(n, ast.Import | ast.ImportFrom)]
    text = "\n".join([*imports, "", "", ast.unparse(node), ""])
    try:
        hole = next(h for h in find_holes(text) if h.signature.name == name)
        spec = spec_of(hole, "helper", None)
    except (BadInput, StopIteration) as error:
        raise Broken(f"the header of {name} makes no task: {error}") from None
    return Task(f"helper:{name}", statement_of(hole.docstring, name), "python", spec, ("unit-tests",))


def replaced(source: str, name: str, written: str) -> str:
    """Return `source` with the definition of `name` replaced by a program that defines it.

    The program's own helpers come before it; its imports go to the top; what `source` defines already stays.
    """
    tree, new = ast.parse(source), ast.parse(written)
    lines = source.splitlines()
    defined = {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)} - {name}
    imports, parts = [], []
    for node in new.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            if (text := ast.unparse(node)) not in source:
                imports.append(text)
        elif getattr(node, "name", None) not in defined:
            parts.append(ast.get_source_segment(written, node) or ast.unparse(node))
    old = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name)
    before, after = lines[: old.lineno - 1], lines[old.end_lineno :]
    return "\n".join([*imports, *before, *"\n\n\n".join(parts).splitlines(), *after]) + "\n"


def _definition(source: str, name: str) -> str:
    node = next(n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == name)
    return ast.get_source_segment(source, node) or ast.unparse(node)


def _is_open(node: ast.FunctionDef) -> bool:
    body = node.body
    if (
        isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    ):
        body = body[1:]
    if not body:
        return True
    if len(body) > 1:
        return False
    only = body[0]
    if isinstance(only, ast.Raise):
        raised = only.exc.func if isinstance(only.exc, ast.Call) else only.exc
        return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
    return isinstance(only, ast.Pass) or (isinstance(only, ast.Expr) and isinstance(only.value, ast.Constant))


def _text(node: Node) -> str:
    candidate = None if node.proposal is None else node.proposal.candidate
    return "" if candidate is None else candidate.source


def _distinct(proposals: list[Proposal]) -> tuple[Proposal, ...]:
    seen: dict[str, Proposal] = {}
    for p in proposals:
        seen.setdefault(p.thought if p.candidate is None else p.candidate.source, p)
    return tuple(seen.values())
