"""Near spellings of a word in the catalog's own vocabulary, and corrections of a query.

Candidates are found without a tree or an index of deletions: a 64-bit signature says which letters a word has and which it has
twice. One edit changes the count of at most two letters, so words within distance d differ in at most 2d bits; a popcount over
the words of nearly the same length leaves few to measure (Damerau 1964, optimal string alignment).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from aisle.understanding.phonetic import sound

MAX_LENGTH = 32
"""Longer words aren't corrected."""

_PER_EDIT = 4.0
"""Nats that one edit costs against the logarithm of how common a word is: a neighbour must be e⁴ ≈ 55 times as common."""
_SLIP = 0.7
"""Cost of an edit that fingers make: a neighbouring key, two letters swapped, a letter doubled or halved."""
_FIRST_LETTER = 0.5
"""Extra cost when the first letter differs: people rarely get it wrong."""
_UNKNOWN = -6.0
"""Log-frequency of a word that isn't in the vocabulary at all."""
KNOWN_ELSEWHERE = 0.0
"""Log-frequency of a word that the catalog lacks but the language has."""
_BY_EAR = 1.2
"""Most that a word costs which sounds like what was typed."""
_FARTHEST_BY_EAR = 3
_CERTAIN_LENGTH = 3
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _neighbour_keys() -> frozenset[tuple[str, str]]:
    """Pairs of letters beside or diagonally below each other on a QWERTY keyboard."""
    place = {key: (row, column + row * 0.5) for row, keys in enumerate(_ROWS) for column, key in enumerate(keys)}
    return frozenset(
        (a, b)
        for a, (row_a, at_a) in place.items()
        for b, (row_b, at_b) in place.items()
        if a != b and abs(row_a - row_b) <= 1 and abs(at_a - at_b) <= 1
    )


_NEIGHBOURS = _neighbour_keys()


@dataclass(frozen=True, slots=True)
class Correction:
    """A stretch of the query and what it likely should be; ``words`` equals ``source`` where nothing is wrong.

    ``confidence`` in [0, 1]: how much likelier ``words`` is than leaving it and than the next best.
    """

    source: tuple[str, ...]
    words: tuple[str, ...]
    confidence: float = 1.0

    @property
    def changed(self) -> bool:
        return self.source != self.words


def allowed_distance(word: str) -> int:
    """Edits a word may be away: none up to 3 letters or where it isn't all letters, 1 up to 7, else 2."""
    if not word.isalpha() or len(word) <= _CERTAIN_LENGTH or len(word) > MAX_LENGTH or not _alphabetic(word):
        return 0
    return 1 if len(word) <= 7 else 2


def _alphabetic(word: str) -> bool:
    """Written in an alphabet: Latin, Greek, Cyrillic, Hebrew, Arabic. Other scripts have other mistakes."""
    return all(char < "\u0780" for char in word)


def signatures(words: Sequence[str]) -> np.ndarray:
    """(n,) uint64: which of 32 classes of letters each word has (low half) and has twice or more (high half)."""
    if not len(words):
        return np.zeros(0, np.uint64)
    array = np.asarray(words, dtype=f"U{max(1, max(map(len, words)))}")
    codes = array.view(np.uint32).reshape(len(words), -1)  # (n, longest), 0 where a word has ended
    codes = np.sort(np.where(codes == 0, 0, (codes & 31) + 1).astype(np.uint8), axis=1)
    bits = np.where(codes == 0, 0, np.uint64(1) << np.maximum(codes, 1).astype(np.uint64) - np.uint64(1)).astype(
        np.uint64
    )
    once = np.bitwise_or.reduce(bits, axis=1)
    again = np.where(codes[:, 1:] == codes[:, :-1], bits[:, 1:], np.uint64(0))
    twice = np.bitwise_or.reduce(again, axis=1) if again.shape[1] else np.zeros(len(words), np.uint64)
    return once | (twice << np.uint64(32))


def edit_cost(typed: str, word: str) -> float:
    """Distance with slips of the finger at 0.7 and half an edit more for a wrong first letter."""
    edits = OSA.distance(typed, word)
    cost = _weighted(typed, word) if edits > 1 else _SLIP if edits and _is_slip(typed, word) else float(edits)
    return cost + (_FIRST_LETTER if edits and typed[0] != word[0] else 0.0)


