"""A tree grown step by step, the same rebuilt from its events, and the one the store gives back are one."""

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofsmith.budget import Budget, Spend
from proofsmith.events import (
    BackedUp,
    ExampleLearnt,
    Expanded,
    NodeAdded,
    NodeJudged,
    NodeMerged,
    Remark,
    RunFinished,
    RunResumed,
    Spent,
    Update,
)
from proofsmith.python_spec import Call, Example, Outcome
from proofsmith.store.store import Store
from proofsmith.tree import Tree, rank
from proofsmith.types import Assurance, Candidate, Proposal, Status, Verdict

words = st.text(max_size=8)
scores = st.floats(0, 1, exclude_max=True)


@st.composite
def verdicts(draw):
    status = draw(st.sampled_from(Status))
    if status is Status.PASS:
        return Verdict(status, "v", draw(st.sampled_from(Assurance)), score=1.0)
    return Verdict(status, "v", score=draw(scores), behaviour=draw(st.none() | words))


@st.composite
def sequences(draw):
    """Events of a run after its start, each about a node that is there."""
    events, size = [], 1
    for kind in draw(st.lists(st.sampled_from("aaaajjjjmbexsrpf"), max_size=40)):
        node = draw(st.integers(0, size - 1))
        judged = node or None
        match kind:
            case "a":
                source = draw(st.none() | words)
                program = None if source is None else Candidate(source)
                events.append(NodeAdded(size, node, Proposal(program, thought=draw(words)), draw(scores)))
                size += 1
            case "j" if judged:
                verdict = draw(verdicts())
                events.append(NodeJudged(node, verdict, (verdict,), draw(words)))
            case "m" if judged and node > 1:
                events.append(NodeMerged(node, draw(st.integers(1, node - 1))))
            case "b":
                updates = (Update(node, draw(st.integers(0, 9)), draw(scores)),)
                events.append(BackedUp(node, draw(scores), updates))
            case "e":
                events.append(Expanded(node, draw(st.booleans())))
            case "x":
                events.append(
                    ExampleLearnt(Example(Call((draw(words), {1, 2})), Outcome(draw(words))), judged)
                )
            case "s":
                events.append(Spent(Spend(seconds=draw(st.floats(0, 10)), tokens=draw(st.integers(0, 99)))))
            case "r":
                events.append(RunResumed(Budget(seconds=draw(st.floats(0, 10)))))
            case "p":
                events.append(Remark(draw(words), data=((draw(words), draw(words)),)))
            case "f":
                events.append(RunFinished(draw(st.sampled_from(["solved", "exhausted"])), judged))
    return events


def state(tree):
    return [
        list(tree), tree.evidence, tree.spent, tree.started, tree.finished, tree.best, tree.rounds,
        tree.passed, [tree.children(n.id) for n in tree], [tree.open_children(n.id) for n in tree],
    ]  # fmt: skip


@given(sequences())
def test_the_tree_keeps_its_promises(events):
    tree = Tree()
    for event in events:
        tree.apply(event)
    for node in tree:
        children = [n.id for n in tree if n.parent == node.id]
        assert tree.children(node.id) == children
        path = tree.path(node.id)
        assert (path[0].id, path[-1]) == (0, node)
        assert len(path) == node.depth + 1
        assert all(a.id == b.parent for a, b in pairwise(path))
    judged = {e.node for e in events if isinstance(e, NodeJudged)}
    if judged:
        assert rank(tree[tree.best].verdict) == max(rank(tree[n].verdict) for n in judged)
    else:
        assert tree.best is None
    assert state(Tree.of(events)) == state(tree)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(events=sequences(), cut=st.integers(0, 40))
def test_the_store_gives_back_the_tree_however_often_the_run_was_stopped(tmp_path, make, events, cut):
    with Store.open(str(tmp_path / "store.sqlite")) as store:
        with store.start_run(make.started()) as recorder:
            recorder.record_all(events[:cut])
        with store.continue_run(recorder.run_id) as more:
            for event in events[cut:]:
                more.record(event)
        tree = Tree.of([make.started(), *events])
        assert list(store.events(recorder.run_id)) == [make.started(), *events]
        assert state(store.tree(recorder.run_id)) == state(tree)
        summary = store.summary(recorder.run_id)
        programs = [n for n in tree if n.proposal is not None and n.proposal.candidate is not None]
        assert summary.candidates == len(programs)
        assert abs(summary.seconds - tree.spent.seconds) < 1e-6
        if (
            tree.finished is None
            and tree.best is not None
            and not any(isinstance(e, RunFinished) for e in events)
        ):
            assert rank(tree[summary.best].verdict) == rank(tree[tree.best].verdict)
