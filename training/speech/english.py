"""What is said in English: names of the lexicon with ways of asking and prices, parts of real products' titles, and words of the
dictionary for their own sake."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from aisle.speech.pronouncing import number_ways, ways_to_say, words_of
from aisle.speech.sentences import AMOUNTS, ASKING, CLOSING, COMMANDS, CORRECTING, CURRENCIES, FOR, JOINING, LESS, MORE
from aisle.speech.vocabulary import cmudict
from aisle.understanding.lexicon import Lexicon
from training.sources import share
from training.speech.spoken import SILENT, Spoken, Ways

HELD = 0.05
"""Share of the titles that no training step hears (by hash)."""
LONGEST = 10
"""Words of one utterance."""
_DISCS = re.compile(r"\b(?:CD|DVD|LP|Blu-ray|Various)\b")
TITLES = ("electronics/products.jsonl", "en_attributes/ae-110k_train.jsonl", "en_attributes/oa-mine_train.jsonl")


@cache
def known() -> dict[str, Sequence[str]]:
    """CMUdict's words of letters alone, as pocketsphinx brings it."""
    return {word: ways for word, ways in cmudict().items() if word.isalpha()}


@cache
def phones() -> tuple[str, ...]:
    """The 39 phones of CMUdict."""
    return tuple(sorted({phone for ways in known().values() for way in ways for phone in way.split()}))


def spoken(text: str, rng: np.random.Generator) -> Spoken:
    """A text as it is read aloud, numbers in one of their ways. Empty where a word's sound would be a guess."""
    words: list[str] = []
    for word in words_of(text):
        if word.isdigit():
            ways = number_ways(word)
            words += ways[rng.integers(len(ways))].split()
        elif word in known() or word in ("t-shirt", "t-shirts"):
            words.append(word)
        else:
            return Spoken((), ())
    sounds = [phone for word in words for phone in ways_to_say(word, known())[0].split()]
    return Spoken(tuple(words[:LONGEST]), tuple(sounds)) if len(words) <= LONGEST else Spoken((), ())


class Teller:
    """Draws what is said next."""

    def __init__(self, data: Path | None) -> None:
        kinds: dict[str, list[str]] = {}
        for entry in Lexicon.load(world=None).entries:
            kinds.setdefault(entry.kind, []).extend(entry.names.get("en", ()))
        self._kinds = kinds
        self._words = sorted(known())
        self._titles = [title for title in titles(data) if share(title) >= HELD] if data else []
        self._ways = Ways([(0.45, self._asked), (0.22, self._any), *([(0.33, self._title)] if self._titles else [])])

    def draw(self, rng: np.random.Generator) -> Spoken:
        """One utterance; without sounds where nobody speaks."""
        if rng.random() < SILENT:
            return Spoken((), ())
        while True:
            said = spoken(self._ways.draw(rng) or "", rng)
            if said.units:
                return said

    def _one(self, rng: np.random.Generator, *kinds: str) -> str:
        names = self._kinds[kinds[rng.integers(len(kinds))]]
        return names[rng.integers(len(names))]

    def _any(self, rng: np.random.Generator) -> str:
        """Words that mean nothing together: every sound beside every other."""
        return " ".join(self._words[at] for at in rng.integers(len(self._words), size=rng.integers(1, 6)))

    def _title(self, rng: np.random.Generator) -> str:
        words = self._titles[rng.integers(len(self._titles))].split()
        first = int(rng.integers(len(words)))
        text = " ".join(words[first : first + int(rng.integers(2, 7))])
        return f"{_of(ASKING, rng)} {text}" if rng.random() < 0.15 else text

    def _asked(self, rng: np.random.Generator) -> str:
        if rng.random() < 0.04:
            return _of(COMMANDS, rng)
        text = self._one(rng, "type", "type", "item")
        for kind, often in (("color", 0.4), ("material", 0.2), ("pattern", 0.1), ("gender", 0.15), ("quality", 0.15)):
            if rng.random() < often:
                text = f"{self._one(rng, kind)} {text}"
        if rng.random() < 0.12:
            text = f"{_of(AMOUNTS, rng)} {text}"
        if rng.random() < 0.35:
            text = f"{_of(ASKING, rng)} {text}"
        elif rng.random() < 0.06:
            text = f"{_of(CORRECTING, rng)} {text}"
        if rng.random() < 0.15:
            text = f"{text} {_of(JOINING, rng)} {self._one(rng, 'color', 'material', 'type')}"
        if rng.random() < 0.12:
            text = f"{text} {_of(FOR, rng)}"
        if rng.random() < 0.15:
            text = (
                f"{text} {_of((*LESS, *MORE), rng)} {rng.integers(1, 10 ** rng.integers(1, 5))} {_of(CURRENCIES, rng)}"
            )
        return f"{text} {_of(CLOSING, rng)}" if rng.random() < 0.1 else text


def _of(texts: Sequence[str], rng: np.random.Generator) -> str:
    return texts[rng.integers(len(texts))]


def titles(data: Path) -> list[str]:
    """Titles of real products (electronics, en_attributes), each once; half of electronics are discs, which are left out."""
    found: dict[str, None] = {}
    for name in TITLES:
        with (data / name).open(encoding="utf-8") as lines:
            found |= dict.fromkeys(_title(json.loads(line)) for line in lines)
    return [title for title in found if title and not _DISCS.search(title)]


def _title(row: dict[str, object]) -> str:
    return str(row.get("title") or row.get("input") or "")
