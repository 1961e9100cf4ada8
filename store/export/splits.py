"""Splits by cluster of tasks: a cluster is in one split only, whatever else is exported with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from proofsmith.errors import BadInput, ProofsmithError


def parse(text: str) -> tuple[tuple[str, float], ...]:
    """Read ``train=0.9,test=0.1``.

    Raises:
        BadInput: it is not of this form, a name is taken twice, or the shares do not add up to 1.
    """
    hint = "such as train=0.9,test=0.1"
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, share = part.strip().partition("=")
        try:
            value = float(share)
        except ValueError:
            raise BadInput(f"--splits: {part.strip()!r} is not NAME=SHARE", hint=hint) from None
        if not name.isidentifier() or name in found or not 0 < value <= 1:
            raise BadInput(f"--splits: {part.strip()!r} is not NAME=SHARE, each name once", hint=hint)
        found[name] = value
    if abs(sum(found.values()) - 1) > 1e-9:
        raise BadInput(f"--splits: the shares add up to {sum(found.values()):g}, not 1", hint=hint)
    return tuple(found.items())


def assign(clusters: Iterable[str], shares: Sequence[tuple[str, float]]) -> dict[str, str]:
    """Return the split of every cluster.

    It follows from the cluster's name alone, so that a later export puts it in the same split; only
    where the first split would be empty, one cluster goes there.
    """
    found = {cluster: _split(cluster, shares) for cluster in sorted(set(clusters))}
    first = shares[0][0]
    if found and first not in found.values():
        found[min(found, key=_place)] = first
    return found


def _place(cluster: str) -> float:
    return int.from_bytes(hashlib.sha256(cluster.encode()).digest()[:8], "big") / 2**64


def _split(cluster: str, shares: Sequence[tuple[str, float]]) -> str:
    left = _place(cluster)
    for name, share in shares:
        left -= share
        if left < 0:
            return name
    return shares[-1][0]


class Overlap(ProofsmithError):
    """A cluster of tasks was written to two splits: a mistake of ours, and no dataset is made."""


class Disjointness:
    """Watches what is written: every task and cluster must stay in one split."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def see(self, split: str, *names: str) -> None:
        """Note names that were written to `split`.

        Raises:
            Overlap: one of them was written to another split.
        """
        for name in names:
            before = self._seen.setdefault(name, split)
            if before != split:
                raise Overlap(f"{name} would be both in {before} and in {split}")
