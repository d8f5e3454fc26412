"""The vectors of a segment's documents: all whose cosine reaches a floor, or the nearest few.

A small segment is multiplied out. A larger one is scanned as int8 codes; what the scan finds within its error of the
floor is decided, and scored, by the vectors as stored, so both are exact. A large one is split into cells (an inverted
file, Jégou, Douze & Schmid 2011) and only those near the query are scanned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import faiss
import numpy as np

from aisle.index.arrays import Arrays

SMALL = 4_096
"""Documents up to which a segment is multiplied out: 4 MB at 256 numbers, some 60 µs."""

SCAN = 65_536
"""Documents up to which a segment is scanned whole, at some 8 µs a thousand; beyond, cells cost recall but save
time."""

FEW = 4_096
"""Allowed documents up to which they are gathered and multiplied out, whatever the segment's size."""

SAMPLE = 48
"""Vectors a cell is trained on."""

FIRST = 32
"""Cells visited to learn how near the nearest are."""

DEVIATIONS = 4.0
"""How far above its cell's expectation a document's score is thought possible, see ``Codes.cells_reaching``."""

MANY = 8
"""If one in so many documents is allowed, all are scanned: asking for each whether it is allowed costs more."""

LEVELS = 127

BLOCK = 65_536
"""Vectors that are coded at a time."""


@dataclass(frozen=True, slots=True)
class Near:
    """Documents ``ordinals`` (h,) ascending and their cosines ``scores`` (h,) float32.

    ``exact``: none that qualifies is missing.
    """

    ordinals: np.ndarray
    scores: np.ndarray
    exact: bool = True

    @classmethod
    def nothing(cls) -> Near:
        return cls(np.zeros(0, np.int64), np.zeros(0, np.float32))

    def best(self, limit: int) -> Near:
        """The ``limit`` nearest, still in order of ordinals; ties go to the lower ordinal. Not exact if any was
        dropped."""
        if len(self.ordinals) <= limit:
            return self
        if limit <= 0:
            return Near(self.ordinals[:0], self.scores[:0], False)
        bound = np.partition(self.scores, -limit)[-limit]
        kept = self.scores > bound
        kept[np.flatnonzero(self.scores == bound)[: limit - np.count_nonzero(kept)]] = True
        return Near(self.ordinals[kept], self.scores[kept], False)


