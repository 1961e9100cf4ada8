"""Programs out of answers of every kind."""

import random

import pytest

from proofsmith.agents.contracts.contract import Broken
from proofsmith.agents.contracts.json_answers import json_object
from proofsmith.agents.policies.model.edits import apply_edits, parse_edits
from proofsmith.agents.policies.model.extract import blocks, programs
from proofsmith.agents.policies.model.languages.base import PlainLanguage
from proofsmith.agents.policies.model.languages.table import language_of
from proofsmith.agents.policies.model.scripted import misbehaving
from proofsmith.model_calls import Message, Request, Sample

CLAMP = """def clamp(x, low, high):
    if x < low:
        return low
    if x > high:
        return high
    return x
"""
PYTHON = language_of("python")


def fenced(code: str, info: str = "python") -> str:
    return f"Here:\n```{info}\n{code}```\n"


def program(kit, text, reason="stop", **more):
    return PYTHON.program(kit.clamp_task(**more), Sample(text, reason)).source


@pytest.mark.parametrize(
    "text",
    [
        fenced(CLAMP),
        fenced(CLAMP, "py"),
        fenced(CLAMP, ""),
        CLAMP,
        "Sure! This is it:\n\n" + CLAMP + "\nI hope that this helps.\n",
        "<think>\n```python\ndef clamp(x): pass\n```\n</think>\n" + fenced(CLAMP),
        "~~~python\n" + CLAMP + "~~~\n",
        "```python\n" + CLAMP,
        fenced("print('a draft')\n") + fenced(CLAMP),
        fenced("".join("  " + line + "\n" for line in CLAMP.splitlines())),
        fenced(CLAMP + "\nassert clamp(1, 2, 3) == 2\nprint(clamp(1, 2, 3))\n"),
        fenced(CLAMP + "\nif __name__ == '__main__':\n    print(clamp(1, 2, 3))\n"),
        fenced(CLAMP.replace("    ", "\t")),
        fenced(CLAMP.replace("\n", "\r\n")),
        "Here is some JavaScript:\n```javascript\nlet x = 1;\n```\nand Python:\n" + fenced(CLAMP),
    ],
)
def test_the_program_is_found(kit, text):
    assert program(kit, text).rstrip() == CLAMP.rstrip()


def test_imports_and_helpers_come_along(kit):
    source = "import math\n\nLIMIT = 3\n\ndef low_of(x):\n    return math.floor(x)\n\n" + CLAMP
    assert program(kit, fenced(source)).rstrip() == source.rstrip()


def test_a_body_without_header_gets_one(kit):
    body = CLAMP.split("\n", 1)[1]
    assert "def clamp(x: int, low: int, high: int) -> int:" in program(kit, fenced(body))


def test_what_the_module_around_the_hole_defines_is_not_defined_again(kit):
    helper = "def smaller(a, b):\n    return a if a < b else b\n"
    found = program(kit, fenced(helper.replace("<", "<=") + "\n" + CLAMP), prefix=helper + "\n\n")
    assert "smaller" not in found


def test_a_cut_off_answer_gives_the_program_only_if_all_of_it_is_there(kit):
    assert program(
        kit, "```python\n" + CLAMP + "\ndef test_clamp():\n    assert clamp(1,", "length"
    ).startswith("def clamp")
    with pytest.raises(Broken, match="cut off"):
        program(kit, "```python\n" + CLAMP[:50], "length")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("<think>I wonder", "does not end"),
        ("I'm sorry, but I can't help with that.", "parse"),
        ("No.", "no program|parse"),
        ("```javascript\nfunction clamp(x) { return x; }\n```", "javascript"),
        (fenced("def clip(x, low, high):\n    return x\n"), "does not define clamp"),
        (fenced("def clamp(value):\n    return value\n"), r"must take \(x, low, high\)"),
        (
            fenced("class Solution:\n    def clamp(self, x, low, high):\n        return x\n"),
            "does not define",
        ),
        (fenced("async def clamp(x, low, high):\n    return x\n"), "does not define"),
        (fenced("def clamp(x, low, high):\nreturn x\n"), "parse|no program"),
        (fenced("\ud800"), "cannot be read|parse|no program"),
        (fenced("x" * 300_000), "longer|parse|no program"),
    ],
)
def test_an_answer_without_a_program_says_why(kit, text, why):
    with pytest.raises(Broken, match=why):
        program(kit, text)


