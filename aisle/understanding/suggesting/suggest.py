"""As-you-type suggestions: what starts, at any of its words, with what was typed; what this session is about first, then the
popular.

Where nothing starts so, the letters are heard as pinyin, and a typing mistake in each word is forgiven.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice

import numpy as np

from aisle.perception.text import fold
from aisle.perception.text.chinese import inner_words
from aisle.perception.text.chinese import words as chinese_words
from aisle.understanding.spelling import Speller
from aisle.understanding.suggesting.beginnings import Beginnings
from aisle.understanding.suggesting.sounds import HAN, Sounds, is_spoken, sounds_of

MAX_PREFIX = 100
_PREFIXES = range(3, 11)
"""Lengths of word beginnings that typing mistakes are looked for in."""
_AT_START = 4.0
"""A suggestion that begins with what was typed counts as if it were so many times as popular."""
_WINDOW = 64
_LOOKED_AT = 4000
"""Rows that are looked at for words in any order, or for what a key may see, the most popular first."""
_WIDE = 20_000
_WIDE_KEPT = 2000
_KEPT = 4096
"""Of ranges wider than the first so many rows the best are kept, of at most so many ranges, so many each."""
_RELATED = 3.0
"""Nats for a suggestion all of whose other words this session has used or seen."""
_OWN = 3
"""Suggestions that are the session's own queries, at most."""
_RUN = 6
_SPACE = re.compile(r"[\s\-_/]+")


class SuggestionKind(StrEnum):
    QUERY = "query"
    PRODUCT = "product"
    TYPE = "type"
    BRAND = "brand"
    CATEGORY = "category"


_WORTH = {
    SuggestionKind.TYPE: 8.0,
    SuggestionKind.QUERY: 6.0,
    SuggestionKind.CATEGORY: 6.0,
    SuggestionKind.BRAND: 6.0,
    SuggestionKind.PRODUCT: 1.0,
}
"""A suggestion of a kind counts as if it were so many times as popular: a name leads to more than a title does."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A filter that a suggestion is to be searched under: "in Shoes"."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to offer and what it is; ``weight`` is how often it is wanted, or how many products have it.

    ``count`` is how many products the search that it leads to finds, None where nobody has counted; ``image`` a picture of the
    first of them. ``scope`` is the category to search in, ``personal`` says that this session's doings brought it up.
    """

    text: str
    kind: SuggestionKind
    weight: float = 1.0
    scope: Scope | None = None
    count: int | None = None
    image: str | None = None
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Personal:
    """What one session searched for, the latest first, and what the products that it looked at are: titles, types, brands."""

    queries: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


NOBODY = Personal()
May = Callable[[Suggestion], bool]


