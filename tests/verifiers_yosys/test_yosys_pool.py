"""Yosys jobs: what they answer, and that nothing outlives its deadline or its pool."""

import os
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from proofsmith.errors import ToolFailure, ToolMissing
from proofsmith.verifiers.yosys.elaborate import _mapping
from proofsmith.verifiers.yosys.netlist import read_netlist
from proofsmith.verifiers.yosys.pool import YosysPool, find_abc
from proofsmith.verifiers.yosys.settings import YosysSettings

AND = "module m(input a, b, output y);\nassign y = a & b;\nendmodule\n"
MULTIPLIER = """module m(input [31:0] a, b, output y);
assign y = a * b == a[15:0] * b + ((a[31:16] * b) << 16);
endmodule
"""
HARD = ["read_verilog m.v", "synth -flatten", "sat -prove y 1 m"]


def children_named(part: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if part in (entry / "environ").read_text(errors="replace"):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@pytest.mark.parametrize("program", ["pyosys", "yosys"])
def test_outputs_come_back(yosys_program: str, program: str) -> None:
    with YosysPool(YosysSettings(yosys=program)) as pool:
        outcome = pool.run(["read_verilog m.v", "write_json m.json"], {"m.v": AND}, 60, ["m.json", "none"])
        assert outcome.ok
        assert '"$and"' in outcome.files["m.json"]
        assert set(outcome.files) == {"m.json"}
        assert pool.version[0].isdigit()


@pytest.mark.parametrize("program", ["pyosys", "yosys"])
def test_an_error_names_its_line(yosys_program: str, program: str) -> None:
    with YosysPool(YosysSettings(yosys=program)) as pool:
        outcome = pool.run(["read_verilog m.v"], {"m.v": AND.replace("a & b", "a &")}, 60)
    assert not outcome.ok
    assert not outcome.timed_out
    assert (outcome.file, outcome.line) == ("m.v", 2)
    assert "syntax error" in outcome.error


def test_a_proof_that_does_not_end_is_killed(pool: YosysPool, in_time: Any) -> None:
    with in_time(3.0):
        outcome = pool.run(HARD, {"m.v": MULTIPLIER}, 3.0)
        assert outcome.timed_out
    assert pool.run(["read_verilog m.v"], {"m.v": AND}, 60).ok


def test_a_killed_process_is_replaced(pool: YosysPool) -> None:
    pool.run(["read_verilog m.v"], {"m.v": AND}, 60)
    for worker in pool.workers.idle:
        os.kill(worker.pid, 9)
    assert pool.run(["read_verilog m.v"], {"m.v": AND}, 60).ok


def test_closing_ends_a_job_and_whoever_waits_for_it() -> None:
    pool = YosysPool()
    pool.run(["read_verilog m.v"], {"m.v": AND}, 60)
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            pool.run(HARD, {"m.v": MULTIPLIER}, 300)
        except ToolFailure as failure:
            failures.append(failure)

    thread = threading.Thread(target=ask)
    thread.start()
    while not (jobs := children_named("TMPDIR=/tmp/proofsmith-yosys-")) and thread.is_alive():
        time.sleep(0.05)
        if any(worker._job for worker in pool.workers.busy):
            break
    running = [worker._job for worker in pool.workers.busy if worker._job]
    pool.close()
    thread.join(60)
    assert not thread.is_alive()
    assert failures
    for pid in [*running, *jobs]:
        assert pid is None or not Path(f"/proc/{pid}").exists() or _ended(pid)


def _ended(pid: int) -> bool:
    for _ in range(1200):
        try:
            if ") Z " in Path(f"/proc/{pid}/stat").read_text():
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def test_memory_is_limited() -> None:
    wide = "module m(input [4095:0] a, b, output [4095:0] y);\nassign y = a * b;\nendmodule\n"
    with YosysPool(YosysSettings(yosys_memory_mb=64)) as pool, pytest.raises(ToolFailure):
        pool.run(["read_verilog m.v", "techmap"], {"m.v": wide}, 60)


def test_missing_tools_say_how_to_install_them() -> None:
    with YosysPool(YosysSettings(yosys="no-such-yosys")) as pool, pytest.raises(ToolMissing, match="install"):
        pool.run(["help"], {}, 10)
    with pytest.raises(ToolMissing, match="install"):
        find_abc(YosysSettings(abc="no-such-abc"))


def test_maps_that_a_warm_process_holds_give_the_same_gates_as_files(pool: YosysPool) -> None:
    source = (
        "module m(input [4:0] a, b, input signed [3:0] s, output [4:0] x, y, output z);\n"
        "wire [3:0] v = a - 3; assign x = a * b + (s >>> b[1:0]);\n"
        "assign y = a / b; assign z = v[b] === a[0];\n"
        "endmodule\n"
    )
    found = []
    for warm in (True, False):
        files, mapping = _mapping(warm)
        script = [
            "read_verilog -sv d.sv",
            "proc",
            *mapping,
            "opt_expr -keepdc",
            "opt_clean",
            "write_json n.json",
        ]
        outcome = pool.run(script, {"d.sv": source, **dict(files)}, 60, ("n.json",))
        assert outcome.ok, outcome.error
        netlist = read_netlist(outcome.files["n.json"], "m")
        found.append(Counter(gate.kind for gate in netlist.gates))
        assert len(netlist.gates) > 100
    assert found[0] == found[1]
