"""Whole searches: designs that get better with a proof, modules written from tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from proofsmith.agents.engine import Host, SearchSettings, Solution, solve
from proofsmith.agents.policies.verilog.policy import ORIGINAL, VerilogPolicy, ranked
from proofsmith.budget import Budget
from proofsmith.cli.optimised import optimisation_lines
from proofsmith.environments.load import load
from proofsmith.environments.verilog import VerilogLoader, optimize
from proofsmith.errors import BadInput
from proofsmith.events import Event
from proofsmith.protocols import NodeView
from proofsmith.tree import Tree
from proofsmith.types import Assurance, Task
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verilog_spec import VerilogSpec

EXAMPLES = Path(__file__).parents[2] / "examples" / "verilog"


class Kept:
    """A recorder that keeps what happened."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def record(self, event: Event) -> None:
        self.events.append(event)

    def record_all(self, events: Sequence[Event]) -> None:
        self.events += events


def optimised(path: Path, toolbox: Toolbox, calls: int, objective: str = "area") -> Solution:
    (task,) = VerilogLoader().load(str(path))
    task = optimize(task, objective, None)
    budget = Budget(seconds=120, verifier_calls=calls)
    return solve(task, SearchSettings(policy="verilog"), budget, Host(Kept(), toolbox))


@pytest.mark.parametrize(
    ("name", "rule", "calls"),
    [("detector", "merge-states", 2), ("prescaler", "narrow", 2), ("two_phases", "merge-registers", 2),
     ("scale", "shift-and-add", 2), ("sums", "common-part", 2), ("router", "share-operators", 2),
     ("twin_shift", "opposite-register", 2), ("decade", "simplify-tests", 2),
     ("handshake.sv", "dependent-register", 3), ("two_filters", "share-operators", 2),
     ("phases", "dependent-register", 2), ("lean_unit", "share-operators", 4)],
)  # fmt: skip
def test_examples_get_better_with_a_proof(name, rule, calls, toolbox):
    solution = optimised(EXAMPLES / (name if "." in name else f"{name}.v"), toolbox, calls)
    assert solution.solved
    assert solution.node is not None
    path = solution.tree.path(solution.node)[1:]
    assert path[0].proposal is not None
    assert path[0].proposal.operator == ORIGINAL
    operators = [n.proposal.operator for n in path if n.proposal is not None]
    assert rule in operators
    for node in path:
        assert node.verdict is not None
        assert node.verdict.accepts(Assurance.PROVED)
    first, last = path[0].verdict, path[-1].verdict
    assert first is not None
    assert last is not None
    assert dict(last.metrics)["area"] < dict(first.metrics)["area"]


def test_what_nothing_improves_is_its_own_answer(tmp_path, toolbox):
    path = tmp_path / "gate.v"
    path.write_text("module gate(input a, b, output y);\n  assign y = a & b;\nendmodule\n")
    solution = optimised(path, toolbox, 10)
    assert solution.solved
    assert solution.candidate is not None
    assert solution.candidate.source == path.read_text()
    spec = VerilogSpec("gate", path.read_text(), objective="area")
    assert "no rewrite was found" in optimisation_lines(spec, solution)[-1]


def test_rewrites_that_gain_nothing_are_told(tmp_path, toolbox):
    path = tmp_path / "parity.v"
    path.write_text("module parity(input a, b, c, output y);\n  assign y = a ^ b ^ c;\nendmodule\n")
    solution = optimised(path, toolbox, 2)
    spec = VerilogSpec("parity", path.read_text(), objective="area")
    assert "nothing that was tried" in optimisation_lines(spec, solution)[-1]


def test_the_table_has_before_after_and_the_proof_of_each_step(toolbox):
    solution = optimised(EXAMPLES / "two_phases.v", toolbox, 2)
    spec = VerilogSpec("two_phases", objective="area")
    lines = optimisation_lines(spec, solution)
    assert lines[0].split() == ["cells", "area", "depth", "flip-flops", "switching"]
    assert lines[1].startswith("  original, synth; abc")
    assert lines[2].split()[-2] == "6"  # flip-flops
    assert "-50.0 %" in lines[3]
    assert any("merge-registers" in line for line in lines)
    assert any("PROVED" in line for line in lines)
    assert not optimisation_lines("no hardware", solution)


def test_children_of_an_improved_design_are_expanded(toolbox):
    solution = optimised(EXAMPLES / "quadrant.v", toolbox, 7)
    assert max(node.depth for node in solution.tree) >= 3
    assert all(
        n.reward is not None and n.reward >= 0.5 for n in solution.tree if n.id in solution.tree.passed
    )


