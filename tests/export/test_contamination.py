"""What is a suite's is found however it was dressed up, and what is not is left alone."""

import json
import random

import pyarrow.parquet as pq
import pytest

from proofsmith.environments.load import load
from proofsmith.store.export.contamination import Suites
from proofsmith.store.export.similarity import THRESHOLD, Clusters, Form
from proofsmith.store.store import Store

PROMPT = '''def longest_gap(marks):
    """Return the greatest distance between neighbours once the marks stand in order.

    >>> longest_gap([1, 9, 4])
    5
    >>> longest_gap([10, 2, 30, 7])
    20
    >>> longest_gap([100, 250, 180, 110])
    70
    """
'''
SOLUTION = """    ordered = sorted(marks)
    best = 0
    for left, right in zip(ordered, ordered[1:]):
        distance = right - left
        if distance > best:
            best = distance
    return best
"""
TRANSLATED = '''def groesste_luecke(werte):
    """Gib den weitesten Abstand zweier benachbarter Zahlen der sortierten Liste zurueck.

    >>> groesste_luecke([1, 9, 4])
    5
    >>> groesste_luecke([10, 2, 30, 7])
    20
    >>> groesste_luecke([100, 250, 180, 110])
    70
    """
    ...
'''
SAME_KIND = '''def widest(values):
    """Say how far the largest number of a list is from the smallest.

    >>> widest([1, 9, 4])
    8
    >>> widest([10, 2, 30, 7])
    28
    >>> widest([100, 250, 180, 110])
    150
    """
    ...
'''


@pytest.fixture
def suites(tmp_path):
    row = {"task_id": "Own/0", "prompt": PROMPT, "canonical_solution": SOLUTION, "entry_point": "longest_gap",
           "test": "def check(candidate):\n    assert candidate([1, 2]) == 1\n"}  # fmt: skip
    (tmp_path / "suite.jsonl").write_text(json.dumps(row) + "\n")
    return Suites([str(tmp_path / "suite.jsonl")])


WHOLE = PROMPT + SOLUTION
HELPER = "def clip(x, top):\n    return x if x < top else top\n\n\n"
RENAMED = """def f(xs):
    ys = sorted(xs)
    b = 0
    for p, q in zip(ys, ys[1:]):
        d = q - p
        if d > b:
            b = d
    return b
"""
DRESSED = {
    "as it is": WHOLE,
    "names": RENAMED,
    "layout and comments": RENAMED.replace("    ", "\t").replace("b = 0", "b = (0)  # at first"),
    "annotations and another docstring": RENAMED.replace("(xs):", "(xs: list) -> int:\n    'Other words.'"),
    "a helper before": HELPER + RENAMED,
    "a helper behind": RENAMED + "\n\n" + HELPER,
    "one line more": RENAMED.replace("    return b", "    b = abs(b)\n    return b"),
}
OTHERS = {
    "another way": "def f(xs):\n    ys = sorted(xs)\n    return max(b - a for a, b in zip(ys, ys[1:]))\n",
    "another task": "def f(xs):\n    seen = set()\n    for x in xs:\n        if x in seen:\n"
    "            return x\n        seen.add(x)\n    return None\n",
    "short": "def f(xs):\n    return sorted(xs)\n",
}


@pytest.mark.parametrize("how", DRESSED)
def test_a_published_solution_is_found_however_it_is_dressed_up(suites, how):
    form = Form(DRESSED[how], "python")
    assert suites.program(form, form.definitions) == "suite.jsonl"


@pytest.mark.parametrize("how", OTHERS)
def test_other_programs_are_left_alone(suites, how):
    form = Form(OTHERS[how], "python")
    assert suites.program(form, form.definitions) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [(PROMPT + "    ...\n", True), (TRANSLATED, True), (SAME_KIND, False)],
    ids=["the same words", "other words, the same examples", "the same inputs, another task"],
)
def test_a_statement_is_found_by_its_words_or_its_examples(suites, tmp_path, text, found):
    (tmp_path / "own.py").write_text(text)
    (task,) = load(str(tmp_path / "own.py"))
    assert suites.statement(task) == ("suite.jsonl" if found else None)


