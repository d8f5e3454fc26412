"""The vectors of a segment's documents: all whose cosine reaches a floor, or the nearest few.

Few documents are scanned exactly. Many are split into cells (an inverted file, Jégou, Douze & Schmid 2011) of int8
codes; what the cells near the query hold is re-scored from the vectors as stored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aisle.index.arrays import Arrays

SCAN = 30_000
"""Documents up to which a segment is scanned whole."""


@dataclass(frozen=True, slots=True)
class Near:
    """Documents ``ordinals`` (h,) ascending and their cosines (h,) float32; ``exact``: none above the floor is
    missing."""

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
        above = self.scores > bound
        level = np.flatnonzero(self.scores == bound)[: limit - np.count_nonzero(above)]
        above[level] = True
        return Near(self.ordinals[above], self.scores[above], False)


class Vectors:
    """``rows`` (n, dim) float32 unit rows; ``present`` (n,) bool, False where a document has no vector (its row is
    0)."""

    def __init__(self, rows: np.ndarray, present: np.ndarray) -> None:
        self.rows = rows
        self.present = present

    @classmethod
    def of(cls, vectors: list[np.ndarray | None], dim: int) -> Vectors:
        rows = np.zeros((len(vectors), dim), np.float32)
        present = np.array([vector is not None for vector in vectors], bool)
        if present.any():
            rows[present] = np.stack([vector for vector in vectors if vector is not None])
        return cls(rows, present)

    @classmethod
    def merge(cls, parts: list[Vectors], taken: np.ndarray) -> Vectors:
        """Documents ``taken`` (positions in the concatenation of ``parts``), in that order."""
        return cls(
            np.concatenate([part.rows for part in parts])[taken],
            np.concatenate([part.present for part in parts])[taken],
        )

    def cosines(self, ordinals: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """(h,) float32, NaN where a document has no vector."""
        scores = self.rows[ordinals] @ vector
        scores[~self.present[ordinals]] = np.nan
        return scores

    def near(self, vector: np.ndarray, floor: float, alive: np.ndarray, limit: int) -> Near:
        """The documents of ``alive`` (n,) bool with cosine ≥ floor, at most the ``limit`` best."""
        scores = self.rows @ vector  # (n,)
        ordinals = np.flatnonzero(alive & self.present & (scores >= np.float32(floor)))
        return Near(ordinals, scores[ordinals]).best(limit)

    def arrays(self) -> Arrays:
        return {"rows": self.rows, "present": self.present}

    @classmethod
    def load(cls, arrays: Arrays) -> Vectors:
        return cls(arrays["rows"], arrays["present"])
