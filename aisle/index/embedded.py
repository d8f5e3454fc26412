"""The index of one process: applies changes to segments, merges them, keeps them on disk, hands out snapshots.

The database is the truth; the index is a view of it that remembers the sequence number it has reached. What ``apply``
takes is visible at once and on disk at the next ``persist``; after a crash the owner catches up from the database.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Self

import numpy as np

from aisle.errors import AisleError, StoreCorrupt
from aisle.index.lexical import Weighting
from aisle.index.segment import FORMAT, Document, Segment
from aisle.index.snapshot import Part, Snapshot
from aisle.index.storage import corrupt, read_json, write_json

MANIFEST = "manifest.json"
BATCH = 2000
"""Documents whose vectors are asked for at a time."""
FANOUT = 4
"""So many segments of like size are merged: a search visits few, and a document is copied seldom."""

INLINE = 16_384
"""Documents up to which a merge is done at once, in some tenths of a second; larger ones are done by a thread."""

DEAD = 0.3
"""Share of removed documents from which a segment is rewritten."""

DRIFT = 1.1
"""How far a field's mean length may move, as a factor, before all impacts are computed anew."""


class EmbeddedIndex:
    """``path``: folder it is kept in, None to keep it in memory alone. ``dim`` of the vectors, ``boosts`` of the text
    fields, ``model``: what made the vectors.

    One writer at a time (the methods take turns); reading ``snapshot`` takes no lock.
    """

    def __init__(self, path: Path | None, dim: int, boosts: Mapping[str, float], model: str = "") -> None:
        self.path = path
        self.dim = dim
        self.model = model
        self._lock = threading.RLock()
        self._disk = threading.Lock()
        self._names = count(1)
        self._saved: set[str] = set()
        self._merger: threading.Thread | None = None
        self._merging: frozenset[str] = frozenset()
        self._closing = False
        self._snapshot = Snapshot(0, (), Weighting(dict(boosts)), dim)

    @classmethod
    def open(cls, path: Path, dim: int, boosts: Mapping[str, float], model: str = "") -> Self:
        """The index as it was last persisted in ``path``; empty (``seq`` 0) where nothing was.

        Raises StoreCorrupt if anything on disk isn't as it was written, or is for vectors of another model; the caller
        then calls ``clear`` on a fresh one and rebuilds from the database.
        """
        index = cls(path, dim, boosts, model)
        if not (path / MANIFEST).exists():
            if path.exists() and any(path.glob("segment-*")):
                raise corrupt(path / MANIFEST, "it is missing")
            return index
        manifest = read_json(path / MANIFEST)
        if manifest.get("format") != FORMAT:
            raise corrupt(path / MANIFEST, f"it is of format {manifest.get('format')}, this version reads {FORMAT}")
        if manifest["dim"] != dim:
            raise corrupt(path / MANIFEST, f"its vectors have {manifest['dim']} numbers, the model gives {dim}")
        if manifest.get("model", "") != model:
            raise corrupt(path / MANIFEST, f"its vectors aren't by the model {model}")
        parts = []
        for entry in manifest["segments"]:
            segment = Segment.load(path / entry["name"])
            parts.append(Part.whole(entry["name"], segment).remove(np.array(entry["removed"], np.int64)))
            index._saved.add(entry["name"])
        weighting = Weighting(manifest["boosts"], manifest["means"])
        index._names = count(manifest["next"])
        index._snapshot = Snapshot(manifest["seq"], parts, weighting, dim)
        if weighting.boosts != dict(boosts):
            index.set_boosts(boosts)
        with index._lock:
            index._settle()  # a merge that was left undone
        return index

    @property
    def snapshot(self) -> Snapshot:
        """The current snapshot. It stays as it is while others replace it."""
        return self._snapshot

    def apply(self, seq: int, upserts: Sequence[Document] = (), deletes: Sequence[str] = ()) -> Snapshot:
        """Take a batch of changes, up to the database's ``seq``; the returned snapshot shows them.

        Of several documents with one id the last counts; an id both put and deleted is gone. Raises ValueError for a
        vector of another size.
        """
        gone = set(deletes)
        fresh = {document.id: document for document in upserts if document.id not in gone}
        for document in fresh.values():
            if document.vector is not None and document.vector.shape != (self.dim,):
                raise ValueError(f"{document.id}: a vector of shape {document.vector.shape}, not ({self.dim},)")
        with self._lock:
            now = self._snapshot
            parts = list(_without(now.parts, fresh.keys() | gone))
            if fresh:
                segment = Segment.build(list(fresh.values()), self.dim, now.weighting)
                parts.append(Part.whole(self._name(), segment))
            self._swap(seq, parts, now.weighting)
            self._settle()
            return self._snapshot

    def set_boosts(self, boosts: Mapping[str, float]) -> Snapshot:
        """Weigh text fields anew. Impacts are computed from the words kept; nothing is analysed again."""
        with self._lock:
            now = self._snapshot
            self._reweigh(replace(now.weighting, boosts=dict(boosts)))
            return self._snapshot

    def clear(self) -> None:
        """Forget everything, in memory and on disk; ``seq`` is 0 again."""
        with self._disk, self._lock:
            self._snapshot = Snapshot(0, (), Weighting(self._snapshot.weighting.boosts), self.dim)
            if self.path is not None:
                (self.path / MANIFEST).unlink(missing_ok=True)
                self._sweep(set())

    def revectored(self, model: str, dim: int, vectors: Callable[[Sequence[str]], Mapping[str, np.ndarray]]) -> Self:
        """An index in memory of the same documents, as of the same ``seq``, with the vectors of another model.

        ``vectors``: ids → the (dim,) vectors of those that have one. Words and columns are shared, nothing is analysed
        again; this index stays as it is.
        """
        now = self._snapshot
        made = type(self)(None, dim, now.weighting.boosts, model)
        parts = []
        for part in now.parts:
            ids = list(part.segment.ids)
            found: dict[str, np.ndarray] = {}
            for start in range(0, len(ids), BATCH):
                found |= vectors(ids[start : start + BATCH])
            rows = [found.get(identifier) if alive else None for identifier, alive in zip(ids, part.alive, strict=True)]
            parts.append(replace(part, name=made._name(), segment=part.segment.revectored(rows, dim)))
        made._snapshot = Snapshot(now.seq, parts, now.weighting, dim)
        return made

    def move_to(self, path: Path) -> None:
        """Keep an index that was in memory in ``path`` from the next ``persist`` on. What lay there is forgotten."""
        with self._disk, self._lock:
            self.path = path
            (path / MANIFEST).unlink(missing_ok=True)
            self._sweep(set())

    def let_go(self) -> None:
        """Stop merging and keep nothing more on disk: another index takes this one's place. Its snapshots stay."""
        self._closing = True
        with self._disk:
            self.path = None

    def persist(self) -> None:
        """Bring the disk up to the current snapshot; changes may go on meanwhile. Does nothing for an index in
        memory."""
        with self._disk:
            if self.path is None:
                return
            now = self._snapshot
            self.path.mkdir(parents=True, exist_ok=True)
            self._sweep({part.name for part in now.parts} | self._saved)
            for part in now.parts:
                if part.name not in self._saved:
                    part.segment.save(self.path / part.name)
                    self._saved.add(part.name)
            content = {
                "format": FORMAT,
                "seq": now.seq,
                "dim": self.dim,
                "model": self.model,
                "boosts": dict(now.weighting.boosts),
                "means": dict(now.weighting.means),
                "next": self._number(),
                "segments": [
                    {"name": part.name, "removed": np.flatnonzero(~part.alive).tolist()} for part in now.parts
                ],
            }
            write_json(self.path / MANIFEST, content)
            self._sweep({part.name for part in now.parts})

    def settle(self) -> Snapshot:
        """Wait until nothing is left to merge."""
        while (merger := self._merger) is not None:
            merger.join()
        return self._snapshot

    def close(self) -> None:
        """Persist and stop; a merge under way is given a few seconds, then left undone."""
        self._closing = True
        if (merger := self._merger) is not None:
            merger.join(timeout=10)
        self.persist()

    def check(self) -> list[str]:
        """What is wrong with the files on disk, a line each; nothing if they can be opened."""
        if self.path is None or not self.path.exists():
            return []
        problems = []
        try:
            names = [entry["name"] for entry in read_json(self.path / MANIFEST)["segments"]]
        except StoreCorrupt as error:
            return [error.message]
        for name in names:
            try:
                Segment.load(self.path / name)
            except AisleError as error:
                problems.append(error.message)
        return problems

    # -- inside the lock ----------------------------------------------------------------------------------------------

    def _number(self) -> int:
        return next(self._names)

    def _name(self) -> str:
        return f"segment-{self._number():08d}"

    def _sweep(self, kept: set[str]) -> None:
        """Remove the folders that aren't ``kept``: what was merged away, and what a crash left behind."""
        if self.path is None:
            return
        self._saved &= kept
        for folder in self.path.glob("segment-*"):
            if folder.name not in self._saved:
                shutil.rmtree(folder, ignore_errors=True)

    def _swap(self, seq: int, parts: Sequence[Part], weighting: Weighting) -> None:
        self._snapshot = Snapshot(seq, [part for part in parts if part.count], weighting, self.dim)

    def _settle(self) -> None:
        """Merge what has become too many, and weigh anew if documents have become longer or shorter."""
        now = self._snapshot
        if any(_drifted(now.weighting.means.get(name), mean) for name, mean in _means(now.parts).items()):
            self._reweigh(now.weighting)
        while chosen := _to_merge(self._snapshot.parts, self._merging, most=INLINE):
            self._replace(chosen, _merged(chosen, self._snapshot.weighting))
        if self._merger is None and _to_merge(self._snapshot.parts, self._merging):
            self._merger = threading.Thread(target=self._merge, name="aisle.index.merge", daemon=True)
            self._merger.start()

    def _merge(self) -> None:
        """The merging thread: works outside the lock, and lets go of what was removed meanwhile when it swaps."""
        while True:
            with self._lock:
                self._merging = frozenset()
                weighting = self._snapshot.weighting
                chosen = [] if self._closing else _to_merge(self._snapshot.parts, self._merging)
                if not chosen:
                    self._merger = None
                    return
                self._merging = frozenset(part.name for part in chosen)
            merged = _merged(chosen, weighting)
            with self._lock:
                if self._snapshot.weighting is weighting:  # else cleared or weighed anew meanwhile: begun again
                    self._replace(chosen, merged)

    def _replace(self, chosen: Sequence[Part], merged: Segment) -> None:
        """Put ``merged`` in the place of ``chosen``, less what was removed since ``chosen`` was read."""
        now = self._snapshot
        alive = {part.name: part.alive for part in now.parts}
        gone: set[str] = set()
        for part in chosen:
            removed = part.alive & ~alive[part.name] if part.name in alive else part.alive
            gone.update(part.segment.ids[ordinal] for ordinal in np.flatnonzero(removed).tolist())
        names = {part.name for part in chosen}
        kept = [part for part in now.parts if part.name not in names]
        self._swap(now.seq, [*kept, *_without([Part.whole(self._name(), merged)], gone)], now.weighting)

    def _reweigh(self, weighting: Weighting) -> None:
        now = self._snapshot
        weighting = replace(weighting, means=_means(now.parts))
        parts = []
        for part in now.parts:
            fresh = Part.whole(self._name(), part.segment.reweighted(weighting))
            parts.append(fresh.remove(np.flatnonzero(~part.alive)))
        self._swap(now.seq, parts, weighting)


