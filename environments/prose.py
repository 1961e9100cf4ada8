"""Examples that a docstring states in words: ``f(2) == 4``, ``f(2) -> 4``, ``Input: 2, Output: 4``.

Nothing here guesses: the arguments and the result must be plain data (`literals`), the arguments
must fit the signature, and what follows the result must not change its meaning ("f(2) is 4 if
...", "4 more than ..."). What does not fit is left as words.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from proofsmith.environments import literals
from proofsmith.environments.docstring import Docstring, bind, read_call
from proofsmith.python_spec import Example, Outcome, Signature

NAMES: dict[str, Any] = {**literals.CONSTANTS, "true": True, "false": False, "null": None}
"""Names that people write for values in prose."""

MAX_LINE = 600
"""Longer lines are not read as prose; reading takes time quadratic in this, not in the text's length."""
MAX_TEXT = 20_000
"""Characters of a docstring that are read as prose."""
MAX_PLACES = 500
"""Places in a docstring where one form of example may begin; the rest is not looked at."""

_ARROW = r"(?:={1,2}>|-{1,2}>|➞|→|➜|⇒|⟹|↦|={2,3}|=|:)"
_VERB = (
    r"(?:returns?|gives?|yields?|produces?|outputs?|prints?|equals?|is|be|equal\s+to|evaluates?\s+to|results?\s+in"
    r"|becomes?)"
)
_SUBJECT = r"(?:(?:the|its|your|expected)\s+)*(?:function|output|result|answer|return\s+value|value)"
_CONNECTIVE = re.compile(
    rf"[ \t]*(?:#[ \t]*)?(?:,\s*|then\s+)*(?:{_SUBJECT}\s+)?(?:(?:should|must|will|would|shall)\s+)?"
    rf"(?:\s*Out\s*\[\d+\]:\s*|(?:{_VERB}\s+)+(?:to\s+)?(?:be\s+)?:?\s*|{_VERB}?\s*{_ARROW}\s*|(?<=\#)\s*|(?<=\#\s)\s*)",
    re.IGNORECASE,
)
_HARMLESS_REST = re.compile(
    r"\s*(?:$|[.;,!)\]#(—–]|//|--|-\s|\b(?:because|since|as|for|where|which|here|and|i\.e|e\.g|due|explanation"
    r"|example|examples|input|note|output|while|but|so)\b)",
    re.IGNORECASE,
)
_IN_EXPRESSION = re.compile(r"[^\s][ \t]*(?:[-+*/%<&|^]|[=!]=)[ \t]*$")
_INPUT = re.compile(r"\binputs?\s*\d*\s*(?::|=|is\b|are\b)\s*", re.IGNORECASE)
_OUTPUT = re.compile(
    r"[\s,;|/.]*(?:={1,2}>|-{1,2}>|→|➞)?\s*\b(?:expected\s+|sample\s+)?(?:outputs?|returns?|result|answer)\s*\d*\s*(?::|=|is\b|->)\s*",
    re.IGNORECASE,
)
_NAMED_LINE = re.compile(r"(?:^|\n)\s*(?:[-*•]\s+)?([A-Za-z_]\w*)\s*[:=](?![=>])\s*")
_GIVEN = re.compile(r"\b(?:for|if|when|given|with)\s+(?=[A-Za-z_]\w*\s*(?:=|==|is)\s*\S)", re.IGNORECASE)
_GIVEN_VALUE = re.compile(
    r"\b(?:(?:for|given)\s+|(?:for|given|if|when|with)\s+(?:(?:the|an|a)\s+)?"
    r"(?:inputs?|lists?|strings?|arrays?|numbers?|values?|arguments?)\s*(?:is\b|=|of\b|:)?[ \t]*)"
    r"(?=[-\[({'\"\d])",
    re.IGNORECASE,
)
_TELLS_RESULT = re.compile(
    r"function|output|result|answer|value|return|gives?\b|yield|produce", re.IGNORECASE
)
_BINDING = re.compile(r"(?:\s*(?:,|and|&)\s*)*([A-Za-z_]\w*)\s*(?:==?|is)\s*")
_RESULT = re.compile(
    r"\b(?:function|output|result|answer|return\s+value)\s+(?:(?:should|must|will|would)\s+(?:be|return)|is)\s+",
    re.IGNORECASE,
)
_BULLET = re.compile(r"[ \t]*(?:[-*•]\s+|\(?\d+[.)]\s+)?(?=\S)")
_LINE_ARROW = re.compile(r"\s*(?:={1,2}>|-{1,2}>|➞|→|➜|⇒|⟹)\s*")


@dataclass(frozen=True)
class _Text:
    """Docstring text with doctest statements blanked out; in `text` backticks are blanks."""

    original: str
    text: str
    starts: tuple[int, ...]

    def place(self, offset: int) -> tuple[int, int]:
        """Return the row and column of an offset."""
        row = max(i for i, start in enumerate(self.starts) if start <= offset)
        return row, offset - self.starts[row]


