"""What surrounds every answer: an id, security headers, a line in the log, a metric, and a last resort.

Neither the log nor the metrics hold a query string, a body, a header or the path as sent: only the route's pattern.
"""

from __future__ import annotations

import logging
import secrets
import time
import traceback

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aisle.web.errors import InternalError, error_response
from aisle.web.metrics import Metrics

log = logging.getLogger("aisle.web")

CLIENT_GONE = 499
"""What the log and the metrics call a request whose client left before it was read; nobody receives it."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; connect-src 'self'; img-src 'self' data: blob: https:; media-src 'self' blob:; object-src 'none'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
}
"""Of 'self', browsers let WebSockets of the same host pass too (CSP 3)."""


class Shell:
    """The outermost layer. Paths with and without ``base_path`` mean the same, so a proxy may strip it or not."""

    def __init__(self, app: ASGIApp, *, base_path: str, metrics: Metrics) -> None:
        self.app = app
        self.base_path = base_path.rstrip("/")
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = self._rooted(scope)
        request_id, status, started = secrets.token_hex(8), 0, time.perf_counter()

        async def wrapped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, wrapped)
        except ClientDisconnect:
            status = CLIENT_GONE
        except Exception as error:
            # The message of an unforeseen error may quote what was asked, so that is for the debug level alone.
            frames = "".join(traceback.format_tb(error.__traceback__))
            log.error("request %s failed: %s\n%s", request_id, type(error).__name__, frames)
            log.debug("request %s: %s", request_id, error)
            if not status:
                internal = InternalError(
                    f"Something went wrong here (request {request_id}).",
                    hint="Try again; the server's log tells more under this id.",
                )
                await error_response(internal)(scope, receive, wrapped)
        finally:
            seconds = time.perf_counter() - started
            method = scope["method"] if scope["method"] in METHODS else "other"
            route = getattr(scope.get("route"), "path", "other")
            self.metrics.request(method, route, status, seconds)
            log.info("%s %s %d %.1f ms %s", method, route, status, seconds * 1000, request_id)

    def _rooted(self, scope: Scope) -> Scope:
        path: str = scope["path"]
        if path == self.base_path:
            path += "/"
        elif not path.startswith(f"{self.base_path}/"):
            path = self.base_path + path
        return {**scope, "root_path": self.base_path, "path": path}
