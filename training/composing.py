"""Queries of several parts, drawn from facts: a picture and an edit in words, frames, unsure speech, a minus, context.

Each says which catalog pictures answer it; fusion is trained on those of training and measured on those held out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from aisle.fusion.learned import KINDS
from training.lexicon import Lexicon
from training.recipe import KINDS as FACTS
from training.recipe import Codes
from training.sources import Picture

EDITS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "in {}", "{}", "this but {}", "same in {}", "{} please", "make it {}", "like this in {}", "the {} one", "{} version",
        "i want it in {}", "same thing, {}", "do you have it in {}?", "{} instead", "like this but {}", "i'd like {}",
        "show me {} ones", "only {}", "something {}", "one that is {}", "not this, {}", "is there a {} one?", "but {}",
        "the same but {}", "change it to {}", "looking for {}", "similar, {}", "more {}", "with {}", "no, {}", "it should be {}",
    ),
    "zh": (
        "换成{}", "要{}的", "同款{}", "有没有{}的", "{}", "{}的", "一样的但是{}", "我想要{}的", "改成{}", "类似的{}款", "但是{}",
        "{}的有吗", "找{}的", "这个要{}", "给我{}的", "只要{}", "不要这个，要{}的", "同样的，{}", "最好是{}的", "想买{}的", "{}款",
        "相似的{}", "颜色或材质要{}", "换{}",
    ),
}  # fmt: skip
"""How shoppers ask for another colour, gender, material of what they show: what training draws from."""

UNSEEN_EDITS: Mapping[str, tuple[str, ...]] = {
    "en": ("but in {}", "can i get this in {}", "rather {}", "prefer {}", "how about {}"),
    "zh": ("但要{}的", "来个{}的", "有{}款式吗", "更喜欢{}", "能换{}的吗"),
}
"""The same, in wordings that training never draws: what figures are taken with."""

PLAIN = frozenset(
    [
        "a",
        "an",
        "is",
        "are",
        "the",
        "it",
        "its",
        "more",
        "in",
        "color",
        "colored",
        "colour",
        "has",
        "and",
        "all",
        "solid",
        "very",
        "only",
        "with",
        "of",
        "one",
        "same",
    ]
)
"""Words of a caption that say nothing but that something differs: a caption of these and one colour is an edit."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a drawn query: ``view`` (row of a view) or ``text``, or several of them, whose mean it is."""

    kind: str
    views: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    weight: float = 1.0
    quality: float = 1.0


@dataclass(frozen=True, slots=True)
class Composed:
    """A query: its parts, and what its answers are: facts (kind, value, wanted or not), or the pictures of one ``group``."""

    name: str
    parts: tuple[Part, ...]
    facts: tuple[tuple[int, int, bool], ...] = ()
    group: int = -1
    said: tuple[tuple[int, int, bool], ...] = ()
    """What the words say, as facts: what is understood of them."""


@dataclass(frozen=True)
class Shelf:
    """Pictures by number: their facts as ``codes.table`` (pictures, kinds), the rows of their views, and which of them are
    a catalog's. Edits are worded by ``edits``, those of colour in English by ``colored`` too."""

    pictures: Sequence[Picture]
    codes: Codes
    lexicon: Lexicon
    views: Sequence[Sequence[int]]
    edits: Mapping[str, tuple[str, ...]]
    colored: tuple[str, ...] = ()

    @cached_property
    def catalog(self) -> np.ndarray:
        """(n,) numbers of the catalog pictures: what is searched."""
        return np.array([i for i, p in enumerate(self.pictures) if not p.photo])

    @cached_property
    def sold(self) -> np.ndarray:
        """(n, kinds): the facts of the catalog pictures."""
        return self.codes.table[self.catalog]

    def answers(self, query: Composed) -> np.ndarray:
        """(n,) bool: which of ``catalog`` answer it."""
        table = self.sold
        if query.group >= 0:
            return table[:, GROUP] == query.group
        found = np.ones(len(table), bool)
        for kind, value, wanted in query.facts:
            found &= (table[:, kind] == value) if wanted else (table[:, kind] != value) & (table[:, kind] >= 0)
        return found


TYPE, ITEM, COLOR, GENDER, USAGE, MATERIAL, PATTERN, GROUP = (
    FACTS.index(kind) for kind in ("type", "item", "color", "gender", "usage", "material", "pattern", "group")
)