def _is_slip(typed: str, word: str) -> bool:
    at = next((i for i, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b), min(len(typed), len(word)))
    if len(typed) == len(word):
        swapped = typed[at : at + 2] == word[at : at + 2][::-1] and len(typed[at : at + 2]) == 2
        return swapped or (typed[at], word[at]) in _NEIGHBOURS
    longer = max(typed, word, key=len)
    return at > 0 and longer[at] == longer[at - 1]


def _weighted(typed: str, word: str) -> float:
    """The cheapest way from one word to the other (optimal string alignment), each edit at its own cost."""
    before: list[float] = []
    row = [float(place) for place in range(len(word) + 1)]
    for i, a in enumerate(typed, 1):
        earlier, before, row = before, row, [float(i)]
        for j, b in enumerate(word, 1):
            changed = 0.0 if a == b else _SLIP if (a, b) in _NEIGHBOURS else 1.0
            dropped = _SLIP if i > 1 and a == typed[i - 2] else 1.0
            added = _SLIP if j > 1 and b == word[j - 2] else 1.0
            cost = min(before[j - 1] + changed, before[j] + dropped, row[j - 1] + added)
            if i > 1 and j > 1 and a == word[j - 2] and b == typed[i - 2]:
                cost = min(cost, earlier[j - 2] + _SLIP)
            row.append(cost)
    return row[-1]


