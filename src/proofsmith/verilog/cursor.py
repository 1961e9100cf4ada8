"""A position in a list of tokens, with the questions that the readers ask."""

from __future__ import annotations

from proofsmith.errors import BadInput
from proofsmith.verilog.lexer import Token, tokenize
from proofsmith.verilog.syntax import Expr, Extent


class Cursor:
    """Walks over the tokens of one source text."""

    def __init__(self, source: str, path: str | None = None) -> None:
        self.source, self.path = source, path
        self.tokens = tokenize(source, path)
        self.place = 0
        self.types: dict[str, tuple[Expr | None, Expr | None, Extent]] = {}
        """Enumerations that have a name: bounds of the range, and where it stands."""

    @property
    def here(self) -> Token:
        """The token at the position."""
        return self.tokens[self.place]

    @property
    def start(self) -> int:
        """Offset where the token at the position begins."""
        return self.here.start

    @property
    def end(self) -> int:
        """Offset where the last token passed ends."""
        return self.tokens[self.place - 1].end

    def ahead(self, steps: int = 1) -> Token:
        """The token `steps` further on."""
        return self.tokens[min(self.place + steps, len(self.tokens) - 1)]

    def at(self, *texts: str) -> bool:
        """Say whether the token here is one of `texts`."""
        return self.here.text in texts and self.here.kind != "string"

    def next(self) -> Token:
        """Pass over the token here and return it."""
        token = self.here
        if token.kind == "end":
            raise self.error("the text ends too early")
        self.place += 1
        return token

    def take(self, *texts: str) -> bool:
        """Pass over the token here if it is one of `texts`; say whether it was."""
        if self.at(*texts):
            self.place += 1
            return True
        return False

    def need(self, text: str) -> Token:
        """Pass over `text`, which must be here."""
        if not self.at(text):
            raise self.error(f"expected {text!r}, found {self.here.text or 'the end'!r}")
        return self.next()

    def need_name(self) -> Token:
        """Pass over an identifier, which must be here."""
        if self.here.kind != "name":
            raise self.error(f"expected a name, found {self.here.text or 'the end'!r}")
        return self.next()

    def skip_group(self) -> None:
        """Pass over a group in parentheses, brackets or braces that begins here."""
        closing = {"(": ")", "[": "]", "{": "}"}[self.next().text]
        while not self.take(closing):
            if self.at("(", "[", "{"):
                self.skip_group()
            else:
                self.next()

    def skip_past(self, *texts: str) -> None:
        """Pass over everything up to and including one of `texts`, groups as a whole."""
        while not self.take(*texts):
            if self.at("(", "[", "{"):
                self.skip_group()
            else:
                self.next()

    def names_since(self, place: int) -> frozenset[str]:
        """The identifiers among the tokens from index `place` up to here."""
        return frozenset(t.text for t in self.tokens[place : self.place] if t.kind == "name")

    def error(self, cause: str) -> BadInput:
        """Return the error that `cause` is, at this line."""
        line = self.source.count("\n", 0, self.start) + 1
        return BadInput(cause, path=self.path, line=line)
