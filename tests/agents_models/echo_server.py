"""An OpenAI-compatible server that misbehaves on purpose, and remembers what it was asked.

Each request does the next behaviour of a script, then ``ok`` for ever. An answer repeats the last
message, so that who got which answer can be seen.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-very-secret-0123456789"


class EchoServer:
    """Serves on a free port of localhost from `start` to `stop`; may be started again on the same port."""

    def __init__(self) -> None:
        self.script: deque[str] = deque()
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.abandoned = 0
        self.delay = 0.0
        self.crowd = 0
        self.model = "echo"
        self.choices: int | None = None
        self.busiest = 0
        self._now = 0
        self.lock = threading.Condition()
        self.connections: list[socket.socket] = []
        self.port = 0
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def behave(self, *behaviours: str) -> None:
        self.script.extend(behaviours)

    def start(self) -> EchoServer:
        echo = self

        class Handler(_Handler):
            server_state = echo

        class Server(ThreadingHTTPServer):
            request_queue_size = 2048
            daemon_threads = True
            allow_reuse_address = True

            def process_request(self, request: Any, client_address: Any) -> None:
                echo.connections.append(request)
                super().process_request(request, client_address)

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        while self.connections:  # those kept alive would go on being served
            with contextlib.suppress(OSError):
                self.connections.pop().shutdown(socket.SHUT_RDWR)

    def enter(self) -> str:
        with self.lock:
            self._now += 1
            self.busiest = max(self.busiest, self._now)
            self.lock.notify_all()
            return self.script.popleft() if self.script else "ok"

    def wait_for_crowd(self) -> None:
        """Wait until `crowd` requests were under way at once, a minute at most."""
        with self.lock:
            self.lock.wait_for(lambda: self.busiest >= self.crowd, 60)

    def leave(self) -> None:
        with self.lock:
            self._now -= 1


class _Handler(BaseHTTPRequestHandler):
    server_state: EchoServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        return None

    def do_GET(self) -> None:
        model = {"id": self.server_state.model, "owned_by": "nobody", "max_model_len": 4096}
        self._send(200 if self.path == "/v1/models" else 404, {"object": "list", "data": [model]})

    def do_POST(self) -> None:
        state = self.server_state
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with state.lock:
            state.requests.append(body)
            state.keys.append(self.headers.get("Authorization", ""))
        behaviour = state.enter()
        try:
            time.sleep(state.delay)
            state.wait_for_crowd()
            name, _, detail = behaviour.partition(":")
            getattr(self, f"do_{name}")(body, detail)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            state.leave()

    def do_ok(self, body: dict[str, Any], detail: str) -> None:
        self._send(200, self._answer(body))

    def do_status(self, body: dict[str, Any], detail: str) -> None:
        """``status:500`` or ``status:429,Retry-After=1,text of the error``."""
        code, *rest = detail.split(",")
        headers = {}
        while rest and re.match(r"[\w-]+=", rest[0]):
            name, _, value = rest.pop(0).partition("=")
            headers[name] = value
        text = ",".join(rest) or "it went wrong"
        self._send(int(code), {"error": {"message": text, "code": int(code)}}, headers.items())

    def do_close(self, body: dict[str, Any], detail: str) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def do_hang(self, body: dict[str, Any], detail: str) -> None:
        """Says nothing, until the client hangs up."""
        self.connection.settimeout(30)
        try:
            gone = self.connection.recv(1) == b""
        except OSError:
            gone = True
        if gone:
            self.server_state.abandoned += 1
        self.close_connection = True

    def do_trickle(self, body: dict[str, Any], detail: str) -> None:
        """Sends a byte of the answer now and then: a timeout between bytes never strikes."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(300):
            try:
                self.wfile.write(b" ")
                self.wfile.flush()
            except OSError:
                self.server_state.abandoned += 1
                break
            time.sleep(0.1)
        self.close_connection = True

    def do_cut(self, body: dict[str, Any], detail: str) -> None:
        data = json.dumps(self._answer(body)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2])
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def do_raw(self, body: dict[str, Any], detail: str) -> None:
        """``raw:TEXT`` answers with TEXT and status 200."""
        self._send_bytes(200, detail.encode(), ())

    def do_usage(self, body: dict[str, Any], detail: str) -> None:
        """``usage:JSON`` answers with these figures."""
        answer = self._answer(body)
        answer["usage"] = json.loads(detail)
        self._send(200, answer)

    def do_sure(self, body: dict[str, Any], detail: str) -> None:
        """Answer with log-probabilities, as a server that has them."""
        answer = self._answer(body)
        token = {"token": "a", "id": 1, "logprob": -1.0, "top_logprobs": []}
        for choice in answer["choices"]:
            choice["logprobs"] = {"content": [token]}
        self._send(200, answer)

    def do_filter(self, body: dict[str, Any], detail: str) -> None:
        answer = self._answer(body)
        answer["choices"] = [
            {"index": 0, "finish_reason": "content_filter", "message": {"role": "assistant", "content": ""}}
        ]
        self._send(200, answer)

    def _answer(self, body: dict[str, Any]) -> dict[str, Any]:
        n = body.get("n", 1) if self.server_state.choices is None else self.server_state.choices
        text = body["messages"][-1]["content"]
        words = f"{text} seed={body.get('seed')}"
        choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": words}}
        return {
            "id": f"echo-{len(self.server_state.requests)}",
            "object": "chat.completion",
            "created": 1,
            "model": body["model"],
            "choices": [{**choice, "index": i} for i in range(n)],
            "usage": {"prompt_tokens": 10, "completion_tokens": 7 * n, "total_tokens": 10 + 7 * n},
        }

    def _send(self, code: int, data: Any, headers: Iterable[tuple[str, str]] = ()) -> None:
        self._send_bytes(code, json.dumps(data).encode(), headers)

    def _send_bytes(self, code: int, data: bytes, headers: Iterable[tuple[str, str]]) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
