"""Numbers and constraints of a query: prices, ratings, measures, how many, and what one wishes to see first.

Every number is read with the words on its two sides: a bound, a unit, a field. A number that has none of them is no amount
(iphone 15, 501 jeans, a4), and neither is one that is part of a word. All languages are read with one table, as queries mix them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice

from aisle.types import Quantity, Range
from aisle.understanding import amount_words
from aisle.understanding.amount_words import NOT_FOLLOWED, Mark, Side, Unit
from aisle.understanding.language import Normalized, normalized
from aisle.understanding.negation import REFUSED
from aisle.understanding.numerals import Number, numbers

ABOUT = 0.2
"""Share of a price that "around" leaves on each side."""
EXACT = 0.1
"""Share of a price that a price without a bound leaves on each side."""
MAX_NUMBERS = 64
"""Numbers of one text that are looked at."""

_REACH = 22
"""Characters of the longest word of the tables."""
_FILLERS = 4
_GRID = re.compile(
    r"\d[\d.,]*\s?(?:cm|mm|m|in|ft|\"|')?\s?[x*]\s?\d[\d.,]*(?:\s?[x*]\s?\d[\d.,]*)?\s?(?:cm|mm|m|in|ft|\")?"
)
_INCH_THINGS = re.compile(
    r"\s?(?:$|[,;)]|(?:laptop|tv|monitor|screen|tablet|display|skillet|pan|wheel|bike|ruler|subwoofer|tall|long|wide|deep|high))"
)
_THREE_M = re.compile(r"\s?(?:$|(?:long|cable|lead|hdmi|usb|rope|ladder|hose|wire|线|kabel|câble))")
_YUAN_TAIL = re.compile(r"([一二三四五六七八九]|\d(?![\d.]))[毛角]?")
_OPPOSITE = {Side.MAXIMUM: Side.MINIMUM, Side.MINIMUM: Side.MAXIMUM}
_HAN = re.compile("[\u4e00-\u9fff]")
_HAN_FIGURES = "一二三四五六七八九"
_ENGLISH_PIECE = frozenset({"piece", "pc", "pack"})


@dataclass(frozen=True, slots=True)
class Amounts:
    """What was read. ``spans`` holds [start, end) in the original text of each range, then each quantity, then the sort wish."""

    ranges: tuple[Range, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    sort: str | None = None
    spans: tuple[tuple[int, int], ...] = ()


_DENIED = re.compile(
    r"(?:(?<![^\W_])(?:(?:not|nothing|never|without|cannot|avoid|exclude|nada|nunca|jamais|pas|nicht|nao|(?:is|are|ca|do|does|could|should|would|must|wo)n'?t)"
    r"(?:\s+(?:want|wanna|need|be|go|going|get|spend|spending|pay|paying|cost|costs|costing|priced|rated|afford|show|see|me|willing|anything|something|it"
    r"|that'?s|that|to|any|a|de))*|no(?:\s+(?:quiero|quero|gastar|pagar))*)\s+"
    r"|(?:(?<![分特类级性区个告])别|勿|(?<![要能可会好行想有])不(?:要|想|能|可以?|会|应|得|该|用|希望|准备|打算)?)(?:再|花|要|想)?)$"
)
"""Turns a bound that follows around: "no wider than", "can't spend more than", 别超过."""
_UNWANTED = re.compile(r"[a-z]|[不别]要$")
"""What of it does so before a number whose bound is behind it: 不要300以下的."""
_NOT_ALONE = re.compile(r"^(?!no$)")
_COMPARES = re.compile(r"\w+ (?:th[ae]n|de|a|als)$")
_REFUSED = re.compile(rf"{REFUSED}|\s*(?:거|것)?\s*말고|は(?:ダメ|だめ|不可|ng)")
"""The same behind it: 低于三百块的就不看了."""
_BEGINS = re.compile(r"\d|[不别勿]|not?\b")
"""Begins a number, or a bound's denial."""
_CONJUNCTION = re.compile(r"(?:and|y|et|und|e|و)[ \u0600-\u06ff]")
_ANOTHER = re.compile(r"\s*(?:th[ae]n|de|als|من)?\s*[\d$€£¥₹]|\s*(?:th[ae]n|als)\b")
"""A bound's word behind such a conjunction belongs to the next number: "over $20 and under $50"."""
_ORDINAL = re.compile(r"(?:第|最后)\s?$")
_MORE_FIGURES = re.compile(r"([一二三四五六七八九]{1,2}|\d{1,2}(?![\d.]))")
_AND_A_HALF = re.compile(r"\s?(?:and a half|1[/⁄]2)(?![^\W_])")
_BETWEEN = re.compile("between|entre|zwischen|介于|在")
_ENDS = re.compile(r"\s*(?:$|[,;.!?。，；！？])")
_NOTE = re.compile("notes? ")
"""French for a rating, and a phone: a bare number behind it may be either."""


