"""Reward functions for TRL's GRPO and RLOO trainers: the verifiers' verdict on each completion.

TRL is not imported here: a reward function is a function with the right arguments. The dataset is
the format ``grpo`` of ``proofsmith export``, whose column ``task`` holds all that judging needs.
"""

from __future__ import annotations

import atexit
import os
import re
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from proofsmith import codec
from proofsmith.agents.judge import Judge
from proofsmith.budget import Budget, Meter
from proofsmith.errors import ProofsmithError
from proofsmith.types import Candidate, Status, Task, Verdict
from proofsmith.verifiers.table import VERIFIERS
from proofsmith.verifiers.toolbox import Toolbox

SECONDS = 30.0
"""Wall clock for judging one completion; ``PROOFSMITH_REWARD_SECONDS`` changes it."""

_BLOCK = re.compile(r"^```[ \t]*([\w+-]*)[^\n]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_LOCK = threading.Lock()
_TOOLBOXES: dict[int, Toolbox] = {}


def verifier_reward(
    prompts: Sequence[Any],
    completions: Sequence[Any],
    *,
    task: Sequence[str] | None = None,
    **columns: Any,
) -> list[float | None]:
    """Return 1 for every completion that the verifiers accept, 0 for others, ``None`` where nobody can say.

    Accepted is a program that passes with the assurance that its task wants. ``None``, which TRL
    leaves out of the rewards, stands for failures of ours, undecided verdicts, and rows without a
    readable task. May be called from several threads and processes, forked ones included.

    Args:
        prompts: not looked at.
        completions: texts, or conversations as lists of messages; the program is the last code
            block, or the whole text if there is none.
        task: the column ``task`` of the dataset, one for each completion.
        columns: everything else that TRL hands over; not looked at.
    """
    return _rewards(completions, task, _binary)


def verifier_score(
    prompts: Sequence[Any],
    completions: Sequence[Any],
    *,
    task: Sequence[str] | None = None,
    **columns: Any,
) -> list[float | None]:
    """As `verifier_reward`, with the verifiers' score in [0, 1] for programs that are partly right."""
    return _rewards(completions, task, _graded)


def program_in(completion: Any) -> str:
    """Return the program in a completion: the last code block, or the text itself."""
    if isinstance(completion, str):
        text = completion
    else:
        said = [m.get("content") for m in completion if m.get("role", "assistant") == "assistant"]
        text = next((content for content in reversed(said) if isinstance(content, str)), "")
    blocks = _BLOCK.findall(text)
    return str(blocks[-1][1]) if blocks else text


def _rewards(
    completions: Sequence[Any], tasks: Sequence[str] | None, measure: Callable[[Task, Verdict], float | None]
) -> list[float | None]:
    if tasks is None:
        return [None] * len(completions)
    if len(tasks) != len(completions):
        raise ValueError(f"there are {len(completions)} completions and {len(tasks)} tasks")
    return [_reward(c, text, measure) for c, text in zip(completions, tasks, strict=True)]


def _reward(completion: Any, text: str, measure: Callable[[Task, Verdict], float | None]) -> float | None:
    task = _task(text)
    if task is None:
        return None
    try:
        return measure(task, _judge(task, Candidate(program_in(completion), task.language)))
    except (ProofsmithError, OSError):
        return None


def _judge(task: Task, candidate: Candidate) -> Verdict:
    seconds = float(os.environ.get("PROOFSMITH_REWARD_SECONDS") or SECONDS)
    toolbox = _toolbox()
    judge = Judge([VERIFIERS.get(name).create(toolbox) for name in task.verifiers], Meter(Budget(seconds)))
    try:
        return judge.decide(judge.rest(task, candidate, judge.first(task, candidate)))
    finally:
        judge.close()


def _binary(task: Task, verdict: Verdict) -> float | None:
    if verdict.status in (Status.ERROR, Status.UNKNOWN):
        return None
    return 1.0 if verdict.accepts(task.assurance) else 0.0


def _graded(task: Task, verdict: Verdict) -> float | None:
    binary = _binary(task, verdict)
    return binary if binary != 0.0 else min(verdict.score, 0.999)


@lru_cache(maxsize=256)
def _task(text: str) -> Task | None:
    try:
        task = codec.loads(text)
    except (ValueError, TypeError):
        return None
    return task if isinstance(task, Task) else None


def _toolbox() -> Toolbox:
    """Return the toolbox of this process; a forked child makes one of its own."""
    with _LOCK:
        toolbox = _TOOLBOXES.get(os.getpid())
        if toolbox is None:
            toolbox = _TOOLBOXES[os.getpid()] = Toolbox()
            atexit.register(_close, os.getpid())
        return toolbox


def _close(pid: int) -> None:
    toolbox = _TOOLBOXES.pop(pid, None) if pid == os.getpid() else None
    if toolbox is not None:
        toolbox.close()


def _after_fork() -> None:
    global _LOCK
    _LOCK = threading.Lock()  # another thread of the parent may have held the old one


os.register_at_fork(after_in_child=_after_fork)
