"""Tools under a budget, recursive plans, the model critic's checks, recall, traces."""

from __future__ import annotations

import json

import pytest

from proofsmith.agents.contracts.contract import Broken
from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.agents.models.types import Features, Models
from proofsmith.agents.policies.model import subtasks
from proofsmith.agents.policies.model.blocks import trace
from proofsmith.agents.policies.model.critic import ModelCritic, admissible, checked
from proofsmith.agents.policies.model.scripted.client import ScriptedModel
from proofsmith.agents.policies.model.settings import AgentSettings
from proofsmith.agents.tools.belt import Belt, Use, read_calls
from proofsmith.agents.tools.recall import Recall, structure
from proofsmith.budget import Budget
from proofsmith.events import ExampleLearnt, ModelCalled, NodeAdded, NodeJudged
from proofsmith.model_calls import Sample, ToolCall
from proofsmith.python_spec import Call, Example, Outcome, Parameter, Property, PythonSpec, Signature
from proofsmith.types import Assurance, Candidate, Status, Task, Verdict
from proofsmith.verifiers.toolbox import Toolbox

CLAMP = """def clamp(x, low, high):
    if x < low:
        return low
    if x > high:
        return high
    return x
"""
WRONG = CLAMP.replace("return high", "return low")
REFERENCE = "def middle(x, low, high):\n    return sorted((low, x, high))[1]\n"


def fenced(code):
    return f"```python\n{code}```\n"


@pytest.fixture
def belt(toolbox):
    return Belt(toolbox)


# -- tools ----------------------------------------------------------------------------------


def test_run_shows_what_the_program_does(belt, kit):
    calls = (("calls", [[5, 0, 9], [12, 0, 9], ["py:{1}", 0, 9]]),)
    text = belt.use(Use("run", WRONG, calls), kit.clamp_task(), (), Budget())
    assert text.splitlines()[:2] == ["clamp(5, 0, 9) returned 5", "clamp(12, 0, 9) returned 0"]
    assert "raised TypeError" in text
    assert belt.verifier_calls == 0


def test_verify_and_counterexample_ask_the_verifiers(belt, kit):
    told = belt.use(Use("verify", WRONG), kit.clamp_task(), (), Budget())
    assert told.startswith("unit-tests: FAIL, score 0.80")
    assert "expected 9" in told
    found = belt.use(Use("counterexample", WRONG), kit.clamp_task(), (), Budget())
    assert found == "for x=12, low=0, high=9: expected 9, got returned 0"
    assert belt.use(Use("counterexample", CLAMP), kit.clamp_task(), (), Budget()).startswith("none")
    assert belt.verifier_calls == 3


def test_what_the_run_has_learnt_counts_for_the_tools(belt, kit):
    lesson = Example(Call((1, 2, 3)), Outcome(99))
    assert "FAIL" in belt.use(Use("verify", CLAMP), kit.clamp_task(), (lesson,), Budget())


@pytest.mark.parametrize(
    ("use", "why"),
    [
        (Use("open", CLAMP), "there is no tool"),
        (Use("verify", "nonsense("), "parse"),
        (Use("verify", "def clip(): pass"), "does not define clamp"),
        (Use("run", CLAMP), "calls must be"),
        (Use("run", CLAMP, (("calls", "[1"),)), "not JSON"),
        (Use("run", CLAMP, (("calls", [1]),)), "list of its arguments"),
        (Use("run", CLAMP, (("calls", [["py:open('x')"]]),)), "literal"),
    ],
)
def test_a_wrong_use_is_told_to_the_model(use, why, belt, kit):
    answer = belt.use(use, kit.clamp_task(), (), Budget())
    assert answer.startswith("error: ")
    assert why in answer


def test_without_verifier_calls_left_no_verifier_is_asked(belt, kit):
    assert "no verifier calls" in belt.use(
        Use("verify", CLAMP), kit.clamp_task(), (), Budget(verifier_calls=0)
    )
    assert belt.verifier_calls == 0


def test_a_hostile_program_in_a_tool_is_only_text(belt, kit):
    hostile = "def clamp(x, low, high):\n    import os\n    os._exit(0)\n"
    answer = belt.use(
        Use("run", hostile, (("calls", [[1, 2, 3]]),)), kit.clamp_task(), (), Budget(seconds=10.0)
    )
    assert "returned" not in answer


def test_literals_in_calls():
    calls = read_calls([[1, "py:(1, 2)", {"a": ["py:{3}"]}, "text", None]])
    assert calls == (Call((1, (1, 2), {"a": [{3}]}, "text", None)),)