@dataclass(slots=True)
class _Reading:
    """A number and what its sides say; [start, end) in the folded text covers all of it."""

    number: Number
    start: int
    end: int
    exact: tuple[int, int]
    """[start, end) without what says which measure it is."""
    bound: Side | None = None
    weak: bool = False
    opened: bool = False
    closed: bool = False
    field: str = ""
    extent: str = ""
    unit: Unit | None = None
    unit_word: str = ""


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
        reading = _read(text, found[at], taken)
        at += 1
        if reading.number.start < taken:
            continue
        if at < len(found) and (joined := _joined(text, reading, found[at])):
            made: Range | Quantity | None = _between(*joined, language)
            reading = joined[0]
            if made:
                at += 1
                reading.end = joined[1].end
        else:
            made = _single(text, reading, language)
        if made is None:
            continue
        taken = reading.end
        span = query.span(reading.start, reading.end)
        made = replace(made, text=query.original[slice(*span)])
        if isinstance(made, Range):
            ranges.append((made, span))
        else:
            quantities.append((made, span))
    sort = _sort(query, [span for _, span in ranges])
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


# The sides of a number


def _read(text: str, number: Number, floor: int) -> _Reading:
    reading = _reading_of(text, number)
    if reading.bound is not None:
        reading.start = _denied(text, reading, reading.start, floor, _UNWANTED)
    _read_before(text, reading, floor)
    if reading.bound in _OPPOSITE and (refused := _REFUSED.match(text, reading.end)):
        reading.bound, reading.end = _OPPOSITE[reading.bound], refused.end()
    if number.currency:
        reading.unit = reading.unit if reading.unit and reading.unit.field == "price" else None
        reading.unit = reading.unit or Unit(number.currency, "price", 1.0, number.currency)
    return reading


def _reading_of(text: str, number: Number) -> _Reading:
    """A number with what stands behind it."""
    if half := _AND_A_HALF.match(text, number.end):  # "4 and a half stars"
        number = replace(number, low=number.low + 0.5, high=number.high + 0.5, end=half.end())
    reading = _Reading(number, number.start, number.end, (number.start, number.end))
    _read_after(text, reading)
    return reading


def _read_before(text: str, reading: _Reading, floor: int) -> None:
    """Bounds, fields and what joins them, from the number to the left."""
    table, edge, fillers = amount_words.before(), reading.start, 0
    while edge > floor:
        window = text[max(floor, edge - _REACH) : edge].rstrip(" :")
        end = max(floor, edge - _REACH) + len(window)
        found = _ending(window, table)
        if found is None:
            return
        word, mark = found
        edge = end - len(word)
        if mark.side is Side.FILLER:
            fillers += 1
            if word in amount_words.openers():
                reading.opened = True
            if fillers > _FILLERS:
                return
            continue
        if mark.side is Side.EXTENT:
            if reading.extent or not _extends(reading, mark.field):
                return
            reading.extent = mark.field
        elif mark.side is Side.FIELD:
            if reading.field or (mark.field == "size" and (reading.unit or reading.bound)):
                return
            if mark.field == "rating" and reading.unit and reading.unit.field not in ("rating", "point", "count"):
                return  # 三星85寸
            reading.field = mark.field
        elif mark.side is Side.BETWEEN:
            reading.opened = True
        elif reading.bound is None:
            measure = reading.unit and not reading.extent and reading.unit.field not in ("price", "rating")
            if mark.weak and measure and not _named(text, floor, end - len(word)):
                return  # pro max 256gb
            if mark.field and not _extends(reading, mark.field):
                return  # "bigger than 8"
            reading.bound, reading.weak = mark.side, mark.weak and not _stands_alone(text, edge, word)
            reading.extent = reading.extent or mark.field
            reading.opened = reading.opened or word in amount_words.openers()
            edge = _denied(text, reading, edge, floor, None if _COMPARES.search(word) else _NOT_ALONE)
        else:
            return
        reading.start = edge


def _named(text: str, floor: int, edge: int) -> bool:
    """Whether a measure is named before a bound: "width max 60 cm"."""
    found = _ending(text[max(floor, edge - _REACH) : edge].rstrip(" :"), amount_words.before())
    return found is not None and found[1].side is Side.EXTENT


def _extends(reading: _Reading, extent: str) -> bool:
    """Whether a measure's unit is one of such an extent."""
    return reading.unit is not None and reading.unit.field == ("weight" if extent == "weight" else "length")


