"""Statements that compute an expression of a specification, without what only the verifier can evaluate.

A call of a function that is no more than a specification becomes a call of a method whose contract says
that it computes it (Re:Form's composition), the method itself included; other functions are unfolded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proofsmith.agents.policies.dafny.bodies.blank import equation, type_text
from proofsmith.agents.policies.dafny.formula import Formula, formula, negated, words
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.declarations import Function, Method
from proofsmith.dafny.interpret import Machine
from proofsmith.dafny.interpret_domains import bounds_of, conjuncts, premises, stripped
from proofsmith.dafny.nodes import Expression, Variable, walk

_MOST_UNFOLDED = 6


@dataclass(frozen=True)
class Contract:
    """A method that computes a function; `arguments` are those of the function, in its parameters."""

    method: Method
    function: str
    arguments: tuple[Formula, ...]


def contracts(machine: Machine) -> list[Contract]:
    """Return what the program's methods are known to compute."""
    found = []
    for methods in machine.methods.values():
        for method in methods:
            if method.is_ghost or len(method.results) != 1 or machine.owner.get(id(method)):
                continue
            for clause in method.clauses:
                promise = formula(machine.program.text(clause.expressions[0])) if clause.expressions else None
                if clause.kind != "ensures" or promise is None:
                    continue
                value = equation(promise, method.results[0].name)
                called = call_in(value) if value is not None else None
                if called is not None:
                    given = [formula(a) for a in called[1]]
                    if all(g is not None for g in given):
                        found.append(Contract(method, called[0], tuple(g for g in given if g is not None)))
    return found


def ghost_functions(machine: Machine) -> frozenset[str]:
    """Return the functions that cannot be run: in Dafny 2 all that are not called ``function method``."""
    return frozenset(
        name for name, all_of in machine.functions.items() if any("method" not in f.kind for f in all_of)
    )


def call_in(text: str) -> tuple[str, list[str]] | None:
    """Return name and arguments where a whole expression is a call of a named function."""
    found = formula(text)
    tree = stripped(found.tree) if found is not None else None
    if found is None or not isinstance(tree, ex.Call) or not isinstance(tree.callee, ex.Name):
        return None
    return tree.callee.name, [found.at(a) for a in tree.arguments]


