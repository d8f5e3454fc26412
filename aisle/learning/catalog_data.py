"""A shop's own data as training reads it: products with what may be said of them, split without leaks; logs and labels.

A product is held out by the hash of its group, so that variants stay together and a later run holds out the same ones.
Logged and labelled queries are split by time where they have one, and each query lies in one part only.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from aisle.errors import AisleError, InvalidRequest
from aisle.store import Store
from aisle.types import Product
from aisle.understanding.lexicon import Lexicon, is_chinese

PARTS = ("train", "validation", "test")
HELD = (0.8, 0.9)
"""Below the first: training; below the second: validation; the rest: test."""

ORDER = ("season", "gender", "usage", "brand", "color", "pattern", "material", "style", "shape", "type")
"""In which order a shopper says things; other attributes go before the type."""
MENTION: Mapping[str, float] = {"type": 0.9, "color": 0.6, "title": 0.35, "material": 0.35, "pattern": 0.35}
RARELY = 0.2
UNSAID = frozenset(
    [
        "code",
        "url",
        "created",
        "updated",
        "currency",
        "availability",
        "condition",
        "seller",
        "price",
        "sale_price",
        "list_price",
        "tags",
        "category",
        "stock",
        "rating",
        "reviews",
        "best_rating",
        "size",
    ]
)
"""Attributes that tell nothing of how a product looks, or that hardly anyone types."""
MAX_WORDS = 5

EVENTS: Mapping[str, float] = {"click": 1.0, "cart": 3.0, "purchase": 5.0}
"""How much an event counts: it is drawn so many times as often as a click."""


@dataclass(frozen=True, slots=True)
class Item:
    """A product with a picture. ``facts`` are (attribute, value as the catalog says it); ``texts`` maps a language to its
    (title, description); ``pictures`` are files; ``part`` is one of PARTS."""

    id: str
    group: str
    facts: tuple[tuple[str, str], ...]
    texts: Mapping[str, tuple[str, str]]
    pictures: tuple[Path, ...]
    part: str

    @property
    def title(self) -> str:
        return next(iter(self.texts.values()))[0]


@dataclass(frozen=True, slots=True)
class Pair:
    """A query and a product that it led to, ``weight`` > 0, or that a rater found wrong, ``weight`` 0."""

    query: str
    product: str
    weight: float
    part: str = "train"


@dataclass(frozen=True, slots=True)
class Catalog:
    """What one run learns from and is measured on. ``said`` holds each item's tokens, ints of ``vocabulary``."""

    items: tuple[Item, ...]
    pairs: tuple[Pair, ...] = ()
    vocabulary: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def rows(self, part: str) -> list[int]:
        return [row for row, item in enumerate(self.items) if item.part == part]

    def digest(self) -> str:
        """Sixteen hex digits of everything that training reads: the data's part of a model's lineage."""
        whole = hashlib.blake2b(digest_size=8)
        for item in self.items:
            names = [path.name for path in item.pictures]
            whole.update(repr((item.id, item.facts, sorted(item.texts.items()), names)).encode())
        for pair in self.pairs:
            whole.update(repr(pair).encode())
        return whole.hexdigest()


def share(key: str) -> float:
    """A number in [0, 1) that depends on ``key`` alone: who is held out today is held out tomorrow."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest()) / 2**64


def part_of(key: str) -> str:
    place = share(key)
    return PARTS[sum(place >= bound for bound in HELD)]


def read_products(store: Store) -> Iterator[Product]:
    """Every living product, in the order of its last change."""
    after = 0
    while changes := store.changes(after):
        yield from (change.product for change in changes if change.product is not None)
        after = changes[-1].seq


def read_catalog(store: Store, pairs: Iterable[Pair] = ()) -> Catalog:
    """The store's products that have a picture. Raises InvalidRequest when they are too few to hold any out."""
    items = sorted((item for item in map(_item(store), read_products(store)) if item.pictures), key=lambda i: i.id)
    counts = Counter(item.part for item in items)
    if counts["train"] < 2 or not counts["validation"] or not counts["test"]:
        raise InvalidRequest(
            f"There are {len(items)} products with pictures; that is too few to train on and to measure by.",
            field="store",
            hint="Some dozens are the least; a tenth is held out to validate on and a tenth to test on.",
        )
    lexicon = Lexicon.load()
    vocabulary: dict[tuple[str, str], int] = {}
    for item in items:
        for fact in meanings(item, lexicon):
            vocabulary.setdefault(fact, len(vocabulary))
    return Catalog(tuple(items), tuple(pairs), vocabulary)


