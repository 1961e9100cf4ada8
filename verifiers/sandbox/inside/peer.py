"""One end of a line of calls between the tests' process and the program's process.

Both ends are the same: each may call a function of the other at any time while it is being waited
for. The trusted side carries the messages across and does not look into them.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any


class ProgramEnded(Exception):
    """The program's process ended, or was ended, during a call."""


class Peer:
    """Calls the other end and answers its calls.

    `send` passes a message on; `receive` waits for the next. Number 0 is the program's function.
    """

    def __init__(
        self,
        crossing: Any,
        codec: Any,
        parity: int,
        module: types.ModuleType,
        line: tuple[Callable[[dict[str, Any]], None], Callable[[], dict[str, Any] | None]],
    ) -> None:
        self._send, self._receive = line
        self.problems: list[str] = []
        self.calls = 0
        self.failures = 0
        self._shared = crossing.Crossing(codec, parity + 2, module, self.call, self.problems.append)
        self._cannot_cross = crossing.CannotCross

    def offer(self, function: Any) -> None:
        """Make `function` number 0."""
        self._shared.functions[0] = function

    def next(self) -> dict[str, Any] | None:
        """Wait for the other end's next message; ``None`` when the line has ended."""
        return self._receive()

    def call(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function of the other end as if it were here.

        Raises:
            Exception: what it raised.
            ProgramEnded: the other end is gone.
        """
        __tracebackhide__ = True
        self.calls += 1
        self._shared.enter()
        try:
            packed = self._shared.pack([list(args), list(kwargs.values())])
            if self._shared.lost:
                kinds = ", ".join(sorted({type(a).__name__ for a in (*args, *kwargs.values())}))
                self.problems.append(f"arguments ({kinds}) hold objects that cannot be handed to the program")
                raise self._cannot_cross(self.problems[-1])
            self._send({"call": number, "names": list(kwargs), "data": packed})
            while True:
                message = self._receive()
                if message is None or "ended" in message:
                    self.failures += 1
                    raise ProgramEnded("" if message is None else str(message["ended"]))
                if "call" in message:
                    self.answer(message)
                    continue
                sys.stdout.write(str(message.get("printed", "")))
                if "error" in message:
                    self._shared.unpack(message["data"])
                    self.failures += 1
                    raise self._shared.unpack_error(message["error"])
                return self._shared.unpack(message["data"])[0]
        finally:
            self._shared.leave()

    def answer(self, message: dict[str, Any], printed: Callable[[], str] | None = None) -> None:
        """Do what the other end asked for and send back how it went, and what was `printed`."""
        self._shared.enter()
        try:
            args, values = self._shared.unpack(message["data"])
            function = self._shared.functions[message["call"]]
            reply: dict[str, Any] = {}
            try:
                result = function(*args, **dict(zip(message["names"], values, strict=True)))
                reply["data"] = self._shared.pack([result])
            except (Exception, SystemExit) as error:
                reply = {"error": self._shared.pack_error(error), "data": self._shared.pack([])}
            if printed is None and self._shared.lost:
                self.problems.append("a function of the tests returned an object that cannot be handed over")
            if printed is not None:
                reply["printed"] = printed()
            self._send(reply)
        finally:
            self._shared.leave()
