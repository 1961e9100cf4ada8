"""What can be seen in Verilog text before any tool reads it: tricks, and what synthesis passes over."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from proofsmith.source import Span
from proofsmith.types import Diagnostic
from proofsmith.verifiers.simulation.guard import PURE
from proofsmith.verilog_text import Token, tokens

_OFF = re.compile(
    r"(?:\w+\s+)?\b(?:translate_off|full_case|parallel_case|(?:rtl_)?synthesis(?:_|\s+)off)\b", re.IGNORECASE
)
_IDENTITY = re.compile(r"(?<![=!<>])[=!]==(?!=)")
_NO_CODE = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?(?:\*/|\Z)|\\\S+', re.DOTALL)
_SUSPECT = re.compile(
    r"[`#\"]|[=!]==|\(\*(?!\s*\))|\b(?:unique|unique0|priority|specify)\b|(?<![\\\w$.])\$[a-z]"
)
_MACRO = re.compile(r"`define\s+(?P<name>\w+)(?P<body>(?:[^\n\\]|\\\n|\\.)*)")
_STATEMENT = re.compile(r";|@|<=|(?<![=!<>])=(?!=)|\b(?:always\w*|initial|assign|begin)\b")
_FORMAL = {"$anyconst", "$anyseq", "$allconst", "$allseq", "$initstate", "$global_clock"}
_FILES = {"$readmemb", "$readmemh", "$fopen", "$fread", "$fscanf", "$fgets", "$fgetc"}
_TOOLS = {"SYNTHESIS", "YOSYS", "FORMAL", "VERILATOR", "SIMULATION", "__ICARUS__"}
_CASES = {"unique", "unique0", "priority"}
_TESTS = ("`ifdef", "`ifndef", "`elsif")
_DIRECTIVES = {"`define", "`undef", "`undefineall", "`else", "`endif", "`include", "`resetall", *_TESTS}
_ACTING = re.compile(
    r"(?:init|gclk|anyconst|anyseq|allconst|allseq|blackbox|whitebox|lib_whitebox|nolatches|nosync|onehot"
    r"|defaultvalue|wiretype|hierconn|\w*_gclk|dynports|reprocess_after|(?:via_celltype|techmap)\w*)\Z"
)
"""Attributes that change what Yosys makes of a design."""
_SILENT = frozenset(
    f"${name}"
    for name in (
        *("display", "write", "strobe", "monitor", "info", "warning", "error", "fatal"),
        *("finish", "stop", "dumpfile", "dumpvars", "timeformat"),
    )
)
"""System tasks that no output depends on."""
_SAME = "=== compares as == does"


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


def assumptions(text: str, modules: Collection[str] = ()) -> tuple[str, ...]:
    """Return what is assumed when such text is read as hardware, in words.

    Args:
        text: a file of a design.
        modules: names of the modules that it may instantiate; ``#`` behind any other name is a delay.
    """
    if _SUSPECT.search(text) is None and _OFF.search(text) is None:  # netlists are long
        return ()
    found: dict[str, None] = {}
    if _IDENTITY.search(_NO_CODE.sub(" ", text)) is not None:
        found[_SAME] = None
    for macro in _MACRO.finditer(_NO_CODE.sub(" ", text)):
        if _STATEMENT.search(macro["body"]):
            found[f"the statements of the macro {macro['name']} do as synthesis reads them"] = None
    macros = _Macros()
    past = [Token("", "", 0)] * 3
    attribute = False
    for token in (*tokens(text), Token("", "", 0)):
        if token.kind == "comment":
            match = _OFF.search(token.text)
            if match is not None:
                found[f"the comment {match[0]!r} is right"] = None
            if token.text.endswith("\\"):
                found["comments end as Yosys reads them"] = None
            continue
        before = past[-1]
        found.update(dict.fromkeys(macros.see(token)))
        if token.text == "specify" or (token.text == "#" and not _is_parameters(past, modules)):
            found["delays (#) do not matter"] = None
        elif token.kind == "symbol" and token.text == '"':
            found["texts in quotes end as Yosys reads them"] = None
        attribute = (attribute or token.kind == "attribute") and (before.text, token.text) != ("*", ")")
        if token.text in _CASES or (attribute and token.text in ("full_case", "parallel_case")):
            found[f"{token.text} is right about the cases that occur"] = None
        elif attribute and token.kind == "word" and _ACTING.match(token.text):
            found[f"the attribute {token.text} is right"] = None
        elif token.kind == "system" and token.text not in PURE | _SILENT:
            found[f"{token.text} is as Yosys has it"] = None
        past = [*past[1:], token]
    return tuple(found)


class _Macros:
    """Follows the directives of a text, token by token, and says what is assumed of macros."""

    def __init__(self) -> None:
        self._defined: set[str] = set()
        self._depth = 0
        self._past = [Token("", "", 0)] * 3
        self._in_body = False

    def see(self, token: Token) -> list[str]:
        """Take the next token that is no comment; return what is assumed because of it, in words."""
        before = self._past[-1]
        found = []
        if self._in_body and token.line != before.line and before.text != "\\":
            self._in_body = False
            if before.text in ("=", "!"):
                found.append(_SAME)
        if self._in_body:
            found += self._inside(token)
        else:
            found += self._outside(token)
        self._past = [*self._past[1:], token]
        return found

    def _inside(self, token: Token) -> list[str]:
        """Look at the name or the body of a macro."""
        older, old, before = self._past
        if before.text == "`define":
            default = older.text == "`ifndef" and old.text == token.text
            if self._depth == 0 or (self._depth == 1 and default):
                self._defined.add(token.text)
            elif older.text == "`ifndef" and not default:
                return [_as_defined(old)]
            return []
        if token.text in _DIRECTIVES:
            return ["directives inside of macros act as in Yosys"]
        starts = old.text == "`define" or before.text == ")"
        return [_SAME] if starts and token.text in ("=", "!") else []

    def _outside(self, token: Token) -> list[str]:
        _, old, before = self._past
        self._in_body = token.text == "`define"
        if token.text in ("`ifdef", "`ifndef"):
            self._depth += 1
        elif token.text == "`endif":
            self._depth -= 1
        if old.text in _TESTS and before.text not in self._defined:
            default = old.text == "`ifndef" and token.text == "`define" and before.text not in _TOOLS
            return [] if default else [_as_defined(before)]
        return []


def _as_defined(macro: Token) -> str:
    return f"the macro {macro.text} is as Yosys defines it"


def _is_parameters(past: Sequence[Token], modules: Collection[str]) -> bool:
    """Say whether a ``#`` behind these tokens begins the parameters of a module, not a delay."""
    older, old, before = past
    if old.text in ("module", "macromodule"):
        return True
    label = old.text == ":" and older.text in ("begin", "fork", "end", "join")
    return before.kind in ("word", "escaped") and before.text.removeprefix("\\") in modules and not label


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
