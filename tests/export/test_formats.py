"""Each format, made from real runs and read back with PyArrow."""

import ast
import json
import weakref
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from proofsmith.python_spec import Outcome
from proofsmith.store.export.formats.selftest import choose
from proofsmith.store.export.lintseq import Insertion, carried_out
from proofsmith.store.export.reading import Source
from proofsmith.store.export.request import FORMATS, Selection, Tally
from proofsmith.store.export.schemas import COMMON, CONFIGS, RESERVED, arrow_schema
from proofsmith.store.store import Store

ALWAYS = (
    *("row_id", "split", "task_id", "task_hash", "task_source", "task_cluster", "task_environment"),
    "language",
    *("run", "node", "parent", "policy", "policy_version", "operator", "seed", "prompt_template"),
    *("prompt_template_hash", "candidate_hash", "strategy", "visits", "value", "code_version"),
    *("duplicate_cluster", "contaminated", "time"),
)
"""Columns that are never null where a program of a symbolic policy is shown."""


@pytest.fixture
def read(cli, store_path, tmp_path):
    """Export and return the rows of a configuration, all splits together."""

    def rows(config: str, *options: object) -> list[dict]:
        done = cli("export", "out", "--overwrite", "--format", config, *options)
        assert done.code == 0, done.err
        return read_config(tmp_path / "out", config)

    return rows


def read_config(out: Path, config: str) -> list[dict]:
    files = sorted((out / config).glob("*.parquet"))
    assert files
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_solutions_are_right_distinct_and_know_where_they_come_from(read):
    rows = read("sft", "--solutions", "3")
    assert sorted(row["task_id"] for row in rows) == [
        "evens.py:evens", "larger.py:larger", "larger.py:larger", "shout.py:shout", "vowels.py:vowels",
    ]  # fmt: skip
    for row in rows:
        ast.parse(row["program"])
        assert row["completion"] == f"```python\n{row['program']}```\n"
        assert row["prompt"].startswith("Write the Python function")
        assert (row["verdict"], row["assurance"], row["reverified"]) == ("PASS", "TESTED", True)
        assert row["spec_preserved"] is True
        assert row["task_environment"] == "python-module"
        (verifier,) = row["verifiers"]
        assert (verifier["name"], verifier["tool"], verifier["verdict"]) == ("unit-tests", "cpython", "PASS")
        assert verifier["seconds"] > 0
        for name in ALWAYS:
            assert row[name] is not None, name
    assert len({row["row_id"] for row in rows}) == len(rows)


def test_one_solution_a_task_by_default_the_short_one(read):
    rows = {row["task_id"]: row for row in read("sft")}
    assert len(rows) == 4
    assert "max(a, b)" in rows["larger.py:larger"]["program"]


def test_messages_end_with_the_answer(read):
    for row in read("sft_messages"):
        assert [m["role"] for m in row["messages"]] == ["user", "assistant"]
        assert row["messages"][1]["content"].startswith("```python\ndef ")
        assert row["tools"] is None


def test_edits_lead_from_nothing_to_the_program_and_every_state_parses(read):
    rows = read("edits", "--solutions", "3")
    assert len(rows) == 5
    assert max(row["insertions"][-1]["edit"] for row in rows) > 0
    for row in rows:
        count = row["insertions"][-1]["edit"] + 1
        found = tuple(
            tuple(Insertion(i["line"], i["text"]) for i in row["insertions"] if i["edit"] == number)
            for number in range(count)
        )
        states = carried_out(found)
        assert states[-1] == row["program"]
        for state in states:
            compile(state, "state", "exec")
        assert row["completion"].count("<|diff|>\n") == count


def test_repairs_hold_attempt_diagnosis_and_correction(read):
    rows = read("repair")
    assert {row["task_id"] for row in rows} == {
        "evens.py:evens", "larger.py:larger", "shout.py:shout", "vowels.py:vowels",
    }  # fmt: skip
    for row in rows:
        text = row["completion"]
        assert text.index(row["attempt"]) < text.index(row["diagnosis"]) < text.index(row["program"])
        assert row["verdict"] == "PASS"
        assert row["attempt"] != row["program"]
        assert row["distance"] > 0
    first = next(r for r in rows if r["attempt"] == "def larger(a, b):\n    return a\n")
    assert "expected" in first["diagnosis"]


