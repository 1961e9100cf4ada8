"""SyGuS answers and SMT-LIB scripts: lists in brackets, and definitions that must come before their use."""

from __future__ import annotations

import re

from proofsmith.store.export.languages.base import Lines, Linter
from proofsmith.store.export.languages.forms import OWN, Part

_TOKEN = re.compile(r';[^\n]*|"(?:[^"]|"")*"|\|[^|]*\||[()]|[^\s();"|]+')


class Smt:
    """SMT-LIB scripts: compared without comments and layout."""

    fence = "smt2"
    linter: Linter | None = None

    def parts(self, source: str) -> tuple[Part, ...]:
        """Return the tokens as one part."""
        return (tuple(t for t in _TOKEN.findall(source) if not t.startswith(";")),)


class Sygus(Smt):
    """Answers to SyGuS problems."""

    fence = "lisp"

    def __init__(self) -> None:
        self.linter = SygusLinter()

    def parts(self, source: str) -> tuple[Part, ...]:
        """Return the tokens as one part, parameters numbered within their definition."""
        found = [t for t in _TOKEN.findall(source) if not t.startswith(";")]
        names: dict[str, str] = {}
        depth, parameters = 0, False
        for at, token in enumerate(found):
            if token == "(":
                depth += 1
                if depth == 2 and at >= 2 and found[at - 2] == "define-fun":
                    parameters, names = True, {}
                elif parameters and depth == 3:
                    names.setdefault(found[at + 1], f"{OWN}{len(names)}")
            elif token == ")":
                depth -= 1
                parameters = parameters and depth > 1
            found[at] = names.get(token, token) if depth else token
        return (tuple(found),)


class SygusLinter:
    """Brackets must close, and a function must be defined before it is used."""

    def units(self, source: str) -> tuple[Lines, ...]:
        """Return the lines of every definition."""
        return tuple(lines for lines, _, _ in _definitions(source) or ())

    def broken(self, source: str, whole: str) -> tuple[Lines, ...]:
        """Return what is no definition, or uses a function of `whole` that no earlier line defines."""
        found, finished = _definitions(source), _definitions(whole)
        if found is None or finished is None:
            return ((0, source.count("\n") + 1),)
        names = {name for _, name, _ in finished}
        known: set[str] = set()
        wrong = []
        for lines, name, words in found:
            if not name or words & (names - known - {name}):
                wrong.append(lines)
            else:
                known.add(name)
        return tuple(wrong)


def _definitions(source: str) -> list[tuple[Lines, str, frozenset[str]]] | None:
    """Lines, name and symbols of every command; ``None`` if brackets do not match.

    Solvers print their answers as one list of commands or without brackets around them.
    """
    matches = [m for m in _TOKEN.finditer(source) if not m[0].startswith(";")]
    outer = int([m[0] for m in matches[:2]] in (["(", "("], ["(", ")"]))
    found: list[tuple[Lines, str, frozenset[str]]] = []
    depth, start, words = 0, 0, list[str]()
    for match in matches:
        token = match[0]
        if depth == outer:
            start, words = match.start(), []
        depth += (token == "(") - (token == ")")
        words.append(token)
        if depth < 0 or (depth == 0 and outer and match is not matches[-1]):
            return None
        if depth == outer and len(words) > 1:
            first = source.count("\n", 0, start)
            last = source.count("\n", 0, match.end())
            name = words[2] if len(words) > 2 and words[1].startswith("define-fun") else ""
            found.append(((first, last + 1), name, frozenset(words[3:])))
    return found if depth == 0 else None
