"""Finite state machines in a module: found, and each state's behaviour as a table.

A state register is one that only ever gets constants, and is only ever compared with constants. The
conditions on which anything depends in a state are atoms; a state's behaviour is a table over their
values: what every function of the state is then, and which state comes next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from proofsmith.agents.policies.verilog.patterns import canonical_text
from proofsmith.agents.policies.verilog.rewrite import Design
from proofsmith.verilog.evaluate import Unknown, evaluate
from proofsmith.verilog.functions import Function, functions, is_large, substituted
from proofsmith.verilog.stepping import initial_values
from proofsmith.verilog.syntax import (
    Always,
    Assign,
    Binary,
    Case,
    Choice,
    Concat,
    Continuous,
    Event,
    Expr,
    Name,
    Number,
    Opaque,
    Signal,
    Unary,
    names,
    walk,
)

MAX_ATOMS = 8
MAX_STATES = 32
DONT_CARE = "x"


@dataclass(frozen=True)
class Machine:
    """A state machine.

    Attributes:
        design: where it is.
        register: the state register.
        chain: combinational signals that carry its next value.
        codes: name of each state's constant by its code; a literal's name is its text.
        next: the register's next value, the chain put in.
        observed: functions of the state besides.
        initial: the code that it begins with, where that is declared.
    """

    design: Design
    register: str
    chain: tuple[str, ...]
    codes: dict[int, str]
    next: Expr
    observed: tuple[Function, ...]
    initial: int | None = None

    @cached_property
    def atoms(self) -> tuple[Expr, ...]:
        """The conditions that behaviour depends on, besides the state."""
        found: dict[str, Expr] = {}
        for e in (self.next, *(f.value for f in self.observed)):
            for atom in _atoms(e, self):
                found.setdefault(canonical_text(atom), atom)
        return tuple(found.values())

    def row(self, code: int, valuation: tuple[int, ...]) -> tuple[int | None, tuple[str, ...]]:
        """Return the next state (``None`` if any will do) and what is seen, for a state and a valuation."""
        facts = {canonical_text(a): v for a, v in zip(self.atoms, valuation, strict=True)}
        after = _folded(self.next, self, code, facts)
        following = self.design.scope.value(after)
        if following is None and not _is_unknown(after):
            raise NotAMachine
        seen = tuple(_seen(_folded(f.value, self, code, facts)) for f in self.observed)
        return following, seen

    @cached_property
    def table(self) -> dict[int, tuple[tuple[int | None, tuple[str, ...]], ...]]:
        """The behaviour of every state, one row a valuation of the atoms."""
        valuations = list(product((0, 1), repeat=len(self.atoms)))
        return {code: tuple(self.row(code, v) for v in valuations) for code in self.codes}


class NotAMachine(Exception):
    """The register is not a state register after all."""


def machines(design: Design) -> Iterator[Machine]:
    """Yield the state machines of a module whose tables are small enough to be written down."""
    known = functions(design.module)
    for name, f in known.items():
        width = design.scope.signal_width(name)
        if (
            not f.registered
            or width is None
            or not 1 < width <= 32
            or design.module.signals()[name].direction
        ):
            continue
        found = _machine(design, name, known)
        if found is None or len(found.atoms) > MAX_ATOMS or not 1 < len(found.codes) <= MAX_STATES:
            continue
        try:
            if found.table:
                yield found
        except NotAMachine:
            continue


def _machine(design: Design, register: str, known: dict[str, Function]) -> Machine | None:
    chain: list[str] = []
    value = known[register].value
    codes: dict[int, str] = {}
    for _ in range(8):
        more = [n for n in _leaf_names(value) if n in known and not known[n].registered and n not in chain]
        if not more:
            break
        chain += more
        value = substituted(value, {n: known[n].value for n in more})
        if is_large(value):
            return None
    for leaf in _leaves(value):
        code = design.scope.value(leaf)
        if code is not None:
            codes.setdefault(code, leaf.name if isinstance(leaf, Name) else canonical_text(leaf))
        elif not (isinstance(leaf, Name) and leaf.name == register) and not _is_unknown(leaf):
            return None
    carriers = {register, *chain}
    for test in _tests_of(design, carriers):
        code = design.scope.value(test)
        if code is None:
            return None
        codes.setdefault(code, test.name if isinstance(test, Name) else canonical_text(test))
    if not _only_compared(design, carriers):
        return None
    initial = initial_values(design.scope).get(register)
    if initial is not None:
        codes.setdefault(initial, str(initial))
    observed = tuple(f for n, f in known.items() if n not in carriers and register in names(f.value))
    return Machine(design, register, tuple(chain), codes, value, observed, initial)


def _leaves(e: Expr) -> Iterator[Expr]:
    if isinstance(e, Choice):
        yield from _leaves(e.then)
        yield from _leaves(e.other)
    else:
        yield e


def _leaf_names(e: Expr) -> list[str]:
    return list(dict.fromkeys(leaf.name for leaf in _leaves(e) if isinstance(leaf, Name)))


def _tests_of(design: Design, carriers: set[str]) -> Iterator[Expr]:
    """The constants with which carriers of the state are compared, in conditions and case labels."""
    for item in design.module.items:
        for node in walk(item):
            if isinstance(node, Binary) and node.operator in ("==", "!="):
                for mine, other in ((node.left, node.right), (node.right, node.left)):
                    if isinstance(mine, Name) and mine.name in carriers and not names(other) & carriers:
                        yield other
            elif isinstance(node, Case) and isinstance(node.subject, Name) and node.subject.name in carriers:
                for arm in node.arms:
                    yield from arm.labels


def _only_compared(design: Design, carriers: set[str]) -> bool:
    """Whether carriers are read in comparisons, as subjects and as whole right-hand sides alone."""
    allowed: set[int] = set()
    for item in design.module.items:
        if isinstance(item, Opaque) and item.names & carriers:
            return False
        for node in walk(item):
            if isinstance(node, Binary) and node.operator in ("==", "!="):
                allowed |= {id(node.left), id(node.right)}
            elif isinstance(node, Case):
                allowed.add(id(node.subject))
            elif isinstance(node, Assign | Continuous):
                target = node.target
                allowed.add(id(target))
                if isinstance(target, Name) and target.name in carriers:
                    allowed |= {id(leaf) for leaf in _leaves(node.value)}
            elif isinstance(node, Event) and not node.edge:
                allowed.add(id(node.signal))
    for item in design.module.items:
        if isinstance(item, Signal | Always | Continuous):
            for node in walk(item):
                if isinstance(node, Name) and node.name in carriers and id(node) not in allowed:
                    return False
    return True


def _is_unknown(e: Expr) -> bool:
    return isinstance(e, Number) and e.value is None


def _seen(e: Expr) -> str:
    return DONT_CARE if _is_unknown(e) else canonical_text(e)


# -- folding ---------------------------------------------------------------------------------------


def _atoms(e: Expr, machine: Machine) -> Iterator[Expr]:
    """Conditions and one-bit signals in `e`, taken apart at logical operators."""
    if isinstance(e, Choice):
        yield from _split(e.condition, machine)
        yield from _atoms(e.then, machine)
        yield from _atoms(e.other, machine)
    elif isinstance(e, Concat):
        for part in e.parts:
            yield from _atoms(part, machine)
    elif machine.design.scope.width(e) == 1 and machine.design.scope.value(e) is None:
        yield from _split(e, machine)


def _split(e: Expr, machine: Machine) -> Iterator[Expr]:
    if isinstance(e, Unary) and e.operator in ("!", "~"):
        yield from _split(e.operand, machine)
    elif isinstance(e, Binary) and e.operator in ("&&", "||", "&", "|", "^"):
        yield from _split(e.left, machine)
        yield from _split(e.right, machine)
    elif isinstance(e, Choice):
        yield from _atoms(e, machine)
    elif machine.register not in names(e) and machine.design.scope.value(e) is None:
        plain = _positive(e, machine)
        yield plain[0]


def _positive(e: Expr, machine: Machine) -> tuple[Expr, bool]:
    """``a == 0`` is ``a``, negated; for one-bit `a`."""
    if isinstance(e, Binary) and e.operator in ("==", "!=") and machine.design.scope.width(e.left) == 1:
        value = machine.design.scope.value(e.right)
        if value in (0, 1):
            return e.left, (value == 1) == (e.operator == "==")
    return e, True


def _folded(e: Expr, machine: Machine, code: int, facts: dict[str, int]) -> Expr:
    """`e` in a state, with the atoms given: a constant wherever that decides."""
    if isinstance(e, Choice):
        condition = _truth(e.condition, machine, code, facts)
        if condition is None:
            raise NotAMachine
        return _folded(e.then if condition else e.other, machine, code, facts)
    if isinstance(e, Name) and e.name == machine.register:
        return Number(code)
    if machine.design.scope.width(e) == 1 and not _is_unknown(e):
        truth = _truth(e, machine, code, facts)
        if truth is not None:
            return Number(truth, 1)
    if isinstance(e, Concat):
        return Concat(tuple(_folded(part, machine, code, facts) for part in e.parts))
    if machine.register in names(e):  # told apart by the code at least, where it cannot be folded
        return substituted(
            e, {machine.register: Number(code, machine.design.scope.width(Name(machine.register)))}
        )
    return e


def _truth(e: Expr, machine: Machine, code: int, facts: dict[str, int]) -> int | None:
    """The truth of a condition."""
    if isinstance(e, Unary) and e.operator in ("!", "~"):
        inner = _truth(e.operand, machine, code, facts)
        return None if inner is None else 1 - inner
    if isinstance(e, Binary) and e.operator in ("&&", "||", "&", "|", "^"):
        a, b = _truth(e.left, machine, code, facts), _truth(e.right, machine, code, facts)
        if a is None or b is None:
            return None
        return {"&": a & b, "|": a | b, "^": a ^ b}[e.operator[0]]
    if isinstance(e, Choice):
        folded = _folded(e, machine, code, facts)
        return _truth(folded, machine, code, facts)
    plain, positive = _positive(e, machine)
    known = facts.get(canonical_text(plain))
    if known is not None:
        return known if positive else 1 - known
    try:
        return int(evaluate(e, machine.design.scope, {machine.register: code}) != 0)
    except Unknown:
        return None