def test_a_model_uses_tools_by_text_and_then_answers(kit, bubblewrap):
    said = []

    def speak(request, rng):
        said.append(request.messages[-1].text)
        if request.purpose == "plan":
            return Sample("no plan")
        if len(request.messages) == 2:
            return Sample(fenced(WRONG) + "TOOL: verify {}")
        if len(request.messages) == 4:
            return Sample(fenced(CLAMP) + 'TOOL: run {"calls": [[12, 0, 9]]}')
        return Sample("It works.\n" + fenced(CLAMP))

    with Toolbox(AgentSettings(model_tools=True, symbolic_fallback=False)) as toolbox:
        solution, _ = kit.searched(ScriptedModel("m", speak, Features(n=True)), toolbox)
    assert solution.solved
    assert any("verify answers" in text and "expected 9" in text for text in said)
    assert any("clamp(12, 0, 9) returned 9" in text for text in said)
    assert solution.spent.verifier_calls >= 2, "the tools' verifier calls are charged to the run"


def test_a_model_uses_tools_by_tool_calls(kit, bubblewrap):
    seen = []

    def speak(request, rng):
        if request.purpose == "plan":
            return Sample("no plan")
        seen.append([t.name for t in request.tools])
        if request.messages[-1].role != "tool":
            arguments = json.dumps({"program": CLAMP, "calls": [[1, 2, 3]]})
            return Sample(
                "", "tool_calls", (ToolCall("a", "run", arguments), ToolCall("b", "nothing", "not json"))
            )
        assert request.messages[-1].text.startswith("error: there is no tool")
        assert request.messages[-2].text == "clamp(1, 2, 3) returned 2"
        return Sample(fenced(CLAMP))

    model = ScriptedModel("m", speak, Features(n=True, tools=True))
    with Toolbox(AgentSettings(model_tools=True, symbolic_fallback=False)) as toolbox:
        solution, _ = kit.searched(model, toolbox)
    assert solution.solved
    assert seen[0] == ["run", "verify", "counterexample", "recall"]


def test_a_conversation_without_end_ends(kit, bubblewrap):
    model = kit.said(fenced(WRONG) + "TOOL: verify {}")
    with Toolbox(AgentSettings(model_tools=True, thoughts=0, symbolic_fallback=False)) as toolbox:
        solution, memory = kit.searched(model, toolbox, budget=Budget(seconds=60.0, candidates=4))
    assert not solution.solved
    assert len(memory.of(ModelCalled)) < 200


# -- recall ---------------------------------------------------------------------------------


def solved(name, statement, source):
    return Task(
        name, statement, "python", PythonSpec(Signature(name, (Parameter("x"),))), ("unit-tests",)
    ), Candidate(source)


SOLVED = [
    solved(
        "total",
        "Add up the numbers of a list.",
        "def total(x):\n    s = 0\n    for n in x:\n        s += n\n    return s\n",
    ),
    solved("shout", "Turn a text into capital letters.", "def shout(x):\n    return x.upper()\n"),
    solved("largest", "The largest number of a list.", "def largest(x):\n    return max(x)\n"),
]


def test_tasks_with_the_same_words_are_recalled_first():
    wanted, _ = solved("product", "Multiply the numbers in a list of numbers.", "")
    found = Recall(SOLVED).similar(wanted)
    assert found[0].task.id in ("total", "largest")
    assert "shout" not in [r.task.id for r in found]


def test_programs_of_the_same_structure_are_recalled():
    wanted, _ = solved("count", "How often something occurs.", "")
    loop = "def count(x):\n    c = 0\n    for y in x:\n        c += y\n    return c\n"
    assert Recall(SOLVED).similar(wanted, program=loop)[0].task.id == "total"


def test_nothing_is_recalled_from_nothing_and_never_the_task_itself(belt, kit):
    task, _ = SOLVED[0]
    assert "total" not in [r.task.id for r in Recall(SOLVED).similar(task)]
    assert Recall(()).similar(task) == ()
    assert belt.use(Use("recall", "", (("query", "anything"),)), kit.clamp_task(), (), Budget()).startswith(
        "nothing"
    )
    assert structure("f(", "python")


def test_what_was_solved_before_is_shown_to_the_model(kit, toolbox):
    said = []

    def speak(request, rng):
        said.append(request.messages[-1].text)
        return Sample(fenced(CLAMP))

    memory = [
        solved("hold", "Hold a number within two limits, low and high.", "def hold(x):\n    return x\n")
    ]
    kit.searched(ScriptedModel("m", speak), toolbox, memory=memory)
    assert "def hold(x):" in said[0]


# -- recursive plans ------------------------------------------------------------------------

