"""Searches with scripted models as planner, coder and critic, and the real unit-test verifier."""

from __future__ import annotations

import json

import pytest

from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.agents.models.types import Features, LimitReached, Models, ServerDown
from proofsmith.agents.policies.mix import MixPolicy
from proofsmith.agents.policies.model.asking import Asker
from proofsmith.agents.policies.model.coder import Coder
from proofsmith.agents.policies.model.planner import Planner
from proofsmith.agents.policies.model.policy import ModelPolicy
from proofsmith.agents.policies.model.scripted import open_model
from proofsmith.agents.policies.model.scripted.client import ScriptedModel
from proofsmith.agents.policies.model.scripted.skilled import Skilled
from proofsmith.agents.policies.model.settings import AgentSettings
from proofsmith.agents.policies.scripted import ScriptedPolicy
from proofsmith.budget import Budget
from proofsmith.errors import BadInput
from proofsmith.events import ModelCalled, NodeAdded, NodeJudged, Remark, ThoughtRevised, ValueEstimated
from proofsmith.model_calls import Sample
from proofsmith.tree import Tree
from proofsmith.types import Candidate, Diagnostic, Status, Verdict
from proofsmith.verifiers.toolbox import Toolbox

CLAMP = """def clamp(x, low, high):
    if x < low:
        return low
    if x > high:
        return high
    return x
"""
WRONG = CLAMP.replace("return high", "return low")
FAIL = Verdict(Status.FAIL, "unit-tests", score=0.8, diagnostics=(Diagnostic("clamp(12, 0, 9) returned 0"),))


def fenced(code):
    return f"```python\n{code}```\n"


def thoughts(*pairs):
    return json.dumps({"thoughts": [{"thought": t, "confidence": c} for t, c in pairs]})


def skilled(skill, solution=CLAMP):
    return ScriptedModel("scripted:skilled", Skilled(solution, skill), Features(n=True, seed=True))


def test_thoughts_come_first_and_programs_below_them(kit, toolbox):
    solution, memory = kit.searched(skilled(0.5), toolbox)
    assert solution.solved
    first = memory.of(NodeAdded)[0]
    assert (first.proposal.operator, first.proposal.candidate) == ("plan", None)
    solving = solution.tree[solution.node]
    assert solving.proposal.policy == "model"
    assert solution.tree[solving.parent].depth >= 1


def test_a_plan_settles_what_the_coder_writes(kit, toolbox):
    model = kit.said(thoughts(("slot 1:     if x <= low:", 0.9)))
    knows = skilled(1.0)
    _, memory = kit.searched(knows, toolbox, planner=model)
    programs = [e.proposal.candidate.source for e in memory.of(NodeAdded) if e.proposal.candidate]
    assert "if x <= low:" in programs[0]


def test_every_answer_is_kept_and_named_by_its_proposal(kit, toolbox):
    solution, memory = kit.searched(skilled(0.7), toolbox)
    calls = {e.reply.call for e in memory.of(ModelCalled)}
    data = dict(solution.tree[solution.node].proposal.data)
    assert data["call"] in calls
    assert len(data["template"]) == 64
    assert solution.spent.model_calls >= len(calls) > 0
    asked = next(e for e in memory.of(ModelCalled) if e.reply.call == data["call"])
    assert asked.request.template == data["template"]
    assert asked.request.purpose in ("code", "improve")


def test_a_run_is_rebuilt_from_its_events(kit, toolbox):
    solution, memory = kit.searched(skilled(0.5), toolbox, critic=skilled(0.5))
    assert list(Tree.of(memory.events)) == list(solution.tree)


def test_the_same_seed_gives_the_same_run(kit, toolbox):
    runs = [kit.searched(skilled(0.4), toolbox)[1] for _ in range(2)]
    one, two = ([e.proposal.candidate for e in run.of(NodeAdded)] for run in runs)
    assert one == two


MISBEHAVING = ("rubbish", "half-cut", "wrong-language", "refusal", "injection", "torrent")


