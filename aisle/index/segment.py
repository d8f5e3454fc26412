"""An immutable batch of documents: their ids, words, columns and vectors, all in the order of their ids.

One order for everything means that a document is one ordinal in every view, that looking up an id is a binary search,
and that ties broken by ordinal are ties broken by id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from aisle.index.arrays import Arrays, Ragged, Strings
from aisle.index.columns import Columns
from aisle.index.dense import Vectors
from aisle.index.lexical import Postings, Weighting
from aisle.index.storage import corrupt, read_folder, write_folder
from aisle.types import EMPTY, Value

FORMAT = 1
NO_GROUP = -1


@dataclass(frozen=True, slots=True)
class Document:
    """What the index keeps of a product.

    ``terms``: field → analysed tokens in order (a word may be followed by other forms of itself); ``columns``: what can
    be filtered, counted and sorted by; ``vector``: (dim,) float32 unit, or None; ``group`` joins variants.
    """

    id: str
    group: str | None = None
    terms: Mapping[str, Sequence[str]] = field(default_factory=lambda: EMPTY)
    columns: Mapping[str, Value] = field(default_factory=lambda: EMPTY)
    vector: np.ndarray | None = None


@dataclass(frozen=True)
class Segment:
    """``ids`` ascending; ``groups`` (n,) int64, NO_GROUP where there is none; ``tokens``: field → term numbers in
    order."""

    ids: Strings
    groups: np.ndarray
    tokens: Mapping[str, Ragged]
    postings: Postings
    columns: Columns
    vectors: Vectors

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def build(cls, documents: Sequence[Document], dim: int, weighting: Weighting) -> Segment:
        """Ids must be distinct; vectors (dim,)."""
        documents = sorted(documents, key=lambda document: document.id)
        names = sorted({name for document in documents for name in document.terms})
        vocabulary = sorted(set(chain.from_iterable(chain.from_iterable(d.terms.values()) for d in documents)))
        numbers = {term: number for number, term in enumerate(vocabulary)}
        tokens = {}
        for name in names:
            rows = [document.terms.get(name, ()) for document in documents]
            flat = chain.from_iterable(rows)
            tokens[name] = Ragged.of([len(row) for row in rows], np.array([numbers[term] for term in flat], np.int32))
        return cls(
            Strings.of(document.id for document in documents),
            np.array([group_number(document.group) for document in documents], np.int64),
            tokens,
            Postings.of(Strings.of(vocabulary), tokens, len(documents), weighting),
            Columns.of([document.columns for document in documents]),
            Vectors.of([document.vector for document in documents], dim),
        )

    @classmethod
    def merge(cls, parts: Sequence[tuple[Segment, np.ndarray]], weighting: Weighting) -> Segment:
        """One segment of the documents that are alive: each part is a segment and its (n,) bool mask. No id is alive
        twice."""
        segments = [segment for segment, _ in parts]
        alive = np.flatnonzero(np.concatenate([mask for _, mask in parts]))
        ids = list(chain.from_iterable(segment.ids for segment in segments))
        order = sorted(alive.tolist(), key=ids.__getitem__)
        rows = np.array(order, np.int64)
        terms, tokens = _merge_tokens(segments, rows)
        return cls(
            Strings.of(map(ids.__getitem__, order)),
            np.concatenate([segment.groups for segment in segments])[rows],
            tokens,
            Postings.of(terms, tokens, len(rows), weighting),
            Columns.merge([segment.columns for segment in segments], rows),
            Vectors.merge([segment.vectors for segment in segments], rows),
        )

    def reweighted(self, weighting: Weighting) -> Segment:
        """The same documents with impacts by another weighting."""
        postings = Postings.of(self.postings.terms, self.tokens, len(self), weighting)
        return Segment(self.ids, self.groups, self.tokens, postings, self.columns, self.vectors)

    def revectored(self, vectors: Sequence[np.ndarray | None], dim: int) -> Segment:
        """The same documents with other vectors: (dim,) or None for each, in order."""
        made = Vectors.of(vectors, dim)
        return Segment(self.ids, self.groups, self.tokens, self.postings, self.columns, made)

    @cached_property
    def lengths(self) -> dict[str, tuple[int, int]]:
        """Field → (tokens, documents that have the field)."""
        return {name: (len(rows.values), int(np.count_nonzero(rows.lengths()))) for name, rows in self.tokens.items()}

    def term_counts(self, ordinals: np.ndarray) -> np.ndarray:
        """The number of each distinct searched term of each of the documents, with repetition: what they add to
        frequencies."""
        searched = set(self.postings.fields)
        found = [np.zeros(0, np.int64)]
        for ordinal in ordinals.tolist():
            rows = [rows.row(ordinal) for name, rows in self.tokens.items() if name in searched]
            found.append(np.unique(np.concatenate(rows)) if rows else found[0])
        return np.concatenate(found)

    def save(self, path: Path) -> None:
        """Write to the new folder ``path``: it appears complete or not at all."""
        arrays: Arrays = {"groups": self.groups, **self.ids.arrays("ids")}
        for place, rows in enumerate(self.tokens.values()):
            arrays |= rows.arrays(f"tokens.{place}")
        for name, part in self._parts().items():
            arrays |= {f"{name}.{key}": array for key, array in part.items()}
        meta = {
            "format": FORMAT,
            "documents": len(self),
            "text": list(self.tokens),
            "searched": list(self.postings.fields),
            "columns": list(self.columns.fields),
        }
        write_folder(path, arrays, meta)

    def _parts(self) -> dict[str, Arrays]:
        return {"postings": self.postings.arrays(), "columns": self.columns.arrays(), "vectors": self.vectors.arrays()}

    @classmethod
    def load(cls, path: Path) -> Segment:
        """Map a saved segment. Raises StoreCorrupt if any byte of it isn't as it was written."""
        arrays, meta = read_folder(path)
        if meta.get("format") != FORMAT:
            raise corrupt(path, f"it is of format {meta.get('format')}, this version reads {FORMAT}")
        parts: dict[str, Any] = {"postings": {}, "columns": {}, "vectors": {}}
        for name, array in arrays.items():
            room, _, key = name.partition(".")
            if room in parts:
                parts[room][key] = array
        return cls(
            Strings.read(arrays, "ids"),
            arrays["groups"],
            {name: Ragged.read(arrays, f"tokens.{place}") for place, name in enumerate(meta["text"])},
            Postings.load(parts["postings"], meta["searched"]),
            Columns.load(meta["documents"], meta["columns"], parts["columns"]),
            Vectors.load(parts["vectors"]),
        )


