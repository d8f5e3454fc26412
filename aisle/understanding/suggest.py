"""As-you-type suggestions: what starts, at any of its words, with what was typed; the popular first.

Every suggestion stands in one sorted array once for each of its words, so that a prefix is a range found by bisection; no tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from aisle.perception.text import fold
from aisle.perception.text.chinese import words as chinese_words
from aisle.understanding.spelling import Speller

KEY_BYTES = 32
"""Bytes of each key in the sorted array; what is typed beyond them is compared with the text itself."""
MAX_STARTS = 8
MAX_PREFIX = 100
_PREFIXES = range(3, 11)
"""Lengths of word beginnings that typing mistakes are looked for in."""
_AT_START = 4.0
"""A suggestion that begins with what was typed counts as if it were so many times as popular."""
_WINDOW = 64
_WORD = re.compile(r"[㐀-䶿一-鿿]+|[^\W_㐀-䶿一-鿿]+")
_SPACE = re.compile(r"[\s\-_/]+")


class SuggestionKind(StrEnum):
    QUERY = "query"
    PRODUCT = "product"
    TYPE = "type"
    BRAND = "brand"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to offer, what it is, how often it is wanted (or how many products it has), and optionally the category that it
    is to be searched in (``red dress`` in ``Dresses``)."""

    text: str
    kind: SuggestionKind
    count: int = 1
    scope: str | None = None


class Suggester:
    """Fitted to a set of suggestions; immutable afterwards, safe to share between threads."""

    def __init__(self, entries: Sequence[Suggestion]) -> None:
        """``entries`` without duplicates. Use ``fit``."""
        self._entries = entries
        self._texts = [_plain(entry.text) for entry in entries]
        rows: list[tuple[bytes, int, bool]] = []
        beginnings: dict[str, int] = {}
        for number, (text, entry) in enumerate(zip(self._texts, entries, strict=True)):
            for start in _starts(text):
                rows.append(
                    (text[start : start + KEY_BYTES].encode("utf-8", "replace")[:KEY_BYTES], number, start == 0)
                )
                word = text[start : start + _PREFIXES.stop].split(" ", 1)[0]
                for size in _PREFIXES:
                    if size <= len(word) and word.isascii():
                        beginnings[word[:size]] = beginnings.get(word[:size], 0) + entry.count
        keys = np.array([row[0] for row in rows], dtype=f"S{KEY_BYTES}")
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        self._owners = np.array([row[1] for row in rows], np.int64)[order]
        popular = np.log1p(np.array([max(0, entry.count) for entry in entries], np.float64))
        at_start = np.array([row[2] for row in rows], bool)[order]
        self._scores = (popular[self._owners] if len(rows) else np.zeros(0)) + np.log(_AT_START) * at_start
        self._speller = Speller.fit(beginnings)

    @classmethod
    def fit(cls, entries: Iterable[Suggestion]) -> Suggester:
        """Of entries with the same words and scope the most wanted stays."""
        best: dict[tuple[str, str | None], Suggestion] = {}
        for entry in entries:
            key = (_plain(entry.text), entry.scope)
            if key[0] and (key not in best or best[key].count < entry.count):
                best[key] = entry
        return cls(list(best.values()))

    def suggest(self, prefix: str, limit: int = 8) -> list[Suggestion]:
        """Up to ``limit`` suggestions for what was typed so far; nothing typed gives the most popular.

        The words typed may stand anywhere in the text, the last unfinished. If nothing has them, one typing mistake in
        each word is forgiven.
        """
        typed = _plain(prefix[:MAX_PREFIX])
        found = self._matching(typed, limit)
        if not found and typed:
            for corrected in self._respelled(typed):
                found = self._matching(corrected, limit)
                if found:
                    break
        return found

    def _matching(self, typed: str, limit: int) -> list[Suggestion]:
        """In a row first; then, if too few, the words in any order."""
        rows = self._rows(typed)
        found = self._best(rows, lambda text: typed in text, limit)
        words = typed.split(" ")
        if len(found) < limit and len(words) > 1:
            patterns = [re.compile(r"\b" + re.escape(word)) for word in words]
            rows = min((self._rows(word) for word in words), key=len)
            more = self._best(rows, lambda text: all(pattern.search(text) for pattern in patterns), limit)
            found += [entry for entry in more if entry not in found]
        return found[:limit]

    def _rows(self, typed: str) -> range:
        """The rows of the sorted array that start with ``typed``."""
        key = typed.encode("utf-8", "replace")[:KEY_BYTES]
        low = int(np.searchsorted(self._keys, np.bytes_(key)))
        high = int(np.searchsorted(self._keys, np.bytes_((key + b"\xff" * KEY_BYTES)[:KEY_BYTES]), side="right"))
        return range(low, max(low, high))

    def _best(self, rows: range, fits: Callable[[str], bool], limit: int) -> list[Suggestion]:
        """The entries of ``rows`` that fit, highest score first, ties by text; a scoped one right after its plain one."""
        scores = self._scores[rows.start : rows.stop]
        owners = self._owners[rows.start : rows.stop]
        found: list[Suggestion] = []
        seen: set[int] = set()
        width = max(_WINDOW, 8 * limit)
        while True:
            top = np.argpartition(-scores, width)[:width] if width < len(scores) else np.arange(len(scores))
            ranked = sorted(top.tolist(), key=lambda row: (-scores[row], *self._order(int(owners[row]))))
            for row in ranked:
                owner = int(owners[row])
                if owner not in seen and fits(self._texts[owner]):
                    seen.add(owner)
                    found.append(self._entries[owner])
                    if len(found) == limit:
                        return found
            if width >= len(scores):
                return found
            found.clear()
            seen.clear()
            width *= 16

    def _order(self, owner: int) -> tuple[str, str]:
        return self._texts[owner], self._entries[owner].scope or ""

    def _respelled(self, typed: str) -> list[str]:
        """What was typed with each word that no suggestion has replaced by a likely spelling of it, best first."""
        *before, last = typed.split(" ")
        fixed = [
            word if len(self._rows(word)) else next((v for v, _, _ in self._speller.variants(word, 1)), word)
            for word in before
        ]
        endings = (
            [last]
            if len(self._rows(last))
            else [v for v, _, _ in self._speller.variants(last[: _PREFIXES.stop - 1], 3)]
        )
        return [" ".join([*fixed, ending]) for ending in endings]


def _plain(text: str) -> str:
    return _SPACE.sub(" ", fold(text)).strip()


def _starts(text: str) -> list[int]:
    """Offsets where a word starts; in a Han run where one of its words does."""
    starts: list[int] = []
    for found in _WORD.finditer(text):
        if "㐀" <= found.group()[0] <= "鿿":
            starts += [found.start() + start for start, _ in chinese_words(found.group())]
        else:
            starts.append(found.start())
    return starts[:MAX_STARTS] or ([0] if text else [])
