"""What one to three neighbouring units were part of in labelled queries: how often a thing of each kind begins, goes on or ends there.

Unlike a phrase (``phrases``) a stretch needn't be the whole of what is said: of an unknown compound the last characters are known.
Kept as hashes of what was met twice or more.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aisle.understanding.tagging.phrases import KINDS, Found
from aisle.understanding.tagging.stretches import Stretches, from_steps, rows, steps

LONGEST = 3
STATES = 2 * len(KINDS) + 1
"""What a unit is: the edge of a thing of each kind, within one, or neither (the last)."""
TOLD = 2 * LONGEST * STATES
"""Numbers that are told of a unit: its state as the first of so many, and as the last of so many."""


@dataclass(frozen=True, slots=True)
class Ngrams:
    """``keys`` (n,) uint64, ascending; ``firsts`` and ``lasts`` (n, STATES) uint8, shares of 255: how often the first unit was in
    each state (at the beginning of a thing, within it, outside), and the last (at the end, before it, outside)."""

    keys: np.ndarray
    firsts: np.ndarray
    lasts: np.ndarray

    @classmethod
    def load(cls, path: Path) -> Ngrams:
        with np.load(path, allow_pickle=False) as file:
            return cls(from_steps(file["steps"]), file["firsts"], file["lasts"])

    def save(self, path: Path) -> None:
        np.savez_compressed(path, steps=steps(self.keys), firsts=self.firsts, lasts=self.lasts)

    def find(self, text: Stretches) -> Found:
        """Those in a text that are known."""
        among = text.within(LONGEST)
        places, there = rows(self.keys, text.keys[:among])
        return Found(text.firsts[places], text.lasts[places], there)

    def tell(self, text: Stretches) -> np.ndarray:
        """(units, TOLD) float32"""
        found = self.find(text)
        scale = np.float32(255)
        return laid(text.length, found, self.firsts[found.rows] / scale, self.lasts[found.rows] / scale)


def laid(length: int, found: Found, firsts: np.ndarray, lasts: np.ndarray) -> np.ndarray:
    """(length, TOLD) float32: the shares (found, STATES) of what begins at a unit and of what ends there, by its size."""
    told = np.zeros((length, 2, LONGEST, STATES), np.float32)
    size = found.lasts - found.firsts
    told[found.firsts, 0, size] = firsts
    told[found.lasts, 1, size] = lasts
    return told.reshape(length, TOLD)