class Suggester:
    """Fitted to a set of suggestions; immutable afterwards, safe to share between threads."""

    def __init__(self, entries: Sequence[Suggestion], texts: Sequence[str]) -> None:
        """``entries`` without duplicates, ``texts`` as ``plain`` writes them. Use ``fit``."""
        self._entries, self._texts = entries, texts
        self._numbers = {text: number for number, text in enumerate(texts)}
        self._begun = Beginnings(texts)
        worth = np.array([_WORTH[entry.kind] * (1.0 + max(0.0, entry.weight)) for entry in entries], np.float64)
        self._scores = np.log(worth).astype(np.float32)
        self._rows = self._scores[self._begun.owners] + np.float32(np.log(_AT_START)) * self._begun.first  # (rows,)
        self._wide: dict[tuple[int, int], np.ndarray] = {}
        written: dict[str, int] = {}
        for text, entry in zip(texts, entries, strict=True):
            for word in text.split(" "):
                written[word] = written.get(word, 0) + max(1, int(entry.weight))
        self._speller = Speller.fit(_beginnings(written))
        self._sounds = Sounds.fit(_han(written))

    @classmethod
    def fit(cls, entries: Iterable[Suggestion]) -> Suggester:
        """Of entries with the same words one stays, of the kind that leads to most, with the greatest weight."""
        best: dict[str, Suggestion] = {}
        for entry in entries:
            key = plain(entry.text)
            if not key:
                continue
            known = best.get(key)
            if known is None:
                best[key] = entry
            else:
                first = max(known, entry, key=lambda each: (_WORTH[each.kind], each.weight))
                best[key] = replace(first, weight=max(known.weight, entry.weight))
        return cls(list(best.values()), list(best))

    def __len__(self) -> int:
        return len(self._entries)

    def popular(self) -> Iterator[Suggestion]:
        """All entries, the most wanted first."""
        return (self._entries[number] for number in np.argsort(-self._scores, kind="stable").tolist())

    def suggest(
        self,
        prefix: str,
        limit: int = 8,
        *,
        locale: str = "en",
        personal: Personal = NOBODY,
        may: May | None = None,
    ) -> list[Suggestion]:
        """Up to ``limit`` suggestions for what was typed so far; nothing typed gives the most popular.

        The words typed may stand anywhere in the text, the last unfinished. ``may`` says which suggestions the asker may see.
        """
        typed = plain(prefix[:MAX_PREFIX])
        known = {word for said in (*personal.queries, *personal.names) for word in _words(plain(said))}
        asking = _Asking(limit, personal, may, frozenset(known))
        found = self._own(typed, asking)
        spoken = locale[:2] == "zh" and is_spoken(typed)  # an input method that is off
        if spoken:
            found = self._more(found, self._heard(typed, asking), limit)
        found = self._more(found, self._matching(typed, asking), limit)
        if not spoken and len(found) < limit and typed:
            found = self._more(found, self._heard(typed, asking), limit)
        if not found and typed:
            for corrected in self._respelled(typed):
                if found := self._matching(corrected, asking):
                    break
        return found

    def _own(self, typed: str, asking: _Asking) -> list[Suggestion]:
        """What the session asked before, then the names of what it looked at, as far as they start so."""
        found: list[Suggestion] = []
        for text in asking.personal.queries:
            written = plain(text)
            if len(found) < min(_OWN, asking.limit) and written != typed and _begins(written, typed):
                entry = (
                    self._entry(written) if asking.may is None else None
                )  # what else has it is no business of a key's
                entry = entry or Suggestion(text, SuggestionKind.QUERY)
                found = self._more(found, [replace(entry, personal=True)], asking.limit)
        for name in asking.personal.names:
            entry = self._entry(written := plain(name))
            if entry is not None and len(found) < asking.limit - 1 and _begins(written, typed) and asking.sees(entry):
                found = self._more(found, [replace(entry, personal=True)], asking.limit)
        return found

    def _entry(self, written: str) -> Suggestion | None:
        number = self._numbers.get(written)
        return None if number is None else self._entries[number]

    @staticmethod
    def _more(found: list[Suggestion], further: Iterable[Suggestion], limit: int) -> list[Suggestion]:
        known = {plain(entry.text) for entry in found}
        fresh = (entry for entry in further if plain(entry.text) not in known)
        return [*found, *islice(fresh, limit - len(found))]

    def _matching(self, typed: str, asking: _Asking) -> list[Suggestion]:
        """In a row first; then, if too few, the words in any order."""
        rows = self._begun.range(typed)
        found = self._best(rows, lambda text: typed in text, typed, asking)
        words = _words(typed)
        if len(found) < asking.limit and len(words) > 1:
            rows = min((self._begun.range(word) for word in words), key=len)
            more = self._best(rows, lambda text: all(_begins(text, word) for word in words), typed, asking)
            found = self._more(found, more, asking.limit)
        return found

    def _best(self, rows: range, fits: Callable[[str], bool], typed: str, asking: _Asking) -> list[Suggestion]:
        """The entries of ``rows`` that fit, highest score first, ties by text."""
        if not len(rows):
            return []
        owners = self._begun.owners[rows.start : rows.stop]
        scores = self._rows[rows.start : rows.stop]
        width = max(_WINDOW, 8 * asking.limit)
        while True:
            whole = width >= len(scores)
            top = np.arange(len(scores)) if whole else self._top(rows, width)
            best: dict[int, float] = {}
            for row, owner in zip(top.tolist(), owners[top].tolist(), strict=True):
                score = float(scores[row])
                if score > best.get(owner, -np.inf):
                    best[owner] = score
            fitting = [owner for owner in best if fits(self._texts[owner]) and asking.sees(self._entries[owner])]
            if whole or len(fitting) >= asking.limit or width >= _LOOKED_AT:
                break
            width *= 8
        related = {owner: asking.related(self._texts[owner], typed) for owner in fitting}
        fitting.sort(key=lambda owner: (-best[owner] - _RELATED * related[owner], self._texts[owner]))
        return [
            replace(self._entries[owner], personal=True) if related[owner] else self._entries[owner]
            for owner in fitting[: asking.limit]
        ]

    def _top(self, rows: range, width: int) -> np.ndarray:
        """(width,) places in ``rows`` of the highest scores; those of wide ranges, of a letter or two, are kept."""
        scores = self._rows[rows.start : rows.stop]
        if len(scores) < _WIDE:
            return np.argpartition(-scores, width)[:width]
        kept = self._wide.get((rows.start, rows.stop))
        if kept is None:
            kept = np.argpartition(-scores, _KEPT)[:_KEPT]
            kept = kept[np.argsort(-scores[kept], kind="stable")]
            if len(self._wide) < _WIDE_KEPT:
                self._wide[rows.start, rows.stop] = kept
        return kept[:width]

    def _heard(self, typed: str, asking: _Asking) -> list[Suggestion]:
        """What the letters, heard as pinyin, start; Chinese in the wrong characters is heard too."""
        letters = "".join(sounds_of([typed])) if HAN.search(typed) else typed
        found: list[Suggestion] = []
        for words in self._sounds.heard(letters):
            if len(found) < asking.limit and "".join(words) != typed:
                found = self._more(found, self._matching("".join(words), asking), asking.limit)
        return found

    def _respelled(self, typed: str) -> list[str]:
        """What was typed with each word that no suggestion has replaced by a likely spelling of it, best first."""
        *before, last = typed.split(" ")
        fixed = [
            word
            if len(self._begun.range(word))
            else next((v for v, _, _ in self._speller.variants(word[: _PREFIXES.stop - 1], 1)), word)
            for word in before
        ]
        endings = (
            [last]
            if len(self._begun.range(last))
            else [v for v, _, _ in self._speller.variants(last[: _PREFIXES.stop - 1], 3)]
        )
        return [" ".join([*fixed, ending]) for ending in endings]


