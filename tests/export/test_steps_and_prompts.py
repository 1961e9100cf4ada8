"""What prompts ask for is what completions hold, and steps say what the search followed at the time."""

import re

import pyarrow.parquet as pq
import pytest

from proofsmith import __version__
from proofsmith.environments.load import load
from proofsmith.events import (  # fmt: skip
    BackedUp,
    ModelCalled,
    NodeAdded,
    NodeJudged,
    RunFinished,
    RunStarted,
    ThoughtRevised,
    Update,
)
from proofsmith.model_calls import Message, Reply, Request, Sample, Sampling, Usage
from proofsmith.store.export.splits import assign
from proofsmith.store.store import Store
from proofsmith.types import Assurance, Candidate, Proposal, Tool

WRONG = "def larger(a, b):\n    return min(a, b)\n"
WORSE = "def larger(a, b):\n    return a - b\n"
RIGHT = "def larger(a, b):\n    return max(a, b)\n"


def rows_of(out, config):
    files = sorted((out / config).glob("*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


@pytest.fixture
def larger(making, tmp_path):
    return making.tasks_of(tmp_path, "larger", making.MODULES["larger"])[0]


def program(source, **more):
    return Proposal(Candidate(source), operator="script", policy="scripted", **more)


def started(making, task, policy="scripted"):
    return RunStarted(task, "mcts", policy, 0, making.Budget(), __version__)


def judged(making, node, verdict):
    return (
        NodeJudged(node, verdict, (verdict,)),
        BackedUp(node, verdict.score, (Update(node, 1, verdict.score),)),
    )


@pytest.fixture
def rewritten(making, tmp_path, larger):
    """A run whose only plan was rewritten after its first program had failed."""
    plan = Proposal(None, thought="take the least", operator="plan", policy="scripted")
    path = str(tmp_path / "store.sqlite")
    with Store.open(path) as store, store.start_run(started(making, larger)) as recorder:
        recorder.record_all((
            NodeAdded(1, 0, plan, 1.0),
            NodeAdded(2, 1, program(WRONG), 1.0),
            *judged(making, 2, making.FAIL),
            ThoughtRevised(1, "take the greatest", wrong="the least is wrong", block=1, failed=2),
            NodeAdded(3, 1, program(WORSE), 1.0),
            *judged(making, 3, making.FAIL),
            NodeAdded(4, 1, program(RIGHT), 1.0),
            *judged(making, 4, making.PASS),
            RunFinished("solved", 4),
        ))  # fmt: skip
        return recorder.run_id


def test_steps_are_what_the_program_followed_when_it_was_made(cli, rewritten, tmp_path):
    done = cli("export", "out", "--format", "process,dpo,trajectories", "--splits", "train=1")
    assert done.code == 0, done.err
    steps = {row["node"]: row["steps"][0] for row in rows_of(tmp_path / "out", "process")}
    assert steps == {2: "take the least\n", 3: "take the greatest\n", 4: "take the greatest\n"}
    (pair,) = [row for row in rows_of(tmp_path / "out", "dpo") if row["kind"] == "sibling"]
    assert (pair["node"], pair["rejected_node"]) == (4, 3)  # node 2 answered another prompt
    assert "take the greatest" in pair["prompt"]
    assert "take the least" not in pair["prompt"]
    nodes = {row["node"]: row for row in rows_of(tmp_path / "out", "trajectories")}
    assert nodes[1]["thought"] == "take the greatest"
    assert "take the least" in nodes[1]["proposal"]


def test_a_rewritten_plan_comes_back_with_its_last_text(cli, rewritten, tmp_path):
    assert cli("export", "out", "--format", "trajectories").code == 0
    assert cli("import", "out", "--store", "other.sqlite").code == 0
    with Store.open(str(tmp_path / "other.sqlite")) as store:
        assert store.tree(rewritten)[1].proposal.thought == "take the greatest"


def test_a_plan_answers_a_prompt_for_a_plan_and_the_winner_is_never_in_doubt(making, larger, cli, tmp_path):
    plans = [Proposal(None, thought=f"plan {n}", operator="plan", policy="scripted") for n in (1, 2)]
    path = str(tmp_path / "store.sqlite")
    with Store.open(path) as store, store.start_run(started(making, larger)) as recorder:
        recorder.record_all((
            NodeAdded(1, 0, plans[0], 0.5),
            NodeAdded(2, 0, plans[1], 0.5),
            NodeAdded(3, 1, program(WRONG), 1.0),
            *judged(making, 3, making.FAIL),
            BackedUp(3, 0.5, (Update(1, 9, 0.1), Update(2, 1, 1.0))),
            NodeAdded(4, 2, program(RIGHT), 1.0),
            *judged(making, 4, making.PASS),
            RunFinished("solved", 4),
        ))  # fmt: skip
    assert cli("export", "out", "--format", "dpo", "--splits", "train=1").code == 0
    (pair,) = [row for row in rows_of(tmp_path / "out", "dpo") if row["kind"] == "sibling"]
    assert (pair["chosen"], pair["rejected"]) == ("plan 2\n", "plan 1\n")
    assert "plan in words" in pair["prompt"]
    assert "code block" not in pair["prompt"]
    assert pair["label_confidence"] == 0.5  # the loser was visited more often, and lost all the same
    assert pair["prompt_template"] == "python+plan"


@pytest.mark.parametrize(
    ("config", "asked", "given"),
    [
        ("sft", "Answer with one Python code block", r"```python\n[^`]*```\n"),
        ("edits", "`@@ N`", r"(<\|diff\|>\n(@@ \d+\n(\+.*\n)+)+)+"),
        ("repair", "write the corrected one", r"```python\n[^`]*```\n\nThis[^`]*```python\n[^`]*```\n"),
        ("dpo_selftest", "below a line `# Test`", r"```python\n[^`]*\n# Test\n[^`]*```\n"),
    ],
)
def test_completions_have_the_form_that_the_prompt_asks_for(cli, store_path, tmp_path, config, asked, given):
    assert cli("export", "out", "--format", config, "--splits", "train=1").code == 0
    rows = rows_of(tmp_path / "out", config)
    assert rows
    for row in rows:
        assert asked in row["prompt"]
        answer = row["completion"] if "completion" in row else row["chosen"]
        assert re.fullmatch(given, answer), answer
    assert len({row["prompt_template_hash"] for row in rows}) == 1


def test_programs_with_little_in_common_are_no_pair(cli, making, larger, tmp_path):
    other = (
        "def larger(a, b):\n    best = [a, b]\n    best.sort()\n    while len(best) > 1:\n"
        "        best.pop(0)\n    return best[0]\n"
    )
    with Store.open(str(tmp_path / "store.sqlite")) as store:
        making.write_run(store, larger, [("larger = min\n", making.FAIL), (other, making.PASS)])
    done = cli("export", "out", "--format", "repair,fault_spans,dpo", "--splits", "train=1")
    assert done.code == 0, done.err
    assert len(rows_of(tmp_path / "out", "repair")) == 1  # a fresh start is a correction too
    assert not (tmp_path / "out" / "fault_spans").exists()
    assert {row["kind"] for row in rows_of(tmp_path / "out", "dpo")} == {"sibling"}
    assert "fault_spans: the nearest solution is another program: 1" in done.err


COUNTER = """module twice (input [3:0] a, output [5:0] y);
  assign y = a * 6'd2;
endmodule
"""


def test_a_design_that_is_handed_back_as_it_was_is_no_example(cli, making, tmp_path):
    (tmp_path / "twice.v").write_text(COUNTER)
    from proofsmith.store.export.request import FORMATS

    (task,) = load(str(tmp_path / "twice.v"))
    proved = making.PASS.__class__(
        making.PASS.status, "yosys", Assurance.PROVED, score=1.0, tool=Tool("yosys", "1")
    )
    small = COUNTER.replace("a * 6'd2", "{a, 1'b0}")
    with Store.open(str(tmp_path / "store.sqlite")) as store:
        making.write_run(store, task, [("// as it was\n" + COUNTER, proved), (small, proved)])
    formats = ",".join(name for name in FORMATS if name != "events")
    done = cli("export", "out", "--format", formats, "--solutions", "9", "--reverify", "none",
               "--splits", "train=1")  # fmt: skip
    assert done.code == 0, done.err
    for config in ("sft", "sft_messages", "edits", "kto", "process"):
        (row,) = rows_of(tmp_path / "out", config)
        assert row["node"] == 2, config
    assert len(rows_of(tmp_path / "out", "trajectories")) == 3


def test_a_conversation_that_quotes_a_task_of_another_split_is_not_shown(cli, making, tmp_path):
    tasks = {name: making.tasks_of(tmp_path, name, text)[0] for name, text in making.MODULES.items()}
    solved = f"{tasks['vowels'].statement}\n\ndef vowels(word):\n    return 0\n"
    quoted = f"Solve this.\n\nSolved before:\n<<<SOLVED 01234567\n{solved}01234567>>>"
    answer = f"Sure.\n```python\n{RIGHT}```\n"
    reply = Reply(
        (Sample(answer, logprobs=(-0.5,)),), Usage(20, 3), 0.0, "tiny", "http://here:1", call="c0ffee"
    )
    with Store.open(str(tmp_path / "store.sqlite")) as store:
        making.write_run(store, tasks["vowels"], [(making.PROGRAMS["vowels"][2], making.PASS)])
        with store.start_run(started(making, tasks["larger"], "model")) as recorder:
            recorder.record_all((
                ModelCalled(Request((Message("user", quoted),), Sampling()), reply, "coder", 0),
                NodeAdded(1, 0, program(RIGHT, data=(("call", "c0ffee"), ("sample", "0"))), 1.0),
                *judged(making, 1, making.PASS),
                RunFinished("solved", 1),
            ))  # fmt: skip
    assert cli("export", "one", "--format", "sft_messages", "--splits", "train=1").code == 0
    held = {row["task_id"]: row for row in rows_of(tmp_path / "one", "sft_messages")}["larger.py:larger"]
    assert held["messages"][0]["content"] == quoted
    assert held["logprobs"] == [-0.5]
    clusters = {row["task_id"]: row["task_cluster"] for row in rows_of(tmp_path / "one", "tasks")}
    shares = next(
        s for n in range(1, 100)
        if len(set(assign(clusters.values(), s := (("train", n / 100), ("test", 1 - n / 100))).values())) == 2
    )  # fmt: skip
    splits = ",".join(f"{name}={share}" for name, share in shares)
    done = cli("export", "two", "--format", "sft_messages", "--splits", splits)
    assert done.code == 0, done.err
    plain = {row["task_id"]: row for row in rows_of(tmp_path / "two", "sft_messages")}["larger.py:larger"]
    assert plain["messages"][0]["content"].startswith("Write the Python function `larger`.")
    assert plain["messages"][1]["content"] == answer
    assert plain["logprobs"] is None
    assert plain["model"] == "tiny"
    assert "a task of another split was quoted: 1" in done.err
