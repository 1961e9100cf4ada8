"""Verilog as a sequence of words: enough to find modules, directives and system tasks in any text.

The text need not be right; nothing is evaluated. For anything more, use a parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))
      |(?P<string>"(?:\\.|[^"\\\n])*")
      |(?P<directive>`[A-Za-z_]\w*)
      |(?P<escaped>\\\S+)
      |(?P<system>\$[A-Za-z_]\w*)
      |(?P<word>[A-Za-z_][\w$]*)
      |(?P<number>(?:\d[\d_]*)?'[sS]?[bodhBODH][\s]*[\da-fA-FxXzZ_?]+|\d[\d_.]*)
      |(?P<attribute>\(\*(?!\s*\)))
      |(?P<symbol>\S)""",
    re.DOTALL | re.VERBOSE,
)
_OPENING = frozenset({"module", "macromodule", "program", "interface", "package", "class", "primitive"})


@dataclass(frozen=True)
class Token:
    """A word of the text: its kind (a group of `_TOKEN`), text and one-based line."""

    kind: str
    text: str
    line: int


def tokens(text: str) -> Iterator[Token]:
    """Return the tokens of Verilog text, comments among them."""
    line, at = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        yield Token(match.lastgroup or "", match[0], line)


def code(text: str) -> Iterator[Token]:
    """Return the tokens of Verilog text without comments."""
    return (token for token in tokens(text) if token.kind != "comment")


def module_names(text: str) -> tuple[str, ...]:
    """Return the names of the modules (programs, packages, classes ...) that a text defines, in order."""
    found = []
    before = Token("", "", 0)
    for token in code(text):
        if before.text in _OPENING:
            name = token.text
            if name not in ("automatic", "static"):
                found.append(name.removeprefix("\\"))
            else:
                continue
        before = token
    return tuple(found)


def top_modules(text: str) -> tuple[str, ...]:
    """Return the modules of a text that no other module of it names."""
    defined: dict[str, None] = {}
    named: set[str] = set()
    inside = ""
    before = Token("", "", 0)
    for token in code(text):
        if before.text in ("module", "macromodule"):
            if token.text in ("automatic", "static"):
                continue
            inside = token.text.removeprefix("\\")
            defined[inside] = None
        elif (
            token.kind in ("word", "escaped")
            and token.text.removeprefix("\\") != inside
            and before.text != ":"
        ):
            named.add(token.text.removeprefix("\\"))
        before = token
    return tuple(name for name in defined if name not in named)


_INSTANCE = re.compile(
    r"(?P<module>\w+) (?:# \( (?:[^()]|\( [^()]*\) )*\) )?(?P<name>\w+) (?:\[ [^\]]*\] )?\( "
)
_WORDS = frozenset(
    [
        "module",
        "macromodule",
        "function",
        "task",
        "if",
        "else",
        "while",
        "for",
        "case",
        "casez",
        "casex",
        "repeat",
        "wait",
        "begin",
        "end",
        "return",
    ]
)


def instantiated(text: str) -> tuple[str, ...]:
    """Return the names of modules that a text instantiates and does not define, in order."""
    flat = " ".join(token.text for token in code(text) if token.kind != "string") + " "
    names = [m["module"] for m in _INSTANCE.finditer(flat) if not {m["module"], m["name"]} & _WORDS]
    known = set(module_names(text))
    return tuple(dict.fromkeys(name for name in names if name not in known and not name[0].isdigit()))
