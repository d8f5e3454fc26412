"""What a shop knows of its own words, made of its products at the first query that asks, and again when the catalog has changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from aisle.store import Store
from aisle.types import Product
from aisle.understanding.compound import Understander
from aisle.understanding.graph import Graph
from aisle.understanding.lexicon import Lexicon
from aisle.understanding.tagger import Tagger

BATCH = 2000
_TAGGER = Tagger()


class Knowledge:
    """``understander`` answers at once but for the first time; a search that has begun ends with the one it began with."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._making = threading.Lock()
        self._made: Understander | None = None

    def understander(self) -> Understander:
        with self._making:
            if self._made is None:
                self._made = self._make()
            return self._made

    def renew(self) -> None:
        """After the catalog has changed: make it anew beside the old one, where it was ever asked for."""
        if self._made is not None:
            self._made = self._make()

    def _make(self) -> Understander:
        return Understander(Graph.build(self._products(), Lexicon.load()), _TAGGER)

    def _products(self) -> Iterator[Product]:
        seq = 0
        while changes := self._store.changes(seq, BATCH):
            yield from (change.product for change in changes if change.product is not None)
            seq = changes[-1].seq
