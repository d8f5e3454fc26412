"""One store that is searched and served: its database, its views and the model, kept in step."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import ValidationError

from aisle import indexing
from aisle.app.bulk import BulkWrites
from aisle.app.categories import categories_of
from aisle.app.labelling import Labelling
from aisle.app.media import Media
from aisle.app.models import Models, live_model
from aisle.app.querylog import QueryLog
from aisle.app.saying import what_is_said
from aisle.app.suggesting import Suggesting
from aisle.app.views import Views
from aisle.catalog.report import Report
from aisle.config import Config, LanguageModelConfig, SearchSettings, SpeechConfig
from aisle.errors import InvalidRequest, NotFound
from aisle.index.filters import parse
from aisle.models import registry
from aisle.models.runtime import Model
from aisle.perception.image import Limits
from aisle.perception.text import terms
from aisle.search import search
from aisle.speech.base import Phrases
from aisle.speech.speech import Speech
from aisle.store import Store
from aisle.types import EMPTY, CompoundQuery, Product, Query, Reading, Response
from aisle.understanding.categories import Categories
from aisle.understanding.dialogue import numbers, resolved, say
from aisle.understanding.llm import open_refiner
from aisle.understanding.suggesting.suggest import Suggestion

log = logging.getLogger("aisle")

POLL_S = 0.1
"""How often a serving process looks for changes that another process has written."""
HOUSEKEEPING_S = 1.0
RETRY_S = 5.0
SPEECH_S = 60.0
"""How often those who listen learn a catalog's words anew while it changes."""


def patched(settings: SearchSettings, patch: Mapping[str, Any]) -> SearchSettings:
    """``settings`` with top-level fields replaced; mappings are merged, and a null takes a key out. Validated whole.

    Raises InvalidRequest naming the field.
    """
    merged: dict[str, Any] = settings.model_dump()
    for name, value in patch.items():
        if isinstance(value, Mapping) and isinstance(merged.get(name), dict):
            joined = {**merged[name], **value}
            merged[name] = {key: one for key, one in joined.items() if one is not None}
        else:
            merged[name] = value
    try:
        return SearchSettings.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidRequest(
            f"The settings weren't changed: {first['msg']}.",
            field=".".join(map(str, first["loc"])),
            hint=f"Settings are {', '.join(SearchSettings.model_fields)}.",
        ) from error


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What a write did; ``rejected`` holds (id, code, message) of each row that wasn't taken."""

    written: int
    unchanged: int
    rejected: tuple[tuple[str, str, str], ...] = ()


