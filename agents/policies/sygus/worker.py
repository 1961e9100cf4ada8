"""An engine's process: reads a problem, writes what it finds, dies with its parent or at its deadline.

Run as ``python -P -m proofsmith.agents.policies.sygus.worker ENGINE SECONDS MEMORY_MB``. Messages
are those of `proofsmith.workers.frames`: in, ``{"text": problem}``; out, ``{"answer": ...}``,
``{"infeasible": why}`` and at the end ``{"done": "exhausted" | error text}``, each with ``made``.
"""

from __future__ import annotations

import gc
import resource
import signal
import sys
import time

from proofsmith.agents.policies.sygus.engines import ENGINES, Answer, Count, Infeasible
from proofsmith.smtlib.reading import parse_problem
from proofsmith.workers.frames import die_with_parent, receive, send, silence, take_channel

REPORT_SECONDS = 0.5


def main() -> None:
    """Run one engine on one problem."""
    name, seconds, memory = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    out = take_channel()
    silence()
    signal.setitimer(signal.ITIMER_REAL, max(0.01, seconds))  # its default action ends native code too
    resource.setrlimit(resource.RLIMIT_AS, (memory << 20, memory << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.set_int_max_str_digits(0)
    sys.setrecursionlimit(20_000)
    request = receive(0)
    if request is None:
        return
    die_with_parent(True)
    gc.freeze()
    count = Count()
    try:
        problem = parse_problem(request["text"])
        reported = time.monotonic()
        for step in ENGINES[name](problem, count):
            if isinstance(step, Answer):
                send(out, {"answer": step.text, "how": step.how, "proved": step.proved, "made": count.made})
            elif isinstance(step, Infeasible):
                send(out, {"infeasible": step.why, "made": count.made})
            elif time.monotonic() - reported > REPORT_SECONDS:
                reported = time.monotonic()
                send(out, {"made": count.made})
        done = "exhausted"
    except MemoryError:
        done = "out of memory"
    except Exception as error:  # engines call native libraries whose errors have no common base
        done = f"{type(error).__name__}: {error}"[:500]
    send(out, {"done": done, "made": count.made})


if __name__ == "__main__":
    main()
