"""The search views of one store: opened, caught up with the database, persisted, and handed out as immutable ``View``s.

Several processes may have a store open. The database is shared; the view files belong to the process that holds their
lock, the others keep their views in memory. Views are never the truth: broken ones are made anew from the database.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from aisle.app.filelock import FileLock
from aisle.app.knowledge import Groups, Knowledge
from aisle.app.suggesting import Queries, catalog_suggestions
from aisle.config import SearchSettings
from aisle.errors import StoreCorrupt
from aisle.index.embedded import EmbeddedIndex
from aisle.index.segment import Document
from aisle.index.snapshot import Snapshot
from aisle.models.runtime import Model
from aisle.perception.image import Limits
from aisle.perception.senses import Senses
from aisle.perception.text import terms
from aisle.search import View
from aisle.store import Store
from aisle.types import Product, Value
from aisle.understanding.llm import Refiner
from aisle.understanding.spelling import Speller
from aisle.understanding.suggesting.suggest import Suggester
from aisle.understanding.synonyms import Synonyms
from aisle.understanding.wording import Reader, general_words, surfaces

log = logging.getLogger("aisle")

FOLDER = "views"
LOCK = "views.lock"
BATCH = 2000
BACKGROUND = 1024
"""Product vectors sampled to tell how a query's cosines are spread over the catalog."""
LEARNING_SHARE = 20.0
"""Words are learnt anew at the earliest after so many times as long as it took last: a large catalog that never rests would
otherwise be read all the time."""
ASKED_EVERY_S = 60.0
"""How often it is looked whether shoppers' queries have become suggestions."""
TEXT_CACHE = 4096
"""Texts whose vectors are remembered: 4 MB at 256 dimensions."""
TITLE, TYPE, BRAND, CODE, COLOR, DESCRIPTION, OTHER = (
    "title",
    "type",
    "brand",
    "code",
    "color",
    "description",
    "attributes",
)
UNSEARCHED = frozenset({"url", "currency", "created", "image"})


def document(product: Product, vector: np.ndarray | None) -> Document:
    """A product as the index takes it: every searched field analysed, in all its languages; every attribute a column."""
    translations = product.translations.values()
    texts: dict[str, list[str]] = {
        TITLE: [product.title, *(said["title"] for said in translations if "title" in said)],
        DESCRIPTION: [product.description, *(said["description"] for said in translations if "description" in said)],
    }
    for name, value in product.attributes.items():
        if name in UNSEARCHED or isinstance(value, int | float):
            continue
        field = name if name in (TYPE, BRAND, CODE) else COLOR if name in ("color", "shade") else OTHER
        texts.setdefault(field, []).extend(value if isinstance(value, tuple) else [value])
    analysed = {field: [term for text in said for term in terms(text)] for field, said in texts.items()}
    columns: dict[str, Value] = {**product.attributes, TITLE: product.title}
    if product.group is not None:
        columns["group"] = product.group
    return Document(product.id, product.group, {k: v for k, v in analysed.items() if v}, columns, vector)


def damage(store: Path) -> list[str]:
    """What is wrong with the view files of a store, one sentence each. To be asked before they are opened: opening heals."""
    return EmbeddedIndex(store / FOLDER, 0, {}).check()


