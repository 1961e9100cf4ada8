"""A text as its readers see it, and conditions in words as Verilog expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from proofsmith.verilog.printing import text_of
from proofsmith.verilog.prompts.description import Interface, Port, Timing
from proofsmith.verilog.prompts.formulas import read_formula
from proofsmith.verilog.syntax import names

CLOCKS = ("clk", "clock", "CLK")
RESETS = ("reset", "areset", "rst", "resetn", "aresetn", "rst_n", "reset_n", "arst", "r", "ar")
_NAMED = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
)
NUMBERS = {word: i for i, word in enumerate(_NAMED.split())}
_PORT_LINE = re.compile(r"^[ \t]*[-*][ \t]*(?:input|output)\b.*$", re.MULTILINE)
_OPENING = re.compile(
    r"\A.*?module named.*?(?:\n\s*\n|\Z)(?:(?:specified|interface)\b.*?\n\s*\n)?", re.DOTALL
)
_RESET_TO = re.compile(
    r"reset(?!\s+input)[^.]{0,60}?\bto\s+(?:[\w-]+(?: [\w-]+){0,3} \()?"
    r"(?:0x([0-9a-f]+)|\d+'([hdb])([0-9a-f]+)|(\d+)(?!\s*through)|(zero|one))\b",
    re.IGNORECASE,
)
_TRUE = r"(?:1(?!')|true|high|asserted|set|on|active|one)"
_FALSE = r"(?:0(?!')|false|low|deasserted|not asserted|clear|off|inactive|zero)"
_BE = r"(?:=|is|are|being|was)"
_WORDS: tuple[tuple[str, str], ...] = (
    (r"\b(?:is|are)\s+(?:greater|larger|more|higher)\s+than\s+or\s+equal\s+to\b", ">="),
    (r"\b(?:is|are)\s+(?:less|smaller|lower)\s+than\s+or\s+equal\s+to\b", "<="),
    (r"\b(?:is|are)\s+at\s+least\b", ">="),
    (r"\b(?:is|are)\s+at\s+most\b", "<="),
    (r"\b(?:is|are)\s+(?:greater|larger|more|higher)\s+than\b", ">"),
    (r"\b(?:is|are)\s+(?:less|smaller|lower)\s+than\b", "<"),
    (r"\b(?:is|are)\s+(?:not\s+(?:equal\s+to|the\s+same\s+as)|different\s+from)\b|\bdiffers\s+from\b", "!="),
    (r"\b(?:(?:is|are)\s+(?:equal\s+to|the\s+same\s+as)|equals)\b", "=="),
    (r"\b(\w+)\s+and\s+(\w+)\s+are\s+(?:different|unequal|not\s+equal)\b", r"(\1 != \2)"),
    (r"\b(\w+)\s+and\s+(\w+)\s+are\s+(?:equal|the\s+same|identical)\b", r"(\1 == \2)"),
    (r"\b(?:bitwise\s+)?(?:inverse|complement|not|negation|inversion)\s+of\s+(\w+)\b", r"~\1"),
    (rf"\bboth\s+(\w+)\s+and\s+(\w+)\s+{_BE}\s+{_TRUE}\b", r"(\1 & \2)"),
    (rf"\bboth\s+(\w+)\s+and\s+(\w+)\s+{_BE}\s+{_FALSE}\b", r"(~\1 & ~\2)"),
    (rf"\b(?:either|at least one of)\s+(\w+)\s+(?:or|and)\s+(\w+)\s+{_BE}\s+{_TRUE}\b", r"(\1 | \2)"),
    (rf"\bneither\s+(\w+)\s+nor\s+(\w+)\s+{_BE}\s+{_TRUE}\b", r"(~\1 & ~\2)"),
)
_JOINED: tuple[tuple[str, str], ...] = (
    (r"(?<![=<>!])=(?!=)", "=="),
    (r"[\s,]*\band[- ]not\b", " & ~"),
    (r"\b(\w+)\s+nand\s+(\w+)\b", r"~(\1 & \2)"),
    (r"\b(\w+)\s+nor\s+(\w+)\b", r"~(\1 | \2)"),
    (r"\b(\w+)\s+xnor\s+(\w+)\b", r"~(\1 ^ \2)"),
    (r"[\s,]*\band\s+(?:if\s+|when\s+)?", " & "),
    (r"[\s,]*\bor\s+(?:if\s+|when\s+)?", " | "),
    (r"\s+xor\s+", " ^ "),
    (r"\bnot\s+", "~"),
)


@dataclass(frozen=True)
class Reading:
    """A text and the ports of the module that it describes."""

    text: str
    interface: Interface

    @cached_property
    def prose(self) -> str:
        """The text without its opening sentence and its list of ports."""
        return _PORT_LINE.sub("", _OPENING.sub("", self.text, count=1))

    @cached_property
    def flat(self) -> str:
        """`prose` in one line."""
        return " ".join(self.prose.split())

    @cached_property
    def lower(self) -> str:
        """`flat` in small letters."""
        return self.flat.lower()

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """The sentences of `flat`."""
        return tuple(s.strip() for s in re.split(r"(?<=[.;])\s+", self.flat) if s.strip())

    @cached_property
    def timing(self) -> Timing | None:
        """How registers are clocked and reset."""
        return read_timing(self.flat, self.interface)

    @property
    def inputs(self) -> tuple[Port, ...]:
        """The module's inputs."""
        return self.interface.inputs

    @property
    def outputs(self) -> tuple[Port, ...]:
        """The module's outputs."""
        return self.interface.outputs

    @cached_property
    def data(self) -> tuple[Port, ...]:
        """The inputs that are neither clock nor reset."""
        timing = self.timing
        taken = () if timing is None else (timing.clock, timing.reset)
        return tuple(p for p in self.inputs if p.name not in taken)

    def says(self, pattern: str) -> bool:
        """Whether a pattern occurs in the text, in letters of any size."""
        return re.search(pattern, self.lower) is not None

    def expression(self, words: str, known: frozenset[str] | None = None) -> str | None:
        """Return an expression over `known` signals (all inputs, if none are given) that words stand for."""
        widths = {p.name: p.width for p in self.interface.ports}
        allowed = frozenset(p.name for p in self.inputs) if known is None else known
        text = re.sub(r"\[\d+:0\]|[`'\"](?=\w)|(?<=[\w\]])[`'\"](?![bhd])", "", words).strip(" .,;:")
        text = re.sub(r"\b(?:the\s+)?(?:inputs?|signals?|values?(?:\s+of)?)\s+(?=\w)", "", text)
        for pattern, value in _WORDS:
            text = re.sub(pattern, value, text, flags=re.IGNORECASE)
        text = re.sub(rf"\b(\w+)\s*{_BE}\s*{_TRUE}(?![\w'])", lambda m: _level(m[1], 1, widths), text)
        text = re.sub(rf"\b(\w+)\s*{_BE}\s*{_FALSE}(?![\w'])", lambda m: _level(m[1], 0, widths), text)
        text = re.sub(r"(?<=\s)(?:is|are)(?=\s+\d)", "==", text)
        text = re.sub(
            r"\b(?:signed\s+number\s+)?(\w+)\s+is\s+negative\b",
            lambda m: f"{m[1]}[{widths[m[1]] - 1}]" if widths.get(m[1], 1) > 1 else m[0],
            text,
        )
        for pattern, value in _JOINED:
            text = re.sub(pattern, value, text, flags=re.IGNORECASE)
        parsed = read_formula(text)
        return text_of(parsed) if parsed is not None and names(parsed) and names(parsed) <= allowed else None


