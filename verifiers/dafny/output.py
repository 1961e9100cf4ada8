"""Reading what Dafny 2.3 prints, warm (the server's reply) and cold (the command line)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from proofsmith.verifiers.dafny.report import Fault, MethodResult, Outcome, Related

_PLACE = re.compile(r"^(?P<file>.*?)\((?P<line>\d+),(?P<column>\d+)\): (?P<text>.*)$")
_ERROR = re.compile(r"^Error(?: (?P<code>BP\d+))?: (?P<message>.*)$")
_BEGIN = re.compile(r"^Verifying (?P<name>\S+) \.\.\.$")
_END = re.compile(
    r"^  \[(?:(?P<seconds>\d+[.,]\d+) s, )?(?P<obligations>\d+) proof obligations?\]  (?P<words>.*)$"
)
_LATE = re.compile(r"^Verification of '.*' timed out after \d+ seconds$")
_RESOURCES = re.compile(
    r"^Verification (?:of '.*' )?(?:ran )?out of (?:memory|resource).*$|^Verification inconclusive.*$"
)

_OUTCOMES = {
    "verified": Outcome.VERIFIED,
    "error": Outcome.FAILED,
    "errors": Outcome.FAILED,
    "timed out": Outcome.TIMEOUT,
}


@dataclass(frozen=True)
class Reading:
    """What was read: the methods that ended, all errors, and the method that had not ended."""

    methods: tuple[MethodResult, ...]
    faults: tuple[Fault, ...]
    unfinished: str = ""


def read_output(text: str, own: str) -> Reading:
    """Read an output of Dafny 2.3; `own` is the name under which the verified text was passed."""
    methods: list[MethodResult] = []
    faults: list[Fault] = []
    current = ""
    for item in _items(text.splitlines(), own):
        if isinstance(item, str):
            current = item
        elif isinstance(item, MethodResult):
            methods.append(replace(item, name=current))
            current = ""
        elif isinstance(item, Related):
            if faults:
                faults[-1] = replace(faults[-1], related=(*faults[-1].related, item))
                if methods and methods[-1].faults:
                    last = (*methods[-1].faults[:-1], faults[-1])
                    methods[-1] = replace(methods[-1], faults=last)
        else:
            faults.append(item)
            if methods and methods[-1].outcome is not Outcome.VERIFIED:
                methods[-1] = replace(methods[-1], faults=(*methods[-1].faults, item))
    return Reading(tuple(methods), tuple(faults), current)


def _items(lines: Iterable[str], own: str) -> Iterator[str | MethodResult | Fault | Related]:
    """Yield beginnings of methods (their names), their ends, errors and related places."""
    begun = False
    for line in lines:
        begin = _BEGIN.match(line)
        if begin:
            begun = True
            yield begin["name"]
            continue
        end = _END.match(line)
        if end and begun:
            begun = False
            seconds = float((end["seconds"] or "0").replace(",", "."))
            outcome = _OUTCOMES.get(end["words"].strip(), Outcome.UNKNOWN)
            yield MethodResult("", int(end["obligations"]), outcome, seconds)
            continue
        place = _PLACE.match(line)
        if place:
            item = _placed(place, own)
            if item is not None:
                yield item


def _placed(place: re.Match[str], own: str) -> Fault | Related | None:
    file = "" if place["file"] == own else place["file"]
    line, column = int(place["line"]), int(place["column"])
    text = place["text"]
    error = _ERROR.match(text)
    if error:
        return Fault(line, column, error["message"], error["code"] or "", file=file)
    if _LATE.match(text) or _RESOURCES.match(text):
        return Fault(line, column, text, file=file)
    for head in ("Related location: ", "Related message: ", "Timed out on: "):
        if text.startswith(head):
            return Related(line, column, text.removeprefix("Related location: "), file)
    return None