def read_prose(
    docstring: Docstring, signature: Signature, skip: frozenset[int] = frozenset()
) -> tuple[Example, ...]:
    """Return the examples that the words of `docstring` state, in order; rows in `skip` are left out."""
    lines = ["" if row in skip or len(line) > MAX_LINE else line for row, line in enumerate(docstring.lines)]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    original = "\n".join(lines)[:MAX_TEXT]
    text = _Text(original, original.replace("`", " "), tuple(starts[:-1]))
    found: dict[int, Example] = {}
    taken: list[tuple[int, int]] = []
    for reader in (_calls, _pairs, _given, _given_values, _arrows):
        for start, end, args, kwargs, value in reader(text, signature):
            call = bind(signature, args, kwargs)
            if call is None or any(start < stop and begin < end for begin, stop in taken):
                continue
            if _quotes_backtick(text.original[start:end]):
                continue  # there it is not a blank
            taken.append((start, end))
            span = docstring.span(*text.place(start), *text.place(end))
            found[start] = Example(call, Outcome(value), strict=False, origin="docstring", span=span)
    return tuple(found[start] for start in sorted(found))


def _quotes_backtick(text: str) -> bool:
    """Say whether a backtick stands inside a string."""
    return any("`" in string for string in re.findall(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", text))


_Hit = tuple[int, int, tuple[Any, ...], dict[str, Any], Any]


def _calls(text: _Text, signature: Signature) -> Iterator[_Hit]:
    """``f(args) CONNECTIVE value``."""
    calls = re.finditer(rf"(?<![\w.]){re.escape(signature.name)}\(", text.text)
    for match in islice(calls, MAX_PLACES):
        close = closing(text.text, match.end() - 1)
        if close is None or _IN_EXPRESSION.search(text.text[max(0, match.start() - 20) : match.start()]):
            continue
        try:
            node = literals.parse(re.sub(r"\s*\n\s*", " ", text.text[match.start() : close]))
            if not isinstance(node, ast.Call):
                continue
            args, kwargs = read_call(node, NAMES)
        except literals.NotPlain:
            continue
        link = _CONNECTIVE.match(text.text, close)
        if link is None or link.end() == close:
            continue
        value = value_at(text.text, link.end())
        if value is not None:
            yield match.start(), value.end, args, kwargs, value.value


def _pairs(text: _Text, signature: Signature) -> Iterator[_Hit]:
    """``Input: ... Output: ...`` on one line or two."""
    for match in islice(_INPUT.finditer(text.text), MAX_PLACES):
        output = _OUTPUT.search(text.text, match.end(), match.end() + MAX_LINE)
        if output is None or text.text.count("\n", match.end(), output.start()) > 6:
            continue
        given = text.text[match.end() : output.start()]
        if _INPUT.search(given):
            continue
        bound = bindings(given, signature)
        value = value_at(text.text, output.end())
        if bound is not None and value is not None:
            yield match.start(), value.end, *bound, value.value


def _given(text: _Text, signature: Signature) -> Iterator[_Hit]:
    """``for x = 3 and y = 4 the output should be 7``."""
    for match in islice(_GIVEN.finditer(text.text), MAX_PLACES):
        at = match.end()
        kwargs: dict[str, Any] = {}
        while part := _BINDING.match(text.text, at):
            value = value_at(text.text, part.end(), rest=None)
            if value is None or part[1] in kwargs:
                break
            kwargs[part[1]] = value.value
            at = value.end
        names = {p.name for p in signature.parameters}
        if not kwargs or not set(kwargs) <= names:
            continue
        link = _CONNECTIVE.match(text.text, at)
        if link is None or link.end() == at:
            line_end = text.text.find("\n", at)
            link = _RESULT.search(text.text, at, line_end if line_end >= 0 else len(text.text))
        if link is None:
            continue
        result = value_at(text.text, link.end())
        if result is not None:
            yield match.start(), result.end, (), kwargs, result.value


def _given_values(text: _Text, signature: Signature) -> Iterator[_Hit]:
    """``given [1, 2] the function should return 3``."""
    for match in islice(_GIVEN_VALUE.finditer(text.text), MAX_PLACES):
        given = value_at(text.text, match.end(), rest=None)
        if given is None:
            continue
        bound = bindings(text.text[match.end() : given.end], signature)
        link = _CONNECTIVE.match(text.text, given.end)
        if bound is None or link is None or not _TELLS_RESULT.search(link[0]):
            continue
        result = value_at(text.text, link.end())
        if result is not None:
            yield match.start(), result.end, *bound, result.value


def _arrows(text: _Text, signature: Signature) -> Iterator[_Hit]:
    """``[3, 1] -> [1, 3]`` on a line of its own."""
    for start in text.starts:
        bullet = _BULLET.match(text.text, start)
        if bullet is None:
            continue
        end = text.text.find("\n", start)
        line_end = len(text.text) if end < 0 else end
        for arrow in _LINE_ARROW.finditer(text.text, bullet.end(), line_end):
            bound = bindings(text.text[bullet.end() : arrow.start()], signature, loose=False)
            if bound is None:
                continue
            value = value_at(text.text, arrow.end())
            if value is not None:
                yield bullet.end(), value.end, *bound, value.value
                break


def bindings(
    given: str, signature: Signature, loose: bool = True
) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """Read what stands for the arguments: ``arr = [1, 2], k = 3``, ``[1, 2], 3`` or one value.

    With `loose` other names than the parameters' and ``arr: [1, 2]`` are understood too.
    """
    if loose:
        given = _NAMED_LINE.sub(r", \1 = ", given.strip())
    given = re.sub(r"\s*\n\s*", " ", given).strip().strip(",;. ")
    required = [p for p in signature.parameters if p.default is None]
    try:
        call = literals.parse(f"_({given})")
        if not isinstance(call, ast.Call) or not given:
            return None
        args, kwargs = read_call(call, NAMES)
    except literals.NotPlain:
        return None
    if kwargs and not args:
        return _by_name(kwargs, signature) if loose else ((), kwargs)
    if len(args) == 1 and len(required) > 1 and isinstance(args[0], tuple):
        args = args[0]
    return (args, {}) if len(args) == len(required) and not kwargs else None


def _by_name(given: dict[str, Any], signature: Signature) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """Bind named values; where people named them loosely, by order if nothing speaks against it."""
    names = [p.name for p in signature.parameters]
    if set(given) <= set(names):
        return (), given
    required = [p.name for p in signature.parameters if p.default is None]
    if len(given) != len(required):
        return None
    placed = [name == wanted for name, wanted in zip(given, required, strict=True) if name in names]
    return (tuple(given.values()), {}) if all(placed) and (placed or len(given) == 1) else None


@dataclass(frozen=True)
class _Value:
    value: Any
    end: int


def value_at(text: str, start: int, rest: re.Pattern[str] | None = _HARMLESS_REST) -> _Value | None:
    """Read the longest plain value that begins at `start`, on this line or the next one.

    What follows it must match `rest` (``None``: anything). A chain ``1 + 2 = 3`` is its last value.
    """
    begin = re.compile(r"[ \t]*(?:\n[ \t]*)?").match(text, start)
    at = begin.end() if begin else start
    for end in _ends(text, at):
        if re.fullmatch(r".*\d\.", text[at:end], re.DOTALL):
            continue  # the full stop of the sentence, not a decimal point
        try:
            node = literals.parse(re.sub(r"\s*\n\s*", " ", text[at:end]))
            if isinstance(node, ast.BoolOp | ast.IfExp | ast.Compare):
                continue  # "4 or 5", "3 if ...": words, not operators
            if isinstance(node, ast.Tuple) and closing(text, at) != end:
                continue  # "3, because" is no tuple
            value = literals.evaluate(node, NAMES)
        except literals.NotPlain:
            continue
        chain = re.compile(r"\s*={1,2}>?\s*").match(text, end)
        if chain is not None and (last := value_at(text, chain.end(), rest)) is not None:
            return last
        if rest is not None and not _line_rest(text, end, rest):
            return None
        return _Value(value, end)
    return None


def _line_rest(text: str, end: int, rest: re.Pattern[str]) -> bool:
    newline = text.find("\n", end)
    line = text[end:] if newline < 0 else text[end:newline]
    return rest.match(line) is not None and not re.match(r"\s*(?:\(|,\s*)?(?:if|unless|when|or)\b", line)


def _ends(text: str, start: int) -> Iterator[int]:
    """Yield the places where a value that begins at `start` may end, longest first."""
    if start >= len(text):
        return
    if text[start] in "[({":
        close = closing(text, start)
        if close is None:
            return
        newline = text.find("\n", close)
        limit = min(len(text) if newline < 0 else newline, close + 200)
        first = close
    else:
        newline = text.find("\n", start)
        limit = min(len(text) if newline < 0 else newline, start + 2_000)
        first = start + 1
    words = re.compile(r"\s*(?=[\s,.;)\]}#(—–!]|$|-)")
    candidates = {limit, first}
    for match in words.finditer(text, first, limit):
        candidates.add(match.start())
    yield from sorted((c for c in candidates if start < c <= limit), reverse=True)


def closing(text: str, start: int) -> int | None:
    """Return the offset after the bracket that closes the one at `start`; quotes are respected."""
    depth = 0
    quote = ""
    at = start
    while at < min(len(text), start + 2 * MAX_LINE):
        char = text[at]
        if quote:
            if char == "\\":
                at += 1
            elif char == quote or char == "\n":
                quote = ""
        elif char in "\"'":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return None