PLAN = '''def clamp(x, low, high):
    return at_least(at_most(x, high), low)


def at_most(x: int, high: int) -> int:
    """Return the smaller one.

    >>> at_most(3, 2)
    2
    >>> at_most(1, 2)
    1
    """
    raise NotImplementedError


def at_least(x: int, low: int) -> int:
    """Return the larger one."""
    raise NotImplementedError
'''
AT_MOST = "def at_most(x: int, high: int) -> int:\n    return high if x > high else x\n"
AT_LEAST = "def at_least(x: int, low: int) -> int:\n    return low if x < low else x\n"


def test_a_plan_is_code_with_open_helpers(kit):
    found = subtasks.partial(kit.clamp_task(), PLAN)
    assert found.open == ("at_most", "at_least")
    task = subtasks.subtask(PLAN, "at_most")
    assert [e.call.args for e in task.spec.examples] == [(3, 2), (1, 2)]
    with pytest.raises(Broken, match="at_least is called, but has no header"):
        subtasks.partial(kit.clamp_task(), PLAN[: PLAN.index("def at_least")])


def test_helpers_are_put_in_their_place():
    import_first = "import math\n\n" + AT_MOST
    text = subtasks.replaced(PLAN, "at_most", import_first)
    assert text.startswith("import math\n")
    assert subtasks.open_helpers(text, "clamp") == ("at_least",)
    assert subtasks.open_helpers(subtasks.replaced(text, "at_least", AT_LEAST), "clamp") == ()


def decomposing(helper_answers):
    def speak(request, rng):
        if request.purpose == "plan":
            return Sample("none")
        if request.purpose == "decompose":
            return Sample(fenced(PLAN))
        if request.purpose == "helper":
            name = "at_most" if "function at_most" in request.messages[-1].text else "at_least"
            return Sample(fenced(rng.choice(helper_answers[name])))
        return Sample("none")

    return ScriptedModel("m", speak, Features(n=True))


def test_a_plan_is_filled_helper_by_helper(kit, bubblewrap):
    wrong = AT_MOST.replace("high if x > high else x", "x")
    model = decomposing({"at_most": [AT_MOST, wrong], "at_least": [AT_LEAST]})
    with Toolbox(AgentSettings(decompose=True, thoughts=0, symbolic_fallback=False)) as toolbox:
        solution, memory = kit.searched(model, toolbox, budget=Budget(seconds=60.0, candidates=30))
    assert solution.solved
    assert solution.candidate.source.count("def ") == 3
    path = [n.proposal.operator for n in solution.tree.path(solution.node)[1:]]
    assert path == ["decompose", "decompose", "model:compose"]
    half = [e.proposal.thought for e in memory.of(NodeAdded) if e.proposal.operator == "decompose"]
    assert not any("return x\n" in text for text in half), (
        "a helper that fails its own examples gets no further"
    )
    assert solution.spent.verifier_calls > len(memory.of(NodeJudged))


def test_a_helper_may_have_helpers(kit, bubblewrap):
    header = (
        'def larger(a: int, b: int) -> int:\n    """Return the larger."""\n    raise NotImplementedError\n'
    )
    nested = f"def at_least(x: int, low: int) -> int:\n    return larger(x, low)\n\n\n{header}"

    def speak(request, rng):
        text = request.messages[-1].text
        if request.purpose == "decompose":
            return Sample(fenced(PLAN))
        if "function larger" in text:
            return Sample(fenced("def larger(a: int, b: int) -> int:\n    return a if a > b else b\n"))
        return Sample(fenced(AT_MOST if "function at_most" in text else nested))

    model = ScriptedModel("m", speak, Features(n=True))
    with Toolbox(AgentSettings(decompose=True, thoughts=0, symbolic_fallback=False)) as toolbox:
        solution, _ = kit.searched(model, toolbox, budget=Budget(seconds=60.0, candidates=30))
    assert solution.solved
    assert solution.candidate.source.count("def ") == 4


# -- the critic -----------------------------------------------------------------------------


def test_an_invented_input_counts_only_if_the_reference_says_so(kit, toolbox):
    task = kit.clamp_task(reference=REFERENCE, reference_name="middle")
    nearly = CLAMP.replace("if x > high:", "if x > high and x != 1000:")
    verdict = checked(task, Candidate(nearly), [Call((1, 2, 3)), Call((1000, 2, 3))], toolbox, Budget())
    assert verdict.status is Status.FAIL
    assert verdict.counterexample.example.call == Call((1000, 2, 3))
    assert checked(task, Candidate(CLAMP), [Call((1, 2, 3)), Call((1000, 2, 3))], toolbox, Budget()) is None


