"""What a module should do, as far as it can be read mechanically: a table, a machine, a waveform."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Port:
    """A port of the module, `width` bits wide."""

    name: str
    direction: str
    width: int = 1

    def bits(self) -> tuple[str, ...]:
        """The text of each bit, highest first."""
        if self.width == 1:
            return (self.name,)
        return tuple(f"{self.name}[{i}]" for i in reversed(range(self.width)))


@dataclass(frozen=True)
class Interface:
    """The module's name and ports, in the order of the text."""

    module: str
    ports: tuple[Port, ...]

    @property
    def inputs(self) -> tuple[Port, ...]:
        """The inputs."""
        return tuple(p for p in self.ports if p.direction == "input")

    @property
    def outputs(self) -> tuple[Port, ...]:
        """The outputs."""
        return tuple(p for p in self.ports if p.direction == "output")

    def bit(self, text: str) -> str | None:
        """Return the port bit that a text names: ``a``, ``r[0]``, or ``r0`` for bit 0 of ``r``."""
        known = {bit for port in self.ports for bit in port.bits()}
        if text in known:
            return text
        for port in self.ports:
            index = text.removeprefix(port.name)
            if port.width > 1 and text.startswith(port.name) and index.isdigit():
                return f"{port.name}[{int(index)}]" if int(index) < port.width else None
        return None


@dataclass(frozen=True)
class LogicTable:
    """A combinational function, partly given.

    Attributes:
        inputs, outputs: texts of the bits; the first input is the highest bit of a row's number.
        rows: values of the outputs for the row numbers given; ``None`` where any value will do.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    rows: dict[int, tuple[int | None, ...]]


@dataclass(frozen=True)
class Transition:
    """From a state to another, where the guard's bits have the values given, with the outputs `shown`."""

    source: str
    guard: tuple[tuple[str, int], ...]
    target: str
    shown: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class StateMachine:
    """A Moore machine, or a Mealy machine where transitions show outputs.

    Attributes:
        states: names in order of appearance.
        transitions: in order of priority.
        outputs: of each state, the bits that have a value; all others are 0.
        codes: the code of each state where the text gives one.
        reset_state: where it begins.
        reset: the port that resets it, empty for none; `reset_low` and `asynchronous` say how.
        clock: the clock port; empty if only the logic is asked for.
    """

    states: tuple[str, ...]
    transitions: tuple[Transition, ...]
    outputs: dict[str, tuple[tuple[str, int], ...]]
    codes: dict[str, int] = field(default_factory=dict)
    reset_state: str = ""
    reset: str = ""
    reset_low: bool = False
    asynchronous: bool = False
    clock: str = ""


@dataclass(frozen=True)
class Waveform:
    """Values of ports over time: a row a moment; ``None`` where a value is unknown."""

    ports: tuple[str, ...]
    rows: tuple[tuple[int | None, ...], ...]

    def column(self, port: str) -> list[int | None]:
        """The values of one port."""
        place = self.ports.index(port)
        return [row[place] for row in self.rows]


@dataclass(frozen=True)
class Timing:
    """How registers follow a clock and a reset; `reset` is empty where there is none."""

    clock: str
    falling: bool
    reset: str
    reset_low: bool
    asynchronous: bool
    value: int


@dataclass(frozen=True)
class Body:
    """What a module does, said in Verilog.

    Attributes:
        kind: what it is, in a word.
        lines: the lines between the header and ``endmodule``.
        registers: the outputs that are assigned in blocks.
        begins: registers without reset, as (name, width); nothing says how they begin.
    """

    kind: str
    lines: tuple[str, ...]
    registers: tuple[str, ...] = ()
    begins: tuple[tuple[str, int], ...] = ()
