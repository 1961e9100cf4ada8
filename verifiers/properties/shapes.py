"""The shapes of plain data that type hints describe, read from source text without importing it.

An annotation is text in a task's file. It is parsed, never evaluated: names are known by what
`typing`, `collections.abc` and the builtins call them (PEP 484, 585, 604, 586, 593), and by the
aliases that the module around the function defines.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proofsmith.python_spec import Example, Parameter, PythonSpec


@dataclass(frozen=True)
class Shape:
    """A set of plain data values.

    Attributes:
        kind: ``any none bool int float complex str bytes``; ``list set frozenset`` of one item
            shape; ``tuple`` of one shape a place; ``tuple...`` of one item shape, any length;
            ``dict`` of a key and a value shape; ``union`` of alternatives; ``literal``.
        items: the shapes inside, as `kind` says.
        choices: the values of a ``literal``.
        iterator: the annotation promises an iterator, so a value that is not plain data may be right.
    """

    kind: str
    items: tuple[Shape, ...] = ()
    choices: tuple[Any, ...] = ()
    iterator: bool = False

    def mentions(self, kind: str) -> bool:
        """Say whether `kind` is this shape's or that of a shape inside it."""
        return self.kind == kind or any(item.mentions(kind) for item in self.items)


ANY = Shape("any")
NONE = Shape("none")
BOOL = Shape("bool")
INT = Shape("int")
FLOAT = Shape("float")
STR = Shape("str")


class UnsupportedAnnotation(ValueError):
    """The annotation names something that is not plain data (a callable, a class of the user's)."""


_SCALARS = {
    "Any": ANY,
    "object": ANY,
    "Hashable": ANY,
    "None": NONE,
    "NoneType": NONE,
    "bool": BOOL,
    "int": INT,
    "SupportsInt": INT,
    "SupportsIndex": INT,
    "Integral": INT,
    "float": FLOAT,
    "SupportsFloat": FLOAT,
    "Real": FLOAT,
    "Number": Shape("union", (INT, FLOAT)),
    "complex": Shape("complex"),
    "str": STR,
    "Text": STR,
    "AnyStr": STR,
    "LiteralString": STR,
    "bytes": Shape("bytes"),
}
_SEQUENCES = {
    "list": "list",
    "List": "list",
    "Sequence": "list",
    "MutableSequence": "list",
    "Iterable": "list",
    "Collection": "list",
    "Container": "list",
    "Reversible": "list",
    "Iterator": "list",
    "Generator": "list",
    "set": "set",
    "Set": "set",
    "MutableSet": "set",
    "AbstractSet": "set",
    "frozenset": "frozenset",
    "FrozenSet": "frozenset",
}
_MAPPINGS = frozenset(("dict", "Dict", "Mapping", "MutableMapping"))
_TRANSPARENT = frozenset(("Annotated", "Final", "ClassVar", "Required", "NotRequired"))


def parse_annotation(text: str | None, aliases: Mapping[str, ast.expr] | None = None) -> Shape:
    """Return the shape an annotation describes; no annotation is ``any``.

    Raises:
        UnsupportedAnnotation: it is not Python, or describes more than plain data.
    """
    if text is None:
        return ANY
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        raise UnsupportedAnnotation(f"{text!r} is not an annotation") from None
    return _Reader(aliases or {}).read(node, 0)


def aliases_of(module: str) -> dict[str, ast.expr]:
    """Return the top-level names of `module` that are bound to an expression (type aliases)."""
    try:
        tree = ast.parse(module)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            found.update((t.id, node.value) for t in node.targets if isinstance(t, ast.Name))
        elif isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
            found[node.target.id] = node.value
    return found


