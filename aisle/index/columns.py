"""The attributes of a segment's documents as arrays: filter masks, facet counts and sort keys in a few passes each.

A field that holds numbers in some documents and words in others has both kinds of column; a document is in one of them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from aisle.index.arrays import Arrays, Ragged, Strings, smallest_unsigned
from aisle.index.filters import And, Exists, Filter, In, Not, Or, Range, Scalar
from aisle.types import Value


def sort_key(word: str) -> tuple[str, str]:
    """Words stand in case-blind order, so that equal but for case means side by side."""
    return word.casefold(), word


class Keywords:
    """Words of n documents, dictionary-encoded: ``values`` sorted by ``sort_key``, each document has codes into it.

    Where no document has more than one word, ``codes`` (n,) is a flat array in which ``len(values)`` means none;
    otherwise ``rows`` holds each document's codes and ``holders`` each code's documents.
    """

    def __init__(self, values: Strings, codes: np.ndarray | None, rows: Ragged | None, holders: Ragged | None) -> None:
        self.values = values
        self.codes = codes
        self.rows = rows
        self.holders = holders

    @classmethod
    def of(cls, rows: Ragged, values: Sequence[str]) -> Keywords:
        """``rows`` of codes into ``values`` (distinct, in any order, used or not)."""
        used = np.flatnonzero(np.bincount(rows.values, minlength=len(values)))
        order = np.array(sorted(used.tolist(), key=lambda code: sort_key(values[code])), np.int64)
        kind = smallest_unsigned(len(order))
        renumber = np.zeros(len(values), kind)
        renumber[order] = np.arange(len(order))
        table = Strings.of(values[code] for code in order.tolist())
        codes = renumber[rows.values]
        lengths = rows.lengths()
        if not len(lengths) or lengths.max() <= 1:
            flat = np.full(len(rows), len(order), kind)
            flat[lengths == 1] = codes
            return cls(table, flat, None, None)
        places = np.argsort(codes, kind="stable")
        holders = Ragged.of(np.bincount(codes, minlength=len(order)), rows.owners()[places].astype(np.int32))
        return cls(table, None, Ragged(rows.offsets, codes), holders)

    @cached_property
    def folded(self) -> list[str]:
        """The words without case, ascending."""
        return [value.casefold() for value in self.values]

    @cached_property
    def words(self) -> list[str]:
        return self.values.tolist()

    def places(self, words: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
        """For each of ``words``: how many of ``values`` come before it, and how many come before or are it."""
        keys = [sort_key(word) for word in words]
        low = [bisect_left(self.words, key, key=sort_key) for key in keys]
        high = [
            place + (place < len(self.words) and sort_key(self.words[place]) == key)
            for place, key in zip(low, keys, strict=True)
        ]
        return np.array(low, np.int64), np.array(high, np.int64)

    def find(self, word: str) -> int:
        """The code of ``word``, -1 if there is none."""
        place = bisect_left(self.words, sort_key(word), key=sort_key)
        return place if place < len(self.words) and self.words[place] == word else -1

    def ragged(self, ordinals: np.ndarray | None = None) -> Ragged:
        """Each document's codes (None: of all)."""
        if self.rows is not None:
            return self.rows if ordinals is None else self.rows.take(ordinals)
        assert self.codes is not None
        codes = self.codes if ordinals is None else self.codes[ordinals]
        present = codes < len(self.values)
        return Ragged.of(present, codes[present])

    def mask(self, low: int, high: int) -> np.ndarray:
        """(n,) bool: documents with a code in [low, high)."""
        if self.codes is not None:
            if high - low == 1:
                return self.codes == low
            return (self.codes >= low) & (self.codes < high)
        assert self.rows is not None and self.holders is not None
        mask = np.zeros(len(self.rows), bool)
        mask[self.holders.values[self.holders.offsets[low] : self.holders.offsets[high]]] = True
        return mask

    def mask_of(self, words: Iterable[str]) -> np.ndarray:
        """(n,) bool: documents with any of ``words``, case-blind."""
        ranges = [
            (bisect_left(self.folded, word), bisect_right(self.folded, word))
            for word in {word.casefold() for word in words}
        ]
        ranges = [(low, high) for low, high in ranges if low < high]
        if self.codes is not None and len(ranges) > 1:
            chosen = np.zeros(len(self.values) + 1, bool)
            for low, high in ranges:
                chosen[low:high] = True
            return chosen[self.codes]
        mask = np.zeros(len(self), bool)
        for low, high in ranges:
            mask |= self.mask(low, high)
        return mask

    def between(self, bounds: Range) -> np.ndarray:
        """(n,) bool: documents with a word in the range, in case-blind order."""
        low, high = 0, len(self.values)
        if isinstance(bounds.low, str):
            low = (bisect_left if bounds.above else bisect_right)(self.folded, bounds.low.casefold())
        if isinstance(bounds.high, str):
            high = (bisect_right if bounds.below else bisect_left)(self.folded, bounds.high.casefold())
        return self.mask(low, max(low, high))

    def present(self) -> np.ndarray:
        if self.codes is not None:
            return self.codes < len(self.values)
        assert self.rows is not None
        return self.rows.lengths() > 0

    def counts(self, ordinals: np.ndarray | None) -> np.ndarray:
        """(len(values),) int64: how many of the documents (None: all) have each word."""
        if self.codes is not None:
            codes = self.codes if ordinals is None else self.codes[ordinals]
        else:
            codes = self.ragged(ordinals).values
        return np.bincount(codes, minlength=len(self.values) + 1)[: len(self.values)]

    def first(self, ordinals: np.ndarray) -> np.ndarray:
        """Each document's first code, ``len(values)`` where it has none: the key to sort by."""
        if self.codes is not None:
            return self.codes[ordinals]
        assert self.rows is not None
        found = self.rows.lengths()[ordinals] > 0
        codes = np.full(len(ordinals), len(self.values), np.int64)
        codes[found] = self.rows.values[self.rows.offsets[ordinals[found]]]
        return codes

    def read(self, ordinal: int) -> tuple[str, ...]:
        if self.codes is not None:
            code = int(self.codes[ordinal])
            return () if code == len(self.values) else (self.values[code],)
        assert self.rows is not None
        return tuple(self.values[code] for code in self.rows.row(ordinal).tolist())

    def __len__(self) -> int:
        return len(self.codes if self.codes is not None else self.rows or ())

    def arrays(self, prefix: str) -> Arrays:
        arrays = self.values.arrays(f"{prefix}.words")
        if self.codes is not None:
            return {**arrays, f"{prefix}.codes": self.codes}
        assert self.rows is not None and self.holders is not None
        return {**arrays, **self.rows.arrays(f"{prefix}.rows"), **self.holders.arrays(f"{prefix}.holders")}

    @classmethod
    def load(cls, arrays: Arrays, prefix: str) -> Keywords:
        values = Strings.read(arrays, f"{prefix}.words")
        if f"{prefix}.codes" in arrays:
            return cls(values, arrays[f"{prefix}.codes"], None, None)
        return cls(values, None, Ragged.read(arrays, f"{prefix}.rows"), Ragged.read(arrays, f"{prefix}.holders"))


