"""Finding solved tasks that are like this one: by their words (BM25) and by the structure of programs."""

from __future__ import annotations

import ast
import itertools
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from proofsmith.types import Candidate, Task

_K1, _B = 1.5, 0.75
"""The usual constants of BM25 (Robertson and Zaragoza 2009)."""
_STRUCTURE = 0.5
"""Weight of structural likeness beside that of words, both in [0, 1]."""
_LEAST = 0.1
"""What is less alike than this is not recalled."""


@dataclass(frozen=True)
class Recalled:
    """A solved task, its program, and how alike it is, in [0, 1]."""

    task: Task
    candidate: Candidate
    likeness: float


class Recall:
    """Searches verified programs of earlier runs.

    Args:
        memory: tasks and programs that were verified for them.
    """

    def __init__(self, memory: Sequence[tuple[Task, Candidate]]) -> None:
        self._memory = tuple(memory)
        self._words = [Counter(_words_of(task)) for task, _ in self._memory]
        self._mean = sum(sum(w.values()) for w in self._words) / max(1, len(self._words))
        self._containing = Counter(word for words in self._words for word in words)

    def similar(self, task: Task, count: int = 3, query: str = "", program: str = "") -> tuple[Recalled, ...]:
        """Return the solved tasks most like `task`, most alike first; never `task` itself.

        Args:
            task: what is asked; only tasks in its language are returned.
            count: how many at most.
            query: words to look for instead of the task's own.
            program: a program whose structure is compared; without it only the words count.
        """
        wanted = Counter(_terms(query) if query.strip() else _words_of(task))
        scores = [self._bm25(wanted, words) for words in self._words]
        top = max(scores, default=0.0)
        found = []
        for (other, candidate), score in zip(self._memory, scores, strict=True):
            if other.language != task.language or (other.id, other.statement) == (task.id, task.statement):
                continue
            likeness = score / top if top > 0 else 0.0
            if program:
                shape = cosine(structure(program, task.language), structure(candidate.source, task.language))
                likeness = (likeness + _STRUCTURE * shape) / (1 + _STRUCTURE)
            if likeness >= _LEAST:
                found.append(Recalled(other, candidate, likeness))
        found.sort(key=lambda r: (-r.likeness, r.task.id, r.candidate.hash))
        return tuple(_one_each(found)[:count])

    def _bm25(self, wanted: Counter[str], words: Counter[str]) -> float:
        length = sum(words.values()) / (self._mean or 1.0)
        score = 0.0
        for word in wanted:
            frequency = words[word]
            if frequency:
                containing = self._containing[word]
                rarity = math.log(1 + (len(self._words) - containing + 0.5) / (containing + 0.5))
                score += rarity * frequency * (_K1 + 1) / (frequency + _K1 * (1 - _B + _B * length))
        return score


@lru_cache(maxsize=1024)
def structure(program: str, language: str) -> Counter[str]:
    """Return how often each pair of parent and child occurs in a program's syntax tree.

    For other languages than Python, and programs that do not parse: pairs of neighbouring symbols.
    """
    pairs: Counter[str] = Counter()
    if language == "python":
        try:
            for node in ast.walk(ast.parse(program)):
                for child in ast.iter_child_nodes(node):
                    pairs[f"{type(node).__name__}>{type(child).__name__}"] += 1
            return pairs
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pairs.clear()
    symbols = [
        s if not s[0].isalnum() or s in _KEYWORDS else "w" for s in re.findall(r"\w+|[^\w\s]", program)
    ]
    pairs.update(f"{a} {b}" for a, b in itertools.pairwise(symbols))
    return pairs


_KEYWORDS = frozenset(
    (
        *("if", "else", "for", "while", "return", "module", "always", "assign", "case"),
        *("requires", "ensures", "invariant", "method", "function", "lemma", "ite"),
    )
)


def cosine(a: Counter[str], b: Counter[str]) -> float:
    """Cosine of the angle between two counts, in [0, 1]."""
    product = sum(n * b[key] for key, n in a.items())
    size = math.sqrt(sum(n * n for n in a.values()) * sum(n * n for n in b.values()))
    return product / size if size else 0.0


def _one_each(found: list[Recalled]) -> list[Recalled]:
    """The best program of each task."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for item in found:
        key = (item.task.id, item.task.statement)
        if key not in seen:
            seen.add(key)
            kept.append(item)
    return kept


def _words_of(task: Task) -> list[str]:
    signature = getattr(task.spec, "signature", None)
    name = str(getattr(signature, "name", "")).replace("_", " ")
    return _terms(f"{task.statement} {name}")


def _terms(text: str) -> list[str]:
    """Words of three letters and more, without the commonest endings."""
    words = re.findall(r"[a-z]{3,}|\d+", text.lower())
    return [re.sub(r"(?:ing|ed|es|s)$", "", w) if len(w) > 4 else w for w in words]
