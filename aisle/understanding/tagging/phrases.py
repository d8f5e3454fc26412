"""Phrases that shoppers say, whatever the shop: of each, what common names call it and what it was taken for in labelled queries.

The tagger alone hears of them, beside the shop's own names: they say what a stretch of words is likely to be, and neither filter nor
rank by themselves. Kept as hashes: a million bytes for 170,000 phrases.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from aisle.types import SlotKind
from aisle.understanding.tagging.stretches import Stretches, from_steps, key, rows, steps

KINDS = tuple(SlotKind)
NAMED = len(KINDS) + 1
"""What a name may be: of a kind, or (the last) a work or an artist, which is nothing that is sold is like."""
TOLD = 3 * (NAMED + len(KINDS))
"""Numbers that are told of a unit: of names and of labelled queries, for each kind, where a phrase begins, goes on, and ends."""


class Found(NamedTuple):
    """Phrases in a text, each (n,): the ``firsts`` and ``lasts`` of their units, and their ``rows`` of the table."""

    firsts: np.ndarray
    lasts: np.ndarray
    rows: np.ndarray

    def where(self, kept: np.ndarray) -> Found:
        """Those of them that a mask keeps."""
        return Found(*(each[kept] for each in self))


@dataclass(frozen=True, slots=True)
class Phrases:
    """``keys`` (n,) uint64, ascending; ``named`` (n, NAMED) and ``said`` (n, kinds) uint8, shares of 255: how likely a phrase is a name of
    each kind, and how often it was one where it stood in a labelled query."""

    keys: np.ndarray
    named: np.ndarray
    said: np.ndarray

    @classmethod
    def load(cls, path: Path) -> Phrases:
        with np.load(path, allow_pickle=False) as file:
            return cls(from_steps(file["steps"]), file["named"], file["said"])

    def save(self, path: Path) -> None:
        np.savez_compressed(path, steps=steps(self.keys), named=self.named, said=self.said)

    def is_name(self, text: str) -> bool:
        """Whether the whole of ``text`` is a common name; what shoppers said may be a slip."""
        own = key(text)
        found = rows(self.keys, np.array([own], np.uint64))[1] if own is not None else ()
        return any(self.named[row].any() for row in found)

    def find(self, text: Stretches) -> Found:
        """All phrases in a text, within each other or not."""
        places, there = rows(self.keys, text.keys)
        return Found(text.firsts[places], text.lasts[places], there)

    def tell(self, text: Stretches) -> np.ndarray:
        """(units, TOLD) float32"""
        found = self.find(text)
        return np.hstack(
            [spread(text.length, found, shares[found.rows] / np.float32(255)) for shares in (self.named, self.said)]
        )


def spread(length: int, found: Found, shares: np.ndarray) -> np.ndarray:
    """(length, 3·n) float32: the largest of the ``shares`` (found, n) of the phrases that begin at a unit, go on there, end there."""
    told = np.zeros((length, 3, shares.shape[1]), np.float32)
    np.maximum.at(told[:, 0], found.firsts, shares)
    np.maximum.at(told[:, 2], found.lasts, shares)
    more = found.lasts - found.firsts  # units that a phrase goes on for
    owner = np.repeat(np.arange(len(more)), more)
    within = found.firsts[owner] + 1 + np.arange(len(owner)) - np.repeat(np.cumsum(more) - more, more)
    np.maximum.at(told[:, 1], within, shares[owner])
    return told.reshape(length, 3 * shares.shape[1])