def test_preferences_prefer_what_passed_over_what_failed(read):
    rows = read("dpo")
    assert {row["kind"] for row in rows} == {"sibling", "refinement"}
    for row in rows:
        assert row["chosen"] != row["rejected"]
        assert row["verdict"] == "PASS"
        assert row["rejected_verdict"] == "FAIL"
        assert 0 <= row["label_confidence"] <= 1
    mends = [row for row in rows if row["kind"] == "refinement" and row["task_id"] == "shout.py:shout"]
    assert mends
    assert all(row["distance"] <= 6 for row in mends)


def test_a_failed_run_is_mended_by_a_solution_of_another_run(cli, tmp_path, making):
    (task,) = making.tasks_of(tmp_path, "larger", making.MODULES["larger"])
    wrong = "def larger(a, b):\n    return min(a, b)\n"
    far = "def larger(a, b):\n    return a if a >= b else b\n"
    near = "def larger(a, b):\n    return max(a, b)\n"
    with Store.open(str(tmp_path / "store.sqlite")) as store:
        failed = making.write_run(store, task, [(wrong, making.FAIL)])
        making.write_run(store, task, [(far, making.PASS)])
        solved = making.write_run(store, task, [(near, making.PASS)])
    formats = "repair,fault_spans,dpo"
    done = cli("export", "out", "--format", formats, "--splits", "train=1", "--reverify", "none")
    assert done.code == 0, done.err
    named = {"repair": "attempt_run", "fault_spans": "failing_run", "dpo": "rejected_run"}
    for config, column in named.items():
        (row,) = read_config(tmp_path / "out", config)
        assert (row["run"], row[column]) == (solved, failed), config
        assert row["verdict"] == "PASS"
        assert row["distance"] == 2
    assert row["label_confidence"] is None
    assert (row["rejected_verdict"], row["kind"]) == ("FAIL", "refinement")


def test_kto_labels_follow_the_verdicts(read):
    rows = read("kto")
    assert {row["label"] for row in rows} == {True, False}
    for row in rows:
        assert row["verdict"] == ("PASS" if row["label"] else "FAIL")


def test_negatives_are_failing_programs_with_the_reason(read):
    rows = read("negatives")
    assert len(rows) == 8
    assert all(row["verdict"] == "FAIL" and row["diagnosis"] for row in rows)


def test_fault_spans_mark_what_differs(read):
    rows = read("fault_spans")
    row = next(r for r in rows if r["failing"] == "def shout(text):\n    return text.upper()\n")
    tokens = [row["completion"][s["start"] : s["end"]] for s in row["spans"] if s["level"] == "token"]
    assert tokens == ["+ '!'"]
    lines = [row["completion"][s["start"] : s["end"]] for s in row["spans"] if s["level"] == "line"]
    assert lines == ["    return text.upper() + '!'"]
    assert [s for s in row["failing_spans"] if s["level"] == "token"] == []


def test_process_values_come_from_the_tree(read):
    rows = read("process")
    right = [row for row in rows if row["verdict"] == "PASS"]
    wrong = [row for row in rows if row["verdict"] == "FAIL"]
    assert right
    assert wrong
    for row in rows:
        assert len(row["steps"]) == len(row["step_values"]) == len(row["step_visits"]) == 2
        assert row["steps"][0].startswith("plan ")
        assert row["step_labels"][-1] == (row["verdict"] == "PASS")
    legacy = read("process_stepwise")
    assert [r["completions"] for r in legacy] == [r["steps"] for r in rows]
    assert [r["labels"] for r in legacy] == [r["step_labels"] for r in rows]


def test_grpo_has_every_task_once_and_no_reserved_column(read):
    rows = read("grpo")
    assert len(rows) == 4
    assert all(json.loads(row["task"])["@"] == "Task" for row in rows)
    larger = next(row for row in rows if row["task_id"] == "larger.py:larger")
    assert (larger["attempts"], larger["pass_rate"]) == (4, 0.5)
    for name in FORMATS:
        if name != "process_stepwise":
            assert not RESERVED & CONFIGS[name].keys(), name


