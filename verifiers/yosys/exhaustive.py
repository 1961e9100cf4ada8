"""Deciding by trying every input, many at once: for arithmetic of few bits, which SAT is slow at."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from proofsmith.verifiers.yosys.aig import NO, YES, Aig

MAX_INPUTS = 26
_TOGETHER = 18
"""So many inputs are tried at once: 2 ** 18 patterns in a row of bits."""
_SPEED = 5e9
"""Gates times patterns evaluated a second, on a slow machine."""

Row = NDArray[np.uint64]
_FULL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


def exhausted(aig: Aig, bad: int, seconds: float) -> dict[str, int] | bool:
    """Try every input of a graph without state.

    Returns the values of inputs for which `bad` is 1, ``True`` if there are none, and ``False``
    where that cannot be found out within `seconds`.
    """
    deadline = time.monotonic() + seconds
    graph, root = aig.restricted({}, bad)
    if root in (NO, YES):
        return root == NO
    cone = graph.cone([root])
    inputs = [(literal, name) for literal, name in graph.inputs if literal in cone]
    if len(inputs) > MAX_INPUTS or (graph.size << len(inputs)) / _SPEED > seconds:
        return False
    together = max(6, min(len(inputs), _TOGETHER))
    rows = _Rows(graph, root, [literal for literal, _ in inputs], together)
    for high in range(1 << max(0, len(inputs) - together)):
        if time.monotonic() > deadline:
            return False
        hit = rows.first(high)
        if hit is not None:
            row = hit | high << together
            return {name: row >> i & 1 for i, (_, name) in enumerate(inputs)}
    return True


class _Rows:
    """Evaluates a graph on 2 ** `together` patterns of its first inputs; the others are constants."""

    def __init__(self, graph: Aig, root: int, inputs: list[int], together: int) -> None:
        self._gates, self._root, self._inputs, self._together = graph.gates([root]), root, inputs, together
        self._size = 1 << (together - 6)
        self._patterns = [_pattern(i, self._size) for i in range(min(together, len(inputs)))]
        self._zero = np.zeros(self._size, np.uint64)
        self._one = np.full(self._size, _FULL)

    def first(self, high: int) -> int | None:
        """Return the first pattern that makes the root 1; bit i of `high` is the i-th constant input."""
        values: dict[int, Row] = {NO: self._zero, YES: self._one}
        for place, literal in enumerate(self._inputs):
            if place < len(self._patterns):
                row = self._patterns[place]
            else:
                row = self._one if high >> (place - self._together) & 1 else self._zero
            values[literal] = row
        for literal, (a, b) in self._gates:
            values[literal] = np.bitwise_and(_value(values, a), _value(values, b))
        hits = np.flatnonzero(_value(values, self._root))
        if not hits.size:
            return None
        word = int(_value(values, self._root)[hits[0]])
        return int(hits[0]) * 64 + (word & -word).bit_length() - 1


def _value(values: dict[int, Row], literal: int) -> Row:
    found = values.get(literal)
    if found is None:
        found = values[literal] = np.bitwise_not(values[literal & ~1])
    return found


def _pattern(place: int, size: int) -> Row:
    """The row whose bit k is bit `place` of k."""
    if place < 6:
        block = ((1 << (1 << place)) - 1) << (1 << place)
        word = sum(block << shift for shift in range(0, 64, 2 << place))
        return np.full(size, np.uint64(word))
    chosen = (np.arange(size) >> (place - 6)) & 1
    return np.where(chosen == 1, _FULL, np.uint64(0))
