"""Which programs may share a process with the tool that judges them.

CrossHair executes a program in its own interpreter, so a hostile program could answer for it. Only
programs are let in whose text shows that they cannot reach beyond their own values: known builtins,
known attributes of plain data, a few pure library functions, and nothing that can hold on to an
exception that CrossHair uses to steer its search. Whatever is not known to be harmless is refused.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

_PURE = {
    "math": frozenset(["gcd", "lcm", "isqrt", "comb", "perm", "factorial", "prod"]),
    "functools": frozenset(("reduce",)),
    "itertools": frozenset(
        ["accumulate", "chain", "combinations", "count", "groupby", "islice", "permutations", "product"]
    )
    | frozenset(
        ["repeat", "takewhile", "dropwhile", "zip_longest", "pairwise", "compress", "filterfalse", "starmap"]
    ),
    "collections": frozenset(["Counter", "defaultdict", "deque"]),
    "string": frozenset(
        ["ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "hexdigits", "punctuation"]
    ),
    "bisect": frozenset(["bisect", "bisect_left", "bisect_right", "insort"]),
    "heapq": frozenset(["heapify", "heappush", "heappop", "nlargest", "nsmallest"]),
    "operator": frozenset(
        [
            "add",
            "sub",
            "mul",
            "floordiv",
            "mod",
            "neg",
            "eq",
            "ne",
            "lt",
            "le",
            "gt",
            "ge",
            "and_",
            "or_",
            "xor",
            "itemgetter",
        ]
    ),
    "typing": frozenset(
        ["Any", "Dict", "FrozenSet", "Iterable", "List", "Literal", "Mapping", "Optional", "Sequence", "Set"]
    )
    | frozenset(("Tuple", "Union")),
}
_BUILTINS = frozenset(
    [
        "abs",
        "all",
        "any",
        "bin",
        "bool",
        "bytes",
        "chr",
        "dict",
        "divmod",
        "enumerate",
        "filter",
        "frozenset",
        "hex",
        "int",
        "isinstance",
        "iter",
        "len",
        "list",
        "map",
        "max",
        "min",
        "next",
        "oct",
        "ord",
        "pow",
        "range",
        "repr",
        "reversed",
        "set",
        "slice",
        "sorted",
        "str",
        "sum",
        "tuple",
        "zip",
        "ValueError",
        "IndexError",
        "KeyError",
        "ZeroDivisionError",
        "TypeError",
        "StopIteration",
    ]
)
_ATTRIBUTES = frozenset(
    name
    for kind in (str, list, dict, set, frozenset, tuple, int)
    for name in dir(kind)
    if not name.startswith("_") and name not in ("format", "format_map", "from_bytes", "to_bytes")
) | frozenset(("appendleft", "popleft", "most_common", "elements"))
_REFUSED: dict[type[ast.AST], str] = {
    ast.ClassDef: "a class",
    ast.AsyncFunctionDef: "a coroutine",
    ast.Await: "a coroutine",
    ast.AsyncFor: "a coroutine",
    ast.AsyncWith: "a coroutine",
    ast.With: "a with statement",
    ast.Global: "a global statement",
    ast.Nonlocal: "a nonlocal statement",
    ast.Yield: "a generator",
    ast.YieldFrom: "a generator",
    ast.TryStar: "an exception group",
    ast.MatchClass: "a class pattern",
    ast.Delete: "a del statement",
}


def why_not_harmless(source: str) -> str:
    """Return what speaks against running `source` beside its judge, or ``""``."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "it does not parse"
    imported = _Imports(tree)
    if imported.problem:
        return imported.problem
    known = _BUILTINS | imported.names | _bound(tree)
    for node in ast.walk(tree):
        problem = _problem(node, known, imported.modules)
        if problem:
            return problem
    return next((p for p in map(_module_level, tree.body) if p), "")


class _Imports:
    """The names that import statements bind, all of them pure, or the `problem` with one."""

    def __init__(self, tree: ast.Module) -> None:
        self.modules: dict[str, str] = {}
        self.names: frozenset[str] = frozenset()
        self.problem = ""
        names: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name not in _PURE:
                        self.problem = f"it imports {alias.name}"
                    self.modules[alias.asname or alias.name] = alias.name
            elif isinstance(node, ast.ImportFrom):
                allowed = _PURE.get(node.module or "", frozenset())
                for alias in node.names:
                    if node.level or alias.name not in allowed:
                        self.problem = f"it imports {alias.name} from {node.module}"
                    names.add(alias.asname or alias.name)
        self.names = frozenset(names)


