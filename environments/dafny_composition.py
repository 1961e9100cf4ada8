"""Composed Dafny tasks: verified methods that call each other, with a specification for the whole.

After DafnyComp (Re:Form, arXiv 2507.16331): a model that proves single methods often fails where the
contract of one method has to carry the proof of another. A part is a method of one argument whose result
is given by a function; parts are combined into larger parts (one after the other, a sum or a choice of
two, repeated, over a range, over a sequence), whose solution is known by construction. The task is that
solution without its proof hints, and, if wanted, without the body of the outermost method.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from proofsmith.dafny.declarations import Method, Program
from proofsmith.dafny.expressions import Call, Comparison, Name
from proofsmith.dafny.hints import hints, without, without_hints
from proofsmith.dafny.nodes import Type
from proofsmith.dafny.parser import parse
from proofsmith.errors import BadInput

NAT, SEQUENCE = "nat", "seq<nat>"
MAX_TRIES = 200
"""Combinations tried for one task before giving up."""
MAX_NAME = 40
"""Characters of the longest name of a task in a collection."""


@dataclass(frozen=True)
class Part:
    """A verified method ``method(x: takes) returns (r: gives) ensures r == function(x)``.

    Attributes:
        method: its name.
        function: name of the function that specifies it.
        takes: type of its argument, ``nat`` or ``seq<nat>``.
        gives: type of its result.
        text: its own declarations, with proof hints.
        uses: the parts it calls.
    """

    method: str
    function: str
    takes: str
    gives: str
    text: str
    uses: tuple[Part, ...] = ()

    def all_parts(self) -> tuple[Part, ...]:
        """Return this part and those below it, each once, callees first."""
        found: dict[str, Part] = {}
        for part in self.uses:
            found.update((p.method, p) for p in part.all_parts())
        return (*found.values(), self)

    @property
    def program(self) -> str:
        """The whole program with its proof hints: a solution."""
        return "\n".join(part.text for part in self.all_parts())


@dataclass(frozen=True)
class Composition:
    """A task and a solution of it.

    Attributes:
        name: the outermost method.
        task: the program to be completed.
        solution: a complete program that verifies.
        methods: how many methods it has.
    """

    name: str
    task: str
    solution: str
    methods: int


def seed_of(text: str) -> Part:
    """Return a verified program as a part: its last method that is specified by a function of its argument.

    Raises:
        BadInput: it has no such method.
    """
    program = parse(text)
    found = [part for m in program.callables() if isinstance(m, Method) and (part := _part(program, m))]
    if not found:
        raise BadInput(
            "no method of the program can be composed",
            hint="one argument, one result r, types nat or seq<nat>, and 'ensures r == F(argument)'",
        )
    return found[-1]


def _part(program: Program, method: Method) -> Part | None:
    if len(method.parameters) != 1 or len(method.results) != 1 or method.is_ghost or method.body is None:
        return None
    (parameter,), (result,) = method.parameters, method.results
    types = [_type_name(parameter.type), _type_name(result.type)]
    if not set(types) <= {NAT, SEQUENCE} or len(method.clauses) != 1:
        return None
    (promise,) = method.clauses[0].expressions
    match promise:
        case Comparison(
            operators=("==",),
            operands=(Name(name=left), Call(callee=Name(name=function), arguments=(Name(name=right),))),
        ) if (left, right) == (result.name, parameter.name) and method.clauses[0].kind == "ensures":
            return Part(method.name, function, types[0], types[1], program.source)
    return None


def _type_name(typ: Type | None) -> str:
    if typ is None:
        return ""
    return f"{typ.name}<{', '.join(_type_name(a) for a in typ.arguments)}>" if typ.arguments else typ.name


def compose(
    seeds: Iterable[Part], rng: random.Random, *, methods: int = 4, write_body: bool = False
) -> Composition:
    """Return a composed task of about `methods` methods (at least that many where the seeds allow).

    Args:
        seeds: the parts to start from; their names must be different.
        rng: source of randomness; the same gives the same task.
        methods: how many methods the program shall have.
        write_body: whether the body of the outermost method is to be written, not only proved.

    Raises:
        BadInput: nothing can be made of these seeds.
    """
    pool = sorted(seeds, key=lambda p: p.method)
    parts = list(pool)
    for _ in range(MAX_TRIES):
        new = rng.choice(_COMBINATIONS)(parts, rng)
        if new is None or new.method in {p.method for p in parts}:
            continue
        size = len(new.all_parts())
        if size >= methods and (write_body or hints(parse(new.program))):
            return _composition(new, size, write_body)
        parts.append(new)
        parts.append(new)  # what is composed is picked more often, so that programs grow
    raise BadInput("no task of this size can be composed of these seeds", hint="give more seeds")


def compositions(seeds: Iterable[Part], count: int, seed: int = 0) -> tuple[Composition, ...]:
    """Return `count` different composed tasks of three to six methods; every fourth lacks a body.

    Raises:
        BadInput: the seeds do not give as many.
    """
    parts = tuple(seeds)
    rng = random.Random(seed)
    found: dict[str, Composition] = {}
    for _ in range(MAX_TRIES * count):
        if len(found) == count:
            break
        number = len(found)
        one = compose(parts, random.Random(rng.random()), methods=3 + number % 4, write_body=number % 4 == 3)
        if len(one.name) <= MAX_NAME:
            found.setdefault(one.name, one)
    if len(found) < count:
        raise BadInput(f"only {len(found)} different tasks can be composed of these seeds")
    return tuple(found.values())


def _composition(part: Part, methods: int, write_body: bool) -> Composition:
    solution = part.program
    program = parse(solution)
    task = without_hints(program)
    if write_body:
        stripped = parse(task)
        outer = next(m for m in stripped.callables() if isinstance(m, Method) and m.name == part.method)
        assert outer.body is not None
        task = without(stripped, [outer.body])
    return Composition(part.method, task, solution, methods)


def _pick(parts: Sequence[Part], rng: random.Random, takes: str = "", gives: str = "") -> Part | None:
    fitting = [p for p in parts if takes in ("", p.takes) and gives in ("", p.gives)]
    return rng.choice(fitting) if fitting else None


def _chain(parts: Sequence[Part], rng: random.Random) -> Part | None:
    first = _pick(parts, rng)
    second = _pick(parts, rng, takes=first.gives) if first else None
    if first is None or second is None or first.method == second.method:
        return None
    name = f"{first.method}Then{second.method}"
    text = f"""function {name}Of(x: {first.takes}): {second.gives} {{
  {second.function}({first.function}(x))
}}

