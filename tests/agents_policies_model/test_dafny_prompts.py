"""What models are asked about Dafny programs: hints, bodies, and which of the two a task is about."""

from __future__ import annotations

import pytest

from proofsmith.agents.policies.model.asking import Asker, prompt_for
from proofsmith.agents.policies.model.coder import Coder
from proofsmith.agents.policies.model.settings import AgentSettings
from proofsmith.agents.prompts.templates import template
from proofsmith.budget import Budget
from proofsmith.dafny_spec import DafnySpec
from proofsmith.types import Assurance, Task

SPECIFICATION = "method Half(n: nat) returns (h: nat)\n  ensures h == n / 2\n"
WHOLE = SPECIFICATION + "{\n  h := 0;\n  while 2 * h + 1 < n\n  {\n    h := h + 1;\n  }\n}\n"
MARKED = SPECIFICATION + "{\n  // PROOFSMITH: body\n}\n\nlemma Two()\n  ensures 1 + 1 == 2\n{\n}\n"
WRITING = ("code", "improve", "edit", "plan")


def task(source):
    return Task("half", "Complete it.", "dafny", DafnySpec(source), ("dafny",), Assurance.PROVED)


def asked(role, source, view):
    return prompt_for(role, task(source), view, count="3").messages()


@pytest.mark.parametrize("role", WRITING)
def test_missing_bodies_are_named_and_asked_for_with_their_invariants(role, kit):
    for source in (SPECIFICATION, MARKED):
        system, user = asked(role, source, kit.root_view())
        assert "method Half (line 1)" in user.text
        assert "together with its loop invariants" in user.text
        assert "lemma Two" not in user.text.split("line 1)")[1].split("All other bodies")[0]
        assert "method Half" not in system.text  # a file's words are never instructions


@pytest.mark.parametrize("role", WRITING)
def test_where_no_body_is_missing_only_hints_are_asked_for(role, kit):
    system, user = asked(role, WHOLE, kit.root_view())
    assert "have no body yet" not in user.text
    assert "generalised to the counter" in system.text
    assert "{{" not in system.text + user.text


def test_several_bodies_are_all_named_and_an_unreadable_program_has_none(kit):
    text = SPECIFICATION + "\nlemma Small(n: nat)\n  ensures n / 2 <= n\n"
    user = asked("code", text, kit.root_view())[1].text
    assert "method Half (line 1), lemma Small (line 4)" in user
    assert "have no body yet" not in asked("code", "method {", kit.root_view())[1].text


def test_who_improves_is_told_the_ways_an_invariant_fails():
    for role in ("improve", "edit"):
        system = template(role, "dafny").system
        assert "not established" in system
        assert "not be maintained" in system
        assert "assumes instead of proving" in system


def test_a_body_and_its_invariants_are_taken_in_one_answer(kit):
    body = "{\n  h := 0;\n  while 2 * h + 1 < n\n    invariant 2 * h <= n\n  {\n    h := h + 1;\n  }\n}\n"
    model = kit.said(f"The counter stays below half.\n```dafny\n{SPECIFICATION}{body}```\n")
    coder = Coder(Asker(model, AgentSettings(edits="whole")))
    items, why = coder.write(task(SPECIFICATION), kit.root_view(), Budget())
    assert [i.candidate.source for i in items] == [SPECIFICATION + body], why