@pytest.mark.parametrize("name", MISBEHAVING)
@pytest.mark.parametrize("policy", ["model", "mix"])
def test_no_misbehaving_model_gets_anything_accepted(name, policy, kit, toolbox):
    model = open_model(f"scripted:{name}")
    budget = Budget(seconds=30.0, candidates=12)
    solution, memory = kit.searched(
        model, toolbox, task=kit.double_task(), policy=policy, budget=budget, critic=model
    )
    assert solution.reason in ("solved", "exhausted", "budget: candidates")
    if solution.solved:
        assert solution.tree[solution.node].proposal.policy == "symbolic"
    assert all(e.verdict.status is not Status.ERROR for e in memory.of(NodeJudged))
    assert memory.of(ModelCalled), "every answer is billed, however bad"


def test_a_model_that_misbehaves_half_of_the_time_still_solves(kit, toolbox, tmp_path):
    (tmp_path / "clamp.py").write_text(CLAMP)
    model = open_model(f"scripted:moody={tmp_path}/clamp.py@0.8")
    solution, _ = kit.searched(model, toolbox, budget=Budget(seconds=60.0, candidates=60))
    assert solution.solved


def test_a_node_where_nothing_useful_is_said_is_given_up(kit, toolbox):
    solution, memory = kit.searched(kit.said("No."), toolbox)
    assert solution.reason == "exhausted"
    assert len(memory.of(ModelCalled)) < 20


def test_the_symbolic_policy_stands_in_for_a_useless_model(kit, bubblewrap):
    with Toolbox() as toolbox:
        solution, memory = kit.searched(
            kit.said("No."), toolbox, kit.double_task(), budget=Budget(seconds=60.0)
        )
    assert solution.solved
    assert solution.tree[solution.node].proposal.policy == "symbolic"
    assert len(memory.of(ModelCalled)) > 0


def test_equal_programs_of_one_answer_are_one_proposal_with_more_weight(kit):
    other = CLAMP.replace("x < low", "x <= low")
    asker = Asker(kit.said(*map(fenced, (CLAMP, other, CLAMP, CLAMP))), AgentSettings())
    items, _ = Coder(asker).write(kit.clamp_task(), kit.root_view(), Budget())
    assert [(i.candidate.source, i.prior) for i in items] == [(CLAMP, 3.0), (other, 1.0)]


@pytest.mark.parametrize("rank_by", ["self-certainty", "g-nll"])
def test_samples_are_ranked_by_what_their_tokens_say(rank_by, kit):
    other = CLAMP.replace("x < low", "x <= low")
    sure = Sample(fenced(other), logprobs=(-0.1, -0.1), self_certainty=9.0)
    unsure = Sample(fenced(CLAMP), logprobs=(-2.0, -3.0), self_certainty=1.0)
    asker = Asker(kit.said(unsure, sure), AgentSettings(rank_by=rank_by))
    items, _ = Coder(asker).write(kit.clamp_task(), kit.root_view(width=2), Budget())
    assert [i.candidate.source for i in items] == [other, CLAMP]
    assert items[0].prior > items[1].prior
    assert items[0].logprobs == (-0.1, -0.1)
    assert dict(items[1].data)["nll"] == "5.0000"


EDIT = """<<<<<<< SEARCH
        return low
    return x
=======
        return high
    return x
>>>>>>> REPLACE
"""


def test_edits_change_the_parent(kit):
    asker = Asker(kit.said(EDIT), AgentSettings(edits="edit"))
    items, _ = Coder(asker).improve(kit.clamp_task(), kit.program_view(WRONG, FAIL), Budget())
    assert [(i.candidate.source, i.operator) for i in items] == [(CLAMP, "model:edit")]


def test_edits_are_taken_also_where_the_whole_program_was_asked_for(kit):
    asker = Asker(kit.said(EDIT), AgentSettings(edits="whole"))
    items, _ = Coder(asker).improve(kit.clamp_task(), kit.program_view(WRONG, FAIL), Budget())
    assert [i.candidate.source for i in items] == [CLAMP]


def test_after_a_failed_edit_the_whole_program_is_asked_for(kit):
    asker = Asker(
        kit.said(EDIT.replace("low\n", "lower\n"), *[fenced(CLAMP)] * 9), AgentSettings(edits="edit")
    )
    coder = Coder(asker)
    items, _ = coder.improve(kit.clamp_task(), kit.program_view(WRONG, FAIL, width=1), Budget())
    assert [(i.candidate.source, i.operator) for i in items] == [(CLAMP, "model:improve")]
    assert coder.failed_edits == 1


