"""Reading terms with their sorts checked. An explicit stack, so that depth is no limit."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from proofsmith.errors import BadInput
from proofsmith.smtlib.reading.scope import Scope
from proofsmith.smtlib.reading.sorts import read_sort
from proofsmith.smtlib.sexpr import MAX_CODE, Atom, List, Node, Text, unescape
from proofsmith.smtlib.signature import (
    ALIASES,
    MAX_WIDTH,
    OPERATORS,
    SortMismatch,
    full_name,
    result_sort,
)
from proofsmith.smtlib.terms import BOOL, INT, STRING, Sort, Term, bitvec, const, var

MAX_DIGITS = 4000
"""Most digits of a number that is read (Python converts longer ones slowly, and refuses)."""

_BINDERS = ("forall", "exists", "match", "lambda", "choice", "par")


def literal(atom: Atom, source: Text) -> Term | None:
    """Return the constant that `atom` writes; ``None`` if it is a symbol.

    Raises:
        BadInput: a literal that is not supported.
    """
    kind, text = atom.kind, atom.text
    if kind in ("symbol", "keyword"):
        return None
    if kind == "string":
        value = unescape(text)
        if any(ord(c) > MAX_CODE for c in value):
            raise source.error("a character beyond SMT-LIB's last code point, 2FFFF", atom.start)
        return const(value, STRING)
    if len(text) > MAX_DIGITS and kind in ("numeral", "negative"):
        raise source.error(f"a number of more than {MAX_DIGITS} digits", atom.start)
    if kind in ("numeral", "negative"):
        return const(int(text), INT)
    if kind == "hex":
        return _vector(int(text[2:], 16), 4 * (len(text) - 2), atom, source)
    if kind == "binary":
        return _vector(int(text[2:], 2), len(text) - 2, atom, source)
    raise source.error("real numbers are not supported", atom.start)


def _vector(value: int, width: int, node: Node, source: Text) -> Term:
    if not 1 <= width <= MAX_WIDTH:
        raise source.error(f"a bit-vector has 1 to {MAX_WIDTH} bits", node.start)
    return const(value, bitvec(width))


class TermReader:
    """Reads terms in a scope. One reader serves many terms of a file.

    `grammar` allows ``(Constant S)`` and ``(Variable S)``, and notes weights in `weights`.
    """

    def __init__(self, source: Text, scope: Scope, grammar: bool = False) -> None:
        self._source = source
        self._scope = scope
        self._grammar = grammar
        self._constants = {"true": const(True, BOOL), "false": const(False, BOOL)}
        self.weights = 0

    def read(self, node: Node) -> Term:
        """Return the term that `node` writes.

        Raises:
            BadInput: unknown symbol, wrong sorts, unsupported construct; with line and column.
        """
        bound: dict[str, list[Term]] = {}
        results: list[Term] = []
        # Tasks: ("read", node), ("apply", list), ("bind", list), ("unbind", -)
        work: list[tuple[str, Node]] = [("read", node)]
        while work:
            action, at = work.pop()
            if action == "read":
                if isinstance(at, Atom):
                    results.append(self._atom(at, bound))
                else:
                    self._open(at, work, results)
                continue
            assert isinstance(at, List)
            if action == "apply":
                count = len(at.items) - 1
                arguments = tuple(results[len(results) - count :])
                del results[len(results) - count :]
                results.append(self._apply(at, arguments, bound))
            elif action == "bind":
                for name, value in self._bind(at, results).items():
                    bound.setdefault(name, []).append(value)
            else:
                for name in _bound_names(at):
                    bound[name].pop()
        return results[-1]

    def _open(self, node: List, work: list[tuple[str, Node]], results: list[Term]) -> None:
        """Plan the reading of a list: its arguments, then its application. Constants are read at once."""
        source, items = self._source, node.items
        if not items:
            raise source.error("an empty list is not a term", node.start)
        head = items[0]
        name = head.text if isinstance(head, Atom) else ""
        if name == "let":
            self._open_let(node, work)
        elif name == "!":
            if len(items) < 2:
                raise source.error("(! ...) needs a term", node.start)
            self.weights += 1
            work.append(("read", items[1]))
        elif name in _BINDERS:
            raise source.error(f"unsupported: {name}", node.start)
        elif self._is_leaf(name):
            results.append(self._constant(node))
        else:
            if isinstance(head, List) and _word(head) == "as":
                raise source.error("unsupported: (as ...)", node.start)
            work.append(("apply", node))
            work.extend(("read", item) for item in reversed(items[1:]))

    def _is_leaf(self, name: str) -> bool:
        """Say whether a list that starts with `name` is a constant rather than an application."""
        return name == "_" or (self._grammar and name in _PLACEHOLDERS and name not in self._scope.functions)

    def _open_let(self, node: List, work: list[tuple[str, Node]]) -> None:
        items = node.items
        if len(items) != 3 or not isinstance(items[1], List):
            raise self._source.error("expected (let ((name term) ...) term)", node.start)
        if self._grammar:
            raise self._source.error("unsupported: let in a grammar", node.start)
        work.append(("unbind", node))
        work.append(("read", items[2]))
        work.append(("bind", node))
        for binding in reversed(items[1].items):
            parts = binding.items if isinstance(binding, List) else []
            if len(parts) not in (2, 3) or not isinstance(parts[0], Atom) or parts[0].kind != "symbol":
                raise self._source.error("expected (name term)", binding.start)
            work.append(("read", parts[-1]))

    def _bind(self, node: List, results: list[Term]) -> dict[str, Term]:
        pairs = node.items[1]
        assert isinstance(pairs, List)
        made: dict[str, Term] = {}
        count = len(pairs.items)
        values = results[len(results) - count :]
        del results[len(results) - count :]
        for binding, value in zip(pairs.items, values, strict=True):
            assert isinstance(binding, List)
            name = binding.items[0]
            assert isinstance(name, Atom)
            if name.text in made:
                raise self._source.error(f"{name.text} is bound twice", name.start)
            if len(binding.items) == 3:  # the older dialect states the sort
                sort = read_sort(binding.items[1], self._source, self._scope.sorts)
                if sort != value.sort:
                    raise self._source.error(f"{name.text} is {value.sort}, not {sort}", binding.start)
            made[name.text] = value
        return made

    def _atom(self, atom: Atom, bound: Mapping[str, list[Term]]) -> Term:
        constant = literal(atom, self._source)
        if constant is not None:
            return constant
        name = atom.text
        if bound.get(name):
            return bound[name][-1]
        scope = self._scope
        if name in scope.variables:
            return var(name, scope.variables[name])
        if name in scope.functions:
            return self._call(name, (), atom)
        if name in self._constants:
            return self._constants[name]
        raise self._unknown(atom, name)

    def _apply(self, node: List, arguments: tuple[Term, ...], bound: Mapping[str, list[Term]]) -> Term:
        head = node.items[0]
        indices: tuple[int, ...] = ()
        if isinstance(head, List):
            name, indices = self._indexed(head)
        else:
            name = head.text
            if head.kind != "symbol" or bound.get(name) or name in self._scope.variables:
                raise self._source.error(f"{name[:60]} is not a function", head.start)
            if name in self._scope.functions:
                return self._call(name, arguments, head)
        if name in ALIASES:
            self._scope.spelling[ALIASES[name]] = name
            name = ALIASES[name]
        if name not in OPERATORS:
            raise self._unknown(head, name)
        if name == "-" and len(node.items) == 2 and _is_numeral(node.items[1]):
            return const(-int(arguments[0].value or 0), INT)
        try:
            sort = result_sort(name, indices, [a.sort for a in arguments])
        except SortMismatch as error:
            raise self._source.error(str(error), node.start) from None
        return Term("app", full_name(name, indices), sort, arguments)

    def _call(self, name: str, arguments: tuple[Term, ...], node: Node) -> Term:
        signature = self._scope.functions[name]
        sorts = tuple(a.sort for a in arguments)
        if sorts != signature.arguments:
            wanted = " ".join(map(str, signature.arguments)) or "no argument"
            given = " ".join(map(str, sorts)) or "none"
            raise self._source.error(f"{name} takes {wanted}, given {given}", node.start)
        return Term("app", name, signature.result, arguments)

    def _indexed(self, head: List) -> tuple[str, tuple[int, ...]]:
        """Return name and indices of ``(_ name 1 2)`` at the head of an application."""
        words = [i for i in head.items if isinstance(i, Atom)]
        if len(words) != len(head.items) or len(words) < 3 or words[0].text != "_":
            raise self._source.error("this is not a function", head.start)
        for index in words[2:]:
            if index.kind != "numeral" or len(index.text) > 9:
                raise self._source.error(f"{index.text[:40]!r} is not an index", index.start)
        return words[1].text, tuple(int(i.text) for i in words[2:])

    def _constant(self, node: List) -> Term:
        """Read ``(_ bv5 8)``, or a grammar's ``(Constant S)`` and ``(Variable S)``."""
        items, source = node.items, self._source
        head = items[0]
        assert isinstance(head, Atom)
        if head.text != "_":
            if len(items) != 2:
                raise source.error(f"expected ({head.text} SORT)", node.start)
            sort = read_sort(items[1], source, self._scope.sorts)
            return Term(_PLACEHOLDERS[head.text], "", sort)
        name = items[1].text if len(items) == 3 and isinstance(items[1], Atom) else ""
        width = items[2] if len(items) == 3 else node
        digits = name[2:]
        if name.startswith("bv") and digits.isascii() and digits.isdecimal() and isinstance(width, Atom):
            if width.kind == "numeral" and len(width.text) < 7 and len(digits) <= MAX_DIGITS:
                return _vector(int(digits), int(width.text), node, source)
            raise source.error("this bit-vector constant is not supported", node.start)
        if name == "char" and isinstance(width, Atom) and width.kind == "hex" and len(width.text) < 8:
            code = int(width.text[2:], 16)
            if code <= MAX_CODE:
                return const(chr(code), STRING)
        raise source.error("unknown constant", node.start, hint="(_ bv5 8) is 5 in 8 bits")

    def _unknown(self, node: Node, name: str) -> BadInput:
        scope = self._scope
        if name in scope.opaque:
            return self._source.error(scope.opaque[name], node.start)
        if name in OPERATORS:
            return self._source.error(f"{name} needs arguments", node.start)
        known = [*scope.variables, *scope.functions, *OPERATORS]
        close = difflib.get_close_matches(name, known, 1) if len(known) < 5000 and len(name) < 80 else []
        hint = f"did you mean {close[0]}?" if close else None
        return self._source.error(f"unknown symbol {name[:80]!r}", node.start, hint=hint)