def _item(store: Store) -> Callable[[Product], Item]:
    def made(product: Product) -> Item:
        facts = tuple(
            (name, word)
            for name, value in sorted(product.attributes.items())
            if name not in UNSAID
            for word in (value if isinstance(value, tuple) else (value,))
            if isinstance(word, str) and word.strip() and len(word.split()) <= MAX_WORDS and len(word) <= 40
        )
        texts = {
            code: (said.get("title", ""), said.get("description", "")) for code, said in product.translations.items()
        }
        own = "zh" if is_chinese(product.title) else "en"
        texts = {own: (product.title, product.description), **texts}
        group = product.group or product.title.casefold()
        return Item(product.id, group, facts, texts, _pictures(store, product), part_of(group))

    return made


def _pictures(store: Store, product: Product) -> tuple[Path, ...]:
    found = []
    for name in product.images[:4]:
        try:
            found.append(store.media_path(name))
        except AisleError:  # a picture that is gone is one picture less
            continue
    return tuple(found)


def meanings(item: Item, lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    """What can be said of an item, as (kind, meaning): values that the lexicon calls one thing are one meaning."""
    for name, value in item.facts:
        yield name, meaning(name, value, lexicon)
    yield "title", item.title.casefold()
    for language, (title, description) in item.texts.items():
        if title.casefold() != item.title.casefold():
            yield "title", title.casefold()
        if description:
            yield f"description:{language}", description.casefold()


def meaning(kind: str, value: str, lexicon: Lexicon) -> str:
    entry = lexicon.find(kind, value)
    return entry.key.casefold() if entry else value.casefold()


# What a shopper would say


class Speaker:
    """Texts for items: random subsets of what is known, in the languages of the catalog, as a shopper would say them."""

    def __init__(self, catalog: Catalog, lexicon: Lexicon, bilingual: bool = True) -> None:
        self.lexicon = lexicon
        self.vocabulary = catalog.vocabulary
        found = {language for item in catalog.items for language in item.texts}
        self.languages = tuple(sorted(found | ({"zh", "en"} if bilingual else set())))

    def describe(self, item: Item, rng: np.random.Generator) -> tuple[str, tuple[int, ...]]:
        """A text that fits ``item``, and the tokens of what it says."""
        if rng.random() < 0.2 and (said := self._passage(item, rng)):
            return said
        own = tuple(item.texts)
        language = (
            own[rng.integers(len(own))] if rng.random() < 0.7 else self.languages[rng.integers(len(self.languages))]
        )
        known = self._known(item)
        chosen = [kind for kind in known if rng.random() < MENTION.get(kind, RARELY)]
        if not chosen:
            chosen = [list(known)[-1]]
        return self._phrase(item, {kind: known[kind] for kind in chosen}, language, rng)

    def full(self, item: Item) -> str:
        """The most that a shopper who has this very product in mind would type: "{title} {type} {color}"."""
        words = [item.title]
        for kind in ("type", "color"):
            words += [
                value for name, value in item.facts if name == kind and value.casefold() not in item.title.casefold()
            ]
        return " ".join(words)

    def typed(self, item: Item, rng: np.random.Generator) -> tuple[str, tuple[int, ...]]:
        """What is said by most: the type, often with the colour. Empty for an item of no type."""
        known = self._known(item)
        if "type" not in known:
            return "", ()
        chosen: dict[str, list[str]] = {
            kind: known[kind] for kind in ("color", "type") if kind in known and (kind == "type" or rng.random() < 0.5)
        }
        return self._phrase(item, chosen, self.languages[rng.integers(len(self.languages))], rng)

    def token(self, kind: str, value: str) -> int:
        return self.vocabulary[kind, meaning(kind, value, self.lexicon)]

    def phrase_of(self, kind: str, value: str, rng: np.random.Generator) -> tuple[str, int]:
        """One value in any of the languages, and its token."""
        language = self.languages[rng.integers(len(self.languages))]
        return self._name(kind, value, language, rng), self.token(kind, value)

    def _known(self, item: Item) -> dict[str, list[str]]:
        known: dict[str, list[str]] = {"title": []}
        for kind in sorted({kind for kind, _ in item.facts}, key=_place):
            known[kind] = [value for name, value in item.facts if name == kind]
        return known

    def _phrase(
        self, item: Item, chosen: Mapping[str, list[str]], language: str, rng: np.random.Generator
    ) -> tuple[str, tuple[int, ...]]:
        words: list[str] = []
        said: list[int] = []
        for kind, values in chosen.items():
            if kind == "title":
                words.append(item.texts.get(language, (item.title, ""))[0] or item.title)
                said.append(self.vocabulary["title", item.title.casefold()])
            for value in values[: 1 + int(rng.integers(2))]:
                words.append(self._name(kind, value, language, rng))
                said.append(self.token(kind, value))
        if rng.random() < 0.15:
            rng.shuffle(words)
        text = " ".join(dict.fromkeys(words)) if language != "zh" else "".join(dict.fromkeys(words))
        return (text if rng.random() < 0.3 else text.lower()), tuple(said)

    def _name(self, kind: str, value: str, language: str, rng: np.random.Generator) -> str:
        entry = self.lexicon.find(kind, value)
        names = entry.names.get(language) if entry else None
        own = is_chinese(value) == (language == "zh")
        if not names or (own and rng.random() < 0.4):
            return value
        return names[int(rng.integers(len(names)))] if rng.random() < 0.4 else names[0]

    def _passage(self, item: Item, rng: np.random.Generator) -> tuple[str, tuple[int, ...]] | None:
        """Some consecutive words of the description, or all of a short one."""
        told = [(language, text) for language, (_, text) in item.texts.items() if text]
        if not told:
            return None
        language, text = told[rng.integers(len(told))]
        pieces = text.split() if " " in text else list(text)
        length = min(len(pieces), int(rng.integers(6, 25)))
        start = int(rng.integers(0, len(pieces) - length + 1))
        passage = (" " if " " in text else "").join(pieces[start : start + length])
        return passage, (self.vocabulary[f"description:{language}", text.casefold()],)


def _place(kind: str) -> tuple[int, str]:
    return (ORDER.index(kind) if kind in ORDER else len(ORDER) - 2, kind)


# What shoppers did and raters said


def read_logs(path: Path) -> list[Pair]:
    """Lines {"query" or "inputs", "product", "event", "time"} → pairs, split. Raises InvalidRequest naming the line."""
    return _split(
        [(_words(row, n), str(_need(row, "product", n)), _event(row, n), _time(row, n)) for n, row in _lines(path)]
    )


def read_labels(path: Path) -> list[Pair]:
    """Lines {"query", "product", "grade"} → pairs, split. Grade 0 is a wrong answer. Raises InvalidRequest."""
    return _split(
        [(_words(row, n), str(_need(row, "product", n)), _grade(row, n), _time(row, n)) for n, row in _lines(path)]
    )


def folded(query: str) -> str:
    """One query however it is typed: case and spaces don't count."""
    return " ".join(query.casefold().split())


def _split(rows: Sequence[tuple[str, str, float, float | None]]) -> list[Pair]:
    """By the time a query was first asked: the newest tenth tests, the tenth before validates. What was logged of an older
    query after that is left out, for it is of the validation's time. Rows without a time go by the query's hash."""
    first: dict[str, float] = {}
    for query, _, _, when in rows:
        if when is not None:
            first[folded(query)] = min(when, first.get(folded(query), when))
    times = sorted(first.values())
    cuts = [times[min(int(len(times) * bound), len(times) - 1)] for bound in HELD] if len(times) >= 10 else []
    pairs = []
    for query, product, weight, when in rows:
        if when is None or not cuts:
            pairs.append(Pair(query, product, weight, part_of(folded(query))))
            continue
        part, now = (sum(moment >= cut for cut in cuts) for moment in (first[folded(query)], when))
        if part == now:
            pairs.append(Pair(query, product, weight, PARTS[part]))
    return pairs


def without_leaks(pairs: Iterable[Pair], items: Sequence[Item], tested: frozenset[str] = frozenset()) -> list[Pair]:
    """Pairs whose product is in the catalog; those for training neither of held-out products nor of ``tested`` queries."""
    part = {item.id: item.part for item in items}
    return [
        pair
        for pair in pairs
        if pair.product in part
        and (pair.part != "train" or (part[pair.product] == "train" and folded(pair.query) not in tested))
    ]


def by_query(pairs: Iterable[Pair], part: str) -> dict[str, dict[str, float]]:
    """Query → product → grade, of one part; products of grade 0 are left out, and queries with none other."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for pair in pairs:
        if pair.part == part and pair.weight > 0:
            found[pair.query][pair.product] = max(pair.weight, found[pair.query].get(pair.product, 0.0))
    return dict(found)


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    if not path.is_file():
        raise InvalidRequest(f"There is no file {path}.", field=str(path))
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise _unusable(number, f"isn't JSON: {error}") from error
            if not isinstance(row, dict):
                raise _unusable(number, "isn't an object")
            yield number, row


def _unusable(number: int, why: str, hint: str | None = None) -> InvalidRequest:
    return InvalidRequest(f"Line {number} {why}.", field=f"line {number}", hint=hint)


def _need(row: Mapping[str, Any], name: str, number: int) -> Any:
    if row.get(name) in (None, ""):
        raise _unusable(number, f"has no {name}")
    return row[name]


def _words(row: Mapping[str, Any], number: int) -> str:
    """The words of the query; of ``inputs`` those of its text parts."""
    inputs = row.get("inputs")
    if isinstance(inputs, list):
        texts = [part.get("value") for part in inputs if isinstance(part, dict) and part.get("type") == "text"]
        words = " ".join(text for text in texts if isinstance(text, str))
    else:
        words = row.get("query") or ""
    if not isinstance(words, str) or not words.strip():
        raise _unusable(number, "has no words in its query", 'Give "query" or a text part in "inputs".')
    return words.strip()


def _event(row: Mapping[str, Any], number: int) -> float:
    event = row.get("event", "click")
    if event not in EVENTS:
        raise _unusable(number, f"has the event {event!r}", f"Events are {', '.join(EVENTS)}.")
    return EVENTS[event]


def _grade(row: Mapping[str, Any], number: int) -> float:
    grade = _need(row, "grade", number)
    if isinstance(grade, bool) or not isinstance(grade, int | float) or not 0 <= grade < 100:
        raise _unusable(number, f"has the grade {grade!r}", "A grade is a number from 0 (wrong) up.")
    return float(grade)


def _time(row: Mapping[str, Any], number: int) -> float | None:
    """Seconds since 1970; ISO 8601 is read too."""
    moment = row.get("time")
    if moment is None:
        return None
    if isinstance(moment, int | float) and not isinstance(moment, bool):
        return float(moment)
    try:
        return datetime.fromisoformat(str(moment)).timestamp()
    except ValueError as error:
        raise _unusable(number, f"has the time {moment!r}", f"Such as {time.strftime('%Y-%m-%dT%H:%M:%S')}.") from error