def test_after_two_failed_edits_nobody_asks_for_edits(kit):
    purposes = []

    def speak(request, rng):
        purposes.append(request.purpose)
        return Sample(fenced(CLAMP))

    coder = Coder(Asker(ScriptedModel("m", speak), AgentSettings(edits="edit")))
    for _ in range(3):
        coder.improve(kit.clamp_task(), kit.program_view(WRONG, FAIL, width=1), Budget())
    assert purposes == ["edit", "improve", "edit", "improve", "improve"]


def test_an_unchanged_program_is_no_improvement(kit):
    asker = Asker(kit.said(fenced(WRONG)), AgentSettings(edits="whole"))
    items, why = Coder(asker).improve(kit.clamp_task(), kit.program_view(WRONG, FAIL), Budget())
    assert (items, why) == ((), "the program is unchanged")


def test_the_coder_is_told_what_failed_here_and_beside(kit):
    said = []

    def speak(request, rng):
        said.append(request.messages[-1].text)
        return Sample(fenced(CLAMP))

    view = kit.program_view(WRONG, FAIL)
    sibling = kit.below(view.node.proposal, FAIL).node
    sibling = type(sibling)(2, 0, view.node.proposal, verdict=FAIL, feedback="for x=7: expected 8, got 7")
    view = type(view)(view.node, view.path, siblings=(sibling,), seed=1)
    Coder(Asker(ScriptedModel("m", speak), AgentSettings())).improve(kit.clamp_task(), view, Budget())
    assert "clamp(12, 0, 9) returned 0" in said[0]
    assert "for x=7: expected 8, got 7" in said[0]


def test_thoughts_are_distinct_from_each_other_and_from_known_ones(kit):
    answer = thoughts(
        ("sort the three and take the middle", 0.4),
        ("Sort the three, and take the middle!", 0.9),
        ("compare twice", 0.7),
    )
    planner = Planner(Asker(kit.said(answer), AgentSettings()))
    items, _ = planner.plan(kit.clamp_task(), kit.root_view(), Budget())
    assert [(i.thought, i.prior) for i in items] == [
        ("sort the three and take the middle", 0.4),
        ("compare twice", 0.7),
    ]
    known = tuple(type(kit.root_view().node)(i + 1, 0, item) for i, item in enumerate(items))
    items, why = planner.plan(kit.clamp_task(), kit.root_view(children=known), Budget())
    assert items == ()
    assert "no thought is new" in why


@pytest.mark.parametrize(
    "answer",
    [
        "I would sort them.",
        '{"thoughts": []}',
        '{"thoughts": [{"thought": "", "confidence": 1}]}',
        thoughts(("a", 2.0)),
        thoughts(("a", "high")),
        thoughts(("x" * 5000, 0.5)),
    ],
)
def test_what_is_no_plan_is_not_used(answer, kit):
    items, why = Planner(Asker(kit.said(answer), AgentSettings())).plan(
        kit.clamp_task(), kit.root_view(), Budget()
    )
    assert items == ()
    assert why


def test_a_failed_plan_is_rewritten_in_place_and_followed_from_then_on(kit, toolbox):
    prompts = []

    def speak(request, rng):
        prompts.append((request.purpose, request.messages[-1].text))
        if request.purpose == "plan":
            return Sample(thoughts(("compare with low only", 0.8)))
        if request.purpose == "rethink":
            return Sample(
                json.dumps(
                    {
                        "block": 4,
                        "wrong": "high is forgotten",
                        "thought": "compare with both ends",
                        "confidence": 0.9,
                    }
                )
            )
        if request.purpose == "code":
            return Sample(fenced(CLAMP if "both ends" in request.messages[-1].text else WRONG))
        return Sample(fenced(WRONG))

    model = ScriptedModel("m", speak, Features(n=True))
    solution, memory = kit.searched(model, toolbox, critic=model, strategy="best-of-n")
    (revised,) = memory.of(ThoughtRevised)
    assert (revised.node, revised.thought, revised.wrong, revised.block) == (
        1,
        "compare with both ends",
        "high is forgotten",
        4,
    )
    assert solution.solved
    node = solution.tree[1]
    assert (node.proposal.thought, node.revisions) == ("compare with both ends", 1)
    assert memory.of(NodeAdded)[0].proposal.thought == "compare with low only", "history is kept"
    rethought = next(text for purpose, text in prompts if purpose == "rethink")
    assert "block at line" in rethought
    assert "returned 0" in rethought