class Composer:
    """Draws queries of each kind in ``shares`` over one shelf; everything comes from the generator it is given."""

    def __init__(self, shelf: Shelf, shares: Shares | None = None) -> None:
        self.shelf = shelf
        self.shares = shares or SHARES
        self._chances = [share for share, _ in self.shares.values()]
        table, catalog = shelf.codes.table, shelf.catalog
        self.anchors = [i for i in catalog.tolist() if table[i, TYPE] >= 0 and shelf.views[i]]
        self.photos = [i for i, p in enumerate(shelf.pictures) if p.photo and table[i, TYPE] >= 0 and shelf.views[i]]
        # (type, gender, …) → the values of a fact that its pictures have: an edit asks for something that exists.
        self._values: dict[tuple[int, int, int], np.ndarray] = {}
        for kind in (COLOR, USAGE, MATERIAL, PATTERN):
            for of_type in np.unique(table[catalog, TYPE]):
                for gender in np.unique(table[catalog, GENDER]):
                    rows = catalog[(table[catalog, TYPE] == of_type) & (table[catalog, GENDER] == gender)]
                    values = np.unique(table[rows, kind])
                    self._values[kind, int(of_type), int(gender)] = values[values >= 0]

    def draw(self, rng: np.random.Generator) -> Composed:
        while True:
            name = list(self.shares)[rng.choice(len(self.shares), p=self._chances)]
            query = self.shares[name][1](self, self.anchors[rng.integers(len(self.anchors))], rng)
            if query is not None and self.shelf.answers(query).any():
                return replace(query, name=name)

    def view(self, picture: int, rng: np.random.Generator) -> int:
        return self.shelf.views[picture][rng.integers(len(self.shelf.views[picture]))]

    def fact(self, picture: int, kind: int) -> int:
        return int(self.shelf.codes.table[picture, kind])

    def name(self, kind: int, value: int, language: str, rng: np.random.Generator) -> str:
        canonical = self.shelf.codes.names[FACTS[kind]][value]
        entry = self.shelf.lexicon.find(FACTS[kind], canonical)
        names = entry.names[language] if entry else (canonical,)
        said = names[0] if rng.random() < 0.6 else names[rng.integers(len(names))]
        return said.lower()

    def phrase(self, kind: int, value: int, rng: np.random.Generator) -> str:
        """An edit in words: "but in red", "换成红色"."""
        language = "zh" if rng.random() < 0.4 else "en"
        templates = (*self.shelf.edits[language], *(self.shelf.colored if kind == COLOR and language == "en" else ()))
        return templates[rng.integers(len(templates))].format(self.name(kind, value, language, rng))

    def same(self, picture: int, *kinds: int) -> tuple[tuple[int, int, bool], ...]:
        return tuple((kind, self.fact(picture, kind), True) for kind in kinds if self.fact(picture, kind) >= 0)

    def other(self, picture: int, kind: int, rng: np.random.Generator) -> int | None:
        """Another value of a fact, which things of the same type and gender have."""
        values = self._values.get((kind, self.fact(picture, TYPE), self.fact(picture, GENDER)), np.zeros(0, int))
        values = values[values != self.fact(picture, kind)]
        return int(values[rng.integers(len(values))]) if len(values) and self.fact(picture, kind) >= 0 else None

    def edited(
        self, picture: int, kind: int, rng: np.random.Generator
    ) -> tuple[str, tuple[tuple[int, int, bool], ...]] | None:
        value = self.other(picture, kind, rng)
        if value is None:
            return None
        return self.phrase(kind, value, rng), (*self.same(picture, TYPE, GENDER), (kind, value, True))


Draw = Callable[[Composer, int, np.random.Generator], Composed | None]
Shares = Mapping[str, tuple[float, Draw]]
"""Kind of query → its share, and how one is drawn."""


def _edit(*kinds: int, spoken: bool = False) -> Draw:
    def draw(composer: Composer, picture: int, rng: np.random.Generator) -> Composed | None:
        kind = kinds[rng.integers(len(kinds))]
        edited = composer.edited(picture, kind, rng)
        if edited is None:
            return None
        text, facts = edited
        shown = Part("image", (composer.view(picture, rng),))
        if not spoken:
            parts = _crowded(composer, (shown, Part("text", texts=(text,))), rng)
            return Composed("", parts, facts, said=facts[-1:])
        # As sure as it says it is: with confidence c the best transcript is right, otherwise the edit is lost.
        confidence = rng.uniform(0.2, 1.0)
        wrong = composer.phrase(COLOR, int(rng.integers(len(composer.shelf.codes.names["color"]))), rng)
        if rng.random() < confidence:
            return Composed(
                "",
                (shown, Part("audio", texts=(text, wrong)[: 1 + int(rng.random() < 0.5)], quality=confidence)),
                facts,
            )
        return Composed(
            "",
            (shown, Part("audio", texts=(_garbled(wrong, rng),), quality=confidence)),
            composer.same(picture, TYPE, GENDER, kind),
        )

    return draw


