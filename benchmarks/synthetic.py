"""A made-up shop of any size, the same for the same seed: clustered vectors, Zipf words, skewed attributes, and queries.

Vectors imitate those of a picture-and-text encoder: products lie around the directions of their type and line, the spread has
a falling spectrum (most of it in few directions), and a query is either a photo of a product (close to it) or words for it
(far from every product, as such encoders leave a gap between pictures and words).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from aisle.index.segment import Document

WORDS = 60_000
TYPES = 200
LINES = 20
BRANDS = 3_000
COLORS = (
    "Black",
    "White",
    "Blue",
    "Grey",
    "Red",
    "Green",
    "Beige",
    "Brown",
    "Pink",
    "Navy",
    "Purple",
    "Yellow",
    "Orange",
)
GENDERS = ("Women", "Men", "Unisex", "Kids")
BOOSTS = {"title": 3.0, "brand": 2.0, "description": 0.6}
BLOCK = 10_000


@dataclass(frozen=True, slots=True)
class Row:
    """A product as every engine gets it. ``vector`` (dim,) float32 unit."""

    id: str
    title: list[str]
    description: list[str]
    brand: str
    type: str
    colors: tuple[str, ...]
    gender: str
    price: float
    rating: float
    stock: int
    vector: np.ndarray

    def document(self) -> Document:
        terms = {"title": self.title, "brand": [self.brand.casefold()], "description": self.description}
        return Document(self.id, None, terms, self.columns(), self.vector)

    def columns(self) -> dict[str, Any]:
        return {
            "brand": self.brand,
            "type": self.type,
            "color": self.colors,
            "gender": self.gender,
            "price": self.price,
            "rating": self.rating,
            "stock": self.stock,
        }


@dataclass(frozen=True, slots=True)
class Request:
    """A query: ``words``, a ``vector`` (dim,) float32 unit, ``filters`` in Aisle's grammar."""

    words: list[str]
    vector: np.ndarray
    filters: dict[str, Any]


