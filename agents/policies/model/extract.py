"""Code out of what models say: fenced or not, with words around it, cut off, in the wrong language.

Nothing here runs or trusts anything: it finds texts that may be the program, best guess first. Which of
them is one is for the language to say.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from proofsmith.agents.contracts.contract import Broken
from proofsmith.agents.contracts.json_answers import MAX_ANSWER, without_reasoning
from proofsmith.model_calls import Sample

_FENCE = re.compile(r"^[ \t]{0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^`\n]*$")

_MOST = 20
"""Blocks of an answer that are tried, the last ones."""


@dataclass(frozen=True)
class Block:
    """A fenced block: what its fence says it is, its text, whether the closing fence is there."""

    info: str
    text: str
    closed: bool = True


@dataclass(frozen=True)
class Found:
    """Texts that may be the program, best guess first; `cut` if the answer was cut off inside the program."""

    texts: tuple[str, ...]
    cut: bool = False


def blocks(text: str) -> tuple[Block, ...]:
    """Return the fenced blocks of a text, in order. Linear in its length."""
    found: list[Block] = []
    lines: list[str] = []
    mark = info = ""
    for line in text.splitlines():
        fence = _FENCE.match(line) if line.lstrip()[:3] in ("```", "~~~") else None
        if not mark:
            if fence is not None:
                mark, info, lines = fence[1], fence[2].lower(), []
        elif fence is not None and not fence[2] and fence[1].startswith(mark):
            found.append(Block(info, "\n".join(lines) + "\n"))
            mark = ""
        else:
            lines.append(line)
    if mark:
        found.append(Block(info, "\n".join(lines) + "\n", closed=False))
    return tuple(found)


def programs(sample: Sample, infos: Collection[str]) -> Found:
    """Return the texts of an answer that may be a program.

    Args:
        sample: the answer.
        infos: what fences in the language are called; an empty name is always taken.

    Raises:
        Broken: there is nothing that could be one: nothing at all, thinking without an end, or blocks
            in other languages only.
    """
    cut = sample.finish_reason == "length" or len(sample.text) > MAX_ANSWER
    text = without_reasoning(sample.text)
    if not text.strip():
        raise Broken("the answer is empty" + (" but for thinking that does not end" if sample.text else ""))
    fenced = blocks(text)
    if not fenced:
        return Found((text,), cut)
    ours = [b for b in fenced if b.info in infos or not b.info]
    if not ours:
        raise Broken(f"the answer is written in {fenced[0].info}")
    ours = ours[-_MOST:]
    texts = [b.text for b in reversed(ours)]
    if len(ours) > 1:
        texts.append("\n".join(b.text for b in ours))
    return Found(tuple(texts), cut and not ours[-1].closed)