def _garbled(text: str, rng: np.random.Generator) -> str:
    letters = list(text)
    rng.shuffle(letters)
    return "".join(letters)


def _crowded(composer: Composer, parts: tuple[Part, ...], rng: np.random.Generator) -> tuple[Part, ...]:
    """Now and then a bad part comes along: another picture, of which perception says that it is bad."""
    if rng.random() > 0.15:
        return parts
    stray = composer.anchors[rng.integers(len(composer.anchors))]
    return (*parts, Part("image", (composer.view(stray, rng),), quality=rng.uniform(0.02, 0.3)))


def _described(composer: Composer, picture: int, rng: np.random.Generator) -> Composed | None:
    """A picture, and words that are true of it: its own product is the answer."""
    language = "zh" if rng.random() < 0.4 else "en"
    kinds = [kind for kind in (GENDER, COLOR, TYPE) if composer.fact(picture, kind) >= 0 and rng.random() < 0.7] or [
        TYPE
    ]
    words = [composer.name(kind, composer.fact(picture, kind), language, rng) for kind in kinds]
    text = (" " if language == "en" else "").join(words)
    parts = (Part("image", (composer.view(picture, rng),)), Part("text", texts=(text,)))
    said = tuple((kind, composer.fact(picture, kind), True) for kind in kinds)
    return Composed("", _crowded(composer, parts, rng), group=composer.fact(picture, GROUP), said=said)


def _photographed(composer: Composer, picture: int, rng: np.random.Generator) -> Composed | None:
    """A shopper's own photo, not a drawn one, and what it shows: its product answers it, or what is of that type."""
    if not composer.photos:
        return None
    photo = composer.photos[rng.integers(len(composer.photos))]
    kind = ITEM if composer.fact(photo, ITEM) >= 0 and rng.random() < 0.5 else TYPE
    text = composer.name(kind, composer.fact(photo, kind), "zh" if rng.random() < 0.4 else "en", rng)
    parts = _crowded(composer, (Part("image", (composer.view(photo, rng),)), Part("text", texts=(text,))), rng)
    said = composer.same(photo, TYPE)
    group = composer.fact(photo, GROUP)
    if (composer.shelf.sold[:, GROUP] == group).any():
        return Composed("", parts, group=group, said=said)
    return Composed("", parts, said, said=said)


def _frames(composer: Composer, picture: int, rng: np.random.Generator) -> Composed | None:
    count = int(rng.integers(2, 5))
    views = rng.permutation(composer.shelf.views[picture])[:count]
    if len(views) < 2:
        return None
    parts = tuple(Part("image", (int(view),), quality=rng.uniform(0.4, 1.0)) for view in views)
    return Composed("", _crowded(composer, parts, rng), group=composer.fact(picture, GROUP))


def _minus(composer: Composer, picture: int, rng: np.random.Generator) -> Composed | None:
    """Not in this colour: beside a picture, or beside words."""
    color, language = composer.fact(picture, COLOR), "zh" if rng.random() < 0.4 else "en"
    if color < 0 or composer.other(picture, COLOR, rng) is None:
        return None
    shown = rng.random() < 0.6
    kind = composer.name(TYPE, composer.fact(picture, TYPE), language, rng)
    first = Part("image", (composer.view(picture, rng),)) if shown else Part("text", texts=(kind,))
    unwanted = Part("text", texts=(composer.name(COLOR, color, language, rng),), weight=-rng.uniform(0.5, 1.5))
    return Composed(
        "", (first, unwanted), (*composer.same(picture, TYPE, *([GENDER] if shown else [])), (COLOR, color, False))
    )


def _context(composer: Composer, picture: int, rng: np.random.Generator) -> Composed | None:
    """What was looked at before says for whom; where the words say it themselves, the context may be about another."""
    gender, language = composer.fact(picture, GENDER), "zh" if rng.random() < 0.4 else "en"
    if gender < 0:
        return None
    table = composer.shelf.codes.table
    told = rng.random() < 0.4
    pool = [i for i in rng.choice(composer.anchors, 40) if told or table[i, GENDER] == gender][:3]
    if not pool:
        return None
    kinds = (GENDER, TYPE) if told else (TYPE,)
    words = [composer.name(kind, composer.fact(picture, kind), language, rng) for kind in kinds]
    seen = Part("context", tuple(composer.view(int(i), rng) for i in pool), weight=0.3)
    text = Part("text", texts=((" " if language == "en" else "").join(words),))
    return Composed("", (text, seen), composer.same(picture, TYPE, GENDER))


