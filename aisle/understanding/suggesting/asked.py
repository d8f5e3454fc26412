"""What shoppers ask for, as far as it may be offered to others: of the query log, what several sessions asked and found.

A query that was still being typed isn't one: what the same session changed by typing on, or back, within seconds is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from aisle.perception.text import fold
from aisle.types import QueryEvent
from aisle.understanding.suggesting.discretion import Discretion

SESSIONS = 3
"""In how many sessions a query must have been asked: what fewer ask may tell who asked."""
SETTLED_S = 10.0
"""Seconds in which a query may turn out to have been the beginning of another."""
MOST = 200_000
"""Different queries that are counted; further ones aren't until the log is read anew."""


@dataclass(slots=True)
class _Counted:
    """How often a query was asked in each writing, and (up to the bound) by whom."""

    written: dict[str, int] = field(default_factory=dict)
    sessions: set[str] = field(default_factory=set)
    times: int = 0


class Asked:
    """Reads the log piece by piece; ``accepted`` is what may be offered of what was read."""

    def __init__(self) -> None:
        self.read_to = 0.0
        """Time of the latest event that was read."""
        self._counted: dict[str, _Counted] = {}
        self._typing: dict[str, QueryEvent] = {}

    def read(self, events: Iterable[QueryEvent]) -> bool:
        """Take in events in order of time, none of them twice; whether any of them says anything new."""
        any_new = False
        for event in events:
            self.read_to = max(self.read_to, event.time)
            if event.session is None or event.offset:
                continue
            before = self._typing.pop(event.session, None)
            if before is not None and not _typed_on(before, event):
                any_new |= self._count(before)
            if _words(event):
                self._typing[event.session] = event
        for session, event in list(self._typing.items()):
            if event.time + SETTLED_S < self.read_to:
                any_new |= self._count(event)
                del self._typing[session]
        return any_new

    def settle(self, now: float) -> bool:
        """Count what has stood long enough at ``now`` (epoch seconds); whether there was any."""
        self.read_to, before = now, self.read_to
        changed = self.read(())
        self.read_to = before
        return changed

    def accepted(self, discretion: Discretion, sessions: int = SESSIONS) -> dict[str, int]:
        """Query → how many times it was asked, of those that may be offered."""
        found: dict[str, int] = {}
        for counted in self._counted.values():
            text = max(sorted(counted.written), key=counted.written.__getitem__)
            if len(counted.sessions) >= sessions and discretion.offers(text):
                found[text] = counted.times
        return found

    def _count(self, event: QueryEvent) -> bool:
        text = " ".join(_words(event).split())
        key = fold(text)
        if not event.total or not key or event.asked.get("corrections") or event.asked.get("relaxed"):
            return False
        if key not in self._counted and len(self._counted) >= MOST:
            return False
        counted = self._counted.setdefault(key, _Counted())
        counted.written[text] = counted.written.get(text, 0) + 1
        counted.times += 1
        counted.sessions.add(event.session or "")
        return True


def _words(event: QueryEvent) -> str:
    """What was typed, of a query that is words alone."""
    parts = event.asked.get("inputs", ())
    if len(parts) != 1 or parts[0].get("type") != "text" or parts[0].get("weight", 1.0) <= 0:
        return ""
    return str(parts[0].get("value", ""))


def _typed_on(before: QueryEvent, after: QueryEvent) -> bool:
    """Whether ``before`` was ``after`` being typed: more letters of it or fewer, moments ago."""
    if after.time - before.time > SETTLED_S:
        return False
    first, then = fold(_words(before)).strip(), fold(_words(after)).strip()
    return first != then and (then.startswith(first) or first.startswith(then))
