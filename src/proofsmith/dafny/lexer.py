"""Tokens of Dafny source text, without loss: the tokens with what stands before them are the text.

What Dafny's scanner and ours could read differently is an error here: control characters, lines
that begin with ``#`` (Dafny 2.3 takes them for preprocessor lines, even inside comments), names
that begin with a tick. So nothing can hide from the guards behind such a difference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from proofsmith.errors import BadInput

NAME, NUMBER, STRING, CHAR, SYMBOL, END = "name", "number", "string", "char", "symbol", "end"

_SYMBOLS = (
    "<==>", "==>", "<==", "-->", "...",
    "==", "!=", "<=", ">=", "&&", "||", ":=", ":|", ":-", "::", "=>", "->", "~>", "..", "!!", "#[",
    "{", "}", "(", ")", "[", "]", "<", ">", "+", "-", "*", "/", "%", "!", "&", "|", "^", "=", ",", ";", ".",
    ":", "`", "@",
)  # fmt: skip
_ESCAPE = r"""\\(?:['"\\0nrt]|u[0-9a-fA-F]{4}|U\{[0-9a-fA-F_]+\})"""
_TOKEN = re.compile(
    rf"""(?P<name>[A-Za-z_?][A-Za-z0-9_?']*+)
       | (?P<number>(?:0x[0-9a-fA-F]++(?:_[0-9a-fA-F]++)*+|[0-9]++(?:_[0-9]++)*+(?:\.[0-9]++(?:_[0-9]++)*+)?)
           (?![A-Za-z0-9_?']))
       | (?P<string>"(?:[^"\\\n\r]|{_ESCAPE})*+"|@"(?:[^"]|"")*+")
       | (?P<char>'(?:[^'\\\n\r]|{_ESCAPE})'(?![A-Za-z0-9_?']))
       | (?P<symbol>{"|".join(re.escape(s) for s in _SYMBOLS)})""",
    re.VERBOSE,
)
_BLANK = re.compile(r"[ \t\r\n]++|//[^\r\n]*+")
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f\x85\u2028\u2029\ufeff]")
_PRAGMA = re.compile(r"(?:\A|[\r\n])[^\S\r\n]*#", re.UNICODE)


class DafnySyntaxError(BadInput):
    """Text that is not Dafny; `column` is counted from one like `line`."""

    def __init__(
        self, cause: str, path: str | None = None, line: int = 1, column: int = 1, hint: str | None = None
    ) -> None:
        super().__init__(cause=f"column {column}: {cause}", path=path, line=line, hint=hint)
        self.column = column
        self.plain = cause


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        kind: name (keywords too), number, string, char, symbol, or end.
        text: as written.
        before: blanks and comments between the previous token and this one.
        start: offset of `text` in the source, in characters.
        line: line of `start`, counted from one.
        column: column of `start`, counted from one.
    """

    kind: str
    text: str
    before: str
    start: int
    line: int
    column: int

    @property
    def stop(self) -> int:
        """Offset behind the token."""
        return self.start + len(self.text)


def tokenize(text: str, path: str | None = None) -> tuple[Token, ...]:
    """Return the tokens of `text`; the last is of kind end. Joined with their blanks they are `text`.

    Raises:
        DafnySyntaxError: something in it is no token, or reads differently in Dafny's own scanner.
    """
    _refuse_ambiguous(text, path)
    tokens: list[Token] = []
    position, line, line_start = 0, 1, 0
    while True:
        start = _skip_blanks(text, position, path)
        before = text[position:start]
        line, line_start = _advance(before, position, line, line_start)
        column = start - line_start + 1
        if start == len(text):
            tokens.append(Token(END, "", before, start, line, column))
            return tuple(tokens)
        match = _TOKEN.match(text, start)
        if match is None:
            raise DafnySyntaxError(f"no token begins with {text[start : start + 12]!r}", path, line, column)
        kind, value = str(match.lastgroup), match.group()
        if value == "!" and text.startswith("in", start + 1) and not _continues_name(text, start + 3):
            value = "!in"
        tokens.append(Token(kind, value, before, start, line, column))
        position = start + len(value)
        line, line_start = _advance(value, start, line, line_start)


def place(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of an offset, both counted from one, the way tokens are placed."""
    line, line_start = _advance(text[:offset], 0, 1, 0)
    return line, offset - line_start + 1


def _continues_name(text: str, position: int) -> bool:
    return position < len(text) and re.match(r"[A-Za-z0-9_?']", text[position]) is not None


def _advance(text: str, start: int, line: int, line_start: int) -> tuple[int, int]:
    """Return line number and offset of the line's begin after `text`, which stands at offset `start`."""
    if "\n" not in text and "\r" not in text:
        return line, line_start
    ends = [m.end() for m in re.finditer(r"\r\n|\n|\r", text)]
    return line + len(ends), start + ends[-1]


def _skip_blanks(text: str, position: int, path: str | None) -> int:
    while True:
        match = _BLANK.match(text, position)
        if match is not None:
            position = match.end()
        elif text.startswith("/*", position):
            position = _skip_comment(text, position, path)
        else:
            return position


def _skip_comment(text: str, start: int, path: str | None) -> int:
    """Return the offset behind the comment at `start`; comments nest."""
    depth, position = 1, start + 2
    while depth:
        edge = _COMMENT_EDGE.search(text, position)
        if edge is None:
            raise DafnySyntaxError("this comment is not closed", path, *place(text, start))
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
    return position


def _refuse_ambiguous(text: str, path: str | None) -> None:
    bad = _FORBIDDEN.search(text)
    if bad is not None:
        where = place(text, bad.start())
        raise DafnySyntaxError(f"character U+{ord(bad.group()):04X} is not supported", path, *where)
    pragma = _PRAGMA.search(text)
    if pragma is not None:
        where = place(text, pragma.end() - 1)
        cause = "a line that begins with '#' is a preprocessor line to Dafny"
        raise DafnySyntaxError(cause, path, *where, hint="put something else at the start of the line")
