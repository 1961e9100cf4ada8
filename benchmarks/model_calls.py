"""What our layers add to a model call over LiteLLM alone, in CPU time, and a thousand calls at once.

    python benchmarks/model_calls.py [--calls 640] [--concurrency 32]

A stub server in a process of its own answers at once. LiteLLM alone is ``litellm.acompletion`` with the
same fields on one event loop with as many tasks; ours is the whole client: limiter, retries, deadline,
reading the answer, cache (misses), reservation, billing. Rounds of both take turns in one process,
so that a busy machine slows down both alike. CPU seconds are those of this process.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import statistics
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from running import command_line, counted

from proofsmith.agents.ledger import RunLedger
from proofsmith.agents.models.cache import CachedClient, ReplyCache
from proofsmith.agents.models.loop import wait_for
from proofsmith.agents.models.opening import Opener
from proofsmith.agents.models.settings import ClientSettings
from proofsmith.agents.models.types import Features, ModelError, Models
from proofsmith.budget import Budget, Meter
from proofsmith.events import Event
from proofsmith.model_calls import Message, Request, Sampling

ANSWER = "def f(xs):\n    return sorted(xs)\n" * 20
PROMPT = "Write a function that sorts. " * 40


def stub(pipe: Connection, delay: float) -> None:
    """Serve OpenAI's interface with asyncio alone, so that it takes as little of the machine as it can."""
    message = {"role": "assistant", "content": ANSWER}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    usage = {"prompt_tokens": 300, "completion_tokens": 200, "total_tokens": 500}
    answer = {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "stub",
        "choices": [choice],
        "usage": usage,
    }
    models = {"object": "list", "data": [{"id": "stub", "owned_by": "nobody"}]}
    busiest = now = 0

    def packed(data: Any) -> bytes:
        body = json.dumps(data).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    replies = {"POST": packed(answer), "GET": packed(models)}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal busiest, now
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
                await reader.readexactly(int(fields.get("content-length", 0)))
                method = head.split(" ", 1)[0]
                now += method == "POST"
                busiest = max(busiest, now)
                await asyncio.sleep(delay if method == "POST" else 0)
                now -= method == "POST"
                reply = replies[method]
                if "/busiest" in head:
                    reply = packed({"object": "list", "data": [], "busiest": busiest})
                writer.write(reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=2048)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def start_stub(delay: float) -> tuple[Any, str]:
    """Start the server; return its process and address."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=stub, args=(theirs, delay), daemon=True)
    process.start()
    return process, f"http://127.0.0.1:{ours.recv()}/v1"


def litellm_alone(url: str, calls: int, concurrency: int) -> None:
    """Make the calls with LiteLLM and nothing of ours, on the same event loop."""
    import litellm

    async def one(gate: asyncio.Semaphore, number: int) -> None:
        async with gate:
            answer = await litellm.acompletion(
                model="hosted_vllm/stub",
                api_base=url,
                api_key="none",
                messages=[{"role": "user", "content": f"{number} {PROMPT}"}],
                temperature=1.0,
                top_p=1.0,
                max_tokens=256,
                seed=number,
                timeout=60,
                max_retries=0,
                num_retries=0,
            )
            assert answer.choices[0].message.content == ANSWER

    async def all_of_them() -> None:
        gate = asyncio.Semaphore(concurrency)
        await asyncio.gather(*(one(gate, i) for i in range(calls)))

    wait_for(all_of_them(), lambda: False)


def ours(url: str, calls: int, concurrency: int, cache: ReplyCache, base: int) -> int:
    """Make the calls with the whole client; return how many failed."""
    settings = ClientSettings(model="stub", base_url=url, probe=False, concurrency=concurrency)
    client, _ = Opener(settings).live("stub")
    client.features = Features(n=False)
    events: list[Event] = []
    ledger = RunLedger(Meter(Budget(cost=10.0, tokens=10**9)), events.append)
    models = ledger.bill(Models(coder=CachedClient(client, cache, ("stub", url))), lambda: False)
    assert models.coder is not None
    requests = [
        Request((Message("user", f"{base + i} {PROMPT}"),), Sampling(max_tokens=256, seed=i))
        for i in range(calls)
    ]
    replies = models.coder.complete_all(requests, Budget(seconds=300.0))
    failed = sum(isinstance(r, ModelError) or r.text != ANSWER for r in replies)
    assert len(events) == calls - failed
    return failed


def measure(calls: int, concurrency: int, rounds: int) -> dict[str, float]:
    """Return milliseconds of CPU and of wall clock a call, medians over `rounds`."""
    process, url = start_stub(0.0)
    found: dict[str, list[float]] = {"litellm_cpu": [], "ours_cpu": [], "litellm_wall": [], "ours_wall": []}
    with tempfile.TemporaryDirectory() as folder:
        cache = ReplyCache(Path(folder) / "cache.sqlite")
        ours(url, concurrency, concurrency, cache, -(10**6))  # first: it sets up LiteLLM as we use it
        litellm_alone(url, concurrency, concurrency)
        for number in range(rounds):
            for name in ("litellm", "ours") if number % 2 else ("ours", "litellm"):
                cpu, wall = time.process_time(), time.perf_counter()
                if name == "litellm":
                    litellm_alone(url, calls, concurrency)
                else:
                    assert ours(url, calls, concurrency, cache, number * 10**5) == 0
                found[f"{name}_cpu"].append(1000 * (time.process_time() - cpu) / calls)
                found[f"{name}_wall"].append(1000 * (time.perf_counter() - wall) / calls)
        cache.close()
    process.kill()
    return {name: statistics.median(values) for name, values in found.items()}


def flood(calls: int) -> dict[str, float]:
    """Make `calls` calls all at the same time, at a server that takes a second for each."""
    import urllib.request

    process, url = start_stub(1.0)
    with tempfile.TemporaryDirectory() as folder:
        cache = ReplyCache(Path(folder) / "cache.sqlite")
        started = time.perf_counter()
        failed = ours(url, calls, calls, cache, 0)
        seconds = time.perf_counter() - started
        with urllib.request.urlopen(f"{url}/busiest") as answer:
            busiest = json.load(answer)["busiest"]
        cache.close()
    process.kill()
    return {"calls": calls, "failed": failed, "seconds": seconds, "at_once": busiest}


def main() -> None:
    """Measure and print."""
    parser = command_line(__doc__)
    parser.add_argument("--calls", type=int, default=640)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--rounds", type=counted, default=5)
    parser.add_argument("--flood", type=int, default=1000)
    options = parser.parse_args()
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    one = measure(options.calls, options.concurrency, options.rounds)
    print(
        f"{options.calls} calls, {options.concurrency} at a time, {options.rounds} rounds; median, ms a call"
    )
    print(f"  LiteLLM alone   {one['litellm_cpu']:6.2f} CPU   {one['litellm_wall']:6.2f} wall clock")
    print(f"  with our layers {one['ours_cpu']:6.2f} CPU   {one['ours_wall']:6.2f} wall clock")
    print(f"  ours alone      {one['ours_cpu'] - one['litellm_cpu']:6.2f} CPU")
    many = flood(options.flood)
    counts = f"{many['failed']:.0f} failed, {many['at_once']:.0f} at the server at the same time"
    print(f"{many['calls']:.0f} calls at once: {counts}, {many['seconds']:.1f} s")


if __name__ == "__main__":
    main()
