"""Types of expressions, as far as declarations tell: enough to choose terms that fit a place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from proofsmith.dafny import expressions as ex
from proofsmith.dafny.declarations import (
    Class,
    Constructor,
    Datatype,
    Field,
    Function,
    Method,
    Module,
    Program,
    TypeDeclaration,
)
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import Declaration, Expression, Type, Variable, walk

Scope = Mapping[str, Type | None]

BOOL, INT, REAL, CHAR = Type("bool"), Type("int"), Type("real"), Type("char")
_ROWS = ("seq", "array", "array?")


class Tables:
    """What a program declares, by name; within a module its own names come first.

    Args:
        program: whose declarations are meant.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.functions: dict[tuple[str, str], Function] = {}
        self.lemmas: list[Method] = []
        self.datatypes: dict[str, Datatype] = {}
        self.constructors: dict[tuple[str, str], tuple[Datatype, Constructor]] = {}
        self.fields: dict[str, Type | None] = {}
        self.module_of: dict[int, str] = {}
        self.class_of: dict[int, str] = {}
        self.names_in: dict[str, set[str]] = {}
        self._synonyms: dict[str, Type] = {}
        self._collect(program.declarations, "", "")

    def _collect(self, declarations: tuple[Declaration, ...], module: str, owner: str) -> None:
        for d in declarations:
            self.module_of[id(d)], self.class_of[id(d)] = module, owner
            name = getattr(d, "name", "")
            if name and not owner:
                self.names_in.setdefault(module, set()).add(name)
            if isinstance(d, Module):
                self._collect(d.members, d.name, "")
            elif isinstance(d, Function):
                self.functions.setdefault((module, d.name), d)
            elif isinstance(d, Method) and d.is_lemma:
                self.lemmas.append(d)
            elif isinstance(d, Datatype):
                self.datatypes.setdefault(d.name, d)
                for c in d.constructors:
                    self.constructors.setdefault((module, c.name), (d, c))
                    self.names_in.setdefault(module, set()).add(c.name)
                self._collect(d.members, module, d.name)
            elif isinstance(d, Class):
                self._collect(d.members, module, d.name)
            elif isinstance(d, Field):
                self.fields.update((v.name, v.type) for v in d.variables)
            elif isinstance(d, TypeDeclaration):
                base = d.base or (d.variable.type if d.variable is not None else None)
                if base is not None and not d.type_parameters:
                    self._synonyms[d.name] = base

    def function(self, callee: Expression, module: str) -> tuple[Function, str] | None:
        """Return the function that a callee names inside `module`, and the module it is declared in."""
        callee = stripped(callee)
        if isinstance(callee, ex.Name):
            places, name = [module, "", *(m for m, n in self.functions if n == callee.name)], callee.name
        elif isinstance(callee, ex.Select):
            target = stripped(callee.target)
            name = callee.field
            first = target.name if isinstance(target, ex.Name) else ""
            places = [first, *(m for m, n in self.functions if n == name)]
        else:
            return None
        for place in places:
            found = self.functions.get((place, name))
            if found is not None:
                return found, place
        return None

    def constructor(self, callee: Expression, module: str) -> tuple[Datatype, Constructor] | None:
        """Return the datatype and constructor that an expression names."""
        callee = stripped(callee)
        if isinstance(callee, ex.Name):
            places, name = [module, "", *(m for m, n in self.constructors if n == callee.name)], callee.name
        elif isinstance(callee, ex.Select):
            name = callee.field
            target = stripped(callee.target)
            path = {n.name for n in walk(target) if isinstance(n, ex.Name)}
            path |= {n.field for n in walk(target) if isinstance(n, ex.Select)}
            places = [m for m, n in self.constructors if n == name]
            if not path <= {*self.datatypes, *self.names_in}:
                return None
        else:
            return None
        return next((f for p in places if (f := self.constructors.get((p, name))) is not None), None)

    # -- types -------------------------------------------------------------------------------

    def plain(self, declared: Type | None) -> Type | None:
        """Return a type without synonyms, module names and marks; ``nat`` counts as ``int``."""
        if declared is None:
            return None
        name = declared.name.rpartition(".")[2]
        if name in ("nat", "int"):
            return INT
        if name == "string":
            return Type("seq", (CHAR,))
        if name in self._synonyms and self._synonyms[name] != declared:
            return self.plain(self._synonyms[name])
        arguments = tuple(a for a in map(self.plain, declared.arguments) if a is not None)
        return Type(name.removesuffix("?"), arguments)

    def alike(self, one: Type | None, other: Type | None) -> bool:
        """Whether two types are the same, or may be as far as type arguments are left out."""
        a, b = self.plain(one), self.plain(other)
        if a is None or b is None:
            return False
        if a.name != b.name:
            return False
        if len(a.arguments) != len(b.arguments):
            return True
        return all(
            self.alike(x, y) or _parameter(x) or _parameter(y)
            for x, y in zip(a.arguments, b.arguments, strict=True)
        )

    def of(self, e: Expression, scope: Scope, module: str = "") -> Type | None:
        """Return the type of an expression; ``None`` if it is not seen."""
        found = self._of(stripped(e), scope, module)
        return self.plain(found)

    def _of(self, e: Expression, scope: Scope, module: str) -> Type | None:
        if isinstance(e, ex.Literal):
            return Type("seq", (CHAR,)) if e.kind == "string" else Type(e.kind)
        if isinstance(e, ex.Name):
            if e.name in scope:
                return scope[e.name]
            built = self.constructor(e, module)
            return Type(built[0].name) if built is not None else self.fields.get(e.name)
        if isinstance(e, ex.Logical | ex.Comparison | ex.Quantifier):
            return BOOL
        if isinstance(e, ex.Unary):
            return BOOL if e.operator == "!" else self.of(e.operand, scope, module)
        if isinstance(e, ex.Binary):
            if e.operator in ("==>", "<==>", "<=="):
                return BOOL
            return self.of(e.left, scope, module) or self.of(e.right, scope, module)
        if isinstance(e, ex.Cardinality):
            return INT
        if isinstance(e, ex.Cast):
            return BOOL if e.operator == "is" else e.type
        if isinstance(e, ex.IfThenElse):
            return self.of(e.then, scope, module) or self.of(e.otherwise, scope, module)
        if isinstance(e, ex.Update):
            return self.of(e.target, scope, module)
        if isinstance(e, ex.SeqDisplay | ex.SetDisplay):
            kind = "seq" if isinstance(e, ex.SeqDisplay) else e.kind
            element = self.of(e.items[0], scope, module) if e.items else None
            return Type(kind, (element,) if element is not None else ())
        return self._of_parts(e, scope, module)

    def _of_parts(self, e: Expression, scope: Scope, module: str) -> Type | None:
        if isinstance(e, ex.Primitive):
            inner = self.of(e.arguments[0], scope, module) if len(e.arguments) == 1 else None
            if e.name == "multiset" and inner is not None:
                return Type("multiset", inner.arguments)
            return inner if e.name == "old" else BOOL
        if isinstance(e, ex.Index):
            row = self.of(e.target, scope, module)
            if row is None or not row.arguments:
                return INT if row is not None and row.name == "multiset" else None
            return INT if row.name == "multiset" else row.arguments[-1]
        if isinstance(e, ex.Slice):
            row = self.of(e.target, scope, module)
            return Type("seq", row.arguments) if row is not None and row.name in _ROWS else None
        if isinstance(e, ex.Select):
            return self._selected(e, scope, module)
        if isinstance(e, ex.Call):
            built = self.constructor(e.callee, module)
            if built is not None:
                return Type(built[0].name)
            found = self.function(e.callee, module)
            if found is not None:
                function = found[0]
                if function.is_predicate or function.result is None:
                    return BOOL
                return function.result.type
            return None
        if isinstance(e, ex.Comprehension):
            value = e.body if e.body is not None else None
            declared = e.variables[0].type if e.variables else None
            inner = self.of(value, scope, module) if value is not None else self.plain(declared)
            return Type(e.kind, (inner,) if inner is not None and e.kind in ("set", "iset") else ())
        return None

    def _selected(self, e: ex.Select, scope: Scope, module: str) -> Type | None:
        if e.field.startswith("Length"):
            return INT
        if e.field.endswith("?"):
            return BOOL
        built = self.constructor(e, module)
        if built is not None:
            return Type(built[0].name)
        target = self.of(e.target, scope, module)
        datatype = self.datatypes.get(target.name) if target is not None else None
        if datatype is not None and target is not None:
            for constructor in datatype.constructors:
                for p in constructor.parameters:
                    if p.name == e.field:
                        return substituted(p.type, bindings(datatype, target))
        return self.fields.get(e.field)

    def bound_type(self, variable: Variable, body: Expression, scope: Scope, module: str) -> Type | None:
        """Return the type of a bound variable: as declared, or as what it is given to or compared with."""
        if variable.type is not None:
            return self.plain(variable.type)
        return next((t for t in self._uses(variable.name, body, scope, module) if t is not None), None)

    def _uses(self, name: str, body: Expression, scope: Scope, module: str) -> Iterator[Type | None]:
        for node in walk(body):
            if isinstance(node, ex.Call):
                built, found = self.constructor(node.callee, module), self.function(node.callee, module)
                parameters = built[1].parameters if built else found[0].parameters if found else ()
                for p, argument in zip(parameters, node.arguments, strict=False):
                    if is_name(argument, name):
                        yield self.plain(p.type)
            elif isinstance(node, ex.Index) and any(is_name(i, name) for i in node.indices):
                row = self.of(node.target, scope, module)
                if row is not None:
                    yield row.arguments[0] if row.name in ("map", "multiset") and row.arguments else INT
            elif isinstance(node, ex.Comparison):
                for k, operator in enumerate(node.operators):
                    left, right = node.operands[k], node.operands[k + 1]
                    if operator in ("in", "!in") and is_name(left, name):
                        row = self.of(right, scope, module)
                        yield row.arguments[0] if row is not None and row.arguments else None
                    elif is_name(left, name) or is_name(right, name):
                        yield self.of(right if is_name(left, name) else left, scope, module)
            elif isinstance(node, ex.Binary) and node.operator in ("-", "*", "/", "%"):
                sides = (node.left, node.right)
                others = [self.of(o, scope, module) for s, o in (sides, sides[::-1]) if is_name(s, name)]
                yield next((t for t in others if t is not None and t.name in ("int", "real")), None)


def is_name(e: Expression, name: str) -> bool:
    """Whether an expression is just that variable."""
    e = stripped(e)
    return isinstance(e, ex.Name) and e.name == name


def bindings(datatype: Datatype, used: Type) -> dict[str, Type]:
    """Return what a use of a generic datatype puts for its parameters."""
    names = [p.name for p in datatype.type_parameters]
    return dict(zip(names, used.arguments, strict=False)) if len(names) == len(used.arguments) else {}


def substituted(declared: Type | None, values: Mapping[str, Type]) -> Type | None:
    """Return a type with parameters replaced."""
    if declared is None:
        return None
    if declared.name in values:
        return values[declared.name]
    return Type(declared.name, tuple(substituted(a, values) or a for a in declared.arguments))


def _parameter(declared: Type) -> bool:
    """Whether a type looks like a type parameter."""
    return len(declared.name) <= 2 and declared.name[:1].isupper()