def _denied(text: str, reading: _Reading, edge: int, floor: int, only: re.Pattern[str] | None) -> int:
    """Turns the bound around where words before it deny it (``only``: such ones); where the reading begins then."""
    denied = _DENIED.search(text, max(floor, edge - 4 * _REACH), edge)
    if denied is None or reading.bound not in _OPPOSITE or (only and not only.search(denied[0].strip())):
        return edge
    reading.bound = _OPPOSITE[reading.bound]
    return denied.start()


def _stands_alone(text: str, start: int, word: str) -> bool:
    """A weak bound that opens the text and is a word of its own: "max 50", "sous 50"."""
    return start == 0 and len(word) > 2


def _ending(window: str, table: Mapping[str, Mark]) -> tuple[str, Mark] | None:
    """The longest word of the table that the window ends with."""
    for size in range(min(len(window), _REACH), 0, -1):
        word = window[-size:]
        if word in table and not (_needs_space(word[0]) and len(window) > size and _needs_space(window[-size - 1])):
            return word, table[word]
    return None


def _beginning(text: str, at: int, table: Mapping[str, Mark]) -> tuple[str, Mark] | None:
    """The longest word of the table that the text goes on with, other words that begin alike left out."""
    window = text[at : at + _REACH + 1]
    for size in range(min(len(window), _REACH), 0, -1):
        word = window[:size]
        if word not in table:
            continue
        following = window[size : size + 1]
        if _needs_space(word[-1]) and following and (_needs_space(following) or following.isdigit()):
            continue
        if following and following in NOT_FOLLOWED.get(word, ""):
            continue
        return word, table[word]
    return None


def _needs_space(char: str) -> bool:
    """A letter of a script that parts its words: ASCII, Latin, Greek, Cyrillic, Arabic."""
    return char.isalpha() and char < "\u0e00"


def _read_after(text: str, reading: _Reading) -> None:
    """Units and bounds, from the number to the right."""
    table, edge = amount_words.after(), reading.end
    for step in range(4):
        at = edge
        while at < len(text) and text[at] == " ":
            at += 1
        if step == 0 and text[at : at + 1] == "-" and text[at + 1 : at + 2].isalpha():
            hyphen = _beginning(text, at + 1, table)
            at += 1 if hyphen and hyphen[1].side is Side.UNIT and text[at : at + 5] != "-pack" else 0
        found = _beginning(text, at, table)
        if found is None:
            return
        word, mark = found
        if mark.side is Side.UNIT:
            if reading.unit is not None or mark.unit is None or not _fits(text, reading, word, mark.unit, at):
                return
            reading.unit, reading.unit_word = mark.unit, word
            edge = _halves(text, reading, at + len(word))
            reading.exact = (reading.start, edge)
        elif mark.side is Side.EXTENT:
            if reading.extent or not _extends(reading, mark.field) or _bounds_next(text, at + len(word)):
                return
            reading.extent = mark.field
            edge = at + len(word)
        elif mark.side is Side.BETWEEN:
            reading.closed = True
            edge = at + len(word)
        elif mark.side is Side.FIELD:
            if reading.field or (reading.unit and reading.unit.field not in ("rating", "point")):
                return
            reading.field = mark.field
            edge = at + len(word)
        elif reading.bound is None:
            if word == "+" and text[at + 1 : at + 2].isdigit():
                return
            edge = at + len(word)
            if (mark.field and not _extends(reading, mark.field)) or (
                _CONJUNCTION.match(word) and _ANOTHER.match(text, edge)
            ):
                return
            alone = reading.unit is None and mark.side is Side.MAXIMUM and reading.number.low >= 100
            reading.bound, reading.weak = mark.side, mark.weak and not (alone and _ENDS.match(text, edge))
            reading.extent = reading.extent or mark.field
        else:
            return
        reading.end = edge


def _bounds_next(text: str, at: int) -> bool:
    """Whether a number follows, or a bound of one: the 高 of 宽不超过50cm高不超过90cm is the next measure's."""
    while text[at : at + 1] == " ":
        at += 1
    if _BEGINS.match(text, at):
        return True
    found = _beginning(text, at, amount_words.before())
    return found is not None and found[1].side in _OPPOSITE and _ANOTHER.match(text, at + len(found[0])) is not None


