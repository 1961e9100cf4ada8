import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofsmith import values
from proofsmith.errors import ToolFailure, ToolMissing
from proofsmith.python_spec import Call, Outcome
from proofsmith.verifiers.sandbox import Limits, Sandbox, SandboxSettings
from proofsmith.verifiers.sandbox.results import Run, read_result, read_run
from proofsmith.verifiers.toolbox import Toolbox

ECHO = "def f(*args, **kwargs):\n    return [args, kwargs]\n"


def one(toolbox: Toolbox, program: str, *args: object, limits: Limits | None = None):
    return toolbox.sandbox.run(program, "f", [Call(args)], limits).results[0]


def processes() -> set[int]:
    """Ids of this test process's descendants."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(
                    entry.joinpath("stat").read_text().rpartition(")")[2].split()[1]
                )
            except OSError:
                continue
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


def gone(pid: int, seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -1,
        2**100,
        1.5,
        float("inf"),
        1j,
        "",
        "ä\ud800\n",
        b"\x00",
        [1, [2]],
        (1, (2,)),
        {1: {2}},
    ],
)
def test_values_come_back_as_they_went(toolbox: Toolbox, value: object) -> None:
    run = toolbox.sandbox.run(ECHO, "f", [Call((value,), (("k", value),))])
    assert run.status == "ok"
    outcome = run.results[0].outcome
    assert outcome is not None
    assert values.equal(outcome.value, [(value,), {"k": value}])


def test_each_call_gets_fresh_arguments(toolbox: Toolbox) -> None:
    shared = [1]
    run = toolbox.sandbox.run("def f(xs):\n    xs.append(2)\n    return xs\n", "f", [Call((shared,))] * 2)
    assert [r.outcome.value for r in run.results if r.outcome] == [[1, 2], [1, 2]]
    assert [(r.mutated, r.args_after) for r in run.results] == [(True, ([1, 2],))] * 2
    assert shared == [1]


@pytest.mark.parametrize(
    ("body", "changed"), [("xs[0] += 0", False), ("xs[:] = list(xs)", False), ("xs[0] = 1.0", True)]
)
def test_a_mutation_is_a_change_of_value_or_type(toolbox: Toolbox, body: str, changed: bool) -> None:
    assert one(toolbox, f"def f(xs):\n    {body}\n", [1]).mutated is changed


def test_output_exception_and_place_are_reported(toolbox: Toolbox) -> None:
    result = one(toolbox, "def g(x):\n    return x[0]\n\n\ndef f(x):\n    print('hi')\n    return g(x)\n", [])
    assert result.outcome is not None
    assert result.outcome.exception == "IndexError"
    assert result.outcome.stdout == "hi\n"
    assert [(frame.line, frame.function) for frame in result.trace] == [(7, "f"), (2, "g")]
    assert "LookupError" in result.exception_bases


def test_load_errors_name_the_line(toolbox: Toolbox) -> None:
    for program, line in (("x = 1\ny = undefined\n", 2), ("def f(:\n", 1)):
        run = toolbox.sandbox.run(program, "f", [Call()])
        assert (run.status, run.trace[-1].line) == ("load_error", line)
        assert [r.status for r in run.results] == ["skipped"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("while True:\n        pass", "timeout"),
        ("return bytearray(10**12)", "memory"),
        ("print('x' * 10**7)", "output"),
        ("return 'x' * 10**7", "output"),
        ("import os\n    os._exit(0)", "died"),
        ("import os\n    os.abort()", "died"),
    ],
)
def test_limits_are_named(toolbox: Toolbox, body: str, status: str) -> None:
    run = toolbox.sandbox.run(
        f"def f(x):\n    {body}\n", "f", [Call((1,))], Limits(seconds=0.5 if "while" in body else 60.0)
    )
    assert run.status == run.results[0].status == status
    assert run.detail


def test_calls_before_the_end_count(toolbox: Toolbox) -> None:
    program = "import os\n\n\ndef f(x):\n    if x == 2:\n        os._exit(3)\n    return x\n"
    run = toolbox.sandbox.run(program, "f", [Call((x,)) for x in range(4)])
    assert [r.status for r in run.results] == ["ok", "ok", "died", "skipped"]
    assert "code 3" in run.results[2].detail


def test_processor_time_is_limited(toolbox: Toolbox) -> None:
    result = one(
        toolbox, "def f(x):\n    while True:\n        pass\n", 1, limits=Limits(100.0, cpu_seconds=1.0)
    )
    assert result.status == "timeout"


def test_subclasses_of_data_are_told_apart_and_read(toolbox: Toolbox) -> None:
    program = "from collections import Counter\n\n\ndef f(x):\n    return Counter(x)\n"
    result = one(toolbox, program, "aab")
    wanted = Outcome({"a": 2, "b": 1})
    assert not result.meets(wanted, strict=True)
    assert result.meets(wanted, strict=False)


def test_base_classes_of_exceptions_count_where_types_are_loose(toolbox: Toolbox) -> None:
    result = one(toolbox, "def f(x):\n    return {}[x]\n", 1)
    assert result.meets(Outcome(exception="LookupError"), strict=False)
    assert not result.meets(Outcome(exception="LookupError"), strict=True)
    assert not result.meets(Outcome(exception="ValueError"), strict=False)


def test_common_programs_run(toolbox: Toolbox) -> None:
    program = (
        "import asyncio, threading, tempfile, dataclasses, typing\n\n\n"
        "@dataclasses.dataclass\nclass P:\n    x: int\n\n\n"
        "async def work(x):\n    await asyncio.sleep(0)\n    return x\n\n\n"
        "def f(x):\n"
        "    done = []\n"
        "    thread = threading.Thread(target=done.append, args=(x,))\n"
        "    thread.start()\n    thread.join()\n"
        "    return [P(x).x, done, asyncio.run(work(x)), __name__]\n"
    )
    outcome = one(toolbox, program, 5).outcome
    assert outcome is not None
    assert outcome.value == [5, [5], 5, "program"]


def test_a_session_keeps_state_and_survives_its_program(toolbox: Toolbox) -> None:
    program = "import os\nn = 0\n\n\ndef f(x):\n    global n\n    n += 1\n    exec(x)\n    return n\n"
    with toolbox.sandbox.open(program) as session:
        assert session.load.status == "ok"

        def call(x: str, seconds: float | None = None):
            result = session.call("f", Call((x,)), seconds)
            return result.outcome.value if result.outcome else result.status

        assert [call(""), call("")] == [1, 2]
        assert call("os._exit(1)") == "died"
        assert call("") == 1
        assert call("while True: pass", 0.3) == "timeout"
        assert call("") == 1
    assert toolbox.sandbox.run(ECHO, "f", [Call()]).status == "ok"


def test_a_session_with_a_broken_program_says_so(toolbox: Toolbox) -> None:
    with toolbox.sandbox.open("import nothing_of_that_name\n") as session:
        assert session.load.status == "load_error"
        assert session.call("f", Call()).status == "load_error"


def test_many_threads_at_once(toolbox: Toolbox) -> None:
    answers: list[object] = []

    def work(n: int) -> None:
        for i in range(10):
            outcome = one(toolbox, f"def f(x):\n    return x * {n}\n", i).outcome
            answers.append(outcome is not None and outcome.value == i * n)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 60


def test_a_worker_outlives_the_thread_that_first_used_it(toolbox: Toolbox) -> None:
    thread = threading.Thread(target=one, args=(toolbox, ECHO))
    thread.start()
    thread.join()
    assert one(toolbox, ECHO).status == "ok"


def test_a_killed_worker_is_not_the_programs_fault(toolbox: Toolbox) -> None:
    one(toolbox, ECHO)
    for pid in processes():
        with contextlib.suppress(ProcessLookupError):  # one takes the others along
            os.kill(pid, signal.SIGKILL)
    assert one(toolbox, ECHO).status == "ok"


def test_closing_leaves_no_process_and_no_folder(request: pytest.FixtureRequest) -> None:
    for name in ("bwrap", "no-such-program"):
        before = processes()
        with Toolbox(SandboxSettings(bubblewrap=name)) as toolbox:
            one(toolbox, ECHO)
            session = toolbox.sandbox.open(ECHO)
            started = processes() - before
            assert started
        session.close()
        assert all(gone(pid) for pid in started)
        with pytest.raises(ToolFailure):
            session._start()


@pytest.mark.parametrize("program", ["bwrap", "no-such-program"])
def test_no_process_and_no_folder_outlives_a_killed_parent(program: str, tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from proofsmith.python_spec import Call\n"
        "from proofsmith.verifiers.sandbox import Limits, Sandbox, SandboxSettings\n"
        f"sandbox = Sandbox(SandboxSettings(bubblewrap={program!r}, seconds=60))\n"
        "sandbox.run('def f(): pass', 'f', [Call()])\n"
        "print('ready', flush=True)\n"
        "sandbox.run('def f():\\n    while True: pass', 'f', [Call()])\n"
    )
    before = processes()
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        time.sleep(0.3)
        started = processes() - before
        assert len(started) >= 3
        parent.kill()
    assert all(gone(pid) for pid in started)
    assert not list(tmp_path.iterdir())


def test_what_is_in_force_is_said(contained: Toolbox, plain: Toolbox) -> None:
    assert contained.sandbox.kind == "bubblewrap"
    assert contained.sandbox.describe().startswith("bubblewrap ")
    assert plain.sandbox.kind == "process"
    assert "plain process" in plain.sandbox.describe()
    assert "not installed" in plain.sandbox.warning


def test_a_missing_sandbox_can_be_refused() -> None:
    settings = SandboxSettings(bubblewrap="no-such-program", require_sandbox=True)
    with Sandbox(settings) as sandbox, pytest.raises(ToolMissing) as refusal:
        sandbox.run(ECHO, "f", [Call()])
    assert "apt install bubblewrap" in str(refusal.value)


def test_a_sandbox_that_does_not_work_is_not_used(tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'bwrap: no permissions to create a namespace' >&2\nexit 1\n")
    broken.chmod(0o755)
    with Sandbox(SandboxSettings(bubblewrap=str(broken))) as sandbox:
        assert sandbox.kind == "process"
        assert "no permissions" in sandbox.warning
    settings = SandboxSettings(bubblewrap=str(broken), require_sandbox=True)
    with Sandbox(settings) as sandbox, pytest.raises(ToolFailure, match="no permissions"):
        sandbox.run(ECHO, "f", [Call()])


KEYS = st.sampled_from("sveompatb") | st.text(max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


@given(st.binary(max_size=40) | JSON.map(lambda data: json.dumps(data).encode()))
def test_no_reply_can_upset_the_trusted_side(payload: bytes) -> None:
    result = read_result(payload, Call((1,)))
    assert (result.outcome is not None) == (result.status == "ok")
    run = read_run([payload, payload], [Call((1,))], "died", "", 0.0)
    assert len(run.results) == 1


def test_a_deeply_nested_reply_is_refused() -> None:
    for payload in (b"[" * 10**6, b'{"s":"ok","v":' + b'{"list":[' * 10**5):
        assert read_result(payload, Call()).status == "died"


def patiently_warm(toolbox: Toolbox, program: str, calls: list[Call]) -> Run | None:
    """Ask again while it is ``None``: on a busy machine even a good program may miss its moment."""
    tries = (toolbox.sandbox.try_warm(program, "f", calls) for _ in range(30))
    return next((run for run in tries if run is not None), None)


def test_warm_processes_give_the_same_results(toolbox: Toolbox) -> None:
    programs = [
        ECHO,
        "def f(x):\n    print(x)\n    return [x, x]\n",
        "def f(x):\n    return x[0]\n",
        "def g(): pass\n",
    ]
    calls = [Call((1,)), Call(([2],)), Call(("ä",))]
    for program in programs * 3:
        warm = patiently_warm(toolbox, program, calls)
        cold = toolbox.sandbox.run(program, "f", calls)
        assert warm is not None
        assert [r.outcome and r.outcome.render() for r in warm.results] == [
            r.outcome and r.outcome.render() for r in cold.results
        ]
        assert (warm.status, warm.detail) == (cold.status, cold.detail)


@pytest.mark.parametrize(
    "body",
    ["while True: pass", "exit_ = __import__('os')._exit(0)", "return 'x' * 10**7", "print('x' * 10**7)"],
)
def test_what_is_out_of_the_ordinary_is_left_to_a_fresh_process(toolbox: Toolbox, body: str) -> None:
    assert toolbox.sandbox.try_warm(f"def f(x):\n    {body}\n", "f", [Call((1,))]) is None
    run = patiently_warm(toolbox, ECHO, [Call((1,))])
    assert run is not None
    assert run.status == "ok"
