"""The lines of a feed on another server, fetched within bounds and remembered for a while."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from aisle.errors import FetchRefused
from aisle.fetch import ANY, fetch

log = logging.getLogger("aisle")

MAX_BYTES = 1 << 20
TIMEOUT_S = 2.0
FRESH_S = 900.0
RETRY_S = 60.0
"""A feed that couldn't be fetched is tried again after this."""


def _fetched(url: str) -> bytes:
    return fetch(url, max_bytes=MAX_BYTES, timeout_s=TIMEOUT_S, accept=(ANY,)).bytes


class Feed:
    """One feed at a time. Only the search that finds it stale waits for it; the others go on with what is there."""

    def __init__(self, get: Callable[[str], bytes] = _fetched, clock: Callable[[], float] = time.monotonic) -> None:
        self._get = get
        self._clock = clock
        self._fetching = threading.Lock()
        self._held: tuple[str, float, tuple[str, ...]] = ("", 0.0, ())

    def lines(self, url: str) -> Sequence[str]:
        """The feed's lines as of at most a quarter of an hour ago; of an unreachable feed, the last ones known."""
        if not url:
            return ()
        held, until, known = self._held
        if held == url and self._clock() < until:
            return known
        if not self._fetching.acquire(blocking=False):
            return known if held == url else ()
        try:
            lines = tuple(self._get(url).decode("utf-8", "replace").splitlines())
            self._held = (url, self._clock() + FRESH_S, lines)
        except FetchRefused as error:
            log.warning("the trend feed: %s", error.message)
            self._held = (url, self._clock() + RETRY_S, known if held == url else ())
        finally:
            self._fetching.release()
        return self._held[2]
