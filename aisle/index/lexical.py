"""The words of a segment's documents: postings with BM25F impacts, scored by a sparse product, and the words in order.

BM25F (Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework", section 3.6): a term's frequencies in the
fields of a document are boosted, normalised by field length and summed *before* the saturation,

    w(t, d) = Σ_f boost_f · tf(t, d_f) / (1 − b_f + b_f · len(d_f) / mean_f),     impact(t, d) = w / (k1 + w)  in [0, 1)

so that all but the idf is known when a segment is built. idf(n) = ln(1 + (N − n + ½) / (n + ½)), which is never
negative.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy import sparse

from aisle.index.arrays import Arrays, Ragged, Strings

K1 = 1.2
B = 0.5
"""Softer than the 0.75 of running text: a product's title is long because it says more."""

RARE = 16
"""Fewer postings than one in so many documents are summed by sorting them, without a pass over all documents."""


@dataclass(frozen=True, slots=True)
class Weighting:
    """What impacts are computed with. ``boosts``: field → weight (≤ 0 or absent: not searched); ``means``: field → mean
    length."""

    boosts: Mapping[str, float]
    means: Mapping[str, float] = field(default_factory=dict)
    k1: float = K1
    b: Mapping[str, float] = field(default_factory=dict)

    def searched(self) -> dict[str, float]:
        return {name: boost for name, boost in self.boosts.items() if boost > 0}


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing the query asks for: any of ``alternatives`` (term, weight in (0, 1]); the best one a document has
    counts."""

    alternatives: tuple[tuple[str, float], ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    clauses: tuple[Clause, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.clauses)

    @classmethod
    def of(cls, terms: Sequence[str]) -> LexicalQuery:
        """Each term a clause of its own."""
        return cls(tuple(Clause(((term, 1.0),)) for term in terms))


def idf(count: int, matching: int) -> float:
    """ln(1 + (N − n + ½) / (n + ½)): N documents, n of which match."""
    return math.log1p((count - matching + 0.5) / (matching + 0.5))


class Postings:
    """Which documents hold a term and what it weighs there. ``terms`` sorted; the postings of term t are
    ``documents[starts[t]:starts[t + 1]]`` (ascending, int32) and ``impacts`` (float32) alike. ``fields``: those
    searched."""

    def __init__(
        self, terms: Strings, fields: Sequence[str], starts: np.ndarray, documents: np.ndarray, impacts: np.ndarray
    ) -> None:
        self.terms = terms
        self.fields = tuple(fields)
        self.starts = starts
        self.documents = documents
        self.impacts = impacts

    @classmethod
    def of(cls, terms: Strings, tokens: Mapping[str, Ragged], count: int, weighting: Weighting) -> Postings:
        """``tokens``: field → the term numbers of each of ``count`` documents, in order."""
        total = sparse.csr_array((count, len(terms)), dtype=np.float32)
        searched = {name: boost for name, boost in weighting.searched().items() if name in tokens}
        for name, boost in searched.items():
            rows = tokens[name]
            lengths = rows.lengths().astype(np.float32)
            b = np.float32(weighting.b.get(name, B))
            mean = np.float32(weighting.means.get(name) or 1.0)
            norm = np.float32(boost) / (1 - b + b * lengths / mean)  # (count,)
            values = np.repeat(norm, rows.lengths())
            part = sparse.csr_array(
                (values, rows.values, rows.offsets), shape=total.shape, copy=True
            )  # sorted in place
            part.sum_duplicates()
            total = total + part
        by_term = total.tocsc()
        impacts = by_term.data / (np.float32(weighting.k1) + by_term.data)
        starts = by_term.indptr.astype(np.int64)
        return cls(terms, tuple(searched), starts, by_term.indices.astype(np.int32), impacts)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Term → its number."""
        return {term: number for number, term in enumerate(self.words)}

    @cached_property
    def words(self) -> list[str]:
        return self.terms.tolist()

    def prefixed(self, prefix: str) -> Iterator[tuple[str, int]]:
        """(term, number) of the terms that start with ``prefix``, in order."""
        for number in range(bisect_left(self.words, prefix), len(self.words)):
            if not self.words[number].startswith(prefix):
                return
            yield self.words[number], number

    def postings(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """(documents, impacts) of a term."""
        low, high = self.starts[number], self.starts[number + 1]
        return self.documents[low:high], self.impacts[low:high]

    def best(self, alternatives: Sequence[tuple[int, float]], count: int) -> tuple[np.ndarray, np.ndarray]:
        """The documents (ascending) that hold any of the terms (number, weight), and the best weight · impact of
        each."""
        if len(alternatives) == 1:
            number, weight = alternatives[0]
            documents, impacts = self.postings(number)
            return documents, impacts if weight == 1.0 else impacts * np.float32(weight)
        parts = [self.postings(number) for number, _ in alternatives]
        documents = np.concatenate([part for part, _ in parts])
        weighted = np.concatenate(
            [impacts * np.float32(weight) for (_, impacts), (_, weight) in zip(parts, alternatives, strict=True)]
        )
        best = np.zeros(count, np.float32)
        np.maximum.at(best, documents, weighted)
        found = np.flatnonzero(best).astype(np.int32)
        return found, best[found]

    def frequencies(self) -> np.ndarray:
        """(terms,) int64: documents of the segment that hold each term, dead ones too."""
        return np.diff(self.starts)

    def arrays(self) -> Arrays:
        return {
            **self.terms.arrays("terms"),
            "starts": self.starts,
            "documents": self.documents,
            "impacts": self.impacts,
        }

    @classmethod
    def load(cls, arrays: Arrays, fields: Sequence[str]) -> Postings:
        return cls(Strings.read(arrays, "terms"), fields, arrays["starts"], arrays["documents"], arrays["impacts"])


def accumulate(
    clauses: Sequence[tuple[np.ndarray, np.ndarray, float]], count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum clauses (documents, impacts, mass): documents (h,) ascending, Σ mass · impact and Σ mass, (h,) float32."""
    clauses = [clause for clause in clauses if len(clause[0])]
    if not clauses:
        return np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.float32)
    if len(clauses) == 1:
        documents, impacts, mass = clauses[0]
        return documents, impacts * np.float32(mass), np.full(len(documents), mass, np.float32)
    lengths = [len(documents) for documents, _, _ in clauses]
    documents = np.concatenate([documents for documents, _, _ in clauses])
    impacts = np.concatenate([impacts for _, impacts, _ in clauses])
    masses = np.array([mass for _, _, mass in clauses], np.float32)
    if len(documents) * RARE < count:
        order = np.argsort(documents, kind="stable")
        documents = documents[order]
        reached = np.repeat(masses, lengths)
        firsts = np.flatnonzero(np.diff(documents, prepend=-1))
        scores = np.add.reduceat((impacts * reached)[order], firsts)
        return documents[firsts], scores, np.add.reduceat(reached[order], firsts)
    starts = np.zeros(len(clauses) + 1, np.int32)
    np.cumsum(lengths, out=starts[1:])
    shape = (count, len(clauses))
    scores = sparse.csc_array((impacts, documents, starts), shape=shape) @ masses  # (count,)
    reached = sparse.csc_array((np.ones_like(impacts), documents, starts), shape=shape) @ masses  # (count,)
    found = np.flatnonzero(reached > 0).astype(np.int32)
    return found, scores[found], reached[found]


def nearness(rows: Ragged, terms: Sequence[int], reach: int = 2) -> np.ndarray:
    """For each row of term numbers, the share of neighbouring pairs of ``terms`` that stand in it in order and close,
    (n,) float32.

    Close means at most ``reach`` places apart, as a word may be followed by another form of itself. With one term or
    none there is no pair, and the share is 0.
    """
    pairs = [pair for pair in pairwise(terms) if pair[0] != pair[1]]
    found = np.zeros(len(rows), np.float32)
    if not pairs or not len(rows):
        return found
    owners = rows.owners()
    for first, second in pairs:
        met = np.zeros(len(rows), bool)
        starts = rows.values == first
        ends = rows.values == second
        for gap in range(1, reach + 1):
            if len(owners) > gap:
                hits = starts[:-gap] & ends[gap:] & (owners[:-gap] == owners[gap:])
                met[owners[:-gap][hits]] = True
        found += met
    return found / np.float32(len(pairs))
