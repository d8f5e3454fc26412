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

DETAIL_BITS = 768
NEAR_FRONT, NEAR_DETAIL = 4, 40
"""Bits in which two pictures of one thing may differ. Measured on packshots of clothes: of 900 copies of 300 (scaled to
0.6, cut by 2 pixels, neither; JPEG at 60) 98 % lie within; of 2,095 pairs among 2,500 with near fronts, 13 do."""
BANDS = ((0, 13), (13, 13), (26, 13), (39, 13), (52, 12))
"""(shift, width) of the parts of the front. One more than NEAR_FRONT: near fronts share one whole band (pigeonhole)."""
SHARED = 12
"""More products than this with one picture: the picture is a placeholder, not a product."""

_WORD = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+")
_FILLER = frozenset(
    [
        "a",
        "an",
        "and",
        "by",
        "for",
        "from",
        "in",
        "of",
        "on",
        "the",
        "to",
        "with",
        "und",
        "der",
        "die",
        "das",
        "et",
        "de",
        "la",
        "le",
        "y",
        "el",
    ]
)


def text_key(product: Product) -> str:
    """The same for two listings that say the same: words of title and brand in any order, type, colours and sizes.

    Case, punctuation, filler words and full-width forms don't count; numbers do. Empty when there is nothing to tell
    by.
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
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
_SIDE = 32


def _shrunk(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """(h, w, 3) uint8 → (height, width, 3) float32, each the mean of its area."""
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BOX), dtype=np.float32)


def _content(image: np.ndarray) -> np.ndarray:
    """The part of a picture that differs from its border, so that one thing's shape fills the grid however it was
    cut."""
    luma = np.asarray(Image.fromarray(image).convert("L"), dtype=np.int16)  # (h, w)
    ground = np.median(np.concatenate([luma[0], luma[-1], luma[:, 0], luma[:, -1]]))
    other = np.abs(luma - int(ground)) > 24
    rows, columns = np.flatnonzero(other.mean(1) > 0.01), np.flatnonzero(other.mean(0) > 0.01)
    if len(rows) < 8 or len(columns) < 8:
        return image
    return np.ascontiguousarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _front(image: np.ndarray) -> np.ndarray:
    """(64,) bool: 40 of structure (which of the lowest frequencies of a cosine transform lie over their median), 8
    each of
    brightness, blue and red difference, written as thermometers: without them a red shirt would be a blue one."""
    small = _shrunk(image, _SIDE, _SIDE)  # (32, 32, 3)
    luma = small @ _LUMA  # (32, 32)
    basis = _dct_rows(8, _SIDE)
    lowest = (basis @ luma @ basis.T).ravel()[1:41]  # (40,): without the mean
    structure = lowest > max(float(np.median(lowest)), 1.0)
    weight = 256.0 - luma  # what isn't the white ground is the product
    weight /= weight.sum()
    brightness = float((luma * weight).sum())
    blue = float(((small[..., 2] - luma) * weight).sum())
    red = float(((small[..., 0] - luma) * weight).sum())
    return np.concatenate([structure, brightness > _BRIGHTNESS, blue > _LEVELS, red > _LEVELS])


def _detail(image: np.ndarray) -> np.ndarray:
    """(768,) bool of the content alone: where it grows brighter to the right and downward (16 × 16), and where it is
    blue,
    yellow, red or cyan (8 × 8)."""
    content = _content(image)
    right = np.diff(_shrunk(content, 17, 16) @ _LUMA, axis=1) > 6
    down = np.diff(_shrunk(content, 16, 17) @ _LUMA, axis=0) > 6
    small = _shrunk(content, 8, 8)
    luma = small @ _LUMA
    blue, red = small[..., 2] - luma, small[..., 0] - luma
    hues = [(blue > 8).ravel(), (blue < -8).ravel(), (red > 8).ravel(), (red < -8).ravel()]
    return np.concatenate([right.ravel(), down.ravel(), *hues])


def picture_hash(image: np.ndarray) -> int:
    """832 bits of a picture, (h, w, 3) uint8 RGB: a front of 64 that finds candidates, then 768 of detail that tell
    packshots of like things apart. Scaling, recompression and small cuts change few bits of either."""
    return int.from_bytes(np.packbits(np.concatenate([_front(image), _detail(image)])).tobytes(), "big")


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
    """Takes products one by one, then names the groups. Some 300 bytes a product with a picture, 100 without."""

    _ids: list[str] = field(default_factory=list)
    _texts: array[int] = field(default_factory=lambda: array("Q"))
    _pictured: dict[int, list[int]] = field(default_factory=dict)

    def add(self, identifier: str, key: str, picture_hashes: Sequence[int] = ()) -> None:
        """``key`` from text_key ("" isn't compared). The first picture is the product's face; it alone is compared."""
        if picture_hashes:
            self._pictured.setdefault(picture_hashes[0], []).append(len(self._ids))
        self._ids.append(identifier)
        digest = hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest()
        self._texts.append(int.from_bytes(digest, "big") if key else 0)

    def groups(self) -> Iterator[DuplicateGroup]:
        """Every group of two different ids and more, the surest reason first."""
        texts = np.array(self._texts, dtype=np.uint64)
        found = {members: "text" for members in _equal(texts) if texts[members[0]] != 0}
        owners = list(self._pictured.values())
        for alike in _near(list(self._pictured)):
            members = tuple(sorted(number for place in alike for number in owners[place]))
            if len(members) > 1:
                reason = "picture" if len(members) <= SHARED else "shared picture"
                found[members] = "text and picture" if members in found else reason
        for members, reason in sorted(found.items(), key=lambda each: (_REASONS.index(each[1]), each[0][0])):
            ids = tuple(dict.fromkeys(self._ids[member] for member in members))
            if len(ids) > 1:
                yield DuplicateGroup(ids, reason)


_REASONS = ("text and picture", "picture", "text", "shared picture")


def _equal(values: np.ndarray) -> Iterator[tuple[int, ...]]:
    """Positions of equal values, (n,), each group of two and more in order."""
    order = np.argsort(values, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(values[order])) + 1):
        if len(group) > 1:
            yield tuple(group.tolist())


def _near(hashes: Sequence[int]) -> Iterator[list[int]]:
    """Positions of different hashes in groups that are near, directly or by one between; lone ones too."""
    fronts = np.array([each >> DETAIL_BITS for each in hashes], dtype=np.uint64)  # (n,)
    parent = list(range(len(hashes)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for shift, width in BANDS:
        band = (fronts >> np.uint64(shift)) & np.uint64((1 << width) - 1)
        order = np.argsort(band, kind="stable")
        for group in np.split(order, np.flatnonzero(np.diff(band[order])) + 1):
            mine = fronts[group]
            for place in range(len(group) - 1):  # one row of the pairwise distances at a time keeps memory small
                close = np.flatnonzero(np.bitwise_count(mine[place + 1 :] ^ mine[place]) <= NEAR_FRONT)
                one = int(group[place])
                for other in group[place + 1 :][close].tolist():
                    if hamming(hashes[one], hashes[other]) <= NEAR_FRONT + NEAR_DETAIL:
                        parent[root(other)] = root(one)
    alike: dict[int, list[int]] = {}
    for node in range(len(hashes)):
        alike.setdefault(root(node), []).append(node)
    yield from alike.values()
