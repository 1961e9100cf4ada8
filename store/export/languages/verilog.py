"""Verilog: compared without comments and layout; partial designs are judged by our own reader."""

from __future__ import annotations

import re

from proofsmith.errors import ProofsmithError
from proofsmith.store.export.languages.base import Lines, Linter
from proofsmith.store.export.languages.forms import Part, numbered
from proofsmith.store.export.languages.lines import LineLinter
from proofsmith.verilog.expressions import KEYWORDS
from proofsmith.verilog.reading import read_modules
from proofsmith.verilog_text import code, module_names

_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)


class Verilog:
    """Verilog modules."""

    fence = "verilog"

    def __init__(self) -> None:
        self.linter: Linter | None = LineLinter(_parses, _declared, blanked, _bodies)

    def parts(self, source: str) -> tuple[Part, ...]:
        """Return the modules, all names numbered."""
        groups: list[list[tuple[str, bool]]] = [[]]
        for token in code(source):
            own = token.kind in ("word", "escaped") and token.text not in KEYWORDS
            groups[-1].append((token.text, own))
            if token.text == "endmodule":
                groups.append([])
        names = frozenset(module_names(source))
        return tuple(numbered(group, names) for group in groups if group)


def _parses(source: str) -> bool:
    try:
        return bool(read_modules(source))
    except ProofsmithError:
        return False


def _declared(source: str) -> set[str]:
    found: set[str] = set()
    for module in read_modules(source):
        found |= {module.name, *module.signals(), *module.parameters()}
    return found


def _bodies(source: str) -> list[Lines]:
    """Return the lines between the header and the ``endmodule`` of each module."""
    return [
        (source.count("\n", 0, module.header_end) + 1, source.count("\n", 0, module.body_end))
        for module in read_modules(source)
    ]


def without_comments(source: str) -> str:
    """Return a text of a language with ``//`` and ``/* */`` comments without them."""
    return _COMMENT.sub(lambda m: m[1] or " ", source)


def blanked(source: str) -> str:
    """Return a text without the words of its comments and strings; its lines stay where they are."""
    return _COMMENT.sub(lambda m: "\n" * m[0].count("\n") or " ", source)