def _level(name: str, value: int, widths: dict[str, int]) -> str:
    if name not in widths or widths[name] > 1:
        return f"({name} == {value})"
    return name if value else f"~{name}"


def number(word: str) -> int | None:
    """Return the number that a word or digits stand for."""
    return int(word) if word.isdigit() else NUMBERS.get(word.lower())


def read_timing(flat: str, interface: Interface) -> Timing | None:
    """Return how a text says that registers are clocked and reset; ``None`` without a clock."""
    inputs = {p.name: p for p in interface.inputs}
    clock = next((c for c in CLOCKS if c in inputs), None)
    if clock is None:
        return None
    lower = flat.lower()
    reset = next((r for r in RESETS if r in inputs and inputs[r].width == 1), "")
    if len(reset) < 3 and "reset" not in lower:  # a letter may mean something else
        reset = ""
    falling = re.search(r"(?:negative|falling) edge of (?:the )?(?:clock|clk)\b", lower) is not None
    low = reset.endswith("n") or re.search(r"active[- ]low", lower) is not None
    asynchronous = reset.startswith("a") or "asynchronous" in lower
    return Timing(
        clock, falling, reset, low and bool(reset), asynchronous and bool(reset), _reset_value(flat) or 0
    )


def _reset_value(flat: str) -> int | None:
    to = _RESET_TO.search(flat)
    if to is None:
        return None
    if to[1]:
        return int(to[1], 16)
    if to[3]:
        try:
            return int(to[3], {"h": 16, "d": 10, "b": 2}[to[2].lower()])
        except ValueError:
            return None
    return int(to[4]) if to[4] else int(to[5].lower() == "one")
