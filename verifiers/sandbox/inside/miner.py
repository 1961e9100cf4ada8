"""In the child that runs the tests, when examples are wanted and there is no program yet.

The function returns `Recorded` objects, and the tests' assertions (rewritten by the trusted side, see
`proofsmith.verifiers.pytest_mining`) report which recorded call must equal what. Whatever else a test
does with a recorded result ends that test.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

Send = Callable[[dict[str, Any]], None]


class Unusable(BaseException):
    """The test looks at a result in a way that says nothing about its value."""


class Recorded:
    """The result of a call that was not made. `call` is ``None`` if its arguments are not data."""

    __slots__ = ("call",)

    def __init__(self, call: Any) -> None:
        self.call = call

    def __getattr__(self, name: str) -> Any:
        raise Unusable


def _refuse(*args: Any, **kwargs: Any) -> Any:
    raise Unusable


_SPECIAL = """
eq ne lt le gt ge hash bool len iter next contains getitem setitem delitem call index int float complex str
repr format bytes enter exit reversed neg pos abs invert round trunc floor ceil add radd sub rsub mul rmul
truediv rtruediv floordiv rfloordiv mod rmod pow rpow matmul rmatmul and rand or ror xor rxor lshift rlshift
rshift rrshift divmod rdivmod iadd
"""
for _name in _SPECIAL.split():
    setattr(Recorded, f"__{_name}__", _refuse)


class Miner:
    """Collects what the assertions say and sends each finding as ``{"mined": {...}}``."""

    def __init__(self, codec: Any, send: Send, boolean: bool) -> None:
        self._codec, self._send, self._boolean = codec, send, boolean
        self._expecting: list[list[Any]] = []

    def install(self) -> None:
        """Make the functions that rewritten assertions call available to every module."""
        for name in ("check", "truth", "raises"):
            setattr(builtins, f"_proofsmith_{name}", getattr(self, name))

    def stand_in(self, *args: Any, **kwargs: Any) -> Recorded:
        """Stand for the function: note the arguments as they are now."""
        call = None
        if self._codec.is_data([list(args), list(kwargs.values())]):
            call = [
                self._codec.encode(list(args)),
                self._codec.encode([list(pair) for pair in kwargs.items()]),
            ]
        recorded = Recorded(call)
        for calls in self._expecting:
            calls.append(recorded)
        return recorded

    def check(self, left: Callable[[], Any], right: Callable[[], Any], line: int) -> None:
        """``assert left == right``."""
        try:
            self._equal(left(), right(), line)
        except (Exception, Unusable):
            return

    def truth(self, value: Callable[[], Any], wanted: bool, line: int) -> None:
        """``assert value`` or ``assert not value``; an example only where the function returns bools."""
        try:
            found = value()
        except (Exception, Unusable):
            return
        if self._boolean:
            self._equal(found, wanted, line)

    def raises(self, kind: Any, line: int) -> Raises:
        """``with pytest.raises(kind)`` around one statement."""
        return Raises(self, kind, line)

    def note(self, recorded: Recorded, line: int, **outcome: Any) -> None:
        """Report one finding."""
        if recorded.call is not None:
            self._send(
                {"mined": {"args": recorded.call[0], "kwargs": recorded.call[1], "line": line, **outcome}}
            )

    def _equal(self, left: Any, right: Any, line: int) -> None:
        if type(left) is not Recorded and type(right) is Recorded:
            left, right = right, left
        if type(left) is Recorded:
            if type(right) is not Recorded and self._codec.is_data(right):
                self.note(left, line, value=self._codec.encode(right))
        elif type(left) is type(right) and type(left) in (list, tuple) and len(left) == len(right):
            for one, other in zip(left, right, strict=True):
                self._equal(one, other, line)


class Raises:
    """Stands for ``pytest.raises``: the one call made inside must raise."""

    def __init__(self, miner: Miner, kind: Any, line: int) -> None:
        self._miner, self._kind, self._line = miner, kind, line
        self._calls: list[Any] = []

    def __enter__(self) -> Recorded:
        self._miner._expecting.append(self._calls)
        return Recorded(None)

    def __exit__(self, *error: object) -> bool:
        self._miner._expecting.remove(self._calls)
        kind = self._kind[0] if isinstance(self._kind, tuple) and len(self._kind) == 1 else self._kind
        if len(self._calls) == 1 and error[0] is None and isinstance(kind, type):
            self._miner.note(self._calls[0], self._line, exception=kind.__name__)
        return True
