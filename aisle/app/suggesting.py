"""What a shop suggests while its shoppers type: made of its catalog and its query log, personal to a session, true in its counts."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from aisle.app.counts import Counted, Counts
from aisle.config import SearchSettings
from aisle.index.filters import And, In, parse
from aisle.index.snapshot import Snapshot
from aisle.search import View
from aisle.store import Store
from aisle.types import InputType, Product, Query, QueryEvent
from aisle.understanding.suggesting.asked import Asked
from aisle.understanding.suggesting.discretion import discretion_of
from aisle.understanding.suggesting.suggest import May, Personal, Suggester, Suggestion, SuggestionKind

TITLES = 200_000
"""Titles that are suggested, of a larger catalog's those that most products share."""
NAMES = {
    "type": SuggestionKind.TYPE,
    "brand": SuggestionKind.BRAND,
    "category": SuggestionKind.CATEGORY,
    "department": SuggestionKind.CATEGORY,
}
"""Fields whose values are suggested, and their forms in further languages (``type_zh``)."""
REREAD_S = 86_400.0
"""After so long the whole log is read anew: what was purged is no longer suggested."""
LATE_S = 30.0
"""How much later than others another process may write what it logged."""
WARMED = 200
"""Suggestions, the most wanted, that are counted before anybody asks."""
WARM_AFTER_S = 5.0
"""A process that starts has more urgent things to do."""
SESSIONS = 10_000
SESSION_S = 3600.0
REMEMBERED = 12
SCOPED = 2
"""Rows "in Shoes" under the first suggestion."""


class Queries:
    """The queries of the log that may be offered, kept up with it."""

    def __init__(self, store: Store, days: int) -> None:
        self._store, self._days = store, days
        self._asked = Asked()
        self._begun = time.time()
        self._read: dict[str, float] = {}

    def renew(self) -> bool:
        """Read what the log has that is new; whether it changes what is offered."""
        now = time.time()
        if now - self._begun > REREAD_S:
            self._asked, self._begun, self._read = Asked(), now, {}
        since = max(self._asked.read_to - LATE_S, now - self._days * 86_400.0)
        changed = self._asked.read(self._unread(since))
        return self._asked.settle(now) or changed

    def _unread(self, since: float) -> Iterator[QueryEvent]:
        """Events since a moment that weren't read before."""
        self._read = {id: at for id, at in self._read.items() if at >= since}
        for event in self._store.queries.since(since):
            if event.query_id not in self._read:
                self._read[event.query_id] = event.time
                yield event
        latest = self._asked.read_to - LATE_S
        self._read = {id: at for id, at in self._read.items() if at >= latest}

    def offered(self, settings: SearchSettings) -> list[Suggestion]:
        """What may be offered under the settings, with how many times each was asked."""
        accepted = self._asked.accepted(discretion_of(tuple(settings.never_suggest)), settings.suggest_sessions)
        return [Suggestion(text, SuggestionKind.QUERY, times) for text, times in accepted.items()]


def catalog_suggestions(snapshot: Snapshot, settings: SearchSettings) -> list[Suggestion]:
    """What the catalog's names and titles offer, without what is rude."""
    discretion = discretion_of(tuple(settings.never_suggest))
    everything = snapshot.alive()
    found: list[Suggestion] = []
    for field in snapshot.kinds:
        base, _, language = field.partition("_")
        if base in NAMES and (not language or len(language) == 2) and snapshot.kinds[field] != "number":
            counted = snapshot.count(field, everything)
            found += [Suggestion(text, NAMES[base], count) for text, count in counted.items()]
    titles = snapshot.count("title", everything, TITLES)
    found += [Suggestion(text, SuggestionKind.PRODUCT, count) for text, count in titles.items()]
    return [each for each in found if not discretion.is_rude(each.text)]


