"""The query log's way to the store: gathered in memory while shoppers wait for answers, written by one thread in batches."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from aisle.store import Store
from aisle.types import CompoundQuery, Input, InputType, Query, QueryEvent, Reading, Response, Transcript

DAY_S = 86_400.0
PURGE_EVERY_S = 3_600.0
WORDS_LIMIT = 500
PARTS_LIMIT = 32
WAITING_LIMIT = 10_000
"""Lines that may wait for the disk; further ones are dropped rather than fill the memory."""

POLICY = "weighted-sum-1"
"""Which ranking policy showed the results, for off-policy evaluation later."""


class QueryLog:
    """``days`` is how long a line is kept; with 0 nothing is logged."""

    def __init__(self, store: Store, days: int) -> None:
        self._store = store
        self._days = days
        self._waiting: list[QueryEvent] = []
        self._writing = threading.Lock()
        self._purged = 0.0

    def add(self, query: Query, response: Response) -> None:
        """Never blocks and never fails."""
        if not self._days or len(self._waiting) >= WAITING_LIMIT:
            return
        event = QueryEvent(
            query_id=response.query_id,
            time=time.time(),
            session=query.session and self._store.queries.pseudonym(query.session),
            asked=_asked(query, response),
            shown=tuple(hit.id for hit in response.hits),
            offset=query.offset,
            total=response.total,
            policy=POLICY,
            milliseconds=response.timings_ms.get("total", 0.0),
        )
        self._waiting.append(event)

    def write(self) -> None:
        """Bring what waits to disk, and now and then drop what is older than its time.

        When this returns, all that had been added before the call is on disk, whichever thread wrote it. Where the store
        refuses, nothing of it is lost: it goes with the next call.
        """
        with self._writing:
            events = self._waiting[:]
            self._store.queries.append(events)
            del self._waiting[: len(events)]
            if self._days and time.time() - self._purged > PURGE_EVERY_S:
                self._store.queries.purge(time.time() - self._days * DAY_S)
                self._purged = time.time()


def _asked(query: Query, response: Response) -> Mapping[str, Any]:
    """What was asked, without pictures, vectors or context: those are only counted; and how it was taken.

    ``understood`` is what was read of the words (as ``Slot`` and ``Range`` name it), ``dropped`` the keys of the chips that
    the shopper took off, ``corrections`` the spellings that were put right, ``relaxed`` what had to be loosened. Each is there
    only where there is something to say.
    """
    said = response.interpretation
    taken = {
        "understood": _understood(said.compound) if said.compound is not None else None,
        "dropped": list(query.dropped),
        "corrections": [list(each) for each in said.corrections],
        "relaxed": list(said.relaxed),
    }
    return {
        "inputs": [_described(part) for part in query.inputs],
        "filters": dict(query.filters),
        "sort": query.sort,
        "locale": query.locale,
        **{name: value for name, value in taken.items() if value},
    }


def _understood(compound: CompoundQuery) -> dict[str, Any]:
    """The parts of a compound query, without the words that they were read from: those are in ``inputs``."""
    slots = [
        {"kind": str(s.kind), "value": s.value, "negated": s.negated, "hard": s.hard, "confidence": s.confidence}
        for s in compound.slots[:PARTS_LIMIT]
    ]
    ranges = [
        {"field": r.field, "minimum": r.minimum, "maximum": r.maximum, "hard": r.hard}
        for r in compound.ranges[:PARTS_LIMIT]
    ]
    return {
        "intent": str(compound.intent),
        "language": compound.language,
        "slots": slots,
        "ranges": ranges,
        "sort": compound.sort,
    }


def _described(part: Input) -> dict[str, Any]:
    described: dict[str, Any] = {"type": str(part.type), "weight": part.weight}
    if part.type in (InputType.TEXT, InputType.PRODUCT):
        described["value"] = str(part.value)[:WORDS_LIMIT]
    if isinstance(part.value, Reading):  # what it told is nobody's business; that it was asked is
        described["source"] = part.value.source
    if part.type is InputType.AUDIO and isinstance(part.value, tuple):
        heard = [one for one in part.value if isinstance(one, Transcript)]
        described["value"] = max(heard, key=lambda one: one.confidence).text[:WORDS_LIMIT] if heard else ""
    if part.region is not None:
        described["region"] = [part.region.x0, part.region.y0, part.region.x1, part.region.y1]
    return described
