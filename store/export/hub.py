"""What the Hugging Face hub's fields of a dataset card may say."""

from __future__ import annotations

import re

_VERSIONED = {
    "apache": ("2.0",),
    "cc0": ("1.0",),
    "cc-by": ("2.0", "2.5", "3.0", "4.0"),
    "cc-by-sa": ("3.0", "4.0"),
    "cc-by-nc": ("2.0", "3.0", "4.0"),
    "cc-by-nd": ("4.0",),
    "cc-by-nc-nd": ("3.0", "4.0"),
    "cc-by-nc-sa": ("2.0", "3.0", "4.0"),
    "cdla-sharing": ("1.0",),
    "cdla-permissive": ("1.0", "2.0"),
    "gpl": ("2.0", "3.0"),
    "lgpl": ("2.1", "3.0"),
    "agpl": ("3.0",),
    "mpl": ("2.0",),
    "epl": ("1.0", "2.0"),
    "eupl": ("1.1", "1.2"),
    "artistic": ("2.0",),
    "bsl": ("1.0",),
    "ofl": ("1.1",),
}
_OTHERS = ("mit", "bsd", "bsd-2-clause", "bsd-3-clause", "isc", "zlib", "unlicense", "odc-by", "odbl", "pddl")
_LICENSES = frozenset(
    (
        *_OTHERS,
        "other",
        "unknown",
        *(f"{name}-{v}" for name, versions in _VERSIONED.items() for v in versions),
    )
)

_SIZES = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B")


def license_fields(name: str) -> dict[str, str]:
    """Return a licence as the card's fields: one that the hub knows, or ``other`` with a name."""
    short = re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-")
    plain = re.sub(r"^the-|-licen[cs]e|-version|-v(?=\d)", lambda m: "-" if m[0] == "-v" else "", short)
    for known in (short, plain, f"{plain}.0"):
        if known in _LICENSES:
            return {"license": known}
    return {"license": "other"} | ({"license_name": short} if short else {})


def size_category(rows: int) -> str:
    """Return the hub's name for datasets of so many rows."""
    below = 1_000
    for number, name in enumerate(_SIZES):
        if rows < below:
            return f"{_SIZES[number - 1]}<n<{name}" if number else f"n<{name}"
        below *= 10
    return f"{_SIZES[-1]}<n<100B"
