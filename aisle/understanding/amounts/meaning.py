"""What numbers and their sides come to: ranges and quantities, or nothing."""

from __future__ import annotations

import re

from aisle.types import Quantity, Range
from aisle.understanding.amounts import words
from aisle.understanding.amounts.numerals import Number
from aisle.understanding.amounts.sides import ENDS, Reading, reading_of
from aisle.understanding.amounts.words import Side, Unit

ABOUT = 0.2
"""Share of a price that "around" leaves on each side."""
EXACT = 0.1
"""Share of a price that a price without a bound leaves on each side."""

_HAN = re.compile("[\u4e00-\u9fff]")
_BETWEEN = re.compile("between|entre|zwischen|介于|在")
_NOTE = re.compile("notes? ")
"""French for a rating, and a phone: a bare number behind it may be either."""


def joined(text: str, first: Reading, number: Number) -> tuple[Reading, Reading] | None:
    """The two ends of a range where the words between them make it one: from 50 to 100, 50-100元."""
    if number.start < first.number.end or number.start - first.end > 12:
        return None
    between = text[first.end : number.start].strip()
    opened = first.opened
    if not between and text[first.number.end : first.end].strip() in ("到", "至", "から", "에서", "부터", "bis"):
        strong: bool | None = True
    else:
        strong = words.connectors().get(between)
    if strong is None or (not strong and not opened):
        return None
    second = reading_of(text, number)
    if number.currency and second.unit is None:
        second.unit = Unit(number.currency, "price", 1.0, number.currency)
    units = {unit.field for unit in (first.unit, second.unit) if unit}
    if len(units) > 1 or "" in units or (first.extent and second.extent and first.extent != second.extent):
        return None
    named = first.field in ("price", "rating", "size") or second.closed
    least = min(first.number.low, number.low)
    prices = (
        (least >= 50 and _BETWEEN.match(text, first.start) and ENDS.match(text, second.end))
        or (least >= 100 and strong and first.number.said and number.said)
        or (least >= 200 and _are_round(text, first.number, number))
    )
    if not units and not (opened or named or prices):
        return None
    if not units and prices and not first.field and _bare(text, second):
        first.field = "price"  # 两千到三千, 跑鞋300-500
    return first, second


def _are_round(text: str, first: Number, second: Number) -> bool:
    """Whether two figures that end a part of a Chinese text are as round as prices are."""
    round_ = all(number.low % 50 == 0 and number.low == number.high <= 5000 for number in (first, second))
    return round_ and _HAN.search(text) is not None and ENDS.match(text, second.end) is not None


def between(first: Reading, second: Reading, language: str) -> Range | None:
    unit = second.unit or first.unit
    kind = _field(first, unit, second.number)
    if kind in ("", "count"):
        return None
    low, high = first.number.low, second.number.high
    if first.unit and second.unit and kind != "price":
        low *= first.unit.factor / second.unit.factor  # 500 g to 2 kg
    if second.number.multiple and not first.number.multiple and low < 100 <= high:
        low *= _thousands(high / low) if low else 1  # 1-2万
    low, high = min(low, high), max(low, high)
    kind = first.extent or second.extent or kind
    sure = 0.95 if unit else 0.75
    return _range(kind, low, high, unit, language, sure, hard=sure > 0.7 and kind in ("price", "rating"))


def _thousands(ratio: float) -> float:
    return next((scale for scale in (1e4, 1e3) if ratio >= scale), 1.0)


