"""Pre- and postconditions written in a docstring, one a line:

    requires: n >= 0
    ensures: result * result <= n < (result + 1) * (result + 1)

Each is a Python expression over the parameters, and in ``ensures`` over ``result``. Lines in the
docstring were chosen over decorators because they need no package when the program runs and stay
where people read them. The words are in lower case: ``Requires: numpy`` is prose.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Collection

from proofsmith.environments.docstring import Docstring
from proofsmith.errors import BadInput
from proofsmith.python_spec import Parameter, Property, Signature

_LINE = re.compile(r"\s*(requires|ensures):\s*(\S.*?)\s*$")

_PROVABLE = re.compile(r"(?:int|bool|[tT]uple\[(?:\s*(?:int|bool)\s*,?)+\])$")


def read_contract(
    docstring: Docstring | None, signature: Signature, path: str | None
) -> tuple[tuple[Property, ...], tuple[Property, ...]]:
    """Return the preconditions and the postconditions that a docstring states.

    Raises:
        BadInput: a line is no expression, or names something that is no parameter.
    """
    found: dict[str, list[Property]] = {"requires": [], "ensures": []}
    for index, line in enumerate(docstring.lines if docstring is not None else ()):
        match = _LINE.match(line)
        if match is None or docstring is None:
            continue
        word, text = match.groups()
        names = {p.name for p in signature.parameters} | ({"result"} if word == "ensures" else set())
        _check(text, word, names, path, docstring.line(index))
        span = docstring.span(index, match.start(2), index, match.end(2))
        found[word].append(Property(text, name=text, span=span))
    return tuple(found["requires"]), tuple(found["ensures"])


def _check(text: str, word: str, names: Collection[str], path: str | None, line: int) -> None:
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        raise BadInput(
            f"what {word!r} says is not a Python expression: {text[:60]}", path=path, line=line
        ) from None
    bound = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    bound |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in {*names, *bound, *dir(builtins)}:
            hint = f"it may speak of {', '.join(sorted(names)) or 'nothing'}"
            raise BadInput(
                f"{word!r} names {node.id}, which is no parameter", path=path, line=line, hint=hint
            )


def provable(signature: Signature) -> bool:
    """Say whether all types are ints, bools and tuples of them, for which proofs over all inputs exist."""
    annotations = [*(_annotation(p) for p in signature.parameters), signature.returns or "int"]
    return all(_PROVABLE.match(a) for a in annotations)


def _annotation(parameter: Parameter) -> str:
    return parameter.annotation or ""