def _halves(text: str, reading: _Reading, edge: int) -> int:
    """What follows a unit and belongs to the number: 一斤半, 九块九."""
    number, unit = reading.number, reading.unit
    if unit is None:
        return edge
    more = 0.0
    if unit.field in ("weight", "volume", "length", "age", "rating") and text[edge : edge + 1] == "半":
        more, edge = 0.5, edge + 1
    elif reading.unit_word == "米" and number.low < 10 and (tail := _MORE_FIGURES.match(text, edge)):  # 1米4, 一米八
        following = _beginning(text, tail.end(), amount_words.after())
        if not (following and following[1].side is Side.UNIT):
            digits = "".join(str(_HAN_FIGURES.find(char) + 1) if char in _HAN_FIGURES else char for char in tail[1])
            more, edge = int(digits) / 10 ** len(digits), tail.end()
    elif reading.unit_word in ("块", "元") and (tail := _YUAN_TAIL.match(text, edge)):
        following = _beginning(text, tail.end(), amount_words.after())
        if (
            not (following and following[1].side is Side.UNIT)
            and text[tail.end() : tail.end() + 1] not in _HAN_FIGURES + "十百千万"
        ):
            figure = tail[1]
            more = (_HAN_FIGURES.index(figure) + 1 if figure in _HAN_FIGURES else int(figure)) / 10
            edge = tail.end()
    if more:
        reading.number = replace(number, low=round(number.low + more, 3), high=round(number.high + more, 3))
    return edge


def _fits(text: str, reading: _Reading, word: str, unit: Unit, at: int) -> bool:
    """Whether a unit's word is one here, and not a word or a name that looks like it."""
    number, end = reading.number, at + len(word)
    glued = at == number.end
    figures = number.end - number.start
    if word == "in":
        return glued or _INCH_THINGS.match(text, end) is not None
    if word in ("g", "d") and glued and figures == 1 and number.low in (2, 3, 4, 5, 6):
        return False  # 5G
    if word == "m" and glued and number.low == 3 and number.start == 0:
        return _THREE_M.match(text, end) is not None
    if word == "w" and text[end : end + 1] == "-" and text[end + 1 : end + 2].isdigit():
        return False  # 5W-30
    if word in ("'", '"') and not glued:
        return False
    if word == "点" and number.said and number.low == 1:
        return False  # 一点 is a bit
    if word == "寸" and number.said and number.low < 2:
        return False
    if word in _ENGLISH_PIECE and number.said and word == "piece":
        return False  # a one-piece is a swimsuit
    return not (len(word) == 1 and word.isascii() and word.isalpha() and number.said)


# What a reading comes to


def _joined(text: str, first: _Reading, number: Number) -> tuple[_Reading, _Reading] | None:
    """The two ends of a range where the words between them make it one: from 50 to 100, 50-100元."""
    if number.start < first.number.end or number.start - first.end > 12:
        return None
    between = text[first.end : number.start].strip()
    opened = first.opened
    if not between and text[first.number.end : first.end].strip() in ("到", "至", "から", "에서", "부터", "bis"):
        strong: bool | None = True
    else:
        strong = amount_words.connectors().get(between)
    if strong is None or (not strong and not opened):
        return None
    second = _reading_of(text, number)
    if number.currency and second.unit is None:
        second.unit = Unit(number.currency, "price", 1.0, number.currency)
    units = {unit.field for unit in (first.unit, second.unit) if unit}
    if len(units) > 1 or "" in units or (first.extent and second.extent and first.extent != second.extent):
        return None
    named = first.field in ("price", "rating", "size") or second.closed
    least = min(first.number.low, number.low)
    prices = (
        (least >= 50 and _BETWEEN.match(text, first.start) and _ENDS.match(text, second.end))
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
    return round_ and _HAN.search(text) is not None and _ENDS.match(text, second.end) is not None


def _between(first: _Reading, second: _Reading, language: str) -> Range | None:
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


def _single(text: str, reading: _Reading, language: str) -> Range | Quantity | None:
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


def _field(reading: _Reading, unit: Unit | None, number: Number) -> str:
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


def _bare(text: str, reading: _Reading) -> bool:
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


# Sort wishes


def _sort(query: Normalized, taken: list[tuple[int, int]]) -> tuple[str, tuple[int, int]] | None:
    """The wish that stands first, and where. A wish inside an amount ("cheaper than") is none."""
    text, phrases = query.text, amount_words.sorts()
    named: tuple[str, tuple[int, int]] | None = None
    for at in range(len(text) - 1):
        for phrase, wish in phrases.get(text[at : at + 2], ()):
            end = at + len(phrase)
            if not text.startswith(phrase, at) or _goes_on(text, at) or _goes_on(text, end):
                continue
            if text[end : end + 1] and text[end] in amount_words.NOT_FOLLOWED.get(phrase, ""):
                continue
            span = query.span(at, end)
            if any(start < span[1] and span[0] < stop for start, stop in taken):
                continue
            if phrase not in amount_words.UNDIRECTED:
                return wish, span
            named = named or (wish, span)  # "by price, high to low"
    return named


def _goes_on(text: str, at: int) -> bool:
    """Whether a place is inside a word of a script that parts its words."""
    return 0 < at < len(text) and _needs_space(text[at - 1]) and _needs_space(text[at])