class Realiser:
    """Writes statements for expressions.

    Args:
        machine: of the program.
        known: the methods that may be called.
        fresh: names for local variables that are not taken.
    """

    def __init__(self, machine: Machine, known: Sequence[Contract], fresh: Iterator[str]) -> None:
        self._machine, self._known, self._fresh = machine, known, fresh
        self._ghost = {
            name for name, all_of in machine.functions.items() if any("method" not in f.kind for f in all_of)
        }

    def statements(self, target: str, text: str, depth: int = 0) -> str | None:
        """Return statements that assign the value of `text` to `target`; ``None`` if there is no way."""
        f = formula(text)
        if f is None or depth > _MOST_UNFOLDED:
            return None
        tree = stripped(f.tree)
        if not self._ghosts(tree):
            return self._quantified(target, f, tree, depth) or f"{target} := {f.at(tree)};"
        if isinstance(tree, ex.IfThenElse):
            before, condition = self._pure(f.at(tree.condition), depth)
            then = self.statements(target, f.at(tree.then), depth)
            otherwise = self.statements(target, f.at(tree.otherwise), depth)
            if condition is None or then is None or otherwise is None:
                return None
            return f"{before}if {condition} {{ {then} }} else {{ {otherwise} }}"
        if isinstance(tree, ex.Match):
            return self._match(target, f, tree, depth)
        if isinstance(tree, ex.Logical) and self._ghosts(*tree.operands[1:]):
            return self._lazily(target, f, tree, depth)
        whole = self._call(f.at(tree), depth, target)
        if whole is not None:
            return whole
        before, value = self._pure(f.at(tree), depth)
        return None if value is None else f"{before}{target} := {value};"

    def _ghosts(self, *trees: Expression) -> bool:
        """Whether there are calls in it that cannot be run."""
        return any(
            isinstance(n, ex.Call) and isinstance(n.callee, ex.Name) and n.callee.name in self._ghost
            for t in trees
            for n in walk(t)
        )

    def _lazily(self, target: str, f: Formula, tree: ex.Logical, depth: int) -> str | None:
        """The second operand of ``&&`` and ``||`` only where the first does not decide."""
        k = next(k for k, o in enumerate(tree.operands) if k and self._ghosts(o))
        joint = f" {tree.operator} "
        before, first = self._pure(joint.join(f.at(o) for o in tree.operands[:k]), depth)
        rest = self.statements(target, joint.join(f.at(o) for o in tree.operands[k:]), depth)
        if first is None or rest is None:
            return None
        if tree.operator == "&&":
            return f"{before}if {first} {{ {rest} }} else {{ {target} := false; }}"
        return f"{before}if {first} {{ {target} := true; }} else {{ {rest} }}"

    def _match(self, target: str, f: Formula, tree: ex.Match, depth: int) -> str | None:
        cases = []
        for case in tree.cases:
            inside = self.statements(target, f.at(case.body), depth)
            if inside is None:
                return None
            cases.append(f"case {f.at(case.pattern)} => {inside}")
        return f"match {f.at(tree.subject)} {{ {' '.join(cases)} }}"

    def _pure(self, text: str, depth: int) -> tuple[str, str | None]:
        """Return statements, and an expression that can be run after them and means the same as `text`."""
        f = formula(text)
        if f is None:
            return "", None
        calls = [
            n
            for n in walk(f.tree)
            if isinstance(n, ex.Call) and isinstance(n.callee, ex.Name) and n.callee.name in self._ghost
        ]
        outer = [
            n for n in calls if not any(m is not n and m.first <= n.first < n.last <= m.last for m in calls)
        ]
        before, changes = "", []
        known: dict[str, str] = {}
        for call in outer:
            own = f.at(call)
            if own not in known:
                name = next(self._fresh)
                function = self._function(call)
                done = self._call(own, depth, name)
                if done is None or function is None:
                    return "", None
                declared = "bool" if function.result is None else type_text(function.result.type)  # type: ignore[arg-type]
                if done.startswith(f"{name} := ") and done.count(";") == 1:
                    before += f"var {done} "
                else:
                    before += f"var {name}: {declared}; {done} "
                known[own] = name
            changes.append((call, known[own]))
        new = f.replaced(changes) if changes else f
        return before, new.text if new is not None else None

    def _function(self, call: ex.Call) -> Function | None:
        assert isinstance(call.callee, ex.Name)
        fitting = self._machine.functions.get(call.callee.name, ())
        return next((g for g in fitting if len(g.parameters) == len(call.arguments)), None)

    def _call(self, text: str, depth: int, target: str) -> str | None:
        """Statements for one call: of a method that computes it, or of the function's body."""
        f = formula(text)
        called = call_in(text)
        if f is None or called is None:
            return None
        name, given = called
        if name not in self._ghost:
            return f"{target} := {text};"
        before = ""
        pure: list[str] = []
        for argument in given:
            more, value = self._pure(argument, depth)
            if value is None:
                return None
            before += more
            pure.append(value)
        for contract in self._known:
            if contract.function == name:
                arguments = matched(contract, pure)
                if arguments is not None:
                    return f"{before}{target} := {contract.method.name}({', '.join(arguments)});"
        tree = stripped(f.tree)
        function = self._function(tree) if isinstance(tree, ex.Call) else None
        unfolded = unfold(self._machine, function, pure) if function is not None else None
        if unfolded is None or function is None or calls_itself(function):
            return None
        inside = self.statements(target, unfolded, depth + 1)
        return None if inside is None else before + inside

    def _quantified(self, target: str, f: Formula, tree: Expression, depth: int) -> str | None:
        """A loop for a quantifier over one interval."""
        ranges = interval(f, tree) if isinstance(tree, ex.Quantifier) and len(tree.variables) == 1 else None
        if ranges is None or not isinstance(tree, ex.Quantifier):
            return None
        (_, low, high), test = ranges[0][0], ranges[1]
        index = next(self._fresh)
        holds = formula(test)
        moved = holds.substituted({tree.variables[0].name: index}) if holds is not None else None
        if moved is None:
            return None
        every = tree.kind == "forall"
        start, found = ("true", "false") if every else ("false", "true")
        condition = negated(moved.text) if every else moved.text
        return (
            f"{target} := {start}; var {index} := {low}; "
            f"while {index} < {high} {{ if {condition} {{ {target} := {found}; }} {index} := {index} + 1; }}"
        )


def matched(contract: Contract, given: Sequence[str]) -> list[str] | None:
    """Return the arguments with which a method computes the function of `given`."""
    found: dict[str, str] = {}
    for pattern, value in zip(contract.arguments, given, strict=True):
        if words(pattern.text) == words(value):
            found.update({n: n for n in pattern.names})
        elif isinstance(pattern.tree, ex.Name):
            found[pattern.text] = value
        elif words(pattern.text)[1:] == words(value)[1:] == words("[..]"):
            found[words(pattern.text)[0]] = words(value)[0]
        else:
            return None
    names = [p.name for p in contract.method.parameters]
    return [found[n] for n in names] if set(names) <= set(found) else None


