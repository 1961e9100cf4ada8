"""Reading JSON out of what models say: fenced, with words around it, or cut off."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from proofsmith.agents.contracts.contract import Broken
from proofsmith.model_calls import Sample

MAX_ANSWER = 200_000
"""Characters of an answer that are looked at."""
_STARTS = 50
"""Places where a JSON object may begin that are tried."""


def without_reasoning(text: str) -> str:
    """Return an answer without the thinking aloud that some models put before it."""
    text = text[:MAX_ANSWER]
    end = text.rfind("</think>")
    if end >= 0:
        return text[end + len("</think>") :]
    return "" if text.lstrip().startswith("<think>") else text


def json_object(sample: Sample) -> dict[str, Any]:
    """Return the first JSON object in an answer.

    Raises:
        Broken: there is none.
    """
    text = without_reasoning(sample.text)
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    for count, brace in enumerate(re.finditer(r"\{", text)):
        if count >= _STARTS:
            break
        try:
            value, _ = decoder.raw_decode(text, brace.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            return value
    cut = "; it was cut off" if sample.finish_reason == "length" else ""
    raise Broken(f"the answer holds no JSON object{cut}")


def share(value: Any, name: str) -> float:
    """Return a number in [0, 1].

    Raises:
        Broken: it is not one.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Broken(f"{name} is not a number")
    if not 0.0 <= value <= 1.0:
        raise Broken(f"{name} is {value}, not between 0 and 1")
    return float(value)


def words(value: Any, name: str, longest: int = 4000) -> str:
    """Return a text that is not empty, and not longer than `longest` characters.

    Raises:
        Broken: it is not one.
    """
    if not isinstance(value, str) or not value.strip():
        raise Broken(f"{name} is not a text")
    if len(value) > longest:
        raise Broken(f"{name} has {len(value):,} characters, more than {longest:,}")
    return value.strip()


def _no_constant(name: str) -> float:
    raise ValueError(name)
