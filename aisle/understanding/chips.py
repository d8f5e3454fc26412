"""A compound query as the parts that a shopper sees and takes off, each with a key that stays the same while the words do."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from aisle.types import CompoundQuery, Range, Slot


def slot_key(slot: Slot) -> str:
    """``color:Red``, and ``-color:Red`` for what is unwanted."""
    return f"{'-' if slot.negated else ''}{slot.kind}:{slot.value}"


def range_key(bound: Range) -> str:
    """``price:..50``"""
    low, high = ("" if end is None else f"{end:g}" for end in (bound.minimum, bound.maximum))
    return f"{bound.field}:{low}..{high}"


def keys(compound: CompoundQuery) -> Iterator[str]:
    """Of every chip, in order."""
    yield from map(slot_key, compound.slots)
    yield from map(range_key, compound.ranges)
    if compound.sort:
        yield f"sort:{compound.sort}"


def without(compound: CompoundQuery, dropped: Collection[str]) -> CompoundQuery:
    """The query without the chips of these keys; unknown keys are passed over."""
    return replace(
        compound,
        slots=tuple(slot for slot in compound.slots if slot_key(slot) not in dropped),
        ranges=tuple(bound for bound in compound.ranges if range_key(bound) not in dropped),
        sort=None if f"sort:{compound.sort}" in dropped else compound.sort,
    )