@dataclass(frozen=True, slots=True)
class Column:
    """One field: ``numbers`` (n,) float64 with NaN for none, and ``keywords``; either may be missing altogether."""

    numbers: np.ndarray | None = None
    keywords: Keywords | None = None

    def present(self, count: int) -> np.ndarray:
        mask = np.zeros(count, bool) if self.numbers is None else ~np.isnan(self.numbers)
        return mask if self.keywords is None else mask | self.keywords.present()

    def read(self, ordinal: int) -> Value | None:
        """The document's value as it was given (a boolean reads "true" or "false", one word in a list reads as
        itself)."""
        if self.numbers is not None and not np.isnan(self.numbers[ordinal]):
            return float(self.numbers[ordinal])
        words = self.keywords.read(ordinal) if self.keywords is not None else ()
        return words[0] if len(words) == 1 else words or None


@dataclass(frozen=True)
class Columns:
    """All fields of a segment's ``count`` documents."""

    count: int
    fields: Mapping[str, Column]

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Value]]) -> Columns:
        """One mapping for each document, in order. None and NaN values count as absent."""
        numbers: dict[str, np.ndarray] = {}
        words: dict[str, tuple[list[int], list[int], dict[str, int]]] = {}
        for ordinal, row in enumerate(rows):
            for field, value in row.items():
                if isinstance(value, int | float) and not isinstance(value, bool):
                    if field not in numbers:
                        numbers[field] = np.full(len(rows), np.nan)
                    numbers[field][ordinal] = value
                    continue
                owners, codes, table = words.setdefault(field, ([], [], {}))
                for word in _words(value):
                    owners.append(ordinal)
                    codes.append(table.setdefault(word, len(table)))
        keywords = {
            field: Keywords.of(
                Ragged.of(np.bincount(np.array(owners, np.int64), minlength=len(rows)), np.array(codes, np.int64)),
                [*table],
            )
            for field, (owners, codes, table) in words.items()
            if codes
        }
        names = sorted(numbers.keys() | keywords.keys())
        return cls(len(rows), {name: Column(numbers.get(name), keywords.get(name)) for name in names})

    @classmethod
    def merge(cls, parts: Sequence[Columns], rows: np.ndarray) -> Columns:
        """Documents ``rows`` (positions in the concatenation of ``parts``), in that order."""
        fields = {}
        for name in sorted({name for part in parts for name in part.fields}):
            columns = [part.fields.get(name, Column()) for part in parts]
            counts = [part.count for part in parts]
            column = Column(_merge_numbers(columns, counts, rows), _merge_keywords(columns, counts, rows))
            if column.numbers is not None or column.keywords is not None:
                fields[name] = column
        return cls(len(rows), fields)

    def mask(self, tree: Filter) -> np.ndarray:
        """(count,) bool, freshly made: the documents that match ``tree``."""
        return _MASKS[type(tree)](self, tree)

    def arrays(self) -> Arrays:
        arrays: Arrays = {}
        for place, column in enumerate(self.fields.values()):
            if column.numbers is not None:
                arrays[f"{place}.numbers"] = column.numbers
            if column.keywords is not None:
                arrays |= column.keywords.arrays(f"{place}")
        return arrays

    @classmethod
    def load(cls, count: int, names: Sequence[str], arrays: Arrays) -> Columns:
        """The reverse of ``arrays``; ``names`` are those of ``fields``, in order."""
        fields = {}
        for place, name in enumerate(names):
            worded = f"{place}.words.blob" in arrays
            fields[name] = Column(arrays.get(f"{place}.numbers"), Keywords.load(arrays, f"{place}") if worded else None)
        return cls(count, fields)


