"""Numbers and constraints of a query: prices, ratings, measures, how many, and what one wishes to see first.

Every number is read with the words on its two sides: a bound, a unit, a field. A number that has none of them is no amount
(iphone 15, 501 jeans, a4), and neither is one that is part of a word. All languages are read with one table, as queries mix them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import islice

from aisle.types import Quantity, Range
from aisle.understanding.amounts.meaning import between, joined, single
from aisle.understanding.amounts.numerals import Number, numbers
from aisle.understanding.amounts.sides import read
from aisle.understanding.amounts.wishes import read_wish
from aisle.understanding.language import Normalized, normalized

MAX_NUMBERS = 64
"""Numbers of one text that are looked at."""

_GRID = re.compile(
    r"\d[\d.,]*\s?(?:cm|mm|m|in|ft|\"|')?\s?[x*]\s?\d[\d.,]*(?:\s?[x*]\s?\d[\d.,]*)?\s?(?:cm|mm|m|in|ft|\")?"
)
_ORDINAL = re.compile(r"(?:第|最后)\s?$")


@dataclass(frozen=True, slots=True)
class Amounts:
    """What was read. ``spans`` holds [start, end) in the original text of each range, then each quantity, then the sort wish."""

    ranges: tuple[Range, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    sort: str | None = None
    spans: tuple[tuple[int, int], ...] = ()


def read_amounts(text: str, language: str = "und") -> Amounts:
    """Amounts of a query. ``language`` (ISO 639-1) decides what 1.500 and ¥ mean; everything else is read in all languages.

    Never raises; of a text longer than a query may be the rest is ignored. ``text`` of each amount is what was said.
    """
    return read_normalized(normalized(text), language)


def read_normalized(query: Normalized, language: str = "und") -> Amounts:
    """As ``read_amounts``, of a text that has been normalised already."""
    text = query.text
    ranges: list[tuple[Range, tuple[int, int]]] = []
    quantities: list[tuple[Quantity, tuple[int, int]]] = []
    taken = 0
    found = [
        number
        for number in islice(numbers(text, language), MAX_NUMBERS)
        if not _in_grid(text, number) and not _ORDINAL.search(text, max(0, number.start - 4), number.start)
    ]
    at = 0
    while at < len(found):
        reading = read(text, found[at], taken)
        at += 1
        if reading.number.start < taken:
            continue
        if at < len(found) and (ends := joined(text, reading, found[at])):
            made: Range | Quantity | None = between(*ends, language)
            reading = ends[0]
            if made:
                at += 1
                reading.end = ends[1].end
        else:
            made = single(text, reading, language)
        if made is None:
            continue
        taken = reading.end
        span = query.span(reading.start, reading.end)
        made = replace(made, text=query.original[slice(*span)])
        if isinstance(made, Range):
            ranges.append((made, span))
        else:
            quantities.append((made, span))
    sort = read_wish(query, [span for _, span in ranges])
    return Amounts(
        tuple(made for made, _ in ranges),
        tuple(made for made, _ in quantities),
        sort[0] if sort else None,
        (*(span for _, span in ranges), *(span for _, span in quantities), *([sort[1]] if sort else [])),
    )


def _in_grid(text: str, number: Number) -> bool:
    """Part of a size such as 90x200 cm."""
    before = text[max(0, number.start - 5) : number.start].rstrip("cmint \"'")
    if before[-1:] in ("x", "*") and before[-2:-1].strip(" cmint\"'").isdigit():
        return True
    if before[-1:] in ("x", "*") and re.search(
        r"\d\s?(?:cm|mm|m|in)?\s?[x*]$", text[max(0, number.start - 8) : number.start].rstrip()
    ):
        return True
    return _GRID.match(text, number.start) is not None
