"""What words do to a register: load, shift, rotate, count, hold, each under a condition.

Two styles are read: a list whose items begin with the name of a control (``(1) load: Loads ... with data``,
``(a) 2'b01 rotates left``), and sentences (``When en is 1, the counter increments if up is 1``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from proofsmith.verilog.prompts.description import Port
from proofsmith.verilog.prompts.wording import Reading, number

_ITEM = re.compile(r"^[ \t]*(?:\(\d+\)|[-*])[ \t]*(\w+)(?:\[[\d:]+\])?[ \t]*:", re.MULTILINE)
_CODE = re.compile(
    r"\(\w\)\s*(?:\w+\s*=+\s*)?(\d+'b[01]+)(?:\s*(?:and|or|,)\s*(\d+'b[01]+))*\s*:?\s*([^()]*)"
)
_CODES = re.compile(r"\d+'b[01]+")
_ACT = re.compile(
    r"\b(?:(increment)(?:s|ed|ing)?\b|(decrement)(?:s|ed|ing)?\b|count\w*\s+(?:(up)|(down))|(?:arithmetic(?:ally)?\s+)?shift(?:s|ed|ing)?\b(?!\s+regist)(?:\s+(?:to\s+the\s+)?(left|right))?"
    r"|rotat\w*(?:\s+(?:to\s+the\s+)?(left|right))?|(loads?(?:ed)?)\b|(hold|keep|remain|stay|pause|retain)\w*"
    r"|(?:does|do|should|is|are)\s+not\s+(?:change|rotate|shift|count)\w*|(toggle)\w*|(clear)\w*)",
    re.IGNORECASE,
)
_BY = re.compile(r"\bby\s+(?:(one|two|four|eight|\d+)\b|amount)", re.IGNORECASE)
_OPENING = re.compile(r"(?:otherwise,?\s+)?(?:if|when|while|whenever)\s+(.+?),\s*(?:then\s+)?", re.IGNORECASE)
_OPENING_ALONE = re.compile(r"(?:if|when|while|whenever)\s+(.+?)\s+(?=(?:it|the \w+)\s)", re.IGNORECASE)
"""A condition that a sentence begins with, up to a comma or up to what it is about."""
_IF = re.compile(r"\b(?:if|when|while|whenever)\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Act:
    """What happens to a register: ``kind`` with an amount or a source, while `test` holds (empty: always)."""

    kind: str
    test: str = ""
    amount: int = 1
    source: str = ""


def read_acts(reading: Reading, width: int) -> list[Act] | None:
    """Return what the text does to a register of `width` bits, in its order.

    Returns:
        ``None`` if a condition could not be read: then nothing is known.
    """
    items = _items(reading, width)
    acts = items if items is not None and items else _sentences(reading, width)
    return None if acts is None else _with_load(acts, reading, width)


def _with_load(acts: list[Act], reading: Reading, width: int) -> list[Act]:
    """The acts, with the load that an input of that name stands for where no sentence says more."""
    named = [p.name for p in reading.data if p.width == 1 and p.name.lower() in ("load", "ld", "load_en")]
    data = [p.name for p in reading.data if p.width == width]
    known = any(a.kind == "load" for a in acts) or any(n in a.test for a in acts for n in named)
    if known or len(named) != 1 or len(data) != 1 or width == 1 or not reading.says(r"\bload"):
        return acts
    return [Act("load", named[0], source=data[0]), *acts]


def _items(reading: Reading, width: int) -> list[Act] | None:
    controls = {p.name: p for p in reading.data}
    starts = [m for m in _ITEM.finditer(reading.prose) if m[1] in {p.name for p in reading.interface.ports}]
    found: list[Act] = []
    for i, m in enumerate(starts):
        end = starts[i + 1].start() if i + 1 < len(starts) else len(reading.prose)
        text = " ".join(reading.prose[m.end() : end].split("\n\n")[0].split())
        port = controls.get(m[1])
        if port is None or (port.width == width and width > 1):
            continue
        codes = list(_CODE.finditer(text))
        if codes:
            acts = _coded(codes, port, reading, width)
            if acts is None:
                return None
            found += acts
            continue
        act = _act(re.sub(r"\bactive[- ]\w+|\bsynchronous\b", "", text, flags=re.IGNORECASE), reading, width)
        low = "~" if re.search(r"active[- ]low", text, re.IGNORECASE) else ""
        if (
            re.search(r"whether (?:and which direction )?to|\benable", text, re.IGNORECASE)
            and port.width == 1
        ):
            act = Act("enable")
        if act is None or port.width > 1:
            return None
        found.append(Act(act.kind, low + port.name, act.amount, act.source))
    return found


def _coded(codes: list[re.Match[str]], port: Port, reading: Reading, width: int) -> list[Act] | None:
    found: list[Act] = []
    for code in codes:
        act = _act(code[3], reading, width)
        if act is None:
            return None
        for digits in _CODES.findall(code[0]):
            value = int(digits.split("b")[1], 2)
            if port.width == 1:
                test = port.name if value else f"~{port.name}"
            else:
                test = f"{port.name} == {port.width}'b{value:0{port.width}b}"
            found.append(Act(act.kind, test, act.amount, act.source))
    return found


def _act(text: str, reading: Reading, width: int) -> Act | None:
    """The one action that words name first."""
    m = _ACT.search(text)
    if m is None:
        return None
    word = m[0].lower()
    by = _BY.search(text, m.end())
    amount = 1 if by is None or by[1] is None else number(by[1]) or 1
    if m[1] or m[3]:
        return Act("up", amount=amount)
    if m[2] or m[4]:
        return Act("down", amount=amount)
    if m[7]:
        source = next(
            (
                p.name
                for p in reading.data
                if p.width == width and re.search(rf"\b{p.name}\b", text[m.end() :])
            ),
            "",
        )
        source = source or next((p.name for p in reading.data if p.width == width), "")
        return Act("load", source=source) if source else None
    if m[8] or " not " in word:
        return Act("hold")
    if m[9] or m[10]:
        return Act("toggle" if m[9] else "clear")
    turn = (
        "rotate"
        if word.startswith("rotat")
        else "arithmetic"
        if "arith" in word or reading.says("arithmetic")
        else "shift"
    )
    way = (m[5] or m[6] or "").lower()
    if not way:
        sides = set(re.findall(r"\b(left|right)\b", text[m.end() :].lower())) or set(
            re.findall(r"\b(left|right)\b", reading.lower)
        )
        way = sides.pop() if len(sides) == 1 else ""
    if not way:
        way = (
            "left"
            if re.search(
                r"\bfrom the (?:lsb|least|right)|most[- ]significant[- ]bit first|msb first", reading.lower
            )
            else ""
        )
    return Act(f"{turn} {way}", amount=amount) if way else None


def _sentences(reading: Reading, width: int) -> list[Act] | None:
    controls = [p.name for p in reading.data if p.width < max(width, 2)]
    found: list[Act] = []
    for sentence in reading.sentences:
        bare = re.sub(r"\([^()]*\)", " ", sentence).strip(" .;")
        for text in re.split(r"[:;]\s+|,\s*(?:and|but)\s+(?=(?:when|if|while)\b)", bare):
            if not any(re.search(rf"\b{c}\b", text) for c in controls) or not _ACT.search(text):
                continue
            if not _IF.search(text):  # what holds always
                continue
            acts = _of_sentence(text, reading, width)
            if acts is None:
                return None
            found += acts
    return found


def _of_sentence(text: str, reading: Reading, width: int) -> list[Act] | None:
    outer = ""
    openings = [m for m in (_OPENING.match(text), _OPENING_ALONE.match(text)) if m is not None]
    if openings:
        read = [(m, reading.expression(m[1])) for m in openings]
        opening, test = next(((m, t) for m, t in read if t is not None), (openings[0], None))
        if test is None:
            return None
        outer, text = test, text[opening.end() :]
    ports = {p.name.lower() for p in reading.data}
    places = [
        m.start()
        for m in _ACT.finditer(text)
        if m[0].lower() not in ports or not re.match(r"\s*(?:is|=|are|and|or|,|$)", text[m.end() :])
    ]
    found: list[Act] = []
    for start, end in zip(places, [*places[1:], len(text)], strict=True):
        part = re.sub(r"[\s,]*\b(?:and|but|or|it|the counter)?\s*$", "", text[start:end].strip(" ,;"))
        act = _act(part, reading, width)
        if act is None:
            return None
        if act.kind == "hold" and re.search(r"\b(?:otherwise|else)\b[\w\s,]*$", text[:start]):
            continue
        inner = _IF.search(part)
        own = ""
        if inner is not None:
            words = re.sub(r"[\s,]*\b(?:and|but|or|it|and it)\s*$", "", part[inner.end() :])
            own = reading.expression(words) or ""
            if not own:
                return None
        both = " & ".join(f"({t})" if re.search(r"[|?]", t) else t for t in (outer, own) if t)
        if not both and act.kind != "hold":
            return None
        found.append(Act(act.kind, both, act.amount, act.source))
    return found
