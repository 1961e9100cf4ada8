"""The contract that CrossHair is asked about: one function that is true where the candidate is right."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from proofsmith.python_spec import PythonSpec
from proofsmith.verifiers.assembly import strip_answers
from proofsmith.verifiers.properties.shapes import Shape, conforms, result_shape

_EXACT = frozenset(("int", "bool", "str", "none", "list", "tuple", "tuple...", "union"))
"""Kinds of values that CrossHair models without approximation."""

_CAUGHT = frozenset(("ValueError", "IndexError", "KeyError", "ZeroDivisionError"))
"""Exceptions that may be part of what a reference does. Never TypeError: a symbolic value that a C
function refuses raises one in candidate and reference alike, and would make them look equal."""

_HELPERS = """

import copy as _ps_copy


def _ps_same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(_ps_same(x, y) for x, y in zip(a, b))
    if isinstance(a, dict):
        return len(a) == len(b) and all(k in b and _ps_same(v, b[k]) for k, v in a.items())
    return bool(a == b)


def _ps_do(function, args):
    try:
        return "returned", function(*args)
    except ({caught}) as error:
        return "raised", type(error).__name__
"""


def unsupported(spec: PythonSpec, shapes: Sequence[Shape]) -> str:
    """Say what about the task keeps CrossHair from being asked, or ``""``."""
    for parameter, shape in zip(spec.signature.parameters, shapes, strict=True):
        if not parameter.kind.startswith("POSITIONAL"):
            return f"parameter {parameter.name} is not positional"
        if parameter.name.startswith("_"):
            return f"parameter {parameter.name} starts with an underscore"
        if parameter.annotation is None:
            return f"parameter {parameter.name} has no type hint"
        strange = next((k for k in sorted(_kinds(shape)) if k not in _EXACT), None)
        if strange is not None:
            return f"parameter {parameter.name} may hold values of kind {strange}"
        if parameter.default is not None and not _default_fits(parameter.default, shape):
            return f"the default of {parameter.name} is outside its type"
    result = result_shape(spec)
    if result is not None and result.mentions("float"):
        return "the result is a float"
    if "print" in (spec.reference or ""):
        return "the reference prints"
    return ""


def _kinds(shape: Shape) -> set[str]:
    return {shape.kind}.union(*(_kinds(item) for item in shape.items))


def _default_fits(text: str, shape: Shape) -> bool:
    try:
        return conforms(ast.literal_eval(text), shape)
    except ValueError:
        return False


def raised_by(reference: str) -> list[str]:
    """Return the names of exceptions that the reference raises on purpose and that may be compared."""
    names = set()
    for node in ast.walk(ast.parse(reference)):
        if isinstance(node, ast.Raise) and node.exc is not None:
            what = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if isinstance(what, ast.Name):
                names.add(what.id)
    return sorted(names & _CAUGHT)


def checks_module(spec: PythonSpec, shapes: Sequence[Shape], candidate: str, reference: str) -> str:
    """Return the module whose function ``check`` carries the contract.

    `candidate` and `reference` are the names of the modules that hold the two functions.
    """
    names = [p.name for p in spec.signature.parameters]
    arguments = ", ".join(names)
    typed = ", ".join(f"{n}: {hint(s)}" for n, s in zip(names, shapes, strict=True))
    given = f"({arguments},)" if names else "()"
    caught = raised_by(spec.reference) if spec.reference is not None else []
    parts = [strip_answers(spec.prefix), _HELPERS.format(caught=", ".join(caught))]
    parts.append(f"\nimport {candidate} as _ps_candidate\n")
    for at, item in enumerate(spec.preconditions):
        parts.append(_function(f"_ps_pre_{at}", arguments, item.expression))
    for at, item in enumerate(spec.properties):
        parts.append(_function(f"_ps_property_{at}", ", ".join([*names, "result"]), item.expression))
    body = [
        f"    _ps_given = _ps_copy.deepcopy({given})",
        f"    _ps_mine = _ps_copy.deepcopy({given})",
        f"    _ps_got = _ps_do(_ps_candidate.{spec.signature.name}, _ps_mine)",
    ]
    if spec.reference is not None:
        parts.append(f"\nimport {reference} as _ps_reference\n")
        body += [
            f"    _ps_theirs = _ps_copy.deepcopy({given})",
            f"    _ps_wanted = _ps_do(_ps_reference.{spec.reference_name}, _ps_theirs)",
            "    if not (_ps_same(_ps_got, _ps_wanted) and _ps_same(_ps_mine, _ps_theirs)):",
            "        return False",
        ]
    if spec.properties:
        body.append("    if _ps_got[0] == 'raised':\n        return True")
    for at in range(len(spec.properties)):
        body.append(f"    if not _ps_property_{at}(*_ps_copy.deepcopy(_ps_given), _ps_got[1]):")
        body.append("        return False")
    contract = "".join(f"    pre: _ps_pre_{at}({arguments})\n" for at in range(len(spec.preconditions)))
    parts.append(f'\n\ndef check({typed}) -> bool:\n    """\n{contract}    post: _\n    """\n')
    parts.append("\n".join([*body, "    return True\n"]))
    return "".join(parts)


def _function(name: str, arguments: str, expression: str) -> str:
    return f"\n\ndef {name}({arguments}):\n    return ({expression.strip()}\n    )\n"


def hint(shape: Shape) -> str:
    """Return the shape as a type hint that CrossHair resolves without imports."""
    kind = shape.kind
    if kind == "none":
        return "None"
    if kind == "union":
        return " | ".join(hint(s) for s in shape.items)
    if kind == "list":
        return f"list[{hint(shape.items[0])}]"
    if kind == "tuple":
        return f"tuple[{', '.join(map(hint, shape.items)) or '()'}]"
    if kind == "tuple...":
        return f"tuple[{hint(shape.items[0])}, ...]"
    return kind
