"""A local endpoint that speaks OpenAI's chat completions, and behaves as badly as a test wants it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aisle.types import CompoundQuery, Slot, SlotKind

EMPTY: Mapping[str, Any] = {
    "language": "en", "intent": "find", "slots": [], "ranges": [], "quantities": [], "sort": None, "reference": None,
}  # fmt: skip


def said(**parts: Any) -> str:
    """An answer in the schema, as JSON."""
    return json.dumps({**EMPTY, **parts})


def slot(kind: str, value: str, text: str, negated: bool = False) -> dict[str, Any]:
    return {"kind": kind, "value": value, "text": text, "negated": negated}


TEXT = "warm boots for hiking"
DRAFT = CompoundQuery(
    TEXT,
    intent_confidence=0.9,
    slots=(Slot(SlotKind.TYPE, "boots", "boots", (5, 10), confidence=0.95, hard=True),),
    leftover="warm for hiking",
)
BETTER = said(slots=[slot("occasion", "hiking", "for hiking"), slot("feature", "warm", "Warm")])


@dataclass
class Reply:
    """``body`` bytes as they are sent, or a str that a completion wraps; ``hold`` is waited for first."""

    body: bytes | str = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    hold: threading.Event | None = None
    usage: Any = None

    def bytes(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": self.body}}
        usage = {"prompt_tokens": 100, "completion_tokens": 20} if self.usage is None else self.usage
        return json.dumps({"choices": [choice], "usage": usage}).encode()


Behaviour = Callable[[dict[str, Any]], Reply]


class Server:
    """``behave`` answers a request's body; ``asked`` are the bodies so far, ``keys`` their Authorization headers."""

    def __init__(self) -> None:
        self.behave: Behaviour = lambda body: Reply(said())
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.paths: list[str] = []
        self.release = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                outer.asked.append(body)
                outer.keys.append(self.headers.get("authorization"))
                outer.paths.append(self.path)
                reply = outer.behave(body)
                if reply.hold is not None:
                    reply.hold.wait(60)
                content = reply.bytes()
                try:
                    self.send_response(reply.status)
                    self.send_header("content-type", reply.content_type)
                    self.send_header("content-length", str(len(content)))
                    for name, value in reply.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    self.close_connection = True  # who asked has gone

            def log_message(self, *_: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def answers(self, *replies: Reply) -> None:
        """One after the other; the last again and again."""
        left = list(replies)
        self.behave = lambda body: left.pop(0) if len(left) > 1 else left[0]

    def close(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
