"""Verilog: designs to be made better, and modules to be written from words."""

from __future__ import annotations

import re

from proofsmith.agents.contracts.contract import Broken
from proofsmith.agents.policies.model.cutting import cut_program
from proofsmith.agents.policies.model.hardware_answers import descriptions_for
from proofsmith.agents.policies.model.languages.base import MAX_PROGRAM, SPECIFICATION, PlainLanguage
from proofsmith.agents.policies.model.plans import PlanForm
from proofsmith.types import Candidate, Task
from proofsmith.verifiers.yosys.source_check import complaints
from proofsmith.verilog_spec import VerilogSpec

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


class VerilogLanguage(PlainLanguage):
    """Candidates are whole files that define the top module."""

    def __init__(self) -> None:
        super().__init__("verilog", ("verilog", "systemverilog", "sv", "v"))

    def specification(self, task: Task[VerilogSpec], limit: int = SPECIFICATION) -> str:
        """Return the design to be made better, or the prompt and header of the module to be written.

        A prompt that is the task's statement is not repeated. The reference of a module to be written and the
        bench that judges it stay hidden.
        """
        spec = task.spec
        if spec.goal != "optimize":
            prompt = "" if spec.prompt.strip() in task.statement else spec.prompt
            parts = [prompt, spec.header, f"// The module is called {spec.top}."]
        else:
            goal = (
                f"// Minimise {spec.objective}; keep the module {spec.top} equivalent."
                if spec.objective
                else ""
            )
            parts = [goal, spec.source]
        parts += [f"// {name}\n{cut_program(text, 'verilog', limit // 4)}" for name, text in spec.files]
        return cut_program(
            "\n\n".join(p.strip("\n") for p in parts if p.strip()) + "\n", "verilog", limit, (spec.top,)
        )

    def base(self, task: Task[VerilogSpec]) -> str:
        """The design to be made better."""
        return task.spec.source if task.spec.goal == "optimize" else ""

    def admit(self, task: Task[VerilogSpec], source: str, cut: bool = False) -> Candidate:
        """Return the file if it defines the top module, whole, and holds nothing that is forbidden."""
        spec = task.spec
        if len(source) > MAX_PROGRAM:
            raise Broken(f"the design is longer than {MAX_PROGRAM:,} characters")
        bare = _COMMENT.sub(" ", source)
        if not re.search(rf"\bmodule\s+{re.escape(spec.top)}\b", bare):
            raise Broken(f"the design does not define the module {spec.top}")
        if cut or len(re.findall(r"\bmodule\b", bare)) != len(re.findall(r"\bendmodule\b", bare)):
            raise Broken("the design is cut off")
        found = complaints(source, [name for name, _ in spec.files])
        if found:
            raise Broken(found[0].message)
        if spec.goal == "optimize" and bare.split() == _COMMENT.sub(" ", spec.source).split():
            raise Broken("the design is unchanged")
        return Candidate(source if source.endswith("\n") else source + "\n", "verilog")

    def plans(self, task: Task[VerilogSpec]) -> PlanForm:
        """Descriptions of the module to be written; lines of attack on a design to be made better."""
        return descriptions_for(task.spec) if task.spec.goal == "implement" else super().plans(task)

    def keep(self, task: Task[VerilogSpec]) -> tuple[str, ...]:
        """The top module."""
        return (task.spec.top,)