@pytest.mark.parametrize(
    "speak", [misbehaving.rubbish, misbehaving.torrent, misbehaving.refusal, misbehaving.wrong_language]
)
@pytest.mark.parametrize("seed", range(12))
def test_misbehaving_models_never_get_a_program_through(kit, speak, seed):
    request = Request((Message("user", "def clamp(x, low, high):\n"),))
    with pytest.raises(Broken):
        PYTHON.program(kit.clamp_task(), speak(request, random.Random(seed)))


def test_fences_inside_longer_fences_are_text():
    found = blocks("````python\n```\ninner\n```\n````\n")
    assert [b.text for b in found] == ["```\ninner\n```\n"]


def test_plain_languages_take_their_own_fences_only(kit):
    task = kit.clamp_task()
    ada = PlainLanguage("ada", ("ada",))
    assert ada.program(task, Sample("```ada\nbegin\n```")).source == "begin\n"
    with pytest.raises(Broken, match="python"):
        ada.program(task, Sample("```python\nbegin\n```"))
    with pytest.raises(Broken, match="cut off"):
        ada.program(task, Sample("```ada\nbegin", "length"))


def test_programs_come_best_guess_first():
    found = programs(Sample("```python\na\n```\n```python\nb\n```\n"), ("python",))
    assert found.texts == ("b\n", "a\n", "a\n\nb\n")


EDIT = "<<<<<<< SEARCH\n{}\n=======\n{}\n>>>>>>> REPLACE\n"


def test_edits_apply_word_for_word():
    edits = parse_edits(
        "The bound is wrong.\n"
        + EDIT.format("    if x > high:\n        return high", "    if x >= high:\n        return high")
    )
    assert apply_edits(CLAMP, edits) == CLAMP.replace("x > high", "x >= high")


def test_edits_may_delete_and_come_in_numbers():
    text = EDIT.format("    if x < low:\n        return low", "") + EDIT.format(
        "    return x", "    return max(x, low)"
    )
    assert apply_edits(CLAMP, parse_edits("```\n" + text + "```")).count("low") == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no edits at all", "no edit"),
        ("<<<<<<< SEARCH\n    return x\n=======\n    return 1\n", "does not end"),
        (EDIT.format("    return y", "    return x"), "do not stand"),
        (EDIT.format("if x < low:", "if x <= low:"), "do not stand"),
        (EDIT.format("", "    return x"), "looks for nothing"),
        (EDIT.format("    return x", "    return x"), "change nothing"),
        (EDIT.format("    return x", "    return 1") * 60, "more than"),
    ],
)
def test_edits_that_do_not_fit_are_refused(text, why):
    with pytest.raises(Broken, match=why):
        apply_edits(CLAMP, parse_edits(text))


def test_an_edit_that_fits_twice_is_refused():
    with pytest.raises(Broken, match="2 times"):
        apply_edits("a = 1\nb = 2\na = 1\n", parse_edits(EDIT.format("a = 1", "a = 2")))


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        '```json\n{"a": 1}\n```',
        'Sure:\n{"a": 1}\nand more {"b": 2}',
        '<think>{"b": 1}</think>{"a": 1}',
        '{not} {"a": 1}',
    ],
)
def test_json_is_found_among_words(text):
    assert json_object(Sample(text)) == {"a": 1}


@pytest.mark.parametrize("text", ["", "[1]", '{"a": ', '{"a": NaN}', "{" * 100_000, '{"a": ' * 50_000])
def test_what_is_no_json_object_is_refused(text):
    with pytest.raises(Broken):
        json_object(Sample(text))