class _Reader:
    """Reads annotation expressions, with the module's own aliases in hand."""

    def __init__(self, aliases: Mapping[str, ast.expr]) -> None:
        self._aliases = aliases

    def read(self, node: ast.expr, depth: int) -> Shape:
        if depth > 20:
            raise UnsupportedAnnotation("the annotation is nested too deeply or refers to itself")
        if isinstance(node, ast.Constant):
            if node.value is None:
                return NONE
            if isinstance(node.value, str):
                return self.read(_expression(node.value), depth + 1)
        if isinstance(node, ast.Name | ast.Attribute):
            return self._name(node, depth)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return _union((self.read(node.left, depth + 1), self.read(node.right, depth + 1)))
        if isinstance(node, ast.Subscript):
            return self._generic(node, depth)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        raise UnsupportedAnnotation(f"{ast.unparse(node)} does not describe plain data")

    def _name(self, node: ast.Name | ast.Attribute, depth: int) -> Shape:
        name = node.id if isinstance(node, ast.Name) else node.attr
        if isinstance(node, ast.Name) and name in self._aliases:
            return self.read(self._aliases[name], depth + 1)
        if name in _SCALARS:
            return _SCALARS[name]
        if name in _SEQUENCES:
            return Shape(_SEQUENCES[name], (ANY,), iterator=name in ("Iterator", "Generator"))
        if name in ("tuple", "Tuple"):
            return Shape("tuple...", (ANY,))
        if name in _MAPPINGS:
            return Shape("dict", (ANY, ANY))
        raise UnsupportedAnnotation(f"{ast.unparse(node)} is not a type of plain data")

    def _generic(self, node: ast.Subscript, depth: int) -> Shape:
        name = ast.unparse(node.value).rpartition(".")[2]
        inner = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Literal":
            return _literal(inner)
        if name in _TRANSPARENT:
            return self.read(inner[0], depth + 1)
        if name in ("tuple", "Tuple"):
            if len(inner) == 2 and isinstance(inner[1], ast.Constant) and inner[1].value is Ellipsis:
                return Shape("tuple...", (self.read(inner[0], depth + 1),))
            return Shape("tuple", tuple(self.read(i, depth + 1) for i in inner))
        shapes = tuple(self.read(i, depth + 1) for i in inner)
        if name == "Union":
            return _union(shapes)
        if name == "Optional" and len(shapes) == 1:
            return _union((shapes[0], NONE))
        if name in _MAPPINGS and len(shapes) == 2:
            return Shape("dict", shapes)
        if name == "Counter" and len(shapes) == 1:
            raise UnsupportedAnnotation("a Counter is not plain data")
        if name in _SEQUENCES and shapes:
            return Shape(_SEQUENCES[name], shapes[:1], iterator=name in ("Iterator", "Generator"))
        raise UnsupportedAnnotation(f"{ast.unparse(node)} does not describe plain data")

    def _call(self, node: ast.Call, depth: int) -> Shape:
        """``TypeVar("T")`` and ``NewType("N", int)`` behind an alias."""
        name = ast.unparse(node.func).rpartition(".")[2]
        if name == "NewType" and len(node.args) == 2:
            return self.read(node.args[1], depth + 1)
        if name == "TypeVar":
            bound = next((k.value for k in node.keywords if k.arg == "bound"), None)
            if bound is not None:
                return self.read(bound, depth + 1)
            if len(node.args) > 1:
                return self.read(node.args[1], depth + 1)
            return ANY
        raise UnsupportedAnnotation(f"{ast.unparse(node)} does not describe plain data")


