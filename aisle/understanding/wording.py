"""The words of a query as the index is asked for them: every word with its other forms, near spellings and synonyms."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import cache
from typing import Protocol

from aisle.index.lexical import Clause as IndexClause
from aisle.index.lexical import LexicalQuery
from aisle.perception.text import Alternative, Clause, clauses, detect_language, fold, normalize, terms
from aisle.understanding.lexicon import Lexicon
from aisle.understanding.spelling import Correction, Speller
from aisle.understanding.synonyms import Synonyms

PREFIX_LIMIT = 24
"""How many words of the catalog the last, perhaps unfinished word of a query may stand for."""
PREFIX_WEIGHT = 0.8
TYPO_WEIGHT = 0.6
"""What a spelling one step away is worth; two steps count half of it."""
TYPOS = 6
SURE = 0.6
"""Confidence from which a correction is made and said, rather than only allowed for."""
OPTIONS = 6
"""Spellings of a word that are weighed by the words beside it."""
NEIGHBOURS = 3
SMOOTHING = 20.0
"""Products' worth of belief that two words have nothing to do with each other (Dirichlet prior; Zhai & Lafferty 2004)."""
_WORD = re.compile(r"[^\W\d_]{3,}")


class Vocabulary(Protocol):
    """What reading needs of a snapshot: how many products it has, how many hold a term or two together, and the terms that start
    like one."""

    def frequency(self, term: str) -> int: ...
    def prefixed(self, prefix: str) -> Mapping[str, int]: ...
    def together(self, first: str, second: str) -> int: ...
    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Wording:
    """What a query says: ``text`` as searched and its ``query`` for the index, with the ``corrections`` made ("from", "to").

    ``main`` is the first term of each word in order, ``terms`` all the index terms it may match (for highlights), ``coverage``
    the share of the query's weight that a product must match to count as found by words.
    """

    text: str
    language: str
    query: LexicalQuery = field(default_factory=LexicalQuery)
    main: tuple[str, ...] = ()
    terms: frozenset[str] = frozenset()
    coverage: float = 0.0
    corrections: tuple[tuple[str, str], ...] = ()


def needed_coverage(words: int) -> float:
    """One or two words must all be there; of more, a shrinking part of the weight: a pasted title matches its product
    though not all of its words."""
    if words <= 2:
        return 0.999
    return max(0.03, 0.75 * 0.72 ** (words - 3))


def surfaces(titles: Iterable[str]) -> dict[str, str]:
    """Index term → the word it is usually written as, so that a correction can be shown as people write it."""
    counted: dict[str, Counter[str]] = {}
    words: Counter[str] = Counter()
    for title in titles:
        words.update(_WORD.findall(fold(title)))
    for word, count in words.items():
        for clause in clauses(word)[:1]:
            counted.setdefault(clause.alternatives[0].term, Counter())[word] += count
    return {term: written.most_common(1)[0][0] for term, written in counted.items()}


@cache
def general_words() -> frozenset[str]:
    """Terms of the lexicon's names: words, whether or not a catalog has them."""
    names = (name for entry in Lexicon.load().entries for names in entry.names.values() for name in names)
    return frozenset(term for name in names if name.isascii() for term in terms(name))