@dataclass(frozen=True, slots=True)
class _Asking:
    """Who asks and for how much."""

    limit: int
    personal: Personal
    may: May | None
    known: frozenset[str]
    """Words that the session has used or seen."""

    def sees(self, entry: Suggestion) -> bool:
        return self.may is None or self.may(entry)

    def related(self, text: str, typed: str) -> float:
        """In [0, 1]: the share of a text's words, those typed aside, that the session has used or seen."""
        if not self.known:
            return 0.0
        begun = tuple(_words(typed))
        others = [word for word in _words(text) if not (begun and word.startswith(begun))]
        return sum(word in self.known for word in others) / len(others) if others else 0.0


def _beginnings(written: Mapping[str, int]) -> dict[str, int]:
    """Beginning of a word → how often words begin so."""
    found: dict[str, int] = {}
    for word, count in written.items():
        if word.isascii():
            for size in _PREFIXES:
                if size > len(word):
                    break
                found[word[:size]] = found.get(word[:size], 0) + count
    return found


def _han(written: Mapping[str, int]) -> dict[str, float]:
    """Chinese word, or short run of words → how often it occurs."""
    found: dict[str, float] = {}
    for word, count in written.items():
        if not word.isascii():
            for run in HAN.findall(word):
                parts = {run[a:b] for a, b in chinese_words(run)} | ({run} if len(run) <= _RUN else set())
                parts |= {part[a:b] for part in parts for a, b in inner_words(part)}
                for part in parts:
                    found[part] = found.get(part, 0.0) + count
    return found


def plain(text: str) -> str:
    """The text as it is matched."""
    return _SPACE.sub(" ", fold(text)).strip()


def _words(text: str) -> list[str]:
    """Written words; of Chinese the words of each run."""
    found: list[str] = []
    for written in text.split(" "):
        if written.isascii():
            found.append(written)
            continue
        at = 0
        for run in HAN.finditer(written):
            if run.start() > at:
                found.append(written[at : run.start()])
            found += [run.group()[a:b] for a, b in chinese_words(run.group())]
            at = run.end()
        if at < len(written):
            found.append(written[at:])
    return found


def _begins(text: str, word: str) -> bool:
    """Whether a word of the text begins so; Chinese may begin anywhere."""
    if not word or text.startswith(word) or (HAN.match(word) and word in text):
        return True
    at = text.find(word)
    while at >= 0:
        if not text[at - 1].isalnum() or HAN.match(text[at - 1]):
            return True
        at = text.find(word, at + 1)
    return False