method {name}(x: {first.takes}) returns (r: {second.gives})
  ensures r == {name}Of(x)
{{
  var y := {first.method}(x);
  r := {second.method}(y);
}}
"""
    return Part(name, f"{name}Of", first.takes, second.gives, text, (first, second))


def _plus(parts: Sequence[Part], rng: random.Random) -> Part | None:
    one = _pick(parts, rng, gives=NAT)
    other = _pick(parts, rng, takes=one.takes, gives=NAT) if one else None
    if one is None or other is None or one.method == other.method:
        return None
    name = f"{one.method}Plus{other.method}"
    text = f"""function {name}Of(x: {one.takes}): nat {{ {one.function}(x) + {other.function}(x) }}

method {name}(x: {one.takes}) returns (r: nat)
  ensures r == {name}Of(x)
{{
  r := {one.method}(x);
  var y := {other.method}(x);
  r := r + y;
}}
"""
    return Part(name, f"{name}Of", one.takes, NAT, text, (one, other))


def _choice(parts: Sequence[Part], rng: random.Random) -> Part | None:
    one = _pick(parts, rng, takes=NAT)
    other = _pick(parts, rng, takes=NAT, gives=one.gives) if one else None
    if one is None or other is None or one.method == other.method:
        return None
    name = f"{one.method}Or{other.method}"
    condition = rng.choice(("x % 2 == 0", "x < 10", "x % 3 != 1"))
    text = f"""function {name}Of(x: nat): {one.gives} {{
  if {condition} then {one.function}(x) else {other.function}(x)
}}

method {name}(x: nat) returns (r: {one.gives})
  ensures r == {name}Of(x)
{{
  if {condition} {{
    r := {one.method}(x);
  }} else {{
    r := {other.method}(x);
  }}
}}
"""
    return Part(name, f"{name}Of", NAT, one.gives, text, (one, other))


def _sum(parts: Sequence[Part], rng: random.Random) -> Part | None:
    inner = _pick(parts, rng, takes=NAT, gives=NAT)
    if inner is None:
        return None
    name = f"SumOf{inner.method}"
    text = f"""function {name}Below(n: nat): nat {{
  if n == 0 then 0 else {name}Below(n - 1) + {inner.function}(n - 1)
}}

method {name}(n: nat) returns (r: nat)
  ensures r == {name}Below(n)
{{
  r := 0;
  var i := 0;
  while i < n
    invariant i <= n
    invariant r == {name}Below(i)
  {{
    var y := {inner.method}(i);
    r := r + y;
    i := i + 1;
  }}
}}
"""
    return Part(name, f"{name}Below", NAT, NAT, text, (inner,))


def _map(parts: Sequence[Part], rng: random.Random) -> Part | None:
    inner = _pick(parts, rng, takes=NAT, gives=NAT)
    if inner is None:
        return None
    name = f"{inner.method}Each"
    text = f"""function {name}Of(s: seq<nat>): seq<nat> {{
  if |s| == 0 then [] else {name}Of(s[..|s| - 1]) + [{inner.function}(s[|s| - 1])]
}}

method {name}(s: seq<nat>) returns (r: seq<nat>)
  ensures r == {name}Of(s)
{{
  r := [];
  var i := 0;
  while i < |s|
    invariant i <= |s|
    invariant r == {name}Of(s[..i])
  {{
    assert s[..i + 1][..i] == s[..i];
    var y := {inner.method}(s[i]);
    r := r + [y];
    i := i + 1;
  }}
  assert s[..|s|] == s;
}}
"""
    return Part(name, f"{name}Of", SEQUENCE, SEQUENCE, text, (inner,))


def _repeat(parts: Sequence[Part], rng: random.Random) -> Part | None:
    inner = _pick([p for p in parts if p.takes == p.gives], rng, takes=NAT)
    if inner is None:
        return None
    name = f"Repeated{inner.method}"
    text = f"""function {name}From(n: nat, x: nat): nat {{
  if n == 0 then x else {inner.function}({name}From(n - 1, x))
}}

function {name}Of(n: nat): nat {{ {name}From(n, 1) }}

method {name}(n: nat) returns (r: nat)
  ensures r == {name}Of(n)
{{
  r := 1;
  var i := 0;
  while i < n
    invariant i <= n
    invariant r == {name}From(i, 1)
  {{
    r := {inner.method}(r);
    i := i + 1;
  }}
}}
"""
    return Part(name, f"{name}Of", NAT, NAT, text, (inner,))


_COMBINATIONS: tuple[Callable[[Sequence[Part], random.Random], Part | None], ...] = (
    _chain,
    _chain,
    _plus,
    _choice,
    _sum,
    _map,
    _repeat,
)
