"""Reward functions for TRL's GRPO and RLOO trainers: the verifiers' verdict on each completion.

TRL is not imported here: a reward function is a function with the right arguments. The dataset is
the format ``grpo`` of ``proofsmith export``, whose column ``task`` holds all that judging needs. Settings
of tools are those of the environment and the settings file, as for the commands.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import math
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from proofsmith import codec
from proofsmith.agents.contracts.contract import Broken
from proofsmith.agents.critic import objective_reward
from proofsmith.agents.judge import Judge
from proofsmith.agents.policies.model.languages.table import language_of
from proofsmith.budget import Budget, Meter
from proofsmith.errors import BadInput, ProofsmithError
from proofsmith.model_calls import Sample
from proofsmith.settings import load_file, overlay
from proofsmith.types import Candidate, Status, Task, Verdict
from proofsmith.verifiers.table import VERIFIERS
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verilog_spec import VerilogSpec

SECONDS = 30.0
"""Wall clock for judging one completion; ``PROOFSMITH_REWARD_SECONDS`` changes it."""

S = TypeVar("S")
Measure = Callable[[Task, Candidate, Verdict], float | None]

_LOG = logging.getLogger("proofsmith")
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

    Accepted is a program that passes with the assurance that its task wants, and, where a design is to be
    made better, is better than the one given. ``None``, which TRL leaves out of the rewards, stands for
    failures of ours, undecided verdicts, and rows without a readable task. Completions are judged side
    by side, equal ones once. May be called from several threads and processes, forked ones included.

    Args:
        prompts: not looked at.
        completions: texts, or conversations as lists of messages. The program is looked for as in the
            answers of models: the last code block that can be one, closed or not, or the text itself.
        task: the column ``task`` of the dataset, one for each completion.
        columns: everything else that TRL hands over; not looked at.

    Raises:
        BadInput: a setting in the environment or the settings file has no such value.
        ValueError: there are not as many tasks as completions.
    """
    return _rewards(completions, task, _binary)


def verifier_score(
    prompts: Sequence[Any],
    completions: Sequence[Any],
    *,
    task: Sequence[str] | None = None,
    **columns: Any,
) -> list[float | None]:
    """As `verifier_reward`, with the verifiers' score in [0, 1] for programs that are partly right.

    Where something is to be minimised, how much better the program is counts too (`objective_reward`).
    """
    return _rewards(completions, task, _graded)


async def verifier_reward_async(
    prompts: Sequence[Any],
    completions: Sequence[Any],
    *,
    task: Sequence[str] | None = None,
    **columns: Any,
) -> list[float | None]:
    """As `verifier_reward`, for trainers that await several reward functions at a time."""
    return await asyncio.to_thread(_rewards, completions, task, _binary)


def answer_in(completion: Any) -> str:
    """Return what was said in a completion: the text, or that of the assistant's last message with one."""
    if isinstance(completion, str):
        return completion
    for message in reversed(completion if isinstance(completion, Sequence) else ()):
        if isinstance(message, dict) and message.get("role", "assistant") == "assistant":
            text = _text(message.get("content"))
            if text.strip():
                return text
    return ""


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, Sequence) else ()
    return "".join(str(part.get("text") or "") for part in parts if isinstance(part, dict))


def _rewards(completions: Sequence[Any], tasks: Sequence[str] | None, measure: Measure) -> list[float | None]:
    if tasks is None:
        return [None] * len(completions)
    if len(tasks) != len(completions):
        raise ValueError(f"there are {len(completions)} completions and {len(tasks)} tasks")
    seconds, toolbox = _seconds(), _toolbox()
    asked = [(answer_in(c), text) for c, text in zip(completions, tasks, strict=True)]
    different = list(dict.fromkeys(asked))
    with ThreadPoolExecutor(max(1, min(len(different), _processors()))) as threads:
        found = threads.map(lambda p: _reward(p[0], p[1], measure, toolbox, seconds), different)
        rewards = dict(zip(different, found, strict=True))
    return [rewards[pair] for pair in asked]


