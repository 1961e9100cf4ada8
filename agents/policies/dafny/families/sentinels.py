"""Families about results that keep a value of their own until something is found, such as -1."""

from __future__ import annotations

from collections.abc import Iterator

from proofsmith.agents.policies.dafny.families.conditions import reads_elements, tests_in
from proofsmith.agents.policies.dafny.formula import Formula, enclosed, formula, negated
from proofsmith.agents.policies.dafny.goals import Goal
from proofsmith.agents.policies.dafny.setting import Guess, Setting, tidy
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_domains import names_in
from proofsmith.dafny.nodes import walk

_MOST_VARIABLES, _MOST_TESTS = 3, 6


def sentinels(s: Setting, goals: list[Goal]) -> Iterator[Guess]:
    """What holds while a variable has its first value, and what of the index found once it has not."""
    tests = [t for t in tests_in(s, s.loop) if reads_elements(t) and s.known(t.text)]
    kept = list(_kept(s))[:_MOST_VARIABLES]
    for v, start in kept:
        nothing, something = f"{v} == {start}", f"{v} != {start}"
        for goal in (g.formula for g in goals):
            if v in goal.names and s.known(goal.text):
                yield Guess(f"{something} ==> {enclosed(tidy(goal))}", "sentinels", 1.4)
        for i in (i for i in s.moving if i in s.indices and (i, s.loop.starts.get(i)) not in kept):
            yield Guess(f"{something} ==> 0 <= {v} < {i}", "sentinels", 1.5)
            yield Guess(f"{something} ==> {i} < {v}", "sentinels", 0.7)
            for test in [t for t in tests if i in t.names and v not in t.names][:_MOST_TESTS]:
                yield from _said_of(test, i, v, (nothing, something))


def _kept(s: Setting) -> Iterator[tuple[str, str]]:
    """Integer variables that begin with a plain value, and neither count nor limit the loop."""
    guard = s.loop.guard
    limits = {
        name
        for node in (walk(guard.tree) if guard is not None else ())
        if isinstance(node, ex.Comparison) and set(node.operators) & {"<", "<=", ">", ">="}
        for name in names_in(node)
    }
    for v in (v for v in s.moving if v not in limits):
        start = s.loop.starts.get(v, "")
        first = formula(start)
        if first is None or first.free & s.loop.assigned or len(start) > 16:
            continue
        stays = [a.vars.get(v) == b.vars.get(v) for a, b in s.states.steps]
        if any(stays) and v not in s.stepping:
            yield v, start


def _said_of(test: Formula, i: str, v: str, cases: tuple[str, str]) -> Iterator[Guess]:
    nothing, something = cases
    at, there = test.substituted({i: "k0"}), test.substituted({i: v})
    if at is None or there is None or "k0" in test.names:
        return
    for yes, no in ((there.text, negated(at.text)), (negated(there.text), at.text)):
        yield Guess(f"{nothing} ==> forall k0 :: 0 <= k0 < {i} ==> {enclosed(no)}", "sentinels", 1.5)
        yield Guess(f"{something} ==> {enclosed(yes)}", "sentinels", 1.4)
        for span in (f"0 <= k0 < {v}", f"{v} < k0 < {i}"):
            yield Guess(f"{something} ==> forall k0 :: {span} ==> {enclosed(no)}", "sentinels", 1.3)