def _without(parts: Sequence[Part], ids: set[str]) -> list[Part]:
    """``parts`` with the documents of these ids removed."""
    remaining = []
    for part in parts:
        places = {part.segment.ids.find(identifier) for identifier in ids} - {-1}
        ordinals = np.array(sorted(places), np.int64)
        remaining.append(part.remove(ordinals[part.alive[ordinals]]))
    return remaining


def _means(parts: Sequence[Part]) -> dict[str, float]:
    """Field → mean number of tokens, over the documents that have the field."""
    sums: dict[str, tuple[int, int]] = {}
    for part in parts:
        for name, (tokens, documents) in part.segment.lengths.items():
            before = sums.get(name, (0, 0))
            sums[name] = (before[0] + tokens, before[1] + documents)
    return {name: tokens / documents for name, (tokens, documents) in sorted(sums.items()) if documents}


def _drifted(before: float | None, after: float) -> bool:
    return before is None or not before / DRIFT <= after <= before * DRIFT


def _merged(parts: Sequence[Part], weighting: Weighting) -> Segment:
    return Segment.merge([(part.segment, part.alive) for part in parts], weighting)


def _to_merge(parts: Sequence[Part], busy: frozenset[str], *, most: int | None = None) -> list[Part]:
    """What to make one segment of: one that is in good part dead, FANOUT of one tier, all if the largest is no longer
    most of it; nothing if all is well.

    Those named in ``busy`` are left alone. With ``most``, only what holds at most so many documents together.
    """
    free = [part for part in parts if part.name not in busy]
    groups = [[part] for part in free if part.count < (1 - DEAD) * len(part.segment)]
    tiers: dict[int, list[Part]] = {}
    for part in free:
        tiers.setdefault(int(np.log2(part.count) / np.log2(FANOUT)), []).append(part)
    groups += [alike for _, alike in sorted(tiers.items()) if len(alike) >= FANOUT]
    if not busy and len(free) > 1 and 2 * max(part.count for part in free) <= sum(part.count for part in free):
        groups.append(free)
    fitting = (group for group in groups if most is None or sum(part.count for part in group) <= most)
    return next(fitting, [])