@dataclass(frozen=True)
class Codes:
    """int8 codes of many vectors in cells. A code is round(scale · vector); ``error`` is the longest rounding residue.

    A document of a cell with centroid c is x = a·c + r, so its score a·(q·c) + q·r has about the mean ``pull`` · (q·c)
    and the standard deviation ``spread``, both measured when the cells are made.
    """

    index: faiss.IndexIVFScalarQuantizer
    scale: float
    error: float
    pull: float = 1.0
    spread: float = 0.0

    @classmethod
    def of(cls, rows: np.ndarray, ordinals: np.ndarray) -> Codes:
        """Codes of ``rows[ordinals]``, all in one cell up to SCAN of them, else in cells of some hundreds."""
        dim = rows.shape[1]
        scale = LEVELS / max(float(np.abs(rows).max()), 1e-9)
        cells = 1 if len(ordinals) <= SCAN else int(2 ** np.round(np.log2(np.sqrt(len(ordinals)))))
        rng = np.random.default_rng(0)
        sample = rows[np.sort(rng.choice(ordinals, min(len(ordinals), SAMPLE * cells), replace=False))]
        centroids = _centroids(sample, cells)
        coarse = faiss.IndexFlatIP(dim)
        coarse.add(centroids)
        index = faiss.IndexIVFScalarQuantizer(
            coarse, dim, cells, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT, False
        )
        index.is_trained = True
        error = 0.0
        for start in range(0, len(ordinals), BLOCK):
            chosen = ordinals[start : start + BLOCK]
            exact = rows[chosen]
            codes = np.rint(exact * np.float32(scale))
            index.add_with_ids(codes, chosen)
            error = max(error, float(np.linalg.norm(exact - codes / np.float32(scale), axis=1).max()))
        return cls(index, scale, error, *_scatter(rng.permutation(sample)[:BLOCK], coarse, centroids))

    def search(
        self, vector: np.ndarray, floor: float, limit: int, allowed: np.ndarray | None
    ) -> tuple[np.ndarray, bool]:
        """Ordinals that may reach ``floor`` (a superset), and whether none is missing.

        With a small ``limit``, only some of the best that many are sure to be among them. ``allowed``: bool mask, None
        for all.
        """
        query = self._round(vector)
        if limit > FEW and allowed is not None and np.count_nonzero(allowed) * MANY >= len(allowed):
            labels, complete = self.search(vector, floor, limit, None)
            return labels[allowed[labels]], complete
        bits = np.packbits(allowed, bitorder="little") if allowed is not None else None
        selector = faiss.IDSelectorBitmap(len(bits) * 8, faiss.swig_ptr(bits)) if bits is not None else None
        if limit > FEW:
            cells = self.cells_reaching(vector, floor)
            parameters = _parameters(cells, selector)
            _, _, labels = self.index.range_search(query.codes, query.bound(floor), params=parameters)
            return labels, cells == self.index.nlist
        cells = min(FIRST, self.index.nlist)
        while True:
            parameters = _parameters(cells, selector)
            scores, labels = self.index.search(query.codes, limit, params=parameters)
            last = float(scores[0, -1]) / query.scale if labels[0, -1] >= 0 else -1.0
            needed = self.cells_reaching(vector, max(floor, last))
            if needed <= cells:
                break
            cells = min(self.index.nlist, max(needed, 4 * cells) if last < 0 else needed)
        within = (labels[0] >= 0) & (scores[0] >= query.bound(floor))
        return labels[0, within], needed == self.index.nlist and not within[-1]

    def cells_reaching(self, vector: np.ndarray, floor: float) -> int:
        """How many of the cells, nearest first, may hold a document that reaches ``floor``; at least one."""
        if self.index.nlist == 1:
            return 1
        reach = self.pull * np.vecdot(self.centroids, vector) + DEVIATIONS * self.spread  # (cells,)
        return max(1, int(np.count_nonzero(reach >= floor)))

    @cached_property
    def centroids(self) -> np.ndarray:
        """(cells, dim)"""
        return self.index.quantizer.reconstruct_n(0, self.index.nlist)

    def _round(self, vector: np.ndarray) -> _Rounded:
        scale = LEVELS / max(float(np.abs(vector).max()), 1e-9)
        codes = np.rint(vector * np.float32(scale))
        rounded = codes / np.float32(scale)
        error = float(np.linalg.norm(vector - rounded) + np.linalg.norm(rounded) * self.error)
        return _Rounded(codes[None], scale * self.scale, error)

    def arrays(self) -> Arrays:
        measures = np.array([self.scale, self.error, self.pull, self.spread])
        return {"codes": faiss.serialize_index(self.index), "measures": measures}

    @classmethod
    def load(cls, arrays: Arrays) -> Codes:
        index: Any = faiss.deserialize_index(np.asarray(arrays["codes"]))
        return cls(index, *arrays["measures"].tolist())


@dataclass(frozen=True, slots=True)
class _Rounded:
    """A query as ``codes`` (1, dim). Code scores are ``scale`` times cosines.

    With q̂ = q − δ for the query and x̂ for a document, Cauchy and Schwarz bound what rounding does to a score:
    |q·x − q̂·x̂| ≤ |δ| + |q̂| · |x − x̂| ≤ ``error``.
    """

    codes: np.ndarray
    scale: float
    error: float

    def bound(self, floor: float) -> float:
        """The code score that every document with cosine ≥ ``floor`` has."""
        return (floor - self.error) * self.scale


