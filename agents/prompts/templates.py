"""Finding, hashing and filling prompt templates.

A template is a Markdown file: the system message, a line ``=== user ===``, the user message.
``{{name}}`` stands for a value. A paragraph with placeholders that are all empty is left out, so that one
file serves with and without a plan, a counterexample, siblings. A role is looked up in the folder of
the task's language and then in ``any/``; ``{{rules}}`` is the language's own ``rules.md``, ``{{>name}}``
the text of another file in the template's folder.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from proofsmith.model_calls import Message

_FOLDER = Path(__file__).parent
_DIVIDER = "=== user ===\n"
_FRAGMENT = re.compile(r"\{\{>([a-z-]+)\}\}")
_HOLE = re.compile(r"\{\{([a-z_]+)\}\}")


@dataclass(frozen=True)
class Template:
    """A prompt template.

    Attributes:
        role: its file's name without suffix.
        language: the folder it came from, ``"any"`` for the general one.
        system, user: the two messages with their placeholders.
        hash: hex SHA-256 of both texts and the language's rules, which names the version.
    """

    role: str
    language: str
    system: str
    user: str
    hash: str

    @property
    def names(self) -> frozenset[str]:
        """Names of the placeholders."""
        return frozenset(_HOLE.findall(self.system + self.user))

    def fill(self, values: Mapping[str, str]) -> tuple[Message, ...]:
        """Return the messages with `values` in place; values without a placeholder are not used.

        Raises:
            KeyError: a placeholder has no value.
        """
        unknown = self.names - values.keys()
        if unknown:
            raise KeyError(f"template {self.language}/{self.role}: {', '.join(sorted(unknown))}")
        return (
            Message("system", _filled(self.system, values)),
            Message("user", _filled(self.user, values)),
        )


@lru_cache(maxsize=128)
def template(role: str, language: str) -> Template:
    """Return the template of a role for candidates in `language`.

    Raises:
        KeyError: there is no such role.
    """
    own = re.fullmatch(r"[a-z0-9_-]+", language) is not None
    folder = language if own and (_FOLDER / language / f"{role}.md").is_file() else "any"
    path = _FOLDER / folder / f"{role}.md"
    if not path.is_file():
        raise KeyError(f"there is no prompt template for {role}")
    rules_path = _FOLDER / (language if own else "any") / "rules.md"
    rules = (rules_path if rules_path.is_file() else _FOLDER / "any" / "rules.md").read_text(encoding="utf-8")
    text = _FRAGMENT.sub(lambda m: fragment(m[1], folder), path.read_text(encoding="utf-8"))
    system, divider, user = text.replace("{{rules}}", rules.strip()).partition(_DIVIDER)
    if not divider:
        raise KeyError(f"template {folder}/{role} has no line {_DIVIDER.strip()!r}")
    digest = hashlib.sha256(f"{system}\0{user}".encode()).hexdigest()
    return Template(role, folder, system.strip(), user.strip(), digest)


def fragment(name: str, folder: str = "any") -> str:
    """Return a text that is put into templates of several roles."""
    return (_FOLDER / folder / f"{name}.md").read_text(encoding="utf-8").strip()


def roles() -> tuple[str, ...]:
    """Names of all roles."""
    found = ((p.stem, p.read_text(encoding="utf-8")) for p in (_FOLDER / "any").glob("*.md"))
    return tuple(sorted(stem for stem, text in found if _DIVIDER in text))


def quoted(label: str, text: str) -> str:
    """Return `text` between marks that it does not contain, so that it is seen as data; empty if empty.

    Programs, specifications and logs are somebody else's words. The closing mark carries a digest of the
    text, so nothing inside can close it early.
    """
    if not text.strip():
        return ""
    mark = hashlib.sha256(f"{label}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
    while mark in text:
        mark = hashlib.sha256(mark.encode()).hexdigest()[:8]
    return f"<<<{label} {mark}\n{text.rstrip()}\n{mark}>>>"


def unquoted(label: str, text: str) -> str | None:
    """Return the first text that `quoted` put under `label` into a message; ``None`` if there is none."""
    opening = re.search(rf"^<<<{re.escape(label)} ([0-9a-f]{{8}})\n", text, re.MULTILINE)
    if opening is None:
        return None
    end = text.find(f"\n{opening[1]}>>>", opening.end() - 1)
    return None if end < 0 else text[opening.end() : end + 1]


def _filled(text: str, values: Mapping[str, str]) -> str:
    paragraphs = []
    for paragraph in re.split(r"\n{2,}", text):
        names = _HOLE.findall(paragraph)
        if names and not any(values[name].strip() for name in names):
            continue
        paragraphs.append(_HOLE.sub(lambda hole: values[hole[1]], paragraph))
    return "\n\n".join(paragraphs)
