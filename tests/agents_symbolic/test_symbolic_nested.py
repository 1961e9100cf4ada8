"""Functions of nested lists: found by structural recursion, and right on lists that were not shown."""

from __future__ import annotations

from typing import Any

import pytest

NEST = [[], [4, 1, 9], [8, [3, 3], 0], [[6], [[2, [7]], 5], [], 1], [[[[2]]]]]
NEW = [[5, [[8]]], 2, [[], [1, [9, 4]]]]


def cases(*results: Any) -> list[tuple[tuple[Any], Any]]:
    return [((given,), result) for given, result in zip(NEST, results, strict=True)]


TASKS: dict[str, tuple[str, str, list[Any], tuple[Any, ...], Any]] = {
    "flatten": (
        "xs: list", "list[int]",
        cases([], [4, 1, 9], [8, 3, 3, 0], [6, 2, 7, 5, 1], [2]),
        (NEW,), [5, 8, 2, 1, 9, 4],
    ),
    "sum": ("xs: list", "int", cases(0, 14, 14, 21, 2), (NEW,), 29),
    "count leaves": ("xs: list", "int", cases(0, 3, 4, 5, 1), (NEW,), 6),
    "depth": ("xs: list", "int", cases(1, 1, 2, 4, 4), (NEW,), 4),
    "map over leaves": (
        "xs: list", "list",
        cases([], [5, 2, 10], [9, [4, 4], 1], [[7], [[3, [8]], 6], [], 2], [[[[3]]]]),
        (NEW,), [[6, [[9]]], 3, [[], [2, [10, 5]]]],
    ),
    "flatten and keep the even": (
        "xs: list", "list[int]", cases([], [4], [8, 0], [6, 2], [2]), (NEW,), [8, 2, 4],
    ),
    "contains": (
        "xs: list, wanted: int", "bool",
        [(([1, [2, [3]]], 3), True), (([1, [2, [3]]], 4), False), (([], 1), False), (([[7], 5], 7), True),
         (([[7], 5], 5), True), (([[[0, 2]], [1]], 3), False), (([6, [[8]], 1], 8), True),
         (([[9, [6]], 3], 6), True), (([[9, [6]], 3], 5), False), (([2, [5, [[1]]]], 1), True),
         (([2, [5, [[1]]]], 4), False), (([[[8]], 2], 3), False), (([[], [[4]]], 4), True),
         (([12, [[0], 3]], 0), True), (([12, [[0], 3]], 1), False)],
        (NEW, 9), True,
    ),
    "largest word": (
        "words: list", "int",
        [((["ab", ["c"]],), 2), (([["dodo"], [["x"], "yz"]],), 4), ((["cat"],), 3), (([["q", ["emu"]]],), 3)],
        ([["a", ["horse"]], "be"],), 5,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TASKS)
def test_a_function_of_nested_lists_is_found(lab: Any, name: str) -> None:
    parameters, returns, examples, arguments, expected = TASKS[name]
    made = lab.task("nest", parameters, returns, examples)
    source = lab.solve(made)
    assert lab.call(made, source, arguments) == expected, source


def test_the_recursion_reads_as_written_by_a_person(lab: Any) -> None:
    parameters, returns, examples, _, _ = TASKS["flatten"]
    assert lab.solve(lab.task("flat", parameters, returns, examples)) == (
        "def flat(xs: list) -> list[int]:\n"
        "    result = []\n"
        "    for x in xs:\n"
        "        if isinstance(x, list):\n"
        "            result.extend(flat(x))\n"
        "        else:\n"
        "            result.append(x)\n"
        "    return result\n"
    )
