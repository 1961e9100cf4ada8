"""Dafny verdicts warm and cold, side by side: what warm servers and kept proofs save.

FOLDER holds Dafny programs. Of each, every method in turn gets one more assertion at the end of its
body, as in a search, and the changed program is verified (a) by a call of the command line, (b) on
a warm server, (c) on a warm server that has proved the unchanged program before. The three
follow each other for each program, so that a loaded machine slows all of them. Then all programs
are verified on one server and on two.

    python benchmarks/dafny_latency.py FOLDER [--programs 40] [--seed 0] [--seconds 60] [--json FILE]
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from running import command_line, folder, positive

from proofsmith.verifiers.dafny.layout import layout_of
from proofsmith.verifiers.dafny.pool import DafnyPool
from proofsmith.verifiers.dafny.settings import DafnySettings

ASSERTION = "assert 1 + 1 == 2; "


def changed(source: str, rng: random.Random) -> str | None:
    """Return `source` with an assertion more in one of its methods; ``None`` if there is no method."""
    layout = layout_of(source)
    if layout is None or not layout.bodies:
        return None
    body = rng.choice(layout.bodies)
    at = layout.program.tokens[body.last - 1].start
    return source[:at] + ASSERTION + source[at:]


def programs(folder: Path, count: int, rng: random.Random, pool: DafnyPool, seconds: float) -> Iterator[Path]:
    """Yield files of `folder` that verify and have a method, in random order."""
    files = sorted(folder.glob("*.dfy"))
    rng.shuffle(files)
    found = 0
    for file in files:
        source = file.read_text(encoding="utf-8", errors="replace")
        if found == count:
            return
        fits = changed(source, random.Random(0)) is not None
        if fits and pool.verify(source, seconds=seconds, cached=False).verified:
            found += 1
            yield file


def measure(file: Path, rng: random.Random, pool: DafnyPool, seconds: float) -> dict[str, Any]:
    """Verify a program with one method changed in the three ways; return seconds and statuses."""
    source = file.read_text(encoding="utf-8", errors="replace")
    pool.verify(source, seconds=seconds)
    candidate = changed(source, rng)
    assert candidate is not None
    cold = pool.confirm(candidate, seconds=seconds)
    warm = pool.verify(candidate, seconds=seconds, cached=False)
    kept = pool.verify(candidate, seconds=seconds)
    return {
        "file": file.name,
        "methods": len(cold.methods),
        "proved_again": sum(not method.cached for method in kept.methods),
        "cold": cold.seconds,
        "warm": warm.seconds,
        "kept": kept.seconds,
        "agree": cold.status == warm.status == kept.status,
    }


def throughput(files: Sequence[Path], servers: int, seconds: float) -> float:
    """Return the seconds that verifying all files takes on so many servers, once they are warm."""
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in files]
    with DafnyPool(DafnySettings(dafny_servers=servers)) as pool, ThreadPoolExecutor(servers) as threads:
        warming = [threads.submit(pool.verify, "method M() {}", seconds=seconds) for _ in range(servers)]
        pool.warm(servers)
        for one in warming:
            one.result()
        started = time.monotonic()
        for one in [threads.submit(pool.verify, t, seconds=seconds, cached=False) for t in texts]:
            one.result()
        return time.monotonic() - started


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("folder", type=folder)
    parser.add_argument("--programs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=positive, default=60.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not options.folder.is_dir() or not any(options.folder.glob("*.dfy")):
        parser.error(f"{options.folder} holds no Dafny files")
    if options.programs < 1 or options.seconds <= 0:
        parser.error("--programs and --seconds must be above 0")
    rng = random.Random(options.seed)
    with DafnyPool() as pool:
        files = list(programs(options.folder, options.programs, rng, pool, options.seconds))
        if not files:
            raise SystemExit(f"no program in {options.folder} verifies as it is")
        rows = [measure(file, rng, pool, options.seconds) for file in files]
    medians = {way: statistics.median(row[way] for row in rows) for way in ("cold", "warm", "kept")}
    one, two = (throughput(files, servers, options.seconds) for servers in (1, 2))
    result = {
        "programs": len(rows),
        "median_seconds": medians,
        "warm_against_cold": medians["cold"] / medians["warm"],
        "kept_against_cold": medians["cold"] / medians["kept"],
        "disagreements": sum(not row["agree"] for row in rows),
        "seconds_on_one_server": one,
        "seconds_on_two_servers": two,
        "two_against_one": one / two,
    }
    for row in rows:
        times = "  ".join(f"{way} {row[way]:6.2f}" for way in ("cold", "warm", "kept"))
        agree = "" if row["agree"] else "  DISAGREE"
        print(f"{row['file'][:50]:50}  {row['methods']:3} methods  {times}{agree}")
    print(json.dumps(result, indent=2))
    if options.json is not None:
        options.json.write_text(json.dumps({**result, "rows": rows}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
