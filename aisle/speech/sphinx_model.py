"""Phrases → the two files that pocketsphinx reads: a pronouncing dictionary and a language model of the shop's own words."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from aisle.speech import ngrams
from aisle.speech.base import Phrases
from aisle.speech.pronouncing import as_in_britain, dictionary, ways_to_say
from aisle.speech.sentences import sentences

SMOOTHING = 1.0
MOST_NGRAMS_FROM = 400_000
"""Tokens of text from which n-grams seen once in a title alone are left out."""


def acoustic() -> Path:
    """The folder of the acoustic model and the dictionary that pocketsphinx brings: American English."""
    import pocketsphinx

    return Path(pocketsphinx.get_model_path()) / "en-us"


@dataclass(frozen=True, slots=True)
class Built:
    """Where the files are, and how much they hold."""

    words: Path
    model: Path
    vocabulary: int
    ngrams: tuple[int, int, int]


def build(phrases: Phrases, folder: Path, most_words: int) -> Built:
    """Writes both files; the ``most_words`` heaviest words are kept, ties by spelling."""
    rows = list(sentences(phrases))
    weights: dict[str, float] = defaultdict(float)
    for words, weight in rows:
        for word in words:
            weights[word] += weight
    known = dictionary(acoustic() / "cmudict-en-us.dict")
    vocabulary: list[str] = []
    lines: list[str] = []
    for word in sorted(weights, key=lambda word: (-weights[word], word)):
        ways = ways_to_say(word, known)
        if not ways:
            continue
        vocabulary.append(word)
        ways = list(dict.fromkeys((*ways, as_in_britain(ways[0]))))
        lines += [f"{word}({at}) {way}\n" if at > 1 else f"{word} {way}\n" for at, way in enumerate(ways, 1)]
        if len(vocabulary) == most_words:
            break
    corpus = ngrams.Corpus.of(rows, vocabulary)
    built = Built(folder / "words.dict", folder / "model.arpa", len(vocabulary), (0, 0, 0))
    built.words.write_text("".join(lines), encoding="utf-8")
    least = 0.3 if len(corpus.tokens) > MOST_NGRAMS_FROM * 2 else 0.0
    with built.model.open("w", encoding="utf-8") as file:
        sizes = ngrams.write(corpus, file, SMOOTHING, least)
    return Built(built.words, built.model, len(vocabulary), sizes)
