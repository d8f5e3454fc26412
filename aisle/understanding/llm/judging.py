"""Whether what a language model read is taken: grounded in the query's own words, joined with the draft, and better than it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from aisle.perception.text import fold
from aisle.perception.text.folding import origins
from aisle.types import CompoundQuery, Intent, Quantity, Range, Reference, Slot
from aisle.understanding.llm.answer import Answer

SURE = 0.8
"""Confidence from which the draft's word stands against a language model's."""
SEARCHES = frozenset((Intent.FIND, Intent.BROWSE, Intent.COMPARE))
"""Where one begins and another ends is a matter of taste; none contradicts another."""
_WORD = re.compile(r"\S+")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``query`` is the draft joined with the model's reading where that is better, else the draft; ``why`` says in a word."""

    query: CompoundQuery
    better: bool
    why: str


def judged(draft: CompoundQuery, answer: Answer) -> Verdict:
    """Take what was said if it is in the draft's language, contradicts nothing the draft is sure of, and accounts for more
    of the query's words, or for as many and settles what the draft was unsure of."""
    if answer.query.language != draft.language:
        return Verdict(draft, False, "language")
    found = _grounded(draft, answer)
    if _contradicts(draft, found):
        return Verdict(draft, False, "contradiction")
    joined = _joined(draft, found)
    before, after = _letters(draft.leftover), _letters(joined.leftover)
    if after < before:
        return Verdict(joined, True, "words")
    if after == before and _settles(draft, joined):
        return Verdict(joined, True, "settled")
    return Verdict(draft, False, "no gain")


@dataclass(frozen=True, slots=True)
class _Grounded:
    """What was said and stands in the query, each part with its place there."""

    said: CompoundQuery
    slots: tuple[tuple[Slot, Span], ...]
    ranges: tuple[tuple[Range, Span], ...]
    quantities: tuple[tuple[Quantity, Span], ...]
    reference: tuple[Reference, Span] | None
    sort: tuple[str, Span] | None


def _grounded(draft: CompoundQuery, answer: Answer) -> _Grounded:
    """Parts whose words the query doesn't hold are left out: a model may name things, not invent wishes. Their text is the
    query's own from here on; of two slots on the same words the first is kept."""
    text, said, places = draft.text, answer.query, _Places(draft.text)
    slots: list[tuple[Slot, Span]] = []
    for slot in said.slots:
        span = places.find(slot.text)
        if span is not None and not any(_overlap(span, other) for _, other in slots):
            slots.append((replace(slot, text=text[slice(*span)], span=span), span))
    ranges = [(replace(r, text=text[slice(*span)]), span) for r in said.ranges if (span := places.find(r.text))]
    counts = [(replace(q, text=text[slice(*span)]), span) for q in said.quantities if (span := places.find(q.text))]
    reference = said.reference
    at = places.find(reference.text) if reference else None
    by = places.find(answer.sort_text) if said.sort else None
    return _Grounded(
        said,
        tuple(slots),
        tuple(ranges),
        tuple(counts),
        (replace(reference, text=text[slice(*at)]), at) if reference and at else None,
        (said.sort, by) if said.sort and by else None,
    )


class _Places:
    """Finds words in a text however they are cased or accented; the same words sought again are found at their next place."""

    def __init__(self, text: str) -> None:
        self._folded = fold(text)
        self._origins = origins(text)
        self._past: dict[str, int] = {}

    def find(self, words: str) -> Span | None:
        """[start, end) of the next occurrence, else of the first; whole words only where words are written apart."""
        wanted = fold(words).strip()
        if not wanted:
            return None
        begins = r"(?<![a-z0-9])" if wanted[0].isascii() and wanted[0].isalnum() else ""
        ends = r"(?![a-z0-9])" if wanted[-1].isascii() and wanted[-1].isalnum() else ""
        pattern = re.compile(begins + r"\s+".join(map(re.escape, wanted.split())) + ends)
        found = pattern.search(self._folded, self._past.get(wanted, 0)) or pattern.search(self._folded)
        if found is None:
            return None
        self._past[wanted] = found.end()
        start, last = found.start(), found.end() - 1
        return (start, last + 1) if self._origins is None else (self._origins[start], self._origins[last] + 1)


