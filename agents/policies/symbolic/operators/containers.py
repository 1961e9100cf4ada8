"""Lists, tuples, sets, dicts, and the operators that take a function of the elements."""

from __future__ import annotations

import itertools
import operator as o
import statistics
from collections import Counter
from collections.abc import Callable
from typing import Any

from proofsmith.agents.policies.symbolic.operators import guards as g
from proofsmith.agents.policies.symbolic.operators.signature import Entry
from proofsmith.agents.policies.symbolic.types import FrozenDict

E = Entry
Seq = tuple[Any, ...]
Fn = Callable[[Any], Any]


def _accumulate(xs: Seq, fn: Any = o.add) -> Seq:
    return tuple(itertools.accumulate(xs, fn))


def _chunks(xs: Any, n: int) -> Seq:
    if n < 1:
        raise g.TooLarge
    return tuple(xs[i : i + n] for i in range(0, len(xs), n))


def _average(xs: Seq) -> float:
    return float(sum(xs) / len(xs))


LISTS = (
    E("len", "list[T]->int", len, "len({0})", 3),
    E("at", "list[T],int->T", o.getitem, "{0}[{1}]", 3),
    E("first", "tuple[T,U]->T", lambda p: p[0], "{0}[0]", 3),
    E("second", "tuple[T,U]->U", lambda p: p[1], "{0}[1]", 3),
    E("slice", "list[T],int,int->list[T]", lambda s, i, j: s[i:j], "{0}[{1}:{2}]", 5),
    E("from", "list[T],int->list[T]", lambda s, i: s[i:], "{0}[{1}:]", 4),
    E("upto", "list[T],int->list[T]", lambda s, i: s[:i], "{0}[:{1}]", 4),
    E("reverse", "list[T]->list[T]", lambda s: s[::-1], "{0}[::-1]", 4),
    E("step", "list[T],int->list[T]", lambda s, n: s[::n], "{0}[::{1}]", 6),
    E("evens", "list[T]->list[T]", lambda s: s[::2], "{0}[::2]", 6),
    E("odds", "list[T]->list[T]", lambda s: s[1::2], "{0}[1::2]", 6),
    E("concat", "list[T],list[T]->list[T]", g.concat, "{0} + {1}", 4),
    E("append", "list[T],T->list[T]", lambda s, x: (*s, x), "[*{0}, {1}]", 5),
    E("prepend", "T,list[T]->list[T]", lambda x, s: (x, *s), "[{0}, *{1}]", 6),
    E("single", "T->list[T]", lambda x: (x,), "[{0}]", 5),
    E("pairlist", "T,T->list[T]", lambda x, y: (x, y), "[{0}, {1}]", 5),
    E("tuple2", "T,U->tuple[T,U]", lambda x, y: (x, y), "({0}, {1})", 2),
    E("tuple3", "T,U,V->tuple[T,U,V]", lambda x, y, z: (x, y, z), "({0}, {1}, {2})", 2),
    E("repeat", "list[T],int->list[T]", g.repeat, "{0} * {1}", 6),
    E("sum", "list[int]->int", sum, "sum({0})", 3),
    E("sum", "list[float]->float", sum, "sum({0})", 3),
    E("sum", "tuple[int,int]->int", sum, "sum({0})", 5),
    E("sum", "tuple[int,int,int]->int", sum, "sum({0})", 4),
    E("prod", "list[int]->int", g.prod, "math.prod({0})", 6, "", "import math"),
    E("average", "list[float]->float", _average, "sum({0}) / len({0})", 7),
    E("average", "list[int]->float", _average, "sum({0}) / len({0})", 8),
    E(
        "median",
        "list[float]->float",
        statistics.median,
        "statistics.median({0})",
        12,
        "",
        "import statistics",
    ),
    E("max", "list[T]->T", max, "max({0})", 3, "o"),
    E("min", "list[T]->T", min, "min({0})", 3, "o"),
    E("sorted", "list[T]->list[T]", lambda s: tuple(sorted(s)), "sorted({0})", 4, "o"),
    E(
        "sortdown",
        "list[T]->list[T]",
        lambda s: tuple(sorted(s, reverse=True)),
        "sorted({0}, reverse=True)",
        6,
        "o",
    ),
    E("count", "list[T],T->int", lambda s, x: s.count(x), "{0}.count({1})", 4),
    E("index", "list[T],T->int", lambda s, x: s.index(x), "{0}.index({1})", 5),
    E("in", "T,list[T]->bool", lambda x, s: x in s, "{0} in {1}", 4),
    E("notin", "T,list[T]->bool", lambda x, s: x not in s, "{0} not in {1}", 5),
    E("all", "list[bool]->bool", all, "all({0})", 3),
    E("any", "list[bool]->bool", any, "any({0})", 3),
    E("range", "int->list[int]", g.range1, "range({0})", 3),
    E("range2", "int,int->list[int]", g.range2, "range({0}, {1})", 4),
    E("rangeto", "int->list[int]", lambda n: g.range2(1, n + 1), "range(1, {0} + 1)", 5),
    E("range2to", "int,int->list[int]", lambda a, b: g.range2(a, b + 1), "range({0}, {1} + 1)", 6),
    E("range3", "int,int,int->list[int]", g.range3, "range({0}, {1}, {2})", 7),
    E("rangelen", "list[T]->list[int]", lambda s: tuple(range(len(s))), "range(len({0}))", 5),
    E("rangelen", "str->list[int]", lambda s: tuple(range(len(s))), "range(len({0}))", 5),
    E("rangeprefix", "str->list[int]", lambda s: g.range2(1, len(s) + 1), "range(1, len({0}) + 1)", 8),
    E("rangeprefix", "list[T]->list[int]", lambda s: g.range2(1, len(s) + 1), "range(1, len({0}) + 1)", 8),
    E("tolist", "set[T]->list[T]", lambda s: tuple(sorted(s)), "sorted({0})", 3, "o"),
    E("set", "list[T]->set[T]", frozenset, "set({0})", 4),
    E("lenset", "set[T]->int", len, "len({0})", 3),
    E("union", "set[T],set[T]->set[T]", o.or_, "{0} | {1}", 4, "c"),
    E("meet", "set[T],set[T]->set[T]", o.and_, "{0} & {1}", 4, "c"),
    E("without", "set[T],set[T]->set[T]", o.sub, "{0} - {1}", 4),
    E("subset", "set[T],set[T]->bool", o.le, "{0}.issubset({1})", 5),
    E("inset", "T,set[T]->bool", lambda x, s: x in s, "{0} in {1}", 4),
    E("unique", "list[T]->list[T]", lambda s: tuple(dict.fromkeys(s)), "list(dict.fromkeys({0}))", 7),
    E("lendict", "dict[K,V]->int", len, "len({0})", 3),
    E("keys", "dict[K,V]->list[K]", tuple, "list({0})", 4),
    E("values", "dict[K,V]->list[V]", lambda d: tuple(d.values()), "list({0}.values())", 4),
    E("items", "dict[K,V]->list[tuple[K,V]]", lambda d: tuple(d.items()), "list({0}.items())", 4),
    E("get", "dict[K,V],K->V", o.getitem, "{0}[{1}]", 4),
    E("getor", "dict[K,V],K,V->V", lambda d, k, v: d.get(k, v), "{0}.get({1}, {2})", 6),
    E("haskey", "K,dict[K,V]->bool", lambda k, d: k in d, "{0} in {1}", 4),
    E("merge", "dict[K,V],dict[K,V]->dict[K,V]", lambda a, b: FrozenDict({**a, **b}), "{{**{0}, **{1}}}", 6),
    E(
        "counter",
        "list[T]->dict[T,int]",
        lambda s: FrozenDict(Counter(s)),
        "dict(Counter({0}))",
        5,
        "",
        "from collections import Counter",
    ),
    E("todict", "list[tuple[K,V]]->dict[K,V]", lambda s: FrozenDict(s), "dict({0})", 4),
    E(
        "zip",
        "list[T],list[U]->list[tuple[T,U]]",
        lambda a, b: tuple(zip(a, b, strict=False)),
        "zip({0}, {1})",
        4,
    ),
    E(
        "zip",
        "str,str->list[tuple[chr,chr]]",
        lambda a, b: tuple(zip(a, b, strict=False)),
        "zip({0}, {1})",
        4,
    ),
    E(
        "adjacent",
        "list[T]->list[tuple[T,T]]",
        lambda a: tuple(itertools.pairwise(a)),
        "zip({0}, {0}[1:])",
        6,
    ),
    E(
        "adjacent",
        "str->list[tuple[chr,chr]]",
        lambda a: tuple(itertools.pairwise(a)),
        "zip({0}, {0}[1:])",
        6,
    ),
    E("enumerate", "list[T]->list[tuple[int,T]]", lambda s: tuple(enumerate(s)), "enumerate({0})", 4),
    E("enumerate", "str->list[tuple[int,chr]]", lambda s: tuple(enumerate(s)), "enumerate({0})", 4),
    E(
        "combinations",
        "list[T]->list[tuple[T,T]]",
        g.combinations2,
        "combinations({0}, 2)",
        7,
        "",
        "from itertools import combinations",
    ),
    E(
        "combinations3",
        "list[T]->list[tuple[T,T,T]]",
        g.combinations3,
        "combinations({0}, 3)",
        9,
        "",
        "from itertools import combinations",
    ),
    E(
        "accumulate",
        "list[int]->list[int]",
        _accumulate,
        "list(accumulate({0}))",
        7,
        "",
        "from itertools import accumulate",
    ),
    E(
        "runningmax",
        "list[int]->list[int]",
        lambda s: _accumulate(s, max),
        "list(accumulate({0}, max))",
        9,
        "",
        "from itertools import accumulate",
    ),
    E("flatten", "list[list[T]]->list[T]", g.flatten, "[x for xs in {0} for x in xs]", 5),
    E(
        "interleave",
        "list[T],list[T]->list[T]",
        lambda a, b: g.flatten(tuple(zip(a, b, strict=False))),
        "[x for pair in zip({0}, {1}) for x in pair]",
        9,
    ),
    E(
        "chunks",
        "list[T],int->list[list[T]]",
        _chunks,
        "[{0}[start:start + {1}] for start in range(0, len({0}), {1})]",
        9,
    ),
    E(
        "chunksstr",
        "str,int->list[str]",
        _chunks,
        "[{0}[start:start + {1}] for start in range(0, len({0}), {1})]",
        9,
    ),
    E(
        "transpose",
        "list[list[T]]->list[list[T]]",
        g.transpose,
        "[list(column) for column in zip(*{0})]",
        8,
    ),
)