def _words(value: Any) -> Iterable[str]:
    if value is None:
        return ()
    if isinstance(value, bool):
        return ("true" if value else "false",)
    return dict.fromkeys(value) if isinstance(value, tuple | list) else (value,)


def _merge_numbers(columns: Sequence[Column], counts: Sequence[int], rows: np.ndarray) -> np.ndarray | None:
    if all(column.numbers is None for column in columns):
        return None
    merged = np.concatenate(
        [
            column.numbers if column.numbers is not None else np.full(count, np.nan)
            for column, count in zip(columns, counts, strict=True)
        ]
    )[rows]
    return None if np.isnan(merged).all() else merged


def _merge_keywords(columns: Sequence[Column], counts: Sequence[int], rows: np.ndarray) -> Keywords | None:
    table: dict[str, int] = {}
    parts = []
    for column, count in zip(columns, counts, strict=True):
        if column.keywords is None:
            parts.append(Ragged.of(np.zeros(count, np.int64), np.zeros(0, np.int64)))
            continue
        renumber = np.array([table.setdefault(word, len(table)) for word in column.keywords.words], np.int64)
        ragged = column.keywords.ragged()
        parts.append(Ragged(ragged.offsets, renumber[ragged.values]))
    merged = Ragged.concatenate(parts).take(rows)
    return Keywords.of(merged, [*table]) if len(merged.values) else None


def _mask_in(columns: Columns, leaf: In) -> np.ndarray:
    column = columns.fields.get(leaf.field, Column())
    mask = np.zeros(columns.count, bool)
    numbers = [value for value in leaf.values if not isinstance(value, str)]
    words = [value for value in leaf.values if isinstance(value, str)]
    if numbers and column.numbers is not None:
        mask |= np.isin(column.numbers, numbers) if len(numbers) > 1 else column.numbers == numbers[0]
    if words and column.keywords is not None:
        mask |= column.keywords.mask_of(words)
    return mask


def _mask_range(columns: Columns, leaf: Range) -> np.ndarray:
    column = columns.fields.get(leaf.field, Column())
    worded = isinstance(leaf.low if leaf.low is not None else leaf.high, str)
    if worded and column.keywords is not None:
        return column.keywords.between(leaf)
    if worded or column.numbers is None:
        return np.zeros(columns.count, bool)
    parts = []
    if leaf.low is not None:
        parts.append((np.greater_equal if leaf.above else np.greater)(column.numbers, leaf.low))
    if leaf.high is not None:
        parts.append((np.less_equal if leaf.below else np.less)(column.numbers, leaf.high))
    return parts[0] if len(parts) == 1 else parts[0] & parts[1]


def _mask_exists(columns: Columns, leaf: Exists) -> np.ndarray:
    return columns.fields.get(leaf.field, Column()).present(columns.count)


def _mask_not(columns: Columns, tree: Not) -> np.ndarray:
    return ~columns.mask(tree.part)


def _mask_and(columns: Columns, tree: And) -> np.ndarray:
    if not tree.parts:
        return np.ones(columns.count, bool)
    mask = columns.mask(tree.parts[0])
    for part in tree.parts[1:]:
        mask &= columns.mask(part)
    return mask


def _mask_or(columns: Columns, tree: Or) -> np.ndarray:
    mask = np.zeros(columns.count, bool)
    for part in tree.parts:
        mask |= columns.mask(part)
    return mask


_MASKS: Mapping[type, Callable[[Columns, Any], np.ndarray]] = {
    In: _mask_in,
    Range: _mask_range,
    Exists: _mask_exists,
    Not: _mask_not,
    And: _mask_and,
    Or: _mask_or,
}

__all__ = ["Column", "Columns", "Keywords", "Scalar", "sort_key"]
