"""Tasks from designs and from folders of published suites, and every way that they cannot be read."""

from pathlib import Path

import pytest

from proofsmith import codec
from proofsmith.environments.load import load
from proofsmith.environments.verilog import optimize, read_liberty
from proofsmith.environments.verilog_suites import with_proof
from proofsmith.errors import BadInput
from proofsmith.types import Assurance
from proofsmith.verilog_spec import VerilogSpec
from proofsmith.verilog_text import instantiated, module_names, tokens, top_modules

LEAF = "module leaf(input a, output y);\nassign y = ~a;\nendmodule\n"
TOP = "module main(input a, output y);\nleaf u(.a(a), .y(y));\nendmodule\n"


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def test_a_design_is_a_task_about_its_top_module(tmp_path: Path) -> None:
    (task,) = load(write(tmp_path, "d.v", LEAF + TOP))
    assert isinstance(task.spec, VerilogSpec)
    assert task.spec.top == "main"
    assert task.language == "verilog"
    assert task.verifiers == ("yosys",)
    assert task.assurance is Assurance.PROVED
    assert codec.loads(codec.dumps(task)) == task


def test_the_top_can_be_chosen_and_must_be_where_there_are_two(tmp_path: Path) -> None:
    two = write(tmp_path, "two.v", LEAF + LEAF.replace("leaf", "other"))
    with pytest.raises(BadInput, match=r"leaf, other.*--top"):
        load(two)
    assert load(two, function="other")[0].spec.top == "other"
    with pytest.raises(BadInput, match="no module none"):
        load(two, function="none")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("// nothing here\n", "defines no module"),
        (LEAF.replace("endmodule", "leaf u(a, y);\nendmodule") + TOP + TOP.replace("main", "again"), "top"),
        ('`include "../secret.v"\n' + LEAF, "outside its folder"),
        ('\n`include "/etc/passwd"\n' + LEAF, ":2: it includes /etc/passwd"),
        ('`include "missing.vh"\n' + LEAF, "missing.vh"),
        ("", "empty"),
    ],
)
def test_designs_that_cannot_be_tasks(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        load(write(tmp_path, "d.v", text))
    assert message in str(caught.value)


def test_included_files_come_along_and_only_those_of_the_folder(tmp_path: Path) -> None:
    write(tmp_path, "width.vh", '`include "deeper.vh"\n')
    write(tmp_path, "deeper.vh", "`define WIDTH 4\n")
    (task,) = load(write(tmp_path, "d.v", '`include "width.vh"\n' + LEAF))
    assert dict(task.spec.files) == {"width.vh": '`include "deeper.vh"\n', "deeper.vh": "`define WIDTH 4\n"}
    (tmp_path / "link.vh").symlink_to("/etc/hostname")
    with pytest.raises(BadInput, match="outside its folder"):
        load(write(tmp_path, "e.v", '`include "link.vh"\n' + LEAF))


def test_an_objective_is_the_name_of_a_metric(tmp_path: Path) -> None:
    (task,) = load(write(tmp_path, "d.v", LEAF))
    better = optimize(task, "depth", None)
    assert better.objective == better.spec.objective == "depth"
    with pytest.raises(BadInput, match="area, depth, cells, power"):
        optimize(task, "beauty", None)
    lib = write(tmp_path, "x.lib", 'library(l) { cell("INV") { area : 1.5; } }')
    assert "INV" in optimize(task, "area", lib).spec.liberty


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("library(l) {\n  cell(INV) {\n    area : -3.0;\n  }\n}", "x.lib:3: the area -3"),
        ("library(l) {\n cell(INV) { area : small; }\n}", "x.lib:2: the area 'small'"),
        ("library(l) {\n cell(INV) { area : inf; }\n}", "x.lib:2"),
        ("library(l) { /* cell(INV) { area : 1; } */ }", "defines no cell"),
    ],
)
def test_libraries_that_lie(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_liberty(write(tmp_path, "x.lib", text))
    assert message in str(caught.value)


BENCH = "module tb;\nreg a; wire y, z;\nRefModule r(.a(a), .y(y));\nTopModule t(.a(a), .y(z));\nendmodule\n"


def verilog_eval(folder: Path, name: str) -> None:
    write(folder, f"{name}_prompt.txt", "\nWrite an inverter.\n")
    write(folder, f"{name}_ref.sv", LEAF.replace("leaf", "RefModule"))
    write(folder, f"{name}_test.sv", BENCH)


def test_folders_in_the_layout_of_verilog_eval(tmp_path: Path) -> None:
    verilog_eval(tmp_path, "Prob001_invert")
    verilog_eval(tmp_path, "Prob002_other")
    tasks = load(f"verilog:{tmp_path}")
    assert [t.id for t in tasks] == ["Prob001_invert", "Prob002_other"]
    (task,) = load(f"verilog:{tmp_path}:Prob002")
    assert task.id == "Prob002_other"
    assert task.statement == "Write an inverter."
    assert task.verifiers == ("iverilog",)
    assert (task.spec.top, task.spec.reference_top) == ("TopModule", "RefModule")
    assert not task.spec.reference_specifies
    assert codec.loads(codec.dumps(task)) == task
    proved = with_proof(task, Assurance.PROVED)
    assert proved.verifiers == ("iverilog", "yosys")
    assert proved.spec.reference_specifies
    with pytest.raises(BadInput, match="Prob001_invert"):
        load(f"verilog:{tmp_path}:Prob01_invert")


def test_folders_in_the_layout_of_rtllm(tmp_path: Path) -> None:
    write(tmp_path, "Logic/inv/design_description.txt", "Module name:\n    inv\n")
    write(
        tmp_path,
        "Logic/inv/testbench.v",
        "module tb_inv;\nreg a; wire y;\ninv #(.N(1)) dut (a, y);\nendmodule\n",
    )
    write(tmp_path, "Logic/inv/verified_inv.v", LEAF.replace("leaf", "verified_inv"))
    write(tmp_path, "Logic/inv/data.txt", "00\n")
    (task,) = load(f"verilog:{tmp_path}:inv")
    assert (task.spec.top, task.spec.reference_top) == ("inv", "verified_inv")
    assert task.spec.bench_format == "rtllm"
    assert dict(task.spec.bench_files) == {"data.txt": "00\n"}


def test_benches_of_other_names_and_headers_are_found(tmp_path: Path) -> None:
    write(tmp_path, "inv/design_description.txt", "Module name:\n    inv\n")
    write(
        tmp_path, "inv/tb_inv.sv", "module tb_inv;\nreg a; wire y;\ninv dut (a, y);\nclock c(a);\nendmodule\n"
    )
    write(tmp_path, "inv/widths.vh", "`define WIDTH 4\n")
    write(tmp_path, "inv/expected.data", "1\n")
    (task,) = load(f"verilog:{tmp_path}")
    assert task.spec.top == "inv"
    assert task.spec.bench.startswith("module tb_inv")
    assert task.spec.files == (("widths.vh", "`define WIDTH 4\n"),)
    assert task.spec.bench_files == (("expected.data", "1\n"),)
    assert not task.spec.source


def test_folders_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no tasks"):
        load(f"verilog:{tmp_path}")
    with pytest.raises(BadInput, match="no such folder"):
        load(f"verilog:{tmp_path}/nothing:Prob001")
    write(tmp_path, "Prob001_x_prompt.txt", "Write it.")
    with pytest.raises(BadInput, match=r"Prob001_x_ref\.sv"):
        load(f"verilog:{tmp_path}")


def test_words_of_verilog() -> None:
    text = 'module m; // module no\n/* module never\n*/ wire \\a.b ; initial $display("module s"); endmodule'
    assert module_names(text) == ("m",)
    kinds = {token.text: (token.kind, token.line) for token in tokens(text)}
    assert kinds["\\a.b"] == ("escaped", 3)
    assert kinds["$display"] == ("system", 3)
    assert kinds['"module s"'] == ("string", 3)
    assert top_modules(LEAF + TOP) == ("main",)
    assert top_modules("interface bus; endinterface\nmodule automatic m(bus b); endmodule") == ("m",)
    assert instantiated("module t; inv #(.N(2)) u (a); other v [3:0] (b); if (x) y(z); endmodule") == (
        "inv",
        "other",
    )


def test_vhdl_is_named_as_such(tmp_path: Path) -> None:
    text = "library ieee;\nentity m is port(a: in std_logic); end m;\n"
    with pytest.raises(BadInput, match="this is VHDL"):
        load(write(tmp_path, "m.v", text))