def _contradicts(draft: CompoundQuery, found: _Grounded) -> bool:
    said = found.said
    alike = said.intent is draft.intent or {said.intent, draft.intent} <= SEARCHES
    if draft.intent_confidence >= SURE and said.intent_confidence > 0 and not alike:
        return True
    if draft.sort and found.sort and found.sort[0] != draft.sort:
        return True
    for sure in (slot for slot in draft.slots if slot.confidence >= SURE):
        for slot, span in found.slots:
            read = _overlap(sure.span, span)
            if read and (slot.kind is not sure.kind or slot.negated != sure.negated):
                return True
            if not read and slot.negated != sure.negated and (slot.kind, slot.value) == (sure.kind, sure.value):
                return True
    for known in (one for one in draft.ranges if one.confidence >= SURE):
        for one, _ in found.ranges:
            if one.field == known.field and (one.minimum, one.maximum) != (known.minimum, known.maximum):
                return True
    if draft.reference and found.reference:
        known_place, place = draft.reference.place, found.reference[0].place
        than = found.reference[0].than
        return known_place != place or any(than.get(name, way) != way for name, way in draft.reference.than.items())
    return False


def _joined(draft: CompoundQuery, found: _Grounded) -> CompoundQuery:
    """The draft's parts stand, with their canonical names, but for unsure slots whose words the model reads otherwise; its
    further parts join them. Nothing it adds filters."""
    said = found.said
    kept = [slot for slot in draft.slots if slot.confidence >= SURE or not _read_otherwise(slot, found)]
    taken = [*_spans(kept), *_places_of(draft)]
    slots = [
        (slot, span)
        for slot, span in found.slots
        if not any(_overlap(span, other) for other in taken)
        and not any((slot.kind, slot.value) == (one.kind, one.value) for one in kept)
    ]
    fields = {one.field for one in draft.ranges}
    ranges = [(one, span) for one, span in found.ranges if one.field not in fields]
    counts = [] if draft.quantities else list(found.quantities)
    reference = None if draft.reference else found.reference
    sort = None if draft.sort else found.sort
    added: list[Span] = [span for _, span in (*slots, *ranges, *counts)]
    added += [one[1] for one in (reference, sort) if one is not None]
    unsure = draft.intent_confidence < min(SURE, said.intent_confidence)
    return replace(
        draft,
        intent=said.intent if unsure else draft.intent,
        intent_confidence=said.intent_confidence if unsure else draft.intent_confidence,
        slots=tuple(sorted((*kept, *(slot for slot, _ in slots)), key=lambda slot: slot.span or (-1, -1))),
        ranges=(*draft.ranges, *(one for one, _ in ranges)),
        quantities=(*draft.quantities, *(one for one, _ in counts)),
        sort=sort[0] if sort else draft.sort,
        reference=reference[0] if reference else draft.reference,
        leftover=_without(draft, added),
    )


def _read_otherwise(slot: Slot, found: _Grounded) -> bool:
    return any(
        _overlap(slot.span, span) and (one.kind, one.negated) != (slot.kind, slot.negated) for one, span in found.slots
    )


def _spans(slots: Iterable[Slot]) -> list[Span]:
    return [slot.span for slot in slots if slot.span is not None]


def _places_of(draft: CompoundQuery) -> list[Span]:
    """Where the draft's ranges, quantities and reference stand."""
    places = _Places(draft.text)
    said = [one.text for one in draft.ranges] + [one.text for one in draft.quantities]
    said += [draft.reference.text] if draft.reference else []
    return [span for text in said if (span := places.find(text)) is not None]


def _without(draft: CompoundQuery, spans: Sequence[Span]) -> str:
    """The draft's leftover words but for those that lie in ``spans``, which may cut a run of Chinese short."""
    covered = {at for start, end in spans for at in range(start, end)}
    places = _Places(draft.text)
    left: list[str] = []
    for word in _WORD.findall(draft.leftover):
        span = places.find(word)
        if span is None:
            left.append(word)
            continue
        kept = "".join(char if at not in covered else " " for at, char in enumerate(draft.text[slice(*span)], span[0]))
        left += kept.split()
    return " ".join(left)


def _settles(draft: CompoundQuery, joined: CompoundQuery) -> bool:
    """Whether something is said now that the draft was unsure of, or hadn't."""
    unsure = any(slot not in joined.slots for slot in draft.slots)
    intent = draft.intent is not joined.intent
    more = joined.sort != draft.sort or joined.reference != draft.reference or len(joined.ranges) > len(draft.ranges)
    return unsure or intent or more


def _letters(words: str) -> int:
    return sum(map(str.isalnum, words))


def _overlap(a: Span | None, b: Span | None) -> bool:
    return a is not None and b is not None and a[0] < b[1] and b[0] < a[1]