class Vectors:
    """``rows`` (n, dim) float32 unit rows; ``present`` (n,) bool, False where a document has no vector (its row is
    0)."""

    def __init__(self, rows: np.ndarray, present: np.ndarray, codes: Codes | None = None) -> None:
        self.rows = rows
        self.present = present
        self.codes = codes

    @classmethod
    def of(cls, vectors: Sequence[np.ndarray | None], dim: int) -> Vectors:
        rows = np.zeros((len(vectors), dim), np.float32)
        for row, vector in zip(rows, vectors, strict=True):
            if vector is not None:
                row[:] = vector
        return cls._coded(rows, np.array([vector is not None for vector in vectors], bool))

    @classmethod
    def merge(cls, parts: Sequence[Vectors], taken: np.ndarray) -> Vectors:
        """Documents ``taken`` (positions in the concatenation of ``parts``), in that order."""
        rows = np.empty((len(taken), parts[0].rows.shape[1]), np.float32)
        present = np.empty(len(taken), bool)
        start = 0
        for part in parts:
            places = np.flatnonzero((taken >= start) & (taken < start + len(part.rows)))
            rows[places] = part.rows[taken[places] - start]
            present[places] = part.present[taken[places] - start]
            start += len(part.rows)
        return cls._coded(rows, present)

    @classmethod
    def _coded(cls, rows: np.ndarray, present: np.ndarray) -> Vectors:
        ordinals = np.flatnonzero(present)
        return cls(rows, present, Codes.of(rows, ordinals) if len(ordinals) > SMALL else None)

    def cosines(self, ordinals: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """(h,) float32, NaN where a document has no vector."""
        scores = np.vecdot(self.rows[ordinals], vector)
        scores[~self.present[ordinals]] = np.nan
        return scores

    def near(self, vector: np.ndarray, floor: float, allowed: np.ndarray | None, limit: int) -> Near:
        """The documents of ``allowed`` (n,) bool (None: all) with cosine ≥ floor, at most the ``limit`` best."""
        count = len(self.rows) if allowed is None else np.count_nonzero(allowed)
        if not count or limit <= 0:
            return Near.nothing()
        complete = True
        if self.codes is None or count <= FEW:
            found = np.flatnonzero(self.present if allowed is None else self.present & allowed)
        else:
            # Oversampled, as codes may rank neighbours a little differently than the vectors do.
            found, complete = self.codes.search(vector, floor, 2 * limit + 64, allowed)
            found = np.sort(found)
        whole = len(found) == len(self.rows)
        scores = np.vecdot(self.rows if whole else self.rows[found], vector)  # (h,); @ would wait for a second thread
        reached = scores >= np.float32(floor)
        return Near(found[reached], scores[reached], complete).best(limit)

    def arrays(self) -> Arrays:
        coded = self.codes.arrays() if self.codes is not None else {}
        return {"rows": self.rows, "present": self.present, **coded}

    @classmethod
    def load(cls, arrays: Arrays) -> Vectors:
        return cls(arrays["rows"], arrays["present"], Codes.load(arrays) if "codes" in arrays else None)


def _parameters(cells: int, selector: faiss.IDSelector | None) -> faiss.SearchParametersIVF:
    parameters = faiss.SearchParametersIVF()
    parameters.nprobe = cells
    parameters.sel = selector
    return parameters


def _centroids(sample: np.ndarray, cells: int) -> np.ndarray:
    """(cells, dim) unit rows by spherical k-means, the same each time; the origin if there is one cell."""
    if cells == 1:
        return np.zeros((1, sample.shape[1]), np.float32)
    means = faiss.Kmeans(sample.shape[1], cells, niter=10, spherical=True, seed=1, max_points_per_centroid=SAMPLE)
    means.train(sample)
    return np.asarray(means.centroids)


def _scatter(sample: np.ndarray, coarse: faiss.IndexFlatIP, centroids: np.ndarray) -> tuple[float, float]:
    """(pull, spread) of ``Codes``: the mean share of a vector along its centroid, and how the rest scores with other
    vectors."""
    along, cells = coarse.search(sample, 1)
    rest = sample - along * centroids[cells[:, 0]]
    others = sample[: min(len(sample), 512)]
    return float(along.mean()), float((rest @ others.T).std())
