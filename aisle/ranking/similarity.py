"""Is this the thing that the query names? A closer look at the best candidates of a query that reads like a title.

A long query is a listing of its own: what it leaves out and what the candidate says beyond it both count, digits more than
letters, and a model number decides. Each part is a number in [0, 1] that can be shown; the value is

    clip(Σ weight · part, 0, 1),   the parts about words damped by how specific the query is

so that two words ("red dress") aren't held against a long title, while a code alone still speaks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from aisle.index.lexical import idf
from aisle.perception.text import Kind, detect_language, fold
from aisle.perception.text.analysis import scan

WEIGHTS: Mapping[str, float] = {
    "coverage": 0.55,
    "spelling": 0.25,
    "code": 0.15,
    "color": 0.05,
    "other_code": -0.10,
    "other_measure": -0.3,
    "other_color": -0.15,
    "other_brand": -0.10,
}
"""Share of each part. ``other_…`` parts are evidence against: both sides say something of the kind and it isn't the same."""

WORDY = frozenset({"coverage", "spelling"})
"""Parts that are damped by the query's specificity."""

_FEW_WORDS = 2
_MANY_WORDS = 6
_RARE = 0.5
"""A code counts as identifying when its idf is at least this share of the greatest possible."""
_LEAST_CODE = 4
_MEASURE = re.compile(r"(\d+(?:\.\d+)?)([a-z]+)\Z")
_FACTORS = frozenset({"x", "k", "p", "d"})
"""Letters that make a number a measure rather than a code: 10x, 4k, 1080p, 8d."""
_TAIL = re.compile(r"(?<=\d)[a-z]+\Z")
_JOINED = re.compile(r"[\W_]+")
_COLORS: Mapping[str, str] = {
    name: names.split()[0]
    for names in (
        "black 黑 黑色 schwarz noir negro", "white 白 白色 weiss blanc blanco", "gray grey 灰 灰色 graphit charcoal", "red 红 红色 rot roug rojo",
        "blue 蓝 蓝色 navi blau bleu azul cyan", "green 绿 绿色 grun vert verd", "pink 粉 粉色 粉红 magenta", "purpl 紫 紫色 violet",
        "yellow 黄 黄色", "orang 橙 橙色", "brown 棕 棕色 褐色 咖啡色", "beig 米色", "silver 银 银色", "gold 金色", "titanium", "bronz", "clear transpar 透明",
    )
    for name in names.split()
}  # fmt: skip
"""Terms (stems) of colours → one name. Only words that seldom mean anything else."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A title taken apart: all its ``terms`` and those of ``extra`` fields, and what identifies a product.

    ``measures`` maps a unit to its values, ``grams`` are the character trigrams of the words, ``joined`` is everything without
    spaces and punctuation, ``words`` counts the written words.
    """

    terms: frozenset[str]
    extra: frozenset[str]
    codes: frozenset[str]
    measures: Mapping[str, frozenset[str]]
    colors: frozenset[str]
    brand: frozenset[str]
    grams: frozenset[str]
    joined: str
    words: int


@lru_cache(maxsize=1 << 14)
def read(title: str, brand: str = "", codes: tuple[str, ...] = ()) -> Listing:
    """Take a title apart; ``brand`` and ``codes`` (model number, part number, barcode) as the catalog's own fields give them."""
    terms: set[str] = set()
    extra: set[str] = set()
    identifiers: set[str] = set()
    measures: dict[str, set[str]] = {}
    colors: set[str] = set()
    words = 0
    for text in (title, *codes):
        for piece in scan(text, detect_language(text)):
            (terms if text is title else extra).add(piece.term)
            if text is title:
                words += piece.kind is not Kind.BIGRAM and piece.kind is not Kind.COMPOUND
                if piece.term in _COLORS:
                    colors.add(_COLORS[piece.term])
            measured = _MEASURE.match(piece.term)
            if measured and (piece.kind is Kind.UNIT or measured[2] in _FACTORS):
                measures.setdefault(measured[2], set()).add(measured[1])
            elif _identifies(piece.kind, piece.term, piece.group < 0):
                identifiers.add(piece.term)
        if text is not title and (joined := _JOINED.sub("", fold(text))):
            identifiers.add(joined)
    named = frozenset(piece.term for piece in scan(brand, "und"))
    return Listing(
        frozenset(terms),
        frozenset(extra | named),
        frozenset(identifiers),
        {unit: frozenset(values) for unit, values in measures.items()},
        frozenset(colors),
        named,
        _grams(fold(title)),
        _JOINED.sub("", fold(" ".join((title, *codes)))),
        words,
    )


def _identifies(kind: Kind, term: str, of_two: bool) -> bool:
    if kind is Kind.NUMBER:
        return len(term) >= _LEAST_CODE and term.isdigit()
    return (kind is Kind.CODE and term.isalnum()) or (of_two and not term.isalpha())


def _grams(folded: str) -> frozenset[str]:
    text = f" {' '.join(_JOINED.sub(' ', folded).split())} "
    return frozenset(text[at : at + 3] for at in range(len(text) - 2))


@dataclass(frozen=True, slots=True)
class Similarity:
    """``value`` (n,) float32 in [0, 1] of n candidates, the ``parts`` it is made of, name → (n,), and the share of each."""

    value: np.ndarray
    parts: Mapping[str, np.ndarray]
    shares: Mapping[str, float]

    def explain(self, row: int) -> dict[str, float]:
        """What each part adds to the value of candidate ``row``, before clipping; parts that add nothing left out."""
        added = {name: share * float(self.parts[name][row]) for name, share in self.shares.items()}
        return {name: each for name, each in added.items() if each}


