"""What was understood of the words, as chips: what filters, what only ranks, what is unwanted; each can be taken off. And what
else may have been said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aisle.types import CompoundQuery
from aisle.understanding.chips import range_key, slot_key
from aisle.understanding.lexicon import is_chinese
from aisle.web.pages.address import Address, Range
from aisle.web.pages.views import Shelf

FIELDS = {"audience": "gender", "occasion": "usage"}
"""Kinds whose values a catalog has under another name."""


@dataclass(frozen=True, slots=True)
class UnderstoodChip:
    """``how`` is "filter", "rank" or "not"; ``said`` is what screen readers hear of it; following ``url`` takes it off."""

    label: str
    how: str
    said: str
    url: str


def understood(compound: CompoundQuery | None, address: Address, shelf: Shelf) -> list[UnderstoodChip]:
    """The chips of a compound query in the shopper's language."""
    return [] if compound is None else list(_chips(compound, address, shelf))


@dataclass(frozen=True, slots=True)
class Alternative:
    """Something else that may have been said; following ``url`` says that it was."""

    words: str
    url: str


def alternatives(address: Address, shelf: Shelf) -> list[Alternative]:
    """What else was heard, the likeliest first; none once something else was made of the words."""
    if address.turns or address.exact:
        return []
    others = dict.fromkeys(one.text for one in address.heard if one.text != address.words)
    return [Alternative(words, shelf.search_url(address.searching(words))) for words in others]


def _chips(compound: CompoundQuery, address: Address, shelf: Shelf) -> Iterator[UnderstoodChip]:
    t = shelf.t
    for slot in compound.slots:
        how = "not" if slot.negated else "filter" if slot.hard else "rank"
        value = t.value(FIELDS.get(slot.kind, slot.kind), slot.value)
        if value == slot.value and is_chinese(slot.text) and t.language == "zh":
            value = slot.text  # said in the shopper's language, and the catalog's name isn't
        kind = t(f"understood.{slot.kind}")
        label = t("understood.unwanted", value=value) if slot.negated else value
        yield _chip(label, how, t(f"understood.{how}", kind=kind, value=value), slot_key(slot), address, shelf)
    for bound in compound.ranges:
        label = shelf.span_text(bound.field, Range(bound.minimum, bound.maximum))
        if bound.unit and bound.field != "price":
            label = bound.text or label  # "max 70cm wide", as it was said: the bound is in metres
        how = "filter" if bound.hard else "rank"
        yield _chip(label, how, label, range_key(bound), address, shelf)
    if compound.sort and address.sort == "relevance":
        label = t.named("sort", compound.sort)
        yield _chip(label, "rank", label, f"sort:{compound.sort}", address, shelf)


def _chip(label: str, how: str, said: str, key: str, address: Address, shelf: Shelf) -> UnderstoodChip:
    url = shelf.search_url(address.dropping(key))
    return UnderstoodChip(label, how, shelf.t("understood.remove", what=said), url)
