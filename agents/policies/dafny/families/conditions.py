"""Families about the conditions that a loop tests: what they say of everything passed so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from proofsmith.agents.policies.dafny.context import LoopContext
from proofsmith.agents.policies.dafny.families.elements import ranges
from proofsmith.agents.policies.dafny.formula import Formula, enclosed, formula, negated
from proofsmith.agents.policies.dafny.setting import Guess, Setting
from proofsmith.dafny import expressions as ex
from proofsmith.dafny import statements as st
from proofsmith.dafny.interpret_domains import conjuncts, stripped
from proofsmith.dafny.nodes import walk

_DEEP = 2
"""So often definitions are put in for local variables."""


def conditions(s: Setting) -> Iterator[Guess]:
    """Conditions tested in the loop at the index, said of all indices passed: true of them, or false."""
    tests = list(_tests(s))
    for i in s.indices:
        for test in tests:
            if i not in test.names or not reads_elements(test):
                continue
            at = test.substituted({i: "k0"})
            if at is None or "k0" in test.names or not s.known(test.text):
                continue
            sizes = _overshot(s, at) if i in s.leaping else []
            for low, high in ranges(s, i):
                if i not in (low, high) and f"{i} + 1" not in (low, high):
                    continue
                for said in (negated(at.text), at.text):
                    text = f"forall k0 :: {low} <= k0 < {high} ==> {enclosed(said)}"
                    yield Guess(text, "conditions", 1.4)
                    for size in sizes:
                        within = f"{low} <= k0 < {high} && k0 < {size}"
                        yield Guess(f"forall k0 :: {within} ==> {enclosed(said)}", "conditions", 1.2)
    for test in tests:
        if s.known(test.text):
            yield Guess(test.text, "conditions", 0.5)
            yield Guess(negated(test.text), "conditions", 0.5)


def _overshot(s: Setting, at: Formula) -> list[str]:
    """The sizes of the rows that a formula about the index ``k0`` reads at it."""
    rows = {at.at(n.target) for n in walk(at.tree) if isinstance(n, ex.Index) and at.at(n.indices[0]) == "k0"}
    return [f"{r}.Length" if r in s.arrays else f"|{r}|" for r in sorted(rows)]


def flags(s: Setting) -> Iterator[Guess]:
    """What a truth value that the loop sets says of the part passed."""
    for b in s.of_kind("bool"):
        if b not in s.loop.assigned:
            continue
        yield Guess(b, "flags", 3.0)
        yield Guess(f"!{b}", "flags", 3.0)
        for test in _tests(s):
            if b in test.names:
                continue
            for i in s.indices:
                at = test.substituted({i: "k0"})
                if i in test.names and at is not None and "k0" not in test.names:
                    for said in (at.text, negated(at.text)):
                        some = f"exists k0 :: 0 <= k0 < {i} && {enclosed(said)}"
                        every = f"forall k0 :: 0 <= k0 < {i} ==> {enclosed(said)}"
                        yield Guess(f"{b} ==> {some}", "flags", 1.0)
                        yield Guess(f"!{b} ==> {some}", "flags", 1.0)
                        yield Guess(f"{b} ==> {every}", "flags", 1.0)
                        yield Guess(f"!{b} ==> {every}", "flags", 1.0)


def _tests(s: Setting) -> Iterator[Formula]:
    """The conditions in the loop: its guard, those of branches and of loops inside."""
    yield from tests_in(s, s.loop)


def tests_in(s: Setting, loop: LoopContext) -> Iterator[Formula]:
    """Yield the conditions in a loop, with what local variables stand for put in."""
    seen = set()
    meanings = local_definitions(s, loop)
    for node in walk(loop.node):
        guard = getattr(node, "guard", None) if isinstance(node, st.If | st.While | st.Alternative) else None
        if guard is None or isinstance(guard, ex.Star | ex.BindingGuard):
            continue
        for part in dict.fromkeys((*conjuncts(guard), guard)):
            found = formula(s.method.text(part))
            for _ in range(_DEEP):
                found = found.substituted(meanings) if found is not None else None
            if found is not None and found.text not in seen and found.size < 60:
                seen.add(found.text)
                yield found


def local_definitions(s: Setting, loop: LoopContext) -> dict[str, str]:
    """What the variables stand for that are declared in a loop and keep their first value."""
    declared: dict[str, str] = {}
    written: Counter[str] = Counter()
    for node in walk(loop.node):
        if isinstance(node, st.VarDeclaration):
            written.update(v.name for v in node.variables)
            if node.operator == ":=" and len(node.variables) == len(node.values):
                for variable, value in zip(node.variables, node.values, strict=True):
                    if not isinstance(value, st.New | ex.Star):
                        declared[variable.name] = s.method.text(value)
        elif isinstance(node, st.Assign):
            written.update(n.name for t in node.targets if isinstance(n := stripped(t), ex.Name))
    return {n: text for n, text in declared.items() if written[n] == 1}


def reads_elements(test: Formula) -> bool:
    """Return whether a condition reads an element, or calls a function."""
    return any(isinstance(n, ex.Index | ex.Call) for n in walk(test.tree))


def pairs(s: Setting) -> Iterator[Guess]:
    """A condition tested in an inner loop, said of an index passed and all of the inner loop."""
    inner = [m for m in s.method.loops if any(o.key == s.loop.key for o in m.outer[:1])]
    for m in inner:
        for j in sorted(m.assigned & m.starts.keys()):
            for end in _ends(m, j):
                for test in tests_in(s, m):
                    yield from _of_pairs(s, test, j, (m.starts[j], end))


def _ends(loop: LoopContext, index: str) -> Iterator[str]:
    """What an index that counts up stays below, and what one that counts down has begun below."""
    for part in conjuncts(loop.guard.tree if loop.guard is not None else None):
        if isinstance(part, ex.Comparison) and len(part.operators) == 1:
            assert loop.guard is not None
            left, right = (loop.guard.at(o) for o in part.operands)
            if left == index and part.operators[0] in ("<", "!="):
                yield right
            elif right == index and part.operators[0] in (">", "!="):
                yield left
            elif left == index and part.operators[0] == "<=":
                yield f"{right} + 1"


def _of_pairs(s: Setting, test: Formula, j: str, span: tuple[str, str]) -> Iterator[Guess]:
    for i in s.moving:
        names = {i: "p0", j: "q0"}
        at = test.substituted(names) if {i, j} <= test.names else None
        low, high = (f.substituted(names) if (f := formula(t)) is not None else None for t in span)
        if at is None or low is None or high is None:
            continue
        for first, last in ranges(s, i):
            if i in (first, last) or f"{i} + 1" in (first, last):
                for said in (negated(at.text), at.text):
                    within = f"{first} <= p0 < {last} && {low.text} <= q0 < {high.text}"
                    yield Guess(f"forall p0, q0 :: {within} ==> {enclosed(said)}", "pairs", 1.6)
