"""Formulas as text with their syntax tree, and substitution in them by places."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.lexer import DafnySyntaxError, Token, tokenize
from proofsmith.dafny.nodes import Expression, Node, Variable, walk
from proofsmith.dafny.parser import expression_of

_LOOSE = (
    ex.Binary,
    ex.Logical,
    ex.Comparison,
    ex.Unary,
    ex.IfThenElse,
    ex.Quantifier,
    ex.Let,
    ex.Match,
    ex.Lambda,
    ex.StatementExpression,
    ex.Cast,
)
"""What needs parentheses around it inside another expression."""


@dataclass(frozen=True)
class Formula:
    """An expression as text and tree; equal if the texts are."""

    text: str

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens that the tree's places count."""
        return tokenize(self.text)

    @cached_property
    def tree(self) -> Expression:
        """The syntax tree."""
        return expression_of(self.tokens)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every identifier in it, bound ones too."""
        return frozenset(n.name for n in walk(self.tree) if isinstance(n, ex.Name))

    @cached_property
    def bound(self) -> frozenset[str]:
        """The names that it binds."""
        found: set[str] = set()
        for n in walk(self.tree):
            if isinstance(n, ex.Quantifier | ex.Comprehension | ex.Lambda):
                found.update(v.name for v in n.variables)
            elif isinstance(n, ex.Pattern) and n.arguments is None:
                found.add(n.name)
        return frozenset(found)

    @property
    def free(self) -> frozenset[str]:
        """The names that it does not bind."""
        return self.names - self.bound

    @cached_property
    def size(self) -> int:
        """Number of tokens."""
        return len(self.tokens)

    def at(self, node: Node) -> str:
        """Return the text of a node of the tree."""
        return self.text[self.tokens[node.first].start : self.tokens[node.last - 1].stop]

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The texts of its tokens: those of formulas that differ in blanks only are equal."""
        return tuple(t.text for t in self.tokens)

    @cached_property
    def shape(self) -> tuple[str, ...]:
        """Its tokens with bound names numbered: equal for formulas that differ in those only."""
        bound = [w for w in dict.fromkeys(self.words) if w in self.bound]
        return tuple(f"#{bound.index(w)}" if w in self.bound else w for w in self.words)

    def words_at(self, node: Node) -> tuple[str, ...]:
        """Return the texts of the tokens of a node of the tree."""
        return self.words[node.first : node.last]

    def occurrences(self, text: str) -> list[Expression]:
        """Return the subexpressions that read `text`, blanks aside."""
        wanted = words(text)[:-1]
        return [n for n in walk(self.tree) if isinstance(n, Expression) and self.words_at(n) == wanted]

    def replaced(self, changes: Iterable[tuple[Node, str]]) -> Formula | None:
        """Return this with nodes replaced by texts; ``None`` if that is no expression.

        Overlapping changes are an error; a text with operators gets parentheses where it may need them.
        """
        text = self.text
        for node, new in sorted(changes, key=lambda c: -c[0].first):
            start, stop = self.tokens[node.first].start, self.tokens[node.last - 1].stop
            text = text[:start] + new + text[stop:]
        return formula(text)

    def substituted(self, values: Mapping[str, str]) -> Formula | None:
        """Return this with free names replaced by texts; ``None`` if a binder would capture something."""
        changes = []
        for node in walk(self.tree):
            if isinstance(node, ex.Name) and node.name in values:
                if node.name in self.bound:
                    return None
                changes.append((node, enclosed(values[node.name])))
        if not changes:
            return self
        brought: set[str] = set()
        for name in {n.name for n, _ in changes}:
            given = formula(values[name])
            brought |= given.names if given is not None else set()
        return None if brought & self.bound else self.replaced(changes)

    def apart(self, taken: Container[str]) -> Formula:
        """Return this with bound names that are `taken` replaced by fresh ones."""
        changes: list[tuple[Node, str]] = []
        clashing = [n for n in sorted(self.bound) if n in taken]
        for name in clashing:
            fresh = next(f"{name}{k}" for k in range(100) if f"{name}{k}" not in self.names | set(clashing))
            for node in walk(self.tree):
                if isinstance(node, ex.Name | Variable | ex.Pattern) and node.name == name:
                    end = node.first + 1
                    changes.append((Node(first=node.first, last=end), fresh))
        return (self.replaced(changes) or self) if changes else self

    def conjuncts(self) -> list[Formula]:
        """Return the parts that ``&&`` joins, chains of comparisons taken as one."""
        tree = stripped(self.tree)
        if isinstance(tree, ex.Logical) and tree.operator == "&&":
            parts = [formula(self.at(o)) for o in tree.operands]
            return [c for p in parts if p is not None for c in p.conjuncts()]
        return [self]


@lru_cache(maxsize=20_000)
def formula(text: str) -> Formula | None:
    """Return the formula that `text` is, or ``None`` if it is none."""
    try:
        found = Formula(text.strip())
        _ = found.tree
    except DafnySyntaxError:
        return None
    return found


@lru_cache(maxsize=50_000)
def words(text: str) -> tuple[str, ...]:
    """Return the tokens of `text`, so that texts that differ in blanks only are alike."""
    return tuple(t.text for t in tokenize(text))


def is_hard(text: str) -> bool:
    """Whether a formula has quantifiers, calls, sequences or products, which cost a prover time."""
    return any(mark in text for mark in ("forall", "exists", "[", "(", "*", "/", "%"))


@lru_cache(maxsize=20_000)
def enclosed(text: str) -> str:
    """Return `text`, in parentheses if it would not hold together inside another expression."""
    found = formula(text)
    return f"({text})" if found is not None and isinstance(found.tree, _LOOSE) else text


def negated(text: str) -> str:
    """Return the negation of a formula, without ``!`` where a comparison can be turned."""
    found = formula(text)
    if found is None:
        return f"!({text})"
    tree = stripped(found.tree)
    turned = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "in": "!in", "!in": "in"}
    if isinstance(tree, ex.Comparison) and len(tree.operators) == 1 and tree.operators[0] in turned:
        left, right = found.at(tree.operands[0]), found.at(tree.operands[1])
        return f"{left} {turned[tree.operators[0]]} {right}"
    if isinstance(tree, ex.Unary) and tree.operator == "!":
        return found.at(stripped(tree.operand))
    return f"!({found.at(tree)})"
