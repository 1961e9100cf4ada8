"""What the user sees: ``proofsmith models``, limits and models on the command line, and no key anywhere."""

import json
import re
import shlex
import typing
from pathlib import Path

import pytest

from proofsmith.cli.doctor import _models
from proofsmith.cli.main import COMMANDS, invoke
from proofsmith.events import ModelCalled, NodeAdded
from proofsmith.store.store import Store

HOLE = '''def add(a: int, b: int) -> int:
    """Add.

    >>> add(1, 2)
    3
    >>> add(5, 5)
    10
    """
    ...
'''
PAGE = Path(__file__).resolve().parents[2] / "docs" / "models.md"


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "add.py").write_text(HOLE)
    (tmp_path / "right.py").write_text("def add(a: int, b: int) -> int:\n    return a + b\n")
    return tmp_path


def solve(*options, store="store.sqlite"):
    code = invoke(["solve", "add.py", "--plain", "--store", store, *options])
    with Store.open(store) as opened:
        runs = opened.runs()
        return code, (list(opened.events(runs[0].id)) if runs else [])


def test_what_a_server_does_is_found_out_by_asking(workplace, echo, capsys):
    assert invoke(["models", "--base-url", echo.url, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["models"] == [{"name": "echo", "context": 4096}]
    assert found["features"] == {
        "n": True,
        "logprobs": False,
        "seed": True,  # it repeats the seed
        "grammar": False,
        "json_schema": False,
        "tools": False,
        "token_ids": False,
        "context": 4096,
    }
    assert invoke(["models", "--base-url", echo.url]) == 0
    assert re.search(r"grammar\s+no\s", capsys.readouterr().out)


def test_one_answer_without_log_probabilities_does_not_show_that_there_are_none(workplace, echo, capsys):
    echo.behave("ok", "ok", "ok", "sure")  # plain, several, without, with
    assert invoke(["models", "--base-url", echo.url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["features"]["logprobs"] is True


def test_several_answers_of_a_server_that_ignores_n_are_noticed(workplace, echo, capsys):
    echo.choices = 1
    assert invoke(["models", "--base-url", echo.url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["features"]["n"] is False


def test_listing_asks_no_questions(workplace, echo, capsys):
    assert invoke(["models", "--base-url", echo.url, "--list"]) == 0
    assert "echo" in capsys.readouterr().out
    assert echo.requests == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["models"], 2, "nothing to ask"),
        (["models", "--base-url", "localhost:8000"], 2, "is not the address of a server"),
        (["models", "--base-url", "http://127.0.0.1:1/v1"], 3, "does not answer"),
        (["models", "--model", "gibberish"], 2, "belongs to no provider"),
        (["solve", "add.py", "--model", "scripted:gibberish"], 2, "unknown scripted model"),
        (["solve", "add.py", "--replay", "gone.jsonl"], 2, "gone.jsonl: cannot be read"),
        (["solve", "add.py", "--record", "x.jsonl"], 2, "name one with --model"),
        (["solve", "add.py", "--model", "scripted:rubbish", "--max-calls", "0"], 2, "must be at least 1"),
        (["solve", "add.py", "--model", "scripted:rubbish", "--max-cost", "-1"], 2, "at least 0"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_line(workplace, capsys, arguments, code, said):
    assert invoke([*arguments, "--store", "s.sqlite"] if arguments[0] == "solve" else arguments) == code
    shown = capsys.readouterr().err
    assert said in shown
    assert len(shown.splitlines()) == 1


def test_a_run_with_a_model_repeats_exactly_from_its_cassette(workplace, capsys):
    model = ("--model", "scripted:skilled=right.py@0.5", "--time", "300")
    code, events = solve(*model, "--record", "calls.jsonl")
    assert code == 0
    again, played = solve("--replay", "calls.jsonl", "--time", "300", store="other.sqlite")
    assert again == 0

    def what(found):
        return [(e.node, e.parent, e.proposal) for e in found if isinstance(e, NodeAdded)]

    assert what(played) == what(events)
    calls = [e.reply.call for e in events if isinstance(e, ModelCalled)]
    assert [e.reply.call for e in played if isinstance(e, ModelCalled)] == calls
    linked = [dict(p.data).get("call") for _, _, p in what(events) if p.candidate is not None]
    assert linked
    assert set(linked) <= set(calls)
    rows = Path("calls.jsonl").read_text().splitlines()
    Path("short.jsonl").write_text("\n".join(rows[:2]) + "\n")
    code, _ = solve("--replay", "short.jsonl", "--time", "300", store="third.sqlite")
    assert code == 3
    assert "short.jsonl holds no (further) answer" in capsys.readouterr().err


def test_a_node_is_shown_with_what_was_asked_and_answered(workplace, capsys):
    _, events = solve("--model", "scripted:skilled=right.py@1.0", "--time", "300")
    node = next(str(e.node) for e in events if isinstance(e, NodeAdded) and e.proposal.candidate is not None)
    capsys.readouterr()
    show = ["show", "latest", "--store", "store.sqlite", "--node", node]
    assert invoke(show) == 0
    brief = capsys.readouterr().out
    assert "scripted:skilled=right.py@1.0 as coder, to code" in " ".join(brief.split())
    assert "── system" not in brief
    assert invoke([*show, "--calls"]) == 0
    full = capsys.readouterr().out
    assert "── system" in full
    assert "── answer 0, stop" in full
    assert invoke([*show, "--calls", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["calls"][0]["@"] == "ModelCalled"
    assert invoke(["show", "latest", "--store", "store.sqlite", "--calls"]) == 2


def test_limits_end_a_run_and_it_can_be_given_more(workplace, capsys):
    code, events = solve("--model", "scripted:rubbish", "--max-calls", "3", "--time", "300")
    assert code == 1
    assert sum(e.reply.requests for e in events if isinstance(e, ModelCalled)) <= 3
    shown = capsys.readouterr().err
    assert "the budget of model calls is used up" in shown
    assert "--max-calls 6" in shown
    assert invoke(["resume", "latest", "--max-calls", "5", "--plain", "--store", "store.sqlite"]) == 1
    with Store.open("store.sqlite") as store:
        summary = store.runs()[0]
    assert 3 < summary.spend.model_calls <= 5


def test_an_unknown_price_is_told_where_cost_is_limited(workplace, capsys):
    solve("--model", "scripted:rubbish", "--max-cost", "1", "--max-calls", "2", "--time", "300")
    assert "the price of scripted:rubbish is unknown" in capsys.readouterr().err


def test_a_key_is_in_no_file_and_no_output(workplace, echo, echo_module, capfd, monkeypatch):
    monkeypatch.setenv("PROOFSMITH_PROBE", "0")
    echo.behave(*[f"status:400,the key {echo_module.KEY} may not do that"] * 2)
    arguments = ("--base-url", echo.url, "--max-calls", "6", "--time", "300", "--record", "calls.jsonl")
    solve("--model", "echo", *arguments)
    invoke(["show", "latest", "--store", "store.sqlite", "--json"])
    assert any(echo_module.KEY in key for key in echo.keys)
    shown = capfd.readouterr()
    assert echo_module.KEY not in shown.out + shown.err
    files = [p for p in workplace.rglob("*") if p.is_file()]
    assert len(files) > 5
    for path in files:
        assert echo_module.KEY.encode() not in path.read_bytes(), path


def test_commands_of_the_recipes_are_commands_of_ours():
    known = {name: _options(options) for name, options, _ in COMMANDS}
    lines = re.findall(r"^(?:[A-Z_]+=\S+ )*proofsmith (.*)$", PAGE.read_text(), re.MULTILINE)
    assert len(lines) >= 8
    for line in lines:
        command, *words = shlex.split(line, comments=True)
        assert {w for w in words if w.startswith("-")} <= known[command], line


def _options(options):
    found = set()
    for hint in typing.get_type_hints(options, include_extras=True).values():
        info = typing.get_args(hint)[1]
        found |= {d for d in (info.default, *(info.param_decls or ())) if isinstance(d, str)}
    return found


def test_the_doctor_asks_the_server_that_is_set(workplace, echo):
    assert _models(echo.url).state == "ok"
    assert "echo" in _models(echo.url).detail
    echo.stop()
    gone = _models(echo.url)
    assert gone.state == "failed"
    assert "does not answer" in gone.detail
