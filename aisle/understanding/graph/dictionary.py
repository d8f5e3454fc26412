"""Finds concepts' names in a text: every language, singular or plural, with or without hyphens, Chinese without spaces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from aisle.perception.text import chinese
from aisle.perception.text.folding import QUERY_LIMIT, fold, origins
from aisle.types import SlotKind
from aisle.understanding import lexicon
from aisle.understanding.graph.concepts import Concept, Key

LONGEST = 64
"""Folded characters of a name, at most; longer ones are sentences, not names."""
SYNONYM_PRIOR = 0.5
"""How likely a further name means the concept, beside its usual name."""
INFLECTED_PRIOR = 0.25
"""How likely a name is meant by another form of it: "glasses" are rarely more than one "glass"."""
_UNSPACED = "㐀-䶿一-鿿豈-﫿ぁ-ゖァ-ヺー가-힣ก-๎"
"""Characters of scripts that don't, or not always, part words: each is a token."""
_TOKEN = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\W_])+(?:'[a-z]{{1,2}}(?![a-z]))?")
_JOINT = re.compile(r"[\s\-'’&+./_]*")
"""What may stand between two words of one name."""
_RUN = re.compile(rf"[{_UNSPACED}]+")
_HANGUL = re.compile("[가-힣]+")
_KOREAN_TAIL = re.compile(
    "(?:용|형|식|제|산|색|들|류|님)?(?:의|은|는|이|가|을|를|도|만|와|과|로|으로|에|에서|에게|나|이나|랑|이랑|하고|같은|인|있는|없는)?"
)
"""What may stand behind a Korean name in one word: suffixes (여성용, for women) and particles (가방을)."""


class Token(NamedTuple):
    """A word, or a character where words aren't parted, at [start, end) of the folded text; ``key`` is what is compared."""

    start: int
    end: int
    key: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a name may mean. ``prior`` is how likely, by the catalog alone (a match's sum to 1); ``count`` its products."""

    kind: SlotKind
    value: str
    prior: float
    count: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """A name at ``span`` [start, end) of the text, with what it may mean, likeliest first."""

    span: tuple[int, int]
    text: str
    candidates: tuple[Candidate, ...]


@dataclass(slots=True)
class _Sense:
    """A concept that a key may mean: whether it is its usual name, and the forms in which the name is written."""

    concept: Key
    count: int
    usual: bool
    forms: set[str]


def tokens(folded: str) -> list[Token]:
    """The tokens of a folded text, singular: "t-shirts" is "t" and "shirt", "红裙" is "红" and "裙"."""
    return [Token(found.start(), found.end(), _key(found.group())) for found in _TOKEN.finditer(folded)]


@lru_cache(maxsize=1 << 16)
def _key(word: str) -> str:
    if len(word) == 1:
        return word
    if "\u0621" <= word[0] <= "\u064a":
        return word.removeprefix("ال") if len(word) > 4 else word
    return lexicon.fold(word)


@lru_cache(maxsize=1 << 16)
def name_key(name: str) -> str:
    """What a name is found by: its tokens joined. "" for a name without letters or digits."""
    return "".join(token.key for token in tokens(fold(name)))


class Dictionary:
    """All names of a graph. Immutable; ``find`` takes some 50 µs for a usual query."""

    def __init__(self, concepts: Iterable[tuple[Concept, int]]) -> None:
        """``concepts`` come with how many products each stands for, narrower ones included."""
        self._senses: dict[str, dict[Key, _Sense]] = {}
        for concept, count in concepts:
            meant, usual = concept.key, {concept.value, *(names[0] for names in concept.names.values() if names)}
            for name in (concept.value, *(name for names in concept.names.values() for name in names)):
                self._learn(name, meant, count, name in usual)
        self._reach: dict[str, int] = {}
        for key in self._senses:
            start = key[:2]
            self._reach[start] = max(len(key), self._reach.get(start, 0))

    def _learn(self, name: str, concept: Key, count: int, usual: bool) -> None:
        key = name_key(name)
        if not key or len(key) > LONGEST:
            return
        senses = self._senses.setdefault(key, {})
        if (sense := senses.get(concept)) is None:
            sense = senses[concept] = _Sense(concept, count, usual, set())
        sense.usual |= usual
        sense.forms.add(_written(name))

    def __len__(self) -> int:
        return len(self._senses)

    def __contains__(self, name: str) -> bool:
        return name_key(name) in self._senses

    def meanings(self, name: str) -> tuple[Candidate, ...]:
        """What the whole of ``name`` may mean, likeliest first; () for an unknown one."""
        return self._candidates(name_key(name), _written(name))

    def find(self, text: str) -> tuple[Match, ...]:
        """The names in ``text``, from left to right: those that together explain most of it, the longest where several do.

        They don't overlap. At most ``QUERY_LIMIT`` characters are read.
        """
        text = text[:QUERY_LIMIT]
        folded = fold(text)
        found = tokens(folded)
        if not found:
            return ()
        chosen = _best_cover(found, self._spans(folded, found))
        back = origins(text)
        matches = []
        for first, last in _whole_words(folded, found, chosen):
            start, end = found[first].start, found[last - 1].end
            key = "".join(token.key for token in found[first:last])
            candidates = self._candidates(key, _form(folded[start:end]))
            span = (start, end) if back is None else (back[start], back[end - 1] + 1)
            matches.append(Match(span, text[slice(*span)], candidates))
        return tuple(matches)

    def _spans(self, folded: str, found: list[Token]) -> list[list[int]]:
        """For each token the ends (exclusive places of tokens) of the names that begin there, ascending."""
        apart = [_JOINT.fullmatch(folded, a.end, b.start) is None for a, b in pairwise(found)]
        spans: list[list[int]] = []
        for first in range(len(found)):
            ends: list[int] = []
            key, limit = "", 2
            for last in range(first, len(found)):
                key += found[last].key
                if len(key) >= 2:
                    limit = self._reach.get(key[:2], 0)
                if len(key) > limit:
                    break
                if key in self._senses:
                    ends.append(last + 1)
                if last < len(apart) and apart[last]:
                    break
            spans.append(ends)
        return spans

    def _candidates(self, key: str, form: str) -> tuple[Candidate, ...]:
        senses = self._senses.get(key)
        if not senses:
            return ()
        weighed = [
            (
                (sense.count + 1)
                * (1.0 if sense.usual else SYNONYM_PRIOR)
                * (1.0 if form in sense.forms else INFLECTED_PRIOR),
                sense,
            )
            for sense in senses.values()
        ]
        total = sum(weight for weight, _ in weighed)
        weighed.sort(key=lambda each: (-each[0], each[1].concept))
        return tuple(Candidate(*sense.concept, weight / total, sense.count) for weight, sense in weighed)


@lru_cache(maxsize=1 << 16)
def _written(name: str) -> str:
    return _form(fold(name))


def _form(folded: str) -> str:
    """A name as written, but for what stands between its words."""
    return "".join(filter(str.isalnum, folded))


def _best_cover(found: list[Token], spans: list[list[int]]) -> list[tuple[int, int]]:
    """Names that don't overlap and cover the most characters; among such the fewest, then those that begin with the longest."""
    size = len(found)
    ends = [0, *accumulate(len(token.key) for token in found)]
    best: list[tuple[int, int]] = [(0, 0)] * (
        size + 1
    )  # from a token on: characters covered, minus the number of names
    step = list(range(1, size + 2))  # where to go on from a token; the next one where no name is taken
    taken = [False] * size
    for first in range(size - 1, -1, -1):
        best[first] = best[first + 1]
        for end in spans[first]:
            covered, fewer = best[end]
            value = (covered + ends[end] - ends[first], fewer - 1)
            if value >= best[first]:
                best[first], step[first], taken[first] = value, end, True
    chosen, at = [], 0
    while at < size:
        if taken[at]:
            chosen.append((at, step[at]))
        at = step[at]
    return chosen


def _whole_words(folded: str, found: list[Token], chosen: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Without names of one character that only begin or end another word: "大" is a size in "大 衣柜", none in "大学".

    In "女鞋", one word to the segmenter, both characters are names and stay: nothing of the word is left over.
    """
    chosen = _whole_korean(folded, found, chosen)
    covered = {at for first, last in chosen for at in range(first, last)}
    doubtful = [first for first, last in chosen if last - first == 1 and _RUN.fullmatch(folded, *_bounds(found[first]))]
    lost: set[int] = set()
    if doubtful:
        words = _words(folded, found)
        lost = {at for at in doubtful if not all(other in covered for other in words[at])}
    return (span for span in chosen if span[0] not in lost)


def _whole_korean(folded: str, found: list[Token], chosen: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without names that only begin or end a Korean word: 미니 카멜 is no 미니 카. Names may be joined (가죽가방), and particles follow."""
    kept = chosen
    for word in _HANGUL.finditer(folded):
        inside = [(a, b) for a, b in kept if found[a].start < word.end() and word.start() < found[b - 1].end]
        at = word.start()
        for first, last in inside:
            if found[first].start > at:
                break
            at = found[last - 1].end
        if inside and not (at >= word.end() or _KOREAN_TAIL.fullmatch(folded, at, word.end())):
            kept = [span for span in kept if span not in inside]
    return kept


def _bounds(token: Token) -> tuple[int, int]:
    return token.start, token.end


def _words(folded: str, found: list[Token]) -> dict[int, range]:
    """Of each token of an unspaced script: the tokens of the word that it is part of."""
    place = {token.start: at for at, token in enumerate(found)}
    words: dict[int, range] = {}
    for run in _RUN.finditer(folded):
        for start, end in chinese.words(run.group()):
            first, last = place[run.start() + start], place[run.start() + end - 1] + 1
            words.update(dict.fromkeys(range(first, last), range(first, last)))
    return words
