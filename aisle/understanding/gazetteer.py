"""Names that shoppers use whatever the shop: makers, things, what things are like. ``gazetteer.tsv`` says of each which kinds it names.

The tagger alone hears of them, beside the shop's own names: they say what an unknown word is likely to be, and neither filter nor
rank by themselves. Written from memory with a large language model, so some are wrong, and common words are makers, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from aisle.types import SlotKind
from aisle.understanding.graph import Concept, Dictionary

FILE = Path(__file__).with_name("gazetteer.tsv")


def rows() -> Iterator[tuple[SlotKind, str]]:
    """Each kind with a name of it, in the file's order."""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        kind, name = line.split("\t")
        yield SlotKind(kind), name


@cache
def gazetteer() -> Dictionary:
    """All of them, read at the first use (half a second, 34 MB)."""
    return Dictionary((Concept(kind, name), 1) for kind, name in rows())
