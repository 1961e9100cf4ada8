"""Composed tasks: what they ask for, and that the real Dafny proves their known solutions."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from proofsmith.dafny.assumptions import assumptions
from proofsmith.dafny.declarations import Method
from proofsmith.dafny.expressions import Call, Name
from proofsmith.dafny.guards import check_additions
from proofsmith.dafny.nodes import walk
from proofsmith.dafny.parser import parse
from proofsmith.environments.dafny_composition import Composition, Part, compose, compositions, seed_of
from proofsmith.environments.dafny_seeds import SEEDS
from proofsmith.errors import BadInput
from proofsmith.verifiers.dafny.pool import DafnyPool

SHIPPED = Path(__file__).parents[2] / "examples/dafny/composition"


@pytest.fixture(scope="module")
def seeds() -> list[Part]:
    return [seed_of(text) for text in SEEDS]


@pytest.fixture(scope="module")
def shipped(seeds: list[Part]) -> tuple[Composition, ...]:
    return compositions(seeds, 20)


def calls(solution: str) -> dict[str, set[str]]:
    """Return which methods of a program each of its methods calls."""
    program = parse(solution)
    names = {m.name for m in program.callables() if isinstance(m, Method)}
    return {
        method.name: {
            n.callee.name for n in walk(method) if isinstance(n, Call) and isinstance(n.callee, Name)
        }
        & names
        for method in program.callables()
        if isinstance(method, Method)
    }


def test_the_seeds_fit_together(seeds: list[Part]) -> None:
    names = [n for part in seeds for n in (part.method, part.function)]
    assert len(set(names)) == len(names)
    assert {(p.takes, p.gives) for p in seeds} == {
        ("nat", "nat"), ("nat", "seq<nat>"), ("seq<nat>", "nat"), ("seq<nat>", "seq<nat>"),
    }  # fmt: skip


def test_a_task_is_its_solution_without_hints_and_the_guards_agree(shipped: tuple[Composition, ...]) -> None:
    for one in shipped:
        assert one.task != one.solution
        assert check_additions(one.task, one.solution) is None
        assert all("has no body" in a.what for a in assumptions(parse(one.task)))
        assert assumptions(parse(one.solution)) == ()


def test_every_method_is_called_from_the_outermost_one(shipped: tuple[Composition, ...]) -> None:
    for one in shipped:
        graph = calls(one.solution)
        assert len(graph) == one.methods >= 3
        reached, waiting = set(), {one.name}
        while waiting:
            reached |= waiting
            waiting = {callee for name in waiting for callee in graph[name]} - reached
        assert reached == set(graph)


def test_every_fourth_task_asks_for_a_body(shipped: tuple[Composition, ...]) -> None:
    missing = [
        sum(isinstance(m, Method) and m.body is None for m in parse(one.task).callables()) for one in shipped
    ]
    assert missing == [0, 0, 0, 1] * 5


def test_the_same_seed_gives_the_same_task(seeds: list[Part]) -> None:
    assert compose(seeds, random.Random(7)) == compose(reversed(seeds), random.Random(7))
    assert len({compose(seeds, random.Random(i)).name for i in range(20)}) > 10


def test_the_shipped_examples_are_the_generated_ones(shipped: tuple[Composition, ...]) -> None:
    files = sorted(SHIPPED.glob("*.dfy"))
    assert [f.read_text(encoding="utf-8") for f in files] == [one.task for one in shipped]


def test_programs_of_the_user_can_be_seeds(seeds: list[Part]) -> None:
    method = "method Inc(n: nat) returns (m: nat) ensures m == Next(n) { m := n + 1; }\n"
    own = seed_of(f"function Next(n: nat): nat {{ n + 1 }}\n{method}")
    assert (own.method, own.function, own.takes, own.gives) == ("Inc", "Next", "nat", "nat")
    assert any("Inc" in compose([own, *seeds], random.Random(i)).name for i in range(30))


@pytest.mark.parametrize(
    "text",
    [
        "method M(n: nat) returns (m: nat) ensures m > n { m := n + 1; }",
        "function F(n: int): int { n } method M(n: int) returns (m: int) ensures m == F(n) { m := n; }",
        "function F(n: nat): nat { n } method M(n: nat) returns (m: nat) requires n > 1 ensures m == F(n) {}",
        "function F(n: nat): nat { n } method M(n: nat) returns (m: nat) ensures m == F(m) { m := n; }",
        "function F(n: nat): nat { n } method M(n: nat) returns (m: nat) ensures m == F(n)",
    ],
)
def test_what_cannot_be_a_seed_is_said(text: str) -> None:
    with pytest.raises(BadInput, match="no method of the program can be composed"):
        seed_of(text)


def test_seeds_that_give_no_task_of_the_size_are_said(seeds: list[Part]) -> None:
    with pytest.raises(BadInput, match="no task of this size"):
        compose(seeds[:1], random.Random(0), methods=40)


def test_dafny_proves_the_solutions_and_not_the_tasks(
    dafny_pool: DafnyPool, shipped: tuple[Composition, ...]
) -> None:
    for one in (shipped[4], shipped[10], shipped[19]):
        assert dafny_pool.verify(one.solution, seconds=120).verified, one.name
    assert not dafny_pool.verify(shipped[4].task, seconds=60).verified


def test_dafny_proves_every_seed(dafny_pool: DafnyPool) -> None:
    assert dafny_pool.verify("\n".join(SEEDS), seconds=120).verified
