'''Modules to be written from a table, formulas or a state machine: ``name.verilog.toml``, one task a file::

    statement = "The majority of three votes."
    module = "majority"                  # name of the module; that of the file if left out
    inputs = ["a", "b", "c"]             # "x[3:0]" for several bits
    outputs = ["y"]

    table = """                          # one of: a truth table,
    a b c | y
    0 0 - | 0                            # a free input stands for 0 and 1; a free output for any value
    """
    formulas = { y = "a & b | c" }       # a formula in Verilog for each output,
    machine = """                        # or the transitions of a Moore machine
    IDLE (y=0) --a=1--> BUSY
    """
    reset_state = "IDLE"                 # of a machine; the first state if left out
    asynchronous = false                 # whether its reset is; the input is found by its name

The description written down as it stands is the reference, and a solution is proved equivalent to it.
'''

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from proofsmith.environments.reading import read_text
from proofsmith.errors import BadInput
from proofsmith.types import Assurance, Origin, Task
from proofsmith.verilog.prompts.description import Interface, Port
from proofsmith.verilog.prompts.formulas import read_formulas
from proofsmith.verilog.prompts.grids import read_truth_table
from proofsmith.verilog.prompts.transcribe import formulas_module, header_text, machine_module, table_module
from proofsmith.verilog.prompts.transitions import read_machine
from proofsmith.verilog_spec import VerilogSpec

SUFFIX = ".verilog.toml"
_KEYS = (
    "statement", "module", "inputs", "outputs", "table", "formulas", "machine", "reset_state", "asynchronous",
)  # fmt: skip
_PORT = re.compile(r"([A-Za-z_]\w*)(?:\[(\d+):0\])?\Z")


class VerilogTableLoader:
    """Loader of ``path.verilog.toml``."""

    def accepts(self, path: str) -> bool:
        """Say whether the name is that of such a task."""
        return path.endswith(SUFFIX)

    def load(self, path: str, *, select: str | None = None) -> tuple[Task, ...]:
        """Return the file's task.

        Raises:
            BadInput: the file is no TOML, lacks something, or its description cannot be read.
        """
        if select is not None:
            raise BadInput("this file is one task, so there is nothing to choose from", path=path)
        data = _data(path)
        module = str(data.get("module") or Path(path).name.removesuffix(SUFFIX))
        interface = Interface(module, (*_ports(data, "inputs", path), *_ports(data, "outputs", path)))
        prompt, reference = _described(data, interface, path)
        spec = VerilogSpec(
            top=module,
            source=reference,
            goal="implement",
            prompt=prompt,
            header=header_text(interface),
        )
        return (
            Task[VerilogSpec](
                id=Path(path).name,
                statement=str(data.get("statement") or f"Write module {module}."),
                language="verilog",
                spec=spec,
                verifiers=("yosys",),
                assurance=Assurance.PROVED,
                origin=Origin(path=path),
            ),
        )


def _data(path: str) -> dict[str, Any]:
    try:
        data = tomllib.loads(read_text(path).text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise BadInput(f"not TOML: {error}", path=path, line=int(line[1]) if line else None) from None
    unknown = [key for key in data if key not in _KEYS]
    if unknown:
        raise BadInput(f"unknown key {unknown[0]!r}", path=path, hint=f"known: {', '.join(_KEYS)}")
    given = [key for key in ("table", "formulas", "machine") if data.get(key)]
    if len(given) != 1:
        raise BadInput("give one of table, formulas and machine", path=path)
    return data


def _ports(data: dict[str, Any], key: str, path: str) -> tuple[Port, ...]:
    listed = data.get(key)
    if not isinstance(listed, list) or not listed:
        raise BadInput(
            f"{key} must be a list of names", path=path, hint=f'for example {key} = ["a", "x[3:0]"]'
        )
    found = []
    for text in listed:
        match = _PORT.match(str(text))
        if match is None:
            raise BadInput(f"{text!r} is no port", path=path, hint='write "a", or "x[3:0]" for several bits')
        found.append(Port(match[1], key.removesuffix("s"), int(match[2] or 0) + 1))
    return tuple(found)


def _described(data: dict[str, Any], interface: Interface, path: str) -> tuple[str, str]:
    """The prompt that says what is wanted, and the reference module."""
    if data.get("table"):
        text = str(data["table"])
        table = read_truth_table(text, interface)
        bits = {bit for p in interface.outputs for bit in p.bits()}
        if table is None or set(table.outputs) != bits:
            hint = "the first line names the bits of inputs and outputs, the others have 0, 1 or - for each"
            raise BadInput("the table cannot be read", path=path, hint=hint)
        return text, table_module(table, interface)
    if data.get("formulas"):
        formulas = {str(k): str(v) for k, v in dict(data["formulas"]).items()}
        text = "\n".join(f"{name} = {formula}" for name, formula in formulas.items())
        if read_formulas(text, interface) is None:
            hint = "give every output a Verilog expression of the inputs"
            raise BadInput("the formulas cannot be read", path=path, hint=hint)
        return text, formulas_module(formulas, interface)
    text = str(data["machine"])
    if data.get("reset_state"):
        text += f"\nThe reset state is {data['reset_state']}.\n"
    if data.get("asynchronous"):
        text += "The reset is asynchronous.\n"
    machine = read_machine(text, interface)
    if machine is None or not machine.clock:
        hint = "lines like A (out=0) --in=1--> B, and an input called clk"
        raise BadInput("the machine cannot be read", path=path, hint=hint)
    return text, machine_module(machine, interface)
