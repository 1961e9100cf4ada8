"""Sharing behind names: a result that is computed on a wire of its own is put where it is used first.

``wire [15:0] ab = a * b; ... if (s) y = ab; else y = cd;`` holds two multipliers on paths that exclude
each other, which rules for expressions do not see. Forwarding alone changes nothing after synthesis, so
a step is forwarding and one sharing rule together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from proofsmith.agents.policies.verilog.patterns import apply_patterns
from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite
from proofsmith.agents.policies.verilog.sharing import share_operators
from proofsmith.errors import BadInput
from proofsmith.verilog.edits import Edit, apply, replace_expression
from proofsmith.verilog.sites import Site, exclusive
from proofsmith.verilog.syntax import Binary, Choice, Expr, Index, Name, Slice, names, walk

_COSTLY = frozenset({"+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!="})
_WRAPS = frozenset({"+", "-", "*"})
"""Operators whose low bits depend on the low bits of their operands alone."""
_MAX_USES = 8
_MAX_WIRES = 12
_LEAST_WEIGHT = 2.0
"""Patterns that are worth trying behind a name: those that save an operator."""


def share_behind_names(design: Design) -> Iterator[Rewrite]:
    """Forward wires that hold costly operators, all that can be and each alone; then share operators."""
    wires = _wires(design)
    merged = _reused(design)
    if merged is not None:
        yield from share_behind_names(merged)
    sets = [tuple(wires)] if wires else []
    sets += [(name,) for name in wires] if len(wires) > 1 else []
    for chosen in sets:
        edits = [edit for name in chosen for edit in wires[name]]
        try:
            source = apply(design.source, edits)
            after = Design.of(source, design.module.name)
        except (ValueError, BadInput):
            continue
        told = f"With {', '.join(chosen[:3])}{', ...' if len(chosen) > 3 else ''} where it is used: "
        for rule in (share_operators, apply_patterns):
            for r in rule(after):
                if rule is share_operators or r.weight >= _LEAST_WEIGHT:
                    yield replace(r, thought=told + r.thought)


def _reused(design: Design) -> Design | None:
    """The design with what another signal holds anyway named by it; ``None`` if there is no such thing."""
    held: dict[Expr, str] = {
        f.value: name
        for name, f in design.states.functions.items()
        if f.always is None and isinstance(f.value, Binary | Choice) and not design.scope.signed(f.value)
    }
    edits = []
    for site in design.sites:
        name = held.get(site.expr)
        same = name is not None and design.scope.signal_width(name) == site.width
        own = name is not None and site.expr is design.states.functions[name].value
        if same and name is not None and not own and site.expr.at[0] >= 0 and name not in site.frozen:
            edits.append(replace_expression(design.source, site.expr, Name(name)))
    try:
        return Design.of(apply(design.source, edits), design.module.name) if edits else None
    except (ValueError, BadInput):
        return None


def _wires(design: Design) -> Mapping[str, list[Edit]]:
    """What to put where, for each internal wire whose uses exclude each other."""
    found: dict[str, list[Edit]] = {}
    places: dict[str, list[Site]] = {}
    for site in design.sites:
        if isinstance(site.expr, Name) and site.expr.at[0] >= 0:
            places.setdefault(site.expr.name, []).append(site)
        elif isinstance(site.expr, Slice) and isinstance(site.expr.base, Name) and site.expr.at[0] >= 0:
            places.setdefault(site.expr.base.name, []).append(site)
    for name, f in design.states.functions.items():
        signal = design.scope.signals.get(name)
        if signal is None or signal.direction or signal.signed or f.always is not None:
            continue
        if not any(isinstance(n, Binary) and n.operator in _COSTLY for n in walk(f.value)):
            continue
        uses = _outer(places.get(name, []), name)
        if 1 <= len(uses) <= _MAX_USES and len(uses) == _mentions(design, name):
            edits = [_forwarded(design, site, name, f.value) for site in uses]
            apart = all(exclusive(design.scope, a, b) is not None for a, b in combinations(uses, 2))
            if apart and all(e is not None for e in edits):
                found[name] = [e for e in edits if e is not None]
        if len(found) >= _MAX_WIRES:
            break
    return found


def _outer(sites: list[Site], name: str) -> list[Site]:
    """The uses, a slice rather than the name within it."""
    within = {id(s.expr.base) for s in sites if isinstance(s.expr, Slice)}
    return [s for s in sites if id(s.expr) not in within and name in names(s.expr)]


def _mentions(design: Design, name: str) -> int:
    """How often a module names a signal, besides where it is declared and assigned."""
    count = 0
    for item in design.module.items:
        for node in walk(item):
            count += isinstance(node, Name) and node.name == name
            if isinstance(node, Index) and isinstance(node.base, Name) and node.base.name == name:
                return _MAX_USES + 1
    targets = sum(
        isinstance(getattr(item, "target", None), Name) and item.target.name == name  # type: ignore[union-attr]
        for item in design.module.items
    )
    return count - targets


def _forwarded(design: Design, site: Site, name: str, value: Expr) -> Edit | None:
    """The value in place of one use, where it means the same there."""
    width = design.scope.signal_width(name)
    if site.frozen & names(value) or design.scope.signed(value) or width is None or site.width is None:
        return None
    kept = width
    if isinstance(site.expr, Slice):
        low, high = design.scope.value(site.expr.right), design.scope.value(site.expr.left)
        if low != 0 or high is None or not isinstance(value, Binary) or value.operator not in _WRAPS:
            return None
        kept = high + 1
    own = design.scope.width(value)
    exact = own is not None and own <= kept and not _grows(value)
    if site.width != kept and not exact:
        return None
    return replace_expression(design.source, site.expr, value)


def _grows(value: Expr) -> bool:
    """Whether a wider context would keep bits that a narrower one drops."""
    return any(isinstance(n, Binary) and n.operator in ("+", "-", "*", "<<") for n in walk(value))
