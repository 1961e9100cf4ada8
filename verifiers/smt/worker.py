"""A solver process: reads queries from stdin, answers on stdout, dies when its parent does.

Run as ``python -P -m proofsmith.verifiers.smt.worker ENGINE MEMORY_MB``. Messages are those of
`proofsmith.workers.frames`. The engine is ``z3`` or ``cvc5``; see `z3_engine` and `cvc5_engine`.
"""

from __future__ import annotations

import importlib
import resource
import sys

from proofsmith.workers.frames import die_with_parent, receive, send, silence, take_channel


def main() -> None:
    """Serve queries until stdin closes."""
    engine_name, memory = sys.argv[1], int(sys.argv[2])
    out = take_channel()
    limit = memory << 20
    resource.setrlimit(resource.RLIMIT_AS, (2 * limit, 2 * limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.set_int_max_str_digits(0)
    engine = importlib.import_module(f"proofsmith.verifiers.smt.{engine_name}_engine")
    engine.start(memory)
    silence()
    send(out, {"ready": engine.version()})
    while True:
        request = receive(0)
        if request is None:
            return
        die_with_parent(True)
        try:
            reply = engine.answer(request, lambda partial: send(out, partial))
        except MemoryError:
            reply = {"status": "error", "detail": "out of memory"}
        except Exception as error:  # the engine's own errors have no common base class
            reply = {"status": "error", "detail": f"{type(error).__name__}: {error}"[:500]}
        die_with_parent(False)
        send(out, {**reply, "final": True})


if __name__ == "__main__":
    main()