def test_a_revision_that_blames_a_block_that_is_not_there_is_refused(kit, toolbox):
    def speak(request, rng):
        if request.purpose == "plan":
            return Sample(thoughts(("compare", 0.8)))
        if request.purpose == "rethink":
            return Sample(json.dumps({"block": 99, "wrong": "w", "thought": "other", "confidence": 0.9}))
        return Sample(fenced(WRONG))

    model = ScriptedModel("m", speak, Features(n=True))
    _, memory = kit.searched(model, toolbox, critic=model)
    assert memory.of(ThoughtRevised) == []


def test_values_are_estimated_and_neutral_where_the_critic_says_nothing(kit, bubblewrap):
    def speak(request, rng):
        if request.purpose == "value":
            return Sample(
                '{"value": 0.3}' if "PLAN" in request.messages[-1].text and rng.random() < 0.5 else "well"
            )
        return (
            Sample(fenced(WRONG))
            if request.purpose != "plan"
            else Sample(thoughts(("a b", 0.5), ("c d", 0.5)))
        )

    with Toolbox(AgentSettings(estimate=True, symbolic_fallback=False)) as toolbox:
        model = ScriptedModel("m", speak, Features(n=True))
        solution, memory = kit.searched(model, toolbox, critic=model)
    values = [e.value for e in memory.of(ValueEstimated)]
    assert set(values) <= {0.3, 0.5}
    assert solution.tree[1].estimate in values


class Down(ScriptedModel):
    """A server that goes away after some answers."""

    def __init__(self, answers, speak, error=None):
        self.answers, self.error = answers, error or ServerDown("the server does not answer")
        super().__init__("scripted:down", speak, Features(n=True))

    def complete(self, request, budget, shorten=None):
        (reply,) = self.complete_all((request,), budget, shorten)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def complete_all(self, requests, budget, shorten=None):
        if self.answers <= 0:
            return tuple(self.error for _ in requests)
        self.answers -= len(requests)
        return tuple(super(Down, self).complete(r, budget, shorten) for r in requests)


def test_a_dead_server_ends_a_model_run_without_blaming_anybody(kit, toolbox):
    solution, memory = kit.searched(Down(2, lambda r, g: Sample(fenced(WRONG))), toolbox)
    assert solution.reason == "failed: the server does not answer"
    assert all(e.verdict.status is Status.FAIL for e in memory.of(NodeJudged))


def test_with_a_dead_server_the_symbolic_half_goes_on(kit, toolbox):
    solution, memory = kit.searched(
        Down(0, None), toolbox, kit.double_task(), policy="mix", budget=Budget(seconds=60.0)
    )
    assert solution.solved
    assert any("goes on without the model" in e.text for e in memory.of(Remark))


def test_a_server_that_comes_back_is_asked_again(kit):
    """The symbolic half knows nothing here; the model fails twice and then writes the program."""
    asked = []

    class Flaky(ScriptedModel):
        def complete(self, request, budget, shorten=None):
            asked.append(request.purpose)
            if len(asked) <= 2:
                raise ServerDown("the server does not answer")
            return super().complete(request, budget, shorten)

    model = Flaky("scripted:flaky", lambda r, g: Sample(fenced(CLAMP)), Features(n=True))
    policy = MixPolicy(ScriptedPolicy([]), ModelPolicy(model), again=0.3)
    view, budget = kit.root_view(), Budget(seconds=20.0)
    rounds = 0
    while not (answer := policy.propose(kit.clamp_task(), view, budget)).items:
        assert not answer.exhausted
        rounds += 1
    assert answer.items[0].candidate.source == CLAMP
    assert rounds < 20, "it waits instead of turning round"
    assert len(policy.remarks) == 1


