"""Programs as they are compared: their definitions, names of their own choice numbered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

OWN = "§"
"""Begins what stands for a name of the program's own; alone, for one that several definitions share."""

Part = tuple[str, ...]
"""The tokens of one definition, names of the program's own replaced."""


def numbered(words: Iterable[tuple[str, bool]], shared: Collection[str] = ()) -> Part:
    """Return words with the names among them numbered in order of appearance.

    Args:
        words: (text, whether it is a name that the program may choose).
        shared: names of other definitions, which stay unnumbered: their order shall not matter.
    """
    numbers: dict[str, str] = {}
    found = []
    for text, own in words:
        if not own:
            found.append(text)
        elif text in shared:
            found.append(OWN)
        else:
            found.append(numbers.setdefault(text, f"{OWN}{len(numbers)}"))
    return tuple(found)


def normal(parts: Sequence[Part]) -> str:
    """Return a text that is equal for programs with the same definitions, in whatever order."""
    return "\n".join(sorted(" ".join(part) for part in parts))


def blind(parts: Sequence[Part]) -> list[str]:
    """Return all tokens, definitions in a fixed order, own names told from others but not from each other."""
    return [OWN if t.startswith(OWN) else t for part in sorted(parts, key=" ".join) for t in part]
