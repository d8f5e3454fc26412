"""Phrases → the two files that pocketsphinx reads: a pronouncing dictionary and a language model of the shop's own words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aisle.speech.base import Phrases
from aisle.speech.pronouncing import as_in_britain
from aisle.speech.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Built:
    """Where the files are, and how much they hold."""

    words: Path
    model: Path
    vocabulary: int
    ngrams: tuple[int, int, int]


def build(phrases: Phrases, folder: Path, most_words: int) -> Built:
    """Writes both files; the ``most_words`` heaviest words are kept."""
    vocabulary = Vocabulary.of(phrases, most_words)
    lines: list[str] = []
    for word, ways in vocabulary.ways.items():
        said = dict.fromkeys((*ways, as_in_britain(ways[0])))
        lines += [f"{word}({at}) {way}\n" if at > 1 else f"{word} {way}\n" for at, way in enumerate(said, 1)]
    words, model = folder / "words.dict", folder / "model.arpa"
    words.write_text("".join(lines), encoding="utf-8")
    with model.open("w", encoding="utf-8") as file:
        sizes = vocabulary.trigrams.write(file)
    return Built(words, model, len(vocabulary.ways), sizes)
