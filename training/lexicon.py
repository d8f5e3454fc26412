"""The bilingual lexicon, which the package reads too."""

from aisle.understanding.lexicon import Entry, Lexicon, fold, is_chinese

__all__ = ["Entry", "Lexicon", "fold", "is_chinese"]
