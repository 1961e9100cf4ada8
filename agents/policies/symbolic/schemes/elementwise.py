"""Results that follow a sequence element by element: deduced maps and filters.

Where the results are as long as a sequence, each of its elements has a known image; where they are
subsequences, each element is known to be kept or dropped. So one element of the examples is one row,
and the body or the condition is searched for alone (deduction as in lambda^2, Feser et al., 2015).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from proofsmith.agents.policies.symbolic.conditionals import Leaf, Tree, unify
from proofsmith.agents.policies.symbolic.enumerate import Enumerator
from proofsmith.agents.policies.symbolic.expr import (
    FAILED,
    Env,
    Expr,
    Names,
    compiled,
    constant,
    listed,
    render,
    variable,
)
from proofsmith.agents.policies.symbolic.goal import Goal
from proofsmith.agents.policies.symbolic.problem import Problem
from proofsmith.agents.policies.symbolic.program import Program, make
from proofsmith.agents.policies.symbolic.schemes.base import Stop, advance, results
from proofsmith.agents.policies.symbolic.schemes.sources import Source, sources
from proofsmith.agents.policies.symbolic.types import BOOL, CHR, INT, STR, Type
from proofsmith.agents.policies.symbolic.workspace import Workspace

MAX_ROWS = 60
MIN_ROWS = 3
Images = list[list[Any]]
"""For each example, the image of each element of the source."""


def images_of(problem: Problem, source: Source) -> tuple[str, Type, Images] | None:
    """Return how the results follow the source: ``map``, ``text`` or ``words``, and the images."""
    target = problem.goal.target
    columns = source.expr.vals[: len(target)]
    if any(c is FAILED or c is None for c in columns):
        return None
    listed_ = problem.returns.name == "list" and all(t is not None for t in target)
    if listed_ and all(len(c) == len(t) for c, t in zip(columns, target, strict=True)):
        return "map", problem.returns.args[0], [list(t) for t in target]
    if problem.returns is STR and all(isinstance(t, str) for t in target):
        if source.element is CHR and all(len(c) == len(t) for c, t in zip(columns, target, strict=True)):
            return "text", CHR, [list(t) for t in target]
        if source.element is STR:
            words = [t.split(" ") if t else [] for t in target]
            if all(len(c) == len(w) for c, w in zip(columns, words, strict=True)):
                return "words", STR, [list(w) for w in words]
    return None


def kept_of(problem: Problem, source: Source) -> tuple[str, Type, Images] | None:
    """Return which elements of the source the results keep, if they are subsequences of it."""
    target = problem.goal.target
    text = problem.returns is STR
    if text != (source.element is CHR) or not (text or problem.returns.args[:1] == (source.element,)):
        return None
    images: Images = []
    for column, wanted in zip(source.expr.vals, target, strict=False):
        if column is FAILED or column is None or wanted is None:
            return None
        left = list(wanted)
        by_value = [x for x in column if x in left] == left
        flags = []
        for x in column:
            keep = x in wanted if by_value else bool(left) and left[0] == x
            flags.append(keep)
            if keep and left:
                left.pop(0)
        if left:
            return None
        images.append(flags)
    if all(all(f) for f in images) or not any(any(f) for f in images):
        return None
    return ("keeptext" if text else "keep"), BOOL, images


class Elementwise:
    """A map (``[f(x) for x in xs]``) or filter whose body is deduced from the elements' images."""

    def __init__(
        self, workspace: Workspace, source: Source, how: tuple[str, Type, Images], index: int
    ) -> None:
        self._workspace = workspace
        self._source = source
        self._kind, type_, images = how
        self.name = f"{'filter' if self._kind.startswith('keep') else 'map'}-{index}"
        word = "Keep the right elements" if self._kind.startswith("keep") else "Transform each element"
        self.thought = f"{word} of {_shown(workspace.problem, source.expr)}."
        self.prior = 2.0
        self.evaluated = 0
        self._rows = _rows(workspace.problem, source, images)
        goal = Goal(type_, [image for _, _, image in self._rows if image is not FAILED])
        self._bank = Enumerator(workspace.simple_ops, self._leaves(), goal, capacity=20_000)
        self._bank.uses_floats()
        self._taken = 0
        self._known: set[tuple[str, ...]] = set()

    @property
    def exhausted(self) -> bool:
        """See `Scheme`."""
        return self._bank.exhausted

    def _leaves(self) -> list[Expr]:
        problem, rows = self._workspace.problem, self._rows
        depth = len(problem.names)
        element = self._source.element
        cells = [cell for _, (cell, _), _ in rows]
        leaves = [
            variable(name, slot, type_, 2, tuple(problem.rows[r][slot] for r, _, _ in rows))
            for slot, (name, type_) in enumerate(zip(problem.names, problem.types, strict=True))
        ]
        leaves.append(variable("element", depth, element, 1, tuple(cells)))
        for k, part in enumerate(element.args if element.name == "tuple" else ()):
            leaves.append(variable("part", depth + 1 + k, part, 1, tuple(c[k] for c in cells)))
        at = depth + 1 + (len(element.args) if element.name == "tuple" else 0)
        leaves.append(variable("index", at, INT, 3, tuple(k for _, (_, k), _ in rows)))
        leaves += [constant(c.value, c.text, c.type, c.cost, len(rows)) for c in problem.constants]
        return leaves

    def turn(self, evaluations: int, stop: Stop) -> list[Program]:
        """See `Scheme.turn`."""
        self.evaluated += advance(self._bank, evaluations, stop)
        fresh: list[Tree] = [Leaf(e.cost, e) for e in self._bank.fits[self._taken :][:20]]
        self._taken = len(self._bank.fits)
        if not fresh and self._bank.goal is not None and self._bank.goal.type is not BOOL:
            tree = unify(self._bank, depth=2)
            fresh = [tree] if tree is not None else []
        programs = []
        for tree in fresh:
            program = self._program(tree)
            if program.body not in self._known:
                self._known.add(program.body)
                programs.append(program)
        return programs

    def _program(self, tree: Tree) -> Program:
        problem, source = self._workspace.problem, self._source
        body, target, iterated = self._written(tree)
        if self._kind == "map":
            text = f"[{body} for {target} in {iterated}]"
        elif self._kind == "text":
            text = f'"".join({body} for {target} in {iterated})'
        elif self._kind == "words":
            text = f'" ".join({body} for {target} in {iterated})'
        else:
            element = f"({target})" if self._source.element.name == "tuple" else target.split(", ")[-1]
            inner = f"{element} for {target} in {iterated} if {body}"
            text = f"[{inner}]" if self._kind == "keep" else f'"".join({inner})'
        run = self._runner(tree)
        vals = results(problem.rows, run)
        parts = (source.expr, *tree.parts())
        cost = source.expr.cost + tree.cost + 3
        made = make(problem, self.name, (f"return {text}",), parts, cost, run, vals)
        return replace(made, branches=tree.leaves - 1)

    def _runner(self, tree: Tree) -> Callable[[Env], Any]:
        depth = len(self._workspace.problem.names)
        element = self._source.element
        wide = element.name == "tuple"
        body = _tree_runner(tree, depth + 2 + (len(element.args) if wide else 0))
        source = compiled(self._source.expr, depth)
        kind = self._kind

        def run(env: Env) -> Any:
            cells = source(env)
            images = [body((*env, c, *(c if wide else ()), k)) for k, c in enumerate(cells)]
            if kind == "map":
                return tuple(images)
            if kind in ("text", "words"):
                return ("" if kind == "text" else " ").join(images)
            kept = [c for c, keep in zip(cells, images, strict=True) if keep]
            return tuple(kept) if kind == "keep" else "".join(kept)

        return run

    def _written(self, tree: Tree) -> tuple[str, str, str]:
        """Return the source texts of the body, the loop's target and what it goes through."""
        problem, expr, element = self._workspace.problem, self._source.expr, self._source.element
        depth = len(problem.names)
        used = {p.slot for part in tree.parts() for p in part.walk() if p.slot is not None}
        at = depth + 1 + (len(element.args) if element.name == "tuple" else 0)
        names = Names(set(problem.names))
        iterated = render(expr, problem.names, names)
        counter = expr.op is not None and expr.op.name.startswith("range")
        if element.name == "tuple":
            letters = [n for n in "abcdefgh" if n not in names.taken][: len(element.args)]
            scope: tuple[str, ...] = (f"({', '.join(letters)})", *letters)
            target = ", ".join(letters)
        else:
            name = names.fresh(element, counter)
            scope, target = (name,), name
        index = names.within(*scope, target).fresh(INT, index=True)
        if at in used:
            target = f"{index}, ({target})" if element.name == "tuple" else f"{index}, {target}"
            iterated = f"enumerate({iterated})"
        scope = (*problem.names, *scope, index)
        return _text(tree, scope, names.within(*scope)), target, iterated


