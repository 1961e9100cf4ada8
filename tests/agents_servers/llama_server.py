"""Serve a GGUF file with llama.cpp's own server: ``python llama_server.py MODEL PORT CONTEXT SLOTS``.

Prints its address when it answers, and serves until it is killed.
"""

from __future__ import annotations

import sys
import threading

import xllamacpp


def main(model: str, port: str, context: str, slots: str) -> None:
    """Load the model, say where it is served, and wait."""
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.model_alias = {"tiny"}
    params.hostnames = ["127.0.0.1"]
    params.port = int(port)
    params.n_ctx = int(context) * int(slots)
    params.n_parallel = int(slots)
    params.cpuparams.n_threads = 1
    params.warmup = False
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
