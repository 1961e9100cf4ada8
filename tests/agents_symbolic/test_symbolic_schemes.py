"""Each family of programs is found, fits, and generalises to inputs that were not shown."""

from __future__ import annotations

import ast
from typing import Any

import pytest

TASKS: dict[str, tuple[Any, ...]] = {
    "direct arithmetic": (
        ("perimeter", "width: int, height: int", "int", [((2, 3), 10), ((1, 1), 4), ((5, 8), 26)], ""),
        ((7, 1), 16),
    ),
    "float": (
        ("celsius", "f: float", "float", [((32.0,), 0.0), ((212.0,), 100.0), ((50.0,), 10.0)],
         "(f - 32) / 1.8"),
        ((68.0,), pytest.approx(20.0)),
    ),
    "filter": (
        ("long_words", "words: list[str], n: int", "list[str]",
         [((["a", "bee", "wasp"], 2), ["bee", "wasp"]), ((["ox", "dodo"], 3), ["dodo"])],
         "Return the words longer than n."),
        ((["cat", "horse"], 3), ["horse"]),
    ),
    "map by deduction": (
        ("shrink", "xs: list[int]", "list[int]", [(([1, 2, 3, 8],), [3, 1, 9, 4]), (([5, 10],), [15, 5])],
         "Halve the even numbers and triple the odd ones."),
        (([7, 6],), [21, 3]),
    ),
    "words": (
        ("shout", "text: str", "str", [(("a bc def",), "A CB FED"), (("xy z",), "YX Z")],
         "Reverse every word and write it in upper case."),
        (("no on",), "ON NO"),
    ),
    "sort by key": (
        ("by_last", "words: list[str]", "list[str]",
         [((["ab", "ca", "bc"],), ["ca", "ab", "bc"]), ((["xz", "yy", "zx"],), ["zx", "yy", "xz"])],
         "Sort the words by their last letter."),
        ((["pq", "qa"],), ["qa", "pq"]),
    ),
    "conditional": (
        ("sign", "x: int", "str",
         [((5,), "plus"), ((-3,), "minus"), ((0,), "none"), ((9,), "plus"), ((-10,), "minus"),
          ((1,), "plus"), ((-1,), "minus"), ((30,), "plus"), ((-22,), "minus")],
         "Positive, negative or zero."),
        ((77,), "plus"),
    ),
    "recurrence": (
        ("padovan", "n: int", "int",
         [((0,), 1), ((1,), 1), ((2,), 1), ((3,), 2), ((4,), 2), ((5,), 3), ((6,), 4), ((9,), 9)],
         "The n-th number of a sequence."),
        ((10,), 12),
    ),
    "fold": (
        ("horner", "digits: list[int]", "int", [(([1, 2, 3],), 66), (([4, 0],), 28), (([5],), 5)],
         "Read base seven digits as a number."),
        (([1, 0, 0],), 49),
    ),
    "while with a condition": (
        ("collatz", "n: int", "int",
         [((1,), 0), ((2,), 1), ((3,), 7), ((4,), 2), ((5,), 5), ((6,), 8), ((7,), 16), ((8,), 3),
          ((10,), 6)],
         "Halve what is even, take 3 * n + 1 of what is odd, and count the steps."),
        ((12,), 9),
    ),
    "while": (
        ("halvings", "n: int", "list[int]",
         [((20,), [20, 10, 5]), ((8,), [8, 4, 2, 1]), ((7,), [7]), ((10,), [10, 5])],
         "Halve the number while it is even."),
        ((12,), [12, 6, 3]),
    ),
    "dict": (
        ("prices", "stock: dict[str,int]", "list[str]",
         [(({"nut": 9, "tea": 3, "oat": 8},), ["nut", "oat"]), (({"rye": 7, "fig": 1},), ["rye"]),
          (({"dal": 2},), [])],
         "The keys whose value is more than 5."),
        (({"a": 6, "b": 2},), ["a"]),
    ),
    "helper function": (
        ("prime_sum", "xs: list[int]", "int", [(([2, 3, 4],), 5), (([9, 11, 13],), 24), (([1, 8],), 0)],
         "The sum of the prime numbers in the list."),
        (([17, 20, 23],), 40),
    ),
    "two lists in turn": (
        ("shuffle", "a: list[str], b: list[str]", "list[str]",
         [((["p"], ["q"]), ["p", "q"]), ((["x", "y"], ["1", "2"]), ["x", "1", "y", "2"]), (([], []), [])],
         "Riffle two packs."),
        ((["k", "l", "m"], ["u", "v", "w"]), ["k", "u", "l", "v", "m", "w"]),
    ),
    "any pair": (
        ("rising", "xs: list[int]", "bool",
         [(([1, 2, 3],), True), (([3, 2, 1],), False), (([1, 3, 2],), False), (([4, 6, 9, 10],), True),
          (([2, 1, 3],), False), (([0, 5],), True), (([6, 8, 7],), False), (([1, 4, 4],), False),
          (([2, 5, 6, 12],), True)],
         "Whether all adjacent elements are increasing."),
        (([1, 5, 9, 8],), False),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TASKS)
def test_a_program_of_each_family_is_found(lab: Any, name: str) -> None:
    task, (arguments, expected) = TASKS[name]
    made = lab.task(*task)
    source = lab.solve(made)
    ast.parse(source)
    assert lab.call(made, source, arguments) == expected


def test_none_is_a_result_like_any_other(lab: Any) -> None:
    task = lab.task(
        "biggest",
        "xs: list[int]",
        "int | None",
        [(([3, 9, 2],), 9), (([],), None), (([5],), 5), (([-4, -7],), -4)],
        "The largest element, or None for an empty list.",
    )
    source = lab.solve(task)
    assert lab.call(task, source, ([8, 1],)) == 8
    assert lab.call(task, source, ([],)) is None


def test_evidence_counts_like_examples(lab: Any) -> None:
    cases = [((2, 2), 4), ((0, 0), 0), ((1, 2), 3)]
    task = lab.task("combine", "a: int, b: int", "int", cases)
    evidence = (lab.example((3, 5), 15), lab.example((4, 4), 16), lab.example((1, 7), 7))
    contradicted = task.with_spec(task.spec.__class__(task.spec.signature, "", task.spec.examples[:2]))
    found = lab.Search().run(contradicted, evidence=evidence)
    assert found is not None
    assert lab.call(task, found.candidate.source, (6, 7)) == 42


def test_nothing_to_learn_from_is_said_at_once(lab: Any) -> None:
    assert lab.Search().run(lab.task("empty", "x: int", "int", [])) is None


def test_programs_read_as_written_by_a_person(lab: Any) -> None:
    task = lab.task(
        "squares",
        "xs: list[int]",
        "int",
        [(([1, 2, 3],), 14), (([4],), 16), (([],), 0), (([-2, 5],), 29)],
        "The sum of the squares.",
    )
    assert lab.solve(task) == "def squares(xs: list[int]) -> int:\n    return sum(x**2 for x in xs)\n"
