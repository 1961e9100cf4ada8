"""Grammars for constrained decoding: what they allow is what the languages admit."""

import ast
import random

import pytest

from proofsmith.agents.policies.model.languages.python_grammar import literal, python_grammar
from proofsmith.agents.policies.model.languages.table import language_of
from proofsmith.agents.policies.model.scripted.gbnf import derive
from proofsmith.logic_spec import SygusSpec
from proofsmith.model_calls import Sample
from proofsmith.types import Assurance, Task

PROBLEMS = {
    "own grammar": """(set-logic LIA)
(synth-fun f ((x Int) (y Int)) Int ((I Int) (B Bool))
  ((I Int (x y 0 1 (Constant Int) (+ I I) (ite B I I))) (B Bool ((<= I I) (not B)))))
(declare-var x Int)
(declare-var y Int)
(constraint (>= (f x y) x))
(check-synth)
""",
    "no grammar": """(set-logic LIA)
(synth-fun f ((x Int)) Int)
(declare-var x Int)
(constraint (= (f x) (+ x 7)))
(check-synth)
""",
    "strings": """(set-logic SLIA)
(synth-fun f ((s String)) String ((S String) (I Int))
  ((S String (s "a" " "" b" (str.++ S S) (str.substr S I I))) (I Int (0 1 (str.len S)))))
(constraint (= (f "ab") "aba"))
(check-synth)
""",
    "vectors": """(set-logic BV)
(synth-fun f ((v (_ BitVec 8))) (_ BitVec 8) ((V (_ BitVec 8)))
  ((V (_ BitVec 8) (v #x01 (bvadd V V) (bvnot V) ((_ rotate_left 1) V) (Variable (_ BitVec 8))))))
(constraint (= (f #x01) #x02))
(check-synth)
""",
    "two functions": """(set-logic LIA)
(synth-fun f ((x Int)) Int ((I Int)) ((I Int (x 1 (- I I)))))
(synth-fun g ((x Int)) Bool ((B Bool) (I Int)) ((B Bool ((< I I))) (I Int (x 3))))
(declare-var x Int)
(constraint (=> (g x) (= (f x) 1)))
(check-synth)
""",
}


@pytest.mark.parametrize("seed", range(25))
def test_random_sentences_of_the_python_grammar_are_programs(seed, kit):
    task = kit.clamp_task()
    text = derive(python_grammar(task.spec.signature), random.Random(seed))
    candidate = language_of("python").program(task, Sample(text))
    ast.parse(candidate.source)


@pytest.mark.parametrize("name", PROBLEMS)
def test_random_sentences_of_a_problems_grammar_are_answers(name):
    task = Task("p", "", "sygus", SygusSpec(PROBLEMS[name]), ("smt",), Assurance.PROVED)
    language = language_of("sygus")
    grammar = language.grammar(task)
    found = set()
    for seed in range(30):
        found.add(language.program(task, Sample(derive(grammar, random.Random(seed)))).source)
    assert len(found) > 3


def test_sentences_end_and_differ():
    grammar = python_grammar_of("f")
    sentences = {derive(grammar, random.Random(seed)) for seed in range(30)}
    assert len(sentences) > 20


def python_grammar_of(name):
    from proofsmith.python_spec import Parameter, Signature

    return python_grammar(Signature(name, (Parameter("x"),)))


@pytest.mark.parametrize("text", ["plain", 'a "quoted" \\ one', "two\nlines\t.", "\x01"])
def test_literals_stand_for_themselves(text):
    assert derive(f"root ::= {literal(text)}\n", random.Random(0)) == text


@pytest.mark.parametrize(
    "grammar", ["root ::= x", 'x ::= "a"', 'root ::= ( "a"', "root = 1", "root ::= root"]
)
def test_broken_grammars_are_refused(grammar):
    with pytest.raises(ValueError):
        derive(grammar, random.Random(0))


def test_classes_choices_and_repetitions():
    grammar = 'root ::= [a-c] [^a-y!-Z]? ( "x" | "y" )+ "z"*\n'
    for seed in range(50):
        text = derive(grammar, random.Random(seed))
        assert text[0] in "abc"
        assert "x" in text or "y" in text
