"""Finding the task's program inside a candidate: every token of the task, in its place in the tree.

Both programs are parsed, and the trees are laid over each other: a node of the task matches a node of
the candidate of the same kind if their own tokens are the same and their parts match, where the
candidate may have parts more, each an addition that the rules allow. So an addition can neither
swallow, move nor surround anything of the task.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from proofsmith.dafny.addable import Names, Place, Rules
from proofsmith.dafny.complaints import CHANGED, FORBIDDEN, Complaint
from proofsmith.dafny.declarations import Class, Datatype, Function, FunctionBody, Method, Module, Program
from proofsmith.dafny.expressions import StatementExpression
from proofsmith.dafny.lexer import SYMBOL, Token
from proofsmith.dafny.nodes import Clause, Declaration, Expression, Node, Statement, children
from proofsmith.dafny.openings import Row, is_marked, is_open
from proofsmith.dafny.statements import (
    Assert,
    Block,
    For,
    While,
    WhileCases,
)

_SCOPES = (Program, Module, Class, Datatype)
_GLUE = frozenset("<>=!-|&:~.#*/+")


@dataclass(frozen=True)
class Addition:
    """A part of the candidate that the task does not have.

    Attributes:
        node: it, in the candidate's tree; for a statement before an expression, that statement.
        first: index of its first token in the candidate.
        last: index behind its last token.
        body: whether it is (a part of) a body the task asked for.
    """

    node: Node
    first: int
    last: int
    body: bool


Found = tuple[Addition, ...]


class Aligner:
    """Lays one candidate over one task."""

    def __init__(self, task: Program, candidate: Program, names: Names) -> None:
        self._task = task
        self._candidate = candidate
        self._rules = Rules(candidate, names)
        self._memory: dict[tuple[int, int, Place], Found | None] = {}
        self._problems: dict[tuple[int, bool, Place], str | None] = {}
        self._places = {token.start: index for index, token in enumerate(task.tokens)}
        self._reached = -1
        self._complaint: Complaint | None = None

    def additions(self) -> Found | Complaint:
        """Return what the candidate adds, in the order of its text, or why it is refused."""
        found = self._match(self._task, self._candidate, Place())
        if found is None:
            return self._complaint or Complaint(CHANGED, "the task's program is not kept", 1, 1)
        return self._check_tokens(sorted(found, key=lambda a: a.first))

    def _check_tokens(self, found: list[Addition]) -> Found | Complaint:
        """Make sure that what is left is the task token by token, with no two symbols glued or torn apart."""
        kept: list[int] = []
        at = 0
        for addition in found:
            kept += range(at, addition.first)
            at = addition.last
        kept += range(at, len(self._candidate.tokens))
        theirs, ours = self._candidate.tokens, self._task.tokens
        if [theirs[i].text for i in kept] != [t.text for t in ours]:
            return Complaint(CHANGED, "the task's program is not kept", 1, 1)
        for position, index in enumerate(kept[:-1]):
            here, after = ours[position], ours[position + 1]
            if kept[position + 1] == index + 1 and _may_glue(here, after):
                same = bool(after.before) == bool(theirs[index + 1].before)
                if not same:
                    token = theirs[index]
                    message = f"{here.text!r} and {after.text!r} are not as far apart as in the task"
                    return Complaint(CHANGED, message, token.line, token.column)
        return tuple(found)

    def _match(self, ours: Node, theirs: Node, place: Place) -> Found | None:
        key = id(ours), id(theirs), place
        if key not in self._memory:
            self._memory[key] = self._lay(ours, theirs, place)
        return self._memory[key]

    def _lay(self, ours: Node, theirs: Node, place: Place) -> Found | None:
        if type(ours) is type(theirs):
            if self._task.words(ours) == self._candidate.words(theirs):
                return ()
            if isinstance(ours, Method | Function):
                ghost = ours.by_method is None if isinstance(ours, Function) else ours.is_ghost
                place = Place(ghost=ghost, names=frozenset(self._task.words(ours)))
            elif isinstance(ours, FunctionBody):
                place = replace(place, in_function=True)
            elif isinstance(ours, Module | Class | Datatype) and ours.attributes:
                place = replace(place, attributed=ours.name)
            found = self._lay_parts(ours, theirs, place)
            if found is not None:
                return found
        if place.in_function and isinstance(theirs, StatementExpression) and isinstance(ours, Expression):
            rest = self._match(ours, theirs.body, place)
            if rest is not None and not self._refused(theirs.statement, theirs, ours.first, False, place):
                return (Addition(theirs.statement, theirs.first, theirs.body.first, False), *rest)
        return None

    def _lay_parts(self, ours: Node, theirs: Node, place: Place) -> Found | None:
        """Match own tokens and parts in order, with additions between them; every way is tried once."""
        left, right = _elements(self._task, ours), _elements(self._candidate, theirs)
        marked = isinstance(ours, Row) and is_marked(self._task, ours)
        goal = len(left), len(right)
        came: dict[tuple[int, int], tuple[tuple[int, int], Found]] = {(0, 0): ((0, 0), ())}
        stack = [(0, 0)]
        while stack:
            state = stack.pop()
            if state == goal:
                return _retrace(came, goal)
            i, j = state
            steps = []
            if j < len(right):
                added = self._skip(right[j], left[i] if i < len(left) else None, ours, marked, place)
                if added is not None:
                    steps.append(((i, j + 1), added))
                matched = self._one(left[i], right[j], place) if i < len(left) else None
                if matched is not None:
                    steps.append(((i + 1, j + 1), matched))
            if not steps:
                self._note_change(left[i] if i < len(left) else None, ours, theirs, right, j)
            for target, found in steps:
                if target not in came:
                    came[target] = state, found
                    stack.append(target)
        return None

    def _one(self, ours: Token | Node, theirs: Token | Node, place: Place) -> Found | None:
        if isinstance(ours, Token):
            same = isinstance(theirs, Token) and ours.text == theirs.text and ours.kind == theirs.kind
            return () if same else None
        return None if isinstance(theirs, Token) else self._match(ours, theirs, place)

    def _skip(
        self, theirs: Token | Node, before: Token | Node | None, parent: Node, marked: bool, place: Place
    ) -> Found | None:
        """Return the addition if `theirs` may be one in the task's node `parent`."""
        if isinstance(theirs, Token):
            return None
        body = marked or self._is_wanted_body(theirs, parent)
        if not body and not _may_hold(parent, theirs):
            return None
        if isinstance(before, Token):
            reached = self._index(before) + 1
        else:
            reached = _reach(before, theirs) if before is not None else parent.last
        if self._refused(theirs, parent, reached, body, place):
            return None
        return (Addition(theirs, theirs.first, theirs.last, body),)

    def _is_wanted_body(self, theirs: Node, parent: Node) -> bool:
        if isinstance(parent, Method):
            return isinstance(theirs, Block) and is_open(self._task, parent)
        if isinstance(parent, Function):
            return isinstance(theirs, FunctionBody) and parent.body is None and is_open(self._task, parent)
        return isinstance(parent, FunctionBody) and parent.value is None

    def _refused(self, node: Node, parent: Node, reached: int, body: bool, place: Place) -> bool:
        key = id(node), body, place
        if key not in self._problems:
            self._problems[key] = self._rules.problem(node, parent, body=body, place=place)
        problem = self._problems[key]
        if problem is not None:
            self._note(FORBIDDEN, problem, reached, self._candidate.tokens[node.first])
        return problem is not None

    def _note_change(
        self, ours: Token | Node | None, parent: Node, inside: Node, right: list[Token | Node], j: int
    ) -> None:
        """Remember that the task could be followed up to here and no further."""
        if j < len(right):
            item = right[j]
            token = item if isinstance(item, Token) else self._candidate.tokens[item.first]
        else:
            token = self._candidate.tokens[inside.last]
        if ours is None:
            self._note(CHANGED, f"{token.text!r} is not of the task and no proof hint", parent.last, token)
            return
        reached = self._index(ours) if isinstance(ours, Token) else ours.first
        wanted = self._task.tokens[reached]
        message = f"the task's {wanted.text!r} of line {wanted.line} expected, found {token.text!r}"
        self._note(CHANGED, message, reached, token)

    def _index(self, token: Token) -> int:
        return self._places[token.start]

    def _note(self, kind: str, message: str, reached: int, token: Token) -> None:
        if reached > self._reached or (reached == self._reached and kind == FORBIDDEN):
            self._reached = reached
            self._complaint = Complaint(kind, message, token.line, token.column)


