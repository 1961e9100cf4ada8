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

_PURE = frozenset(
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
_FORBIDDEN_WORDS = frozenset({"force", "release", "deassign", "bind", "final", "program", "export", "import"})
_DIRECTIVES = frozenset(
    {"`define", "`undef", "`ifdef", "`ifndef", "`elsif", "`else", "`endif", "`timescale", "`default_nettype"}
    | {"`resetall", "`celldefine", "`endcelldefine", "`include", "`begin_keywords", "`end_keywords"}
)
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
    macros: set[str] = set()
    found = []
    before = Token("", "", 0)
    for token in code(text):
        message = ""
        if before.text == "`include" and token.text.strip('"').removeprefix("./") not in files:
            message = f"it includes {token.text}, which is not one of the task's files"
        elif token.kind == "system" and token.text not in _PURE:
            message = f"the system task {token.text} has no place in a module that is judged"
        elif token.kind == "escaped" and token.text[1:].startswith("$"):
            message = f"the name {token.text} is reserved for the tools"
        elif token.kind == "word" and token.text in _FORBIDDEN_WORDS and before.text != ".":
            message = f"{token.text} has no place in a module that is judged"
        elif before.text == "`define":
            macros.add("`" + token.text)
        elif before.text in ("`ifdef", "`ifndef", "`elsif") and "`" + token.text not in macros:
            if (
                before.text != "`ifndef"
                or token.text.startswith("__")
                or token.text in ("SYNTHESIS", "YOSYS")
            ):
                message = f"it behaves differently where the macro {token.text} is defined"
        elif token.kind == "directive" and token.text not in _DIRECTIVES | macros:
            message = f"{token.text} is not defined in it"
        elif before.text in ("module", "macromodule") and token.text.removeprefix("\\") in taken:
            message = f"the bench has a module {token.text} of its own"
        if message:
            found.append(Diagnostic(message, Span(token.line), "forbidden"))
        before = token
    return tuple(found)


def compiled_complaints(compiled: str) -> tuple[Diagnostic, ...]:
    """Return what the compiled text of a candidate must not hold."""
    called = sorted({m["name"] for m in _CALL.finditer(compiled)} - _PURE)
    found = [f"the system task {name} has no place in a module that is judged" for name in called]
    if _OPERATION.search(compiled):
        found.append("it forces a signal")
    return tuple(Diagnostic(message, code="forbidden") for message in found)
