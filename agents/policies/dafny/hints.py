"""Assertions that are always true and lemma calls, which show the verifier a way at one point."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from proofsmith.agents.policies.dafny.context import LoopContext, MethodContext
from proofsmith.agents.policies.dafny.setting import Setting
from proofsmith.agents.policies.dafny.weave import Addition
from proofsmith.dafny import statements as st
from proofsmith.dafny.declarations import Method
from proofsmith.dafny.nodes import Statement, Type

_MOST = 14
"""So many hints at one point at most."""
_ROWS = ("seq", "string")


def unfoldings(
    method: MethodContext, settings: Sequence[Setting], guesses: Iterable[str] = ()
) -> list[Addition]:
    """Return assertions that take one element off a sequence, and that name a whole one as a slice.

    Only of those rows of whose parts the method or one of the `guesses` speaks.
    """
    spoken = "\n".join((method.text(method.node), *guesses))
    if ".." not in method.program.source and ".." not in spoken:
        return []
    found = [_hint(_begin(method), t, method) for t in _views(method)]
    for s in settings:
        if not isinstance(s.loop.node, st.WhileCases):
            start, _ = inside(method, s.loop)
            found += [_hint(start, t, method) for t in list(_one_more(s, spoken))[:_MOST]]
            found += [_hint(start, t, method) for t in list(_first_and_last(s))[:_MOST]]
            behind = method.program.tokens[s.loop.node.last].start
            found += [_hint(behind, t, method) for t in list(_cut(s))[:_MOST]]
            if s.loop.written:
                found += [_hint(start, t, method) for t in _views(method)]
    found += [_hint(_end(method), t, method) for t in _wholes(method)]
    return found


def _one_more(s: Setting, spoken: str) -> Iterator[str]:
    """``s[..i + 1] == s[..i] + [s[i]]`` and ``s[i..] == [s[i]] + s[i + 1..]``, where they are defined."""
    rows = [(a, f"{a}.Length") for a in s.arrays] + [(q, f"|{q}|") for q in s.sequences]
    text = _dense(s)
    for i in s.indices:
        if i not in s.loop.assigned:
            continue
        for row, size in rows:
            if row in s.loop.assigned or f"{row}[{i}" not in text or not _has_parts(row, spoken):
                continue
            yield f"assert 0 <= {i} < {size} ==> {row}[..{i} + 1] == {row}[..{i}] + [{row}[{i}]];"
            yield f"assert 0 <= {i} < {size} ==> {row}[{i}..] == [{row}[{i}]] + {row}[{i} + 1..];"
            yield f"assert 0 < {i} <= {size} ==> {row}[..{i}] == {row}[..{i} - 1] + [{row}[{i} - 1]];"


def _has_parts(row: str, spoken: str) -> bool:
    """Whether a text speaks of a part of a row, and not only of the whole."""
    return re.search(rf"(?<![\w'.]){re.escape(row)}\s*\[(?!\s*\.\.\s*\])[^\]]*\.\.", spoken) is not None


def _first_and_last(s: Setting) -> Iterator[str]:
    """A sequence that the loop changes is its first element and the rest, and the other way round."""
    for q in s.sequences:
        if q in s.loop.assigned:
            yield f"assert |{q}| > 0 ==> {q} == [{q}[0]] + {q}[1..];"
            yield f"assert |{q}| > 0 ==> {q} == {q}[..|{q}| - 1] + [{q}[|{q}| - 1]];"


def _cut(s: Setting) -> Iterator[str]:
    """A sequence is what stands before an index and what stands behind it."""
    text = _dense(s)
    for i in s.moving:
        for q in s.sequences:
            if f"{q}[..{i}]" in text or f"{q}[{i}..]" in text:
                yield f"assert 0 <= {i} <= |{q}| ==> {q} == {q}[..{i}] + {q}[{i}..];"


def _dense(s: Setting) -> str:
    """The method's text without blanks."""
    return "".join(s.method.text(s.method.node).split())


def _views(method: MethodContext) -> Iterator[str]:
    """That an array's elements are those of the sequence that it is, where the specification reads that.

    A prover does not find ``a[..][k]`` by itself where only ``a[k]`` is mentioned.
    """
    spec = "\n".join(" ".join(f.words) for f in (*method.requires, *method.ensures))
    for parameter in method.node.parameters:
        a = parameter.name
        if parameter.type is not None and parameter.type.name == "array" and _read_whole(a, spec):
            yield f"assert forall k :: 0 <= k < {a}.Length ==> {a}[..][k] == {a}[k];"