def _retrace(came: dict[tuple[int, int], tuple[tuple[int, int], Found]], goal: tuple[int, int]) -> Found:
    found: list[Addition] = []
    state = goal
    while state != (0, 0):
        state, added = came[state]
        found += reversed(added)
    return tuple(reversed(found))


def _elements(program: Program, node: Node) -> list[Token | Node]:
    """Return a node's own tokens and its parts, in the order of the text."""
    items: list[Token | Node] = []
    at = node.first
    for child in children(node):
        if child.first < at or child.first == child.last:
            continue
        items += program.tokens[at : child.first]
        items.append(child)
        at = child.last
    items += program.tokens[at : node.last]
    return items


def _may_hold(parent: Node, node: Node) -> bool:
    """Say whether a part of this kind may be an addition to a node of the task of that kind."""
    if isinstance(parent, _SCOPES):
        return isinstance(node, Declaration)
    if isinstance(parent, While | WhileCases | For | Method | Function):
        return isinstance(node, Clause)
    return isinstance(parent, Row) and isinstance(node, Statement)


def _reach(before: Node, addition: Node) -> int:
    """Say how much of the task was understood when an addition before one of its parts was refused."""
    if type(before) is type(addition) and isinstance(before, Clause | Assert):
        return before.last
    return before.first + (type(before) is not type(addition))


def _may_glue(one: Token, other: Token) -> bool:
    """Say whether two neighbouring symbols could become another when nothing stands between them."""
    both = one.kind == SYMBOL and other.kind == SYMBOL
    return both and one.text[-1] in _GLUE and other.text[0] in _GLUE