def test_inputs_outside_the_precondition_or_the_types_do_not_count(kit, toolbox):
    task = kit.clamp_task(
        reference=REFERENCE, reference_name="middle", preconditions=(Property("low <= high"),)
    )
    assert checked(task, Candidate(CLAMP), [Call((5, 9, 0))], toolbox, Budget()) is None
    assert not admissible(task.spec, Call(("5", 9, 0)))
    assert not admissible(task.spec, Call((1, 2)))
    assert admissible(task.spec, Call((1, 2, 3)))


@pytest.mark.parametrize("size", [10**6, 10**10])
def test_an_input_that_is_too_large_for_us_breaks_nothing(size, toolbox):
    spec = PythonSpec(
        Signature("count", (Parameter("n", "int"),), "int"),
        examples=(Example(Call((2,)), Outcome(2)),),
        preconditions=(Property("n >= 0"),),
        properties=(Property("result == n"),),
    )
    task = Task("count", "n again", "python", spec, ("unit-tests",))
    deep = "def count(n: int) -> int:\n    return 0 if n == 0 else 1 + count(n - 1)\n"
    large = "def count(n: int) -> int:\n    return len(list(range(n)))\n"
    for source in (deep, large):
        assert checked(task, Candidate(source), [Call((size,))], toolbox, Budget()) is None
    assert checked(
        task, Candidate(deep.replace("1 +", "2 +")), [Call((3,)), Call((size,))], toolbox, Budget()
    )


def test_properties_break_programs_too(kit, toolbox):
    task = kit.clamp_task(
        properties=(Property("low <= result <= high"),), preconditions=(Property("low <= high"),)
    )
    verdict = checked(
        task, Candidate(WRONG.replace("return low", "return low - 1")), [Call((-1, 0, 3))], toolbox, Budget()
    )
    assert verdict.status is Status.FAIL
    assert "low <= result <= high" in verdict.counterexample.violated


def breaking(calls):
    return ScriptedModel(
        "critic", lambda request, rng: Sample(json.dumps({"calls": calls})), Features(n=True)
    )


def test_a_program_that_passed_its_tests_is_broken_and_the_lesson_learnt(kit, toolbox):
    """The verifiers here know the examples alone; the critic's input is checked by the reference."""
    task = kit.clamp_task(reference=REFERENCE, reference_name="middle")
    nearly = CLAMP.replace("if x > high:", "if x > high and x != 1000:")
    coder = kit.said(fenced(nearly), fenced(nearly), fenced(nearly), fenced(nearly), fenced(CLAMP))
    memory = kit.Memory()
    host = Host(memory, toolbox, models=Models(coder=coder, critic=breaking([["x"], [1000, 2, 3]])))
    solution = solve(task, SearchSettings(policy="model"), Budget(seconds=60.0, candidates=12), host)
    assert solution.solved
    assert solution.candidate.source == CLAMP
    (first, *_) = memory.of(ExampleLearnt)
    assert first.example == Example(Call((1000, 2, 3)), Outcome(3), True, False, "counterexample")
    broken = [e for e in memory.of(NodeJudged) if e.node == 1]
    assert [e.verdict.status for e in broken] == [Status.PASS, Status.FAIL]


def test_a_proof_is_not_questioned(kit, toolbox):
    critic = ModelCritic(breaking([[1, 2, 3]]), AgentSettings(falsify=0), toolbox)
    proved = Verdict(Status.PASS, "smt", Assurance.PROVED, score=1.0)
    assert (
        critic.falsify(
            kit.clamp_task(reference=REFERENCE, reference_name="middle"),
            kit.program_view(CLAMP, proved),
            Budget(),
        )
        is None
    )


def test_a_task_with_examples_alone_cannot_be_falsified(kit, toolbox):
    critic = ModelCritic(breaking([[1, 2, 3]]), AgentSettings(), toolbox)
    assert critic.falsify(kit.clamp_task(), kit.program_view(CLAMP), Budget()) is None


# -- traces ---------------------------------------------------------------------------------


def test_a_trace_shows_blocks_and_values(kit, toolbox):
    text = trace(kit.clamp_task(), Candidate(WRONG), Call((12, 0, 9)), toolbox, 10.0)
    assert "if x > high:" in text
    assert "x=12, low=0, high=9" in text
    assert text.endswith("returned 0")


@pytest.mark.parametrize(
    "body",
    [
        "    while True:\n        pass\n",
        "    raise SystemExit\n",
        "    import os\n    os._exit(1)\n",
        "    import sys\n    sys.settrace(None)\n    return 'x' * 10**6\n",
    ],
)
def test_hostile_programs_give_no_trace_or_a_short_one(body, kit, toolbox):
    text = trace(
        kit.clamp_task(), Candidate("def clamp(x, low, high):\n" + body), Call((1, 2, 3)), toolbox, 2.0
    )
    assert len(text) < 5_000