class Shop:
    """The face of one store. Reads never wait for writes: they work on the latest complete view.

    Opened, it searches and writes; ``start`` adds what a serving process needs beside requests.
    """

    def __init__(self, name: str, store: Store, base: Model, config: Config) -> None:
        self.name = name
        self.store = store
        self.model = model = live_model(store, config) or base
        limits = Limits(max_bytes=config.max_image_bytes, max_pixels=config.max_image_pixels)
        self._refiner = open_refiner(LanguageModelConfig())
        self._views = Views(store, model, limits, self._refiner, log_days=config.query_log_days)
        self._suggesting = Suggesting(lambda: self._views.suggester, lambda: self._views.view, store.products)
        self._preparer = indexing.Preparer(store, model, limits=limits, fetch_timeout_s=config.fetch_timeout_s)
        self.models = Models(store, config, base, model, self._adopt)
        self._warn_of_other_models()
        self._log = QueryLog(store, config.query_log_days)
        self._bulk = BulkWrites(store, self.put_products)
        self.labelling = Labelling(store, lambda: self._views.view)
        self.media = Media(config, Speech(SpeechConfig()), lambda: self.model, self._said)
        self._speaks_of, self._next_speech = -1, 0.0
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []

    @classmethod
    def open(
        cls, name: str, path: Path, *, create: bool = True, model: Model | None = None, config: Config | None = None
    ) -> Self:
        """Open a store and bring its views up to date. Raises NotFound, Conflict, StoreCorrupt.

        It answers with its live model; where it has none, or ``config`` names one, with that of ``config``, for which
        ``model`` stands if it is open already.
        """
        config = config or Config(store=path)
        store = Store.open(path, create=create)
        try:
            return cls(name, store, model or registry.load(config.model, config.threads, config.device), config)
        except BaseException:
            store.close()
            raise

    def _warn_of_other_models(self) -> None:
        if missing := self.store.model_vectors.count_missing(self.model.id):
            log.warning(
                "%s: %d products have no vector by %s and are found by their words only; `aisle models promote` mends that",
                self.name, missing, self.model.id,
            )  # fmt: skip

    def _adopt(self, model: Model) -> None:
        """Answer and write with another model from now on."""
        self._preparer.model = model
        self._views.follow(model)
        self.model = model

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Watch for changes by other processes, learn words, write the query log, go on with accepted tasks."""
        self._bulk.resume()
        for work, every in (
            (self._views.catch_up, POLL_S),
            (self._views.follow_words, HOUSEKEEPING_S),
            (self._suggesting.work, POLL_S),
            (self._views.tidy, HOUSEKEEPING_S),
            (self._learn_speech, HOUSEKEEPING_S),
            (self._log.write, HOUSEKEEPING_S),
            (self.models.follow, POLL_S),
            (self.models.work, HOUSEKEEPING_S),
        ):
            thread = threading.Thread(target=self._repeat, args=(work, every), name=work.__name__, daemon=True)
            thread.start()
            self._threads.append(thread)

    def _said(self) -> Mapping[str, Phrases]:
        view = self._views.view
        return what_is_said(view.snapshot, self.store, view.understander().graph, self._views.asked)

    def _learn_speech(self) -> None:
        """Let those who listen know a changed catalog's words: once it has been still for a moment, and not all the time."""
        seq = self._views.view.snapshot.seq
        if seq == self._speaks_of or time.monotonic() < self._next_speech:
            return
        self.media.learn()
        self._speaks_of, self._next_speech = seq, time.monotonic() + SPEECH_S

    def warm(self) -> None:
        """Load the model's towers, the dictionary of Chinese words and what reads queries, pinyin among them."""
        if self.settings.understanding:
            self.understand("lianyiqun", "zh")
        (word, *_) = terms("连衣裙")
        if "text" in self.model.modalities:
            self.model.encode_texts([word])
        if "image" in self.model.modalities:
            self.model.encode_images([np.zeros((8, 8, 3), np.uint8)])

    def _repeat(self, work: Callable[[], object], every: float) -> None:
        while not self._closing.wait(every):
            try:
                work()
            except Exception:  # a background thread that dies would leave the shop stale without a word
                log.exception("%s: %s failed; it will be tried again", self.name, work.__name__)
                self._closing.wait(RETRY_S)

    def close(self) -> None:
        """Stop the background work, write the query log and the views, and let go of the store."""
        with ExitStack() as last:
            last.callback(self.store.close)
            last.callback(self._views.close)
            last.callback(self._log.write)
            self._closing.set()
            self._suggesting.close()
            self.models.close()
            self._bulk.close()
            for thread in self._threads:
                thread.join()
            if self._refiner is not None:
                self._refiner.close()

    # Reading

    def search(self, query: Query, *, logged: bool = True) -> Response:
        """Answer a query; what was asked and shown goes to the query log, unless nobody asked it (``logged`` off)."""
        response = search(query, self._views.view, secrets.token_urlsafe(12))
        if logged:
            self._log.add(query, response)
            self._suggesting.sessions.remember(query)
        return response

    def understand(
        self, text: str, locale: str = "en", history: Sequence[CompoundQuery] = (), shown: Sequence[str] = ()
    ) -> tuple[CompoundQuery, ...]:
        """The states of a dialogue after another turn, the last of them what is meant now; empty after "start over".

        ``history`` are the states before, ``shown`` the ids on the screen in order: what "cheaper" is measured against.
        """
        states = say(history, text, self._views.view.understander(), locale)
        if not states:
            return ()
        pointing = states[-1].reference
        products = self.store.products(shown) if pointing and pointing.than else {}
        return (*states[:-1], resolved(states[-1], [numbers(products[id]) for id in shown if id in products]))

    def categories(self, field: str = "type", examples: Iterable[tuple[str, str]] = ()) -> Categories:
        """Tells which value of an attribute a query means; ``examples`` are (query, value). Raises InvalidRequest."""
        return categories_of(self.store, self._views.view, field, examples)

    def put_signal(self, session: str, reading: Reading, ttl_s: float) -> None:
        """Keep a source's latest reading for a session's searches. Raises NotFound, Conflict, InvalidRequest."""
        self._views.view.senses.keep(session, reading, ttl_s, self.settings)

    def suggest(
        self,
        prefix: str,
        *,
        locale: str = "en",
        limit: int = 8,
        session: str | None = None,
        recent: Sequence[str] = (),
        viewed: Sequence[str] = (),
        scope: Mapping[str, Any] = EMPTY,
    ) -> Sequence[Suggestion]:
        """What the shopper may be about to type, at most ``limit``.

        What the ``session`` asked here before, its ``recent`` queries as the client keeps them, and what the products it ``viewed``
        (ids) are come first. ``scope`` is the part of the catalog that the asker may see: nothing else is told.
        """
        return self._suggesting.suggest(
            prefix, locale=locale, limit=limit, session=session, recent=recent, viewed=viewed, scope=scope
        )

    def find(self, filters: Mapping[str, Any]) -> list[str]:
        """Ids of all products that match a filter, sorted. Raises InvalidRequest."""
        snapshot = self._views.view.snapshot
        mask = snapshot.filter(parse(filters, self.fields()))  # (size,)
        return sorted(snapshot.ids(np.flatnonzero(mask)))

    def product(self, id: str) -> Product:
        """Raises NotFound."""
        product = self.store.product(id)
        if product is None:
            raise NotFound(f"There is no product {id[:60]!r}.", field="id")
        return product

    def media_path(self, name: str) -> Path:
        """The file of a product's picture. Raises NotFound."""
        return self.store.media_path(name)

    def fields(self) -> Mapping[str, str]:
        """Attributes that filters, facets and sorts may name, each with its kind."""
        return self._views.view.fields

    @property
    def settings(self) -> SearchSettings:
        return self._views.view.settings

    def task(self, id: str) -> Mapping[str, Any]:
        """How a bulk write is getting on. Raises NotFound."""
        return asdict(self.store.tasks.get(id))

    def ready(self) -> bool:
        """Whether the views have caught up with the database."""
        return not self._closing.is_set() and self._views.current()

    def stats(self) -> dict[str, Any]:
        """Sizes, for /metrics and the curious."""
        return {**self._views.stats(), "model": self.model.id}

    # Writing

    def index_feed(self, source: str | Path, **options: Any) -> Report:
        """Bring a feed into the store and its views; options as ``aisle.indexing.index_feed`` takes them."""
        try:
            return indexing.index_feed(source, self.store, self._preparer, **options)
        finally:
            self._views.catch_up()
            self._views.learn_words()

    def put_products(self, rows: Sequence[Mapping[str, Any]], *, partial: bool = False) -> WriteReport:
        """Write products given as feed rows: on disk and searchable on return. ``partial`` changes only the fields given.

        Raises NotFound where there is nothing to change.
        """
        latest: dict[str, Product] = {}
        rejected: list[tuple[str, str, str]] = []
        for number, row in enumerate(rows, 1):
            before = self.product(str(row.get("id"))) if partial else None
            cleaned = indexing.product_of(row, number, self.store, before)
            if cleaned.product is not None:
                latest[cleaned.product.id] = cleaned.product
            elif cleaned.rejection is not None:
                rejected.append((str(row.get("id", number)), cleaned.rejection.code, cleaned.rejection.message))
        products = list(latest.values())
        written = 0
        for start in range(0, len(products), indexing.BATCH):
            prepared = self._preparer.prepare_changed(products[start : start + indexing.BATCH])
            with self.store.write() as writer:
                count = writer.put([each.record for each in prepared])
            written += count.new + count.changed
        self._views.catch_up()
        return WriteReport(written, len(products) - written, tuple(rejected))

    def delete_products(self, ids: Sequence[str]) -> int:
        """Remove products; how many there were."""
        with self.store.write() as writer:
            removed = writer.remove(ids)
        self._views.catch_up()
        return removed

    def submit(self, rows: Sequence[Mapping[str, Any]]) -> str:
        """Write products in the background; the task's id. Accepted rows survive a crash."""
        return self._bulk.submit(rows)

    def update_settings(self, patch: Mapping[str, Any]) -> SearchSettings:
        """Change settings with no downtime. Raises InvalidRequest, and then nothing has changed."""
        settings = patched(self.store.settings(), patch)
        self.store.set_settings(settings)
        self._views.catch_up()
        return settings

    def check_views(self) -> list[str]:
        """What is wrong with the views, one sentence each."""
        return self._views.check()

    def rebuild_views(self) -> int:
        """Make the views anew from the database; how many products they hold."""
        return self._views.rebuild()
