"""A text as the units that are tagged: words where they are spaced, single characters in Chinese and Japanese."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from aisle.perception.text import fold
from aisle.perception.text.chinese import commonness, words

BUCKETS = 1 << 16
"""Rows of the table of hashed n-grams; 0 pads."""
GRAMS = 14
"""N-grams a unit may have."""
LIMIT = 96
"""Units looked at; a longer text is cut."""
_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HANZI = re.compile("[\u4e00-\u9fff]")
_UNIT = re.compile(rf"[{_HAN}]|\d+(?:[.,]\d+)*|['’]s\b|[^\W\d_{_HAN}]+|[^\w\s]|_")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit and where it stands, [start, end), in the text it comes from. A Chinese character tells the ``word`` of the dictionary that it
    is part of here, and whether it ``begins`` it."""

    text: str
    start: int = 0
    end: int = 0
    word: str = ""
    begins: bool = True


def units(text: str) -> list[Unit]:
    """The first LIMIT units of a text, each folded (lower case, half width, simplified, no accents); spaces are none."""
    found = []
    for match in _UNIT.finditer(text):
        if folded := fold(match.group()):  # a stray accent folds to nothing
            found.append(Unit(folded, match.start(), match.end()))
        if len(found) == LIMIT:
            break
    return list(_in_words(found))


def _in_words(found: Sequence[Unit]) -> Iterator[Unit]:
    first = 0
    while first < len(found):
        last = first
        while (
            last < len(found)
            and _HANZI.fullmatch(found[last].text)
            and found[last].start == found[first].start + last - first
        ):
            last += 1
        run = "".join(unit.text for unit in found[first:last])
        for start, end in words(run) if run else ():
            for place in range(start, end):
                yield replace(found[first + place], word=run[start:end], begins=place == start)
        if not run:
            yield found[first]
        first = max(last, first + 1)


def grams(own: Sequence[Unit]) -> np.ndarray:
    """(units, GRAMS) int64: the hashed n-grams of each unit, 0 pads.

    A character has itself, its neighbours, what they make together, its word and how common that is; a word its letters' trigrams, its ends and itself
    (Bojanowski et al. 2017, arXiv:1607.04606), so that a misspelt word still looks like itself.
    """
    rows = np.zeros((len(own), GRAMS), np.int64)
    padded = ["", "", *(unit.text for unit in own), "", ""]
    for row, unit in enumerate(own):
        word = unit.text
        before, after = padded[row + 1], padded[row + 3]
        pieces = [f"0{word}", f"<{before}|{word}", f">{word}|{after}"]
        if len(word) == 1:
            pieces += [
                f"={before}|{word}|{after}",
                f"[{padded[row]}|{before}|{word}",
                f"]{word}|{after}|{padded[row + 4]}",
            ]
            if unit.word:
                pieces += [f"w{unit.word}", f"{'b' if unit.begins else 'i'}{min(len(unit.word), 4)}"]
                pieces.append(f"c{commonness(unit.word)}")
        elif word[0].isdigit():
            pieces += [f"#{len(word)}", "#"]
        else:
            marked = f"^{word}$"
            pieces += [f"p{word[:4]}", f"s{word[-4:]}"]
            pieces += [marked[i : i + 3] for i in range(len(marked) - 2)]
        for place, piece in enumerate(pieces[:GRAMS]):
            rows[row, place] = 1 + zlib.crc32(piece.encode()) % (BUCKETS - 1)
    return rows