def _read_whole(array: str, spec: str) -> bool:
    """Whether words with blanks between them have ``a[..]`` not only where it is taken as a multiset."""
    whole = f"{array} [ .. ]"
    rest = spec.replace(f"multiset ( {whole} )", "").replace(f"multiset ( old ( {whole} ) )", "")
    return re.search(rf"(?<![\w'.]){re.escape(whole)}", rest) is not None


def _wholes(method: MethodContext) -> Iterator[str]:
    scope = {v.name: v.type for v in (*method.node.parameters, *method.node.results)}
    for row, size in _rows(scope):
        whole = row if size.startswith("|") else f"{row}[..]"
        yield f"assert {row}[..{size}] == {whole};"


def _rows(scope: dict[str, Type | None]) -> Iterator[tuple[str, str]]:
    for name, declared in scope.items():
        if declared is None:
            continue
        if declared.name in _ROWS:
            yield name, f"|{name}|"
        elif declared.name == "array":
            yield name, f"{name}.Length"


def lemma_calls(method: MethodContext) -> list[Addition]:
    """Return calls of the program's lemmas with variables and simple terms, at the ends and in the loops."""
    lemmas = [c for c in method.program.callables() if isinstance(c, Method) and c.is_lemma and not c.results]
    found: list[Addition] = []
    for lemma in lemmas:
        if lemma is method.node:
            continue
        for loop in method.loops:
            if isinstance(loop.node, st.WhileCases):
                continue
            start, end = inside(method, loop)
            for text in _calls(lemma, loop.scope, sorted(loop.assigned)):
                found += [_hint(start, text, method), _hint(end, text, method)]
        scope: dict[str, Type | None] = {v.name: v.type for v in method.node.parameters}
        for text in _calls(lemma, scope, []):
            found.append(_hint(_begin(method), text, method))
    return found


def _calls(lemma: Method, scope: dict[str, Type | None], moving: list[str]) -> Iterator[str]:
    choices = []
    for p in lemma.parameters:
        choices.append(list(_arguments(p.type, scope, moving))[:6])
    for k, chosen in enumerate(product(*choices)):
        if k >= _MOST:
            return
        yield f"{lemma.name}({', '.join(chosen)});"


def _arguments(declared: Type | None, scope: dict[str, Type | None], moving: list[str]) -> Iterator[str]:
    if declared is None:
        return
    names = [n for n, t in scope.items() if t is not None and _alike(t, declared)]
    if declared.name in ("int", "nat"):
        names += [n for n in moving if scope.get(n) is None]
    names.sort(key=lambda n: n not in moving)
    yield from names
    if declared.name in _ROWS:
        for row, size in _rows(scope):
            if not size.startswith("|"):
                yield f"{row}[..]"
            for i in moving[:2]:
                yield f"{row}[..{i}]"
    if declared.name in ("int", "nat"):
        for n in names[:2]:
            yield f"{n} - 1"
            yield f"{n} + 1"


def _alike(a: Type, b: Type) -> bool:
    ints = ("int", "nat")
    return a == b or (a.name in ints and b.name in ints) or (a.name == b.name and not b.arguments)


# -- points ----------------------------------------------------------------------------------


def inside(method: MethodContext, loop: LoopContext) -> tuple[int, int]:
    """Offsets of the first and behind the last statement of a loop's body."""
    tokens = method.program.tokens
    node = loop.node
    if isinstance(node, st.WhileCases) or node.body is None:
        return loop.offset, loop.offset
    return tokens[node.body.first + 1].start, tokens[node.body.last - 1].start


def _begin(method: MethodContext) -> int:
    assert method.node.body is not None
    return method.program.tokens[method.node.body.first + 1].start


def _end(method: MethodContext) -> int:
    """Offset of the last point of a method: before its last return, or its closing brace."""
    body = method.node.body
    assert body is not None
    last: Statement | None = body.statements[-1] if body.statements else None
    if isinstance(last, st.Jump):
        return method.program.tokens[last.first].start
    return method.program.tokens[body.last - 1].start


def _hint(offset: int, text: str, method: MethodContext) -> Addition:
    family = "unfolding" if text.startswith("assert") else "lemma-call"
    return Addition(offset, text, family, method.name, rank=5, promise=3.5)
