"""What the processes of a Verilog text read and assign, and where simulation and synthesis part ways.

Synthesis reads a process as the circuit that it stands for. A simulator runs it: it waits for the signals
that are listed, it runs assignments in their order, and two processes that wait for one clock run in any
order (IEEE 1364-2005, clauses 9.7.5 and 11.4.2; Cummings, "Nonblocking Assignments in Verilog
Synthesis, Coding Styles That Kill!", SNUG 2000). The text is only scanned, so that it may be any Verilog.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from proofsmith.verifiers.yosys.scanning import CLOSING, LOCAL, TYPES, Reader, Use, Word, scan


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
        module: which module of the text it is in, counted from 1.
    """

    kind: str
    line: int
    listed: frozenset[str] = frozenset()
    blocking: frozenset[str] = frozenset()
    assigned: frozenset[str] = frozenset()
    early: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    waits: bool = False
    module: int = 0


@dataclass(frozen=True)
class Processes:
    """All processes of a text.

    Attributes:
        found: in the order of the text.
        begun: names that a declaration or an ``initial`` process gives a value.
        plain: names, each with its module, that are surely declared as no memory.
    """

    found: tuple[Process, ...]
    begun: frozenset[str]
    plain: frozenset[tuple[int, str]] = frozenset()


def read_processes(text: str) -> Processes:
    """Scan a text; whatever it is, there is an answer."""
    words = list(scan(text))
    constants = _constants(words)
    routines, extents = _routines(words)
    found: list[Process] = []
    begun: set[str] = set()
    plain: set[tuple[int, str]] = set()
    memories: set[tuple[int, str]] = set()
    at = module = 0
    while at < len(words):
        word = words[at].text
        module += word in ("module", "macromodule")
        if at in extents:
            at = extents[at]
        elif word in ("always", "always_ff", "always_comb", "always_latch", "initial"):
            end = Reader(words, at + 1).statement()
            found.append(replace(_process(words, at, end, routines, constants), module=module))
            if word == "initial":
                begun |= found[-1].assigned
            at = max(end, at + 1)
        elif word in TYPES:
            start = at
            at, names = _initialised(words, at)
            begun |= names
            vectors, arrays = _declared(words[start : at - 1])
            plain |= {(module, name) for name in vectors}
            memories |= {(module, name) for name in arrays}
        else:
            at += 1
    if "`" in text or any(w.text in ("typedef", "struct", "union") for w in words):
        plain.clear()  # a macro or a type of one's own may hold dimensions, and members have names as well
    return Processes(tuple(found), frozenset(begun), frozenset(plain - memories))


def _constants(words: Sequence[Word]) -> set[str]:
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


def _initialised(words: Sequence[Word], at: int) -> tuple[int, set[str]]:
    """Return where a declaration ends, and the names that it gives a value."""
    names: set[str] = set()
    depth = 0
    while at < len(words) and words[at].text != ";":
        text = words[at].text
        if depth < 0 or text in ("always", "assign", "initial", "module", "endmodule", "function", "task"):
            break
        depth += (text in CLOSING) - (text in CLOSING.values())
        if text == "=" and words[at - 1].kind == "word":
            names.add(words[at - 1].text)
        at += 1
    return at + 1, names


def _declared(words: Sequence[Word]) -> tuple[set[str], set[str]]:
    """Return the names of a declaration that have no dimensions behind them, and those that have."""
    plain: set[str] = set()
    memories: set[str] = set()
    depth, value = 0, False
    for word, after in zip(words, [*(w.text for w in words[1:]), ";"], strict=True):
        depth += (word.text in CLOSING) - (word.text in CLOSING.values())
        if depth == 0 and word.text in ("=", ","):
            value = word.text == "="
        elif depth == 0 and not value and word.kind == "word" and word.text not in LOCAL:
            (memories if after == "[" else plain).add(word.text)
    return plain, memories


def _routines(words: Sequence[Word]) -> tuple[dict[str, Use], dict[int, int]]:
    """Return what functions and tasks do with names that are not theirs, and their extents."""
    found: dict[str, Use] = {}
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
        use, own = Use(), {name}
        own |= {
            w.text for i, w in enumerate(words[at:end]) if w.kind == "word" and _is_declared(words, at + i)
        }
        Reader(words, head).uses(end, use)
        use.events = [(kind, n) for kind, n in use.events if n not in own]
        found[name] = use
        extents[at] = end + 1
        at = end + 1
    return found, extents


def _is_declared(words: Sequence[Word], at: int) -> bool:
    """Say whether the declaration of a name, of an argument or a local variable, is here."""
    back = at - 1
    while back >= 0 and words[back].text not in (";", "(", "begin", ")"):
        if words[back].text in LOCAL:
            return True
        if words[back].text == "]":
            while back >= 0 and words[back].text != "[":
                back -= 1
        elif words[back].text != "," and words[back].kind != "word":
            return False
        back -= 1
    return False


def _process(
    words: Sequence[Word],
    at: int,
    end: int,
    routines: Mapping[str, Use],
    constants: set[str],
) -> Process:
    keyword, line = words[at].text, words[at].line
    kind, listed, body = _sensitivity(words, at, end)
    use = Use()
    Reader(words, body).uses(end, use)
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


def _sensitivity(words: Sequence[Word], at: int, end: int) -> tuple[str, set[str], int]:
    """Return the kind of process, the names it waits for, and where its statement begins."""
    if words[at].text == "initial":
        return "initial", set(), at + 1
    if at + 2 >= end or words[at + 1].text != "@":
        return "any", set(), at + 1
    if words[at + 2].text != "(":
        return ("any" if words[at + 2].text == "*" else "list"), {words[at + 2].text}, at + 3
    close = Reader(words, at + 2).closed()
    inside = [w.text for w in words[at + 3 : close - 1]]
    if "*" in inside and len(inside) == 1:
        return "any", set(), close
    kind = "edge" if {"posedge", "negedge", "edge"} & set(inside) else "list"
    return kind, set(inside), close
