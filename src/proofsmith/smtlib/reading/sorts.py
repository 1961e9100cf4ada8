"""Reading sorts: ``Int``, ``(_ BitVec 8)``, ``(BitVec 8)`` of the older dialect, and defined names."""

from __future__ import annotations

from collections.abc import Mapping

from proofsmith.smtlib.sexpr import Atom, Node, Text
from proofsmith.smtlib.signature import MAX_WIDTH
from proofsmith.smtlib.terms import BOOL, INT, STRING, Sort, bitvec

_NAMED = {"Int": INT, "Bool": BOOL, "String": STRING}
_HINT = "sorts are Int, Bool, String and (_ BitVec n)"


def read_sort(node: Node, source: Text, defined: Mapping[str, Sort] | None = None) -> Sort:
    """Return the sort that `node` writes.

    Raises:
        BadInput: unknown or unsupported sort.
    """
    if isinstance(node, Atom):
        sort = _NAMED.get(node.text) or (defined or {}).get(node.text)
        if node.kind == "symbol" and sort is not None:
            return sort
        known = "unsupported" if node.text in ("Real", "RegLan", "Float32", "Float64") else "unknown"
        raise source.error(f"{known} sort {node.text[:60]!r}", node.start, hint=_HINT)
    items = node.items
    words = [i.text for i in items if isinstance(i, Atom)]
    if len(words) == len(items) and words[-2:-1] == ["BitVec"] and words[:-2] in ([], ["_"]):
        width = items[-1]
        assert isinstance(width, Atom)
        if width.kind == "numeral" and len(width.text) < 7 and 1 <= int(width.text) <= MAX_WIDTH:
            return bitvec(int(width.text))
        raise source.error(f"a bit-vector has 1 to {MAX_WIDTH} bits", width.start)
    name = words[0] if words else ""
    if name in ("Array", "Set", "Seq", "Tuple", "Enum", "RegEx"):
        raise source.error(f"unsupported sort {name}", node.start, hint=_HINT)
    raise source.error("this is not a sort", node.start, hint=_HINT)
