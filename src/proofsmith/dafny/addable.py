"""What a candidate may add to a Dafny program: proof hints that Dafny checks, and nothing that assumes.

Each rule looks at one added node and says what is wrong with it, if anything. A hint may declare only
names that do not occur in the task, so that no word of the task changes its meaning; it may assign
only to such names, and call only lemmas, so that what the program does stays the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from proofsmith.dafny.declarations import Class, Datatype, Function, FunctionBody, Method, Module, Program
from proofsmith.dafny.expressions import (
    BindingGuard,
    Call,
    Literal,
    Match,
    Name,
    Parenthesized,
    Pattern,
    Select,
    Star,
    StatementExpression,
)
from proofsmith.dafny.lexer import NAME
from proofsmith.dafny.nodes import Attribute, Clause, Expression, Node, Statement, walk
from proofsmith.dafny.statements import (
    Assert,
    Assign,
    Assume,
    Block,
    Calc,
    CallStatement,
    For,
    Forall,
    If,
    IfCases,
    Jump,
    MatchStatement,
    Modify,
    New,
    Reveal,
    Skeleton,
    VarDeclaration,
    While,
    WhileCases,
)

HARMLESS_ATTRIBUTES = frozenset(("trigger", "induction", "fuel"))
"""Attributes that steer the prover and can make nothing hold that does not hold."""

_FORBIDDEN_TEXT = """
    assume axiom expect extern free import include module class trait iterator datatype codatatype newtype
    const constructor export refines abstract twostate inductive least greatest copredicate colemma comethod
    modify yield yields method opened protected provides reveals witness replaceable
"""
FORBIDDEN_WORDS = frozenset(_FORBIDDEN_TEXT.split())
"""Words that stand in no addition, whatever the grammar would make of them there."""

_HINT_ONLY_WORDS = frozenset(("new", "print", "modifies"))


@dataclass(frozen=True)
class Names:
    """The names of a task and of what it includes.

    Attributes:
        used: every name that occurs in it.
        lemmas: names of lemmas, and of nothing else.
        methods: names of what may change something when called as a statement; ghost methods too.
    """

    used: frozenset[str]
    lemmas: frozenset[str]
    methods: frozenset[str]


@dataclass(frozen=True)
class Place:
    """Where in the task an addition stands.

    Attributes:
        ghost: whether nothing of what stands there runs: in a lemma or function.
        in_function: whether it is in the body of a function.
        names: the names that occur in the method, lemma or function around it; ``None`` outside of them.
        attributed: name of a module or class around it that has attributes.
    """

    ghost: bool = False
    in_function: bool = False
    names: frozenset[str] | None = None
    attributed: str = ""


def names_of(programs: Iterable[Program]) -> Names:
    """Collect the names of a task's program and of the files it includes."""
    used: set[str] = set()
    lemmas: set[str] = set()
    methods = {"MoveNext"}  # of every iterator
    for program in programs:
        used.update(t.text for t in program.tokens if t.kind == NAME)
        for node in walk(program):
            if isinstance(node, Method):
                (lemmas if node.is_lemma else methods).add(node.name)
    return Names(frozenset(used), frozenset(lemmas - methods), frozenset(methods))


