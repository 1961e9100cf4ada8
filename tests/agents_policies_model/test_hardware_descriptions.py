"""Modules described before they are written: reading, holding against the task, whole runs, recall."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofsmith.agents.contracts.contract import Broken
from proofsmith.agents.policies.model.asking import Asker, prompt_for
from proofsmith.agents.policies.model.hardware_answers import read_descriptions
from proofsmith.agents.policies.model.hardware_ports import wanted_ports
from proofsmith.agents.policies.model.languages.table import language_of
from proofsmith.agents.policies.model.planner import Planner
from proofsmith.agents.policies.model.plans import LINES_OF_ATTACK
from proofsmith.agents.policies.model.scripted.client import ScriptedModel
from proofsmith.agents.policies.model.settings import AgentSettings
from proofsmith.agents.prompts.templates import unquoted
from proofsmith.budget import Budget
from proofsmith.events import ThoughtRevised
from proofsmith.model_calls import Sample
from proofsmith.types import Assurance, Candidate, Task
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verilog_spec import VerilogSpec

REFERENCE = """module meter(input clk, input clear, input pulse, output reg [3:0] seen);
  always @(posedge clk) begin
    if (clear) seen <= 0;
    else if (pulse) seen <= seen + 1;
  end
endmodule
"""
SPEC = VerilogSpec(
    "meter", REFERENCE, goal="implement", prompt="Count the clock edges at which pulse is high, modulo 16."
)
TASK = Task("meter", SPEC.prompt, "verilog", SPEC, ("yosys",), Assurance.PROVED)
ANSWER = """module following(input [3:0] now, input pulse, output [3:0] then);
  assign then = now + {3'd0, pulse};
endmodule

module meter(input clk, input clear, input pulse, output reg [3:0] seen);
  wire [3:0] then;
  following f(.now(seen), .pulse(pulse), .then(then));
  always @(posedge clk) seen <= clear ? 4'd0 : then;
endmodule
"""


def port(name, direction, width=1, meaning=""):
    return {"name": name, "direction": direction, "width": width, "meaning": meaning}


COUNTER = {
    "approach": "A register and a module that computes its next value.",
    "ports": [
        port("clk", "input"),
        port("clear", "input"),
        port("pulse", "input", meaning="what is counted"),
        port("seen", "output", 4, "pulses so far"),
    ],
    "timing": {
        "clocks": [{"name": "clk", "edge": "posedge"}],
        "resets": [{"name": "clear", "active": "high", "kind": "synchronous"}],
        "latency": 1,
    },
    "state": [{"name": "seen", "width": 4, "reset": "0", "meaning": "pulses so far"}],
    "submodules": [
        {
            "name": "following",
            "purpose": "the next count",
            "ports": [port("now", "input", 4), port("pulse", "input"), port("then", "output", 4)],
        }
    ],
    "behaviour": ["next seen = 0 if clear, else the output of following"],
    "confidence": 0.8,
}


def changed(change, base=COUNTER):
    made = copy.deepcopy(base)
    change(made)
    return made


def answer(*descriptions):
    return json.dumps({"descriptions": list(descriptions)})


def read(*descriptions, spec=SPEC):
    return read_descriptions(Sample(answer(*descriptions)), spec)


def why(description, spec=SPEC):
    with pytest.raises(Broken) as caught:
        read(description, spec=spec)
    return str(caught.value)


# -- what is asked for ------------------------------------------------------------------------


def ports(spec):
    return [(p.name, p.direction, p.width) for p in wanted_ports(spec)]


def test_ports_come_from_the_header_then_from_a_specifying_reference_then_from_the_prompt():
    asked = [("clk", "input", 1), ("clear", "input", 1), ("pulse", "input", 1), ("seen", "output", 4)]
    assert ports(SPEC) == asked
    header = "module meter #(parameter W = 3) (input [W-1:0] a, inout wire [W:0] b);"
    assert ports(VerilogSpec("meter", REFERENCE, header=header)) == [("a", "input", 3), ("b", "inout", 4)]
    prompt = "Implement TopModule.\n\n - input  d (16 bits)\n - output q\n"
    hidden = VerilogSpec("TopModule", REFERENCE, prompt=prompt, reference_specifies=False)
    assert ports(hidden) == [("d", "input", 16), ("q", "output", 1)]
    assert ports(VerilogSpec("meter", REFERENCE, prompt="Count.", reference_specifies=False)) == []
    assert ports(VerilogSpec("meter", "module meter(", prompt="Count.")) == []


WORDS = """Write a shifter.

Module name:
    shifter

Input ports:
    clk: the clock, 1 MHz: fast.
    data [7:0]: what is shifted
    low, high: two ends

Output port:
    out[1:8] (registered): 8 bits
    size: of N bits
Details:
    mode: no port
"""


def test_ports_below_headings_in_words_are_read_their_widths_only_where_they_are_certain():
    spec = VerilogSpec("shifter", prompt=WORDS, reference_specifies=False)
    inputs = [("clk", "input", None), ("data", "input", 8), ("low", "input", None), ("high", "input", None)]
    assert ports(spec) == [*inputs, ("out", "output", 8), ("size", "output", None)]
    assert ports(VerilogSpec("shifter", prompt=WORDS.split("Output")[0])) == []
    listed = "module named M\n - input clk\n - input q\n"
    assert ports(VerilogSpec("M", prompt=listed)) == []


def test_only_modules_to_be_written_are_described():
    verilog = language_of("verilog")
    assert verilog.plans(TASK).role == "describe"
    assert verilog.plans(TASK.with_spec(VerilogSpec("meter", REFERENCE))) is LINES_OF_ATTACK
    assert language_of("python").plans(TASK) is LINES_OF_ATTACK


# -- what is answered -------------------------------------------------------------------------


def test_a_description_is_written_out_with_all_it_says():
    (thought,) = read(COUNTER)
    assert thought.confidence == 0.8
    for line in (
        "output [3:0] seen: pulses so far",
        "Timing: clk at posedge; reset clear, active high, synchronous; latency 1 cycle",
        "register [3:0] seen, reset to 0: pulses so far",
        "following: the next count",
        "- next seen = 0 if clear, else the output of following",
    ):
        assert line in thought.text


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda d: d["ports"].pop(2), "the input pulse of 1 bit is missing"),
        (lambda d: d["ports"].append(port("extra", "input")), "the task has no port extra"),
        (lambda d: d["ports"][3].update(width=5), "seen has 5 bits, the task has 4 bits"),
        (lambda d: d["ports"][2].update(direction="output"), "pulse is an output, the task has an input"),
        (lambda d: d["ports"][0].update(name="2x"), "port '2x' is no Verilog identifier"),
        (lambda d: d["ports"].append(port("clk", "input")), "there are 2 ports 'clk'"),
        (lambda d: d["ports"][0].update(width=0), "ports: width is not between 1 and 65536"),
        (lambda d: d["ports"][0].update(direction="in"), "direction is 'in', none of input"),
        (lambda d: d["timing"].update(clocks=[]), "the register seen needs a clock that is an input"),
        (lambda d: d["timing"]["clocks"][0].update(name="seen"), "needs a clock that is an input"),
        (lambda d: d["timing"]["clocks"][0].update(name="tick"), "the clock tick is neither a port nor"),
        (lambda d: d["timing"]["clocks"][0].update(edge="rising"), "edge is 'rising'"),
        (lambda d: d["timing"]["resets"][0].update(name="rst"), "the reset rst is neither a port nor"),
        (lambda d: d["state"][0].update(width=3), "state element seen has 3 bits, the port 4 bits"),
        (lambda d: d["state"][0].update(name="clear"), "clear is an input, so it cannot be a state element"),
        (lambda d: d["state"].append({"name": "mode", "width": 2}), "does not say what mode is"),
        (lambda d: d["submodules"][0].update(name="meter"), "there are 2 modules 'meter'"),
        (lambda d: d["submodules"][0]["ports"].pop(2), "sub-module following has no output"),
        (lambda d: d.update(behaviour=["it counts"]), "the behaviour does not say what seen is"),
        (lambda d: d.update(timing=[7]), "timing is not an object"),
        (lambda d: d.update(confidence="high"), "confidence is not a number"),
        (lambda d: d.update(behaviour=[7]), "behaviour is not a text"),
    ],
)
def test_what_is_wrong_with_a_description_is_said(change, complaint):
    assert complaint in why(changed(change))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**4000) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)


def places(value, path=()):
    """The paths of all values in a description."""
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=80)
@given(place=st.sampled_from(list(places({"descriptions": [COUNTER]}))), value=ANYTHING)
def test_whatever_stands_anywhere_is_read_or_refused_with_a_reason(place, value):
    made = {"descriptions": [copy.deepcopy(COUNTER)]}
    inner = made
    for key in place[:-1]:
        inner = inner[key]
    if place:
        inner[place[-1]] = value
    else:
        made = value
    try:
        found = [t.text for t in read_descriptions(Sample(json.dumps(made)), SPEC)]
    except Broken as broken:
        found = [f"refused: {broken}"]
    assert len(found) == 1
    assert "output [3:0] seen" in found[0] or len(found[0]) > len("refused: ")


def test_a_latch_and_a_combinational_module_need_no_clock():
    header = "module hold(input open, input d, output q);"
    spec = VerilogSpec("hold", goal="implement", header=header)
    latch = {
        "approach": "A latch.",
        "ports": [port("open", "input"), port("d", "input"), port("q", "output")],
        "timing": {},
        "state": [{"name": "q", "width": 1, "kind": "latch"}],
        "behaviour": ["q = d while open, else q"],
        "confidence": 1,
    }
    assert "latch q" in read(latch, spec=spec)[0].text
    gate = changed(lambda d: d.update(state=[]), latch)
    assert "Timing: combinational" in read(gate, spec=spec)[0].text
    register = changed(lambda d: d["state"][0].update(kind="register"), latch)
    assert "needs a clock" in why(register, spec)
    late = changed(lambda d: d.update(timing={"latency": 2}), gate)
    assert "a latency of 2 cycles needs a clock" in why(late, spec)


def test_good_descriptions_beside_bad_ones_and_before_a_cut_are_kept():
    wrong = changed(lambda d: d["ports"].pop())
    assert len(read(wrong, COUNTER)) == 1
    cut = answer(COUNTER, COUNTER)[:-200]
    assert len(read_descriptions(Sample(cut, "length"), SPEC)) == 1
    with pytest.raises(Broken, match="cut off: be shorter"):
        read_descriptions(Sample(answer(COUNTER)[:-200], "length"), SPEC)


def test_other_words_for_the_approach_are_the_same_hardware():
    form = language_of("verilog").plans(TASK)
    other = changed(lambda d: d.update(approach="Something else."))
    shuffled = changed(
        lambda d: d.update(behaviour=["Next SEEN = 0 if clear, else  the output of following"])
    )
    real = changed(lambda d: d.update(submodules=[], behaviour=["next seen = 0 if clear, else seen + pulse"]))
    shuffled["behaviour"].append("seen stays otherwise")
    thoughts = read(COUNTER, other, real, shuffled)
    assert [t.text for t in form.distinct(thoughts)] == [thoughts[0].text, thoughts[2].text, thoughts[3].text]
    assert form.distinct(thoughts[:2], [thoughts[0].text]) == []


# -- planning and writing ---------------------------------------------------------------------


def test_a_wrong_port_is_asked_again_with_what_is_wrong(kit):
    asked = []
    answers = [answer(changed(lambda d: d["ports"][3].update(width=8))), answer(COUNTER)]

    def speak(request, rng):
        asked.append("\n".join(m.text for m in request.messages))
        return Sample(answers[len(asked) - 1])

    planner = Planner(Asker(ScriptedModel("m", speak), AgentSettings()))
    proposals, _ = planner.plan(TASK, kit.root_view(width=3), Budget())
    assert [p.operator for p in proposals] == ["plan"]
    assert proposals[0].prior == pytest.approx(0.8)
    assert "seen has 8 bits, the task has 4 bits" not in asked[0]
    assert "seen has 8 bits, the task has 4 bits" in asked[1]


def test_a_described_module_is_written_and_proved(kit):
    plans = []

    def speak(request, rng):
        if request.purpose == "plan":
            return Sample(answer(COUNTER))
        plans.append(unquoted("PLAN", request.messages[-1].text))
        return Sample(f"```verilog\n{ANSWER}```\n")

    model = ScriptedModel("m", speak)
    with Toolbox(AgentSettings(symbolic_fallback=False)) as toolbox:
        solution, _ = kit.searched(model, toolbox, TASK, budget=Budget(seconds=60.0, candidates=5))
    assert solution.solved
    assert solution.candidate.source == ANSWER
    assert solution.verdict.assurance is Assurance.PROVED
    assert solution.tree[solution.tree[solution.node].parent].is_thought
    assert plans[0].strip() == read(COUNTER)[0].text


def test_a_description_thought_over_stays_one_with_the_same_ports(kit):
    whole = read(COUNTER)[0].text
    better = whole.replace("else the output", "else on each pulse the output")
    answers = [whole.replace("output [3:0] seen", "output [4:0] seen"), better]
    asked = []

    def speak(request, rng):
        if request.purpose == "plan":
            return Sample(answer(COUNTER))
        if request.purpose == "rethink":
            asked.append("\n".join(m.text for m in request.messages))
            thought = answers[len(asked) - 1]
            return Sample(json.dumps({"block": 0, "wrong": "x", "thought": thought, "confidence": 0.5}))
        right = unquoted("PLAN", request.messages[-1].text).strip() == better
        return Sample(
            f"```verilog\n{ANSWER if right else ANSWER.replace('reg [3:0] seen', 'reg [2:0] seen')}```"
        )

    model = ScriptedModel("m", speak)
    with Toolbox(AgentSettings(symbolic_fallback=False)) as toolbox:
        solution, memory = kit.searched(model, toolbox, TASK, critic=model, strategy="best-of-n")
    assert [e.thought for e in memory.of(ThoughtRevised)] == [better]
    assert "there is no 'output [3:0] seen'" in asked[1]
    assert solution.solved
    form = language_of("verilog").plans(TASK)
    assert "there is no 'input clk'" in form.broken(whole, "Count better.")
    assert "'input more', which is not" in form.broken(
        whole, whole.replace("Timing", "  input more\nTiming", 1)
    )
    assert form.broken("Count.", "Count better.") is None


def test_known_good_modules_reach_the_planner_and_the_coder(kit):
    known = VerilogSpec("tally", goal="implement", prompt="Count the clock edges at which up is high.")
    solved = Task("tally", known.prompt, "verilog", known, ("yosys",))
    module = (
        "module tally(input clk, up, output reg [7:0] n);\n  always @(posedge clk) n <= n + up;\nendmodule\n"
    )
    told = {}

    def speak(request, rng):
        told.setdefault(request.purpose, request.messages[-1].text)
        return Sample(answer(COUNTER) if request.purpose == "plan" else f"```verilog\n{ANSWER}```\n")

    with Toolbox(AgentSettings(symbolic_fallback=False)) as toolbox:
        memory = [(solved, Candidate(module, "verilog"))]
        kit.searched(ScriptedModel("m", speak), toolbox, TASK, memory=memory)
    for purpose in ("plan", "code"):
        assert "module tally(" in unquoted("SOLVED", told[purpose])


def test_what_is_asked_is_told_once(kit):
    user = prompt_for("describe", TASK, kit.root_view(), count="3").messages()[1].text
    assert user.count(SPEC.prompt) == 1
    other = Task("meter", "Write a meter.", "verilog", SPEC, ("yosys",))
    user = prompt_for("describe", other, kit.root_view(), count="3").messages()[1].text
    assert user.count(SPEC.prompt) == 1


def test_the_prompts_of_a_module_do_not_show_its_reference(kit):
    for role in ("describe", "code"):
        messages = prompt_for(role, TASK, kit.root_view(), count="3").messages()
        assert "seen + 1" not in "".join(m.text for m in messages)
