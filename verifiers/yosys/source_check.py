"""What can be seen in Verilog text before any tool reads it: tricks, and what synthesis passes over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from proofsmith.source import Span
from proofsmith.types import Diagnostic
from proofsmith.verilog_text import Token, tokens

_OFF = re.compile(r"(?:synopsys|synthesis|pragma|cadence)\s*(?:translate_off|full_case|parallel_case)")
_IDENTITY = re.compile(r"(?<![=!<>])[=!]==(?!=)")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_SUSPECT = re.compile(r"`|#|[=!]==|\(\*(?!\s*\))|\b(?:unique|unique0|priority)\b")
_FORMAL = {"$anyconst", "$anyseq", "$allconst", "$allseq", "$initstate", "$global_clock"}
_FILES = {"$readmemb", "$readmemh", "$fopen", "$fread", "$fscanf", "$fgets", "$fgetc"}
_TOOLS = {"SYNTHESIS", "YOSYS", "FORMAL", "VERILATOR", "SIMULATION", "__ICARUS__"}
_CASES = {"unique", "unique0", "priority"}
_KEYWORDS = frozenset(
    [
        "always",
        "always_comb",
        "always_ff",
        "always_latch",
        "and",
        "assign",
        "begin",
        "buf",
        "bufif0",
        "bufif1",
        "else",
        "end",
        "endcase",
        "fork",
        "forever",
        "initial",
        "join",
        "nand",
        "nmos",
        "nor",
        "not",
        "notif0",
        "notif1",
        "or",
        "pmos",
        "rnmos",
        "rpmos",
        "wire",
        "xnor",
        "xor",
    ]
)


def complaints(text: str, files: Sequence[str] = ()) -> tuple[Diagnostic, ...]:
    """Return what a design that is judged must not hold: access to files, formal free variables, odd names.

    Args:
        text: the design.
        files: names of the files that it may include.
    """
    found: list[Diagnostic] = []
    if not any(mark in text for mark in ("`include", "$", "\\")):
        return ()
    before = Token("", "", 0)
    for token in tokens(text):
        message = ""
        if before.text == "`include":
            name = token.text.strip('"').removeprefix("./")
            if name not in files:
                message = f"it includes {token.text}, which is not one of the task's files"
        elif token.kind == "system" and token.text in _FILES | _FORMAL:
            message = f"{token.text} is not allowed in a design that is judged"
        elif token.kind == "escaped" and token.text.startswith("\\$"):
            message = f"the name {token.text} is reserved for the tools"
        if message:
            found.append(Diagnostic(message, Span(token.line), "forbidden"))
        if token.kind != "comment":
            before = token
    return tuple(found)


def assumptions(text: str) -> tuple[str, ...]:
    """Return what is assumed when such text is read as hardware, in words."""
    found: dict[str, None] = {}
    if _SUSPECT.search(text) is None and _OFF.search(text) is None:  # netlists are long
        return ()
    if _IDENTITY.search(_COMMENT.sub(" ", text)) is not None:
        found["=== compares as == does"] = None
    defined: set[str] = set()
    before = Token("", "", 0)
    attribute = False
    for token, after in pairwise((*tokens(text), Token("", "", 0))):
        if token.kind == "comment":
            match = _OFF.search(token.text)
            if match is not None:
                found[f"the comment {match[0]!r} is right"] = None
            continue
        if before.text == "`define":
            defined.add(token.text)
        elif before.text in ("`ifdef", "`ifndef", "`elsif") and token.text not in defined:
            default = before.text == "`ifndef" and after.text == "`define" and token.text not in _TOOLS
            if not default:
                found[f"the macro {token.text} is as Yosys defines it"] = None
        elif token.text == "#" and _is_delay(before):
            found["delays (#) do not matter"] = None
        attribute = (attribute or token.kind == "attribute") and (before.text, token.text) != ("*", ")")
        if token.text in _CASES or (attribute and token.text in ("full_case", "parallel_case")):
            found[f"{token.text} is right about the cases that occur"] = None
        elif attribute and token.text in ("init", "gclk", "anyconst", "anyseq", "blackbox", "whitebox"):
            found[f"the attribute {token.text} is right"] = None
        before = token
    return tuple(found)


def timed_process(text: str) -> int | None:
    """Return the line of a process that runs by itself (``always #5 ...``), which is no hardware."""
    before = Token("", "", 0)
    if "#" not in text:
        return None
    for token in tokens(text):
        if token.kind == "comment":
            continue
        if token.text == "#" and before.text in ("always", "forever"):
            return token.line
        before = token
    return None


def _is_delay(before: Token) -> bool:
    """Say whether a ``#`` after this token begins a delay; after the name of a module come its parameters."""
    return before.kind not in ("word", "escaped", "directive") or before.text in _KEYWORDS
