"""A GBNF grammar of a Dafny program with loop invariants added: everything else is fixed, word for word.

Under it a model cannot change what it must not change, and spends its freedom on the annotations: up to
a few invariants at every loop, over the variables visible there.
"""

from __future__ import annotations

from proofsmith.agents.policies.dafny.context import LoopContext, methods_of
from proofsmith.agents.policies.model.languages.python_grammar import alternatives, literal
from proofsmith.dafny.lexer import DafnySyntaxError
from proofsmith.dafny.parser import parse

_MOST = 4
"""Invariants of a loop."""
_RELATIONS = ("<=", "<", "==", "!=", ">=", ">")


def dafny_grammar(source: str) -> str:
    """Return the grammar; empty where the program has no loop or cannot be read."""
    try:
        loops = [loop for method in methods_of(parse(source)) for loop in method.loops]
    except (DafnySyntaxError, RecursionError):
        return ""
    loops.sort(key=lambda loop: loop.offset)
    if not loops:
        return ""
    rules, root, at = [], [literal("```dafny\n")], 0
    for number, loop in enumerate(loops):
        piece = source[at : loop.offset]
        line = source[: loop.offset].rsplit("\n", 1)[-1]
        indent = line[: len(line) - len(line.lstrip())]
        root.append(literal(piece.rstrip() + "\n"))
        root.append(f"inv{number} " + " ".join([f"inv{number}?"] * (_MOST - 1)))
        root.append(literal(indent))
        rules += _rules(loop, number, indent + "  ")
        at = loop.offset
    root += [literal(source[at:].rstrip("\n") + "\n"), literal("```")]
    return "\n".join([f"root ::= {' '.join(root)}", *rules, "number ::= [0-9] [0-9]?"]) + "\n"


def _rules(loop: LoopContext, number: int, indent: str) -> list[str]:
    values = list(loop.scope) or ["0"]
    for name, sort in loop.scope.items():
        kind = "" if sort is None else sort.name
        if kind.startswith("array"):
            values.append(f"{name}.Length")
        elif kind in ("seq", "string", "set", "multiset"):
            values.append(f"|{name}|")
    n = number
    return [
        f"inv{n} ::= {literal(indent + 'invariant ')} claim{n} {literal(chr(10))}",
        f"claim{n} ::= plain{n} | every{n}",
        f"plain{n} ::= sum{n} relation{n} sum{n} ( relation{n} sum{n} )?",
        f'every{n} ::= "forall k :: " sum{n} " <= k < " sum{n} " ==> " element{n} relation{n} element{n}',
        f"relation{n} ::= {alternatives([f' {r} ' for r in _RELATIONS])}",
        f'sum{n} ::= value{n} ( ( " + " | " - " | " * " ) value{n} )?',
        f"element{n} ::= value{n} | {alternatives([f'{v}[k]' for v in loop.scope] or ['k'])}",
        f"value{n} ::= {alternatives(values)} | number",
    ]