class Views:
    """``view`` is what searches read; ``catch_up`` makes the next one when the database or the settings have moved on."""

    def __init__(
        self, store: Store, model: Model, limits: Limits, refiner: Refiner | None = None, *, log_days: int = 0
    ) -> None:
        self._store = store
        self._model = model
        self._limits = limits
        self._changing = threading.Lock()
        self._keeping = threading.Lock()
        self._lock = FileLock(store.path / LOCK)
        self._settings_seq = store.settings_seq
        self._settings = store.settings()
        self._knowledge = Knowledge(store, lambda: self._index.snapshot, refiner)
        self._speller = Speller.fit({})
        self._written: Mapping[str, str] = {}
        self._background = np.zeros((0, model.dim), np.float32)
        self._learned: tuple[int, SearchSettings | None, frozenset[str], Groups] = (-1, None, frozenset(), ())
        self._queries = Queries(store, log_days)
        self._learn_next = self._ask_next = 0.0
        self._persisted: Snapshot | None = None
        self.suggester = Suggester.fit([])
        self.asked: Mapping[str, float] = {}
        """Past queries that may be offered to others, and how often each was asked."""
        self._senses = self._senses_of(model)
        self._index = self._open()
        self.view = self._made()
        self.catch_up()
        self.learn_words()

    def _senses_of(self, model: Model) -> Senses:
        """What perceives queries by a model: its texts are remembered apart, and products come with its vectors."""
        remembered = lru_cache(TEXT_CACHE)(lambda text: model.encode_texts([text], role="query")[0])
        vectors = partial(self._store.vectors, model=model.id)
        return Senses(model, remembered, self._limits, self._store.products, vectors)

    def _open(self) -> EmbeddedIndex:
        """The persisted views where this process owns them and they are sound, else empty ones to be filled."""
        dim, boosts, model = self._model.dim, self._settings.searchable, self._model.id
        if not self._lock.held:
            return EmbeddedIndex(None, dim, boosts, model)
        path = self._store.path / FOLDER
        try:
            index = EmbeddedIndex.open(path, dim, boosts, model)
        except StoreCorrupt as error:
            log.warning("the views are made anew: %s", error.message)
            index = EmbeddedIndex(path, dim, boosts, model)
            index.clear()
        if index.snapshot.seq > self._store.seq:  # the database was restored to an earlier state
            index.clear()
        return index

    def current(self) -> bool:
        """Whether the views show the database as it is."""
        return self._index.snapshot.seq >= self._store.seq

    def catch_up(self) -> None:
        """Apply what the database has that the views lack. Cheap when there is nothing to do."""
        with self._changing:
            self._fill(self._index)
            moved = self._index.snapshot is not self.view.snapshot  # a write may land while this looks
            if self._store.settings_seq != self._settings_seq:
                self._settings_seq, self._settings, moved = self._store.settings_seq, self._store.settings(), True
                self._index.set_boosts(self._settings.searchable)
            if moved:
                self.view = self._made()

    def _fill(self, index: EmbeddedIndex) -> None:
        while index.snapshot.seq < self._store.seq:
            changes = self._store.changes(index.snapshot.seq, BATCH, index.model)
            if not changes:
                return
            upserts = [document(change.product, change.vector) for change in changes if change.product is not None]
            deletes = [change.id for change in changes if change.product is None]
            index.apply(changes[-1].seq, upserts, deletes)

    def follow(self, model: Model) -> None:
        """Answer with another model from now on. Searches go on with the old views until the new ones stand complete;
        one that has begun ends with the model and the vectors that it began with."""
        index = self._index.revectored(model.id, model.dim, partial(self._store.vectors, model=model.id))
        senses = self._senses_of(model)
        with self._keeping, self._changing:
            self._fill(index)
            if index.snapshot.weighting.boosts != dict(self._settings.searchable):
                index.set_boosts(self._settings.searchable)
            self._index.let_go()
            if self._lock.held:
                index.move_to(self._store.path / FOLDER)
            self._model, self._senses, self._index, self._persisted = model, senses, index, None
            self._background = _sample(index.snapshot)
            self.view = self._made()

    def follow_words(self) -> None:
        """``learn_words`` where there is reason to, and not all the time."""
        now, busy = time.monotonic(), time.thread_time()
        if now < self._learn_next:
            return
        if now >= self._ask_next or self._index.snapshot.seq != self._learned[0]:
            self._ask_next = now + ASKED_EVERY_S
            self.learn_words()
            self._learn_next = time.monotonic() + LEARNING_SHARE * (time.thread_time() - busy)
        else:
            before = self._knowledge.called_alike
            self._knowledge.renew(changed=False)
            if self._knowledge.called_alike != before:
                with self._changing:
                    self.view = self._made()

    def learn_words(self) -> None:
        """Make spelling, suggestions, the background sample and what reads queries of the catalog as it is now, if it has
        changed; suggestions also where shoppers' queries have."""
        snapshot, settings = self._index.snapshot, self._settings
        self._knowledge.renew(changed=snapshot.seq != self._learned[0])
        self._queries.renew()
        asked = self._queries.offered(settings)
        self.asked = {each.text: float(each.count or 1) for each in asked}
        learned = (snapshot.seq, settings, frozenset(each.text for each in asked), self._knowledge.called_alike)
        if learned == self._learned:
            return
        offered = catalog_suggestions(snapshot, settings)
        suggester = Suggester.fit([*offered, *asked])
        speller, written = self._speller, self._written
        if snapshot.seq != self._learned[0]:
            speller, written = (
                Speller.fit(dict(snapshot.vocabulary()), general_words()),
                surfaces(each.text for each in offered),
            )
        with self._changing:
            self._speller, self._written, self.suggester = speller, written, suggester
            self._background = _sample(self._index.snapshot)  # not ``snapshot``: the model may have changed meanwhile
            self._learned = learned
            self.view = self._made()

    def _made(self) -> View:
        settings = self._settings
        snapshot = self._index.snapshot
        alike = [*settings.synonyms, *self._knowledge.called_alike]
        return View(
            snapshot=snapshot,
            settings=settings,
            fields=snapshot.kinds,
            senses=self._senses,
            reader=Reader(snapshot, self._speller, self._written, Synonyms.parse(alike), settings.stop_words),
            background=self._background,
            understander=self._knowledge.understander,
        )

    def tidy(self) -> None:
        """Bring the views to disk, so that the next start is quick."""
        with self._keeping:
            snapshot = self._index.snapshot
            if self._lock.held and snapshot is not self._persisted:
                self._index.persist()
                self._persisted = snapshot

    def check(self) -> list[str]:
        """What is wrong with the views, one sentence each."""
        self.tidy()
        problems = self._index.check()
        if len(self._index.snapshot) != self._store.count():
            problems.append(f"The views hold {len(self._index.snapshot)} products, the database {self._store.count()}.")
        return problems

    def rebuild(self) -> int:
        """Forget the views and make them from the database; how many products they hold."""
        with self._changing:
            self._index.clear()
            self._persisted = None
        self.catch_up()
        self.learn_words()
        return len(self._index.snapshot)

    def stats(self) -> dict[str, Any]:
        snapshot = self._index.snapshot
        return {"products": len(snapshot), "seq": snapshot.seq, "segments": len(snapshot.parts)}

    def close(self) -> None:
        if self._lock.held:
            self._index.close()
        self._lock.release()


def _sample(snapshot: Snapshot) -> np.ndarray:
    """(m, dim) vectors of products spread evenly over the catalog: the same ones for the same catalog."""
    everything = snapshot.alive()
    chosen = everything[:: max(1, len(everything) // BACKGROUND)]
    return snapshot.vectors(chosen)
