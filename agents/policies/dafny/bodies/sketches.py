"""Loops with holes, filled with small terms: folds over a range, updates of arrays, counting down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from proofsmith.agents.policies.dafny.bodies.blank import Blank, Deadline
from proofsmith.agents.policies.dafny.formula import formula, negated
from proofsmith.agents.policies.dafny.terms import Terms, kind_named
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.declarations import Method
from proofsmith.dafny.interpret import Frame, Machine
from proofsmith.dafny.nodes import Type, Variable, walk

_STARTS = {
    "int": ("0", "1", "-1"),
    "nat": ("0", "1"),
    "bool": ("true", "false"),
    "real": ("0.0", "1.0"),
    "seq": ("[]",),
    "string": ('""',),
    "set": ("{}",),
    "multiset": ("multiset{}",),
}
_MOST_STEPS = 260


def loops(blank: Blank, deadline: Deadline) -> Iterator[str]:
    """Yield bodies with one loop, the more usual ones first."""
    method, machine, frames = blank.method, blank.machine, blank.frames
    (index,) = blank.fresh("i")
    rows = [p for p in method.parameters if p.type is not None and _is_row(p.type)]
    counts = [p.name for p in method.parameters if p.type is not None and p.type.name in ("int", "nat")]
    tops = [_size(p) for p in rows] + counts
    yield from _arrays(method, machine, frames, index, rows, deadline)
    if method.results and all(r.type is not None and r.type.name in _STARTS for r in method.results):
        for top in tops:
            yield from _folds(method, machine, frames, index, top, rows, deadline)
        yield from _countdowns(method, machine, counts)


def _folds(
    method: Method,
    machine: Machine,
    frames: Sequence[Frame],
    index: str,
    top: str,
    rows: Sequence[Variable],
    deadline: Deadline,
) -> Iterator[str]:
    results = method.results
    elements = [f"{p.name}[{index}]" for p in rows]
    steps = [list(_steps(method, machine, frames, index, r, elements, deadline)) for r in results]
    share = max(8, int(_MOST_STEPS ** (1 / len(results))))
    starts = [[*_starts(r), *[p.name for p in method.parameters if _alike(p, r)]] for r in results]
    for p in rows:
        for k, r in enumerate(results):
            if p.type is not None and p.type.arguments and r.type == p.type.arguments[0]:
                starts[k].insert(0, f"{p.name}[0]")
    for begin in ("0", "1"):
        for start in product(*starts):
            for step in product(*(s[:share] for s in steps)):
                given = " ".join(f"{r.name} := {v};" for r, v in zip(results, start, strict=True))
                inside = " ".join(step)
                yield (
                    f"{given} var {index} := {begin}; "
                    f"while {index} < {top} {{ {inside} {index} := {index} + 1; }}"
                )
                if begin == "0" and len(results) == 1 and step[0].startswith("if"):
                    test = step[0][3 : step[0].index("{")].strip()
                    for early in _early(method, index, results[0]):
                        yield (
                            f"var {index} := 0; while {index} < {top} {{ if {test} {{ return {early}; }} "
                            f"{index} := {index} + 1; }} return {start[0]};"
                        )


def _early(method: Method, index: str, result: Variable) -> Iterator[str]:
    name = "" if result.type is None else result.type.name
    if name in ("int", "nat"):
        yield index
    elif name == "bool":
        yield from ("true", "false")


def _steps(
    method: Method,
    machine: Machine,
    frames: Sequence[Frame],
    index: str,
    result: Variable,
    elements: Sequence[str],
    deadline: Deadline,
) -> Iterator[str]:
    """Yield statements that bring a result on by one element."""
    name = result.name
    kind = kind_named(result.type)
    samples = [_inside(machine, frame, index, result) for frame in frames[:12]]
    terms = Terms(machine, samples, most=200)
    others = [p.name for p in method.parameters if p.type is not None and not _is_row(p.type)]
    constants = [*_literals(method), "0", "1"]
    there = [e.replace(f"[{index}]", f"[{name}]") for e in elements] if kind == "int" else []
    atoms = [*there, *elements, name, *others, *constants, index]
    row = [f"{name} + [{e}]" for e in elements] + [f"[{e}] + {name}" for e in elements]
    row += [f"{name} + {{{e}}}" for e in elements]
    for text in (*atoms, *row, "true", "false"):
        terms.add(text)
    for x in (*elements, index):
        for y in atoms:
            for op in ("<", ">", "==", "!=", "<=", ">="):
                if x != y:
                    terms.add(f"{x} {op} {y}")
    tests = [t for t in terms.of("bool") if any(_mentions(t, e) for e in (*elements, index))]
    updates = [*elements, f"{name} + 1", "true", "false", *row, *(f"{name} + {e}" for e in elements), index]
    fitting = [u for u in updates if u in terms.of(kind) or terms_kind(terms, u, kind)]
    terms.grow(deadline.within(1.0))
    plain = [t for t in terms.of(kind) if t != name]
    telling = [t for t in plain if _mentions(t, name) and any(_mentions(t, e) for e in (*elements, index))]
    for e in elements:
        for op in ("<", ">"):
            if f"{e} {op} {name}" in tests and e in fitting:
                yield f"if {e} {op} {name} {{ {name} := {e}; }}"
    for text in telling[:30]:
        yield f"{name} := {text};"
    for update in fitting[:6]:
        for test in tests[:36]:
            yield f"if {test} {{ {name} := {update}; }}"
    for text in plain[:20]:
        if text not in telling:
            yield f"{name} := {text};"


def terms_kind(terms: Terms, text: str, kind: str) -> bool:
    """Whether a term is of a kind: by adding it, or because a term with its values is there."""
    before = len(terms.of(kind))
    return terms.add(text) and len(terms.of(kind)) > before


def _arrays(
    method: Method,
    machine: Machine,
    frames: Sequence[Frame],
    index: str,
    rows: Sequence[Variable],
    deadline: Deadline,
) -> Iterator[str]:
    """Loops that write an array: the one that may be modified, or a new one."""
    changed = [
        n.name for c in method.clauses if c.kind == "modifies" for n in walk(c) if isinstance(n, ex.Name)
    ]
    targets = [(p.name, "", f"{p.name}.Length", p.type) for p in rows if p.name in changed]
    for r in method.results:
        if r.type is not None and r.type.name == "array" and r.type.arguments:
            sizes = [*(_size(p) for p in rows), *(p.name for p in method.parameters if _is_int(p))]
            inside = r.type.arguments[0].name
            targets += [(r.name, f"{r.name} := new {inside}[{size}]; ", size, r.type) for size in sizes]
    if not targets or len(method.results) > 1:
        return
    samples = [_inside(machine, frame, index, None) for frame in frames[:12]]
    terms = Terms(machine, samples, most=60)
    elements = [f"{p.name}[{index}]" for p in rows]
    mirrored = [f"{p.name}[{_size(p)} - 1 - {index}]" for p in rows]
    for text in (
        *elements,
        *mirrored,
        index,
        *(p.name for p in method.parameters),
        "0",
        "1",
        *_literals(method),
    ):
        terms.add(text)
    terms.grow(deadline.within(1.5))
    for target, given, size, declared in targets:
        element = declared.arguments[0].name if declared is not None and declared.arguments else "int"
        kind = {"nat": "int"}.get(element, element)
        for value in terms.of(kind):
            yield (
                f"{given}var {index} := 0; while {index} < {size} "
                f"{{ {target}[{index}] := {value}; {index} := {index} + 1; }}"
            )
        for test in terms.of("bool")[:40]:
            for value in terms.of(kind)[:12]:
                for other in (f"{target}[{index}]", *elements):
                    yield (
                        f"{given}var {index} := 0; while {index} < {size} {{ if {test} "
                        f"{{ {target}[{index}] := {value}; }} else {{ {target}[{index}] := {other}; }} "
                        f"{index} := {index} + 1; }}"
                    )


def _countdowns(method: Method, machine: Machine, counts: Sequence[str]) -> Iterator[str]:
    """Loops without an index of their own: results step until a condition of the postcondition holds."""
    results = [r.name for r in method.results]
    if len(results) > 2 or not all(_is_int(r) for r in method.results):
        return
    guards = list(_guards(method, machine, results, counts))
    starts = ["0", *counts]
    steps = ["{r} + 1", "{r} - 1", *(f"{{r}} + {c}" for c in counts), *(f"{{r}} - {c}" for c in counts)]
    for guard in guards[:24]:
        for start in product(starts, repeat=len(results)):
            for step in product(steps, repeat=len(results)):
                given = " ".join(f"{r} := {v};" for r, v in zip(results, start, strict=True))
                inside = " ".join(f"{r} := {s.format(r=r)};" for r, s in zip(results, step, strict=True))
                yield f"{given} while {guard} {{ {inside} }}"


def _guards(method: Method, machine: Machine, results: Sequence[str], counts: Sequence[str]) -> Iterator[str]:
    for clause in method.clauses:
        if clause.kind == "ensures":
            for node in walk(clause):
                if isinstance(node, ex.Comparison):
                    for k, op in enumerate(node.operators):
                        left, right = (machine.program.text(node.operands[j]) for j in (k, k + 1))
                        found = formula(f"{left} {op} {right}")
                        if found is not None and found.names & set(results):
                            yield negated(found.text)
    for r in results:
        for c in (*counts, "0"):
            yield from (f"{r} < {c}", f"{r} > {c}", f"{r} >= {c}", f"{r} != {c}")


def _inside(machine: Machine, frame: Frame, index: str, result: Variable | None) -> Frame:
    """A made-up state in a loop: the input, an index, an intermediate result."""
    made = {index: machine.rng.randint(0, 4)}
    if result is not None and result.type is not None:
        made[result.name] = machine.maker.value(result.type, frame.heap)
    return frame.with_vars(made)


def _starts(result: Variable) -> tuple[str, ...]:
    return _STARTS.get(result.type.name, ()) if result.type is not None else ()


def _literals(method: Method) -> list[str]:
    kinds = ("int", "char", "real")
    found = [n.text for c in method.clauses for n in walk(c) if isinstance(n, ex.Literal) and n.kind in kinds]
    return list(dict.fromkeys(found))


def _is_row(declared: Type) -> bool:
    return declared.name in ("seq", "string", "array")


def _is_int(variable: Variable) -> bool:
    return variable.type is not None and variable.type.name in ("int", "nat")


def _alike(p: Variable, r: Variable) -> bool:
    return p.type == r.type or (_is_int(p) and _is_int(r))


def _size(p: Variable) -> str:
    return f"{p.name}.Length" if p.type is not None and p.type.name == "array" else f"|{p.name}|"


def _mentions(text: str, part: str) -> bool:
    found = formula(text)
    return found is not None and bool(found.occurrences(part))
