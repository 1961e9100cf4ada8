"""Equivalence over a folder of reference designs: against themselves renamed, their synthesis, and mutants.

FOLDER holds VerilogEval references (``*_ref.sv``) or RTLLM ones (``*/verified_*.v``). A mutant with one thing
changed that is called equal is simulated with random inputs in Icarus, which knows nothing of our
model: an output that then differs where the original's is defined makes it a false proof.

    python benchmarks/yosys_equivalence.py FOLDER... [--seconds 30] [--sample N] [--mutants 1] [--jobs 1]
        [--json FILE] [--minutes M]

``--json`` keeps what is done, a line a comparison; the same command goes on from there after an interruption
or ``--minutes``, and the table is always of all that is kept.
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
from dataclasses import asdict, dataclass
from pathlib import Path

from running import Kept, command_line, counted, folder, positive

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
    """One comparison; what identifies it comes first."""

    folder: str
    design: str
    kind: str
    number: int
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


class Comparisons:
    """The comparisons that are done, and kept."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self.rows = [Row(**row) for row in kept.rows]
        self._done = {(r.folder, r.design, r.kind, r.number) for r in self.rows}

    def has(self, folder: str, design: str, kind: str, number: int) -> bool:
        return (folder, design, kind, number) in self._done

    def add(self, row: Row) -> None:
        self.rows.append(row)
        self._kept.add(asdict(row))


def compared(pool: YosysPool, kind: str, gold: Design, gate: Design, seconds: float) -> tuple[str, str]:
    """Return the answer in a word, and its reason."""
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
    return word, detail


class Work:
    """Compares one design after the other."""

    def __init__(self, pool: YosysPool, kept: Comparisons, options: argparse.Namespace) -> None:
        self._pool, self._kept, self._options = pool, kept, options
        self._end = time.monotonic() + 60 * options.minutes if options.minutes else None

    def over(self) -> bool:
        return self._end is not None and time.monotonic() > self._end

    def design(self, folder: str, name: str, design: Design) -> None:
        options = self._options
        for kind, make in () if options.only_mutants else (("renamed", renamed), ("synth", synthesised)):
            if self.over() or self._kept.has(folder, name, kind, 0):
                continue
            try:
                other = make(self._pool, design, options.seconds)
            except (Unreadable, Unsupported, OutOfTime, ProofsmithError) as error:
                self._kept.add(Row(folder, name, kind, 0, "refused", f"original: {error}", 0.0))
                continue
            self._compare(folder, name, kind, 0, design, other)
        try:
            possible = list(mutants(design.source)) if options.mutants else []
        except ProofsmithError as error:
            if not self._kept.has(folder, name, "mutant", -1):
                self._kept.add(Row(folder, name, "mutant", -1, "no mutants", str(error)[:60], 0.0))
            return
        random.Random(f"{name}{options.seed or ''}").shuffle(possible)
        for number, mutant in enumerate(possible[: options.mutants]):
            if not self.over() and not self._kept.has(folder, name, "mutant", number):
                self._compare(folder, name, "mutant", number, design, Design(mutant.source, design.top))

    def _compare(self, folder: str, name: str, kind: str, number: int, gold: Design, gate: Design) -> None:
        started = time.monotonic()
        word, detail = compared(self._pool, kind, gold, gate, self._options.seconds)
        self._kept.add(Row(folder, name, kind, number, word, detail, time.monotonic() - started))


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
    parser = command_line(__doc__)
    parser.add_argument("folders", nargs="+", type=folder)
    parser.add_argument("--seconds", type=positive, default=30.0, help="for each comparison")
    parser.add_argument("--sample", type=counted, help="take so many designs of each folder, evenly spread")
    parser.add_argument("--mutants", type=int, default=1, help="most mutants of a design")
    parser.add_argument("--seed", type=int, default=0, help="which mutants are taken")
    parser.add_argument("--only-mutants", action="store_true")
    parser.add_argument("--jobs", type=counted, default=1)
    parser.add_argument("--json", type=Path, help="keep the results there, and go on from what it holds")
    parser.add_argument("--minutes", type=float, help="begin no comparison after that")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    kept = Comparisons(Kept(options.json))
    with YosysPool() as pool, ThreadPoolExecutor(options.jobs) as workers:
        work = Work(pool, kept, options)
        for place in options.folders:
            designs = designs_in(place)
            if options.sample:
                designs = designs[:: max(1, len(designs) // options.sample)][: options.sample]
            list(workers.map(lambda d, name=place.name: work.design(name, *d), designs))
            rows = [r for r in kept.rows if r.folder == place.name]
            print(f"{place.name}: {len(designs)} designs, {options.seconds:g} s for each comparison")
            show(rows, options.verbose)
        if work.over():
            print("not complete: the time of --minutes is over")


if __name__ == "__main__":
    main()