class Sessions:
    """The latest queries of each session, in memory and for an hour."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queries: OrderedDict[str, tuple[float, deque[str]]] = OrderedDict()

    def remember(self, query: Query) -> None:
        """Keep the words of a query that names its session."""
        words = [str(part.value) for part in query.inputs if part.type is InputType.TEXT and part.weight > 0]
        if not query.session or query.offset or len(words) != 1 or not words[0].strip():
            return
        text = " ".join(words[0].split())[:200]
        with self._lock:
            _, kept = self._queries.pop(query.session, (0.0, deque(maxlen=REMEMBERED)))
            if kept and (text.startswith(kept[0]) or kept[0].startswith(text)):
                kept.popleft()  # it was being typed
            if text in kept:
                kept.remove(text)
            kept.appendleft(text)
            self._queries[query.session] = (time.monotonic(), kept)
            while len(self._queries) > SESSIONS:
                self._queries.popitem(last=False)

    def of(self, session: str | None) -> tuple[str, ...]:
        """Latest first."""
        with self._lock:
            at, kept = self._queries.get(session or "", (0.0, deque()))
            return tuple(kept) if kept and time.monotonic() - at < SESSION_S else ()


class Suggesting:
    """Answers for one shop. ``suggester`` gives the latest; ``products`` reads those that a session looked at."""

    def __init__(
        self,
        suggester: Callable[[], Suggester],
        view: Callable[[], View],
        products: Callable[[Sequence[str]], Mapping[str, Product]],
    ) -> None:
        self._suggester, self._view, self._products = suggester, view, products
        self._warmed: Suggester | None = None
        self._warm_at: float | None = None
        self._closing = threading.Event()
        self.counts = Counts(view)
        self.sessions = Sessions()

    def suggest(
        self,
        prefix: str,
        *,
        locale: str = "en",
        limit: int = 8,
        session: str | None = None,
        recent: Sequence[str] = (),
        viewed: Sequence[str] = (),
        scope: Mapping[str, Any] | None = None,
    ) -> list[Suggestion]:
        """What the shopper may be about to type; see ``Shop.suggest``."""
        language = locale[:2].lower()
        limit = max(1, limit)
        discretion = discretion_of(tuple(self._view().settings.never_suggest))
        queries = dict.fromkeys((*recent, *self.sessions.of(session)))
        personal = Personal(tuple(filter(discretion.offers, queries)), self._names(viewed))
        if scope:
            may = self._within(scope)
            return self._suggester().suggest(prefix, limit, locale=language, personal=personal, may=may)
        found = self._suggester().suggest(prefix, limit + SCOPED, locale=language, personal=personal)
        return self._counted(found, language)[:limit]

    def work(self) -> None:
        """Count what is waiting, and the most wanted before anybody asks."""
        suggester, now = self._suggester(), time.monotonic()
        if self._warm_at is None:
            self._warm_at = now + WARM_AFTER_S
        if suggester is not self._warmed and now >= self._warm_at:
            self._warmed = suggester
            for suggestion in reversed(list(islice(suggester.popular(), WARMED))):
                self.counts.of(suggestion.text, "zh" if _is_chinese(suggestion.text) else "en")
        while self.counts.work() and not self._closing.wait(0.1):
            pass

    def close(self) -> None:
        """Leave uncounted what is still waiting."""
        self._closing.set()

    def _names(self, viewed: Sequence[str]) -> tuple[str, ...]:
        names: dict[str, None] = {}
        found = self._products(list(viewed)) if viewed else {}
        for product in (found[id] for id in viewed if id in found):
            for field, value in product.attributes.items():
                if field.partition("_")[0] in NAMES:
                    names |= dict.fromkeys(value if isinstance(value, tuple) else (str(value),))
            names[product.title] = None
        return tuple(names)

    def _within(self, scope: Mapping[str, Any]) -> May:
        """What a key that sees a part of the catalog may be told: names and titles of that part, and nobody's queries."""
        view = self._view()
        snapshot, bound = view.snapshot, parse(scope, view.fields)
        fields: dict[str, list[str]] = {SuggestionKind.PRODUCT: ["title"]}
        for field in view.fields:
            if (base := field.partition("_")[0]) in NAMES:
                fields.setdefault(NAMES[base], []).append(field)

        def may(suggestion: Suggestion) -> bool:
            named = fields.get(suggestion.kind, ())
            return any(snapshot.filter(And((bound, In(field, (suggestion.text,))))).any() for field in named)

        return may

    def _counted(self, found: Iterable[Suggestion], language: str) -> list[Suggestion]:
        """With counts, pictures and scopes, as far as they are known; without what leads nowhere."""
        rows: list[Suggestion] = []
        for each in found:
            counted = self.counts.of(each.text, language)
            if counted is not None and counted.total == 0 and each.kind is not SuggestionKind.PRODUCT:
                continue
            rows.append(_with(each, counted))
            if counted is not None and len(rows) == 1 and each.kind is not SuggestionKind.PRODUCT:
                rows += [
                    replace(each, scope=scope, count=count, image=None) for scope, count in counted.scopes[:SCOPED]
                ]
        return rows


def _with(suggestion: Suggestion, counted: Counted | None) -> Suggestion:
    if counted is None or counted.total <= 0:
        return suggestion
    return replace(suggestion, count=counted.total, image=counted.image)


def _is_chinese(text: str) -> bool:
    return any("一" <= char <= "鿿" for char in text)
