"""A local endpoint that speaks OpenAI's /audio/transcriptions (multipart), and behaves as badly as a test wants it to."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Fields = dict[str, bytes]
Reply = tuple[int, bytes]


def said(text: str, *logs: float) -> Reply:
    answer: dict[str, Any] = {"text": text}
    if logs:
        answer["segments"] = [{"id": at, "avg_logprob": log} for at, log in enumerate(logs)]
    return 200, json.dumps(answer).encode()


class Server:
    """``behave`` answers a request's fields; ``asked`` are the requests so far."""

    def __init__(self) -> None:
        self.behave: Callable[[Fields], Reply] = lambda fields: said("red boots.", -0.1)
        self.asked: list[Fields] = []
        self.keys: list[str | None] = []
        self.paths: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.asked.append(fields_of(self.headers["content-type"], body))
                outer.keys.append(self.headers.get("authorization"))
                outer.paths.append(self.path)
                status, answer = outer.behave(outer.asked[-1])
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def fields_of(content_type: str, body: bytes) -> Fields:
    """A multipart body's parts by name, read by the standard library's own parser."""
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    return {
        str(part.get_param("name", header="content-disposition")): bytes(part.get_payload(decode=True))  # type: ignore[arg-type]
        for part in message.iter_parts()  # type: ignore[attr-defined]
    }
