"""What an export asks of a language, and the answers that fit any language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from proofsmith.registry import Registry
from proofsmith.store.export.languages.forms import Part

Lines = tuple[int, int]
"""A range of lines: the first and the one after the last, counted from 0."""

_TOKEN = re.compile(
    r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|[A-Za-z_][A-Za-z_0-9]*|\d[\w.]*|[<>=!&|+*/:-]{2,3}|\S'
)


@dataclass(frozen=True)
class Token:
    """A token and its place: characters `start` to `end` (exclusive) of the text."""

    text: str
    start: int
    end: int


def tokens(source: str) -> tuple[Token, ...]:
    """Split a program of any language into words, numbers, strings and operators; white space is dropped."""
    return tuple(Token(m[0], m.start(), m.end()) for m in _TOKEN.finditer(source))


class Linter(Protocol):
    """Finds out which lines of an incomplete program can stay (see `proofsmith.store.export.lintseq`)."""

    def units(self, source: str) -> tuple[Lines, ...]:
        """Return the ranges of lines that can be taken out as a whole."""
        ...

    def broken(self, source: str, whole: str) -> tuple[Lines, ...]:
        """Return the ranges that parser and linter complain of, to be taken out too; none if all is well.

        `whole` is the finished program that `source` is a part of.
        """
        ...


class Language(Protocol):
    """One language of candidates."""

    fence: str
    """What stands behind the three backticks of a code block."""

    linter: Linter | None
    """``None`` where no partial program can be judged."""

    def parts(self, source: str) -> tuple[Part, ...]:
        """Return the definitions, without comments, names of the program's own numbered (see `forms`)."""
        ...


class Plain:
    """A language of which nothing is known: programs that differ in white space are the same."""

    fence = ""
    linter: Linter | None = None

    def parts(self, source: str) -> tuple[Part, ...]:
        """Return the tokens as one part."""
        return (tuple(token.text for token in tokens(source)),)


LANGUAGES: Registry[type[Language]] = Registry(
    "language",
    "proofsmith.languages",
    {
        "python": "proofsmith.store.export.languages.python:Python",
        "sygus": "proofsmith.store.export.languages.lisp:Sygus",
        "smt2": "proofsmith.store.export.languages.lisp:Smt",
        "verilog": "proofsmith.store.export.languages.verilog:Verilog",
        "dafny": "proofsmith.store.export.languages.dafny:Dafny",
    },
)
"""The languages by name, as in ``Task.language``; others are `Plain`."""


@cache
def language_of(name: str) -> Language:
    """Return the language called `name`, or `Plain`."""
    return LANGUAGES.get(name)() if name in LANGUAGES.names() else Plain()
