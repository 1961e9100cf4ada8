"""Reading descriptions of hardware out of what a planner says, in JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from proofsmith.agents.contracts.contract import Broken
from proofsmith.agents.contracts.json_answers import json_object, share, words
from proofsmith.agents.policies.model.hardware import (
    Clock,
    Description,
    Port,
    Reset,
    State,
    Submodule,
    changed_ports,
    complaints,
    same_hardware,
    written_out,
)
from proofsmith.agents.policies.model.hardware_ports import wanted_ports
from proofsmith.agents.policies.model.plans import MOST, PlanForm, Thought, list_schema
from proofsmith.model_calls import Sample
from proofsmith.verilog_spec import VerilogSpec

T = TypeVar("T")

_LARGEST = 65_536
"""Most bits of a port or of a word of state, most words of a memory, and cycles of a latency."""
_TOLD = 6
"""Complaints about a description that are told to the model."""
_LONGEST = 400
"""Characters of a meaning or a statement."""
_WHOLE = 12_000
"""Characters of a description that is written out."""
_MEMBERS = 256
"""Members of a list in a description."""
_DIRECTIONS = ("input", "output", "inout")
_EDGES = ("posedge", "negedge", "both")
_ACTIVE = ("high", "low")
_RESETS = ("synchronous", "asynchronous")
_KINDS = ("register", "latch")


def descriptions_for(spec: VerilogSpec) -> PlanForm:
    """Return the form of plans for a module to be written: descriptions with the ports that are asked for."""
    return PlanForm(
        "describe", _SCHEMA, lambda sample: read_descriptions(sample, spec), same_hardware, changed_ports
    )


def read_descriptions(sample: Sample, spec: VerilogSpec) -> tuple[Thought, ...]:
    """Return the descriptions in an answer that fit the task, written out.

    Raises:
        Broken: there is none; it says what is wrong with the first one.
    """
    answer = json_object(sample)
    items = answer.get("descriptions")
    if "ports" in answer and "behaviour" in answer:
        items = [answer]  # the only one, or the first of a list that was cut off
    if not isinstance(items, list) or not items:
        cut = "; the answer was cut off: be shorter" if sample.finish_reason == "length" else ""
        raise Broken(f"there is no list of descriptions{cut}")
    wanted = wanted_ports(spec)
    found, broken = [], []
    for item in items[:MOST]:
        try:
            if not isinstance(item, dict):
                raise Broken("a description is not an object")
            description, confidence = read_description(item), share(item.get("confidence"), "confidence")
            wrong = list(complaints(description, wanted, spec.top))
            if wrong:
                raise Broken("; ".join(wrong[:_TOLD]))
            text = written_out(description)
            if len(text) > _WHOLE:
                raise Broken(f"the description has {len(text):,} characters, more than {_WHOLE:,}")
            found.append(Thought(text, confidence))
        except Broken as error:
            broken.append(error)
    if not found:
        raise broken[0]
    return tuple(found)


def read_description(item: dict[str, Any]) -> Description:
    """Return the description in a JSON object; what is left out of it is empty.

    Raises:
        Broken: a part of it is of the wrong kind.
    """
    timing = item.get("timing") or {}
    if not isinstance(timing, dict):
        raise Broken("timing is not an object")
    return Description(
        _text(item, "approach"),
        _ports(item),
        _list(timing, "clocks", lambda c: Clock(_name(c), _one_of(c, "edge", _EDGES))),
        _list(timing, "resets", _reset),
        _number(timing, "latency", 0, 0),
        _list(item, "state", _state),
        _list(item, "submodules", lambda m: Submodule(_name(m), _text(m, "purpose"), _ports(m))),
        tuple(_line(words(text, "behaviour", _LONGEST)) for text in _members(item, "behaviour")),
    )


def _ports(item: dict[str, Any]) -> tuple[Port, ...]:
    return _list(item, "ports", _port)


def _port(item: dict[str, Any]) -> Port:
    direction = _one_of(item, "direction", _DIRECTIONS)
    return Port(_name(item), direction, _number(item, "width", 1), _text(item, "meaning"))


def _reset(item: dict[str, Any]) -> Reset:
    return Reset(_name(item), _one_of(item, "active", _ACTIVE), _one_of(item, "kind", _RESETS))


def _state(item: dict[str, Any]) -> State:
    return State(
        _name(item),
        _number(item, "width", 1),
        _number(item, "words", 1),
        _one_of({"kind": "register", **item}, "kind", _KINDS),
        _text(item, "reset"),
        _text(item, "meaning"),
    )


def _list(item: dict[str, Any], key: str, read: Callable[[dict[str, Any]], T]) -> tuple[T, ...]:
    found = []
    for member in _members(item, key):
        if not isinstance(member, dict):
            raise Broken(f"a member of {key} is not an object")
        try:
            found.append(read(member))
        except Broken as broken:
            raise Broken(f"{key}: {broken}") from None
    return tuple(found)


def _members(item: dict[str, Any], key: str) -> list[Any]:
    value = item.get(key) or []
    if not isinstance(value, list):
        raise Broken(f"{key} is not a list")
    if len(value) > _MEMBERS:
        raise Broken(f"{key} has {len(value)} members, more than {_MEMBERS}")
    return value


def _name(item: dict[str, Any]) -> str:
    return words(item.get("name"), "name", _LONGEST)


def _text(item: dict[str, Any], key: str) -> str:
    """A text or number as one line; empty where it is left out."""
    value = item.get(key)
    if value is None or (isinstance(value, str) and not value.strip()):
        return ""
    return str(value) if isinstance(value, int) else _line(words(value, key, _LONGEST))


def _line(text: str) -> str:
    return " ".join(text.split())


def _number(item: dict[str, Any], key: str, default: int, least: int = 1) -> int:
    value = item.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Broken(f"{key} is not a whole number")
    if not least <= value <= _LARGEST:
        raise Broken(f"{key} is not between {least} and {_LARGEST}")
    return value


def _one_of(item: dict[str, Any], key: str, allowed: tuple[str, ...]) -> str:
    value = item.get(key)
    if value not in allowed:
        raise Broken(f"{key} is {str(value)[:40]!r}, none of {', '.join(allowed)}")
    return str(value)


def _array(properties: dict[str, object], optional: tuple[str, ...] = ()) -> dict[str, object]:
    item = {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }
    return {"type": "array", "maxItems": _MEMBERS, "items": item}


_WORDS: dict[str, object] = {"type": "string"}
_WIDTH: dict[str, object] = {"type": "integer", "minimum": 1, "maximum": _LARGEST}
_PORTS = _array(
    {"name": _WORDS, "direction": {"enum": list(_DIRECTIONS)}, "width": _WIDTH, "meaning": _WORDS},
    ("meaning",),
)
_TIMING: dict[str, object] = {
    "type": "object",
    "properties": {
        "clocks": _array({"name": _WORDS, "edge": {"enum": list(_EDGES)}}),
        "resets": _array(
            {"name": _WORDS, "active": {"enum": list(_ACTIVE)}, "kind": {"enum": list(_RESETS)}}
        ),
        "latency": {"type": "integer", "minimum": 0, "maximum": _LARGEST},
    },
    "required": ["clocks", "resets", "latency"],
    "additionalProperties": False,
}
_STATE = _array(
    {
        "name": _WORDS,
        "width": _WIDTH,
        "words": _WIDTH,
        "kind": {"enum": list(_KINDS)},
        "reset": _WORDS,
        "meaning": _WORDS,
    },
    ("words", "kind", "reset"),
)
_PARTS: dict[str, object] = {
    "approach": _WORDS,
    "ports": _PORTS,
    "timing": _TIMING,
    "state": _STATE,
    "submodules": _array({"name": _WORDS, "purpose": _WORDS, "ports": _PORTS}),
    "behaviour": {"type": "array", "minItems": 1, "maxItems": _MEMBERS, "items": _WORDS},
}
_SCHEMA = list_schema("descriptions", _PARTS, tuple(_PARTS))
