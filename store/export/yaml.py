"""Just enough YAML for a dataset card: mappings, lists and scalars, in blocks."""

from __future__ import annotations

import json
import re
from typing import Any

_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*\Z")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def dump(data: dict[str, Any]) -> str:
    """Return a mapping as YAML 1.1 text."""
    return "".join(line + "\n" for line in _lines(data))


def _lines(data: Any) -> list[str]:
    found: list[str] = []
    if isinstance(data, dict):
        for key, value in data.items():
            if isinstance(value, dict | list) and value:
                found += [
                    f"{key}:",
                    *("  " + line if isinstance(value, dict) else line for line in _lines(value)),
                ]
            else:
                found.append(f"{key}: {_scalar(value)}")
    else:
        for item in data:
            inner = _lines(item) if isinstance(item, dict | list) and item else [_scalar(item)]
            found += [("- " if not number else "  ") + line for number, line in enumerate(inner)]
    return found


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _BARE.match(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value)  # JSON scalars, and empty lists and mappings, are YAML
