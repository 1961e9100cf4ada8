"""Unit-test verdicts per second, side by side with EvalPlus's harness on the same programs and inputs.

Both judge the same generated programs (right, wrong and crashing ones, in equal parts) for the same
small tasks, with two workers each, in alternating rounds. EvalPlus runs as its own evaluation does:
`evalplus.evaluate.untrusted_check` in a `ProcessPoolExecutor`, stopping at the first failed test. Ours is
the `unit-tests` verifier in the sandbox, from two threads. EvalPlus wants other versions of some
packages, so it lives in a virtual environment of its own:

    python3 -m venv /tmp/evalplus && /tmp/evalplus/bin/pip install evalplus
    python benchmarks/verdicts_per_second.py --evalplus-python /tmp/evalplus/bin/python

Without --evalplus-python only our figure is printed.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from running import command_line, counted

from proofsmith.budget import Budget
from proofsmith.python_spec import Call, Example, Outcome, Parameter, PythonSpec, Signature
from proofsmith.types import Candidate, Status, Task
from proofsmith.verifiers.sandbox import SandboxSettings
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verifiers.unit_tests import UnitTestVerifier

# name, parameter, right body, wrong body, crashing body, inputs
TASKS = [
    ("total", "xs", "return sum(xs)", "return sum(xs) + 1", "return xs[100]",
     [[i, i + 1] for i in range(10)]),
    ("widest", "words", "return max(words, key=len, default='')", "return min(words, key=len, default='')",
     "return words['a']", [["a" * i, "b" * (9 - i)] for i in range(10)]),
    ("evens", "xs", "return [x for x in xs if x % 2 == 0]", "return [x for x in xs if x % 2]",
     "return [x // 0 for x in xs]", [list(range(i, i + 6)) for i in range(10)]),
    ("flip", "text", "return text[::-1]", "return text", "return text + 1",
     ["ab" * i + "c" for i in range(10)]),
    ("counts", "text", "return {c: text.count(c) for c in text}", "return {c: 1 for c in text}",
     "return text.no_such_method()", ["ab" * i + "ca" for i in range(1, 11)]),
    ("steps", "n", "k = 0\nwhile n > 1:\n    n = n // 2 if n % 2 == 0 else 3 * n + 1\n    k += 1\nreturn k",
     "k = 0\nwhile n > 1:\n    n = n // 2\n    k += 1\nreturn k + 1", "raise ValueError(n)",
     list(range(2, 12))),
]  # fmt: skip

EVALPLUS = """
import json, sys, time
from concurrent.futures import ProcessPoolExecutor
from evalplus.evaluate import untrusted_check

def check(job):
    code, inputs, name, expected = job
    return untrusted_check("own", code, inputs, name, expected, 0, [0.01] * len(inputs), fast_check=True)[0]

if __name__ == "__main__":
    jobs = json.load(sys.stdin)
    with ProcessPoolExecutor(max_workers=2) as pool:
        list(pool.map(check, jobs[:4]))
        started = time.perf_counter()
        answers = list(pool.map(check, jobs))
        print(json.dumps([time.perf_counter() - started, answers]))
"""


@dataclass(frozen=True)
class Job:
    """One program for one task, and whether it is right."""

    task: Task
    source: str
    right: bool


def function(name: str, parameter: str, body: str) -> str:
    return f"def {name}({parameter}):\n" + "".join(f"    {line}\n" for line in body.splitlines())


def generate(count: int) -> list[Job]:
    """Return `count` programs, all different (by a comment), a third of each kind."""
    jobs = []
    for i in range(count):
        name, parameter, *bodies, inputs = TASKS[i // 3 % len(TASKS)]
        scope: dict[str, object] = {}
        exec(function(name, parameter, bodies[0]), scope)
        oracle = scope[name]
        examples = tuple(Example(Call((x,)), Outcome(oracle(x))) for x in inputs)  # type: ignore[operator]
        spec = PythonSpec(Signature(name, (Parameter(parameter),)), examples=examples)
        source = function(name, parameter, f"# {i}\n" + bodies[i % 3])
        jobs.append(Job(Task(name, "", "python", spec, ("unit-tests",)), source, i % 3 == 0))
    return jobs


def ours(jobs: list[Job], toolbox: Toolbox) -> float:
    """Return verdicts per second; every verdict must be right."""
    verifier = UnitTestVerifier.create(toolbox)

    def check(job: Job) -> Status:
        return verifier.check(job.task, Candidate(job.source), Budget()).status

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(check, jobs[:4]))
        started = time.perf_counter()
        answers = list(pool.map(check, jobs))
        seconds = time.perf_counter() - started
    wrong = sum((a is Status.PASS) != j.right for a, j in zip(answers, jobs, strict=True))
    if wrong:
        sys.exit(f"{wrong} verdicts of ours are wrong")
    return len(jobs) / seconds


def evalplus(jobs: list[Job], python: str) -> float:
    """Return EvalPlus's verdicts per second; every verdict must be right."""
    data = [
        [
            j.source,
            [list(e.call.args) for e in j.task.spec.examples],
            j.task.id,
            [e.expected.value for e in j.task.spec.examples],
        ]
        for j in jobs
    ]
    done = subprocess.run(
        [python, "-c", EVALPLUS], input=json.dumps(data), capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"EvalPlus failed: {done.stderr[-500:]}")
    seconds, answers = json.loads(done.stdout.splitlines()[-1])
    wrong = sum((a == "pass") != j.right for a, j in zip(answers, jobs, strict=True))
    if wrong:
        sys.exit(f"{wrong} verdicts of EvalPlus are wrong")
    return len(jobs) / float(seconds)


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("--programs", type=int, default=300)
    parser.add_argument("--rounds", type=counted, default=3)
    parser.add_argument("--evalplus-python", help="interpreter of an environment with evalplus")
    arguments = parser.parse_args()
    jobs = generate(arguments.programs)
    rates: list[float] = []
    peers: list[float] = []
    with Toolbox(SandboxSettings()) as toolbox:
        print(toolbox.sandbox.describe())
        for number in range(arguments.rounds):
            rates.append(ours(jobs, toolbox))
            line = f"round {number + 1}: proofsmith {rates[-1]:7.1f} verdicts/s"
            if arguments.evalplus_python:
                peers.append(evalplus(jobs, arguments.evalplus_python))
                line += f", evalplus {peers[-1]:6.1f}, ratio {rates[-1] / peers[-1]:5.1f}"
            print(line, flush=True)
    print(f"median:  proofsmith {statistics.median(rates):7.1f} verdicts/s", end="")
    if peers:
        ratio = statistics.median(r / p for r, p in zip(rates, peers, strict=True))
        print(f", evalplus {statistics.median(peers):6.1f}, ratio {ratio:5.1f}")
    else:
        print("; give --evalplus-python to compare with EvalPlus")


if __name__ == "__main__":
    main()
