"""All examples of a docstring together: doctests, then what the words state, checked for contradictions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from proofsmith.environments.docstring import Docstring, same_outcome
from proofsmith.environments.doctests import read_doctests, statements
from proofsmith.environments.prose import read_prose
from proofsmith.errors import BadInput
from proofsmith.python_spec import Example, Outcome, Signature


@dataclass(frozen=True)
class DocstringExamples:
    """The examples of a docstring, and the doctest text that could not become examples."""

    examples: tuple[Example, ...] = ()
    script: str = ""


def read_docstring(
    docstring: Docstring | None, signature: Signature, path: str | None = None
) -> DocstringExamples:
    """Read every example in `docstring` for the function of `signature`.

    Raises:
        BadInput: two examples contradict each other, or a doctest does not fit the signature.
    """
    if docstring is None:
        return DocstringExamples()
    docstring = _as_meant(docstring)
    doctests = read_doctests(docstring, signature, path)
    prose = read_prose(docstring, signature, doctests.rows)
    examples = merge((*doctests.examples, *prose), signature.name, path)
    return DocstringExamples(examples, doctests.script)


def _as_meant(docstring: Docstring) -> Docstring:
    """Read the docstring as raw where its escapes break a doctest: a line break typed inside a string."""
    raw = replace(docstring, text=docstring.raw, exact=True)
    if docstring.raw in ("", docstring.text) or not _broken(docstring) or _broken(raw):
        return docstring
    return raw


def _broken(docstring: Docstring) -> bool:
    return not all(statement.parses for statement in statements(docstring))


def merge(examples: Iterable[Example], function: str, path: str | None = None) -> tuple[Example, ...]:
    """Return the examples in order, each call once; of equal ones the stricter is kept.

    Raises:
        BadInput: the same call has two different outcomes; both places are named.
    """
    found: dict[str, Example] = {}
    for example in examples:
        key = example.call.key
        known = found.setdefault(key, example)
        if known is example:
            continue
        strict = known.strict and example.strict
        if not same_outcome(known.expected, example.expected, strict):
            raise _contradiction(known, example, function, path)
        if example.strict and not known.strict:
            found[key] = replace(known, strict=True, expected=example.expected)
    return tuple(found.values())


def _contradiction(first: Example, second: Example, function: str, path: str | None) -> BadInput:
    def says(example: Example, number: str) -> str:
        where = number if example.span is None else f"line {example.span.line}"
        return f"{where} says {_short(example.expected)}"

    call = _clip(first.call.render(function))
    cause = f"contradictory examples: {call}: {says(first, 'one')}, {says(second, 'another')}"
    line = second.span.line if second.span is not None else None
    return BadInput(cause, path=path, line=line, hint="keep one of them")


def _short(outcome: Outcome) -> str:
    text = outcome.render()
    if outcome.stdout is not None:
        text = f"prints {outcome.stdout!r}"
    return _clip(text)


def _clip(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
