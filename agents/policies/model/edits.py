"""Search/replace edits of a program, applied exactly or not at all.

Weak models break edit formats; an edit that does not match word for word is refused rather than
guessed at, and the coder then asks for the whole program (see `proofsmith.agents.policies.model.coder`).
"""

from __future__ import annotations

from dataclasses import dataclass

from proofsmith.agents.contracts.contract import Broken
from proofsmith.agents.contracts.json_answers import without_reasoning

EDIT_MARK = "<<<<<<< SEARCH"
"""What every edit begins with."""
MAX_EDITS = 50
"""Edits of one answer that are taken."""


@dataclass(frozen=True)
class Edit:
    """Lines to look for, and the lines to put in their place."""

    search: str
    replace: str


def parse_edits(text: str) -> tuple[Edit, ...]:
    """Return the edits in an answer.

    Raises:
        Broken: there are none, too many, or one does not end.
    """
    edits: list[Edit] = []
    search: list[str] = []
    put: list[str] = []
    state = "outside"
    for line in without_reasoning(text).splitlines():
        mark = line.strip()
        if state == "outside" and _is_mark(mark, "<", "SEARCH"):
            state, search, put = "search", [], []
        elif state == "search" and len(mark) >= 5 and not mark.strip("="):
            state = "replace"
        elif state == "replace" and _is_mark(mark, ">", "REPLACE"):
            state = "outside"
            edits.append(Edit(_joined(search), _joined(put)))
            if len(edits) > MAX_EDITS:
                raise Broken(f"more than {MAX_EDITS} edits")
        elif state == "search":
            search.append(line)
        elif state == "replace":
            put.append(line)
    if state != "outside":
        raise Broken("the last edit does not end")
    if not edits:
        raise Broken("the answer holds no edit")
    return tuple(edits)


def apply_edits(source: str, edits: tuple[Edit, ...]) -> str:
    """Return `source` with the edits made, in order.

    Raises:
        Broken: the lines to look for are empty, not there, or there several times; or nothing changes.
    """
    text = source if source.endswith("\n") else source + "\n"
    for number, edit in enumerate(edits, 1):
        if not edit.search.strip():
            raise Broken(f"edit {number} looks for nothing")
        places = _places(text, edit.search)
        if len(places) != 1:
            what = "do not stand in the program" if not places else f"stand in it {len(places)} times"
            raise Broken(f"the lines that edit {number} looks for {what}")
        text = text[: places[0]] + edit.replace + text[places[0] + len(edit.search) :]
    if text.rstrip() == source.rstrip():
        raise Broken("the edits change nothing")
    return text


def _places(text: str, wanted: str) -> list[int]:
    """Offsets of whole lines where `wanted` stands."""
    found, at = [], text.find(wanted)
    while at >= 0:
        if at == 0 or text[at - 1] == "\n":
            found.append(at)
        at = text.find(wanted, at + 1)
    return found


def _is_mark(line: str, sign: str, word: str) -> bool:
    return line.endswith(word) and len(line) > len(word) + 2 and not line[: -len(word)].strip(sign + " ")


def _joined(lines: list[str]) -> str:
    return "".join(line + "\n" for line in lines)
