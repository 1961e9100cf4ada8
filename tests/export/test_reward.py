"""The reward function for TRL: what it answers, and from where it may be called. Needs no TRL."""

import json
import multiprocessing
import threading

import pyarrow.parquet as pq
import pytest

from proofsmith.integrations.trl import program_in, verifier_reward, verifier_score

RIGHT = "Look:\n```python\ndef larger(a, b):\n    return max(a, b)\n```\nThat is it."
WRONG = "```python\ndef larger(a, b):\n    return a\n```"


@pytest.fixture
def task(cli, store_path, tmp_path) -> str:
    assert cli("export", "out", "--format", "grpo", "--tasks", "larger*").code == 0
    (file,) = (tmp_path / "out" / "grpo").glob("*.parquet")
    return pq.read_table(file).to_pylist()[0]["task"]


def test_what_the_verifiers_accept_is_rewarded(task):
    conversation = [{"role": "assistant", "content": RIGHT}]
    completions = [RIGHT, WRONG, conversation, "nothing of use", "def larger(a, b):\n    return max(a, b)\n"]
    columns = {"completion_ids": [[1]] * 5, "trainer_state": None, "log_extra": print, "log_metric": print}
    rewards = verifier_reward(prompts=["?"] * 5, completions=completions, task=[task] * 5, **columns)
    assert rewards == [1.0, 0.0, 1.0, 0.0, 1.0]
    graded = verifier_score(prompts=["?"] * 2, completions=[RIGHT, WRONG], task=[task] * 2)
    assert graded[0] == 1.0
    assert 0 < graded[1] < 1


def test_what_nobody_can_judge_has_no_reward(task):
    unknown = json.loads(task) | {"verifiers": ["no-such-verifier"]}
    tasks = [json.dumps(unknown), "not a task", task]
    assert verifier_reward(["?"] * 3, [RIGHT] * 3, task=tasks) == [None, None, 1.0]
    assert verifier_reward(["?"], [RIGHT]) == [None]
    with pytest.raises(ValueError, match="2 completions and 1 tasks"):
        verifier_reward(["?"] * 2, [RIGHT] * 2, task=[task])


def test_a_broken_sandbox_is_our_failure_and_no_reward(task, monkeypatch, tmp_path):
    from proofsmith.integrations import trl
    from proofsmith.verifiers.sandbox.settings import SandboxSettings
    from proofsmith.verifiers.toolbox import Toolbox

    broken = Toolbox(SandboxSettings(bubblewrap=str(tmp_path / "no-bwrap"), require_sandbox=True))
    monkeypatch.setattr(trl, "_toolbox", lambda: broken)
    assert verifier_reward(["?"] * 2, [RIGHT, WRONG], task=[task] * 2) == [None, None]


def _reward(task: str) -> list[float | None]:
    return verifier_reward(["?"] * 2, [RIGHT, WRONG], task=[task] * 2)


def test_it_may_be_called_from_threads_and_processes(task):
    assert _reward(task) == [1.0, 0.0]
    answers: list[list[float | None]] = []
    threads = [threading.Thread(target=lambda: answers.append(_reward(task))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [[1.0, 0.0]] * 4
    for method in ("fork", "spawn"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            assert pool.map_async(_reward, [task] * 4).get(100) == [[1.0, 0.0]] * 4


def test_the_program_is_the_last_block_or_the_text():
    assert program_in("a\n```python\nx = 1\n```\nb\n```\ny = 2\n```\n") == "y = 2\n"
    assert program_in("x = 1") == "x = 1"
    talk = [{"role": "assistant", "content": "```\nx\n```"}, {"role": "tool", "content": "```\ny\n```"}]
    assert program_in(talk) == "x\n"