def _text(tree: Tree, scope: tuple[str, ...], names: Names) -> str:
    if isinstance(tree, Leaf):
        return listed(tree.term, render(tree.term, scope, names))
    test = render(tree.test, scope, names)
    return f"({_text(tree.yes, scope, names)}) if ({test}) else ({_text(tree.no, scope, names)})"


def _tree_runner(tree: Tree, depth: int) -> Callable[[Env], Any]:
    if isinstance(tree, Leaf):
        return compiled(tree.term, depth)
    test = compiled(tree.test, depth)
    yes, no = _tree_runner(tree.yes, depth), _tree_runner(tree.no, depth)
    return lambda env: yes(env) if test(env) else no(env)


def _shown(problem: Problem, expr: Expr) -> str:
    return render(expr, problem.names, Names(set(problem.names)))


def _rows(problem: Problem, source: Source, images: Images) -> list[tuple[int, tuple[Any, int], Any]]:
    """Return (row, (element, index), image): those with a known image first, then those of the probes."""
    known: list[tuple[int, tuple[Any, int], Any]] = []
    probes: list[tuple[int, tuple[Any, int], Any]] = []
    for r, column in enumerate(source.expr.vals):
        if column is FAILED or column is None:
            continue
        for k, cell in enumerate(column):
            if r < len(images):
                known.append((r, (cell, k), images[r][k]))
            elif len(probes) < MAX_ROWS // 4:
                probes.append((r, (cell, k), FAILED))
    return known[:MAX_ROWS] + probes


def elementwise(workspace: Workspace) -> list[Elementwise]:
    """Return the deduced maps and filters that the examples allow, at most two of each."""
    found: list[Elementwise] = []
    problem = workspace.problem
    kinds: dict[str, int] = {}
    if problem.returns is not STR and problem.returns.name != "list":
        return []
    for source in sources(workspace):
        for how in (images_of(problem, source), kept_of(problem, source)):
            if how is None or sum(map(len, how[2])) < MIN_ROWS or kinds.get(how[0], 0) == 2:
                continue
            kinds[how[0]] = kinds.get(how[0], 0) + 1
            found.append(Elementwise(workspace, source, how, len(found) + 1))
    return found
