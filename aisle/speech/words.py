"""What a shop's customers say in English, phone by phone: which words a row of phones may be, and how likely each is next.

A tree of phones holds the shop's words as they are said, its trigrams tell how likely each is after the two before it. Within a word the
likeliest word that still may come counts (look-ahead, Ortmanns and Ney 2000), so that a beam compares words begun with words said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from aisle.speech.vocabulary import Vocabulary

WEIGHT = 0.7
"""How much the language model weighs beside the sound."""
BONUS = 0.6
"""Added for each word: without it few long words would win."""
CHOICES = 4
"""Words at most that the same phones are read as, at one place."""
_END = 1

Context = tuple[int, tuple[int, ...]]
"""A place in the tree, and the last one or two words before."""


class Words:
    """Reads rows of phones as the shop's words. Building takes a second for 10,000 words."""

    start: Context = (0, (0,))
    beam = 48

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._trigrams = vocabulary.trigrams
        self._children: dict[tuple[int, str], int] = {}
        self._words: dict[int, list[int]] = {}
        self._look = [0.0]  # natural logarithm of the likeliest word below each place
        self._inner: set[int] = set()
        for number, ways in enumerate(vocabulary.ways.values(), 2):
            likely = math.log(float(self._trigrams.unigram[number]))
            for way in ways:
                self._add(number, way.split(), likely)

    def _add(self, word: int, phones: Sequence[str], likely: float) -> None:
        at = 0
        for phone in phones:
            below = self._children.get((at, phone))
            if below is None:
                below = self._children[at, phone] = len(self._look)
                self._look.append(likely)
                self._inner.add(at)
            elif likely > self._look[below]:
                self._look[below] = likely
            at = below
        words = self._words.setdefault(at, [])
        if word not in words:
            words.append(word)

    def after(self, context: Context, phone: str) -> list[tuple[int, Context, float]]:
        """What one more phone may mean: the word goes on (a negative number, the place in the tree), or is one of those that end here;
        the context after it; and what the language says to it."""
        at, before = context
        below = self._children.get((at, phone))
        if below is None:
            return []
        found: list[tuple[int, Context, float]] = []
        if below in self._inner:
            found.append((-below, (below, before), WEIGHT * (self._look[below] - self._look[at])))
        ends = [
            (math.log(self._trigrams.chance(before, word)) - self._look[at], word)
            for word in self._words.get(below, ())
        ]
        for likely, word in sorted(ends, reverse=True)[:CHOICES]:
            found.append((word, (0, (before[-1], word)), WEIGHT * likely + BONUS))
        return found

    def end(self, context: Context) -> float:
        """How likely nothing follows; never within a word."""
        at, before = context
        return WEIGHT * math.log(self._trigrams.chance(before, _END)) if at == 0 else -math.inf

    def read(self, symbols: Iterable[int]) -> str:
        return " ".join(self._trigrams.words[symbol] for symbol in symbols if symbol > 0)
