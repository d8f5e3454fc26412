"""The lexicon in the two languages that the shipped model learns from."""

from __future__ import annotations

from pathlib import Path

from aisle.understanding import lexicon
from aisle.understanding.lexicon import PATH, Entry, fold, is_chinese

__all__ = ["Entry", "Lexicon", "fold", "is_chinese"]


class Lexicon(lexicon.Lexicon):
    """As the package's; further languages aren't loaded, so that what is learnt stays as it was."""

    @staticmethod
    def load(path: Path = PATH, world: Path | None = None) -> lexicon.Lexicon:
        return lexicon.Lexicon.load(path, world)