def _reward(answer: str, text: str, measure: Measure, toolbox: Toolbox, seconds: float) -> float | None:
    task = _task(text)
    if task is None:
        return None
    try:
        candidate = language_of(task.language).program(task, Sample(answer))
        candidate.source.encode()
    except (Broken, UnicodeEncodeError):
        return 0.0
    except Exception:
        _LOG.exception("an answer to %s could not be read, so it has no reward", task.id)
        return None
    try:
        return measure(task, candidate, _judge(task, candidate, toolbox, seconds))
    except (ProofsmithError, OSError):
        return None
    except Exception:
        _LOG.exception("an answer to %s could not be judged, so it has no reward", task.id)
        return None


def _judge(task: Task, candidate: Candidate, toolbox: Toolbox, seconds: float) -> Verdict:
    judge = Judge([VERIFIERS.get(name).create(toolbox) for name in task.verifiers], Meter(Budget(seconds)))
    try:
        return judge.decide(judge.rest(task, candidate, judge.first(task, candidate)))
    finally:
        judge.close()


def _binary(task: Task, candidate: Candidate, verdict: Verdict) -> float | None:
    if verdict.status in (Status.ERROR, Status.UNKNOWN):
        return None
    if not verdict.accepts(task.assurance):
        return 0.0
    before = _baseline(task)
    if before is None:
        return 1.0
    return 1.0 if _measured(task, candidate, verdict) < before else 0.0


def _graded(task: Task, candidate: Candidate, verdict: Verdict) -> float | None:
    if verdict.status in (Status.ERROR, Status.UNKNOWN):
        return None
    before = _baseline(task)
    if before is not None:
        return objective_reward(verdict, _measured(task, candidate, verdict), before)
    return 1.0 if verdict.accepts(task.assurance) else min(verdict.score, 0.999)


def _measured(task: Task, candidate: Candidate, verdict: Verdict) -> float:
    """Return what the task's objective is at a program; infinite where the verifiers did not measure it."""
    if task.objective == "length":
        return float(len(candidate.source))
    return dict(verdict.metrics).get(task.objective or "", math.inf)


def _baseline(task: Task) -> float | None:
    """Return what the objective is at the design that is to be made better; ``None`` where there is none.

    Raises:
        ProofsmithError: it could not be measured.
    """
    if task.objective is None or not isinstance(task.spec, VerilogSpec) or task.spec.goal != "optimize":
        return None
    return _given(task)


@lru_cache(maxsize=256)
def _given(task: Task) -> float:
    given = Candidate(task.spec.source, task.language)
    before = _measured(task, given, _judge(task, given, _toolbox(), _seconds()))
    if not math.isfinite(before):
        raise ProofsmithError(f"{task.id}: the design given could not be measured")
    return before


@lru_cache(maxsize=256)
def _task(text: str) -> Task | None:
    try:
        task = codec.loads(text)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return task if isinstance(task, Task) else None


def _seconds() -> float:
    text = os.environ.get("PROOFSMITH_REWARD_SECONDS") or str(SECONDS)
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise BadInput(f"PROOFSMITH_REWARD_SECONDS: {text!r} is no positive number of seconds")
    return seconds


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Configured(Toolbox):
    """A toolbox whose settings are those of the environment and the settings file."""

    def __init__(self) -> None:
        self._file = load_file(Path.cwd())
        super().__init__()

    def settings_of(self, cls: type[S]) -> S:
        """Return the settings of class `cls` that are in force."""
        return overlay(cls, {}, file=self._file)


def _toolbox() -> Toolbox:
    """Return the toolbox of this process; a forked child makes one of its own."""
    with _LOCK:
        toolbox = _TOOLBOXES.get(os.getpid())
        if toolbox is None:
            toolbox = _TOOLBOXES[os.getpid()] = _Configured()
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
