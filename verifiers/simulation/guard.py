"""What a simulated candidate must not do: print, end the simulation, reach into the bench, read files.

Two looks at it. The text is searched for words that have no place in a module that is judged; then
Icarus compiles the candidate *alone*, so that every name in it must be its own, and what comes out
must call no system task: whatever macros and names were used to hide one, there it shows.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from proofsmith.source import Span
from proofsmith.types import Diagnostic
from proofsmith.verilog_text import Token, code, module_names

PURE = frozenset(
    {"$signed", "$unsigned", "$clog2", "$bits", "$countones", "$onehot", "$onehot0", "$isunknown", "$size"}
    | {
        "$left",
        "$right",
        "$high",
        "$low",
        "$increment",
        "$dimensions",
        "$rtoi",
        "$itor",
        "$pow",
        "$ceil",
        "$floor",
    }
)
"""System functions that compute from their arguments alone."""
_TOOLS = frozenset({"SYNTHESIS", "YOSYS", "FORMAL", "SIMULATION", "VERILATOR"})
_FORBIDDEN_WORDS = frozenset(
    {"force", "release", "deassign", "bind", "final", "program", "export", "import", "alias", "inout", "ref"}
    | {"defparam"}
    | {"tran", "tranif0", "tranif1", "rtran", "rtranif0", "rtranif1", "pullup", "pulldown", "trireg"}
    | {"supply0", "supply1", "strong0", "strong1", "pull0", "pull1", "weak0", "weak1", "highz0", "highz1"}
    | {"nmos", "pmos", "cmos", "rnmos", "rpmos", "rcmos"}
)
"""What prints, reaches elsewhere, or can drive a signal against its direction."""
_DIRECTIVES = frozenset(
    {"`define", "`undef", "`ifdef", "`ifndef", "`elsif", "`else", "`endif", "`timescale", "`default_nettype"}
    | {"`resetall", "`celldefine", "`endcelldefine", "`include", "`begin_keywords", "`end_keywords"}
)
_SCOPE = re.compile(r"^S_\w+ \.scope \w+, \"(?P<instance>[^\"]*)\" \"(?P<module>[^\"]*)\"", re.MULTILINE)
_PORT = re.compile(r"^ *\.port_info \d+ /(?P<way>\w+) (?P<width>\d+) \"(?P<name>[^\"]*)\"", re.MULTILINE)
_CALL = re.compile(r'%vpi_(?:call|func)[^\n]*?"(?P<name>\$\w+)"')
_OPERATION = re.compile(r"^\s*%(?:force|release)/", re.MULTILINE)


def complaints(text: str, *, bench: str, files: Collection[str]) -> tuple[Diagnostic, ...]:
    """Return what the text of a candidate must not hold.

    Args:
        text: the candidate.
        bench: everything that is simulated with it.
        files: names of the files that it may include.
    """
    taken = set(module_names(bench))
    known = _TOOLS | _macros(bench) | {t.text for t in code(text) if t.text.startswith("__")}
    macros: set[str] = set()
    found = []
    before = Token("", "", 0)
    for token in code(text):
        message = ""
        if before.text == "`include" and token.text.strip('"').removeprefix("./") not in files:
            message = f"it includes {token.text}, which is not one of the task's files"
        elif token.kind == "system" and token.text not in PURE:
            message = f"the system task {token.text} has no place in a module that is judged"
        elif token.kind == "escaped" and token.text[1:].startswith("$"):
            message = f"the name {token.text} is reserved for the tools"
        elif token.kind == "word" and token.text in _FORBIDDEN_WORDS and before.text != ".":
            message = f"{token.text} has no place in a module that is judged"
        elif before.text == "`define":
            macros.add("`" + token.text)
        elif before.text in ("`ifdef", "`ifndef", "`elsif") and token.text in known:
            message = f"it behaves differently where the macro {token.text} is defined"
        elif token.kind == "directive" and token.text not in _DIRECTIVES | macros:
            message = f"{token.text} is not defined in it"
        elif before.text in ("module", "macromodule") and token.text.removeprefix("\\") in taken:
            message = f"the bench has a module {token.text} of its own"
        if message:
            found.append(Diagnostic(message, Span(token.line), "forbidden"))
        before = token
    return tuple(found)


def _macros(text: str) -> set[str]:
    """Return the names of the macros that a text defines."""
    found = set()
    before = ""
    for token in code(text):
        if before == "`define":
            found.add(token.text)
        before = token.text
    return found


def compiled_complaints(compiled: str) -> tuple[Diagnostic, ...]:
    """Return what the compiled text of a candidate must not hold."""
    called = sorted({m["name"] for m in _CALL.finditer(compiled)} - PURE)
    found = [f"the system task {name} has no place in a module that is judged" for name in called]
    if _OPERATION.search(compiled):
        found.append("it forces a signal")
    return tuple(Diagnostic(message, code="forbidden") for message in found)


Port = tuple[str, str, int]
"""A port of a module: name, ``INPUT`` or ``OUTPUT`` or ``INOUT``, width in bits."""
Interface = tuple[Port, ...]
"""The ports of a module, in their order."""


def interface(compiled: str, top: str) -> Interface:
    """Return the ports of the root module in compiled text."""
    scopes = list(_SCOPE.finditer(compiled))
    for i, scope in enumerate(scopes):
        if scope["instance"] == scope["module"] == top:
            end = scopes[i + 1].start() if i + 1 < len(scopes) else len(compiled)
            ports = _PORT.finditer(compiled, scope.end(), end)
            return tuple((p["name"], p["way"], int(p["width"])) for p in ports)
    return ()


def different_interface(given: Interface, wanted: Interface) -> str:
    """Return in words how the ports of a candidate differ from those wanted; empty if they do not.

    An output where the bench has an input would drive what the bench drives. Widths may depend on
    parameters that the bench sets, and are left to it, as is the order.
    """
    has = {name: way for name, way, _ in given}
    for name, way, _ in sorted(wanted):
        if name not in has:
            return f"{way.lower()} {name} is missing"
        if has[name] != way:
            return f"port {name} is an {has[name].lower()} instead of an {way.lower()}"
    extra = sorted(has.keys() - {name for name, _, _ in wanted})
    return f"there is no port {extra[0]}" if extra else ""
