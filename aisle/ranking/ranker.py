"""score = Σ weight · value over named signals, each in [0, 1]; a hit's contributions are the terms of that sum.

Two stages. The first is cheap and covers the whole match set: lexical, dense, popularity, stock. The second looks closer at the
best of it (``WINDOW``) with signals that need the words in order: phrase and similarity. Second-stage signals only add, so the
window never drops below what follows it and pages don't shift.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aisle.types import Contribution

FIRST_STAGE = ("lexical", "dense", "popularity", "stock")
SECOND_STAGE = ("phrase", "similarity")
WINDOW = 100


@dataclass(frozen=True, slots=True)
class Scored:
    """Signals of n candidates: ``values[name]`` (n,) in [0, 1] and the weight each has in this query."""

    values: Mapping[str, np.ndarray]
    weights: Mapping[str, float]

    def total(self) -> np.ndarray:
        """Σ weight · value, (n,) float32."""
        terms = [np.float32(self.weights[name]) * value for name, value in self.values.items()]
        return np.asarray(np.sum(terms, axis=0, dtype=np.float32))

    def contributions(self, row: int) -> tuple[Contribution, ...]:
        """The terms of candidate ``row``'s score, largest first; they sum to it."""
        parts = (
            Contribution(name, float(value[row]), float(np.float32(self.weights[name]) * value[row]))
            for name, value in self.values.items()
        )
        return tuple(sorted((p for p in parts if p.contribution), key=lambda p: (-abs(p.contribution), p.signal)))


def popularity(rating: np.ndarray, reviews: np.ndarray, *, prior: float = 3.5, strength: float = 5.0) -> np.ndarray:
    """Bayesian mean of the rating, scaled from 1–5 to [0, 1] and damped by how much is known. NaN counts as nothing known.

    (n·rating + m·prior) / (n + m), the weighted rating of Masum & Zhang 2004; products without reviews get the prior.
    """
    count = np.nan_to_num(np.asarray(reviews, np.float32))
    mean = np.where(np.isnan(rating), np.float32(prior), rating).astype(np.float32)
    count = np.where(np.isnan(rating), np.float32(0), np.maximum(count, np.float32(1)))
    weighted = (count * mean + np.float32(strength * prior)) / (count + np.float32(strength))
    return np.clip((weighted - 1.0) / 4.0, 0.0, 1.0).astype(np.float32)
