"""What the processes of a Verilog text read and assign, and where simulation and synthesis part ways.

Synthesis reads a process as the circuit that it stands for. A simulator runs it: it waits for the signals
that are listed, it runs assignments in their order, and two processes that wait for one clock run in any
order (IEEE 1364-2005, clauses 9.7.5 and 11.4.2; Cummings, "Nonblocking Assignments in Verilog
Synthesis, Coding Styles That Kill!", SNUG 2000). The text is only scanned, so that it may be any Verilog.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""(?P<skip>//[^\n]*|/\*.*?(?:\*/|\Z)|"(?:\\.|[^"\\\n])*"|`[A-Za-z_]\w*|\(\*(?!\s*\)).*?\*\)|\s+)
      |(?P<system>\$[A-Za-z_]\w*)
      |(?P<word>[A-Za-z_][\w$]*|\\\S+)
      |(?P<number>(?:\d[\d_]*)?\s*'[sS]?[bodhBODH]\s*[\da-fA-FxXzZ_?]+|'[01xXzZ]|\d[\d_.]*)
      |(?P<symbol><<<=|>>>=|<<=|>>=|===|!==|==\?|!=\?|<=|>=|==|!=|[-+*/%&|^]=|\+\+|--|::|\S)""",
    re.DOTALL | re.VERBOSE,
)
_TYPES = {"reg", "logic", "bit", "int", "integer", "byte", "shortint", "longint", "output", "var", "time"}
_LOCAL = _TYPES | {"input", "automatic", "static", "const", "wire", "genvar", "real", "signed", "unsigned"}
_CONTROL = {"if", "case", "casez", "casex", "while", "repeat", "wait", "for", "foreach"}
_WORDS = (
    {"begin", "end", "else", "endcase", "default", "posedge", "negedge", "edge", "or", "forever", "fork"}
    | {"join", "join_any", "join_none", "unique", "unique0", "priority", "inside", "do", "return", "break"}
    | {"continue", "void", "assert", "assume", "cover", "iff", "endfunction", "endtask"}
    | _CONTROL
    | _LOCAL
)
_ASSIGNS = {"=", "<="} | {f"{o}=" for o in ("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "<<<", ">>>")}
_CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Process:
    """An ``always`` or ``initial`` process.

    Attributes:
        kind: ``"edge"``, ``"list"`` (waits for levels), ``"any"`` (``@*``), ``"comb"`` (``always_comb`` and
            the like), ``"initial"``.
        line: one-based.
        listed: the names that a list waits for.
        blocking: names assigned with ``=``.
        assigned: names assigned in any way.
        early: names read before the process itself assigns them with ``=``, in the order of the text.
        hidden: of those, names that only functions read, and not among their arguments.
        waits: it waits for something while it runs.
    """

    kind: str
    line: int
    listed: frozenset[str] = frozenset()
    blocking: frozenset[str] = frozenset()
    assigned: frozenset[str] = frozenset()
    early: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    waits: bool = False


@dataclass(frozen=True)
class _Word:
    kind: str
    text: str
    line: int


@dataclass
class _Use:
    """What a stretch of statements does with names, in order: (``"r"``, ``"b"`` or ``"n"``, name)."""

    events: list[tuple[str, str]] = field(default_factory=list)
    called: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Processes:
    """All processes of a text.

    Attributes:
        found: in the order of the text.
        begun: names that a declaration or an ``initial`` process gives a value.
    """

    found: tuple[Process, ...]
    begun: frozenset[str]


def read_processes(text: str) -> Processes:
    """Scan a text; whatever it is, there is an answer."""
    words = list(_scan(text))
    constants = _constants(words)
    routines, extents = _routines(words)
    found: list[Process] = []
    begun: set[str] = set()
    at = 0
    while at < len(words):
        word = words[at].text
        if at in extents:
            at = extents[at]
        elif word in ("always", "always_ff", "always_comb", "always_latch", "initial"):
            end = _Reader(words, at + 1).statement()
            found.append(_process(words, at, end, routines, constants))
            if word == "initial":
                begun |= found[-1].assigned
            at = max(end, at + 1)
        elif word in _TYPES:
            at, names = _initialised(words, at)
            begun |= names
        else:
            at += 1
    return Processes(tuple(found), frozenset(begun))


def _scan(text: str) -> Iterator[_Word]:
    line, at = 1, 0
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "skip":
            line += text.count("\n", at, match.start())
            at = match.start()
            yield _Word(match.lastgroup or "", match[0], line)


def _constants(words: Sequence[_Word]) -> set[str]:
    """Return the names of parameters, genvars and members of enumerations."""
    found: set[str] = set()
    inside = ""
    for before, word, after in zip(
        [words[0], *words] if words else [], words, [*words[1:], None], strict=False
    ):
        if word.text in ("parameter", "localparam", "genvar", "specparam"):
            inside = word.text
        elif word.text == "enum":
            inside = "enum"
        elif word.text in (";", ")", "}") and inside:
            inside = ""
        elif inside and word.kind == "word":
            follows = after.text if after is not None else ""
            if (
                follows == "="
                or inside == "genvar"
                or (inside == "enum" and before.text in ("{", ",") and follows in (",", "}", "="))
            ):
                found.add(word.text)
    return found


def _initialised(words: Sequence[_Word], at: int) -> tuple[int, set[str]]:
    """Return where a declaration ends, and the names that it gives a value."""
    names: set[str] = set()
    depth = 0
    while at < len(words) and words[at].text != ";":
        text = words[at].text
        if depth < 0 or text in ("always", "assign", "initial", "module", "endmodule", "function", "task"):
            break
        depth += (text in _CLOSING) - (text in _CLOSING.values())
        if text == "=" and words[at - 1].kind == "word":
            names.add(words[at - 1].text)
        at += 1
    return at + 1, names


def _routines(words: Sequence[_Word]) -> tuple[dict[str, _Use], dict[int, int]]:
    """Return what functions and tasks do with names that are not theirs, and their extents."""
    found: dict[str, _Use] = {}
    extents: dict[int, int] = {}
    at = 0
    while at < len(words):
        word = words[at].text
        if word not in ("function", "task"):
            at += 1
            continue
        end = next((i for i in range(at, len(words)) if words[i].text == f"end{word}"), len(words))
        head = next((i for i in range(at, end) if words[i].text in (";", "(")), end)
        name = words[head - 1].text
        use, own = _Use(), {name}
        own |= {
            w.text for i, w in enumerate(words[at:end]) if w.kind == "word" and _is_declared(words, at + i)
        }
        _Reader(words, head).uses(end, use)
        use.events = [(kind, n) for kind, n in use.events if n not in own]
        found[name] = use
        extents[at] = end + 1
        at = end + 1
    return found, extents


def _is_declared(words: Sequence[_Word], at: int) -> bool:
    """Say whether the declaration of a name, of an argument or a local variable, is here."""
    back = at - 1
    while back >= 0 and words[back].text not in (";", "(", "begin", ")"):
        if words[back].text in _LOCAL:
            return True
        if words[back].text == "]":
            while back >= 0 and words[back].text != "[":
                back -= 1
        elif words[back].text != "," and words[back].kind != "word":
            return False
        back -= 1
    return False


def _process(
    words: Sequence[_Word],
    at: int,
    end: int,
    routines: Mapping[str, _Use],
    constants: set[str],
) -> Process:
    keyword, line = words[at].text, words[at].line
    kind, listed, body = _sensitivity(words, at, end)
    use = _Use()
    _Reader(words, body).uses(end, use)
    events = list(use.events)
    hidden: set[str] = set()
    for name in use.called:
        inner = routines.get(name)
        if inner is not None:
            hidden |= {n for k, n in inner.events if k == "r"}
            events += inner.events
    early: dict[str, None] = {}
    written: set[str] = set()
    for what, name in events:
        if what == "b":
            written.add(name)
        elif what == "r" and name not in written and name not in constants and name not in routines:
            early[name] = None
    direct = {name for what, name in use.events if what == "r"}
    waits = kind == "initial" and any(w.text in ("@", "wait") for w in words[body:end])
    return Process(
        kind="comb" if keyword in ("always_comb", "always_latch") else kind,
        line=line,
        listed=frozenset(listed),
        blocking=frozenset(n for k, n in events if k == "b"),
        assigned=frozenset(n for k, n in events if k in "bn"),
        early=tuple(early),
        hidden=frozenset(n for n in early if n in hidden and n not in direct),
        waits=waits,
    )


def _sensitivity(words: Sequence[_Word], at: int, end: int) -> tuple[str, set[str], int]:
    """Return the kind of process, the names it waits for, and where its statement begins."""
    if words[at].text == "initial":
        return "initial", set(), at + 1
    if at + 2 >= end or words[at + 1].text != "@":
        return "any", set(), at + 1
    if words[at + 2].text != "(":
        return ("any" if words[at + 2].text == "*" else "list"), {words[at + 2].text}, at + 3
    close = _Reader(words, at + 2).closed()
    inside = [w.text for w in words[at + 3 : close - 1]]
    if "*" in inside and len(inside) == 1:
        return "any", set(), close
    kind = "edge" if {"posedge", "negedge", "edge"} & set(inside) else "list"
    return kind, set(inside), close


class _Reader:
    """Walks over statements."""

    def __init__(self, words: Sequence[_Word], at: int) -> None:
        self._words, self._at = words, at

    def _text(self, ahead: int = 0) -> str:
        place = self._at + ahead
        return self._words[place].text if place < len(self._words) else ";"

    def closed(self) -> int:
        """Return the place after the bracket that closes the one here."""
        depth = 0
        for i in range(self._at, len(self._words)):
            depth += (self._words[i].text in _CLOSING) - (self._words[i].text in _CLOSING.values())
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
            self._at = self.closed() if self._text() in _CLOSING else self._at + 1
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

    def uses(self, end: int, use: _Use) -> None:
        """Note what the statements from here to `end` do with names."""
        start = self._at
        while self._at < end:
            text = self._text()
            if self._words[self._at].text in _LOCAL and self._at == start:
                self._declaration(end, use)
                start = self._at
            elif text in (";", "begin", "end", "else", "endcase", "default", ":"):
                self._note(start, self._at, use)
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
                self._at = min(self.closed(), end) if text in _CLOSING else self._at + 1
        self._note(start, min(self._at, end), use)

    def _expression(self, end: int) -> int:
        """Return the place of the semicolon that ends what is here."""
        saved = self._at
        while self._at < end and self._text() != ";":
            self._at = self.closed() if self._text() in _CLOSING else self._at + 1
        found, self._at = self._at, saved
        return found

    def _header(self, close: int, use: _Use) -> None:
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
                i for i in part if self._words[i].kind == "word" and self._words[i].text not in _LOCAL
            )
            use.events.append(("b", self._words[target].text))

    def _assignment(self, start: int, end: int, use: _Use) -> int:
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

    def _declaration(self, end: int, use: _Use) -> None:
        while self._at < end and self._text() not in (";", ")"):
            if self._text(1) == "=" and self._words[self._at].kind == "word":
                use.events.append(("b", self._text()))
            self._at = self.closed() if self._text() in _CLOSING else self._at + 1

    def _note(self, start: int, end: int, use: _Use) -> None:
        """Note the names that an expression reads and the functions that it calls."""
        for i in range(start, end):
            word = self._words[i]
            if word.kind != "word" or word.text in _WORDS:
                continue
            if i and self._words[i - 1].text in (".", "::"):
                continue
            use.events.append(("r", word.text))
            use.called.append(word.text)
