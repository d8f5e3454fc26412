"""Stretches of a text as numbers: a few hundred are looked up at once in a table of a hundred thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from aisle.understanding import lexicon
from aisle.understanding.tagging.units import Unit, units

LONGEST = 12
"""Units of a stretch, at most."""
_BASE = 0x9E3779B97F4A7C15
_MIXED, _HALF, _KEPT = (np.uint64(each) for each in (0xD6E8FEB86659FD93, 32, 24))
"""A key is 40 bits: of a table of 200,000 one in five million strangers is taken for one."""


@dataclass(frozen=True, slots=True)
class Stretches:
    """The stretches of a text of ``length`` units, the shorter ones first: their ``firsts`` and ``lasts`` (n,) units and ``keys`` (n,)
    uint64. The first ``upto[size]`` of them have at most so many units."""

    length: int
    firsts: np.ndarray
    lasts: np.ndarray
    keys: np.ndarray
    upto: tuple[int, ...]

    def within(self, size: int) -> int:
        """How many have at most ``size`` units."""
        return self.upto[min(size, len(self.upto) - 1)]


@lru_cache(maxsize=1 << 16)
def _hashed(word: str) -> tuple[int, int]:
    """A word's polynomial hash, in the singular, and the power that what stands before it is multiplied by; (0, 1) for what isn't
    said. So "t-shirts", "t shirt" and "tshirt" are one; numbers keep their points and where they begin: 1.5 isn't 15, 5-7 isn't 57."""
    value, power = 0, 1
    number = word[:1].isdigit()
    for char in f"#{word}" if number else lexicon.fold(word) if len(word) > 1 else word:
        if number or char.isalnum():
            value, power = (value * _BASE + ord(char)) & (2**64 - 1), (power * _BASE) & (2**64 - 1)
    return value, power


def _mixed(values: np.ndarray) -> np.ndarray:
    """Keys of which every bit tells of every letter: a polynomial's last letter is in its low bits alone."""
    values = (values ^ (values >> _HALF)) * _MIXED
    return ((values ^ (values >> _HALF)) * _MIXED) >> _KEPT


def is_said(unit: Unit) -> bool:
    """Whether a unit has letters or digits of its own: punctuation and a possessive 's have none."""
    return _hashed(unit.text)[1] != 1


def stretches(own: Sequence[Unit]) -> Stretches:
    """All that begin and end with what is said."""
    hashed = [_hashed(unit.text) for unit in own]
    values, powers = np.array(hashed, np.uint64).reshape(-1, 2).T
    said = powers != 1
    firsts, found, upto, whole = [], [], [0], values
    for size in range(1, min(LONGEST, len(own)) + 1):
        if size > 1:
            whole = whole[:-1] * powers[size - 1 :] + values[size - 1 :]
        begins = np.flatnonzero(said[: len(whole)] & said[size - 1 :])
        firsts.append(begins)
        found.append(whole[begins])
        upto.append(upto[-1] + len(begins))
    if not firsts:
        return Stretches(0, np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.uint64), (0,))
    begins = np.concatenate(firsts)
    further = np.repeat(np.arange(len(firsts)), [len(each) for each in firsts])
    return Stretches(len(own), begins, begins + further, _mixed(np.concatenate(found)), tuple(upto))


def key(text: str) -> int | None:
    """The key of a whole text, without what isn't said at its ends; None for one that is too long or says nothing."""
    own = units(text)
    said = [place for place, unit in enumerate(own) if is_said(unit)]
    return key_of(own[said[0] : said[-1] + 1]) if said else None


def key_of(own: Sequence[Unit]) -> int | None:
    """The key of units of which the first and the last are said; None for more than LONGEST."""
    return int(stretches(own).keys[-1]) if len(own) <= LONGEST else None


def rows(keys: np.ndarray, sought: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which of the ``sought`` are among a table's ``keys`` (n,), ascending: their places and their rows."""
    if not len(keys):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    found = np.minimum(np.searchsorted(keys, sought), len(keys) - 1)
    places = np.flatnonzero(keys[found] == sought)
    return places, found[places]


def steps(keys: np.ndarray) -> np.ndarray:
    """Ascending keys as they are kept in a file, each from the one before: half as many bytes. ``from_steps`` is the way back."""
    return np.diff(keys, prepend=np.uint64(0))


def from_steps(each: np.ndarray) -> np.ndarray:
    return np.cumsum(each, dtype=np.uint64)