def test_a_server_that_stays_away_is_given_up(kit):
    policy = MixPolicy(ScriptedPolicy([]), ModelPolicy(Down(0, None)), again=0.0)
    task, budget = kit.clamp_task(), Budget(seconds=20.0)
    below = kit.below(ModelPolicy(skilled(1.0)).propose(task, kit.root_view(), budget).items[0])
    assert policy.propose(task, below, budget).exhausted
    answers = [policy.propose(task, kit.root_view(), budget) for _ in range(2)]
    assert [(a.items, a.exhausted) for a in answers] == [((), False), ((), True)]


def test_at_the_limit_of_cost_the_symbolic_half_goes_on(kit, toolbox):
    model = Down(0, None, LimitReached("cost"))
    solution, memory = kit.searched(
        model, toolbox, kit.double_task(), policy="mix", budget=Budget(seconds=60.0)
    )
    assert solution.solved
    assert any("budget of cost" in e.text for e in memory.of(Remark))


def test_a_dead_critic_is_left_out(kit, toolbox):
    def speak(request, rng):
        return Sample(thoughts(("compare", 0.8)) if request.purpose == "plan" else fenced(WRONG))

    model = ScriptedModel("m", speak, Features(n=True))
    solution, memory = kit.searched(model, toolbox, critic=Down(0, None))
    assert solution.reason == "exhausted"
    (told,) = [e.text for e in memory.of(Remark) if "without the critic" in e.text]
    assert "does not answer" in told


def test_both_halves_share_the_tree_with_priors_from_both(kit, toolbox):
    model = ScriptedModel(
        "m",
        lambda r, g: Sample(
            thoughts(("one way", 0.9), ("another", 0.3)) if r.purpose == "plan" else fenced(WRONG)
        ),
        Features(n=True),
    )
    _, memory = kit.searched(
        model, toolbox, kit.double_task(), policy="mix", budget=Budget(seconds=30.0, candidates=8)
    )
    first = [e for e in memory.of(NodeAdded) if e.parent == 0]
    by = {
        name: sum(e.prior for e in first[:4] if e.proposal.policy == name) for name in ("model", "symbolic")
    }
    assert by["model"] == pytest.approx(0.5, abs=0.01)
    assert by["symbolic"] == pytest.approx(0.5, abs=0.01)


def test_a_model_policy_without_a_model_says_what_is_missing(kit, toolbox):
    for policy in ("model", "mix"):
        with pytest.raises(BadInput, match="--model"):
            solve(kit.clamp_task(), SearchSettings(policy=policy), Budget(), Host(kit.Memory(), toolbox))


def test_a_critic_alone_leaves_the_programs_to_the_symbolic_policy(kit, toolbox):
    host = Host(kit.Memory(), toolbox, models=Models(critic=kit.said("{}")))
    solution = solve(kit.double_task(), SearchSettings(policy="model"), Budget(seconds=60.0), host)
    assert solution.solved
    assert solution.tree[solution.node].proposal.policy == "symbolic"


@pytest.mark.parametrize(
    "name",
    ["scripted:", "scripted:nobody", "scripted:skilled", "scripted:skilled=/nowhere", "scripted:rubbish=x"],
)
def test_unknown_scripted_models_are_bad_input(name):
    with pytest.raises(BadInput):
        open_model(name)


def test_a_skill_out_of_range_is_bad_input(tmp_path):
    (tmp_path / "a.py").write_text(CLAMP)
    with pytest.raises(BadInput, match="probability"):
        open_model(f"scripted:skilled={tmp_path}/a.py@1.5")


def test_replies_of_a_file_are_given_in_turn(kit, toolbox, tmp_path):
    (tmp_path / "replies.txt").write_text(
        thoughts(("compare", 0.5)) + "\n%%%\n" + fenced(WRONG) + "%%%\n" + fenced(CLAMP)
    )
    solution, _ = kit.searched(open_model(f"scripted:replies={tmp_path}/replies.txt"), toolbox)
    assert solution.solved
    assert solution.candidate == Candidate(CLAMP)