def unfold(machine: Machine, function: Function, given: Sequence[str]) -> str | None:
    """Return the body of a function with arguments put in."""
    if function.body is None or function.body.value is None or len(given) != len(function.parameters):
        return None
    body = formula(machine.program.text(function.body.value))
    names = [p.name for p in function.parameters]
    found = body.substituted(dict(zip(names, given, strict=True))) if body is not None else None
    return None if found is None else found.text


def calls_itself(function: Function) -> bool:
    """Whether a function's body mentions its own name."""
    return function.body is not None and any(
        isinstance(n, ex.Name) and n.name == function.name for n in walk(function.body)
    )


def interval(f: Formula, tree: ex.Quantifier) -> tuple[list[tuple[str, str, str]], str] | None:
    """Return for each variable of a quantifier its name, lowest value and first value beyond, and the rest.

    The rest is what must hold (forall) or be found (exists) within these ranges, as text.
    """
    body = stripped(tree.body)
    if tree.kind == "forall":
        conditions = [*conjuncts(tree.range), *premises(body)]
        while isinstance(body, ex.Binary) and body.operator == "==>":
            body = stripped(body.right)
        goal = [f.at(body)]
    else:
        conditions = [*conjuncts(tree.range), *conjuncts(body)]
        goal = []
    used: set[int] = set()
    ranges = []
    bound: list[Variable] = list(tree.variables)
    for k, variable in enumerate(bound):
        later = {v.name for v in bound[k + 1 :]}
        low, high = _limits(f, variable, conditions, later)
        if low is None or high is None:
            return None
        ranges.append((variable.name, low, high))
    names = {v.name for v in bound}
    for k, condition in enumerate(conditions):
        if _only_limits(condition, names):
            used.add(k)
    rest = [f.at(c) for k, c in enumerate(conditions) if k not in used]
    if tree.kind == "forall":
        return ranges, goal[0] if not rest else f"({' && '.join(rest)}) ==> ({goal[0]})"
    return ranges, " && ".join(rest) or "true"


def _limits(
    f: Formula, variable: Variable, conditions: Sequence[Expression], later: set[str]
) -> tuple[str | None, str | None]:
    natural = variable.type is not None and variable.type.name == "nat"
    low, high = ("0" if natural else None), None
    for bound in bounds_of(variable.name, conditions):
        names = {n.name for n in walk(bound.base) if isinstance(n, ex.Name)}
        if names & later:
            if bound.operator in ("<", "<=") and high is None:
                high = _through(f, bound.base, conditions, bound.offset)
            continue
        shift = bound.offset + (bound.operator in (">", "<="))
        text = f.at(bound.base)
        text = text if not shift else f"{text} + {shift}" if shift > 0 else f"{text} - {-shift}"
        if bound.operator in (">", ">=") and (low is None or low == "0"):
            low = text
        elif bound.operator in ("<", "<="):
            high = text
    return low, high


def _through(f: Formula, base: Expression, conditions: Sequence[Expression], offset: int) -> str | None:
    """The limit of the later variable that limits this one."""
    base = stripped(base)
    if not isinstance(base, ex.Name) or offset:
        return None
    for bound in bounds_of(base.name, conditions):
        if bound.operator == "<" and not bound.offset:
            return f.at(bound.base)
    return None


def _only_limits(e: Expression, names: set[str]) -> bool:
    """Whether a condition does nothing but limit bound variables."""
    if not isinstance(e, ex.Comparison) or not set(e.operators) <= {"<", "<=", ">", ">="}:
        return False
    plain = [stripped(o) for o in e.operands]
    if not any(isinstance(o, ex.Name) and o.name in names for o in plain):
        return False
    return all(
        (isinstance(o, ex.Name) and o.name in names)
        or not {n.name for n in walk(o) if isinstance(n, ex.Name)} & names
        for o in plain
    )


def without_old(f: Formula) -> Formula | None:
    """Return a formula with ``old(e)`` replaced by ``e``."""
    changes: list[tuple[Expression, str]] = []
    for n in walk(f.tree):
        if isinstance(n, ex.Primitive) and n.name == "old" and not n.label:
            changes.append((n, f.at(n.arguments[0])))
    return f.replaced(changes) if changes else f