def compare(query: Listing, candidates: Sequence[Listing], count: int, frequency: Callable[[str], int]) -> Similarity:
    """Compare a query with its candidates, in a catalog of ``count`` products of which ``frequency(term)`` hold a term."""
    rarity = _Rarity(count, frequency)
    specific = specificity(query)
    shares = {name: weight * (specific if name in WORDY else 1.0) for name, weight in WEIGHTS.items()}
    wanted = _Asked.of(query, rarity)
    parts = {
        name: np.array(
            [_PARTS[name](wanted, candidate, rarity) if share else 0.0 for candidate in candidates], np.float32
        )
        for name, share in shares.items()
    }
    total = sum(
        (np.float32(shares[name]) * part for name, part in parts.items()), np.zeros(len(candidates), np.float32)
    )
    return Similarity(np.clip(total, 0.0, 1.0), parts, shares)


def specificity(query: Listing) -> float:
    """0 for up to two words, 1 from six on: how much a query reads like a title."""
    return min(1.0, max(0.0, (query.words - _FEW_WORDS) / (_MANY_WORDS - _FEW_WORDS)))


class _Rarity(dict[str, float]):
    """Term → idf as a share of the greatest, in [0, 1], asked for once."""

    def __init__(self, count: int, frequency: Callable[[str], int]) -> None:
        super().__init__()
        self._count = count
        self._frequency = frequency
        self._most = idf(count, 0)

    def __missing__(self, term: str) -> float:
        self[term] = value = idf(self._count, min(self._count, self._frequency(term))) / self._most
        return value


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query's listing with what every comparison needs of it: the rarity of all its terms and its identifying codes."""

    listing: Listing
    mass: float
    rare: tuple[str, ...]

    @classmethod
    def of(cls, listing: Listing, rarity: _Rarity) -> _Asked:
        return cls(listing, sum(rarity[term] for term in listing.terms), _identifying(listing, rarity))


def _identifying(listing: Listing, rarity: _Rarity) -> tuple[str, ...]:
    return tuple(sorted(code for code in listing.codes if rarity[code] >= _RARE))


def _coverage(asked: _Asked, other: Listing, rarity: _Rarity) -> float:
    """Share of the query's words, by rarity, that the listing or its fields hold."""
    found = sum(rarity[term] for term in asked.listing.terms if term in other.terms or term in other.extra)
    return found / asked.mass if asked.mass else 0.0


def _spelling(asked: _Asked, other: Listing, rarity: _Rarity) -> float:
    """Cosine of the character trigrams: words written apart or otherwise still agree, and what either has alone costs."""
    first, second = asked.listing.grams, other.grams
    return len(first & second) / (len(first) * len(second)) ** 0.5 if first and second else 0.0


def _code(asked: _Asked, other: Listing, rarity: _Rarity) -> float:
    """The best agreement of a code of the query, by its rarity."""
    return max((rarity[code] * agreement(code, other) for code in asked.listing.codes), default=0.0)


def _color(asked: _Asked, other: Listing, rarity: _Rarity) -> float:
    return float(bool(asked.listing.colors & other.colors))


def _other_code(asked: _Asked, other: Listing, rarity: _Rarity) -> float:
    """Both name an identifying code and none agrees."""
    if not asked.rare or any(agreement(code, other) for code in asked.rare):
        return 0.0
    return float(bool(_identifying(other, rarity)))


def _other_measure(asked: _Asked, other: Listing, rarity: _Rarity) -> float:
    """Units in which both state values and share none: ½ for one, 1 for more."""
    stated = [
        values & other.measures[unit] for unit, values in asked.listing.measures.items() if unit in other.measures
    ]
    return min(2, sum(not shared for shared in stated)) / 2


def _other_color(asked: _Asked, other: Listing, rarity: _Rarity) -> float:
    return float(bool(asked.listing.colors and other.colors) and not asked.listing.colors & other.colors)


def _other_brand(asked: _Asked, other: Listing, rarity: _Rarity) -> float:
    """The listing has a brand of which the query, long enough to name one, says no word."""
    named = bool(other.brand) and asked.listing.words > _FEW_WORDS
    return float(named and not other.brand & asked.listing.terms)


_PARTS: Mapping[str, Callable[[_Asked, Listing, _Rarity], float]] = {
    "coverage": _coverage,
    "spelling": _spelling,
    "code": _code,
    "color": _color,
    "other_code": _other_code,
    "other_measure": _other_measure,
    "other_color": _other_color,
    "other_brand": _other_brand,
}


def agreement(code: str, other: Listing) -> float:
    """How well any code of a listing agrees with ``code``, in [0, 1]; found whole in the joined text counts in full."""
    if code in other.codes or (len(code) > _LEAST_CODE and code in other.joined):
        return 1.0
    return max((code_similarity(code, each) for each in other.codes), default=0.0)


def code_similarity(first: str, second: str) -> float:
    """1 for the same code, above ½ where one holds the other, 0.6 where only letters after the last digit differ (a colour, a
    region), else 0: a code that differs in a digit is another product."""
    if first == second:
        return 1.0
    short, long = sorted((first, second), key=len)
    if len(short) < _LEAST_CODE:
        return 0.0
    if short in long:
        return 0.5 + 0.5 * len(short) / len(long)
    stem = _TAIL.sub("", first)
    return 0.6 if len(stem) >= _LEAST_CODE and stem == _TAIL.sub("", second) else 0.0
