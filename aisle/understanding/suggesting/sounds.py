"""Chinese words by how they sound: what letters that are being typed may become."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping

from aisle.understanding.language import LONGEST, syllables

HAN = re.compile(r"[㐀-鿿]+")
_APART = re.compile(r"[\s'’-]+")
_SHORTEST = 2
_LONGEST_WORD = 6
_KEPT = 4
"""Words that the letters typed last may begin."""
_WORD_COST = 6.0
"""Nats that each further word costs: fewer and longer words are likelier."""


class Sounds:
    """Fitted to words with how often they are wanted. Immutable."""

    def __init__(self, sounds: list[str], words: list[str], weights: list[float]) -> None:
        """Rows in order of sound, then of weight, the heaviest first. Use ``fit``."""
        self._sounds, self._words, self._weights = sounds, words, weights
        self._exact: dict[str, tuple[str, float]] = {}
        for sound, word, weight in zip(sounds, words, weights, strict=True):
            self._exact.setdefault(sound, (word, weight))
        self._longest = max(map(len, sounds), default=0)

    @classmethod
    def fit(cls, words: Mapping[str, float]) -> Sounds:
        """``words`` of two to six Han characters; others are left out."""
        kept = [word for word in words if 1 < len(word) <= _LONGEST_WORD and HAN.fullmatch(word)]
        rows = sorted(zip(sounds_of(kept), (-words[word] for word in kept), kept, strict=True))
        return cls([row[0] for row in rows], [row[2] for row in rows], [-row[1] for row in rows])

    def begun(self, letters: str) -> list[tuple[str, float]]:
        """(word, weight) of words whose sound starts with the letters, heaviest first."""
        low = bisect_left(self._sounds, letters)
        high = bisect_left(self._sounds, letters + "{", low)  # { follows z
        best = sorted(range(low, high), key=lambda row: (-self._weights[row], self._words[row]))[:_KEPT]
        return [(self._words[row], self._weights[row]) for row in best]

    def heard(self, typed: str, limit: int = 3) -> list[tuple[str, ...]]:
        """Rows of words that the letters may stand for, the last perhaps unfinished, likeliest first: ``hongselianyi``
        gives (红色, 连衣裙)."""
        letters = _APART.sub("", typed)
        if not (_SHORTEST <= len(letters) <= LONGEST and letters.isascii() and letters.isalpha()):
            return []
        best: list[tuple[float, tuple[str, ...]] | None] = [(0.0, ()), *[None] * len(letters)]
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - self._longest), end):
                known, exact = best[start], self._exact.get(letters[start:end])
                if known is None or exact is None:
                    continue
                score = known[0] + math.log1p(exact[1]) - _WORD_COST
                now = best[end]
                if now is None or score > now[0]:
                    best[end] = (score, (*known[1], exact[0]))
        options: dict[tuple[str, ...], float] = {}
        for start, known in enumerate(best):
            if known is None:
                continue
            rest = letters[start:]
            if not rest:
                options[known[1]] = max(options.get(known[1], -math.inf), known[0] + _WORD_COST / 2)
            elif len(rest) >= _SHORTEST or known[1]:
                for word, weight in self.begun(rest):
                    score = known[0] + math.log1p(weight) - _WORD_COST
                    options[(*known[1], word)] = max(options.get((*known[1], word), -math.inf), score)
        return sorted(options, key=lambda words: (-options[words], words))[:limit]


def sounds_of(words: Iterable[str]) -> list[str]:
    """Pinyin of each word, without tones or spaces; ``v`` for ü, as it is typed."""
    from pypinyin import lazy_pinyin

    return ["".join(lazy_pinyin(word, v_to_u=False)) for word in words]


def is_spoken(letters: str) -> bool:
    """Whether the letters read as two syllables of Mandarin or more, the last perhaps begun: what an input method would take."""
    plain = _APART.sub("", letters)
    return any(syllables(plain[:end]) >= 2 for end in range(len(plain), max(3, len(plain) - 3), -1))
