"""A number and its two sides: the bounds, units, measures and denials that stand beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from aisle.understanding.amounts import words
from aisle.understanding.amounts.numerals import Number
from aisle.understanding.amounts.words import NOT_FOLLOWED, Mark, Side, Unit, needs_space
from aisle.understanding.negation import REFUSED

_REACH = 22
"""Characters of the longest word of the tables."""
_FILLERS = 4
_INCH_THINGS = re.compile(
    r"\s?(?:$|[,;)]|(?:laptop|tv|monitor|screen|tablet|display|skillet|pan|wheel|bike|ruler|subwoofer|tall|long|wide|deep|high))"
)
_THREE_M = re.compile(r"\s?(?:$|(?:long|cable|lead|hdmi|usb|rope|ladder|hose|wire|线|kabel|câble))")
_YUAN_TAIL = re.compile(r"([一二三四五六七八九]|\d(?![\d.]))[毛角]?")
_OPPOSITE = {Side.MAXIMUM: Side.MINIMUM, Side.MINIMUM: Side.MAXIMUM}
_HAN_FIGURES = "一二三四五六七八九"
_ENGLISH_PIECE = frozenset({"piece", "pc", "pack"})

_DENIED = re.compile(
    r"(?:(?<![^\W_])(?:(?:not|nothing|never|without|cannot|avoid|exclude|nada|nunca|jamais|pas|nicht|nao|(?:is|are|ca|do|does|could|should|would|must|wo)n'?t)"
    r"(?:\s+(?:want|wanna|need|be|go|going|get|spend|spending|pay|paying|cost|costs|costing|priced|rated|afford|show|see|me|willing|anything|something|it"
    r"|that'?s|that|to|any|a|de))*|no(?:\s+(?:quiero|quero|gastar|pagar))*)\s+"
    r"|(?:(?<![分特类级性区个告])别|勿|(?<![要能可会好行想有])不(?:要|想|能|可以?|会|应|得|该|用|希望|准备|打算)?)(?:再|花|要|想)?)$"
)
"""Turns a bound that follows around: "no wider than", "can't spend more than", 别超过."""
_UNWANTED = re.compile(r"[a-z]|[不别]要$")
"""What of it does so before a number whose bound is behind it: 不要300以下的."""
_REFUSED = re.compile(rf"{REFUSED}|\s*(?:거|것)?\s*말고|は(?:ダメ|だめ|不可|ng)")
"""The same behind it: 低于三百块的就不看了."""
_NOT_ALONE = re.compile(r"^(?!no$)")
_COMPARES = re.compile(r"\w+ (?:th[ae]n|de|a|als)$")
"""A "no" alone denies only a bound that compares: "no more than"."""
_BEGINS = re.compile(r"\d|[不别勿]|not?\b")
"""Begins a number, or a bound's denial."""
_CONJUNCTION = re.compile(r"(?:and|y|et|und|e|و)[ \u0600-\u06ff]")
_ANOTHER = re.compile(r"\s*(?:th[ae]n|de|als|من)?\s*[\d$€£¥₹]|\s*(?:th[ae]n|als)\b")
"""A bound's word behind such a conjunction belongs to the next number: "over $20 and under $50"."""
_MORE_FIGURES = re.compile(r"([一二三四五六七八九]{1,2}|\d{1,2}(?![\d.]))")
_AND_A_HALF = re.compile(r"\s?(?:and a half|1[/⁄]2)(?![^\W_])")
ENDS = re.compile(r"\s*(?:$|[,;.!?。，；！？])")


@dataclass(slots=True)
class Reading:
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


def read(text: str, number: Number, floor: int) -> Reading:
    """A number with what stands on both sides of it, back to ``floor``: what is before that belongs to another."""
    reading = reading_of(text, number)
    if reading.bound is not None:
        reading.start = _denied(text, reading, reading.start, floor, _UNWANTED)
    _read_before(text, reading, floor)
    if reading.bound in _OPPOSITE and (refused := _REFUSED.match(text, reading.end)):
        reading.bound, reading.end = _OPPOSITE[reading.bound], refused.end()
    if number.currency:
        reading.unit = reading.unit if reading.unit and reading.unit.field == "price" else None
        reading.unit = reading.unit or Unit(number.currency, "price", 1.0, number.currency)
    return reading


def reading_of(text: str, number: Number) -> Reading:
    """A number with what stands behind it."""
    if half := _AND_A_HALF.match(text, number.end):  # "4 and a half stars"
        number = replace(number, low=number.low + 0.5, high=number.high + 0.5, end=half.end())
    reading = Reading(number, number.start, number.end, (number.start, number.end))
    _read_after(text, reading)
    return reading


def _read_before(text: str, reading: Reading, floor: int) -> None:
    """Bounds, fields and what joins them, from the number to the left."""
    table, edge, fillers = words.before(), reading.start, 0
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
            if word in words.openers():
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
            reading.opened = reading.opened or word in words.openers()
            edge = _denied(text, reading, edge, floor, None if _COMPARES.search(word) else _NOT_ALONE)
        else:
            return
        reading.start = edge


def _named(text: str, floor: int, edge: int) -> bool:
    """Whether a measure is named before a bound: "width max 60 cm"."""
    found = _ending(text[max(floor, edge - _REACH) : edge].rstrip(" :"), words.before())
    return found is not None and found[1].side is Side.EXTENT


def _extends(reading: Reading, extent: str) -> bool:
    """Whether a measure's unit is one of such an extent."""
    return reading.unit is not None and reading.unit.field == ("weight" if extent == "weight" else "length")


def _denied(text: str, reading: Reading, edge: int, floor: int, only: re.Pattern[str] | None) -> int:
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
        if word in table and not (needs_space(word[0]) and len(window) > size and needs_space(window[-size - 1])):
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
        if needs_space(word[-1]) and following and (needs_space(following) or following.isdigit()):
            continue
        if following and following in NOT_FOLLOWED.get(word, ""):
            continue
        return word, table[word]
    return None


def _read_after(text: str, reading: Reading) -> None:
    """Units and bounds, from the number to the right."""
    table, edge = words.after(), reading.end
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
            reading.bound, reading.weak = mark.side, mark.weak and not (alone and ENDS.match(text, edge))
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
    found = _beginning(text, at, words.before())
    return found is not None and found[1].side in _OPPOSITE and _ANOTHER.match(text, at + len(found[0])) is not None


def _halves(text: str, reading: Reading, edge: int) -> int:
    """What follows a unit and belongs to the number: 一斤半, 九块九."""
    number, unit = reading.number, reading.unit
    if unit is None:
        return edge
    more = 0.0
    if unit.field in ("weight", "volume", "length", "age", "rating") and text[edge : edge + 1] == "半":
        more, edge = 0.5, edge + 1
    elif reading.unit_word == "米" and number.low < 10 and (tail := _MORE_FIGURES.match(text, edge)):  # 1米4, 一米八
        following = _beginning(text, tail.end(), words.after())
        if not (following and following[1].side is Side.UNIT):
            digits = "".join(str(_HAN_FIGURES.find(char) + 1) if char in _HAN_FIGURES else char for char in tail[1])
            more, edge = int(digits) / 10 ** len(digits), tail.end()
    elif reading.unit_word in ("块", "元") and (tail := _YUAN_TAIL.match(text, edge)):
        following = _beginning(text, tail.end(), words.after())
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


def _fits(text: str, reading: Reading, word: str, unit: Unit, at: int) -> bool:
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