class Rules:
    """The rules for one candidate."""

    def __init__(self, candidate: Program, names: Names) -> None:
        self._candidate = candidate
        self._names = names
        self._place = Place()
        declared = [n for n in walk(candidate) if isinstance(n, Method | Function)]
        self._new_lemmas = {n.name for n in declared if n.kind == "lemma"}
        self._new_functions = {n.name for n in declared if isinstance(n, Function)}

    def problem(self, node: Node, parent: Node, *, body: bool, place: Place) -> str | None:
        """Say what is wrong with adding `node` below `parent`; ``None`` if nothing is.

        Args:
            node: of the candidate.
            parent: the node it stands in.
            body: whether a body may be written there.
            place: where that is in the task.
        """
        self._place = place
        if body:
            return self._words(node, frozenset()) or self._attributes(node) or self._body(node)
        return self._words(node, _HINT_ONLY_WORDS) or self._attributes(node) or self._hint(node, parent)

    def _words(self, node: Node, more: frozenset[str]) -> str | None:
        for token in self._candidate.tokens[node.first : node.last]:
            if token.kind == NAME and (token.text in FORBIDDEN_WORDS or token.text in more):
                return f"{token.text!r} may not be added"
        return None

    def _attributes(self, node: Node) -> str | None:
        for part in walk(node):
            if isinstance(part, Attribute) and part.name not in HARMLESS_ATTRIBUTES:
                return f"the attribute {part.name!r} may not be added"
        return None

    def _hint(self, node: Node, parent: Node) -> str | None:
        if isinstance(node, Clause):
            return self._clause(node, parent)
        if isinstance(node, Method | Function):
            return self._declaration(node, parent)
        if isinstance(node, Statement):
            return self._statement(node, ghost=self._place.ghost, lemma=False) or self._inner(node)
        return "only proof hints may be added"

    def _clause(self, clause: Clause, parent: Node) -> str | None:
        if isinstance(parent, While | WhileCases | For):
            if clause.kind not in ("invariant", "decreases"):
                return f"a loop of the task may not get a {clause.kind!r} clause"
            if not isinstance(parent, WhileCases) and parent.body is None:
                return "a loop without a body may not get an invariant: nothing would maintain it"
        elif not (isinstance(parent, Method | Function) and clause.kind == "decreases"):
            return f"the specification of the task may not get a {clause.kind!r} clause"
        return self._clause_content(clause) or self._inner(clause)

    def _clause_content(self, clause: Clause) -> str | None:
        if clause.free or clause.label or clause.yields:
            return f"a {clause.kind!r} clause with a mark may not be added"
        if clause.kind == "decreases" and any(isinstance(e, Star) for e in clause.expressions):
            return "'decreases *' gives up termination"
        if clause.kind == "requires" and any(_is_false(e) for e in clause.expressions):
            return "'requires false' makes a proof worthless"
        return None

    def _declaration(self, node: Method | Function, parent: Node) -> str | None:
        if not isinstance(parent, Program | Module | Class | Datatype):
            return "a declaration may not be added here"
        if self._place.attributed:
            # {:verify false} would take it on trust, {:autocontracts} gives names a meaning
            return f"nothing may be declared in {self._place.attributed}, which has attributes"
        if node.kind not in ("lemma", "function", "predicate") or node.skeleton:
            return "only lemmas and ghost functions may be added"
        if not set(node.modifiers) <= {"ghost", "static"}:
            return f"a {node.kind} with {' '.join(node.modifiers)!r} may not be added"
        if node.body is None:
            return f"{node.name} has no body, so it would be taken on trust"
        if not self._fresh(node.name):
            return f"the name {node.name!r} occurs in the task"
        for clause in node.clauses:
            wrong = self._clause_content(clause)
            if wrong:
                return wrong
            if clause.kind == "modifies":
                return f"{node.name} may modify nothing"
            if clause.kind == "reads" and (name := self._added_in(clause)):
                # Dafny 2.3 takes ``reads if null in F.reads() then {} else {null}`` for a definition.
                return f"what {node.name} reads may not depend on the added function {name}"
        if isinstance(node, Function):
            if node.by_method is not None or getattr(node.body, "value", None) is None:
                return f"{node.name} has no body of its own"
            return self._inner(node)
        assert isinstance(node.body, Block)
        return self._statement(node.body, ghost=True, lemma=True) or self._inner(node)

    def _added_in(self, clause: Clause) -> str:
        """Return the first name in a clause that is that of an added function, or an empty string."""
        words = (t.text for t in self._candidate.tokens[clause.first : clause.last])
        return next((w for w in words if w in self._new_functions and self._fresh(w)), "")

    def _is_lemma(self, name: str) -> bool:
        """Say whether a name is that of a lemma: of the task, added, or one that reveals a function (2.3)."""
        if name in self._names.lemmas:
            return True
        revealed = name.removeprefix("reveal_")
        return self._fresh(name) and (
            name in self._new_lemmas or (revealed != name and revealed in self._names.used)
        )

    def _fresh(self, name: str) -> bool:
        return name not in self._names.used and not name.startswith("_") and name != ""

    def _statement(self, node: Statement, *, ghost: bool, lemma: bool) -> str | None:
        """Check a statement of a hint; `ghost` where nothing can run, `lemma` in an added lemma."""
        if isinstance(node, Assert):
            if node.label and not node.label.isdigit() and not self._fresh(node.label):
                return f"the name {node.label!r} occurs in the task"
            return self._statement(node.proof, ghost=True, lemma=lemma) if node.proof is not None else None
        if isinstance(node, Calc):
            hints = [h for step in node.steps for h in step.hints]
            return self._all(hints, ghost=True, lemma=lemma)
        if isinstance(node, CallStatement):  # what it calls is looked at by `_inner`
            return None if node.proof is None else self._statement(node.proof, ghost=True, lemma=lemma)
        if isinstance(node, Reveal):
            return None if node.kind == "reveal" else "'hide' may not be added"
        if isinstance(node, VarDeclaration | Assign):
            return self._binding(node, ghost=ghost, lemma=lemma)
        if isinstance(node, Block):
            return self._all(node.statements, ghost=ghost, lemma=lemma)
        if isinstance(node, Forall):
            if node.body is None:
                return "a 'forall' without a body is taken on trust"
            return self._statement(node.body, ghost=ghost or bool(node.clauses), lemma=lemma)
        if isinstance(node, If | IfCases | MatchStatement):
            return self._branches(node, ghost=ghost, lemma=lemma)
        if lemma:
            return self._lemma_statement(node)
        return "only proof hints may be added"

    def _all(self, statements: Iterable[Statement], *, ghost: bool, lemma: bool) -> str | None:
        for statement in statements:
            wrong = self._statement(statement, ghost=ghost, lemma=lemma)
            if wrong:
                return wrong
        return None

    def _branches(self, node: If | IfCases | MatchStatement, *, ghost: bool, lemma: bool) -> str | None:
        if isinstance(node, If):
            parts: list[Statement] = [node.then]
            if node.otherwise is not None:
                parts.append(node.otherwise)
            guards = [node.guard]
        elif isinstance(node, IfCases):
            parts = [s for a in node.alternatives for s in a.statements]
            guards = [a.guard for a in node.alternatives]
        else:
            parts = [s for c in node.cases for s in c.statements]
            guards = []
        if any(isinstance(g, Star | BindingGuard) for g in guards) and not ghost:
            return "a choice without a condition may not be added"
        return self._all(parts, ghost=ghost, lemma=lemma)

    def _lemma_statement(self, node: Statement) -> str | None:
        if isinstance(node, While | For):
            if node.body is None:
                return "a loop without a body is taken on trust"
            return self._statement(node.body, ghost=True, lemma=True)
        if isinstance(node, WhileCases):
            return self._all([s for a in node.alternatives for s in a.statements], ghost=True, lemma=True)
        if isinstance(node, Jump) and node.kind in ("return", "break", "continue"):
            return None
        return f"{type(node).__name__} may not stand in an added lemma"

    def _binding(self, node: VarDeclaration | Assign, *, ghost: bool, lemma: bool) -> str | None:
        if node.proof is not None:
            return "a variable with a proof may not be added"
        if node.assumed or node.operator not in (":=", ":|"):
            return "an added variable needs a value that Dafny checks"
        if any(isinstance(v, Star | New) for v in node.values):
            return "an added variable needs a value, neither '*' nor 'new'"
        if isinstance(node, Assign):
            for target in node.targets:
                if not isinstance(target, Name):
                    return "only variables that are added may be assigned to"
                if not lemma and not self._fresh(target.name):
                    return f"{target.name!r} occurs in the task: an addition may not assign to it"
        else:
            if not (node.ghost or ghost):
                return "an added variable must be declared 'ghost'"
            if not lemma:
                declared = [v.name for v in node.variables]
                if node.pattern is not None:
                    declared += _variables(node.pattern)
                taken = self._names.used if self._place.names is None else self._place.names
                for name in declared:
                    if name in taken or name.startswith("_"):
                        return f"the name {name!r} occurs here in the task"
        for value in node.values:
            name = _called(value)
            known = name in self._names.used or name in self._new_functions | self._new_lemmas
            if name and (name in self._names.methods or not known):
                return f"an addition may not call the method {name}"
        return None

    def _inner(self, node: Node) -> str | None:
        """Check what may stand deep inside an addition: calls as statements, statements in expressions."""
        for part in walk(node):
            if isinstance(part, CallStatement):
                name = _called(part.call)
                if not self._is_lemma(name):
                    return f"{name or 'this'} is no lemma: an addition may call only lemmas"
            elif isinstance(part, StatementExpression):
                wrong = self._statement(part.statement, ghost=True, lemma=False)
                if wrong:
                    return wrong
            elif isinstance(part, Assume):
                return f"{part.kind!r} may not be added"
            elif isinstance(part, Clause):
                wrong = self._clause_content(part)
                if wrong:
                    return wrong
            elif isinstance(part, While | For | Forall) and part.body is None:
                return "a loop or 'forall' without a body is taken on trust"
            elif isinstance(part, Match | MatchStatement) and not part.cases:
                return "a 'match' without cases may not be added"
        return None

    def _body(self, node: Node) -> str | None:
        """Check a body, or a part of one, that a candidate was asked to write: it may do all but assume."""
        if not isinstance(node, Statement | Expression | FunctionBody):
            return "only a body may be added here"
        for part in walk(node):
            if isinstance(part, Assume | Modify | Skeleton):
                return f"{type(part).__name__.lower()!r} may not be added"
            if isinstance(part, While | For | Forall) and part.body is None:
                return "a loop or 'forall' without a body is taken on trust"
            if isinstance(part, VarDeclaration | Assign) and (
                part.assumed or any(isinstance(v, Star) for v in part.values)
            ):
                return "a variable needs a value that is computed"
            if isinstance(part, Clause):
                wrong = self._clause_content(part)
                if wrong:
                    return wrong
        return None


def _variables(pattern: Pattern) -> list[str]:
    parts = [p for p in walk(pattern) if isinstance(p, Pattern)]
    return [p.name for p in parts if p.name and p.arguments is None]


def _called(expression: Expression) -> str:
    """Return the last name of what a call calls; an empty string for what is no call of a name."""
    while isinstance(expression, Parenthesized):
        expression = expression.inner
    if not isinstance(expression, Call):
        return ""
    callee = expression.callee
    while isinstance(callee, Parenthesized):
        callee = callee.inner
    if isinstance(callee, Name):
        return callee.name
    return callee.field if isinstance(callee, Select) else ""


def _is_false(expression: Expression) -> bool:
    while isinstance(expression, Parenthesized):
        expression = expression.inner
    return isinstance(expression, Literal) and expression.text == "false"
