"""What is the same or nearly the same: normalised texts by hash, the rest by MinHash (Broder 1997)."""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Iterable, Sequence
from typing import Any

from proofsmith.store.export.arrow import package
from proofsmith.store.export.languages.base import language_of, tokens
from proofsmith.store.export.languages.forms import blind, normal
from proofsmith.store.export.prompts import Subject

THRESHOLD = 0.85
"""Estimated Jaccard similarity of token 5-grams from which programs are near-duplicates."""

TASK_THRESHOLD = 0.5
"""The same for the 3-grams of words of two tasks, which then share a split."""

LEAST_TOKENS = 24
"""Shorter programs and definitions are the same by chance, and say nothing of where they come from."""

LONGEST = 200_000
"""Characters of a program that is compared by more than its text."""

_PERMUTATIONS = 128
_WEIGHTS = (0.1, 0.9)
"""The index shall rather propose too many pairs than too few: each is compared before it counts."""

_WORD = re.compile(r"\w+|[^\w\s]")


def digest(text: str) -> bytes:
    """Return 12 bytes that stand for a text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()


class Form:
    """A program as it is compared with others.

    Attributes:
        size: tokens.
        exact: digest that programs share which differ only in layout, comments, names of their own
            and the order of their definitions.
        definitions: the same of each definition of at least `LEAST_TOKENS` tokens.
        shingles: the token 5-grams, in which names of the program's own are not told from each other.
    """

    def __init__(self, source: str, language: str) -> None:
        self.definitions: frozenset[bytes] = frozenset()
        self.shingles: set[str] = set()
        if len(source) > LONGEST:
            self.size = len(source) // 4
            self.exact = digest(f"{language}\0{source}")
            return
        parts = language_of(language).parts(source)
        self.size = sum(map(len, parts))
        self.exact = digest(f"{language}\0{normal(parts)}")
        long = (part for part in parts if len(part) >= LEAST_TOKENS)
        self.definitions = frozenset(digest(f"{language}\0{' '.join(part)}") for part in long)
        self.shingles = ngrams(blind(parts), 5)


def ngrams(words: Sequence[str], size: int) -> set[str]:
    """Return the runs of `size` words; the whole text if it is shorter."""
    if len(words) <= size:
        return {" ".join(words)} if words else set()
    return {" ".join(words[i : i + size]) for i in range(len(words) - size + 1)}


def words_of(text: str) -> list[str]:
    """Return the words of a statement, in lower case, without punctuation."""
    return [w for w in _WORD.findall(text.lower()) if w[0].isalnum() or w[0] == "_"]


def terms_of(subject: Subject) -> list[str]:
    """Return what a task is compared by, as words of prose or tokens of a formal text."""
    return [t.text for t in tokens(subject.text)] if subject.formal else words_of(subject.text)


class Groups:
    """Disjoint sets of the numbers 0, 1, 2, ...; each set is known by its smallest member."""

    def __init__(self) -> None:
        self._parents = array("q")

    def __len__(self) -> int:
        return len(self._parents)

    def add(self) -> int:
        """Make a new set of one; return its number."""
        self._parents.append(len(self._parents))
        return len(self._parents) - 1

    def find(self, item: int) -> int:
        """Return the smallest member of the set that `item` is in."""
        parents = self._parents
        while parents[item] != item:
            parents[item] = parents[parents[item]]
            item = parents[item]
        return item

    def join(self, a: int, b: int) -> None:
        """Unite the sets of two members."""
        a, b = self.find(a), self.find(b)
        self._parents[max(a, b)] = min(a, b)


class Clusters:
    """Groups texts that are equal after normalisation, or nearly equal. Keeps about 2 kB a distinct text."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._by_hash: dict[bytes, int] = {}
        self._signatures: dict[int, bytes] = {}
        self._groups = Groups()
        self._index = package("datasketch").MinHashLSH(
            threshold=threshold, num_perm=_PERMUTATIONS, weights=_WEIGHTS
        )

    def add(self, exact: bytes, shingles: Iterable[str]) -> int:
        """Return a member number for a text: `exact` is its normalised hash, `shingles` its n-grams."""
        known = self._by_hash.get(exact)
        if known is not None:
            return known
        member = self._groups.add()
        self._by_hash[exact] = member
        signature = _signature(shingles)
        if signature is not None:
            values = signature.hashvalues
            for other in self._index.query(signature):
                if self._alike(values, other):
                    self._groups.join(member, other)
            self._index.insert(member, signature, check_duplication=False)
            self._signatures[member] = values.astype("<u4").tobytes()
        return member

    def near(self, exact: bytes, shingles: Iterable[str]) -> int | None:
        """Return a member that is equal or nearly equal to a text, which is not added."""
        known = self._by_hash.get(exact)
        signature = _signature(shingles) if known is None and self._signatures else None
        if signature is None:
            return known
        near = (m for m in self._index.query(signature) if self._alike(signature.hashvalues, m))
        return min(near, default=None)

    def cluster(self, member: int) -> int:
        """Return the number of the cluster that a member is in, once everything was added."""
        return self._groups.find(member)

    def _alike(self, values: object, other: int) -> bool:
        numpy = package("numpy")
        there = numpy.frombuffer(self._signatures[other], dtype="<u4")
        return float((numpy.asarray(values).astype("<u4") == there).mean()) >= self._threshold


def _signature(shingles: Iterable[str]) -> Any:
    """Return the MinHash of n-grams, ``None`` of none."""
    parts = [s.encode("utf-8", "surrogatepass") for s in shingles]
    if not parts:
        return None
    signature = package("datasketch").MinHash(num_perm=_PERMUTATIONS, seed=1)
    signature.update_batch(parts)
    return signature
