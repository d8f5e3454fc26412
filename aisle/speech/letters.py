"""Letters → sounds (grapheme-to-phoneme), for words that the pronouncing dictionary lacks.

What a letter sounds like depends on its neighbours: "c" before "e", "e" at the end. The table holds, for each letter, the
contexts in which it sounds unlike what a narrower context says, as in IGTree (Daelemans and van den Bosch 1997); the widest
context that is known decides. ``training/letters.py`` makes it of the pronouncing dictionary and measures it.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from functools import cache
from pathlib import Path

PATH = Path(__file__).with_name("letters.tsv.gz")
"""Lines of context and sounds (two letters a phone are joined by ``+``; nothing for a silent letter)."""
ORDER = (0, 1, -1, 2, -2, 3, -3, 4, -4)
"""Places around a letter, the one that tells most first; a context is the letters at the first so many of them."""
EDGE = "#"


def contexts(word: str, place: int) -> list[str]:
    """The contexts of a letter of a word, the narrowest (the letter alone) first."""
    seen = "".join(word[place + at] if 0 <= place + at < len(word) else EDGE for at in ORDER)
    return [seen[: width + 1] for width in range(len(ORDER))]


@cache
def table() -> Mapping[str, str]:
    with gzip.open(PATH, "rt", encoding="ascii") as lines:
        return dict(line.rstrip("\n").split("\t", 1) for line in lines)


def sounds(word: str, known: Mapping[str, str] | None = None) -> list[str]:
    """ARPABET phones of a word of letters a–z and apostrophes, in lower case; other characters are silent."""
    known = table() if known is None else known
    found: list[str] = []
    for place in range(len(word)):
        # A wider context is held only where it says otherwise, so all widths are asked, the widest first.
        for context in reversed(contexts(word, place)):
            if context in known:
                found += known[context].split("+") if known[context] else []
                break
    return found
