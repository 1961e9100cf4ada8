"""A cursor over tokens, with what every part of the parser needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from proofsmith.dafny.lexer import END, NAME, NUMBER, SYMBOL, DafnySyntaxError, Token

T = TypeVar("T")

_RESERVED_TEXT = """
    abstract allocated as assert assume bool break calc case char class codatatype const constructor datatype
    decreases else ensures exists export extends false forall fresh function ghost if imap import in include
    inductive int invariant iset iterator label lemma map match method modifies modify module multiset nat
    new newtype null object old opened ORDINAL predicate print protected reads real refines requires return
    returns reveal seq set static string then this trait true twostate type unchanged var where while yield
    yields
"""
RESERVED = frozenset(_RESERVED_TEXT.split())
"""Words that name nothing, in Dafny 2.3 and 4 alike. Others are words only where the grammar wants them."""

CLAUSE_WORDS = frozenset(("requires", "ensures", "modifies", "reads", "decreases", "invariant"))


class Stream:
    """Tokens with a position. Places of nodes are token indices.

    Attributes:
        tokens: the file's tokens; the last is of kind end.
        path: the file's name, for messages.
        at: index of the token to be read next.
        no_lambdas: indices at which no lambda begins although it looks like one.
    """

    def __init__(self, tokens: tuple[Token, ...], path: str | None = None) -> None:
        self.tokens = tokens
        self.path = path
        self.at = 0
        self.no_lambdas: set[int] = set()

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self.tokens[self.at]

    def ahead(self, distance: int = 1) -> Token:
        """Return a token behind the next one; the end token if there are not so many."""
        return self.tokens[min(self.at + distance, len(self.tokens) - 1)]

    def next(self) -> Token:
        """Read one token."""
        token = self.tokens[self.at]
        if token.kind != END:
            self.at += 1
        return token

    def sees(self, *texts: str) -> bool:
        """Say whether the next token is one of these words or symbols."""
        token = self.tokens[self.at]
        return token.text in texts and token.kind in (NAME, SYMBOL)

    def sees_ahead(self, distance: int, *texts: str) -> bool:
        """Say whether a token further on is one of these words or symbols."""
        token = self.ahead(distance)
        return token.text in texts and token.kind in (NAME, SYMBOL)

    def sees_row(self, *texts: str) -> bool:
        """Say whether exactly these tokens come next."""
        return all(self.sees_ahead(i, text) for i, text in enumerate(texts))

    def adjacent(self, distance: int = 0) -> bool:
        """Say whether nothing stands between the token at `distance` and the one behind it."""
        return self.ahead(distance + 1).before == ""

    def accept(self, *texts: str) -> str:
        """Read the next token if it is one of these; return its text or an empty string."""
        return self.next().text if self.sees(*texts) else ""

    def expect(self, text: str, after: str = "") -> Token:
        """Read this word or symbol.

        Raises:
            DafnySyntaxError: something else comes next.
        """
        if not self.sees(text):
            raise self.error(f"{text!r} expected{' ' if after else ''}{after}, found {self.found()}")
        return self.next()

    def name(self, what: str = "a name") -> str:
        """Read an identifier that is no reserved word.

        Raises:
            DafnySyntaxError: something else comes next.
        """
        if not self.sees_name():
            raise self.error(f"{what} expected, found {self.found()}")
        return self.next().text

    def sees_name(self, distance: int = 0) -> bool:
        """Say whether a token is an identifier that is no reserved word."""
        token = self.ahead(distance)
        return token.kind == NAME and token.text not in RESERVED

    def label(self) -> str:
        """Read ``name:`` or ``1:`` before a condition if it comes next; else return an empty string."""
        if not ((self.sees_name() or self.token.kind == NUMBER) and self.sees_ahead(1, ":")):
            return ""
        text = self.next().text
        self.next()
        return text

    def found(self) -> str:
        """Name the next token in a message."""
        return "the end of the file" if self.token.kind == END else repr(self.token.text)

    def error(self, cause: str, at: int | None = None) -> DafnySyntaxError:
        """Return the error about what stands here (or at a token index)."""
        token = self.tokens[self.at if at is None else at]
        return DafnySyntaxError(cause, self.path, token.line, token.column)

    def attempt(self, parse: Callable[[], T]) -> T | None:
        """Return what `parse` reads, or ``None`` with nothing read if it cannot."""
        start = self.at
        try:
            return parse()
        except DafnySyntaxError:
            self.at = start
            return None

    def separated(self, parse: Callable[[], T], separator: str = ",") -> tuple[T, ...]:
        """Read one or more of the same kind with separators between them."""
        items = [parse()]
        while self.accept(separator):
            items.append(parse())
        return tuple(items)

    def until(self, close: str, parse: Callable[[], T]) -> tuple[T, ...]:
        """Read none or more with commas between them, up to and with the closing symbol."""
        if self.accept(close):
            return ()
        items = self.separated(parse)
        self.expect(close)
        return items

    def matching(self, index: int) -> int:
        """Return the index of the parenthesis that closes the one at `index`; -1 if none does."""
        depth = 0
        for i in range(index, len(self.tokens)):
            token = self.tokens[i]
            if token.kind != SYMBOL:
                continue
            depth += (token.text in "([{") - (token.text in ")]}")
            if depth == 0:
                return i
        return -1
