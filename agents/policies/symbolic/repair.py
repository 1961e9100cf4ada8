"""Small edits of a program that meets some of the examples: one change at one place.

Works on the text of any program, its own or another policy's: comparisons and operators swapped,
constants moved by one, conditions negated, a guard for an example that fails put in front.
"""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Iterator

from proofsmith.agents.policies.symbolic.write import formatted
from proofsmith.types import Verdict

_SWAPS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add, ast.Pow),
    ast.FloorDiv: (ast.Div, ast.Mod),
    ast.Div: (ast.FloorDiv,),
    ast.Mod: (ast.FloorDiv,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_CALLS = {
    "max": ("min",),
    "min": ("max",),
    "any": ("all",),
    "all": ("any",),
    "lower": ("upper",),
    "upper": ("lower",),
}


def edits(source: str, function: str, seed: int) -> list[tuple[str, str]]:
    """Return (name of the edit, edited source) for every single edit of the function, in seeded order.

    Returns nothing for a text that does not parse or does not define the function.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return []
    if not any(isinstance(n, ast.FunctionDef) and n.name == function for n in tree.body):
        return []
    found: dict[str, str] = {}
    for name, changed in _changes(tree, function):
        text = formatted(ast.unparse(ast.fix_missing_locations(changed)))
        found.setdefault(text, name)
    found.pop(formatted(source), None)
    pairs = [(name, text) for text, name in found.items()]
    random.Random(seed).shuffle(pairs)
    return pairs


def _changes(tree: ast.Module, function: str) -> Iterator[tuple[str, ast.Module]]:
    at = next(k for k, n in enumerate(tree.body) if isinstance(n, ast.FunctionDef) and n.name == function)
    places = len(list(ast.walk(tree.body[at])))
    for place in range(places):
        for choice in range(3):
            changed = copy.deepcopy(tree)
            node = list(ast.walk(changed.body[at]))[place]
            name = _change(node, choice)
            if name:
                yield name, changed


def _change(node: ast.AST, choice: int) -> str:
    """Change a node in place; return the edit's name, empty if there is no such choice."""
    if isinstance(node, ast.Compare | ast.BoolOp | ast.BinOp | ast.AugAssign):
        op = node.ops[0] if isinstance(node, ast.Compare) else node.op
        others = _SWAPS.get(type(op), ())
        if choice >= len(others):
            return ""
        if isinstance(node, ast.Compare):
            node.ops[0] = others[choice]()  # type: ignore[call-overload]
        else:
            node.op = others[choice]()  # type: ignore[assignment]
        return f"swap-{type(op).__name__.lower()}"
    if isinstance(node, ast.Constant) and type(node.value) is int and choice < 2:
        node.value += 1 if choice == 0 else -1
        return "shift-constant"
    if isinstance(node, ast.If | ast.IfExp) and choice == 0:
        node.test = ast.UnaryOp(ast.Not(), node.test)
        return "negate-condition"
    if isinstance(node, ast.Call) and choice == 0:
        callee = node.func
        name = callee.id if isinstance(callee, ast.Name) else getattr(callee, "attr", "")
        if name in _CALLS and isinstance(callee, ast.Name):
            callee.id = _CALLS[name][0]
            return f"swap-{name}"
        if name in _CALLS and isinstance(callee, ast.Attribute):
            callee.attr = _CALLS[name][0]
            return f"swap-{name}"
    return ""


def worth_repairing(verdict: Verdict | None) -> bool:
    """Say whether a program is near enough to a solution for edits to be tried."""
    return verdict is not None and 0.7 <= verdict.score < 1.0