class Reader:
    """Reads queries with one catalog's vocabulary. Immutable."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        speller: Speller,
        written: Mapping[str, str],
        synonyms: Synonyms,
        stop_words: Collection[str],
    ) -> None:
        """``written`` maps a term to its usual writing (see ``surfaces``)."""
        self._vocabulary = vocabulary
        self._speller = speller
        self._written = written
        self._synonyms = synonyms
        self._stop_words = stop_words

    def read(self, text: str, *, literal: bool = False, heard: Sequence[tuple[str, float]] = ()) -> Wording:
        """A query's wording; empty for a query without words. ``literal`` forgives no misspelling. ``heard`` are other texts
        that may have been said instead, each with how likely it is beside ``text``, in (0, 1]: where they differ, a word stands for
        each of its like."""
        plain = normalize(text)
        asked = clauses(text, stop_words=self._stop_words)
        if not asked:
            return Wording(plain, detect_language(text))
        for other, share in heard:
            asked = with_alternatives(asked, clauses(other, stop_words=self._stop_words), share)
        found: list[Clause] = []
        corrections: list[tuple[str, str]] = []
        if not literal:
            asked, corrections = self._rejoined(asked)
        for place, clause in enumerate(asked):
            read, correction = self._read(
                clause, [*found, *asked[place + 1 :]], last=place == len(asked) - 1, literal=literal
            )
            found.append(read)
            if correction is not None:
                corrections.append((clause.word, correction))
        for wrong, right in corrections:
            plain = re.sub(rf"(?<!\w){re.escape(wrong)}(?!\w)", right.replace("\\", r"\\"), plain)
        found = self._synonyms.expand(found)
        query = LexicalQuery(
            tuple(IndexClause(tuple((a.term, a.weight) for a in c.alternatives), c.weight) for c in found)
        )
        return Wording(
            plain,
            detect_language(text),
            query,
            tuple(clause.alternatives[0].term for clause in found),
            frozenset(a.term for c in found for a in c.alternatives),
            needed_coverage(len(found)),
            tuple(corrections),
        )

    def _rejoined(self, asked: list[Clause]) -> tuple[list[Clause], list[tuple[str, str]]]:
        """The clauses with words that were typed apart as one, where the catalog lacks a part and has the whole; and what was
        put in place of what."""
        found: list[Clause] = []
        corrections: list[tuple[str, str]] = []
        for clause in asked:
            before = found[-1] if found else None
            if (
                before is not None
                and before.word.isalpha()
                and clause.word.isalpha()
                and before.end + 1 == clause.start
            ):
                whole = clauses(before.word + clause.word)
                term = whole[0].alternatives[0].term if len(whole) == 1 else ""
                lacking = not all(self._knows(each) for each in (before, clause))
                if lacking and self._speller.frequency(term):
                    found[-1] = replace(whole[0], start=before.start, end=clause.end)
                    corrections.append((f"{before.word} {clause.word}", self._written.get(term, whole[0].word)))
                    continue
            found.append(clause)
        return found, corrections

    def _knows(self, clause: Clause) -> bool:
        return any(self._vocabulary.frequency(way.term) for way in clause.alternatives)

    def _weighed(self, term: str, around: Sequence[Clause]) -> Correction:
        """The likeliest spelling of a word beside the words around it."""
        options = self._speller.options(term)[:OPTIONS]
        beside = [clause.alternatives[0].term for clause in around if self._knows(clause)][:NEIGHBOURS]
        return self._speller.chosen(
            term, [(words, score + sum(self._drawn(words[-1], other) for other in beside)) for words, score in options]
        )

    def _drawn(self, word: str, other: str) -> float:
        """Nats by which ``other`` makes ``word`` likelier: log P(word | other) / P(word) over the catalog's products."""
        alone = self._vocabulary.frequency(word) / max(1, len(self._vocabulary))
        if not alone or word == other:
            return 0.0
        beside = self._vocabulary.together(word, other) + SMOOTHING * alone
        return math.log(beside / ((self._vocabulary.frequency(other) + SMOOTHING) * alone))

    def _read(
        self, clause: Clause, around: Sequence[Clause], *, last: bool, literal: bool
    ) -> tuple[Clause, str | None]:
        """The clause as it will be searched, and its correction if one was made."""
        if any(self._vocabulary.frequency(way.term) for way in clause.alternatives):
            return clause, None
        term = clause.alternatives[0].term
        if last and (begun := self._vocabulary.prefixed(fold(clause.word))):
            common = sorted(begun, key=lambda word: (-begun[word], word))[:PREFIX_LIMIT]
            return _joined(clause, [Alternative(word, PREFIX_WEIGHT) for word in common]), None
        if literal:
            return clause, None
        correction = self._weighed(term, around)
        if correction.changed and correction.confidence >= SURE:
            ways = tuple(Alternative(word, 1.0) for word in correction.words)
            shown = " ".join(self._written.get(word, word) for word in correction.words)
            return replace(clause, alternatives=ways), shown
        near = self._speller.variants(term, TYPOS)
        return _joined(clause, [Alternative(word, TYPO_WEIGHT / distance) for word, distance, _ in near]), None


def with_alternatives(said: Sequence[Clause], instead: Sequence[Clause], share: float) -> list[Clause]:
    """``said`` with what ``instead`` has in each place where the two differ as further ways of the clauses there, each worth
    ``share`` of its own weight: a lattice of words instead of one guess. What only one of the two has stays as it is."""
    lattice = list(said)
    ours, theirs = ([clause.alternatives[0].term for clause in each] for each in (said, instead))
    for change, low, high, start, end in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if change != "replace":
            continue
        for place in range(max(high - low, end - start)):
            at, other = min(low + place, high - 1), instead[min(start + place, end - 1)]
            known = {way.term for way in lattice[at].alternatives}
            more = [replace(way, weight=way.weight * share) for way in other.alternatives if way.term not in known]
            lattice[at] = _joined(lattice[at], more)
    return lattice


def _joined(clause: Clause, more: list[Alternative]) -> Clause:
    return replace(clause, alternatives=(*clause.alternatives, *more))
