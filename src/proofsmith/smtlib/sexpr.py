"""S-expressions of SMT-LIB 2.6 with their places in the text: linear time, any depth.

Atoms keep their text as written; `Text` turns offsets into lines and columns when a message needs it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from proofsmith.errors import BadInput

_TOKEN = re.compile(
    r"""(?:\s+|;[^\n]*)*+                             # blanks and comments
        (?: (\() | (\))                              # 1, 2
          | ([A-Za-z_~!@$%^&*+=<>.?/][^\s()";|]*+)   # 3 a symbol
          | ([0-9]++)(?![^\s()";|])                  # 4 a numeral
          | ([^\s()";|]++)                           # 5 any other plain token
          | ("(?:[^"]|"")*+")                        # 6
          | (\|[^|\\]*+\|)                           # 7
          | (\Z) | (.) )""",  # 8, 9 what begins nothing
    re.VERBOSE | re.DOTALL,
)
_OPEN, _CLOSE, _SYMBOL, _NUMBER, _PLAIN, _STRING, _QUOTED, _END, _BAD = range(1, 10)
_NEGATIVE = re.compile(r"-[0-9]+\Z")
_HEX = re.compile(r"#x[0-9a-fA-F]+\Z")
_BINARY = re.compile(r"#b[01]+\Z")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+\Z")


class Atom:
    """One token: `kind` is symbol, keyword, numeral, negative, decimal, hex, binary, or string.

    `text` is the symbol without its bars, or the literal as written (a string without its outer
    quotes, doubled quotes undone); `start` its offset in the file.
    """

    __slots__ = ("kind", "start", "text")

    def __init__(self, kind: str, text: str, start: int) -> None:
        self.kind = kind
        self.text = text
        self.start = start


class List:
    """A parenthesised list; `start` is the offset of its opening parenthesis."""

    __slots__ = ("items", "start")

    def __init__(self, start: int) -> None:
        self.items: list[Node] = []
        self.start = start


Node = Atom | List


@dataclass(frozen=True)
class Text:
    """A file's text, with its name for messages."""

    text: str
    path: str | None = None

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(m.end() for m in re.finditer("\n", self.text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both counted from one."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def error(self, cause: str, offset: int, hint: str | None = None) -> BadInput:
        """Return the error about what stands at `offset`, with line and column."""
        line, column = self.place(min(offset, len(self.text)))
        return BadInput(f"column {column}: {cause}", path=self.path, line=line, hint=hint)


def read(source: Text) -> list[Node]:
    """Return the top-level expressions of a text.

    Raises:
        BadInput: a parenthesis without its partner, an unfinished string or symbol, a stray character.
    """
    top: list[Node] = []
    items = top
    opened: list[List] = []
    for found in _TOKEN.finditer(source.text):
        kind = found.lastindex
        assert kind is not None
        at = found.start(kind)
        if kind == _SYMBOL:
            items.append(Atom("symbol", found[kind], at))
        elif kind == _OPEN:
            new = List(at)
            items.append(new)
            opened.append(new)
            items = new.items
        elif kind == _CLOSE:
            if not opened:
                raise source.error("this parenthesis closes nothing", at)
            opened.pop()
            items = opened[-1].items if opened else top
        elif kind == _NUMBER:
            items.append(Atom("numeral", found[kind], at))
        elif kind == _STRING:
            items.append(Atom("string", found[kind][1:-1].replace('""', '"'), at))
        elif kind == _QUOTED:
            items.append(Atom("symbol", found[kind][1:-1], at))
        elif kind == _PLAIN:
            items.append(_plain(source, found[kind], at))
        elif kind == _BAD:
            raise _bad_character(source, at)
        else:
            break
    if opened:
        cause = "this parenthesis is never closed"
        raise source.error(cause, opened[-1].start, hint="is the file cut off? it ends too early")
    return top


def _bad_character(source: Text, at: int) -> BadInput:
    char = source.text[at]
    if char == '"':
        return source.error("this string is never closed", at, hint="is the file cut off?")
    if char == "|":
        return source.error("this quoted symbol is never closed, or has a backslash in it", at)
    return source.error(f"unexpected character {char!r}", at)


def _plain(source: Text, text: str, start: int) -> Atom:
    """Return a token that starts like a literal or a keyword."""
    for kind, pattern in _LITERALS:
        if pattern.match(text):
            return Atom(kind, text, start)
    if text[0] == "#" or text[0].isdecimal():
        raise source.error(f"{text[:40]!r} is not a literal", start, hint="#x0f, #b01 and 15 are")
    return Atom("keyword" if text[0] == ":" else "symbol", text, start)


_LITERALS = (
    ("negative", _NEGATIVE),
    ("hex", _HEX),
    ("binary", _BINARY),
    ("decimal", _DECIMAL),
)


_ESCAPE = re.compile(r"\\u(?:\{([0-9a-fA-F]{1,5})\}|([0-9a-fA-F]{4}))")
MAX_CODE = 0x2FFFF
"""Largest code point of an SMT-LIB string."""


def unescape(text: str) -> str:
    r"""Resolve the escapes ``\u{X}`` and ``\uXXXX`` of SMT-LIB 2.6 strings."""

    def char(match: re.Match[str]) -> str:
        code = int(match[1] or match[2], 16)
        return chr(code) if code <= MAX_CODE else match[0]

    return _ESCAPE.sub(char, text) if "\\" in text else text


def escape(value: str) -> str:
    r"""Return the SMT-LIB 2.6 string literal of `value`, in printable ASCII.

    A backslash is escaped only where it would start an escape.
    """
    parts = []
    for i, char in enumerate(value):
        if char == '"':
            parts.append('""')
        elif char == "\\" and value[i + 1 : i + 2] == "u":
            parts.append("\\u{5c}")
        elif " " <= char <= "~":
            parts.append(char)
        else:
            parts.append(f"\\u{{{ord(char):x}}}")
    return '"' + "".join(parts) + '"'


_SIMPLE = re.compile(r"[A-Za-z~!@$%^&*_+=<>.?/\-][A-Za-z0-9~!@$%^&*_+=<>.?/\-]*\Z")
_WORDS = (
    "! _ as BINARY DECIMAL exists HEXADECIMAL forall let match NUMERAL par STRING assert check-sat "
    "declare-const declare-fun define-fun define-fun-rec define-sort exit get-model pop push set-info "
    "set-logic set-option"
)
_RESERVED = frozenset(_WORDS.split())


def symbol(name: str) -> str:
    """Return a symbol as it must be written: bars around what is not a simple symbol."""
    return name if _SIMPLE.match(name) and name not in _RESERVED else f"|{name}|"
