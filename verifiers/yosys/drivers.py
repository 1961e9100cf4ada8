"""Wires that more than one thing drives, found before any pass of Yosys merges what is connected.

Yosys takes two assignments to one wire as saying that both sides are one wire, and of two constants, one:
what a simulator shows as a conflict (``x``) is gone then. So the connections are looked at before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from proofsmith.errors import ToolFailure

_OUTPUT_PINS = {"\\Y", "\\Q", "\\DATA", "\\RD_DATA", "\\X", "\\CO"}
_CHUNK = re.compile(r"(?P<name>[\\$]\S+)(?: \[(?P<high>\d+)(?::(?P<low>\d+))?\])?")
_WIDTH = re.compile(r" width (\d+)")


_INPUT = re.compile(r"^  wire .*\binput \d+ .*?\\(\S+)$", re.MULTILINE)


def several_drivers(text: str, top: str, modules: str = "") -> str | None:
    """Return the name of a wire with several drivers that outputs depend on, if there is one.

    Args:
        text: RTLIL of the flattened design, as ``write_rtlil`` writes it, without processes.
        top: the module.
        modules: the RTLIL before it was flattened: an input of a module is one net with what it is connected
            to, so that whatever a module drives there counts, also if nothing reads it.

    Raises:
        ToolFailure: the text is cut off.
    """
    if not text.endswith("end\n") or f"\nmodule \\{top}\n" not in text:
        raise ToolFailure("Yosys wrote a part of the design only")
    return _Drivers(text, top, set(_INPUT.findall(modules))).conflict()


class _Drivers:
    def __init__(self, text: str, top: str, ports: set[str]) -> None:
        self._ports = ports
        self._widths: dict[str, int] = {}
        self._driven: dict[str, int] = {}
        self._twice: list[str] = []
        self._needs: dict[str, set[str]] = {}
        self._roots: set[str] = set()
        outputs: list[str] = []
        inputs: list[str] = []
        kind = ""
        for line in _module(text, top):
            if line.startswith("  connect "):
                left, right = _sides(line[10:])
                self._drive(left, right)
            elif line.startswith("    connect "):
                pin, _, signal = line[12:].partition(" ")
                (outputs if pin in _OUTPUT_PINS and not kind.startswith("$memwr") else inputs).append(signal)
            elif line.startswith("  cell "):
                kind, outputs, inputs = line[7:].partition(" ")[0], [], []
            elif line == "  end":
                for signal in outputs:
                    self._drive(signal, " ".join(inputs))
                if not outputs:
                    self._roots |= {m["name"] for m in _CHUNK.finditer(" ".join(inputs))}
            elif line.startswith("  wire "):
                self._declare(line)

    def _declare(self, line: str) -> None:
        name = line.rsplit(" ", 1)[1]
        match = _WIDTH.search(line)
        self._widths[name] = int(match[1]) if match else 1
        if " input " in line:
            self._driven[name] = (1 << self._widths[name]) - 1
        elif " output " in line:
            self._roots.add(name)

    def _drive(self, left: str, right: str) -> None:
        sources = {m["name"] for m in _CHUNK.finditer(right)}
        for match in _CHUNK.finditer(left):
            name = match["name"]
            low = int(match["low"] or match["high"] or 0)
            high = int(match["high"]) if match["high"] else self._widths.get(name, 1) - 1
            mask = (1 << (high + 1)) - (1 << low)
            if self._driven.get(name, 0) & mask:
                self._twice.append(name)
            self._driven[name] = self._driven.get(name, 0) | mask
            self._needs.setdefault(name, set()).update(sources)

    def conflict(self) -> str | None:
        if not self._twice:
            return None
        live = set(self._roots)
        todo = list(live)
        while todo:
            for name in self._needs.get(todo.pop(), ()):
                if name not in live:
                    live.add(name)
                    todo.append(name)
        found = [n for n in self._twice if n in live or n.lstrip("\\").rpartition(".")[2] in self._ports]
        return min(found, key=lambda n: (n.startswith("$"), n)).lstrip("\\") if found else None


def _module(text: str, top: str) -> Iterator[str]:
    start = text.find(f"\nmodule \\{top}\n")
    end = text.find("\nend\n", start)
    return iter(text[start:end].split("\n") if start >= 0 else [])


def _sides(pair: str) -> tuple[str, str]:
    if pair.startswith("{"):
        left, _, right = pair.partition(" } ")
        return left, right
    match = _CHUNK.match(pair)
    return (pair[: match.end()], pair[match.end() :]) if match is not None else ("", pair)
