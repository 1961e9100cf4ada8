"""Statements of Verilog text as words: where they end, and which names they read and assign."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""(?P<skip>//[^\n]*|/\*.*?(?:\*/|\Z)|"(?:\\.|[^"\\\n])*"|`[A-Za-z_]\w*|\(\*(?!\s*\)).*?\*\)|\s+)
      |(?P<system>\$[A-Za-z_]\w*)
      |(?P<word>[A-Za-z_][\w$]*|\\\S+)
      |(?P<number>(?:\d[\d_]*)?\s*'[sS]?[bodhBODH]\s*[\da-fA-FxXzZ_?]+|'[01xXzZ]|\d[\d_.]*)
      |(?P<symbol><<<=|>>>=|<<=|>>=|===|!==|==\?|!=\?|<=|>=|==|!=|[-+*/%&|^]=|\+\+|--|::|\S)""",
    re.DOTALL | re.VERBOSE,
)
TYPES = {"reg", "logic", "bit", "int", "integer", "byte", "shortint", "longint", "output", "var", "time"}
LOCAL = TYPES | {
    "input",
    "inout",
    "ref",
    "automatic",
    "static",
    "const",
    "wire",
    "genvar",
    "real",
    "signed",
    "unsigned",
}
_CONTROL = {"if", "case", "casez", "casex", "while", "repeat", "wait", "for", "foreach"}
_WORDS = (
    {"begin", "end", "else", "endcase", "default", "posedge", "negedge", "edge", "or", "forever", "fork"}
    | {"join", "join_any", "join_none", "unique", "unique0", "priority", "inside", "do", "return", "break"}
    | {"continue", "void", "assert", "assume", "cover", "iff", "endfunction", "endtask"}
    | _CONTROL
    | LOCAL
)
_ASSIGNS = {"=", "<="} | {f"{o}=" for o in ("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "<<<", ">>>")}
CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Word:
    """A word of the text; `kind` is a group of `_TOKEN`."""

    kind: str
    text: str
    line: int


@dataclass
class Use:
    """What a stretch of statements does with names, in order: (``"r"``, ``"b"`` or ``"n"``, name)."""

    events: list[tuple[str, str]] = field(default_factory=list)
    called: list[str] = field(default_factory=list)


def scan(text: str) -> Iterator[Word]:
    """Return the words of a text without comments, texts in quotes, directives and attributes."""
    line, at = 1, 0
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "skip":
            line += text.count("\n", at, match.start())
            at = match.start()
            yield Word(match.lastgroup or "", match[0], line)


class Reader:
    """Walks over statements."""

    def __init__(self, words: Sequence[Word], at: int) -> None:
        self._words, self._at = words, at

    def _text(self, ahead: int = 0) -> str:
        place = self._at + ahead
        return self._words[place].text if place < len(self._words) else ";"

    def closed(self) -> int:
        """Return the place after the bracket that closes the one here."""
        depth = 0
        for i in range(self._at, len(self._words)):
            depth += (self._words[i].text in CLOSING) - (self._words[i].text in CLOSING.values())
            if depth == 0:
                return i + 1
        return len(self._words)

    def statement(self) -> int:
        """Return the place after the statement that begins here."""
        while self._at < len(self._words):
            text = self._text()
            if text in ("@", "#"):
                self._at += 1
                self._at = self.closed() if self._text() == "(" else self._at + 1
            elif text in ("unique", "unique0", "priority", "forever", "else"):
                self._at += 1
            elif text in ("begin", "fork", "case", "casez", "casex"):
                self._at = self._block()
            elif text in ("if", "for", "while", "repeat", "wait", "foreach"):
                self._at += 1
                self._at = self.closed() if self._text() == "(" else self._at
                if text != "if":
                    continue
                self._at = self.statement()
            else:
                self._simple()
            if text in ("@", "#", "unique", "unique0", "priority", "forever", "else"):
                continue
            if self._text() != "else":
                break
        return self._at

    def _simple(self) -> None:
        while self._at < len(self._words) and self._text() != ";":
            if self._text() in ("end", "endmodule", "endcase"):
                return
            self._at = self.closed() if self._text() in CLOSING else self._at + 1
        self._at += 1

    def _block(self) -> int:
        depth = 0
        for i in range(self._at, len(self._words)):
            text = self._words[i].text
            depth += text in ("begin", "fork", "case", "casez", "casex")
            depth -= text in ("end", "join", "join_any", "join_none", "endcase")
            if depth == 0:
                return i + 1
            if text in ("endmodule", "endfunction", "endtask"):
                return i
        return len(self._words)

    def uses(self, end: int, use: Use) -> None:
        """Note what the statements from here to `end` do with names."""
        start = self._at
        while self._at < end:
            text = self._text()
            if self._words[self._at].text in LOCAL and self._at == start:
                self._declaration(end, use)
                start = self._at
            elif text in (";", "begin", "end", "else", "endcase", "default", ":"):
                self._note(start, self._at, use)
                if text == ";":
                    self._call(start, use)
                if text in ("begin", "end", "default") and self._text(1) == ":":
                    self._at += 2 if text != "default" else 1
                self._at += 1
                start = self._at
            elif text in _CONTROL:
                self._at += 1
                close = min(self.closed(), end) if self._text() == "(" else self._at
                self._header(close, use)
                start = self._at = close
            elif text == "?":
                self._at = self._expression(end)
            elif text in _ASSIGNS or text in ("++", "--"):
                self._at = self._assignment(start, min(self._expression(end), end), use)
                start = self._at
            elif text in ("@", "#"):
                self._at += 1
                self._at = min(self.closed(), end) if self._text() == "(" else self._at + 1
                start = self._at
            else:
                self._at = min(self.closed(), end) if text in CLOSING else self._at + 1
        self._note(start, min(self._at, end), use)

    def _expression(self, end: int) -> int:
        """Return the place of the semicolon that ends what is here."""
        saved = self._at
        while self._at < end and self._text() != ";":
            self._at = self.closed() if self._text() in CLOSING else self._at + 1
        found, self._at = self._at, saved
        return found

    def _header(self, close: int, use: Use) -> None:
        """What is in the brackets of a control statement; of a loop also the assignments."""
        parts: list[list[int]] = [[]]
        for i in range(self._at + 1, close - 1):
            if self._words[i].text == ";":
                parts.append([])
            else:
                parts[-1].append(i)
        for part in parts:
            place = next((i for i in part if self._words[i].text in ("=", "++", "--", "+=", "-=")), None)
            if place is None:
                self._note(part[0] if part else 0, part[-1] + 1 if part else 0, use)
                continue
            self._note(place + 1, part[-1] + 1, use)
            target = next(
                i for i in part if self._words[i].kind == "word" and self._words[i].text not in LOCAL
            )
            use.events.append(("b", self._words[target].text))

    def _assignment(self, start: int, end: int, use: Use) -> int:
        operator = self._text()
        self._note(self._at + 1, end, use)
        depth = 0
        written: list[str] = []
        for i in range(start, self._at):
            word = self._words[i]
            depth += (word.text == "[") - (word.text == "]")
            if word.kind != "word" or word.text in _WORDS or (i and self._words[i - 1].text in (".", "::")):
                continue
            if depth or operator not in ("=", "<="):
                use.events.append(("r", word.text))
            if not depth:
                written.append(word.text)
        use.events += [("n" if operator == "<=" else "b", name) for name in written]
        return end

    def _declaration(self, end: int, use: Use) -> None:
        while self._at < end and self._text() not in (";", ")"):
            if self._text(1) == "=" and self._words[self._at].kind == "word":
                use.events.append(("b", self._text()))
            self._at = self.closed() if self._text() in CLOSING else self._at + 1

    def _call(self, start: int, use: Use) -> None:
        """Note what the call of a task may assign: any of its arguments, as its head is not looked at."""
        words = self._words[start : self._at]
        if len(words) > 2 and words[0].kind == "word" and words[1].text == "(":
            names = [w.text for w in words[2:] if w.kind == "word" and w.text not in _WORDS]
            use.events += [("b", name) for name in names if words[0].text not in _WORDS]

    def _note(self, start: int, end: int, use: Use) -> None:
        """Note the names that an expression reads and the functions that it calls."""
        for i in range(start, end):
            word = self._words[i]
            if word.kind != "word" or word.text in _WORDS:
                continue
            if i and self._words[i - 1].text in (".", "::"):
                continue
            use.events.append(("r", word.text))
            use.called.append(word.text)