class Shop:
    """``size`` products with vectors of ``dim`` numbers. Any block can be made without those before it."""

    def __init__(self, size: int, dim: int = 256, seed: int = 0) -> None:
        self.size = size
        self.dim = dim
        self.seed = seed
        rng = np.random.default_rng([seed, 1])
        spectrum = (1.0 / np.sqrt(1.0 + np.arange(dim) / 8.0)).astype(np.float32)
        self._spectrum = spectrum / np.linalg.norm(spectrum)
        self._rotation = np.linalg.qr(rng.normal(size=(dim, dim)))[0].astype(np.float32)
        self._types = self._around(rng, np.zeros((TYPES, dim), np.float32), 1.0)
        self._lines = self._around(rng, np.repeat(self._types, LINES, axis=0), 0.7)
        self._gap = self._around(rng, np.zeros((1, dim), np.float32), 1.0)[0]
        self._words = np.array([_word(number) for number in range(WORDS)])

    def _around(self, rng: np.random.Generator, centres: np.ndarray, spread: float) -> np.ndarray:
        """Unit rows about ``centres`` (n, dim), each moved by a vector of length about ``spread``."""
        noise = rng.standard_normal(centres.shape, np.float32) * self._spectrum @ self._rotation
        rows = centres + np.float32(spread) * noise
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def rows(self) -> Iterator[Row]:
        """All products in order."""
        for block in range(0, self.size, BLOCK):
            yield from self.block(block, min(BLOCK, self.size - block))

    def block(self, start: int, count: int) -> list[Row]:
        rng = np.random.default_rng([self.seed, 2, start])
        kinds = _skewed(rng, TYPES, count)
        lines = kinds * LINES + _skewed(rng, LINES, count)
        vectors = self._around(rng, self._lines[lines], 0.6)
        brands = _skewed(rng, BRANDS, count)
        colors = _skewed(rng, len(COLORS), 2 * count).reshape(count, 2)
        several = rng.random(count) < 0.25
        genders = _skewed(rng, len(GENDERS), count)
        prices = np.round(np.exp(rng.normal(3.4, 1.0, count)), 2)
        ratings = np.round(np.clip(rng.normal(4.1, 0.6, count), 1, 5), 1)
        stocks = rng.poisson(4, count)
        lengths = rng.integers(4, 10, count)
        zipf = _zipf_words(rng, count * 34).reshape(count, 34)
        # Half of a title's words belong to its line, so that words and vectors tell of the same products.
        own = (lines[:, None] * 7 + _skewed(rng, 40, count * 5).reshape(count, 5)) % (WORDS - 2000) + 2000
        rows = []
        for i in range(count):
            color = COLORS[colors[i, 0]]
            both = tuple(dict.fromkeys((color, COLORS[colors[i, 1]]))) if several[i] else (color,)
            brand = f"Brand{brands[i]:04d}"
            title = [*self._words[own[i]].tolist(), *self._words[zipf[i, : lengths[i] - 3]].tolist(), color.casefold()]
            rows.append(
                Row(
                    f"sku-{start + i:08d}",
                    title,
                    self._words[zipf[i, 10:]].tolist(),
                    brand,
                    f"Type {kinds[i]:03d}",
                    both,
                    GENDERS[genders[i]],
                    float(prices[i]),
                    float(ratings[i]),
                    int(stocks[i]),
                    vectors[i],
                )
            )
        return rows

    def requests(self, count: int, *, seed: int = 7) -> list[Request]:
        """Queries about products drawn at random: one to four of its words, a photo or words as a vector, and a filter."""
        rng = np.random.default_rng([self.seed, 3, seed])
        requests = []
        blocks = {start: self.block(start, min(BLOCK, self.size - start)) for start in self._starts(rng)}
        for number in range(count):
            block = blocks[int(rng.choice([*blocks]))]
            row = block[int(rng.integers(len(block)))]
            words = [str(word) for word in rng.choice(row.title, int(rng.integers(1, 5)), replace=False)]
            if number % 2:
                vector = self._around(rng, row.vector[None], 0.6)[0]
            else:
                vector = self._around(rng, (row.vector + 0.8 * self._gap)[None], 0.9)[0]
            requests.append(Request(words, vector, _FILTERS[number % len(_FILTERS)](row)))
        return requests

    def _starts(self, rng: np.random.Generator) -> list[int]:
        starts = range(0, self.size, BLOCK)
        return [int(start) for start in rng.choice(starts, min(10, len(starts)), replace=False)]


_FILTERS = (
    lambda row: {"type": [row.type]},
    lambda row: {"color": [row.colors[0]], "price": {"lte": 60}},
    lambda row: {"gender": [row.gender], "stock": {"gte": 1}},
    lambda row: {"type": [row.type], "color": [row.colors[0]], "price": {"gte": 10, "lte": 80}},
    lambda row: {"brand": [row.brand]},
    lambda row: {"price": {"gte": round(row.price * 0.8, 2), "lte": round(row.price * 1.2, 2)}, "rating": {"gte": 4}},
)
"""From most of the shop down to some ten products."""


def _skewed(rng: np.random.Generator, kinds: int, count: int) -> np.ndarray:
    """``count`` numbers below ``kinds``, the first ones frequent: P(k) ∝ 1 / (k + 3)."""
    weights = 1.0 / (np.arange(kinds) + 3.0)
    return np.searchsorted(np.cumsum(weights / weights.sum()), rng.random(count)).clip(0, kinds - 1)


def _zipf_words(rng: np.random.Generator, count: int) -> np.ndarray:
    """Word numbers by Zipf's law with exponent 1."""
    edges = np.cumsum(1.0 / np.arange(1, WORDS + 1))
    return np.searchsorted(edges / edges[-1], rng.random(count)).clip(0, WORDS - 1)


def _word(number: int) -> str:
    """A pronounceable word for each number."""
    consonants, vowels, word = "bdfgklmnprstvz", "aeiou", ""
    number += 70
    while number:
        number, consonant = divmod(number, len(consonants))
        number, vowel = divmod(number, len(vowels))
        word += consonants[consonant] + vowels[vowel]
    return word
