"""Phrases → what is known of English in a shop: its words, how each is said, and which follows which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aisle.speech.base import Phrases
from aisle.speech.ngrams import Corpus, Trigrams
from aisle.speech.pronouncing import dictionary, ways_to_say
from aisle.speech.sentences import sentences

SMOOTHING = 1.0
MANY_TOKENS = 800_000
LEAST = 0.3
"""Of more tokens of text than that, n-grams lighter than this (seen once in a title alone) are left out."""


def acoustic() -> Path:
    """The folder of the acoustic model and the dictionary that pocketsphinx brings: American English."""
    import pocketsphinx

    return Path(pocketsphinx.get_model_path()) / "en-us"


def cmudict() -> Mapping[str, Sequence[str]]:
    """word → its pronunciations, phones parted by spaces."""
    return dictionary(acoustic() / "cmudict-en-us.dict")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``ways`` says each word in at least one way; the heaviest word first, in the order of ``trigrams.words`` after its two signs."""

    ways: Mapping[str, Sequence[str]]
    trigrams: Trigrams

    @staticmethod
    def of(phrases: Phrases, most_words: int) -> Vocabulary:
        """The ``most_words`` heaviest words that can be said are kept, ties by spelling. The last one made is kept for whoever else
        listens to the same."""
        for known, words, found in _last:
            if known is phrases and words == most_words:
                return found
        found = Vocabulary._of(phrases, most_words)
        _last[:] = [(phrases, most_words, found)]
        return found

    @staticmethod
    def _of(phrases: Phrases, most_words: int) -> Vocabulary:
        rows = list(sentences(phrases))
        weights: dict[str, float] = defaultdict(float)
        for words, weight in rows:
            for word in words:
                weights[word] += weight
        known = cmudict()
        ways: dict[str, Sequence[str]] = {}
        for word in sorted(weights, key=lambda word: (-weights[word], word)):
            said = ways_to_say(word, known)
            if said:
                ways[word] = said
            if len(ways) == most_words:
                break
        corpus = Corpus.of(rows, list(ways))
        least = LEAST if len(corpus.tokens) > MANY_TOKENS else 0.0
        return Vocabulary(ways, Trigrams.of(corpus, SMOOTHING, least))


_last: list[tuple[Phrases, int, Vocabulary]] = []
