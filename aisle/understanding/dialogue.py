"""A session's turns as one query: "red dress" → "longer" → "under 80" → "no, blue".

A turn that names another thing to buy begins anew, keeping for whom and what it is for; any other turn adds to, or takes the place
of, what was said before. States are values: a client keeps them, and taking a turn back is going to the one before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from aisle.types import CompoundQuery, Intent, Product, Range, Reference, Slot, SlotKind
from aisle.understanding.compound import Understander
from aisle.understanding.references import Taking, read_anew, read_taking

SINGLE = frozenset(
    (
        SlotKind.TYPE,
        SlotKind.COLOR,
        SlotKind.BRAND,
        SlotKind.SIZE,
        SlotKind.AUDIENCE,
        SlotKind.MATERIAL,
        SlotKind.PATTERN,
        SlotKind.OCCASION,
    )
)
"""Kinds of which a thing has one: a new value takes the place of the old, unless the turn says that it adds."""
LASTING = frozenset((SlotKind.AUDIENCE, SlotKind.OCCASION))
"""What is said once and holds for the next thing, too."""
SEARCHES = frozenset((Intent.FIND, Intent.BROWSE))
LONGEST = 50
"""States that are kept."""
_ALSO = re.compile(r"^\W*(?:or|and|also|as well|plus|或者?|还有|也|和|加上)(?![^\W\d_a])", re.IGNORECASE)
"""Begins a turn that adds a value rather than changing one."""
_KINDS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(rf"\b(?:{english})\b|{chinese}", re.IGNORECASE)
    for name, english, chinese in (
        ("color", "colou?r", "颜色"),
        ("brand", "brand|maker", "品牌|牌子"),
        ("material", "material|fabric", "材质|材料|面料"),
        ("size", "size", "尺码|尺寸|大小"),
        ("pattern", "pattern|print", "图案|花纹"),
        ("style", "style", "风格|款式"),
        ("price", "price|budget|cost", "价格|预算|价钱"),
        ("occasion", "occasion", "场合"),
        ("audience", "who it'?s for", "给谁"),
    )
}
_NO_MATTER = re.compile(
    r"\b(?:forget|drop|ignore|never\s*mind|any|whatever|remove|regardless\s+of|doesn'?t\s+matter|don'?t\s+care(?:\s+about)?|no\s+matter)\b"
    r"|不限|不管|无所谓|都行|都可以|随便|不用管|去掉|取消",
    re.IGNORECASE,
)
"""Says, beside the name of a kind, that it no longer matters."""


def say(
    states: Sequence[CompoundQuery], text: str, understander: Understander, locale: str = "en"
) -> tuple[CompoundQuery, ...]:
    """The states after another turn, the last of them what is meant now; empty after everything was taken back."""
    taking = read_taking(text)
    if taking is Taking.RESTART:
        return ()
    if taking is Taking.UNDO:
        return tuple(states[:-1])
    if (anew := read_anew(text)) is not None:
        states, text = (), anew
    said = understander.understand(text, locale, _turns(states), about=_about(states)).compound
    return (*states, follow(states[-1], said) if states else said)[-LONGEST:]


def _about(states: Sequence[CompoundQuery]) -> str:
    """The kind of thing that is asked for so far, as it was said."""
    wanted = states[-1].slots if states else ()
    return " ".join(slot.text or slot.value for slot in wanted if slot.kind is SlotKind.TYPE and not slot.negated)


def _turns(states: Sequence[CompoundQuery]) -> tuple[str, ...]:
    """What was said turn by turn, oldest first: each state holds the words of all turns up to it. A question adds none."""
    texts = ["", *(state.text for state in states)]
    return tuple(text.removeprefix(f"{told}; ") for told, text in pairwise(texts) if text != told)


def follow(before: CompoundQuery, said: CompoundQuery) -> CompoundQuery:
    """The query after another turn. A question or small talk changes nothing but the intent."""
    if said.intent not in SEARCHES and not (said.slots or said.ranges):
        return replace(before, intent=said.intent, intent_confidence=said.intent_confidence, reference=said.reference)
    dropped = _dropped(said.text)
    adds = bool(_ALSO.match(said.text))
    new = _is_new(before, said)
    kept = [
        replace(slot, span=None)
        for slot in before.slots
        if slot.kind not in dropped and not _gives_way(slot, said, adds) and (not new or slot.kind in LASTING)
    ]
    bounded = {each.field for each in said.ranges} | dropped
    leftover = () if new else (before.leftover,)
    return CompoundQuery(
        text=f"{before.text}; {said.text}" if before.text else said.text,
        language=said.language if said.slots else before.language,
        intent=said.intent,
        intent_confidence=said.intent_confidence,
        slots=(*kept, *(replace(slot, span=None) for slot in said.slots if slot.kind not in dropped)),
        ranges=(*(each for each in before.ranges if each.field not in bounded and not new), *said.ranges),
        quantities=said.quantities or (() if new else before.quantities),
        sort=said.sort or (None if new else before.sort),
        reference=said.reference,
        leftover=" ".join(filter(None, (*leftover, said.leftover if said.slots and not dropped else ""))),
    )


def _dropped(text: str) -> set[str]:
    """Kinds and fields that a turn says no longer matter: "forget the colour"."""
    if not _NO_MATTER.search(text):
        return set()
    return {name for name, pattern in _KINDS.items() if pattern.search(text)}


def _is_new(before: CompoundQuery, said: CompoundQuery) -> bool:
    """Another thing to buy, named by a turn that points at nothing."""
    types = {slot.value for slot in before.slots if slot.kind is SlotKind.TYPE and not slot.negated}
    named = {slot.value for slot in said.slots if slot.kind is SlotKind.TYPE and not slot.negated}
    return bool(types and named and not named & types) and said.reference is None and not _ALSO.match(said.text)


def _gives_way(old: Slot, said: CompoundQuery, adds: bool) -> bool:
    """Whether an earlier slot is taken back: its value is now unwanted (or wanted again), or another stands in its place."""
    for new in said.slots:
        if new.kind is not old.kind or (new.kind is SlotKind.AUDIENCE and _is_age(new) != _is_age(old)):
            continue
        if new.value == old.value:
            return True
        if old.kind in SINGLE and not new.negated and not old.negated and not adds:
            return True
    return False


def _is_age(slot: Slot) -> bool:
    """Whether an audience is said by its age: beside "girls", "6 years old" takes nobody's place."""
    return any(map(str.isdigit, slot.value))