def test_proposals_are_whole_files_and_never_come_twice():
    source = (EXAMPLES / "alu.v").read_text()
    found = ranked(source, VerilogSpec("alu", source, objective="area"))
    texts = [r.rewrite.source for r in found]
    assert len(set(texts)) == len(texts) > 3
    assert all(t.startswith("// A small arithmetic unit") and "// sum of the operands" in t for t in texts)
    assert [r.weight for r in found] == sorted((r.weight for r in found), reverse=True)


def test_a_text_that_cannot_be_read_has_no_rewrites():
    assert ranked("module broken(", VerilogSpec("broken", objective="area")) == []


def test_a_chain_of_thousands_of_operators_is_no_crash():
    chain = " ^ ".join(f"a[{i % 8}]" for i in range(5000))
    source = f"module m(input [7:0] a, input s, output x, y);\n  assign x = {chain};\nendmodule\n"
    assert isinstance(ranked(source, VerilogSpec("m", source, objective="area")), list)


@pytest.mark.parametrize("name", ["majority", "lock", "odd_sum"])
def test_modules_are_written_from_tables_and_proved(name, toolbox):
    (task,) = load(str(EXAMPLES / f"{name}.verilog.toml"))
    solution = solve(task, SearchSettings(policy="verilog"), Budget(seconds=60), Host(Kept(), toolbox))
    assert solution.solved
    assert solution.verdict is not None
    assert solution.verdict.assurance is Assurance.PROVED
    assert solution.candidate is not None
    assert "case (" not in solution.candidate.source or name == "lock"


def written(prompt: str) -> list[str]:
    spec = VerilogSpec("Top", goal="implement", prompt=prompt)
    task = Task[VerilogSpec]("t", prompt, "verilog", spec, ("yosys",))
    view = NodeView(node=Tree()[0], path=(Tree()[0],), width=8)
    answer = VerilogPolicy.create(()).propose(task, view, Budget())
    assert answer.exhausted
    return [p.candidate.source for p in answer.items if p.candidate is not None]


PORTS = " - input clk\n - input d\n - output q\n"


def test_a_waveform_becomes_a_register():
    rows = [(0, 0, "x"), (1, 0, "1"), (0, 1, "1"), (1, 1, "0"), (0, 0, "0"), (1, 0, "1"), (0, 0, "1")]
    lines = [f"  {5 * i}ns {c} {d} {q}" for i, (c, d, q) in enumerate(rows)]
    (text, *_) = written(PORTS + "\n  time clk d q\n" + "\n".join(lines))
    assert "always @(posedge clk)" in text
    assert "q <= ~d;" in text


def test_a_waveform_of_a_selector_becomes_a_case():
    ports = " - input s (2 bits)\n - input x (8 bits)\n - input y (8 bits)\n - output z (8 bits)\n"
    rows = "  time s x y z\n  0ns 0 a1 b2 a1\n  5ns 1 a1 b2 b2\n  10ns 2 a1 b2 ff\n  15ns 3 a1 b2 ff\n"
    (text,) = written(ports + rows)
    assert "2'd0: z = x;" in text
    assert "2'd1: z = y;" in text
    assert "default: z = 8'd255;" in text


def test_free_cells_make_logic_smaller():
    (text,) = written(
        " - input a\n - input b\n - output y\n\n a | b | y\n 0 | 0 | 0\n 0 | 1 | d\n 1 | - | 1\n"
    )
    assert "assign y = a;" in text


def test_prose_gives_nothing_to_write():
    assert written(PORTS + "\nImplement an arbiter.\n") == []


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("inputs = [", "not TOML"),
        ('inputs = ["a"]\noutputs = ["y"]\ncolour = 1\ntable = "a y"', "unknown key"),
        ('inputs = ["a"]\noutputs = ["y"]', "give one of"),
        ('inputs = ["a b"]\noutputs = ["y"]\ntable = "x"', "is no port"),
        ('inputs = []\noutputs = ["y"]\ntable = "x"', "must be a list"),
        ('inputs = ["a"]\noutputs = ["y"]\ntable = "nothing"', "table cannot be read"),
        ('inputs = ["a"]\noutputs = ["y"]\n[formulas]\ny = "a +"', "formulas cannot be read"),
        ('inputs = ["a"]\noutputs = ["y"]\nmachine = "A (y=0) --a=1--> B"', "machine cannot be read"),
    ],
)
def test_descriptions_that_cannot_be_used_are_refused(text, cause, tmp_path):
    path = tmp_path / "task.verilog.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=cause):
        load(str(path))
