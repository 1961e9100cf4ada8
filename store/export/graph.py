"""The tree of a run in little memory: figures of every node in arrays, texts fetched when they are needed.

A run may have a million nodes. `proofsmith.tree` keeps every proposal; here a node costs about 150
bytes, and the texts of the first `KEPT` nodes, which are all of an ordinary run's.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from proofsmith.revision import Revision
from proofsmith.types import Assurance

KEPT = 5_000
KEPT_BYTES = 64_000_000
"""Nodes of a run whose texts stay in memory, and how long these are in all."""

STATUSES = ("", "PASS", "FAIL", "UNKNOWN", "TIMEOUT", "ERROR")
ASSURANCES = ("", "TESTED", "BOUNDED", "PROVED")
_SURE = tuple(Assurance(name) if name else None for name in ASSURANCES)
MISSING = -2
"""Parent of a node whose record is damaged."""


class Added(NamedTuple):
    """How a node came about: `proposal` is that of the event, as JSON data without its program."""

    time: float
    proposal: dict[str, Any]
    source: str | None
    json: str


class Judged(NamedTuple):
    """What was said of a node: the event's fields as JSON data."""

    time: float
    verdict: dict[str, Any]
    verdicts: Sequence[dict[str, Any]]
    feedback: str
    json: str


Fetch = Callable[["RunGraph", Sequence[int]], dict[int, tuple[Added | None, Judged | None]]]
"""Returns the texts of nodes of the graph it is handed; a graph that held its own fetch would be a cycle."""


class RunGraph:
    """The tree of one run. Made by `proofsmith.store.export.reading.read_graph`; then only read."""

    def __init__(self) -> None:
        self.parents = array("q", (-1,))
        self.priors = array("d", (1.0,))
        self.visits = array("q", (0,))
        self.values = array("d", (0.0,))
        self.bests = array("d", (0.0,))
        self.merged = array("q", (-1,))
        self.scores = array("d", (0.0,))
        self.statuses = bytearray(1)
        self.assurances = bytearray(1)
        self.added_seq = array("q", (-1,))
        self.judged_seq = array("q", (-1,))
        self._count = 1
        self._hashes = bytearray(32)
        self._has_program = bytearray(1)
        self.calls: dict[str, int] = {}
        self.revisions: dict[int, list[tuple[int, str]]] = {}
        self.added: dict[int, Added] = {}
        self.judged: dict[int, Judged] = {}
        self.sizes = array("q", (0,))
        self._kept_bytes = 0
        self.fetch: Fetch | None = None
        self.code: Revision | None = None
        self.started: float | None = None
        self._children: list[list[int]] | None = None

    def __len__(self) -> int:
        """Return how many nodes there are, those that are missing included."""
        return self._count

    def grow(self, node: int) -> None:
        """Make room for nodes up to `node`; those not described later count as missing."""
        if node < self._count:
            return
        self._count = node + 1
        more = self._count - len(self.parents)
        if more <= 0:
            return
        more = max(more, len(self.parents))  # room for as many again, so that growing is seldom
        for numbers, empty in (
            (self.parents, MISSING),
            (self.visits, 0),
            (self.merged, -1),
            (self.added_seq, -1),
            (self.judged_seq, -1),
            (self.sizes, 0),
        ):
            numbers.extend(array("q", (empty,)) * more)
        for figures in (self.priors, self.values, self.bests, self.scores):
            figures.extend(array("d", bytes(8 * more)))
        for flags in (self.statuses, self.assurances, self._has_program):
            flags.extend(bytes(more))
        self._hashes.extend(bytes(32 * more))

    def keep(self, node: int, what: Added | Judged) -> None:
        """Note what was read of a node: its length, and the texts while there is room for them."""
        size = len(what.json) + (len(what.source or "") if isinstance(what, Added) else 0)
        self.sizes[node] += size
        kept: dict[int, Any] = self.added if isinstance(what, Added) else self.judged
        if node < KEPT and self._kept_bytes + size <= KEPT_BYTES:
            self._kept_bytes += size
            kept[node] = what
        else:
            kept.pop(node, None)  # an earlier judgement of the node

    def set_program(self, node: int, digest: str) -> None:
        """Note the content hash of a node's program."""
        self._has_program[node] = 1
        self._hashes[32 * node : 32 * node + 32] = bytes.fromhex(digest)

    def program(self, node: int) -> str | None:
        """Return the content hash of a node's program; ``None`` for the root and for thoughts."""
        if not self._has_program[node]:
            return None
        return self._hashes[32 * node : 32 * node + 32].hex()

    def status(self, node: int) -> str:
        """Return the node's status, that of the node it was merged into included; empty if not judged."""
        merged = self.merged[node]
        return STATUSES[self.statuses[merged if merged >= 0 else node]]

    def assurance(self, node: int) -> str:
        """Return the assurance of the node's verdict, empty unless it is a PASS."""
        merged = self.merged[node]
        return ASSURANCES[self.assurances[merged if merged >= 0 else node]]

    def sure(self, node: int) -> Assurance | None:
        """Return the assurance of the node's verdict, ``None`` unless it is a PASS."""
        return _SURE[self.assurances[self.merged[node] if self.merged[node] >= 0 else node]]

    def there(self, node: int) -> bool:
        """Say whether there is such a node and its record is whole."""
        return 0 <= node < self._count and self.parents[node] != MISSING

    def children(self, node: int) -> list[int]:
        """Return the children of a node, in order of insertion."""
        if self._children is None:
            self._children = [[] for _ in range(self._count)]
            for child in range(1, self._count):
                if self.parents[child] >= 0:
                    self._children[self.parents[child]].append(child)
        return self._children[node]

    def path(self, node: int) -> list[int] | None:
        """Return the nodes from below the root to `node`; ``None`` if one of them is missing."""
        found: list[int] = []
        while node > 0:
            found.append(node)
            node = self.parents[node]
        return None if node == MISSING else found[::-1]

    def texts(self, nodes: Iterable[int]) -> dict[int, tuple[Added | None, Judged | None]]:
        """Return what is kept of the given nodes: how they came about, and what was said of them."""
        found: dict[int, tuple[Added | None, Judged | None]] = {}
        far = []
        for node in nodes:
            added, judged = self.added.get(node), self.judged.get(node)
            found[node] = (added, judged)
            if (added is None and self.added_seq[node] >= 0) or (
                judged is None and self.judged_seq[node] >= 0
            ):
                far.append(node)
        if far and self.fetch is not None:
            found.update(self.fetch(self, far))
        return found

    def thought(self, node: int, before: int | None = None) -> str:
        """Return the line of attack at a node as it was at event `before`, or as it was in the end.

        A critic rewrites thoughts in place; what was made before followed the older one.
        """
        for seq, text in reversed(self.revisions.get(node, ())):
            if before is None or seq < before:
                return text
        added = self.texts([node])[node][0]
        return "" if added is None else str(added.proposal.get("thought", ""))

    def source(self, node: int) -> str | None:
        """Return the text of a node's program."""
        added = self.texts([node])[node][0]
        return None if added is None else added.source
