"""A trigram language model of weighted sentences, in memory or as an ARPA file.

Interpolated Witten-Bell smoothing (Chen and Goodman 1998, eq. 15–17), with λ to say how far unseen sequences are trusted:
p(w | h) = (c(hw) + λ n(h) p(w | h')) / (c(h) + λ n(h)), where n(h) is how many different words follow h and h' is h without its
first word. Counts are weights, so they may be fractions. Written with back-off weights λ n(h) / (c(h) + λ n(h)), it is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TextIO

import numpy as np

START, END = "<s>", "</s>"
_FLOOR = -99.0


@dataclass(frozen=True, slots=True)
class Corpus:
    """Sentences as one row of word numbers. ``words[0]`` is START and ``words[1]`` is END; every sentence holds both."""

    words: Sequence[str]
    tokens: np.ndarray  # (tokens,) int64
    weights: np.ndarray  # (tokens,) of the sentence a token stands in

    @staticmethod
    def of(sentences: Iterable[tuple[Sequence[str], float]], vocabulary: Sequence[str]) -> Corpus:
        """A word outside the vocabulary ends a stretch: what is left and right of it is kept, without its boundary."""
        number = {word: at for at, word in enumerate((START, END, *vocabulary))}
        tokens: list[int] = []
        weights: list[float] = []
        for sentence, weight in sentences:
            row = [0, *(number.get(word, -1) for word in sentence), 1]
            tokens += row
            weights += [weight] * len(row)
        return Corpus((START, END, *vocabulary), np.asarray(tokens, np.int64), np.asarray(weights, np.float64))


@dataclass(frozen=True, slots=True)
class _Level:
    """n-grams of one length, sorted by key: (words before) · V + word."""

    keys: np.ndarray  # (n,) int64
    counts: np.ndarray  # (n,)


def _counted(corpus: Corpus, length: int, least: float) -> _Level:
    size = len(corpus.words)
    rows = np.stack([corpus.tokens[at : len(corpus.tokens) - length + 1 + at] for at in range(length)])  # (length, n)
    # Within one sentence: no START but at the first place, no END but at the last, nothing unknown.
    inside = (rows >= 0).all(axis=0) & (rows[1:] != 0).all(axis=0) & (rows[:-1] != 1).all(axis=0)
    keys = np.zeros(rows.shape[1], np.int64)
    for row in rows:
        keys = keys * size + row
    found, where = np.unique(keys[inside], return_inverse=True)
    counts = np.bincount(where, weights=corpus.weights[: rows.shape[1]][inside], minlength=len(found))
    kept = counts >= least
    return _Level(found[kept], counts[kept])


@dataclass(frozen=True, slots=True)
class Trigrams:
    """Probabilities of words after at most two others. Keys are sorted and hold words as numbers, the first the heaviest: of three,
    (one · V + two) · V + three."""

    words: Sequence[str]
    unigram: np.ndarray  # (words,)
    back_one: np.ndarray  # (words,) what is left for words never seen after one
    two: np.ndarray  # (bigrams,) keys
    bigram: np.ndarray  # (bigrams,)
    back_two: np.ndarray  # (bigrams,)
    three: np.ndarray  # (trigrams,) keys
    trigram: np.ndarray  # (trigrams,)

    @staticmethod
    def of(corpus: Corpus, smoothing: float = 1.0, least: float = 0.0) -> Trigrams:
        """Bigrams and trigrams lighter than ``least`` are left out."""
        size = len(corpus.words)
        one, two = _counted(corpus, 1, 0.0), _counted(corpus, 2, least)
        three = _counted(corpus, 3, least)
        # A trigram needs its first two words as a bigram.
        three_kept = np.isin(three.keys // size, two.keys)
        three = _Level(three.keys[three_kept], three.counts[three_kept])

        heard = np.zeros(size)
        heard[one.keys] = one.counts
        heard[0] = 0.0  # START is never said
        # Every word of the vocabulary may be said: the lightest share what λ gives.
        unigram = (heard + smoothing * np.count_nonzero(heard) / max(size - 1, 1)) / (
            heard.sum() + smoothing * np.count_nonzero(heard)
        )
        unigram[0] = 0.0

        bigram, back_one = _smoothed(two, size, smoothing, unigram[two.keys % size], np.arange(size))
        # p(w | v) of each trigram's last two words: seen, or by back-off.
        tails = three.keys % (size * size)
        at = np.minimum(np.searchsorted(two.keys, tails), max(len(two.keys) - 1, 0))
        seen = two.keys[at] == tails if len(two.keys) else np.zeros(len(tails), bool)
        middle = np.where(seen, bigram[at] if len(two.keys) else 0.0, back_one[tails // size] * unigram[tails % size])
        trigram, back_two = _smoothed(three, size, smoothing, middle, two.keys)
        return Trigrams(corpus.words, unigram, back_one, two.keys, bigram, back_two, three.keys, trigram)

    def chance(self, before: Sequence[int], word: int) -> float:
        """Of a word, given the last one or two before it."""
        size = len(self.words)
        last = before[-1]
        narrower = last * size + word
        if len(before) > 1:
            history = before[-2] * size + last
            at = _found(self.three, history * size + word)
            if at >= 0:
                return float(self.trigram[at])
            at = _found(self.two, history)
            back = float(self.back_two[at]) if at >= 0 else 1.0
        else:
            back = 1.0
        at = _found(self.two, narrower)
        if at >= 0:
            return back * float(self.bigram[at])
        return back * float(self.back_one[last]) * float(self.unigram[word])

    def write(self, file: TextIO) -> tuple[int, int, int]:
        """As an ARPA file; how many n-grams of each length it has."""
        size, words = len(self.words), self.words
        file.write(f"\\data\\\nngram 1={size}\nngram 2={len(self.two)}\nngram 3={len(self.three)}\n")
        file.write("\n\\1-grams:\n")
        file.writelines(
            f"{p:.4f}\t{word}\t{b:.4f}\n"
            for p, word, b in zip(_log(self.unigram), words, _log(self.back_one), strict=True)
        )
        file.write("\n\\2-grams:\n")
        file.writelines(
            f"{p:.4f}\t{words[key // size]} {words[key % size]}\t{b:.4f}\n"
            for p, key, b in zip(_log(self.bigram), self.two.tolist(), _log(self.back_two), strict=True)
        )
        file.write("\n\\3-grams:\n")
        file.writelines(
            f"{p:.4f}\t{words[key // size // size]} {words[key // size % size]} {words[key % size]}\n"
            for p, key in zip(_log(self.trigram), self.three.tolist(), strict=True)
        )
        file.write("\n\\end\\\n")
        return size, len(self.two), len(self.three)


def _found(keys: np.ndarray, key: int) -> int:
    """Where ``key`` stands among sorted keys; -1 where it doesn't."""
    at = int(keys.searchsorted(key))
    return at if at < len(keys) and keys[at] == key else -1


def _smoothed(
    level: _Level, size: int, smoothing: float, narrower: np.ndarray, histories: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Each n-gram's probability given ``narrower`` (n,), and the back-off weight of each of ``histories`` (sorted)."""
    before = level.keys // size
    at = np.searchsorted(histories, before)
    total = np.bincount(at, weights=level.counts, minlength=len(histories))
    kinds = np.bincount(at, minlength=len(histories))
    whole = total + smoothing * kinds
    probability = (level.counts + smoothing * kinds[at] * narrower) / whole[at]
    back = np.where(kinds > 0, smoothing * kinds / np.where(whole > 0, whole, 1.0), 1.0)
    return probability, back


def _log(values: np.ndarray) -> list[float]:
    with np.errstate(divide="ignore"):
        logs: list[float] = np.maximum(np.log10(values), _FLOOR).tolist()
    return logs