def single(text: str, reading: Reading, language: str) -> Range | Quantity | None:
    unit, number = reading.unit, reading.number
    kind = _field(reading, unit, number)
    bound = reading.bound
    if bound is not None and reading.weak and not kind:
        return None
    if unit is not None and not unit.field:
        return None
    if kind == "count":
        counted = unit if unit and unit.field == "count" else Unit("piece", "count")
        amount = number.low * counted.factor
        return Quantity(amount, counted.name) if amount != 1 else None
    if kind == "size":
        return Quantity(number.low, "size") if 0 < number.low < 200 and bound is None else None
    if kind not in ("", "price", "rating") and unit is not None:
        if bound in (Side.MAXIMUM, Side.MINIMUM, Side.ABOUT):
            return _bounded(reading.extent or kind, number, unit, bound, language, 0.85, hard=False)
        if reading.extent:
            reading.start, reading.end = reading.exact
        return Quantity(*_kept(number.low, unit))
    if not kind:
        if bound is None or not _bare(text, reading):
            return None
        return _bounded("price", number, None, bound, language, 0.8, hard=True)
    if kind == "rating":
        if (
            number.high > 5
            or number.low < 1
            or (bound is None and number.said and not reading.field and number.low < 5)
        ):
            return None  # 三星 is a brand
        if bound is None and (number.said if not reading.field else _NOTE.match(text, reading.start)):
            return None  # "galaxy note 2"
        return _bounded(
            "rating", number, None, bound or Side.MINIMUM, language, 0.95 if bound else 0.7, hard=bound is not None
        )
    if unit is None and bound is None and not reading.field:
        return None
    sure = 0.97 if unit and bound else 0.85 if bound or reading.field else 0.5
    return _bounded("price", number, unit, bound, language, sure, hard=bound in (Side.MAXIMUM, Side.MINIMUM))


def _field(reading: Reading, unit: Unit | None, number: Number) -> str:
    """What is measured: the unit tells, then the word before. "" where nothing does."""
    said = reading.field
    if unit is not None and unit.field == "point":
        if said == "rating" or (reading.unit_word in ("점", "分") and reading.bound and number.high <= 5):
            return "rating"
        return "count" if reading.unit_word in ("点", "つ", "개") else ""
    if (
        unit is not None
        and unit.name == "lb"
        and reading.unit_word in ("pound", "pounds")
        and (reading.bound is Side.MAXIMUM or said == "price")
        and not reading.extent
    ):
        return "price"
    if said == "rating" and number.high <= 5 and (unit is None or unit.field in ("rating", "count")):
        return "rating"
    if unit is not None:
        return unit.field
    if said == "rating":
        return ""
    return said


def _kept(amount: float, unit: Unit) -> tuple[float, str]:
    """A measure under its own unit; the Chinese jin as kilograms."""
    return (round(amount * unit.factor, 9), unit.si) if unit.name == "kg" else (amount, unit.name)


def _bare(text: str, reading: Reading) -> bool:
    """A bounded number without a unit is a price if it stands for itself: not before a word it could count, nor a year."""
    number = reading.number
    following = text[reading.end : reading.end + 1]
    if following and (following in "%°/" or (following.isascii() and following.isalnum())):
        return False
    if number.said and number.low < 10:
        return False
    return not (1950 <= number.low <= 2049 and reading.bound is not Side.MAXIMUM and not number.multiple)


def _bounded(
    kind: str, number: Number, unit: Unit | None, bound: Side | None, language: str, sure: float, *, hard: bool
) -> Range:
    low: float | None = number.low
    high: float | None = number.high
    if bound is Side.MAXIMUM:
        low = None
    elif bound is Side.MINIMUM:
        high = None
    elif kind == "price" or bound is Side.ABOUT:
        spread = ABOUT if bound is Side.ABOUT else EXACT
        low, high = round(number.low * (1 - spread), 2), round(number.high * (1 + spread), 2)
        hard = False
    return _range(kind, low, high, unit, language, sure, hard=hard)


def _range(
    kind: str, low: float | None, high: float | None, unit: Unit | None, language: str, sure: float, *, hard: bool
) -> Range:
    """In SI units, ``unit`` as said."""
    name, factor = "", 1.0
    if unit is not None and kind == "price":
        name = "GBP" if unit.name == "lb" else "JPY" if unit.name == "CNY" and language == "ja" else unit.name
    elif unit is not None and kind not in ("rating", "size", "count"):
        name, factor = unit.si, unit.factor
    low, high = (None if end is None else round(end * factor, 9) for end in (low, high))
    return Range(kind, low, high, name, confidence=sure, hard=hard)