def test_trajectories_hold_every_node(read):
    rows = read("trajectories")
    run = next(row["run"] for row in rows if row["task_id"] == "larger.py:larger")
    tree = {row["node"]: row for row in rows if row["run"] == run}
    assert sorted(tree) == list(range(len(tree)))
    assert tree[0]["parent"] is None
    assert all(tree[row["parent"]] for row in tree.values() if row["parent"] is not None)
    assert [row["thought"] for row in tree.values() if row["operator"] == "plan"] == ["plan 1", "plan 2"]
    assert sum(row["verdict"] == "PASS" for row in tree.values()) == 2


def test_a_node_has_the_same_origin_whether_written_alone_or_column_by_column(cli, store_path, tmp_path):
    assert cli("export", "out", "--format", "trajectories,kto").code == 0
    nodes = {(row["run"], row["node"]): row for row in read_config(tmp_path / "out", "trajectories")}
    rows = read_config(tmp_path / "out", "kto")
    assert {row["verdict"] for row in rows} == {"PASS", "FAIL"}
    for row in rows:
        node = nodes[row["run"], row["node"]]
        for name in COMMON.keys() - {"row_id"}:
            assert node[name] == row[name], name
        assert node["program"].strip("\n") == row["program"].strip("\n")
    assert len({row["row_id"] for row in nodes.values()}) == len(nodes)


def test_no_tree_waits_for_the_garbage_collector(store_path):
    """Memory stays bounded because references alone free a tree that was written."""
    with Store.open(str(store_path)) as store:
        source = Source(store, Selection(), Tally())
        graphs = [weakref.ref(source.graph(head)) for head in source.runs()]
    assert [graph() for graph in graphs] == [None] * 4


def test_self_tests_choose_what_most_programs_agree_on(read):
    rows = {row["task_id"]: row for row in read("dpo_selftest")}
    row = rows["larger.py:larger"]
    assert row["verdict"] == "PASS"
    assert row["chosen_pass_rate"] > row["rejected_pass_rate"]
    assert row["chosen"].startswith("```python\ndef larger(a, b):")
    assert row["chosen_test"].startswith("assert larger(")
    assert row["rejected_test"] in row["rejected"]


def test_minimax_takes_the_hardest_test_of_the_best_and_the_clearest_failure_of_the_worst():
    def does(*values: int) -> list[Outcome]:
        return [Outcome(value) for value in values]

    # columns: all agree, half agree, most agree
    table = [does(1, 1, 1), does(1, 1, 1), does(1, 2, 1), does(1, 3, 2)]
    pair = choose(table)
    assert pair is not None
    assert (pair.chosen, pair.chosen_test) == (0, 1)
    assert (pair.rejected, pair.rejected_test) == (3, 2)
    assert choose([does(1, 2), does(1, 2)]) is None
    assert choose([]) is None


def test_only_failures_become_negatives(cli, store_path, tmp_path, making, toolbox):
    """A program that is timed out, or that we failed to judge, is no negative example of anything."""
    from proofsmith.store.store import Store

    (task,) = making.tasks_of(tmp_path, "larger", making.MODULES["larger"])
    endless = "def larger(a, b):\n    while True:\n        pass\n"
    right = "def larger(a, b):\n    return max(a, b)\n"
    other = tmp_path / "other.sqlite"
    with Store.open(str(other)) as store:
        making.make_run(store, toolbox, task, [endless, right])
    formats = "kto,dpo,repair,fault_spans,process,negatives,trajectories"
    done = cli("export", "out", "--store", other, "--format", formats)
    assert done.code == 0, done.err
    nodes = read_config(tmp_path / "out", "trajectories")
    assert {row["verdict"] for row in nodes if row["program"]} == {"PASS", "TIMEOUT"}
    assert [row["label"] for row in read_config(tmp_path / "out", "kto")] == [True]
    assert [row["verdict"] for row in read_config(tmp_path / "out", "process")] == ["PASS"]
    for config in ("dpo", "repair", "fault_spans", "negatives"):
        assert not (tmp_path / "out" / config).exists()


def test_files_have_the_declared_schema(cli, store_path, tmp_path):
    done = cli("export", "out", "--format", ",".join(FORMATS))
    assert done.code == 0, done.err
    for config in ("sft", "dpo", "kto", "grpo", "trajectories", "events", "tasks"):
        for file in (tmp_path / "out" / config).glob("*.parquet"):
            assert pq.read_schema(file).equals(arrow_schema(config)), config
    assert set(COMMON) <= set(CONFIGS["sft"])
