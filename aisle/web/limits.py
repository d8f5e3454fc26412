"""How much one client may ask: requests a second (a token bucket each) and bytes a request."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aisle.errors import RateLimited, TooLarge
from aisle.types import EMPTY
from aisle.web.errors import error_response

CLIENTS_REMEMBERED = 10_000
"""Buckets kept. The client unheard of for longest is forgotten first, which can only be to its favour."""


@dataclass(slots=True)
class Bucket:
    tokens: float
    at: float


class TokenBuckets:
    """A token bucket for each client: at most ``burst`` tokens, ``rate`` new ones a second; a request takes one."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self.burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, client: str) -> None:
        """Take one token. Raises RateLimited, with the seconds until the next one, when there is none."""
        now = self._clock()
        with self._lock:
            bucket = self._buckets.setdefault(client, Bucket(float(self.burst), now))
            self._buckets.move_to_end(client)
            if len(self._buckets) > CLIENTS_REMEMBERED:
                self._buckets.popitem(last=False)
            bucket.tokens = min(float(self.burst), bucket.tokens + (now - bucket.at) * self.rate)
            bucket.at = now
            if bucket.tokens < 1:
                wait = (1 - bucket.tokens) / self.rate
            else:
                bucket.tokens -= 1
                return
        raise RateLimited(
            f"More than {self.rate:g} requests a second.",
            retry_after=wait,
            hint=f"Wait {wait:.1f} s and ask again, or send products in bulk.",
        )


class BodyLimit:
    """Refuses a request body over ``max_bytes``: at once if its length is announced, else as soon as it is exceeded. Paths that end
    as one of ``larger`` does have a limit of their own."""

    def __init__(self, app: ASGIApp, max_bytes: int, larger: Mapping[str, int] = EMPTY) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = next((most for end, most in self.larger.items() if scope["path"].endswith(end)), self.max_bytes)
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > limit:
            await error_response(_too_large(limit))(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _too_large(limit)
            return message

        await self.app(scope, counted, send)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The body is larger than {limit:,} bytes.",
        field="body",
        hint="Send it in smaller parts, or raise AISLE_MAX_BODY_BYTES.",
    )
