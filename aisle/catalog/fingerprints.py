"""Fingerprints of texts and pictures, and the groups of products that look like one thing listed twice."""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from aisle.types import Product

__all__ = ["DuplicateFinder", "DuplicateGroup", "hamming", "picture_hash", "text_key"]

NEAR = 3
"""Bits in which two pictures of one thing may differ. Four bands of 16 bits then share one whole band (pigeonhole)."""
SHARED = 12
"""More products than this with one picture: the picture is a placeholder, not a product."""

_WORD = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+")
_FILLER = frozenset("a an and by for from in of on the to with und der die das et de la le y el".split())


def text_key(product: Product) -> str:
    """The same for two listings that say the same: words of title and brand in any order, type, colours and sizes.

    Case, punctuation, filler words and full-width forms don't count; numbers do. Empty when there is nothing to tell by.
    """
    attributes = product.attributes
    words = _words(product.title) | _words(attributes.get("brand"))
    if not words:
        return ""
    marks = [sorted(_words(attributes.get(name))) for name in ("type", "color", "shade", "size", "material")]
    return " ".join(sorted(words)) + "".join(f"|{' '.join(mark)}" for mark in marks)


def _words(value: object) -> set[str]:
    text = " ".join(value) if isinstance(value, tuple) else value if isinstance(value, str) else ""
    return set(_WORD.findall(unicodedata.normalize("NFKC", text).casefold())) - _FILLER


def _dct_rows(keep: int, size: int) -> np.ndarray:
    """The first rows of the orthonormal DCT-II matrix, (keep, size); Ahmed, Natarajan & Rao 1974."""
    k, n = np.arange(keep)[:, None], np.arange(size)[None, :]
    rows = np.cos(math.pi * (2 * n + 1) * k / (2 * size)) * math.sqrt(2 / size)
    rows[0] /= math.sqrt(2)
    return rows.astype(np.float32)


_LEVELS = np.array([-40.0, -20.0, -9.0, -3.0, 3.0, 9.0, 20.0, 40.0], dtype=np.float32)
_BRIGHTNESS = np.array([28.0, 57.0, 85.0, 113.0, 142.0, 170.0, 198.0, 227.0], dtype=np.float32)
_SIDE = 32


def picture_hash(image: np.ndarray) -> int:
    """64 bits of a picture, (h, w, 3) uint8 RGB: 40 of its structure, 8 each of brightness, blue and red difference.

    Structure: which of the lowest frequencies of a cosine transform of the brightness lie over their median. The others
    are levels written as thermometers, so that one level more is one bit more; without them a red shirt would be a blue
    one. Scaling, recompression and small edits change few bits.
    """
    small = np.asarray(
        Image.fromarray(image).resize((_SIDE, _SIDE), Image.Resampling.BOX), dtype=np.float32
    )  # (32, 32, 3)
    luma = small @ np.array([0.299, 0.587, 0.114], dtype=np.float32)  # (32, 32)
    basis = _dct_rows(8, _SIDE)
    lowest = (basis @ luma @ basis.T).ravel()[1:41]  # (40,): without the mean
    structure = lowest > max(float(np.median(lowest)), 1.0)
    weight = 255.0 - luma + 1.0  # what isn't the white ground is the product
    weight /= weight.sum()
    brightness = float((luma * weight).sum())
    blue = float(((small[..., 2] - luma) * weight).sum())
    red = float(((small[..., 0] - luma) * weight).sum())
    bits = np.concatenate([structure, brightness > _BRIGHTNESS, blue > _LEVELS, red > _LEVELS])  # (64,)
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def hamming(one: int, other: int) -> int:
    """Bits in which two fingerprints differ."""
    return (one ^ other).bit_count()


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Ids, in the order they came, of products that look like one. ``reason``: "text", "picture", "text and picture",
    or "shared picture" for a picture that stands with too many products to say anything."""

    ids: tuple[str, ...]
    reason: str


@dataclass(slots=True)
class DuplicateFinder:
    """Takes products one by one, then names the groups. Some 100 bytes a product."""

    _ids: list[str] = field(default_factory=list)
    _texts: array[int] = field(default_factory=lambda: array("Q"))
    _pictures: array[int] = field(default_factory=lambda: array("Q"))
    _pictured: array[int] = field(default_factory=lambda: array("q"))

    def add(self, identifier: str, key: str, picture_hashes: Sequence[int] = ()) -> None:
        """``key`` from text_key ("" isn't compared). The first picture is the product's face; it alone is compared."""
        number = len(self._ids)
        self._ids.append(identifier)
        digest = hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest()
        self._texts.append(int.from_bytes(digest, "big") if key else 0)
        if picture_hashes:
            self._pictures.append(picture_hashes[0])
            self._pictured.append(number)

    def groups(self) -> Iterator[DuplicateGroup]:
        """Every group of two and more, larger reasons first."""
        texts = np.frombuffer(self._texts, dtype=np.uint64) if self._texts else np.empty(0, np.uint64)
        by_text = {members: "text" for members in _equal(texts) if texts[members[0]] != 0}
        pictured = np.frombuffer(self._pictured, dtype=np.int64) if self._pictured else np.empty(0, np.int64)
        hashes = np.frombuffer(self._pictures, dtype=np.uint64) if self._pictures else np.empty(0, np.uint64)
        for members in _near(hashes):
            numbers = tuple(int(pictured[member]) for member in members)
            reason = "picture" if len(numbers) <= SHARED else "shared picture"
            by_text[numbers] = "text and picture" if numbers in by_text else reason
        order = ("text and picture", "picture", "text", "shared picture")
        for members, reason in sorted(by_text.items(), key=lambda each: (order.index(each[1]), each[0][0])):
            yield DuplicateGroup(tuple(self._ids[member] for member in members), reason)


def _equal(values: np.ndarray) -> Iterator[tuple[int, ...]]:
    """Positions of equal values, (n,) uint64, each group in order."""
    order = np.argsort(values, kind="stable")
    bounds = np.flatnonzero(np.diff(values[order])) + 1
    for group in np.split(order, bounds):
        if len(group) > 1:
            yield tuple(group.tolist())


def _near(hashes: np.ndarray) -> Iterator[tuple[int, ...]]:
    """Positions of hashes, (n,) uint64, that lie within NEAR bits of each other, directly or by one between."""
    unique, inverse = np.unique(hashes, return_inverse=True)
    parent = np.arange(len(unique))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = int(parent[node])
        return node

    for shift in (0, 16, 32, 48):
        band = (unique >> np.uint64(shift)) & np.uint64(0xFFFF)
        order = np.argsort(band, kind="stable")
        for group in np.split(order, np.flatnonzero(np.diff(band[order])) + 1):
            for place in range(len(group) - 1):  # a row of the pairwise distances at a time keeps memory small
                distances = np.bitwise_count(unique[group[place + 1 :]] ^ unique[group[place]])
                for other in group[place + 1 :][distances <= NEAR]:
                    parent[root(int(other))] = root(int(group[place]))
    roots = np.array([root(node) for node in range(len(unique))], dtype=np.uint64)
    yield from _equal(roots[inverse]) if len(unique) else ()
