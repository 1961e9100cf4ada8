"""Equivalence over a folder of reference designs: against themselves renamed, their synthesis, and mutants.

FOLDER holds VerilogEval references (``*_ref.sv``) or RTLLM ones (``*/verified_*.v``). A mutant with one thing
changed that is called equal is simulated with random inputs in Icarus, which knows nothing of our
model: an output that then differs where the original's is defined makes it a false proof.

    python benchmarks/yosys_equivalence.py FOLDER... [--seconds 20] [--every 1] [--mutants 1] [--jobs 1]
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from proofsmith.errors import ProofsmithError
from proofsmith.verifiers.yosys.clocking import Time, choose_clocking, clock_inputs
from proofsmith.verifiers.yosys.elaborate import elaborate
from proofsmith.verifiers.yosys.equivalence import Answer, Equivalence, UnreadableGate, check_equivalent
from proofsmith.verifiers.yosys.netlist import Unsupported
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design, OutOfTime, Unreadable, complete
from proofsmith.verifiers.yosys.reset import reset_hints
from proofsmith.verifiers.yosys.stimulus import random_steps
from proofsmith.verifiers.yosys.trace import confirm
from proofsmith.verilog.mutation import mutants
from proofsmith.verilog_text import tokens, top_modules

STEPS = 400


@dataclass(frozen=True)
class Row:
    """One comparison."""

    design: str
    kind: str
    answer: str
    detail: str
    seconds: float


def designs_in(folder: Path) -> list[tuple[str, Design]]:
    paths = [*sorted(folder.glob("*_ref.sv")), *sorted(folder.rglob("verified_*.v"))]
    found = []
    for path in paths:
        text = path.read_text(errors="replace")
        tops = top_modules(text)
        found.append((path.stem, Design(text, tops[0] if tops else "none")))
    return found


def renamed(pool: YosysPool, design: Design, seconds: float) -> Design:
    """Every name that is no port or module gets another one, in the source text."""
    outcome = complete(pool, design, ["proc", "write_json n.json"], seconds, ("n.json",))
    internal: set[str] = set()
    fixed: set[str] = set()
    for module, content in json.loads(outcome.files["n.json"])["modules"].items():
        fixed |= {module, *content["ports"], *content["cells"]}
        internal |= {
            n for n, wire in content["netnames"].items() if not wire["hide_name"] and re.match(r"\w+\Z", n)
        }
    names = {name: f"{name}_renamed" for name in internal - fixed}
    parts, at = [], 0
    for token in tokens(design.source):
        start = design.source.index(token.text, at)
        parts.append(design.source[at:start])
        parts.append(names.get(token.text, token.text) if token.kind == "word" else token.text)
        at = start + len(token.text)
    return Design("".join(parts) + design.source[at:], design.top)


def synthesised(pool: YosysPool, design: Design, seconds: float) -> Design:
    script = [f"synth -top {design.top} -flatten", "abc", "opt_clean", "write_verilog -noattr g.v"]
    return Design(complete(pool, design, script, seconds, ("g.v",)).files["g.v"], design.top)


def differs_in_simulation(pool: YosysPool, gold: Design, gate: Design, seconds: float) -> bool:
    """Whether random inputs show a difference, in Icarus alone."""
    netlists = [elaborate(pool, design, seconds) for design in (gold, gate)]
    clocking = choose_clocking(*netlists)
    for seed in range(3):
        steps = random_steps(netlists[0], clocking, reset_hints(*netlists), STEPS, seed)
        clocks = clock_inputs(*netlists) if clocking.time is Time.EVENT else ()
        trace = confirm(pool.icarus, (gold, gate), netlists[0], clocking, steps, seconds, clocks)
        if trace is not None and trace.definite:  # an x may be pessimism of the simulator
            return True
    return False


def row(name: str, kind: str, pool: YosysPool, gold: Design, gate: Design, seconds: float) -> Row:
    started = time.monotonic()
    try:
        answer = check_equivalent(pool, gold, gate, seconds)
    except UnreadableGate as error:
        answer = Equivalence(Answer.REFUSED, reason=f"unreadable: {error}")
    except (Unreadable, ProofsmithError) as error:
        answer = Equivalence(Answer.REFUSED, reason=f"original: {error}")
    detail = answer.bound or answer.reason or answer.method
    word = answer.answer.value
    if kind == "mutant" and answer.answer in (Answer.PROVED, Answer.BOUNDED):
        word = f"equal ({word})"
        if answer.answer is Answer.PROVED and differs_in_simulation(pool, gold, gate, 20.0):
            word = "FALSE PROOF"
    return Row(name, kind, word, detail, time.monotonic() - started)


def rows_of(name: str, design: Design, pool: YosysPool, options: argparse.Namespace) -> list[Row]:
    found = []
    for kind, make in () if options.only_mutants else (("renamed", renamed), ("synth", synthesised)):
        try:
            other = make(pool, design, options.seconds)
        except (Unreadable, Unsupported, OutOfTime, ProofsmithError) as error:
            found.append(Row(name, kind, "refused", f"original: {error}", 0.0))
            continue
        found.append(row(name, kind, pool, design, other, options.seconds))
    try:
        possible = list(mutants(design.source)) if options.mutants else []
    except ProofsmithError as error:
        return [*found, Row(name, "mutant", "no mutants", str(error)[:60], 0.0)]
    random.Random(f"{name}{options.seed or ''}").shuffle(possible)
    for mutant in possible[: options.mutants]:
        found.append(row(name, "mutant", pool, design, Design(mutant.source, design.top), options.seconds))
    return found


def show(rows: Sequence[Row], verbose: bool) -> None:
    for kind in ("renamed", "synth", "mutant"):
        mine = [r for r in rows if r.kind == kind]
        counts = Counter(r.answer for r in mine)
        times = sorted(r.seconds for r in mine)
        median = times[len(times) // 2] if times else 0.0
        listed = ", ".join(f"{n} {a}" for a, n in counts.most_common())
        slowest = max(times, default=0.0)
        print(f"  {kind:8} {len(mine):4}: {listed}; median {median:.2f} s, longest {slowest:.1f} s")
        quiet = ("proved", "different", "equal (proved)", "no mutants")
        for r in mine:
            if verbose or r.answer not in quiet:
                print(f"    {r.design}: {r.answer} ({r.detail}) {r.seconds:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--every", type=int, default=1, help="take every Nth design")
    parser.add_argument("--mutants", type=int, default=1, help="most mutants of a design")
    parser.add_argument("--seed", type=int, default=0, help="which mutants are taken")
    parser.add_argument("--only-mutants", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    with YosysPool() as pool, ThreadPoolExecutor(options.jobs) as workers:
        for folder in options.folders:
            designs = designs_in(folder)[:: options.every]
            rows = [r for part in workers.map(lambda d: rows_of(*d, pool, options), designs) for r in part]
            print(f"{folder.name}: {len(designs)} designs, {options.seconds:g} s each")
            show(rows, options.verbose)


if __name__ == "__main__":
    main()