SHARES: Shares = {
    "picture + other colour": (0.32, _edit(COLOR)),
    "picture + other material, pattern or use": (0.08, _edit(MATERIAL, PATTERN, USAGE)),
    "picture + spoken edit": (0.12, _edit(COLOR, spoken=True)),
    "picture + its own words": (0.1, _described),
    "photo + what it shows": (0.1, _photographed),
    "several pictures": (0.1, _frames),
    "something, not in this colour": (0.1, _minus),
    "words + session": (0.08, _context),
}
NAMES = tuple(SHARES)


def caption_templates(root: Path, lexicon: Lexicon) -> tuple[str, ...]:
    """Captions that do nothing but name another colour, with the colour taken out: how people say it."""
    colors = {name.lower() for entry in lexicon.of("color") for name in entry.names["en"] if " " not in name}
    found: set[str] = set()
    for path in sorted((root / "composed_captions").glob("*.train.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            for caption in row["captions"]:
                words = re.findall(r"[a-z]+", caption.lower())
                said = [word for word in words if word in colors]
                if len(said) == 1 and len(words) <= 7 and PLAIN.issuperset(set(words) - set(said)):
                    found.add(" ".join("{}" if word == said[0] else word for word in words))
    return tuple(sorted(found))


def tensors(
    queries: Sequence[Composed], views: np.ndarray, texts: Callable[[Sequence[str]], np.ndarray]
) -> dict[str, np.ndarray]:
    """Queries as fusion networks take them: parts (batch, n, dim), kinds, weights, quality (batch, n); 0 pads.

    ``views`` (rows, dim) are the views' vectors; ``texts`` encodes words.
    """
    said = list(dict.fromkeys(text for query in queries for part in query.parts for text in part.texts))
    vectors = dict(zip(said, texts(said), strict=True))
    longest = max(len(query.parts) for query in queries)
    parts = np.zeros((len(queries), longest, views.shape[1]), np.float32)
    kinds = np.zeros((len(queries), longest), np.int64)
    weights, quality = np.zeros((2, len(queries), longest), np.float32)
    for row, query in enumerate(queries):
        for place, part in enumerate(query.parts):
            shares = [1.0] if len(part.texts) < 2 else [part.quality, 1.0 - part.quality]  # n-best, by confidence
            mean = (
                sum(s * vectors[t] for s, t in zip(shares, part.texts, strict=False))
                if part.texts
                else views[list(part.views)].mean(0)
            )
            parts[row, place] = mean / np.linalg.norm(mean)
            kinds[row, place], weights[row, place], quality[row, place] = KINDS[part.kind], part.weight, part.quality
    return {"parts": parts, "kinds": kinds, "weights": weights, "quality": quality}


def token_tensors(
    queries: Sequence[Composed], places: np.ndarray, words: Callable[[Sequence[str]], Sequence[np.ndarray]]
) -> dict[str, np.ndarray]:
    """What deep fusion takes beside ``tensors``: tokens (batch, places, width) and owners (batch, places), 0 pads.

    ``places`` (rows, ·, width) are those of each view, ``words`` tells those of texts. Of several views or texts in one part the
    first is looked at; a session's pictures are not.
    """
    said = list(dict.fromkeys(part.texts[0] for query in queries for part in query.parts if part.texts))
    told = dict(zip(said, words(said), strict=True))
    seen: list[list[tuple[int, np.ndarray]]] = []
    for query in queries:
        own = [
            (KINDS[p.kind], told[p.texts[0]] if p.texts else places[p.views[0]])
            for p in query.parts
            if p.kind != "context"
        ]
        seen.append(own)
    longest = max(sum(len(rows) for _, rows in own) for own in seen)
    tokens = np.zeros((len(queries), longest, places.shape[2]), np.float32)
    owners = np.zeros((len(queries), longest), np.int64)
    for row, own in enumerate(seen):
        start = 0
        for kind, rows in own:
            tokens[row, start : start + len(rows)], owners[row, start : start + len(rows)] = rows, kind
            start += len(rows)
    return {"tokens": tokens, "owners": owners}
