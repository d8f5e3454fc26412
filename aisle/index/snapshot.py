"""What one search reads: the segments as of one moment, with the documents that were removed since masked out.
Immutable.

A document is an *ordinal*: its place in the concatenation of the segments, removed ones included. Ordinals hold within
one snapshot only. Arrays of ordinals are ascending int64 unless said otherwise; a mask is (size,) bool over all
ordinals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from aisle.index.arrays import Ragged
from aisle.index.columns import Column, sort_key
from aisle.index.dense import Near
from aisle.index.filters import And, Filter
from aisle.index.lexical import Clause, LexicalQuery, Weighting, accumulate, idf, nearness
from aisle.index.segment import NO_GROUP, Document, Segment
from aisle.types import Value


@dataclass(frozen=True, slots=True)
class Matches:
    """Lexical matches: ``ordinals`` (h,) ascending, BM25F ``scores`` and ``coverage`` (h,) float32.

    Coverage, in (0, 1], is the share of the query's idf mass (Σ weight · idf of its clauses) that the document matched.
    """

    ordinals: np.ndarray
    scores: np.ndarray
    coverage: np.ndarray
    mass: float = 0.0


@dataclass(frozen=True, slots=True)
class Numbers:
    """A numeric field over some documents: how many have it, its ends, and a histogram of equal bins between them."""

    count: int
    minimum: float
    maximum: float
    histogram: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A segment as a snapshot sees it: ``alive`` (n,) bool, ``frequencies`` (terms,) of its living documents."""

    name: str
    segment: Segment
    alive: np.ndarray
    frequencies: np.ndarray
    count: int

    @classmethod
    def whole(cls, name: str, segment: Segment) -> Part:
        return cls(name, segment, np.ones(len(segment), bool), segment.postings.frequencies(), len(segment))

    def remove(self, ordinals: np.ndarray) -> Part:
        """Without the given documents (distinct, alive)."""
        if not len(ordinals):
            return self
        alive = self.alive.copy()
        alive[ordinals] = False
        frequencies = self.frequencies.copy()
        np.subtract.at(frequencies, self.segment.term_counts(ordinals), 1)
        return replace(self, alive=alive, frequencies=frequencies, count=self.count - len(ordinals))


