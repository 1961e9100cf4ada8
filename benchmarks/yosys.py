"""Yosys: warm pre-forked processes against one process per call, on small designs.

Two questions, asked in turn of each: parse, synthesise and count (`measure`), and equivalence of a design
with a rewritten one (`check_equivalent`). "Process" starts an interpreter that imports pyosys for every call;
"program" is the warm side's work done by the ``yosys`` program per call, if it is installed.

    python benchmarks/yosys.py [--rounds 3]
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

from running import command_line, counted

from proofsmith.verifiers.yosys.equivalence import Answer, check_equivalent
from proofsmith.verifiers.yosys.metrics import measure
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design
from proofsmith.verifiers.yosys.settings import YosysSettings

_HEAD = "module m(input clk, input rst, input [{0}:0] a, input [{0}:0] b, output reg [{0}:0] y);\n"
_EDGE = "always @(posedge clk)"
_PAIRS = (
    ("always @* y = a + b;", "always @* y = b + a;"),
    ("always @* y = rst ? a + b : a - b;", "always @* y = a + (rst ? b : ~b) + !rst;"),
    ("always @* y = a < b ? a : b;", "always @* y = b > a ? a : b;"),
    (
        "always @(posedge clk) if (rst) y <= 0; else y <= y + a;",
        "always @(posedge clk) y <= rst ? 0 : a + y;",
    ),
    (
        "always @(posedge clk) if (rst) y <= a; else y <= y ^ b;",
        "always @(posedge clk) y <= rst ? a : b ^ y;",
    ),
    ("always @* y = (a & b) | (a & ~b);", "always @* y = a;"),
)
_CALL = """
import sys
from proofsmith.verifiers.yosys.equivalence import check_equivalent
from proofsmith.verifiers.yosys.metrics import measure
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design
with YosysPool() as pool:
    if sys.argv[1] == "measure":
        measure(pool, Design(sys.argv[2], "m"), 60)
    else:
        check_equivalent(pool, Design(sys.argv[2], "m"), Design(sys.argv[3], "m"), 60)
"""


def pairs(seed: int) -> list[tuple[str, str]]:
    """Designs that nobody has seen: each round has other widths, so that nothing is remembered."""
    found = []
    for i, (gold, gate) in enumerate(_PAIRS):
        head = _HEAD.format(3 + (seed + i) % 6)
        found.append((f"{head}{gold}\nendmodule // {seed}\n", f"{head}{gate}\nendmodule\n"))
    return found


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_process(kind: str, gold: str, gate: str) -> None:
    command = [sys.executable, "-c", _CALL, kind, gold, gate]
    subprocess.run(command, check=True, timeout=120)


def ask(pool: YosysPool, kind: str, gold: str, gate: str) -> None:
    pool.cache.clear()
    if kind == "measure":
        measure(pool, Design(gold, "m"), 60)
        return
    answer = check_equivalent(pool, Design(gold, "m"), Design(gate, "m"), 60)
    if answer.answer is not Answer.PROVED:
        raise SystemExit(f"not proved: {answer}")


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("--rounds", type=counted, default=3)
    options = parser.parse_args()
    program = shutil.which("yosys")
    with YosysPool() as warm, YosysPool(YosysSettings(yosys=program or "yosys")) as per_call:
        ask(warm, "measure", *pairs(0)[0])
        for kind in ("measure", "equivalence"):
            times: dict[str, list[float]] = {"warm": [], "process": [], "program": []}
            for seed in range(1, options.rounds + 1):
                for gold, gate in pairs(seed):
                    times["warm"].append(timed(partial(ask, warm, kind, gold, gate)))
                    times["process"].append(timed(partial(in_process, kind, gold, gate)))
                    if program is not None:
                        times["program"].append(timed(partial(ask, per_call, kind, gold, gate)))
            medians = {name: statistics.median(found) for name, found in times.items() if found}
            shown = ", ".join(f"{name} {median * 1000:.0f} ms" for name, median in medians.items())
            print(f"{kind}: {shown}; process / warm = {medians['process'] / medians['warm']:.1f}")


if __name__ == "__main__":
    main()
