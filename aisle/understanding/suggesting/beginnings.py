"""Where words begin in many texts, in order of what follows: whatever starts with a prefix is a range found by bisection.

A suffix array (Manber & Myers 1993) of word beginnings only; 9 bytes each beside the texts themselves, no tree.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from aisle.perception.text.chinese import words as chinese_words

KEY_BYTES = 24
"""Bytes by which beginnings are ordered; what is typed beyond them is compared with the text itself."""
MAX_STARTS = 8
"""Words of a text that may be typed first."""
SHORT = 16
"""Characters of a text in which, if it is Chinese, a word may also be begun in its middle."""
_WORD = re.compile(r"[㐀-䶿一-鿿]+|[^\W_㐀-䶿一-鿿]+")


class Beginnings:
    """``owners`` (rows,) int32 says whose text a row is in, ``first`` (rows,) bool whether it is the text's first word."""

    def __init__(self, texts: Sequence[str]) -> None:
        """``texts`` are folded, without line breaks."""
        encoded = [text.encode("utf-8", "replace") for text in texts]
        at = np.zeros(len(texts) + 1, np.int64)
        np.cumsum([len(one) + 1 for one in encoded], out=at[1:])
        offsets: list[int] = []
        lengths: list[int] = []
        for text, base, size in zip(texts, at.tolist(), map(len, encoded), strict=False):
            found = starts(text)
            lengths.append(len(found))
            if size == len(text):  # a byte a character
                offsets.extend([base + start for start in found])
            else:
                offsets.extend([base + len(text[:start].encode("utf-8", "replace")) for start in found])
        self._buffer = b"\n".join(encoded) + b"\n" * (KEY_BYTES + 1)
        places = np.array(offsets, np.int64)
        order = self._order(places)
        self._offsets = places[order].astype(np.uint32)
        self.owners = np.repeat(np.arange(len(texts), dtype=np.int32), lengths)[order]
        self.first = self._offsets == at[:-1][self.owners] if len(places) else np.zeros(0, bool)

    def _order(self, places: np.ndarray) -> np.ndarray:
        """(rows,) the order of the beginnings at ``places``, equal ones as they come."""
        letters = np.frombuffer(self._buffer, np.uint8)
        words = np.zeros((KEY_BYTES // 8, len(places)), np.uint64)
        for byte in range(KEY_BYTES):
            words[byte // 8] = words[byte // 8] << np.uint64(8) | letters[places + byte]
        return np.lexsort(words[::-1])

    def __len__(self) -> int:
        return len(self._offsets)

    def range(self, typed: str) -> range:
        """The rows that start with ``typed``; an empty one is everywhere."""
        key = typed.encode("utf-8", "replace")[:KEY_BYTES]
        size, buffer = len(key), self._buffer

        def begun(offset: int) -> bytes:
            return buffer[offset : offset + size]

        low = bisect_left(self._offsets, key, key=begun)
        high = bisect_left(self._offsets, True, low, key=lambda offset: begun(offset) > key)
        return range(low, high)


def starts(text: str) -> list[int]:
    """Offsets where a word starts; in a Han run where one of its words does, in a short text at each character of it."""
    found: list[int] = []
    for word in _WORD.finditer(text):
        if not "㐀" <= word.group()[0] <= "鿿":
            found.append(word.start())
        elif len(text) <= SHORT:
            found += range(word.start(), word.end())
        else:
            found += [word.start() + start for start, _ in chinese_words(word.group())]
        if len(found) >= MAX_STARTS and len(text) > SHORT:
            break
    return found[: SHORT if len(text) <= SHORT else MAX_STARTS] or ([0] if text else [])
