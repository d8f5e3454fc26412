"""What sources were sent ahead of a search: the latest reading of each, by session, for a while."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from aisle.types import Reading

MAX_READINGS = 10_000
"""Beyond that, the oldest are forgotten."""
MAX_TTL_S = 86_400.0


class Readings:
    """Kept in this process's memory alone, so a restart forgets them. A session's name is kept as a keyed hash only."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._secret = secrets.token_bytes(16)
        self._changing = threading.Lock()
        self._kept: OrderedDict[bytes, tuple[float, Reading]] = OrderedDict()

    def put(self, session: str, reading: Reading, ttl_s: float) -> None:
        """Keep a reading instead of the source's last one, for ``ttl_s`` seconds (at most a day)."""
        key = self._key(session, reading.source)
        with self._changing:
            self._kept.pop(key, None)
            self._kept[key] = (self._clock() + min(ttl_s, MAX_TTL_S), reading)
            while len(self._kept) > MAX_READINGS:
                self._kept.popitem(last=False)

    def latest(self, session: str, source: str) -> Reading | None:
        """The latest reading, unless its time is over."""
        key = self._key(session, source)
        with self._changing:
            if key not in self._kept:
                return None
            until, reading = self._kept[key]
            if until <= self._clock():
                del self._kept[key]
                return None
            return reading

    def _key(self, session: str, source: str) -> bytes:
        name = f"{source}\0{session}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(name, key=self._secret, digest_size=16).digest()