def group_number(group: str | None) -> int:
    """A 63-bit number that stands for the group's name."""
    if group is None:
        return NO_GROUP
    digest = blake2b(group.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def _merge_tokens(segments: Sequence[Segment], rows: np.ndarray) -> tuple[Strings, dict[str, Ragged]]:
    """Tokens of documents ``rows`` of the concatenated segments, renumbered to the words that they still use."""
    union = sorted(set(chain.from_iterable(segment.postings.words for segment in segments)))
    numbers = {term: number for number, term in enumerate(union)}
    renumber = [np.array([numbers[term] for term in segment.postings.words], np.int32) for segment in segments]
    tokens = {}
    used = np.zeros(len(union), bool)
    for name in sorted({name for segment in segments for name in segment.tokens}):
        parts = []
        for segment, table in zip(segments, renumber, strict=True):
            ragged = segment.tokens.get(name)
            if ragged is None:
                ragged = Ragged(np.zeros(len(segment) + 1, np.int64), np.zeros(0, np.int32))
            parts.append(Ragged(ragged.offsets, table[ragged.values]))
        tokens[name] = Ragged.concatenate(parts).take(rows)
        used[tokens[name].values] = True
    compact = (np.cumsum(used) - 1).astype(np.int32)
    kept = Strings.of(union[number] for number in np.flatnonzero(used).tolist())
    return kept, {name: Ragged(ragged.offsets, compact[ragged.values]) for name, ragged in tokens.items()}
