"""The views: pure pictures of a tree that fit their terminal, whatever the tree holds."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from proofsmith.budget import Budget, Spend
from proofsmith.cli.view.frame import bar, closing_frame, frame
from proofsmith.cli.view.plain import PlainView
from proofsmith.cli.view.progress import Progress
from proofsmith.cli.view.tree_lines import chosen_nodes, tree_lines
from proofsmith.events import (
    BackedUp,
    Event,
    ExampleLearnt,
    NodeAdded,
    NodeJudged,
    NodeMerged,
    Remark,
    RunFinished,
    RunStarted,
    Spent,
    Update,
)
from proofsmith.python_spec import Call, Example, Outcome, Parameter, PythonSpec, Signature
from proofsmith.types import Assurance, Candidate, Counterexample, Proposal, Status, Task, Verdict

TASK = Task(
    id="median.py:median",
    statement="the middle value",
    language="python",
    spec=PythonSpec(Signature("median", (Parameter("xs", "list[int]"),), "int")),
    verifiers=("unit-tests",),
)
LONG = "def median(xs):\n    return " + " + ".join(["xs[0]"] * 60) + "\n"
WIDE = Counterexample((("xs", "[" + "1, " * 200 + "]"),), expected="3", actual="界" * 60)


def started() -> RunStarted:
    return RunStarted(TASK, "mcts", "symbolic", 0, Budget(seconds=60.0, candidates=100), "0.1.0")


def added(node: int, parent: int, source: str | None = None, thought: str = "") -> NodeAdded:
    candidate = None if source is None else Candidate(source)
    return NodeAdded(node, parent, Proposal(candidate, thought=thought, operator="enumerate"), 0.5)


def failed(node: int, score: float) -> NodeJudged:
    return NodeJudged(node, Verdict(Status.FAIL, "unit-tests", score=score, counterexample=WIDE))


def passed(node: int) -> NodeJudged:
    return NodeJudged(node, Verdict(Status.PASS, "unit-tests", Assurance.TESTED, score=1.0))


def a_run() -> list[Event]:
    events: list[Event] = [started()]
    events += [added(1, 0, thought="walk once " * 30), added(2, 1, LONG), failed(2, 0.25)]
    events += [added(3, 2, "def median(xs):\n    return sorted(xs)[len(xs) // 2]\n"), passed(3)]
    events += [added(4, 1, LONG + "\n"), NodeMerged(4, 2), Spent(Spend(candidates=3, verifier_calls=2))]
    events += [BackedUp(3, 1.0, tuple(Update(n, 1, 1.0) for n in (3, 2, 1, 0)))]
    return events


def progress_of(events: list[Event]) -> Progress:
    progress = Progress(clock=lambda: 0.0)
    progress.record_all(events)
    return progress


def draw(progress: Progress, width: int, height: int, final: bool = False) -> list[str]:
    console = Console(width=width, height=height, file=io.StringIO(), force_terminal=False)
    console.print((closing_frame if final else frame)(progress, width, height))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().rstrip("\n").split("\n")


@pytest.mark.parametrize(("width", "height"), [(80, 24), (80, 23), (60, 12), (120, 40), (200, 50), (40, 10)])
@pytest.mark.parametrize("events", [[], [started()], a_run()], ids=["nothing", "just started", "some"])
def test_frame_fits_the_terminal(width: int, height: int, events: list[Event]) -> None:
    console = Console()
    for final in (False, True):
        lines = draw(progress_of(events), width, height, final)
        assert len(lines) <= height
        assert all(console.measure(line).maximum <= width for line in lines if line)


def test_frame_shows_what_matters_at_80_by_24() -> None:
    text = "\n".join(draw(progress_of(a_run()), 80, 24))
    for part in ("median.py:median", "mcts", "sorted(xs)", "PASS, TESTED", "✓ 3 1.00 ×1", "counterexample"):
        assert part in text
    assert "candidates ──────────  3/100" in text.replace("━", "─").replace("─ 3", "─  3")


def test_large_tree_is_cut_to_the_rows_with_the_best_path_kept() -> None:
    events: list[Event] = [started()]
    events += [
        added(n, 0 if n % 10 == 1 else n - 1, f"def median(xs):\n    return {n}\n") for n in range(1, 3001)
    ]
    events += [passed(1755)]
    tree = progress_of(events).tree
    lines = tree_lines(tree, 9, 80)
    assert len(lines) == 9
    assert any("✓ 1755" in line.plain for line in lines)
    assert any("more" in line.plain for line in lines)


@given(st.lists(st.integers(0, 10**6), max_size=40), st.integers(1, 12))
def test_chosen_nodes_are_a_connected_part_of_the_wanted_size(parents: list[int], rows: int) -> None:
    events: list[Event] = [added(i, p % i, "def median(xs): ...\n") for i, p in enumerate(parents, start=1)]
    tree = progress_of([started(), *events]).tree
    chosen = chosen_nodes(tree, rows)
    assert 0 in chosen
    assert len(chosen) <= min(rows, len(tree))
    assert all(tree[n].parent in chosen for n in chosen if n)
    assert len(tree_lines(tree, rows, 40)) == len(chosen)


@given(st.floats(-1, 3), st.integers(1, 30))
def test_bar_has_its_length(share: float, cells: int) -> None:
    assert len(bar(share, cells).plain) == cells


def test_plain_view_speaks_once_per_notable_event(capsys: pytest.CaptureFixture[str]) -> None:
    view = PlainView(Progress(clock=lambda: 0.0))
    learnt = ExampleLearnt(Example(Call(([3],)), Outcome(3)))
    worse = [added(5, 1, LONG + "#"), failed(5, 0.1)]
    view.record_all([*a_run(), *worse, learnt, Remark("look here"), RunFinished("solved", 3)])
    lines = capsys.readouterr().err.splitlines()
    assert [" ".join(line.split()[2:5]) for line in lines] == [
        "median.py:median: mcts, symbolic,",
        "thought 1: walk",
        "candidate 2: FAIL,",
        "candidate 3: PASS,",
        "learnt: f([3]) ->",
        "note: look here",
        "solved; 0.0 s,",
    ]
    assert all(len(line) <= 175 for line in lines)
