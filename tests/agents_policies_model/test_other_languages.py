"""Models for SyGuS, Dafny and Verilog: what they are shown, what they may answer, grammars, whole runs."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from proofsmith.agents.contracts.contract import Broken
from proofsmith.agents.models.types import Features
from proofsmith.agents.policies.model.asking import Asker, prompt_for
from proofsmith.agents.policies.model.coder import Coder
from proofsmith.agents.policies.model.languages.table import language_of
from proofsmith.agents.policies.model.scripted import open_model
from proofsmith.agents.policies.model.scripted.client import ScriptedModel
from proofsmith.agents.policies.model.scripted.gbnf import derive
from proofsmith.agents.policies.model.settings import AgentSettings
from proofsmith.budget import Budget
from proofsmith.dafny_spec import DafnySpec
from proofsmith.logic_spec import SygusSpec
from proofsmith.model_calls import Sample
from proofsmith.types import Assurance, Task
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verilog_spec import VerilogSpec

HALVES = """// Both halves of a number.
method Halves(n: nat) returns (a: nat, b: nat)
  ensures a + b == n
{
  a, b := 0, n;
  while a < b
  {
    a := a + 1;
    b := b - 1;
  }
}
"""
INVARIANT = "    invariant a + b == n\n"
HALVES_DONE = HALVES.replace("  while a < b\n", "  while a < b\n" + INVARIANT)
DAFNY = Task("halves", "Prove it.", "dafny", DafnySpec(HALVES), ("dafny",), Assurance.PROVED)

MAXIMUM = """(set-logic LIA)
(synth-fun f ((x Int) (y Int)) Int ((I Int) (B Bool)) ((I Int (x y (ite B I I))) (B Bool ((<= I I)))))
(declare-var x Int)
(declare-var y Int)
(constraint (>= (f x y) x))
(constraint (>= (f x y) y))
(constraint (or (= (f x y) x) (= (f x y) y)))
(check-synth)
"""
SYGUS = Task("max", "The larger one.", "sygus", SygusSpec(MAXIMUM), ("smt",), Assurance.PROVED)

DESIGN = "module add(input [3:0] a, b, output [3:0] y);\n  assign y = a + b + 4'd0;\nendmodule\n"
BETTER = "module add(input [3:0] a, b, output [3:0] y);\n  assign y = a + b;\nendmodule\n"


def verilog(**more):
    spec = VerilogSpec(**{"top": "add", "source": DESIGN, "objective": "area", **more})
    return Task("add", "Make it smaller.", "verilog", spec, ("yosys",), Assurance.PROVED)


def answered(task, text, info=""):
    return language_of(task.language).program(task, Sample(f"```{info}\n{text}```")).source


# -- Dafny ----------------------------------------------------------------------------------


def test_additions_are_taken_and_the_program_is_shown_whole():
    assert answered(DAFNY, HALVES_DONE, "dafny") == HALVES_DONE
    assert HALVES in language_of("dafny").specification(DAFNY, 10)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HALVES, "nothing was added"),
        (HALVES_DONE.replace("a + 1", "a + 2"), "line"),
        (HALVES_DONE.replace("ensures a + b == n", "ensures true"), "line"),
        (HALVES.replace("  a, b :=", "  assume false;\n  a, b :="), "assume"),
        (HALVES_DONE[:120], "line|cut"),
        ("I would add an invariant.", "line"),
    ],
)
def test_programs_that_cheat_or_change_the_task_are_outside_the_contract(text, why):
    with pytest.raises(Broken, match=why):
        answered(DAFNY, text, "dafny")


@pytest.mark.parametrize("seed", range(10))
def test_under_the_grammar_only_annotations_change(seed):
    text = derive(language_of("dafny").grammar(DAFNY), random.Random(seed))
    source = language_of("dafny").program(DAFNY, Sample(text)).source
    kept = "".join(line + "\n" for line in source.splitlines() if "invariant" not in line)
    assert kept == HALVES


def test_a_program_without_loops_or_meaning_has_no_grammar():
    for text in ("lemma L() ensures 1 < 2 {}\n", "method {"):
        task = DAFNY.with_spec(DafnySpec(text))
        assert language_of("dafny").grammar(task) == ""


def test_edits_start_from_the_task_itself(kit):
    edit = f"<<<<<<< SEARCH\n  while a < b\n=======\n  while a < b\n{INVARIANT}>>>>>>> REPLACE\n"
    coder = Coder(Asker(kit.said(edit), AgentSettings(edits="edit")))
    items, _ = coder.write(DAFNY, kit.root_view(), Budget())
    assert [i.candidate.source for i in items] == [HALVES_DONE]


# -- SyGuS ----------------------------------------------------------------------------------


def test_an_answer_in_the_problems_grammar_is_taken():
    wanted = "(define-fun f ((x Int) (y Int)) Int (ite (<= x y) y x))"
    assert answered(SYGUS, "So:\n" + wanted + "\nThat is it.\n", "lisp").strip() == wanted


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(define-fun f ((x Int) (y Int)) Int (+ x y))", "grammar"),
        ("(define-fun g ((x Int) (y Int)) Int x)", "not a function to find"),
        ("(define-fun f ((x Int) (y Int)) Int (ite (<= x y", "closed|end|cut"),
        ("no definition", "no define-fun"),
        ("(define-fun f ((x Int) (y Int)) Int " + "(ite (<= x y) x " * 5000, "."),
    ],
)
def test_what_is_no_answer_is_outside_the_contract(text, why):
    with pytest.raises(Broken, match=why):
        answered(SYGUS, text)


@pytest.mark.parametrize("policy", ["model", "mix"])
def test_random_words_under_the_grammar_solve_a_small_problem(policy, kit):
    with Toolbox(AgentSettings(symbolic_fallback=False)) as toolbox:
        budget = Budget(seconds=60.0, candidates=400)
        solution, _ = kit.searched(
            open_model("scripted:grammar"), toolbox, SYGUS, policy=policy, budget=budget, planner=None
        )
    assert solution.solved
    assert solution.verdict.assurance is Assurance.PROVED
    if policy == "model":
        assert solution.tree[solution.node].proposal.policy == "model"


# -- Verilog --------------------------------------------------------------------------------


def test_a_design_to_improve_is_shown_and_a_reference_never():
    shown = language_of("verilog").specification(verilog())
    assert DESIGN.strip() in shown
    assert "area" in shown
    asked = verilog(
        goal="implement", prompt="Add two numbers.", header="module add(input a);", bench="tb secret"
    )
    hidden = language_of("verilog").specification(asked)
    assert "Add two numbers." in hidden
    assert "module add(input a);" in hidden
    assert "assign" not in hidden
    assert "secret" not in hidden
    assert language_of("verilog").base(asked) == ""


def test_a_whole_design_is_taken():
    assert answered(verilog(), BETTER, "verilog") == BETTER


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (DESIGN, "unchanged"),
        (DESIGN.replace("assign", "// the same\n  assign"), "unchanged"),
        (BETTER.replace("module add", "module plus"), "does not define the module add"),
        ("// module add\n", "does not define"),
        (BETTER.replace("endmodule", ""), "cut off"),
        (BETTER.replace("  assign", '  initial $readmemh("x", y);\n  assign'), "readmemh"),
    ],
)
def test_designs_that_cannot_count_are_outside_the_contract(text, why):
    with pytest.raises(Broken, match=why):
        answered(verilog(), text, "verilog")


def test_what_is_to_be_minimised_is_said(kit):
    task = replace(verilog(), objective="area")
    assert "least area" in prompt_for("code", task, kit.root_view()).messages()[1].text


def test_unknown_languages_show_no_field_that_may_hold_a_reference():
    class Odd:
        source = reference = bench = "secret"
        text = 7

    task = Task("odd", "Do it.", "cobol", Odd(), ("none",))
    assert language_of("cobol").specification(task) == ""


def test_only_grammars_that_lose_nothing_are_sent_unless_asked(kit):
    sent = []

    def speak(request, rng):
        sent.append(request.grammar != "")
        return Sample("no")

    free = SYGUS.with_spec(
        SygusSpec(MAXIMUM.replace(MAXIMUM.splitlines()[1], "(synth-fun f ((x Int) (y Int)) Int)"))
    )
    for constrain in ("exact", "all", "none"):
        for task in (SYGUS, free, DAFNY, kit.clamp_task()):
            model = ScriptedModel("m", speak, Features(grammar=True))
            settings = AgentSettings(constrain=constrain, attempts=1, edits="whole")
            Coder(Asker(model, settings)).write(task, kit.root_view(width=1), Budget())
    assert sent == [True, False, False, False] + [True] * 4 + [False] * 4