class Snapshot:
    """The index as of ``seq``. ``len()`` counts living documents; ``size`` counts ordinals, removed documents
    included."""

    def __init__(self, seq: int, parts: Sequence[Part], weighting: Weighting, dim: int) -> None:
        self.seq = seq
        self.parts = tuple(parts)
        self.weighting = weighting
        self.dim = dim
        self.starts = np.zeros(len(self.parts) + 1, np.int64)
        np.cumsum([len(part.segment) for part in self.parts], out=self.starts[1:])
        self.size = int(self.starts[-1])
        self._count = sum(part.count for part in self.parts)

    def __len__(self) -> int:
        return self._count

    # -- documents ----------------------------------------------------------------------------------------------------

    @cached_property
    def mask(self) -> np.ndarray:
        """(size,) bool: the living documents. Not to be written to."""
        return self._joined([part.alive for part in self.parts])

    def alive(self) -> np.ndarray:
        """Ordinals of all living documents."""
        return np.flatnonzero(self.mask)

    def ids(self, ordinals: np.ndarray) -> list[str]:
        """Ids of documents, in the order given."""
        ids: list[str] = [""] * len(ordinals)
        for part, places, local in self._split(ordinals):
            for place, ordinal in zip(places.tolist(), local.tolist(), strict=True):
                ids[place] = part.segment.ids[ordinal]
        return ids

    def ordinals(self, ids: Sequence[str]) -> np.ndarray:
        """Ordinals of ids, in the order given, -1 for an id that isn't there."""
        return np.array([self._ordinal(identifier) for identifier in ids], np.int64)

    def _ordinal(self, identifier: str) -> int:
        for start, part in zip(self.starts.tolist(), self.parts, strict=False):
            place = part.segment.ids.find(identifier)
            if place >= 0 and part.alive[place]:
                return start + place
        return -1

    def groups(self, ordinals: np.ndarray) -> np.ndarray:
        """(h,) int64, equal for documents of one group; a document without a group has a number of its own."""
        groups = np.empty(len(ordinals), np.int64)
        for part, places, local in self._split(ordinals):
            groups[places] = part.segment.groups[local]
        alone = groups == NO_GROUP
        groups[alone] = -2 - np.asarray(ordinals)[alone]
        return groups

    # -- words --------------------------------------------------------------------------------------------------------

    def frequency(self, term: str) -> int:
        """How many living documents hold ``term``."""
        return sum(
            int(part.frequencies[number])
            for part in self.parts
            if (number := part.segment.postings.numbers.get(term)) is not None
        )

    def together(self, first: str, second: str) -> int:
        """How many living documents hold both terms."""
        count = 0
        for part in self.parts:
            known = part.segment.postings.numbers
            if first in known and second in known:
                held = [part.segment.postings.postings(known[term])[0] for term in (first, second)]
                few, many = sorted(held, key=len)
                places = np.minimum(np.searchsorted(many, few), len(many) - 1)
                count += int(part.alive[few[many[places] == few]].sum()) if len(many) else 0
        return count

    def prefixed(self, prefix: str) -> dict[str, int]:
        """Every term that starts with ``prefix``, with its frequency."""
        found: Counter[str] = Counter()
        for part in self.parts:
            for term, number in part.segment.postings.prefixed(prefix):
                found[term] += int(part.frequencies[number])
        return {term: count for term, count in sorted(found.items()) if count}

    def vocabulary(self) -> Iterator[tuple[str, int]]:
        """(term, frequency) of every term that a living document holds."""
        found: Counter[str] = Counter()
        for part in self.parts:
            found.update(dict(zip(part.segment.postings.words, part.frequencies.tolist(), strict=True)))
        return ((term, count) for term, count in found.items() if count)

    def lexical(self, query: LexicalQuery, mask: np.ndarray | None = None) -> Matches:
        """Every document that matches at least one clause, scored Σ weight · idf · impact (see ``lexical``).

        A clause weighs the idf of its first alternative; another one that is more common (a part of a model code) counts
        for as much less as its own idf is lower. Where the catalog doesn't know the first, the others are its likely
        spellings and share the idf of all of them together. ``mask`` narrows the result and changes no score.
        """
        found: list[list[tuple[np.ndarray, np.ndarray]]] = []
        masses = []
        for clause in query.clauses:
            rarity, weighted = self._weighed(clause)
            rows, frequency = [], 0
            for part in self.parts:
                known = part.segment.postings.numbers
                chosen = [(known[term], weight) for term, weight in weighted if term in known]
                documents, impacts = part.segment.postings.best(chosen, len(part.segment)) if chosen else _NOTHING
                rows.append((documents, impacts))
                if rarity is None and chosen:
                    frequency += int(np.count_nonzero(part.alive[documents]))
            found.append(rows)
            masses.append(clause.weight * (idf(len(self), frequency) if rarity is None else rarity))
        results = []
        for place, part in enumerate(self.parts):
            summed = accumulate(
                [(*rows[place], mass) for rows, mass in zip(found, masses, strict=True)], len(part.segment)
            )
            allowed = part.alive if mask is None else mask[self.starts[place] : self.starts[place + 1]]
            if part.count < len(part.segment) or mask is not None:
                kept = allowed[summed[0]]
                summed = (summed[0][kept], summed[1][kept], summed[2][kept])
            results.append((summed[0] + self.starts[place], summed[1], summed[2]))
        if not results:
            return Matches(np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros(0, np.float32))
        ordinals, scores, mass = (np.concatenate(column) for column in zip(*results, strict=True))
        whole = float(sum(masses))
        return Matches(ordinals, scores, np.minimum(mass / np.float32(whole or 1.0), np.float32(1)), whole)

    def _weighed(self, clause: Clause) -> tuple[float | None, Sequence[tuple[str, float]]]:
        """The idf of the clause's first alternative (None where no living document holds it) and the alternatives with
        their weights, damped by how much more common they are."""
        first = self.frequency(clause.alternatives[0][0])
        if not first:
            return None, clause.alternatives
        rarity = idf(len(self), first)
        if len(clause.alternatives) == 1 or not rarity:
            return rarity, clause.alternatives
        return rarity, [
            (term, weight * min(1.0, idf(len(self), self.frequency(term)) / rarity))
            for term, weight in clause.alternatives
        ]

    def tokens(self, ordinal: int, field: str) -> tuple[str, ...]:
        """The document's analysed tokens of a text field, in order."""
        ((part, _, local),) = self._split(np.array([ordinal]))
        rows = part.segment.tokens.get(field)
        words = part.segment.postings.words
        return tuple(words[number] for number in rows.row(int(local[0])).tolist()) if rows is not None else ()

    def phrase(self, ordinals: np.ndarray, terms: Sequence[str], field: str) -> np.ndarray:
        """(h,) float32: the share of neighbouring pairs of ``terms`` that stand in the field in order and close
        together."""
        shares = np.zeros(len(ordinals), np.float32)
        for part, places, local in self._split(ordinals):
            rows = part.segment.tokens.get(field)
            if rows is not None:
                known = part.segment.postings.numbers
                numbers = [known.get(term, -1 - place) for place, term in enumerate(terms)]
                shares[places] = nearness(rows.take(local), numbers)
        return shares

    def field_matches(self, ordinals: np.ndarray, terms: Sequence[str]) -> dict[str, np.ndarray]:
        """Text field → (h,) int64: how many of the distinct ``terms`` each document holds in that field."""
        matches: dict[str, np.ndarray] = {}
        for part, places, local in self._split(ordinals):
            known = part.segment.postings.numbers
            numbers = {known[term] for term in terms if term in known}
            for field, rows in part.segment.tokens.items():
                counts = matches.setdefault(field, np.zeros(len(ordinals), np.int64))
                taken = rows.take(local)
                owners = taken.owners()
                for number in numbers:
                    counts[places[np.unique(owners[taken.values == number])]] += 1
        return matches

    # -- vectors ------------------------------------------------------------------------------------------------------

    def dense(self, vector: np.ndarray, *, floor: float, limit: int, mask: np.ndarray | None = None) -> Near:
        """Documents with cosine ≥ ``floor`` to ``vector`` (dim,), under ``mask``, at most the ``limit`` best of them.

        ``exact`` is False when some may be missing: more than ``limit`` qualify, or a segment was searched by cells.
        """
        vector = np.ascontiguousarray(vector, np.float32)
        found = []
        for place, part in enumerate(self.parts):
            allowed = part.alive if mask is None else mask[self.starts[place] : self.starts[place + 1]]
            near = part.segment.vectors.near(vector, floor, allowed, limit)
            found.append(Near(near.ordinals + self.starts[place], near.scores, near.exact))
        if not found:
            return Near.nothing()
        joined = Near(
            np.concatenate([near.ordinals for near in found]),
            np.concatenate([near.scores for near in found]),
            all(near.exact for near in found),
        )
        return joined.best(limit)

    def cosines(self, ordinals: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """(h,) float32 cosine of each document to ``vector`` (dim,), NaN where it has no vector."""
        cosines = np.empty(len(ordinals), np.float32)
        vector = np.ascontiguousarray(vector, np.float32)
        for part, places, local in self._split(ordinals):
            cosines[places] = part.segment.vectors.cosines(local, vector)
        return cosines

    def vectors(self, ordinals: np.ndarray) -> np.ndarray:
        """(m, dim) float32 vectors of those of the documents that have one, m ≤ h, segment by segment."""
        rows = [
            part.segment.vectors.rows[local[part.segment.vectors.present[local]]]
            for part, _, local in self._split(ordinals)
        ]
        return np.concatenate(rows) if rows else np.zeros((0, self.dim), np.float32)

    # -- columns ------------------------------------------------------------------------------------------------------

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Every column → "number", "text" or (more than one word in some document) "list"; words win where both
        occur."""
        kinds: dict[str, str] = {}
        rank = {"number": 0, "text": 1, "list": 2}
        for part in self.parts:
            for name, column in part.segment.columns.fields.items():
                words = column.keywords
                kind = "number" if words is None else "text" if words.codes is not None else "list"
                kinds[name] = max(kind, kinds.get(name, kind), key=rank.__getitem__)
        return dict(sorted(kinds.items()))

    def filter(self, tree: Filter | None) -> np.ndarray:
        """(size,) bool: the living documents that match ``tree``. Not to be written to."""
        if tree is None or tree == And():
            return self.mask
        masks = []
        for part in self.parts:
            mask = part.segment.columns.mask(tree)
            if part.count < len(part.segment):
                mask &= part.alive
            masks.append(mask)
        return self._joined(masks)

    def count(self, field: str, ordinals: np.ndarray, limit: int | None = None) -> dict[str, int]:
        """How many of the documents have each word of ``field``, the most frequent first, then in order of words.

        ``limit`` keeps the first so many.
        """
        found = [
            (keywords, part, local)
            for part, _, local in self._split(ordinals)
            if (keywords := self._keywords(part, field))
        ]
        if not found:
            return {}
        # The largest dictionary counts as an array; the words of the others are looked up in it.
        found.sort(key=lambda entry: -len(entry[0].values))
        (largest, part, local), *others = found
        counts = largest.counts(None if len(local) == len(part.segment) else local)
        strangers: Counter[str] = Counter()
        for keywords, part, local in others:
            more = keywords.counts(None if len(local) == len(part.segment) else local)
            for code in np.flatnonzero(more).tolist():
                word = keywords.words[code]
                if (place := largest.find(word)) >= 0:
                    counts[place] += more[code]
                else:
                    strangers[word] += int(more[code])
        codes = np.flatnonzero(counts)
        if limit is not None and len(codes) > limit:
            codes = codes[np.argsort(-counts[codes], kind="stable")[:limit]]
        totals = [(largest.words[code], int(counts[code])) for code in codes.tolist()] + list(strangers.items())
        return dict(sorted(totals, key=lambda item: (-item[1], sort_key(item[0])))[:limit])

    def count_groups(self, field: str, ordinals: np.ndarray, limit: int | None = None) -> dict[str, int]:
        """Like ``count``, with variants of one group counted once for each word that any of them has."""
        distinct, owners = np.unique(self.groups(ordinals), return_inverse=True)
        if len(distinct) == len(ordinals):
            return self.count(field, ordinals, limit)
        numbers: dict[str, int] = {}
        pairs = [np.zeros(0, np.int64)]
        for part, places, local in self._split(ordinals):
            keywords = self._keywords(part, field)
            if keywords is None:
                continue
            rows = keywords.ragged(local)
            codes, used = np.unique(rows.values, return_inverse=True)
            words = (keywords.words[code] for code in codes.tolist())
            table = np.array([numbers.setdefault(word, len(numbers)) for word in words], np.int64)
            pairs.append(table[used] * len(distinct) + owners[places][rows.owners()])
        counted = np.unique(np.concatenate(pairs)) // len(distinct)  # the word of each distinct (word, group)
        totals = np.bincount(counted, minlength=len(numbers)).tolist()
        return dict(sorted(zip(numbers, totals, strict=True), key=lambda item: (-item[1], sort_key(item[0])))[:limit])

    def numbers(self, field: str, ordinals: np.ndarray, bins: int = 10) -> Numbers | None:
        """Ends and histogram of a numeric field over the documents that have it; None if none has."""
        values = self.values_of_numbers(field, ordinals)
        values = values[~np.isnan(values)]
        if not len(values):
            return None
        low, high = float(values.min()), float(values.max())
        scale = bins / (high - low) if high > low else 0.0
        places = np.minimum(((values - low) * scale).astype(np.int64), bins - 1)
        return Numbers(len(values), low, high, tuple(np.bincount(places, minlength=bins).tolist()))

    def values_of_numbers(self, field: str, ordinals: np.ndarray) -> np.ndarray:
        """(h,) float64: the field's number for each document, NaN where it has none."""
        values = np.full(len(ordinals), np.nan)
        for part, places, local in self._split(ordinals):
            column = part.segment.columns.fields.get(field)
            if column is not None and column.numbers is not None:
                values[places] = column.numbers[local]
        return values

    def values(self, field: str, ordinals: np.ndarray) -> list[Value | None]:
        """The field's value for each document, None where it has none."""
        values: list[Value | None] = [None] * len(ordinals)
        for part, places, local in self._split(ordinals):
            column = part.segment.columns.fields.get(field, Column())
            for place, ordinal in zip(places.tolist(), local.tolist(), strict=True):
                values[place] = column.read(ordinal)
        return values

    # -- order --------------------------------------------------------------------------------------------------------

    def best(self, ordinals: np.ndarray, scores: np.ndarray, limit: int) -> np.ndarray:
        """Places (k,) in ``ordinals`` of the ``limit`` highest scores, highest first, ties by id."""
        return self._ranked(ordinals, -scores, limit)

    def sort(self, ordinals: np.ndarray, field: str, limit: int, *, descending: bool = False) -> np.ndarray:
        """Places (k,) in ``ordinals`` of the first ``limit`` by a column: numbers, then words case-blind, then those
        without.

        Ties are broken by id. Of several words, the first counts.
        """
        keys = self.values_of_numbers(field, ordinals)
        words = np.full(len(ordinals), np.nan)  # place among all words
        table = self._word_ranks(field)
        for part, places, local in self._split(ordinals):
            if (keywords := self._keywords(part, field)) is not None:
                words[places] = table[part.name][keywords.first(local)]
        worded = np.isnan(keys) & ~np.isnan(words)
        above = np.nanmax(keys) + 1 if not np.isnan(keys).all() else 0.0
        keys[worded] = above + words[worded]
        return self._ranked(ordinals, -keys if descending else keys, limit)

    def _word_ranks(self, field: str) -> Mapping[str, np.ndarray]:
        """Segment name → (words + 1,) float64: each word's rank among the words of all segments, NaN for none."""
        columns = [(part.name, keywords) for part in self.parts if (keywords := self._keywords(part, field))]
        ranks = {name: np.arange(len(keywords.values) + 1, dtype=np.float64) for name, keywords in columns}
        for (one, small), (other, large) in combinations(sorted(columns, key=lambda c: len(c[1].values)), 2):
            low, high = large.places(small.words)  # a word's rank: how many words of all segments come before it
            ranks[one][:-1] += low
            ranks[other][:-1] += np.cumsum(np.bincount(high, minlength=len(large.values) + 1))[: len(large.values)]
        for rank in ranks.values():
            rank[-1] = np.nan
        return ranks

    def _ranked(self, ordinals: np.ndarray, keys: np.ndarray, limit: int) -> np.ndarray:
        """Places of the ``limit`` lowest keys (NaN last), lowest first, ties by id."""
        limit = min(limit, len(keys))
        if limit <= 0:
            return np.zeros(0, np.int64)
        if limit < len(keys):
            bound = np.partition(keys, limit - 1)[limit - 1]
            level = np.flatnonzero(np.isnan(keys) if np.isnan(bound) else keys == bound)
            below = np.flatnonzero(~np.isnan(keys) if np.isnan(bound) else keys < bound)
            places = np.concatenate([below, self._first_by_id(ordinals, level, limit - len(below))])
        else:
            places = np.arange(len(keys))
        if len(self.parts) == 1:
            return places[np.lexsort((ordinals[places], keys[places]))]
        names = np.argsort(np.array(self.ids(ordinals[places]), object), kind="stable")
        places = places[names]
        return places[np.argsort(keys[places], kind="stable")]

    def _first_by_id(self, ordinals: np.ndarray, places: np.ndarray, limit: int) -> np.ndarray:
        """The ``limit`` of ``places`` (ascending) whose documents' ids come first. Within a segment ordinals follow
        ids."""
        if len(places) <= limit or len(self.parts) == 1:
            return places[np.argsort(ordinals[places], kind="stable")[:limit]]
        heads = [
            places[np.sort(chosen)][np.argsort(local[np.argsort(chosen)], kind="stable")[:limit]]
            for _, chosen, local in self._split(ordinals[places])
        ]
        candidates = np.concatenate(heads)
        return candidates[np.argsort(np.array(self.ids(ordinals[candidates]), object), kind="stable")[:limit]]

    # -- segments -----------------------------------------------------------------------------------------------------

    def _split(self, ordinals: np.ndarray) -> Iterator[tuple[Part, np.ndarray, np.ndarray]]:
        """For each segment that holds some of ``ordinals`` (any order): the part, their places, their ordinals within
        it."""
        ordinals = np.asarray(ordinals)
        if len(self.parts) == 1:
            if len(ordinals):
                yield self.parts[0], np.arange(len(ordinals)), ordinals
            return
        owners = np.searchsorted(self.starts, ordinals, side="right") - 1
        for owner, part in enumerate(self.parts):
            places = np.flatnonzero(owners == owner)
            if len(places):
                yield part, places, ordinals[places] - self.starts[owner]

    def _joined(self, masks: Sequence[np.ndarray]) -> np.ndarray:
        if len(masks) == 1:
            return masks[0]
        return np.concatenate(masks) if masks else np.zeros(0, bool)

    def _keywords(self, part: Part, field: str) -> Any:
        column = part.segment.columns.fields.get(field)
        return column.keywords if column is not None else None


_NOTHING = (np.zeros(0, np.int32), np.zeros(0, np.float32))

__all__ = ["Document", "LexicalQuery", "Matches", "Near", "Numbers", "Part", "Ragged", "Snapshot"]