class Speller:
    """Fitted to a vocabulary; immutable afterwards, safe to share between threads."""

    def __init__(self, terms: list[str], frequencies: np.ndarray, general: Collection[str] = ()) -> None:
        """``terms`` sorted by length, ``frequencies`` (n,) beside it. Use ``fit``."""
        self._terms = terms
        self._frequencies = frequencies
        self._number = {term: number for number, term in enumerate(terms)}
        self._signatures = signatures(terms)
        self._general = general
        heard: dict[str, list[int]] = {}
        for number, term in enumerate(terms):
            if len(key := sound(term)) > 1:
                heard.setdefault(key, []).append(number)
        self._heard = heard
        self._starts = np.searchsorted(np.array([len(term) for term in terms]), np.arange(MAX_LENGTH + 4))

    @classmethod
    def fit(cls, vocabulary: Mapping[str, int], general: Collection[str] = ()) -> Speller:
        """``vocabulary``: term → number of products that hold it. Terms that are no plain words are left out. ``general``: terms
        that are words, whether or not this catalog has them."""
        kept = [term for term in vocabulary if 1 < len(term) <= MAX_LENGTH and term.isalpha() and _alphabetic(term)]
        kept.sort(key=lambda term: (len(term), term))
        return cls(kept, np.array([vocabulary[term] for term in kept], dtype=np.int64), general)

    def frequency(self, term: str) -> int:
        """Products that hold the term; 0 when it is unknown."""
        number = self._number.get(term)
        return 0 if number is None else int(self._frequencies[number])

    def variants(self, term: str, limit: int = 8) -> list[tuple[str, int, int]]:
        """(term, distance, frequency) of the words within the allowed distance, likeliest first, the term itself left out."""
        found = self._near(term)
        found.sort(key=lambda row: (-row[3], row[0]))
        return [(word, distance, frequency) for word, distance, frequency, _ in found[:limit]]

    def correct(self, tokens: Sequence[str]) -> list[Correction]:
        """The query's words, each as it stands or corrected, split (``runningshoes``) or joined (``head phone``)."""
        corrected: list[Correction] = []
        at = 0
        while at < len(tokens):
            pair = tokens[at : at + 2]
            if len(pair) == 2 and (joined := self.joined(*pair)) and min(map(self._evidence, pair)) == _UNKNOWN:
                corrected.append(Correction(tuple(pair), (joined,), 0.9))
                at += 2
                continue
            corrected.append(self._correct(tokens[at]))
            at += 1
        return corrected

    def joined(self, first: str, second: str) -> str | None:
        """The word that two make together, if the catalog knows it: ``back pack`` → backpack."""
        word = first + second
        return word if len(word) > _CERTAIN_LENGTH and word in self._number else None

    def split(self, term: str) -> tuple[str, ...] | None:
        """The two, else three known words that a word is made of, the cut whose rarest part is commonest; None when there is
        none."""
        if not term.isalpha() or len(term) > MAX_LENGTH:
            return None
        heads = [at for at in range(_CERTAIN_LENGTH, len(term) - _CERTAIN_LENGTH + 1) if term[:at] in self._number]
        known: list[tuple[str, ...]] = [(term[:at], term[at:]) for at in heads if term[at:] in self._number]
        known = known or [(term[:at], *rest) for at in heads if (rest := self.split(term[at:])) and len(rest) == 2]
        return max(known, key=lambda cut: min(map(self.frequency, cut)), default=None)

    def regrouped(self, tokens: Sequence[str]) -> list[tuple[int, int, tuple[str, ...]]]:
        """Other ways to part the letters of a query, as (start, end, words): what two neighbours make together (back pack),
        what one that isn't known may be made of (reddress). Whether to take them is the reader's choice: ``correct`` takes
        only what can't be meant as it stands."""
        found: list[tuple[int, int, tuple[str, ...]]] = []
        for at, token in enumerate(tokens):
            if at + 1 < len(tokens) and (whole := self.joined(token, tokens[at + 1])):
                found.append((at, at + 2, (whole,)))
            if token not in self._number and (parts := self.split(token)):
                found.append((at, at + 1, parts))
        return found

    def _evidence(self, term: str) -> float:
        """Log-frequency of a term; every word too short or of digits counts as right."""
        frequency = self.frequency(term)
        if frequency:
            return math.log(frequency)
        return _UNKNOWN if allowed_distance(term) and term not in self._general else KNOWN_ELSEWHERE

    def _correct(self, token: str) -> Correction:
        return self.chosen(token, self.options(token))

    def options(self, token: str) -> list[tuple[tuple[str, ...], float]]:
        """What a word may be meant as: (words, log-likelihood up to a constant), by edits, by ear, and parted."""
        if not allowed_distance(token):
            return []
        found: dict[tuple[str, ...], float] = {(word,): score for word, _, _, score in self._near(token)}
        for word, score in self._by_ear(token):
            found[word,] = max(score, found.get((word,), -math.inf))
        if self._evidence(token) <= KNOWN_ELSEWHERE and not self.frequency(token) and (halves := self.split(token)):
            found[halves] = math.log(1 + min(map(self.frequency, halves))) - _PER_EDIT
        return sorted(found.items(), key=lambda option: (-option[1], option[0]))

    def chosen(self, token: str, options: Sequence[tuple[tuple[str, ...], float]]) -> Correction:
        """The likeliest of ``options`` against leaving the word as it is."""
        unchanged = Correction((token,), (token,))
        if not options:
            return unchanged
        own = self._evidence(token)
        (best, score), *others = sorted(options, key=lambda option: (-option[1], option[0]))
        if score <= own:
            return unchanged
        rivals = [own, *(option[1] for option in others)]
        return Correction((token,), best, 1.0 / (1.0 + sum(math.exp(rival - score) for rival in rivals)))

    def _by_ear(self, term: str) -> list[tuple[str, float]]:
        """(word, log-likelihood) of words that sound the same."""
        found = []
        for number in self._heard.get(sound(term), ()):
            word = self._terms[number]
            if word != term and OSA.distance(term, word, score_cutoff=_FARTHEST_BY_EAR) <= _FARTHEST_BY_EAR:
                cost = min(edit_cost(term, word), _BY_EAR)
                found.append((word, math.log(max(1, int(self._frequencies[number]))) - _PER_EDIT * cost))
        return found

    def _near(self, term: str) -> list[tuple[str, int, int, float]]:
        """(word, distance, frequency, log-likelihood up to a constant) of every word within the allowed distance."""
        allowed = allowed_distance(term)
        if not allowed or not self._terms:
            return []
        low = self._starts[max(0, len(term) - allowed)]
        high = self._starts[len(term) + allowed + 1]
        different = np.bitwise_count(self._signatures[low:high] ^ signatures([term])[0])
        close = np.flatnonzero(different <= 2 * allowed) + low
        words = [self._terms[number] for number in close]
        matches: Iterable[tuple[str, int, int]] = process.extract_iter(
            term, words, scorer=OSA.distance, processor=None, score_cutoff=allowed
        )
        found = []
        for word, distance, place in matches:
            if distance:
                frequency = int(self._frequencies[close[place]])
                found.append(
                    (word, distance, frequency, math.log(max(1, frequency)) - _PER_EDIT * edit_cost(term, word))
                )
        return found
