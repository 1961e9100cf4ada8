"""Reading a SyGuS file: SyGuS-IF 2.1 (Padhi et al., 2023), and the 1.0 dialect of older benchmarks."""

from __future__ import annotations

import contextlib
import difflib
import gc
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from proofsmith.errors import BadInput
from proofsmith.smtlib.problem import DefinedFunction, InvariantProblem, Nonterminal, Problem, SynthFunction
from proofsmith.smtlib.reading.grammar_reader import read_grammar
from proofsmith.smtlib.reading.scope import Scope, Signature
from proofsmith.smtlib.reading.sorts import read_sort
from proofsmith.smtlib.reading.term_reader import TermReader, read_parameters
from proofsmith.smtlib.sexpr import Atom, List, Node, Text, read
from proofsmith.smtlib.signature import is_operator
from proofsmith.smtlib.terms import BOOL, Sort, Term, app, subterms, var

_LOGIC = re.compile(
    r"(?:PBE_|QF_)*C?((?:UF)?(?:BV)?S?(?:LIA|NIA)|(?:UF)?(?:BV)?S|(?:UF)?BV|ALL|SAT|UF)(?:_PBE)?\Z"
)
_UNSUPPORTED = {
    "declare-fun": "uninterpreted functions are not supported",
    "define-fun-rec": "recursive definitions are not supported",
    "define-funs-rec": "recursive definitions are not supported",
    "declare-datatype": "datatypes are not supported",
    "declare-datatypes": "datatypes are not supported",
    "declare-sort": "uninterpreted sorts are not supported",
    "chc-constraint": "Horn-clause constraints are not supported",
    "oracle-constraint": "oracles are not supported",
    "declare-oracle-fun": "oracles are not supported",
    "oracle-assume": "oracles are not supported",
    "optimize-synth": "optimisation is not supported",
    "assert": "this is a command of SMT-LIB scripts (.smt2), not of SyGuS problems",
    "check-sat": "this is a command of SMT-LIB scripts (.smt2), not of SyGuS problems",
}


def parse_problem(text: str, path: str | None = None) -> Problem:
    """Return the problem that a SyGuS file states. Kept for the next call; `path` is for messages only.

    Raises:
        BadInput: the text is not a SyGuS problem that is supported; with line and column.
    """
    try:
        return _parse(text)
    except BadInput as error:
        raise BadInput(error.cause, path, error.line, error.hint) from None


@lru_cache(maxsize=32)
def _parse(text: str) -> Problem:
    source = Text(text)
    with _collector_paused():
        nodes = read(source)
        if not nodes:
            raise BadInput("there is nothing in this file", hint="a SyGuS problem ends (check-synth)")
        reader = _Reader(source)
        for node in nodes:
            reader.command(node)
        return reader.finish()


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the cyclic collector from going through the nodes of a large file again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def depends(definition: DefinedFunction, hidden: set[str]) -> bool:
    """Say whether a definition uses one of the `hidden` functions, or variables besides its parameters."""
    parameters = {name for name, _ in definition.parameters}
    return any(
        (t.kind == "app" and t.name in hidden) or (t.kind == "var" and t.name not in parameters)
        for t in subterms(definition.body)
    )


