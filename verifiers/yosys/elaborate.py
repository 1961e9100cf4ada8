"""From Verilog to a netlist of simple cells that keeps what is undefined undefined."""

from __future__ import annotations

import re
from dataclasses import replace

from proofsmith.verifiers.yosys.drivers import several_drivers
from proofsmith.verifiers.yosys.maps import MAPS, OWN
from proofsmith.verifiers.yosys.netlist import Netlist, Unsupported, read_netlist
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design, complete, hierarchical_name


def _mapping(warm: bool) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """Return the files and the commands that map cells to gates; warm processes hold the maps already."""
    if warm:
        return (), [f"techmap -map %{name}" for name in MAPS]
    files = tuple((f"{name}.v.map", text) for name, text in MAPS.items())
    commands = [f"techmap -map {name}" for name, _ in files]
    return files, [*commands[:-1], f"{commands[-1]} -map {OWN}"]


_SUMS = re.compile(r"^  cell \$(?P<kind>add|sub|neg|mul|macc|macc_v2) ", re.MULTILINE)
_MERGING = ("alumacc", "maccmap")


def elaborate(pool: YosysPool, design: Design, seconds: float, *, merged: bool = False) -> Netlist:
    """Return the flat netlist of a design, not optimised in any way that resolves undefined values.

    With `merged`, sums are mapped as `proofsmith.verifiers.yosys.merging` tells.

    Raises:
        Unreadable: Yosys cannot read or build it.
        Unsupported: something in it cannot be judged (inout ports, tri-state, a combinational loop).
        OutOfTime, ToolMissing, ToolFailure: as `complete`.
    """
    files, mapping = _mapping(pool.warm)
    script = [
        "proc -norom",
        "setattr -mod -unset keep_hierarchy",
        "write_rtlil modules.il",
        "flatten",
        "write_rtlil drivers.il",
        "chformal -remove",
        "opt_expr -keepdc",
        "opt_clean",
        "memory_collect",
        "memory_map",
        "opt_expr -keepdc",
        *(_MERGING if merged else ()),
        *mapping,
        "opt_expr -keepdc",
        "opt_clean",
        "write_json netlist.json",
    ]
    outcome = complete(pool, design, script, seconds, ("netlist.json", "drivers.il", "modules.il"), files)
    name = hierarchical_name(outcome)
    if name:
        raise Unsupported(f"the hierarchical name {name} cannot be judged")
    twice = several_drivers(outcome.files["drivers.il"], design.top, outcome.files["modules.il"])
    if twice is not None:
        raise Unsupported(f"{twice} has several drivers")
    netlist = read_netlist(outcome.files["netlist.json"], design.top)
    if netlist.inouts:
        raise Unsupported(f"inout port {netlist.inouts[0]} cannot be judged")
    kinds = [match["kind"] for match in _SUMS.finditer(outcome.files["drivers.il"])]
    return replace(netlist, sums=len(kinds) + kinds.count("mul"))
