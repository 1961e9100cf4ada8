"""SMT-LIB scripts (``.smt2``): which of their commands count."""

from __future__ import annotations

from functools import lru_cache

from proofsmith.errors import BadInput
from proofsmith.smtlib.sexpr import Atom, List, Text, read

_COMMANDS = frozenset(
    {
        "assert",
        "check-sat",
        "declare-const",
        "declare-datatype",
        "declare-datatypes",
        "declare-fun",
        "declare-sort",
        "define-const",
        "define-fun",
        "define-fun-rec",
        "define-funs-rec",
        "define-sort",
    }
)
_DROPPED = frozenset(
    {"set-option", "set-info", "set-logic", "exit", "echo", "get-model", "get-value", "get-proof"}
    | {"get-unsat-core", "get-assertions", "get-info", "get-option", "get-assignment"}
)


@lru_cache(maxsize=32)
def assertions_of(text: str, path: str | None = None) -> str:
    """Return a script's declarations, definitions and assertions as text.

    Options, and commands that only print, are left out.

    Raises:
        BadInput: not a script, or one that asks more than one question.
    """
    source = Text(text, path)
    kept = []
    asked = 0
    nodes = read(source)
    for node, following in zip(nodes, [*nodes[1:], None], strict=True):
        head = node.items[0] if isinstance(node, List) and node.items else None
        name = head.text if isinstance(head, Atom) else ""
        if name in ("synth-fun", "synth-inv", "constraint", "check-synth"):
            raise source.error(f"{name} belongs in a SyGuS file (.sl)", node.start)
        if name not in _COMMANDS and name not in _DROPPED:
            what = (
                f"unsupported command {name[:40]!r}" if name else "expected a command, such as (assert ...)"
            )
            raise source.error(what, node.start)
        if name == "check-sat":
            asked += 1
        elif name in _COMMANDS:
            if asked:
                raise source.error(f"{name} after (check-sat) is not supported", node.start)
            kept.append(text[node.start : len(text) if following is None else following.start])
        if asked > 1:
            raise source.error("a second (check-sat) is not supported", node.start)
    if not asked:
        raise BadInput("there is no (check-sat)", path=path, hint="is the file cut off?")
    return "".join(kept)
