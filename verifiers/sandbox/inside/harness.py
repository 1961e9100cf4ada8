"""In the child: load one program, call its function, report what happened.

From here on a hostile program shares the process. Everything it could do to this module changes
only what is reported about that program.
"""

from __future__ import annotations

import io
import json
import struct
import sys
import time
import types
from collections.abc import Callable
from typing import Any

FILENAME = "<program>"
MAX_TRACE = 12
_dumps = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), check_circular=False).encode
_type_name = type.__dict__["__name__"].__get__


class OutputLimit(BaseException):
    """The program printed more than it may."""


class Printed(io.StringIO):
    """Standard output of one call; writing beyond the limit ends the program."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.left = limit
        self.used = False

    def write(self, text: str) -> int:
        """Take `text`, or end the program."""
        self.used = True
        self.left -= len(text)
        if self.left < 0:
            raise OutputLimit
        return super().write(text)


class Harness:
    """One program in this process. `values` is Proofsmith's codec, `write` takes a frame."""

    def __init__(self, values: Any, job: dict[str, Any], write: Callable[[bytes], None]) -> None:
        self._values = values
        self._output_bytes = job["output_bytes"]
        self._result_bytes = job["result_bytes"]
        self._write = write
        self._printed = Printed(job["output_bytes"])
        self._module = types.ModuleType(job.get("module") or "program")

    @property
    def module(self) -> types.ModuleType:
        """The module that the program is loaded as."""
        return self._module

    def send(self, reply: dict[str, Any]) -> None:
        """Write one reply, framed."""
        payload = _dumps(reply).encode()
        if len(payload) > self._result_bytes:
            payload = _dumps({"s": "output", "m": "the result is too large"}).encode()
        self._write(struct.pack(">I", len(payload)) + payload)

    def load(self, program: str) -> bool:
        """Execute the module text and report; say whether it can be called."""
        sys.stdout = self._printed
        sys.stderr = Printed(self._output_bytes)
        sys.stdin = io.StringIO()
        sys.argv = ["program"]
        sys.modules[self._module.__name__] = self._module
        try:
            exec(compile(program, FILENAME, "exec", dont_inherit=True), self._module.__dict__)
        except OutputLimit:
            reply: dict[str, Any] = {"s": "output", "m": "printed too much while loading"}
        except MemoryError:
            reply = {"s": "memory", "m": "ran out of memory while loading"}
        except BaseException as error:
            name, message = describe(error)
            reply = {"s": "load_error", "m": f"{name}: {message}" if message else name, "tb": trace(error)}
        else:
            reply = {"s": "ok"}
        self.send(reply)
        return bool(reply["s"] == "ok")

    def call(self, function: str, args: Any, kwargs: Any) -> bool:
        """Call once with fresh copies of the arguments and report; say whether to go on."""
        values = self._values
        positional = values.decode(args)
        named = dict(values.decode(kwargs)) if kwargs["list"] else {}
        printed = self._fresh()
        started = time.perf_counter()
        go_on = True
        try:
            value = getattr(self._module, function)(*positional, **named)
            seconds = time.perf_counter() - started
            encoded = values.encode(value)
            reply = {"s": "ok", "v": encoded, "t": seconds}
            if type(encoded) is dict and '"opaque"' in _dumps(encoded):
                plain = values.encode(simplify(value))
                if plain != encoded:
                    reply["p"] = plain
        except OutputLimit:
            reply = {"s": "output", "m": f"printed more than {self._output_bytes} bytes"}
            go_on = False
        except MemoryError as error:
            reply = {"s": "memory", "m": "ran out of memory", "tb": trace(error)}
        except BaseException as error:
            name, message = describe(error)
            reply = {"s": "ok", "e": name, "m": message, "tb": trace(error)}
            reply["b"] = [str.__str__(_type_name(base)) for base in type.mro(type(error))[:20]]
            reply["t"] = time.perf_counter() - started
        if printed.used:
            reply["o"] = printed.getvalue()
        try:
            after = values.encode(positional)
            if after != args or named:
                reply["a"] = {"list": [after, values.encode(list(named.values()))]}
            self.send(reply)
        except (MemoryError, RecursionError):
            self.send({"s": "memory", "m": "the result is too large"})
        return go_on

    def _fresh(self) -> Printed:
        """Return an empty standard output; an unused one is used again."""
        if self._printed.used or self._printed.closed or sys.stdout is not self._printed:
            self._printed = Printed(self._output_bytes)
        sys.stdout = self._printed
        return self._printed

    def serve(self, peer: Any, function: str) -> None:
        """Answer calls that come over a line, one after another, until it ends."""
        peer.offer(getattr(self._module, function))
        while (message := peer.next()) is not None:
            sys.stdout = printed = Printed(self._output_bytes)
            peer.answer(message, printed.getvalue)


def describe(error: BaseException) -> tuple[str, str]:
    """Return class name and message; a message that cannot be had is empty."""
    name = str.__str__(_type_name(type(error)))
    try:
        message = str(error)[:2000]
    except BaseException:
        message = ""
    return name, message.encode("utf-8", "backslashreplace").decode()


def trace(error: BaseException) -> list[tuple[int, str]]:
    """Return the program's own frames, outermost first, the innermost kept when there are many."""
    frames: list[tuple[int, str]] = []
    place = error.__traceback__
    while place is not None:
        code = place.tb_frame.f_code
        if code.co_filename == FILENAME:
            frames.append((place.tb_lineno or 0, code.co_name))
        place = place.tb_next
    if isinstance(error, SyntaxError) and error.filename == FILENAME:
        frames.append((error.lineno or 0, ""))
    return frames[-MAX_TRACE:]


_BASES: tuple[type, ...] = (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset)


def simplify(value: Any, depth: int = 0) -> Any:
    """Return `value` with instances of subclasses of data types as the data they hold."""
    if depth > 100 or value is None:
        return value
    base = next((b for b in _BASES if b in type(value).__mro__), None)
    if base is None:
        return value
    if base is dict:
        return {simplify(k, depth + 1): simplify(v, depth + 1) for k, v in dict.items(value)}
    if base in (list, tuple, set, frozenset):
        return base([simplify(item, depth + 1) for item in base.__iter__(value)])
    if base is str:
        return str.__str__(value)
    if base is bytes:
        return bytes.__getitem__(value, slice(None))
    if type(value) is base:
        return value
    numeric: Any = base
    return numeric.__pos__(value)