_PLACEHOLDERS: dict[str, str] = {
    "Constant": "any-constant",
    "Variable": "any-variable",
    "InputVariable": "any-variable",
}


def _word(node: List) -> str:
    head = node.items[0] if node.items else None
    return head.text if isinstance(head, Atom) else ""


def _bound_names(let: List) -> list[str]:
    pairs = let.items[1]
    assert isinstance(pairs, List)
    names = [pair.items[0] for pair in pairs.items if isinstance(pair, List)]
    return [name.text for name in names if isinstance(name, Atom)]


def _is_numeral(node: Node) -> bool:
    return isinstance(node, Atom) and node.kind == "numeral"


def read_parameters(node: Node, source: Text, sorts: Mapping[str, Sort]) -> tuple[tuple[str, Sort], ...]:
    """Read ``((x Int) (y Bool))``.

    Raises:
        BadInput: not of this form, a name twice, or an unknown sort.
    """
    if not isinstance(node, List):
        raise source.error("expected a list of parameters", node.start)
    made: dict[str, Sort] = {}
    for item in node.items:
        parts = item.items if isinstance(item, List) else []
        name = parts[0] if len(parts) == 2 else None
        if not isinstance(name, Atom) or name.kind != "symbol":
            raise source.error("expected (name SORT)", item.start)
        if name.text in made:
            raise source.error(f"the parameter {name.text} is declared twice", name.start)
        made[name.text] = read_sort(parts[1], source, sorts)
    return tuple(made.items())
