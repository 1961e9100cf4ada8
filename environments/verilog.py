"""Tasks from Verilog: a design to be made better (``design.v``)."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from proofsmith.environments.reading import read_text
from proofsmith.errors import BadInput
from proofsmith.types import Assurance, Origin, Task
from proofsmith.verilog_spec import OBJECTIVES, VerilogSpec
from proofsmith.verilog_text import code, module_names, top_modules

MAX_BYTES = 32_000_000
"""Largest design that is read, in bytes; netlists are large."""
_SUFFIXES = (".v", ".sv")


class VerilogLoader:
    """Loader of ``design.v`` and ``design.sv``: one task, to make the design better."""

    def accepts(self, path: str) -> bool:
        """Say whether the name is that of a Verilog file."""
        return path.endswith(_SUFFIXES)

    def load(self, path: str, *, select: str | None = None) -> tuple[Task, ...]:
        """Return the file's task; `select` names its top module.

        Raises:
            BadInput: it defines no module, leaves open which one is meant, or includes what cannot be read.
        """
        text = read_text(path, MAX_BYTES).text
        top = choose_top(text, path, select)
        spec = VerilogSpec(top, text, files=included_files(text, path))
        return (
            Task[VerilogSpec](
                id=Path(path).name,
                statement=f"Rewrite module {top} and keep it equivalent.",
                language="verilog",
                spec=spec,
                verifiers=("yosys",),
                assurance=Assurance.PROVED,
                origin=Origin(path=path),
            ),
        )


def optimize(task: Task, objective: str, library: str | None) -> Task[VerilogSpec]:
    """Return a task to make a design better by `objective`, mapped to a Liberty file if one is named.

    Raises:
        BadInput: the task is no design, the objective is unknown, or the library cannot be used.
    """
    path = task.origin.path or None
    if not isinstance(task.spec, VerilogSpec) or task.spec.goal != "optimize":
        raise BadInput("--optimize is for a Verilog design", path=path, hint="give a .v or .sv file")
    if objective not in OBJECTIVES:
        raise BadInput(f"unknown objective {objective!r}", hint=f"known: {', '.join(OBJECTIVES)}")
    liberty = "" if library is None else read_liberty(library)
    spec = replace(task.spec, objective=objective, liberty=liberty)
    words = {"area": "smaller", "depth": "shallower", "cells": "smaller (in cells)", "power": "switch less"}
    statement = f"Make module {spec.top} {words[objective]} and keep it equivalent."
    return replace(task, spec=spec, objective=objective, statement=statement)


def choose_top(text: str, path: str, select: str | None = None) -> str:
    """Return the module that a design is about.

    Raises:
        BadInput: there is no module, none of that name, or several that nothing instantiates.
    """
    names = module_names(text)
    if not names:
        vhdl = re.search(r"^\s*entity\s+\w+\s+is\b", text, re.IGNORECASE | re.MULTILINE) is not None
        hint = "this is VHDL; only Verilog and SystemVerilog are read" if vhdl else None
        raise BadInput("it defines no module", path=path, hint=hint)
    if select is not None:
        if select not in names:
            raise BadInput(
                f"there is no module {select}", path=path, hint=f"it defines {', '.join(names[:8])}"
            )
        return select
    tops = top_modules(text)
    if len(tops) != 1:
        what = (
            f"{len(tops)} modules could be the top: {', '.join(tops[:5])}" if tops else "no module is the top"
        )
        raise BadInput(what, path=path, hint="say which with --top MODULE")
    return tops[0]


def included_files(text: str, path: str) -> tuple[tuple[str, str], ...]:
    """Return the files that a design includes, directly or not, as (name, text).

    Raises:
        BadInput: one is outside the design's folder or cannot be read.
    """
    folder = Path(path).parent
    found: dict[str, str] = {}
    todo = [(text, path)]
    while todo:
        source, owner = todo.pop()
        for name, line in _includes(source):
            if name in found:
                continue
            target = folder / name
            if Path(name).is_absolute() or not target.resolve().is_relative_to(folder.resolve()):
                hint = "only files in the design's own folder may be included"
                raise BadInput(f"it includes {name}, which is outside its folder", owner, line, hint)
            try:
                found[name] = read_text(str(target), MAX_BYTES).text
            except BadInput as error:
                raise BadInput(f"it includes {name}: {error.cause}", owner, line) from None
            todo.append((found[name], str(target)))
    return tuple(found.items())


def _includes(text: str) -> list[tuple[str, int]]:
    found = []
    before = ""
    for token in code(text):
        if before == "`include" and token.kind == "string":
            found.append((token.text.strip('"').removeprefix("./"), token.line))
        before = token.text
    return found


_CELL = re.compile(r"\bcell\s*\(\s*\"?(?P<name>[^)\"\s]+)\"?\s*\)")
_AREA = re.compile(r"\barea\s*:\s*(?P<value>[^;\n]+)")


def read_liberty(path: str) -> str:
    """Return the text of a Liberty cell library whose areas make sense.

    Raises:
        BadInput: it defines no cell, or an area is negative or no number.
    """
    text = read_text(path, MAX_BYTES).text
    bare = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.DOTALL)
    if _CELL.search(bare) is None:
        raise BadInput("it defines no cell", path=path, hint="give a Liberty (.lib) cell library")
    for match in _AREA.finditer(bare):
        line = bare.count("\n", 0, match.start()) + 1
        try:
            area = float(match["value"].strip().strip('"'))
        except ValueError:
            raise BadInput(f"the area {match['value'].strip()!r} is not a number", path, line) from None
        if not 0 <= area < float("inf"):
            raise BadInput(f"the area {area:g} cannot be", path, line, "areas are numbers of at least 0")
    return text