def test_hardware_is_found_under_other_names(tmp_path):
    design = """module gray #(parameter W = 4) (input clk, input rst, output reg [W-1:0] code);
  reg [W-1:0] count;
  always @(posedge clk)
    if (rst) begin count <= 0; code <= 0; end
    else begin count <= count + 1'b1; code <= count ^ (count >> 1); end
endmodule
"""
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite" / "gray.v").write_text(design)
    suites = Suites([str(tmp_path / "suite")])
    renamed = design.replace("gray", "sequence_of_codes").replace("count", "n").replace("code", "out_value")
    form = Form("// my own\n" + renamed, "verilog")
    assert suites.program(form, form.definitions) == "gray.v"
    other = Form(design.replace("count ^ (count >> 1)", "~count").replace("+ 1'b1", "- 2'b11"), "verilog")
    assert suites.program(other, other.definitions) is None


def test_a_thousand_programs_in_five_dresses_are_a_thousand_clusters():
    """Programs of random operations; variants have other names, other layout, or a line that does nothing."""
    rng = random.Random(7)
    clusters = Clusters(THRESHOLD)
    members: list[set[int]] = []
    for _ in range(200):
        lines = [
            f"    t{rng.randrange(4)} = {rng.choice(('abs', 'hash', 'len', 'int', 'bool', 'repr'))}"
            f"(t{rng.randrange(4)}) {rng.choice('+-*/%&|^')} {rng.randrange(1000)}\n"
            for _ in range(rng.randrange(12, 20))
        ]
        body = "def f(t0, t1, t2, t3):\n" + "".join(lines) + "    return t0\n"
        dresses = (
            body,
            body.replace("t0", "alpha").replace("t1", "beta").replace("def f", "def solve"),
            body.replace("    ", "  ").replace(" = ", "=(", 1).replace("\n", ")\n", 2).replace(":)", ":", 1),
            "# a comment\n" + body.replace("):\n", "):\n    'Words.'\n", 1),
            body.replace("    return", "    t0 = t0\n    return"),
        )
        forms = [Form(text, "python") for text in dresses]
        members.append({clusters.add(form.exact, form.shingles) for form in forms})
    found = [{clusters.cluster(member) for member in group} for group in members]
    assert all(len(group) == 1 for group in found)
    assert len(set.union(*found)) == 200


def test_tasks_whose_solutions_share_a_function_are_one_cluster(cli, making, tmp_path):
    helper = (
        "def spread(xs):\n    low, high = min(xs), max(xs)\n    if high == low:\n        return 0\n"
        "    return (high - low) * len(xs) // (high + low)\n\n\n"
    )
    renamed = (
        helper.replace("spread", "extent").replace("xs", "values").replace("low", "a").replace("high", "b")
    )
    larger, vowels, evens = (
        making.tasks_of(tmp_path, name, making.MODULES[name])[0] for name in ("larger", "vowels", "evens")
    )
    with Store.open(str(tmp_path / "store.sqlite")) as store:
        solution = f"{helper}def larger(a, b):\n    return max(a, b) if spread([a, b]) else a\n"
        making.write_run(store, larger, [(solution, making.PASS)])
        solution = f"def vowels(word):\n    return sum(c in 'aeiou' for c in word)\n\n\n{renamed}"
        making.write_run(store, vowels, [(solution, making.PASS)])
        making.write_run(store, evens, [(making.PROGRAMS["evens"][2], making.PASS)])
    assert cli("export", "out", "--reverify", "none", "--splits", "train=1").code == 0
    (file,) = (tmp_path / "out" / "tasks").glob("*.parquet")
    clusters = {row["task_id"]: row["task_cluster"] for row in pq.read_table(file).to_pylist()}
    assert clusters[larger.id] == clusters[vowels.id] != clusters[evens.id]
