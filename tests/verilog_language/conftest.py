"""Circuits described in words, and what is written for them."""

from collections.abc import Callable

import pytest

from proofsmith.agents.policies.verilog.components import component_text
from proofsmith.verilog.prompts.components import read_component
from proofsmith.verilog.prompts.description import Interface
from proofsmith.verilog.prompts.ports import read_interface


@pytest.fixture
def interface() -> Callable[[str, str], Interface]:
    """Return a function that makes an interface of inputs and outputs, such as ``"d (4 bits),clk"``."""

    def make(inputs: str, outputs: str) -> Interface:
        lines = [f"- input {p}" for p in inputs.split(",") if p]
        lines += [f"- output {p}" for p in outputs.split(",")]
        found = read_interface("\n".join(lines), "M")
        assert found is not None
        return found

    return make


@pytest.fixture
def text_for(interface: Callable[[str, str], Interface]) -> Callable[[str, str, str], str]:
    """Return a function that writes what a prompt describes."""

    def write(prompt: str, inputs: str, outputs: str) -> str:
        ports = interface(inputs, outputs)
        component = read_component(prompt, ports)
        assert component is not None
        return component_text(component, ports)

    return write