def _filter(xs: Seq, p: Fn) -> Seq:
    return tuple([x for x in xs if p(x)])


def _mapfilter(xs: Seq, f: Fn, p: Fn) -> Seq:
    return tuple([f(x) for x in xs if p(x)])


def _count(xs: Seq, p: Fn) -> int:
    return sum(1 for x in xs if p(x))


def _first(xs: Seq, p: Fn, default: Any) -> Any:
    return next((x for x in xs if p(x)), default)


def _next(xs: Seq, p: Fn) -> Any:
    return [x for x in xs if p(x)][0]  # noqa: RUF015 - StopIteration would end the enumeration


def _text(parts: list[str]) -> str:
    return g.join("", tuple(parts))


_OVER_BOTH = tuple(
    E(
        name,
        signature.replace("SEQ[T]", seq).replace("T", "chr" if seq == "str" else "T"),
        fn,
        template,
        cost,
        flags,
    )
    for seq in ("list[T]", "str")
    for name, signature, fn, template, cost, flags in (
        (
            "map",
            "SEQ[T],fn[T:U]->list[U]",
            lambda s, f: tuple([f(x) for x in s]),
            "[{1} for {v} in {0}]",
            3,
            "",
        ),
        ("mapfilter", "SEQ[T],fn[T:U],fn[T:bool]->list[U]", _mapfilter, "[{1} for {v} in {0} if {2}]", 4, ""),
        ("countif", "SEQ[T],fn[T:bool]->int", _count, "sum(1 for {v} in {0} if {1})", 4, ""),
        (
            "sumof",
            "SEQ[T],fn[T:int]->int",
            lambda s, f: sum([f(x) for x in s]),
            "sum({1} for {v} in {0})",
            4,
            "",
        ),
        (
            "sumof",
            "SEQ[T],fn[T:float]->float",
            lambda s, f: sum([f(x) for x in s]),
            "sum({1} for {v} in {0})",
            4,
            "",
        ),
        (
            "anyof",
            "SEQ[T],fn[T:bool]->bool",
            lambda s, p: any(map(p, s)),
            "any({1} for {v} in {0})",
            4,
            "",
        ),
        (
            "allof",
            "SEQ[T],fn[T:bool]->bool",
            lambda s, p: all(map(p, s)),
            "all({1} for {v} in {0})",
            4,
            "",
        ),
        (
            "joinof",
            "SEQ[T],fn[T:str]->str",
            lambda s, f: _text([f(x) for x in s]),
            '"".join({1} for {v} in {0})',
            4,
            "",
        ),
        (
            "joinofif",
            "SEQ[T],fn[T:str],fn[T:bool]->str",
            lambda s, f, p: _text([f(x) for x in s if p(x)]),
            '"".join({1} for {v} in {0} if {2})',
            6,
            "",
        ),
        (
            "sumofif",
            "SEQ[T],fn[T:int],fn[T:bool]->int",
            lambda s, f, p: sum([f(x) for x in s if p(x)]),
            "sum({1} for {v} in {0} if {2})",
            5,
            "",
        ),
    )
)
FUNCTIONS = (
    *_OVER_BOTH,
    E("filter", "list[T],fn[T:bool]->list[T]", _filter, "[{e} for {v} in {0} if {1}]", 3),
    E(
        "filterstr",
        "str,fn[chr:bool]->str",
        lambda s, p: _text([x for x in s if p(x)]),
        '"".join({e} for {v} in {0} if {1})',
        4,
    ),
    E("firstor", "list[T],fn[T:bool],T->T", _first, "next(({e} for {v} in {0} if {1}), {2})", 6),
    E("next", "list[T],fn[T:bool]->T", _next, "next({e} for {v} in {0} if {1})", 6),
    E(
        "sortby",
        "list[T],fn[T:U]->list[T]",
        lambda s, f: tuple(sorted(s, key=f)),
        "sorted({0}, key=lambda {v}: {1})",
        5,
    ),
    E(
        "sortbydown",
        "list[T],fn[T:U]->list[T]",
        lambda s, f: tuple(sorted(s, key=f, reverse=True)),
        "sorted({0}, key=lambda {v}: {1}, reverse=True)",
        8,
    ),
    E("maxby", "list[T],fn[T:U]->T", lambda s, f: max(s, key=f), "max({0}, key=lambda {v}: {1})", 5),
    E("minby", "list[T],fn[T:U]->T", lambda s, f: min(s, key=f), "min({0}, key=lambda {v}: {1})", 5),
    E("maxof", "list[T],fn[T:int]->int", lambda s, f: max([f(x) for x in s]), "max({1} for {v} in {0})", 5),
    E("minof", "list[T],fn[T:int]->int", lambda s, f: min([f(x) for x in s]), "min({1} for {v} in {0})", 5),
    E(
        "dictof",
        "list[T],fn[T:V]->dict[T,V]",
        lambda s, f: FrozenDict((x, f(x)) for x in s),
        "{{{e}: {1} for {v} in {0}}}",
        5,
    ),
)
