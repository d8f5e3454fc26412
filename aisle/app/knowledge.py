"""What a shop knows of its own words, made of its products and what people changed, at the first query that asks and again when
either has changed; and the language model that reads along where one is configured."""

from __future__ import annotations

import threading
from collections.abc import Callable

from aisle.app.graph import build_graph, rows
from aisle.index.snapshot import Snapshot
from aisle.perception.text import terms
from aisle.store import Store
from aisle.understanding.compound import Understander
from aisle.understanding.llm import Refiner
from aisle.understanding.tagging.tagger import Tagger

_TAGGER = Tagger()
Groups = tuple[tuple[str, ...], ...]
"""Names that mean the same."""


class Knowledge:
    """``understander`` answers at once but for the first time; a search that has begun ends with the one it began with."""

    def __init__(self, store: Store, snapshot: Callable[[], Snapshot], refiner: Refiner | None = None) -> None:
        self._store, self._snapshot, self._refiner = store, snapshot, refiner
        self._making = threading.Lock()
        self._made: Understander | None = None
        self._edits = -1
        self.called_alike = self._called_alike()

    def understander(self) -> Understander:
        with self._making:
            if self._made is None:
                self._made = self._make()
            return self._made

    def renew(self, *, changed: bool) -> None:
        """Make it anew beside the old one, where it was ever asked for and the catalog has ``changed`` or people's edits have."""
        self.called_alike = self._called_alike()
        if self._made is not None and (changed or self._store.graph.seq != self._edits):
            made = self._make()
            made.understand("lianyiqun")  # what is made at the first use is made before searches meet it
            self._made = made

    def _called_alike(self) -> Groups:
        """Names that people said mean the same, a group for each thing: searches for one are met by the others. Names out of our own
        files aren't among them: they help to read a query, and are too wide to be searched by ("acrylic paint" – "watercolours")."""
        groups: dict[tuple[str, str], dict[str, None]] = {}
        for edit in self._store.graph.list():
            if edit.relation in ("name", "synonym") and not edit.removed:
                groups.setdefault((edit.kind, edit.value), {edit.value: None})[edit.target] = None
        return tuple(tuple(names) for names in groups.values() if len(names) > 1)

    def _make(self) -> Understander:
        self._edits = self._store.graph.seq
        snapshot = self._snapshot()

        def is_word(word: str) -> bool:
            parts = [term for term in terms(word) if len(term) > 1]  # of Chinese pairs: 连 is part of much
            return bool(parts) and all(map(snapshot.frequency, parts))

        return Understander(build_graph(self._store, rows(snapshot)), _TAGGER, self._refiner, is_word)
