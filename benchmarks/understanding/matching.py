"""When is a thing understood the thing labelled? One rule a kind of thing, each strict or lenient."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from aisle.types import Quantity, Range, Reference, Slot
from benchmarks.understanding.sets import LabelledQuantity, LabelledRange, LabelledSlot

OVERLAP = 0.5
"""Share of the union that two spans, or two texts, must have in common to be the same leniently."""
ABOUT = 0.5
"""How far from "about x" a bound may lie, as a share of x."""

Labelled = TypeVar("Labelled")
Understood = TypeVar("Understood")
Same = Callable[[Labelled, Understood, bool], bool]
"""(labelled, understood, lenient) → whether they are the same."""

UNITS: Mapping[str, tuple[str, float]] = {
    "mm": ("m", 0.001),
    "cm": ("m", 0.01),
    "m": ("m", 1.0),
    "in": ("m", 0.0254),
    "inch": ("m", 0.0254),
    "ft": ("m", 0.3048),
    "g": ("kg", 0.001),
    "kg": ("kg", 1.0),
    "oz": ("kg", 0.028349523125),
    "lb": ("kg", 0.45359237),
    "jin": ("kg", 0.5),
    "liang": ("kg", 0.05),
    "ml": ("l", 0.001),
    "cl": ("l", 0.01),
    "l": ("l", 1.0),
    "": ("piece", 1.0),
    "pc": ("piece", 1.0),
    "item": ("piece", 1.0),
}
"""Unit → the unit compared in, and how many of it one is. A unit that isn't here is itself."""


def plain(text: str) -> str:
    """Full-width forms, case and spaces don't count."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def same_slot(labelled: LabelledSlot, understood: Slot, lenient: bool) -> bool:
    """Kind and negation agree, and the text or the span does; leniently half of it is enough."""
    if labelled.kind != understood.kind or labelled.negated != understood.negated:
        return False
    value, said = plain(labelled.value), plain(understood.text or understood.value)
    if value == said:
        return True
    if labelled.span is not None and understood.span is not None:
        shared = overlap(labelled.span, understood.span)
        return shared == 1.0 or (lenient and shared >= OVERLAP)
    shorter, longer = sorted((value, said), key=len)
    return lenient and shorter in longer and len(shorter) >= OVERLAP * len(longer)


def overlap(first: tuple[int, int], other: tuple[int, int]) -> float:
    """Intersection over union of two [start, end)."""
    shared = max(0, min(first[1], other[1]) - max(first[0], other[0]))
    union = first[1] - first[0] + other[1] - other[0] - shared
    return shared / union if union else 0.0


def same_range(labelled: LabelledRange, understood: Range, lenient: bool) -> bool:
    """Field, bounds and unit agree; leniently a unit that one of them leaves out does, too."""
    if labelled.field != understood.field or not _same_unit(labelled.unit, understood.unit, lenient):
        return False
    unsaid = not (labelled.unit and understood.unit)
    here, there = (1.0, 1.0) if unsaid else (_factor(labelled.unit), _factor(understood.unit))
    if labelled.about is not None:
        x, low, high = labelled.about * here, understood.minimum, understood.maximum
        if low is None or high is None:
            return False
        return x * (1 - ABOUT) <= low * there <= x <= high * there <= x * (1 + ABOUT)
    return _same_number(labelled.minimum, understood.minimum, here, there) and _same_number(
        labelled.maximum, understood.maximum, here, there
    )


def same_quantity(labelled: LabelledQuantity, understood: Quantity, lenient: bool) -> bool:
    """So many of the same unit, measures converted; leniently what is counted may be called otherwise (box, pack)."""
    (unit, here), (other, there) = (_unit(one) for one in (labelled.unit, understood.unit))
    measured = {"m", "kg", "l"} & {unit, other}
    return (unit == other or (lenient and not measured)) and _same_number(
        labelled.amount, understood.amount, here, there
    )


def same_sort(labelled: str, understood: str, lenient: bool) -> bool:
    return labelled == understood


def same_reference(labelled: Reference, understood: Reference, lenient: bool) -> bool:
    return labelled.place == understood.place and dict(labelled.than) == dict(understood.than)


def pairs(
    labelled: Sequence[Labelled], understood: Sequence[Understood], same: Same[Labelled, Understood], lenient: bool
) -> list[tuple[int, int]]:
    """Places of labelled and understood things that are the same, each used once; exact ones are paired first."""
    found: list[tuple[int, int]] = []
    for leniently in (False, True) if lenient else (False,):
        for here, one in enumerate(labelled):
            if any(here == place for place, _ in found):
                continue
            taken = {place for _, place in found}
            there = next(
                (n for n, other in enumerate(understood) if n not in taken and same(one, other, leniently)), None
            )
            if there is not None:
                found.append((here, there))
    return found


def _unit(unit: str) -> tuple[str, float]:
    return UNITS.get(unit.casefold(), (unit.casefold(), 1.0))


def _factor(unit: str) -> float:
    return _unit(unit)[1]


def _same_unit(first: str, other: str, lenient: bool) -> bool:
    if lenient and not (first and other):
        return True
    return bool(first) == bool(other) and _unit(first)[0] == _unit(other)[0]


def _same_number(first: float | None, other: float | None, here: float, there: float) -> bool:
    if first is None or other is None:
        return first is other
    return math.isclose(first * here, other * there, rel_tol=1e-3)