class _Reader:
    """Reads command by command."""

    def __init__(self, source: Text) -> None:
        self._source = source
        self._logic = ""
        self._scope = Scope()
        self._found: dict[str, SynthFunction] = {}
        self._definitions: dict[str, DefinedFunction] = {}
        self._dependent: set[str] = set()
        self._constraints: list[Term] = []
        self._assumptions: list[Term] = []
        self._invariant: InvariantProblem | None = None
        self._notices: dict[str, None] = {}
        self._checked = False
        self._terms = TermReader(source, self._scope)
        self._commands: dict[str, Callable[[List], None]] = {
            "set-logic": self._set_logic,
            "set-option": self._ignored,
            "set-options": self._ignored,
            "set-info": lambda node: None,
            "set-feature": self._ignored,
            "declare-weight": self._weight,
            "define-sort": self._define_sort,
            "declare-var": self._declare_variable,
            "declare-primed-var": self._declare_primed,
            "define-fun": self._define,
            "define-const": self._define,
            "synth-fun": self._synth,
            "synth-inv": self._synth,
            "constraint": lambda node: self._state(node, self._constraints),
            "assume": lambda node: self._state(node, self._assumptions),
            "inv-constraint": self._inv_constraint,
            "check-synth": self._check,
            "exit": lambda node: None,
        }

    def command(self, node: Node) -> None:
        """Read one command."""
        head = node.items[0] if isinstance(node, List) and node.items else None
        if not isinstance(node, List) or not isinstance(head, Atom):
            raise self._source.error("expected a command, such as (constraint ...)", node.start)
        name = head.text
        if name in _UNSUPPORTED:
            raise self._source.error(f"unsupported command {name}: {_UNSUPPORTED[name]}", node.start)
        if name not in self._commands:
            close = difflib.get_close_matches(name, self._commands, 1) if len(name) < 40 else []
            hint = f"did you mean {close[0]}?" if close else None
            raise self._source.error(f"unsupported command {name[:60]!r}", node.start, hint=hint)
        if self._checked and name not in ("exit", "set-info", "set-option"):
            raise self._source.error(f"{name} after (check-synth) is not supported", node.start)
        self._commands[name](node)

    def finish(self) -> Problem:
        """Return what was read."""
        if not self._checked:
            raise BadInput("there is no (check-synth) at the end", hint="is the file cut off?")
        return Problem(
            logic=self._logic or "ALL",
            functions=tuple(self._found.values()),
            variables=tuple(self._scope.variables.items()),
            definitions=tuple(self._definitions.values()),
            constraints=tuple(self._constraints),
            assumptions=tuple(self._assumptions),
            invariant=self._invariant,
            notices=tuple(self._notices),
            spelling=tuple(self._scope.spelling.items()),
        )

    def _parts(self, node: List, least: int, most: int, form: str) -> list[Node]:
        parts = node.items[1:]
        if not least <= len(parts) <= most:
            raise self._source.error(f"expected {form}", node.start)
        return parts

    def _new_name(self, node: Node) -> str:
        """Return the symbol that `node` declares."""
        if not isinstance(node, Atom) or node.kind != "symbol":
            raise self._source.error("expected a name", node.start)
        name = node.text
        if name in self._scope.variables or name in self._scope.functions:
            raise self._source.error(f"{name} is declared twice", node.start)
        if is_operator(name):
            raise self._source.error(f"{name} is an operator of the logic; give another name", node.start)
        return name

    def _ignored(self, node: List) -> None:
        option = node.items[1] if len(node.items) > 1 else None
        name = option.text if isinstance(option, Atom) else ""
        head = node.items[0]
        assert isinstance(head, Atom)
        self._notices[f"({head.text}{' ' if name else ''}{name[:60]}) is ignored"] = None

    def _weight(self, node: List) -> None:
        self._notices["weights are ignored"] = None

    def _set_logic(self, node: List) -> None:
        (name,) = self._parts(node, 1, 1, "(set-logic NAME)")
        text = name.text if isinstance(name, Atom) else ""
        known = _LOGIC.match(text)
        if known is None:
            hint = "supported: LIA, NIA, BV, S, SLIA, SNIA, ALL, and mixtures such as BVLIA"
            raise self._source.error(f"unknown logic {text[:40]!r}", name.start, hint=hint)
        self._logic = known[1]

    def _define_sort(self, node: List) -> None:
        name, parameters, sort = self._parts(node, 3, 3, "(define-sort NAME () SORT)")
        if not isinstance(name, Atom) or not isinstance(parameters, List):
            raise self._source.error("expected (define-sort NAME () SORT)", node.start)
        if parameters.items:
            raise self._source.error("sorts with parameters are not supported", parameters.start)
        self._scope.sorts[name.text] = read_sort(sort, self._source, self._scope.sorts)

    def _declare_variable(self, node: List) -> None:
        name, sort = self._parts(node, 2, 2, "(declare-var NAME SORT)")
        self._scope.variables[self._new_name(name)] = read_sort(sort, self._source, self._scope.sorts)

    def _declare_primed(self, node: List) -> None:
        self._declare_variable(node)
        name = list(self._scope.variables)[-1]
        if f"{name}!" in self._scope.variables:
            raise self._source.error(f"{name}! is declared twice", node.start)
        self._scope.variables[f"{name}!"] = self._scope.variables[name]

    def _define(self, node: List) -> None:
        parts = self._parts(node, 3, 4, "(define-fun NAME ((x SORT) ...) SORT TERM)")
        name = self._new_name(parts[0])
        parameters = read_parameters(parts[1], self._source, self._scope.sorts) if len(parts) == 4 else ()
        sort = read_sort(parts[-2], self._source, self._scope.sorts)
        visible = {**self._scope.variables, **dict(parameters)}
        body = TermReader(self._source, self._scope.inner(visible)).read(parts[-1])
        if body.sort != sort:
            raise self._source.error(f"the body of {name} is {body.sort}, not {sort}", parts[-1].start)
        self._definitions[name] = DefinedFunction(name, parameters, sort, body)
        self._scope.functions[name] = Signature(tuple(s for _, s in parameters), sort)
        if depends(self._definitions[name], {*self._found, *self._dependent}):
            self._dependent.add(name)

    def _synth(self, node: List) -> None:
        head = node.items[0]
        invariant = isinstance(head, Atom) and head.text == "synth-inv"
        fixed = 2 if invariant else 3
        form = "(synth-inv NAME PARAMETERS)" if invariant else "(synth-fun NAME PARAMETERS SORT)"
        parts = self._parts(node, fixed, fixed + 2, f"{form}, with a grammar or without")
        name = self._new_name(parts[0])
        parameters = read_parameters(parts[1], self._source, self._scope.sorts)
        sort = BOOL if invariant else read_sort(parts[2], self._source, self._scope.sorts)
        grammar: tuple[Nonterminal, ...] = ()
        if len(parts) > fixed:
            scope = self._usable_in_answers()
            grammar, notices = read_grammar(parts[fixed:], self._source, scope, dict(parameters), sort)
            self._notices.update(dict.fromkeys(f"{name}: {n}" for n in notices))
        self._found[name] = SynthFunction(name, parameters, sort, grammar)
        self._scope.functions[name] = Signature(tuple(s for _, s in parameters), sort)

    def _usable_in_answers(self) -> Scope:
        """Return the scope without variables, functions to find, and what depends on those."""
        hidden = {*self._found, *self._dependent}
        return Scope(
            self._scope.sorts,
            {},
            {name: s for name, s in self._scope.functions.items() if name not in hidden},
            {name: f"{name} depends on what is to be found, or on variables" for name in hidden},
            self._scope.spelling,
        )

    def _state(self, node: List, where: list[Term]) -> None:
        (body,) = self._parts(node, 1, 1, "one term of sort Bool")
        term = self._terms.read(body)
        if term.sort != BOOL:
            raise self._source.error(f"this must be Bool, and is {term.sort}", body.start)
        where.append(term)
        if self._terms.weights:
            self._notices["weights are ignored"] = None

    def _inv_constraint(self, node: List) -> None:
        parts = self._parts(node, 4, 4, "(inv-constraint INV PRE TRANS POST)")
        if self._invariant is not None:
            raise self._source.error("a second inv-constraint is not supported", node.start)
        names = []
        for part in parts:
            text = part.text if isinstance(part, Atom) else ""
            if text not in self._scope.functions:
                raise self._source.error(f"unknown function {text[:60]!r}", part.start)
            names.append(text)
        invariant, pre, trans, post = names
        if invariant not in self._found:
            raise self._source.error(f"{invariant} is not a function to find", parts[0].start)
        state = self._found[invariant].parameters
        sorts = tuple(s for _, s in state)
        for name, part, wanted in zip(names, parts, (sorts, sorts, sorts * 2, sorts), strict=True):
            signature = self._scope.functions[name]
            if signature != Signature(wanted, BOOL):
                raise self._source.error(
                    f"{name} must take {' '.join(map(str, wanted)) or 'nothing'} and give Bool", part.start
                )
        self._invariant = InvariantProblem(invariant, pre, trans, post)
        now = tuple(self._state_variable(name, sort) for name, sort in state)
        then = tuple(self._state_variable(f"{name}!", sort) for name, sort in state)
        holds = app(invariant, BOOL, *now)
        step = app("and", BOOL, holds, app(trans, BOOL, *now, *then))
        self._constraints += [
            app("=>", BOOL, app(pre, BOOL, *now), holds),
            app("=>", BOOL, step, app(invariant, BOOL, *then)),
            app("=>", BOOL, holds, app(post, BOOL, *now)),
        ]

    def _state_variable(self, name: str, sort: Sort) -> Term:
        """Return the variable of that name, or of a fresh one if the name is taken by another sort."""
        variables = self._scope.variables
        while variables.get(name, sort) != sort or name in self._scope.functions:
            name += "_"
        variables[name] = sort
        return var(name, sort)

    def _check(self, node: List) -> None:
        self._parts(node, 0, 0, "(check-synth)")
        if not self._found:
            raise self._source.error("there is no function to find (synth-fun)", node.start)
        self._checked = True
