"""What keeps a language model from costing too much or slowing a shop down: a breaker, a budget, a cache."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

DAY_S = 86_400
LONGEST_PAUSE_S = 3600.0
"""However long an endpoint asks to be left alone, it is tried again after an hour."""

Clock = Callable[[], float]


class Breaker:
    """Opens after ``failures`` in a row, for ``pause_s``; then one question probes (half-open): its success closes, its
    failure opens again (Nygard, *Release It!*, 2007)."""

    def __init__(self, failures: int, pause_s: float, clock: Clock = time.monotonic) -> None:
        self._limit, self._pause, self._clock = failures, pause_s, clock
        self._lock = threading.Lock()
        self._failed = 0
        self._probe_at: float | None = None  # None while closed
        self._probing = False

    @property
    def open(self) -> bool:
        """Whether a question would be turned away now."""
        with self._lock:
            return not self._may()

    def _may(self) -> bool:
        return self._probe_at is None or (not self._probing and self._clock() >= self._probe_at)

    def admit(self) -> bool:
        """Whether to ask. Who is admitted must say ``succeeded`` or ``failed``."""
        with self._lock:
            if not self._may():
                return False
            self._probing = self._probe_at is not None
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failed, self._probe_at, self._probing = 0, None, False

    def failed(self, pause_s: float | None = None) -> None:
        """``pause_s``: the endpoint itself asked to be left alone for so long, which opens at once."""
        with self._lock:
            self._failed += 1
            if self._probing or pause_s is not None or self._failed >= self._limit:
                pause = self._pause if pause_s is None else min(max(pause_s, self._pause), LONGEST_PAUSE_S)
                self._probe_at = self._clock() + pause
            self._probing = False


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read and written."""

    read: int
    written: int

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.read + other.read, self.written + other.written)


class Budget:
    """What a day (UTC) may cost in tokens and money; 0 is no limit. Prices are for a million tokens.

    Room is reserved before a question is asked and settled after, so that questions in flight together don't overdraw it. It
    counts in memory: a process that starts again starts with a whole day.
    """

    def __init__(
        self,
        tokens: int,
        money: float,
        price_in: float,
        price_out: float,
        clock: Clock = time.time,
    ) -> None:
        self._tokens, self._money = tokens, money
        self._price_in, self._price_out = price_in / 1e6, price_out / 1e6
        self._clock = clock
        self._lock = threading.Lock()
        self._day = -1
        self._used = 0
        self._cost = 0.0

    def cost(self, usage: Usage) -> float:
        return usage.read * self._price_in + usage.written * self._price_out

    @property
    def spent(self) -> tuple[int, float]:
        """(tokens, money) of today, what is reserved included."""
        with self._lock:
            self._turn()
            return self._used, self._cost

    def reserve(self, most: Usage) -> int | None:
        """The day it was taken from, or None where the day has no room for it."""
        with self._lock:
            self._turn()
            tokens, cost = self._used + most.read + most.written, self._cost + self.cost(most)
            if (self._tokens and tokens > self._tokens) or (self._money and cost > self._money):
                return None
            self._used, self._cost = tokens, cost
            return self._day

    def settle(self, day: int, most: Usage, used: Usage) -> None:
        """Put what was used in place of what was reserved, unless that day is over."""
        with self._lock:
            self._turn()
            if day == self._day:
                self._used += used.read + used.written - most.read - most.written
                self._cost += self.cost(used) - self.cost(most)

    def _turn(self) -> None:
        today = int(self._clock() // DAY_S)
        if today != self._day:
            self._day, self._used, self._cost = today, 0, 0.0


_V = TypeVar("_V")


class Cache(Generic[_V]):
    """The ``size`` answers used last, each for ``ttl_s`` seconds."""

    def __init__(self, size: int, ttl_s: float, clock: Clock = time.monotonic) -> None:
        self._size, self._ttl, self._clock = size, ttl_s, clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, _V]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> _V | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            if self._clock() >= found[0]:
                del self._kept[key]
                return None
            self._kept.move_to_end(key)
            return found[1]

    def put(self, key: str, value: _V, ttl_s: float | None = None) -> None:
        with self._lock:
            self._kept[key] = (self._clock() + (self._ttl if ttl_s is None else ttl_s), value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
