"""The flat arrays a segment is made of: strings, rows of varying length, and how both are gathered without Python
loops."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

Arrays = dict[str, np.ndarray]
"""Named arrays of one part of a segment, as they lie on disk."""


class Strings(Sequence[str]):
    """An immutable list of strings in two arrays (``blob`` uint8, ``offsets`` (n + 1,) int64), so that it can be
    mapped."""

    def __init__(self, blob: np.ndarray, offsets: np.ndarray) -> None:
        self.blob = blob
        self.offsets = offsets
        self._view = memoryview(np.ascontiguousarray(blob))  # type: ignore[arg-type]

    @classmethod
    def of(cls, strings: Iterable[str]) -> Strings:
        encoded = [string.encode("utf-8", "surrogatepass") for string in strings]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> str:  # type: ignore[override]
        return str(self._view[self.offsets[index] : self.offsets[index + 1]], "utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        return iter(self.tolist())

    def tolist(self) -> list[str]:
        """All of them, decoded in one pass."""
        ends = self.offsets.tolist()
        text = bytes(self._view)
        if text.isascii():
            whole = text.decode("ascii")
            return [whole[a:b] for a, b in pairwise(ends)]
        return [text[a:b].decode("utf-8", "surrogatepass") for a, b in pairwise(ends)]

    def find(self, string: str) -> int:
        """Where ``string`` stands in a sorted list, or -1."""
        place = bisect_left(self, string)
        return place if place < len(self) and self[place] == string else -1

    def range(self, low: str, high: str) -> tuple[int, int]:
        """The half-open range of a sorted list whose members lie in [low, high]."""
        return bisect_left(self, low), bisect_right(self, high)

    def arrays(self, prefix: str) -> Arrays:
        return {f"{prefix}.blob": self.blob, f"{prefix}.offsets": self.offsets}

    @classmethod
    def read(cls, arrays: Arrays, prefix: str) -> Strings:
        return cls(arrays[f"{prefix}.blob"], arrays[f"{prefix}.offsets"])


@dataclass(frozen=True, slots=True)
class Ragged:
    """Rows of varying length: row i is ``values[offsets[i]:offsets[i + 1]]``. ``offsets`` (n + 1,) int64."""

    offsets: np.ndarray
    values: np.ndarray

    @classmethod
    def of(cls, lengths: Sequence[int] | np.ndarray, values: np.ndarray) -> Ragged:
        offsets = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        return cls(offsets, values)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def row(self, index: int) -> np.ndarray:
        return self.values[self.offsets[index] : self.offsets[index + 1]]

    def lengths(self) -> np.ndarray:
        return np.diff(self.offsets)

    def take(self, rows: np.ndarray) -> Ragged:
        """The given rows in the given order."""
        starts = self.offsets[rows]
        lengths = self.offsets[rows + 1] - starts
        taken = Ragged.of(lengths, self.values)
        places = np.arange(taken.offsets[-1]) + np.repeat(starts - taken.offsets[:-1], lengths)
        return Ragged(taken.offsets, self.values[places])

    def owners(self) -> np.ndarray:
        """For each value, the row it belongs to."""
        return np.repeat(np.arange(len(self)), self.lengths())

    @staticmethod
    def concatenate(parts: Sequence[Ragged]) -> Ragged:
        lengths = np.concatenate([part.lengths() for part in parts])
        return Ragged.of(lengths, np.concatenate([part.values for part in parts]))

    def arrays(self, prefix: str) -> Arrays:
        return {f"{prefix}.offsets": self.offsets, f"{prefix}.values": self.values}

    @classmethod
    def read(cls, arrays: Arrays, prefix: str) -> Ragged:
        return cls(arrays[f"{prefix}.offsets"], arrays[f"{prefix}.values"])


def smallest_unsigned(maximum: int) -> type[np.unsignedinteger]:
    """The narrowest unsigned type that holds ``maximum``."""
    for kind in (np.uint8, np.uint16, np.uint32):
        if maximum <= np.iinfo(kind).max:
            return kind
    return np.uint64


def union(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """All numbers of two ascending arrays without repetition, ascending. Fast where one is much shorter than the other."""
    short, long = sorted((first, second), key=len)
    places = np.searchsorted(long, short)
    fresh = long[np.minimum(places, len(long) - 1)] != short if len(long) else np.ones(len(short), bool)
    return np.insert(long, places[fresh], short[fresh])