def resolved(compound: CompoundQuery, shown: Sequence[Mapping[str, float]]) -> CompoundQuery:
    """A wish beside what is on the screen ("cheaper") as a range. ``shown`` holds the numbers of each hit in order; where none is
    pointed at, the middle of all counts."""
    reference = compound.reference
    if reference is None or not reference.than:
        return compound
    ranges = list(compound.ranges)
    for field, way in reference.than.items():
        row = _row(reference, len(shown))
        hits = shown if row is None else [shown[row]]
        values = sorted(hit[field] for hit in hits if field in hit)
        if not values:
            continue
        middle = values[(len(values) - 1) // 2]
        low, high = (None, middle) if way == "lower" else (middle, None)
        ranges = [each for each in ranges if each.field != field]
        ranges.append(Range(field, low, high, text=reference.text, hard=True))
    return replace(compound, ranges=tuple(ranges))


def numbers(product: Product) -> dict[str, float]:
    """A product's numeric attributes."""
    return {name: float(value) for name, value in product.attributes.items() if isinstance(value, int | float)}


def _row(reference: Reference, count: int) -> int | None:
    """Which shown hit is pointed at, from 0."""
    if reference.place is None:
        return None
    row = count - 1 if reference.place < 0 else reference.place - 1
    return row if 0 <= row < count else None