def _bound(tree: ast.Module) -> frozenset[str]:
    """Every name the program binds itself."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
    return frozenset(names)


def _problem(node: ast.AST, known: Iterable[str], modules: dict[str, str]) -> str:
    """Say what is wrong with one node, or ``""``."""
    refused = _REFUSED.get(type(node))
    if refused:
        return f"it uses {refused}"
    if isinstance(node, ast.Name):
        if "__" in node.id:
            return f"it uses the name {node.id}"
        if node.id not in known and node.id not in modules:
            return f"it uses {node.id}"
    elif isinstance(node, ast.Attribute):
        return _attribute_problem(node, modules)
    elif isinstance(node, ast.Try):
        if node.finalbody:
            return "it uses a finally clause"
        for handler in node.handlers:
            if not _named_exceptions(handler.type):
                return "it catches exceptions of any kind"
    elif isinstance(node, ast.FunctionDef):
        if node.decorator_list:
            return "it uses a decorator"
        defaults = [*node.args.defaults, *(d for d in node.args.kw_defaults if d)]
        if not all(_immutable(d) for d in defaults):
            return "it uses a default that may change"
    return ""


def _attribute_problem(node: ast.Attribute, modules: dict[str, str]) -> str:
    if not isinstance(node.ctx, ast.Load):
        return "it assigns to an attribute"
    if isinstance(node.value, ast.Name) and node.value.id in modules:
        module = modules[node.value.id]
        if node.attr not in _PURE.get(module, ()):
            return f"it uses {module}.{node.attr}"
    elif node.attr not in _ATTRIBUTES:
        return f"it uses the attribute {node.attr}"
    return ""


def _named_exceptions(node: ast.expr | None) -> bool:
    nodes = node.elts if isinstance(node, ast.Tuple) else [node]
    allowed = ("ValueError", "IndexError", "KeyError", "ZeroDivisionError", "StopIteration")
    return all(isinstance(n, ast.Name) and n.id in allowed for n in nodes)


def _module_level(node: ast.stmt) -> str:
    """Only what cannot carry anything from one execution to the next may stand at module level."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return "" if node.value is None or _immutable(node.value) else "it keeps a value that may change"
    return ""


def _immutable(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return all(_immutable(item) for item in node.elts)
    if isinstance(node, ast.UnaryOp):
        return _immutable(node.operand)
    return isinstance(node, ast.Constant)


def inexact(source: str) -> str:
    """Return what in a program (or expression) CrossHair treats only approximately, or ``""``.

    It models floats as reals, so a proof about ``n / 2`` says nothing of large ``n``.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "a text that does not parse"
    for node in ast.walk(tree):
        if isinstance(node, ast.Div):
            return "true division"
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            return "a float"
        if isinstance(node, ast.Name) and node.id in ("float", "complex", "round"):
            return node.id
        if isinstance(node, ast.Attribute) and node.attr in _FLOATING:
            return node.attr
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Pow):
            power = node.right if isinstance(node, ast.BinOp) else node.value
            if not (isinstance(power, ast.Constant) and type(power.value) is int):
                return "a power whose exponent may be negative"
        if isinstance(node, ast.Name) and node.id == "pow":
            return "pow"
    return ""


_FLOATING = frozenset(
    [
        "sqrt",
        "floor",
        "ceil",
        "log",
        "log2",
        "log10",
        "exp",
        "pow",
        "fsum",
        "hypot",
        "sin",
        "cos",
        "tan",
        "pi",
        "e",
        "inf",
        "nan",
    ]
)


def bare(source: str) -> str:
    """Return a program without comments and docstrings: CrossHair reads contracts and options there.

    Raises:
        SyntaxError: it does not parse.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            kept = [
                s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
            ]
            node.body = kept or ([] if isinstance(node, ast.Module) else [ast.Pass()])
    return ast.unparse(tree) + "\n"