def _expression(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        raise UnsupportedAnnotation(f"{text!r} is not an annotation") from None


def _literal(nodes: Sequence[ast.expr]) -> Shape:
    try:
        return Shape("literal", choices=tuple(ast.literal_eval(n) for n in nodes))
    except ValueError:
        raise UnsupportedAnnotation("a Literal holds plain values only") from None


def _union(shapes: Iterable[Shape]) -> Shape:
    """Flatten and deduplicate alternatives; one alternative is itself."""
    flat: list[Shape] = []
    for shape in shapes:
        for option in shape.items if shape.kind == "union" else (shape,):
            if option not in flat:
                flat.append(option)
    if ANY in flat:
        return ANY
    return flat[0] if len(flat) == 1 else Shape("union", tuple(flat))


def infer(examples: Sequence[Any]) -> Shape:
    """Return the narrowest shape that holds every value in `examples`; ``any`` for none."""
    shapes: list[Shape] = []
    for kind in dict.fromkeys(type(v) for v in examples):
        alike = [v for v in examples if type(v) is kind]
        shapes.append(_infer_kind(kind, alike))
    if {s.kind for s in shapes} == {"int", "float"}:
        return FLOAT
    return _union(shapes) if shapes else ANY


def _infer_kind(kind: type, alike: Sequence[Any]) -> Shape:
    if kind is type(None):
        return NONE
    if kind in (bool, int, float, complex, str, bytes):
        return Shape(kind.__name__)
    if kind in (list, set, frozenset):
        return Shape(kind.__name__, (infer([item for v in alike for item in v]),))
    if kind is dict:
        return Shape(
            "dict", (infer([k for v in alike for k in v]), infer([x for v in alike for x in v.values()]))
        )
    if kind is tuple:
        if len({len(v) for v in alike}) == 1:
            return Shape("tuple", tuple(infer(place) for place in zip(*alike, strict=True)))
        return Shape("tuple...", (infer([item for v in alike for item in v]),))
    return ANY


def conforms(value: Any, shape: Shape) -> bool:
    """Say whether `value` is in `shape`; an int is a float (PEP 484's numeric tower), a bool no int."""
    kind = shape.kind
    if kind == "any":
        return True
    if kind == "union":
        return any(conforms(value, option) for option in shape.items)
    if kind == "literal":
        return any(type(value) is type(c) and value == c for c in shape.choices)
    if kind == "none":
        return value is None
    if kind in ("float", "complex"):
        return type(value).__name__ in ("int", "float", kind)
    if kind == "tuple":
        return (
            type(value) is tuple
            and len(value) == len(shape.items)
            and all(conforms(v, s) for v, s in zip(value, shape.items, strict=True))
        )
    if type(value).__name__ != kind.removesuffix("..."):
        return False
    if kind == "dict":
        key, item = shape.items
        return all(conforms(k, key) and conforms(v, item) for k, v in value.items())
    return all(conforms(v, shape.items[0]) for v in value) if shape.items else True


def cardinality(shape: Shape) -> int | None:
    """Return how many values a shape has at most, or ``None`` where there is no end of them."""
    if shape.kind in ("none", "bool", "literal"):
        return {"none": 1, "bool": 2, "literal": len(shape.choices)}[shape.kind]
    counts = [cardinality(item) for item in shape.items]
    if shape.kind == "tuple":
        return None if None in counts else math.prod(c for c in counts if c is not None)
    if shape.kind == "union":
        return None if None in counts else sum(c for c in counts if c is not None)
    if shape.kind in ("set", "frozenset") and counts[0] is not None:
        return int(2 ** counts[0]) if counts[0] < 16 else None
    return None


def parameter_shapes(spec: PythonSpec) -> tuple[Shape, ...]:
    """Return one shape a parameter: from its annotation, narrowed where the annotation is loose.

    A parameter without an annotation, or with a bare container such as ``list``, takes its shape
    from the examples' arguments.

    Raises:
        UnsupportedAnnotation: a parameter is no plain data, or nothing tells
            what it is.
    """
    aliases = aliases_of(spec.prefix)
    shapes = []
    for index, parameter in enumerate(spec.signature.parameters):
        seen = list(arguments_of(spec.examples, spec.signature.parameters, index))
        try:
            shape = parse_annotation(parameter.annotation, aliases)
        except UnsupportedAnnotation as error:
            if not seen:
                raise UnsupportedAnnotation(f"parameter {parameter.name}: {error}") from None
            shape = ANY
        given = parameter.annotation is not None or parameter.default is not None
        if not (given or seen or parameter.kind == "VAR_KEYWORD"):
            raise UnsupportedAnnotation(
                f"parameter {parameter.name} has no type hint and no example shows its type"
            )
        if shape.mentions("any"):
            shape = _narrow(shape, seen)
        shapes.append(shape)
    return tuple(shapes)


def _narrow(shape: Shape, seen: Sequence[Any]) -> Shape:
    """Use what the examples show where the annotation leaves it open."""
    if not seen or not all(conforms(v, shape) for v in seen):
        return shape
    return infer(seen)


def result_shape(spec: PythonSpec) -> Shape | None:
    """Return the shape of results by the return annotation, or ``None`` if it does not say."""
    if spec.signature.returns is None:
        return None
    try:
        shape = parse_annotation(spec.signature.returns, aliases_of(spec.prefix))
    except UnsupportedAnnotation:
        return None
    return shape


def arguments_of(examples: Sequence[Example], parameters: Sequence[Parameter], index: int) -> Iterable[Any]:
    """Yield what the examples pass for the parameter at `index` (each item of a variadic one)."""
    parameter = parameters[index]
    for example in examples:
        call = example.call
        if parameter.kind == "VAR_POSITIONAL":
            yield from call.args[index:]
        elif parameter.kind in ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD") and index < len(call.args):
            yield call.args[index]
        else:
            yield from (value for name, value in call.kwargs if name == parameter.name)
