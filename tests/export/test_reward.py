"""The reward function for TRL: what it answers, and from where it may be called. Needs no TRL."""

import asyncio
import json
import multiprocessing
import threading
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from proofsmith import codec
from proofsmith.environments.load import load
from proofsmith.errors import BadInput
from proofsmith.integrations.trl import answer_in, verifier_reward, verifier_reward_async, verifier_score

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


PROSE = "Here is my solution. I hope that it helps!"
TALK = [
    {"role": "assistant", "content": [{"type": "text", "text": RIGHT}]},
    {"role": "tool", "content": WRONG},
    {"role": "assistant", "content": None, "tool_calls": []},
]
JUNK = {
    "in capitals": ("```Python\ndef larger(a, b):\n    return max(a, b)\n```", 1.0),
    "tildes": ("~~~py\ndef larger(a, b):\n    return max(a, b)\n~~~", 1.0),
    "never closed": ("Sure:\n```python\ndef larger(a, b):\n    return max(a, b)\n", 1.0),
    "an example of use below": (RIGHT + "\n```python\nprint(larger(1, 2))\n```\n", 1.0),
    "tests in the block": (RIGHT.replace("\n```", "\nprint(larger(1, 2))\n```"), 1.0),
    "two parts": ("```python\nimport math\n```\nThen\n" + RIGHT, 1.0),
    "thinking": (f"<think>\n{WRONG}\n</think>\n{RIGHT}", 1.0),
    "thinking without end": (f"<think>\n{RIGHT}", 0.0),
    "the right one first": (RIGHT + "\n" + WRONG, 0.0),
    "prose": (PROSE, 0.0),
    "nothing": ("", 0.0),
    "another language": ("```javascript\nfunction larger(a, b) { return a }\n```", 0.0),
    "cut off": ("```python\ndef larger(a, b):\n    return max(a,", 0.0),
    "a NUL": (RIGHT.replace("max", "m\0x"), 0.0),
    "half a character": (RIGHT.replace("max(a, b)", "'\ud800'"), 0.0),
    "endless": ("def larger(a, b):\n    while True:\n        pass\n", 0.0),
    "very long": ("```python\n" + "x = 1\n" * 100_000 + "```", 0.0),
    "very deep": (
        "```python\ndef larger(a, b):\n    return " + "(" * 5_000 + "a" + ")" * 5_000 + "\n```",
        0.0,
    ),
    "a conversation": (TALK, 1.0),
    "an empty conversation": ([], 0.0),
    "no text": ([{"role": "assistant", "content": None}], 0.0),
    "no message": ([None], 0.0),
    "not a completion": (None, 0.0),
}


def test_whatever_a_model_says_has_a_reward(task):
    rewards = verifier_reward(["?"] * len(JUNK), [c for c, _ in JUNK.values()], task=[task] * len(JUNK))
    assert dict(zip(JUNK, rewards, strict=True)) == {name: wanted for name, (_, wanted) in JUNK.items()}


def test_the_last_thing_that_the_assistant_said_counts():
    assert answer_in("x") == "x"
    assert answer_in(TALK) == RIGHT
    assert answer_in([{"role": "assistant", "content": "a"}, {"role": "user", "content": "b"}]) == "a"


def test_it_may_be_awaited(task):
    async def both() -> list[list[float | None]]:
        asked = (["?"] * 2, [RIGHT, WRONG])
        return await asyncio.gather(*(verifier_reward_async(*asked, task=[task] * 2) for _ in range(2)))

    assert asyncio.run(both()) == [[1.0, 0.0]] * 2


DESIGN = """module twice (input [3:0] a, output [7:0] y);
  assign y = a * 8'd13 + a * 8'd7;
endmodule
"""


def test_a_design_must_become_better_not_only_stay_right(tmp_path):
    (tmp_path / "twice.v").write_text(DESIGN)
    (loaded,) = load(str(tmp_path / "twice.v"))
    task = replace(loaded, spec=replace(loaded.spec, objective="area"), objective="area")
    text = codec.dumps(task)
    answers = {
        "better": DESIGN.replace("a * 8'd13 + a * 8'd7", "a * 8'd20"),
        "renamed": DESIGN.replace("endmodule", "wire unused = a[0];\nendmodule"),
        "as it was": "// as it was\n" + DESIGN,
        "wrong": DESIGN.replace("8'd7", "8'd9"),
    }
    said = [f"```verilog\n{answer}```" for answer in answers.values()]
    rewards = dict(zip(answers, verifier_reward(["?"] * 4, said, task=[text] * 4), strict=True))
    assert rewards == {"better": 1.0, "renamed": 0.0, "as it was": 0.0, "wrong": 0.0}
    scores = dict(zip(answers, verifier_score(["?"] * 4, said, task=[text] * 4), strict=True))
    assert scores["better"] > scores["renamed"] == 0.75 > scores["wrong"]


def test_settings_come_from_the_environment(task, monkeypatch):
    monkeypatch.setenv("PROOFSMITH_REWARD_SECONDS", "soon")
    with pytest.raises(BadInput, match="no positive number of seconds"):
        verifier_reward(["?"], [RIGHT], task=[task])
