"""What an export leaves out, chooses, and keeps apart."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from proofsmith.budget import Spend
from proofsmith.environments.suite import SuiteLoader
from proofsmith.events import ModelCalled, NodeAdded, NodeJudged, RunFinished, RunStarted
from proofsmith.model_calls import Message, Reply, Request, Sample, Sampling, ToolSpec, Usage
from proofsmith.store.export.schemas import features
from proofsmith.store.store import Store
from proofsmith.types import Assurance, Candidate, Proposal

RIGHT = "def larger(a, b):\n    return max(a, b)\n"


def rows_of(out: Path, config: str) -> list[dict]:
    return [
        row for file in sorted((out / config).glob("*.parquet")) for row in pq.read_table(file).to_pylist()
    ]


@pytest.fixture
def larger(making, tmp_path):
    return making.tasks_of(tmp_path, "larger", making.MODULES["larger"])[0]


@pytest.fixture
def store(tmp_path):
    with Store.open(str(tmp_path / "store.sqlite")) as store:
        yield store


def test_what_no_longer_passes_is_left_out_and_reported(cli, store, larger, making, tmp_path):
    wrong = "def larger(a, b):\n    return a\n"
    run = making.write_run(store, larger, [(wrong, making.PASS), (RIGHT, making.PASS)])
    done = cli("export", "out", "--format", "sft,kto,trajectories", "--solutions", "5", "--json")
    assert done.code == 0, done.err
    assert [row["program"] for row in rows_of(tmp_path / "out", "sft")] == [
        "def larger(a, b):\n    return max(a, b)\n"
    ]
    report = json.loads(done.out)
    assert report["counts"]["no longer pass"] == 1
    (failed,) = report["failed"]
    assert (failed["run"], failed["node"]) == (run, 1)
    assert "unit-tests says FAIL" in failed["verdict"]
    nodes = {row["node"]: row["reverified"] for row in rows_of(tmp_path / "out", "trajectories")}
    assert nodes == {0: None, 1: False, 2: True}
    trusted = cli("export", "trusted", "--solutions", "5", "--reverify", "none")
    assert trusted.code == 0
    assert len(rows_of(tmp_path / "trusted", "sft")) == 2
    assert "no program was verified again" in (tmp_path / "trusted" / "README.md").read_text()


def test_a_program_is_not_exported_as_surer_than_it_is_now(cli, store, larger, making, tmp_path):
    proved = replace(making.PASS, assurance=Assurance.PROVED)
    other = "def larger(a, b):\n    return sorted([a, b])[1]\n"
    run = making.write_run(store, larger, [(RIGHT, proved), (other, making.PASS)])
    done = cli("export", "out", "--format", "sft,kto,trajectories", "--solutions", "5", "--json")
    assert done.code == 0, done.err
    for config in ("sft", "kto"):
        assert {(row["program"], row["assurance"]) for row in rows_of(tmp_path / "out", config)} == {
            (other, "TESTED")
        }
    report = json.loads(done.out)
    assert report["counts"]["no longer pass"] == 1
    assert report["failed"] == [
        {"run": run, "node": 1, "verdict": "was recorded as PROVED, and is TESTED now"}
    ]
    nodes = {row["node"]: row["reverified"] for row in rows_of(tmp_path / "out", "trajectories")}
    assert nodes == {0: None, 1: False, 2: True}


def test_what_cannot_be_judged_now_is_left_out_but_not_called_wrong(cli, store, larger, making, tmp_path):
    other = replace(larger, id="other", statement="Something else entirely.", verifiers=("no-such-verifier",))
    making.write_run(store, larger, [(RIGHT, making.PASS)])
    run = making.write_run(store, other, [(RIGHT, making.PASS)])
    flags = ("--format", "sft,trajectories", "--splits", "train=1")
    done = cli("export", "out", *flags, "--json")
    assert done.code == 0, done.err
    report = json.loads(done.out)
    assert report["counts"]["could not be verified again"] == 1
    assert "no longer pass" not in report["counts"]
    assert [(failed["run"], failed["node"]) for failed in report["failed"]] == [(run, 1)]
    assert [row["task_id"] for row in rows_of(tmp_path / "out", "sft")] == [larger.id]
    nodes = {(row["task_id"], row["node"]): row for row in rows_of(tmp_path / "out", "trajectories")}
    assert nodes["other", 1]["reverified"] is None
    assert nodes[larger.id, 1]["reverified"] is True
    endless = "def larger(a, b):\n    while a or b or True:\n        pass\n"
    with Store.open(str(tmp_path / "slow.sqlite")) as slow:
        making.write_run(slow, larger, [(endless, making.PASS)])
    none = cli("export", "none", "--store", "slow.sqlite")
    assert none.code == 2
    assert "1 programs could not be verified again" in none.err


def test_when_all_solutions_fail_now_nothing_is_exported(cli, store, larger, making, tmp_path):
    making.write_run(store, larger, [("def larger(a, b):\n    return a\n", making.PASS)])
    done = cli("export", "out")
    assert done.code == 2
    assert "1 programs no longer pass" in done.err
    assert not (tmp_path / "out").exists()


def test_near_duplicates_are_one_cluster_and_one_row(cli, store, larger, making, tmp_path):
    same = [
        "def larger(a, b):\n    if a > b:\n        return a\n    return b\n",
        "def larger(x: int, y: int):\n    'Doc.'\n    if x > y:  # or\n        return (x)\n    return y\n",
    ]
    body = "".join(f"    a = a + {n} - {n}\n    b = b * 1 + 0\n" for n in range(30))
    near = [
        f"def larger(a, b):\n{body}    return max(a, b)\n",
        f"def larger(a, b):\n{body}    return max(b, a)\n",
    ]
    making.write_run(store, larger, [(program, making.PASS) for program in (*same, *near)])
    assert cli("export", "out", "--format", "sft,trajectories", "--solutions", "9").code == 0
    assert len(rows_of(tmp_path / "out", "sft")) == 2
    clusters = [r["duplicate_cluster"] for r in rows_of(tmp_path / "out", "trajectories") if r["program"]]
    assert clusters[0] == clusters[1] != clusters[2] == clusters[3]


def test_prefer_chooses_short_or_fast_ones(cli, store, larger, making, toolbox, tmp_path):
    slow = "import time\n\n\ndef larger(a, b):\n    time.sleep(0.2)\n    return max(a, b)\n"
    fast = "def larger(a, b):\n    c = a\n    if b > c:\n        c = b\n    d = e = f = c\n    return d\n"
    making.make_run(store, toolbox, larger, [slow, fast])
    for prefer, wanted in (("short", slow), ("fast", fast)):
        assert cli("export", prefer, "--prefer", prefer).code == 0
        assert [row["program"] for row in rows_of(tmp_path / prefer, "sft")] == [wanted]


def test_what_a_task_asks_to_minimise_comes_before_length(cli, store, larger, making, tmp_path):
    task = replace(larger, objective="area")
    long = "def larger(a, b):\n    best = a\n    if b > best:\n        best = b\n    return best\n"
    small, large = (replace(making.PASS, metrics=(("area", figure),)) for figure in (2.0, 9.0))
    making.write_run(store, task, [(RIGHT, large), (long, small)])
    assert cli("export", "out").code == 0
    assert [row["program"] for row in rows_of(tmp_path / "out", "sft")] == [long]


def test_harder_tasks_give_more_solutions(cli, store, making, tmp_path):
    larger, shout = (making.tasks_of(tmp_path, name, making.MODULES[name])[0] for name in ("larger", "shout"))
    right = ["def larger(a, b):\n    return max(a, b)\n", "def larger(a, b):\n    return b if b > a else a\n",
             "def larger(a, b):\n    return sorted([a, b])[1]\n"]  # fmt: skip
    wrong = [f"def larger(a, b):\n    return a + {n}\n" for n in range(7)]
    judged = [*((p, making.PASS) for p in right), *((p, making.FAIL) for p in wrong)]
    making.write_run(store, larger, judged)
    bodies = ("text.upper() + '!'", "(text + '!').upper()", "''.join([text.upper(), '!'])")
    easy = [f"def shout(text):\n    return {body}\n" for body in bodies]
    making.write_run(store, shout, [(p, making.PASS) for p in easy])
    counts = {}
    for balance in ("none", "difficulty"):
        assert cli("export", balance, "--solutions", "3", "--balance", balance).code == 0
        found = [row["task_id"] for row in rows_of(tmp_path / balance, "sft")]
        counts[balance] = (found.count("larger.py:larger"), found.count("shout.py:shout"))
    assert counts == {"none": (3, 3), "difficulty": (3, 1)}


def suite(path: Path, *tasks: tuple[str, str]) -> Path:
    """Write a suite of HumanEval form: (docstring, solution's body)."""
    lines = [
        {
            "task_id": f"T/{number}",
            "entry_point": "solve",
            "prompt": f'def solve(a: int, b: int):\n    """{text}\n\n    >>> solve(1, 2)\n    2\n    """\n',
            "canonical_solution": body,
            "test": "",
        }
        for number, (text, body) in enumerate(tasks)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert SuiteLoader().load(str(path))
    return path


def test_tasks_of_given_suites_are_left_out_or_flagged(cli, store_path, tmp_path):
    other = suite(
        tmp_path / "held_out.jsonl",
        (
            "Say it: return whichever of two whole numbers is not below the other.",
            "    return a\n",
        ),
        ("Something else entirely.", "    return b\n"),
    )
    assert cli("export", "out", "--against", other).code == 0
    assert "larger.py:larger" not in {row["task_id"] for row in rows_of(tmp_path / "out", "sft")}
    assert len(rows_of(tmp_path / "out", "sft")) == 3
    assert cli("export", "kept", "--against", other, "--keep-contaminated").code == 0
    flags = {row["task_id"]: row["contaminated"] for row in rows_of(tmp_path / "kept", "sft")}
    assert flags.pop("larger.py:larger") == ["held_out.jsonl"]
    assert set(map(tuple, flags.values())) == {()}


def test_programs_of_given_suites_contaminate_too(cli, store_path, tmp_path):
    body = (
        "    count = 0\n    for c in a:\n        if c in 'aeiou':\n            count += 1\n    return count\n"
    )
    lines = {
        "task_id": "T/0",
        "entry_point": "f",
        "prompt": 'def f(a: str) -> int:\n    """Unlike.\n\n    >>> f("a")\n    1\n    """\n',
        "canonical_solution": body,
        "test": "",
    }
    path = tmp_path / "other.jsonl"
    path.write_text(json.dumps(lines) + "\n")
    assert cli("export", "out", "--against", path).code == 0
    assert "vowels.py:vowels" not in {row["task_id"] for row in rows_of(tmp_path / "out", "sft")}


def test_splits_follow_clusters_of_tasks_and_are_disjoint(cli, store, making, tmp_path):
    words = ["apples", "bridges", "candles", "doors", "engines", "flags", "gardens", "hats", "isles", "jars"]
    for number in range(40):
        name = f"count{number}"
        kind = number // 2
        text = f"Count the {words[kind % 10]} that {words[kind // 10]} of kind {kind} hold in a long list."
        header = f"def {name}(a: int) -> int:"
        source = f'{header}\n    """{text}\n\n    >>> {name}(1)\n    {number}\n    """\n    ...\n'
        task = making.tasks_of(tmp_path, name, source)[0]
        making.write_run(store, task, [(f"def {name}(a):\n    return {number}\n", making.PASS)])
    shares = "train=0.6,validation=0.2,test=0.2"
    assert cli("export", "out", "--format", "sft,events", "--splits", shares, "--reverify", "none").code == 0
    out = tmp_path / "out"
    rows = rows_of(out, "sft")
    by_file = {
        (file.name.partition("-")[0], row["task_cluster"])
        for file in out.glob("*/*.parquet")
        for row in pq.read_table(file, columns=["task_cluster"]).to_pylist()
    }
    clusters = [cluster for _, cluster in by_file]
    assert len(clusters) == len(set(clusters))
    assert {split for split, _ in by_file} == {"train", "validation", "test"}
    assert len(set(clusters)) == 20
    again = cli(
        "export", "again", "--splits", shares, "--reverify", "none", "--tasks", "count[0-9].py:*,count1?.py:*"
    )
    assert again.code == 0
    before = {row["task_id"]: row["split"] for row in rows if row["task_cluster"]}
    moved = [r for r in rows_of(tmp_path / "again", "sft") if r["split"] != before[r["task_id"]]]
    alone = {
        row["task_id"] for row in rows if [r["task_cluster"] for r in rows].count(row["task_cluster"]) == 1
    }
    assert not [row for row in moved if row["task_id"] in alone]


def test_card_and_manifest_describe_the_files(cli, store_path, tmp_path):
    assert (
        cli("export", "out", "--format", "sft,dpo,kto", "--splits", "train=1", "--license", "MIT").code == 0
    )
    out = tmp_path / "out"
    for line in (out / "MANIFEST.sha256").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest
    card = (out / "README.md").read_text()
    head = yaml.safe_load(card.split("---\n")[1])
    assert head["license"] == "mit"
    assert head["size_categories"] == ["n<1K"]
    assert head["language"] == ["en"]
    assert {c["config_name"] for c in head["configs"]} == {"sft", "dpo", "kto", "tasks"}
    for config in head["configs"]:
        for data in config["data_files"]:
            assert all((out / path).is_file() for path in data["path"])
    info = {i["config_name"]: i for i in head["dataset_info"]}
    assert info["sft"]["features"] == features("sft")
    assert info["sft"]["splits"][0]["num_examples"] == len(rows_of(out, "sft"))
    assert "tasks solved | 4" in card


def test_what_a_model_said_and_cost_is_exported(cli, store, larger, making, tmp_path):
    answer = "Sure:\n```python\ndef larger(a, b):\n    return max(a, b)\n```\n"
    request = Request(
        (Message("system", "Be brief."), Message("user", "Write larger.")),
        Sampling(temperature=0.7, seed=11),
        tools=(ToolSpec("run", "Run it."),),
        purpose="code",
        template="abc123",
    )
    sample = Sample(answer, token_ids=(5, 6, 7), logprobs=(-0.1, -0.2, -0.3), seed=12)
    reply = Reply((sample,), Usage(20, 3), 0.002, "tiny", "http://localhost:1", call="c0ffee")
    proposal = Proposal(
        Candidate("def larger(a, b):\n    return max(a, b)\n"),
        policy="model",
        spend=Spend(tokens=23),
        logprobs=(-0.1, -0.2, -0.3),
        data=(("call", "c0ffee"), ("sample", "0")),
    )
    started = RunStarted(larger, "mcts", "model", 0, making.Budget(), "0.0.9", commit="c0de" * 10, dirty=True)
    with store.start_run(started) as recorder:
        recorder.record_all((
            ModelCalled(request, reply, "coder", 0),
            NodeAdded(1, 0, proposal, 1.0),
            NodeJudged(1, making.PASS, (making.PASS,)),
            RunFinished("solved", 1),
        ))  # fmt: skip
    assert (
        cli("export", "out", "--format", "sft,sft_messages,events,trajectories", "--splits", "train=1").code
        == 0
    )
    (row,) = rows_of(tmp_path / "out", "sft")
    assert (row["model"], row["server"], row["seed"]) == ("tiny", "http://localhost:1", "12")
    assert (row["tokens"], row["cost"], row["model_call"]) == (23, 0.002, "c0ffee")
    assert (row["token_ids"], row["logprobs"]) == ([5, 6, 7], [-0.1, -0.2, -0.3])
    assert json.loads(row["sampling"])["temperature"] == 0.7
    assert row["prompt_template"] == "python"  # the prompt of this row is ours
    made_by = ("0.0.9", "0.0.9", "c0de" * 10, True)
    assert (row["policy_version"], row["code_version"], row["code_commit"], row["code_dirty"]) == made_by
    root, node = rows_of(tmp_path / "out", "trajectories")
    for name in (
        "model",
        "server",
        "seed",
        "tokens",
        "cost",
        "model_call",
        "token_ids",
        "logprobs",
        "sampling",
    ):
        assert node[name] == row[name], name
    assert (root["model"], root["seed"], root["token_ids"]) == (None, "0", None)
    (row,) = rows_of(tmp_path / "out", "sft_messages")
    assert [m["role"] for m in row["messages"]] == ["system", "user", "assistant"]
    assert row["messages"][2]["content"] == answer
    assert row["prompt_template_hash"] == node["prompt_template_hash"] == "abc123"
    assert json.loads(row["tools"])[0]["function"]["name"] == "run"
    assert cli("import", "out", "--store", "back.sqlite").code == 0
    with Store.open(str(tmp_path / "back.sqlite")) as back:
        run = back.find("latest")
        assert list(back.timed_events(run)) == list(store.timed_events(run))
