"""Numbers as people write them: digits of any script, Chinese and Korean numerals, spoken words; each with where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from aisle.catalog.money import parse_number
from aisle.understanding.amounts import words

LONGEST = 12
"""Digits of the longest number that is read; longer ones are codes."""
_COMMA = frozenset({"es", "de", "pt", "it", "nl"})
"""Languages that write 1.500 for a thousand and a half."""
_FIGURES = r"\d{1,2}/\d{1,2}(?![\d/])|\d{1,3}(?:[,.']\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d+)?"
_HAN = "〇零一二两三四五六七八九十百千万亿半壹贰叁肆伍陆柒捌玖拾"
_DIGITS = {char: value for value, chars in enumerate("〇一二三四五六七八九") for char in chars} | {
    "零": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
_PLACES = {"十": 10, "拾": 10, "百": 100, "千": 1000}
_SINO = str.maketrans("일이삼사오육칠팔구십백천만", "一二三四五六七八九十百千万")
_NATIVE = {"한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9, "열": 10}
_REST = re.compile(r"\s?(\d{1,4})([千百천백])?(?![\d.])")
_NEXT = re.compile(r"[\s-]+(?:and\s+)?([a-z\u0621-\u064a]+)")
_SPACED = re.compile(r"\s?")


@dataclass(frozen=True, slots=True)
class Number:
    """``low`` to ``high`` (equal but for 两三百) at [start, end) of the folded text; ``currency`` is its sign's ISO code.

    ``said``: in words or Chinese numerals, which many names hold too. ``multiple``: written 1.5k, 2万.
    """

    start: int
    end: int
    low: float
    high: float
    currency: str = ""
    said: bool = False
    multiple: bool = False


@cache
def _scanner() -> re.Pattern[str]:
    signs = [
        word
        for word, unit in words.currencies().items()
        if not word.isalpha() or word.upper() == unit.name or word in ("rmb", "rs")
    ]
    sign = "|".join(
        (r"(?<![a-z])" if word[0].isalpha() else "") + re.escape(word) for word in sorted(signs, key=len, reverse=True)
    )
    counters = sorted(
        (word for word, unit in words.units().items() if unit.field == "count" and "가" <= word[0] <= "힣"),
        key=len,
        reverse=True,
    )
    return re.compile(
        rf"(?P<sign>{sign})\s?(?P<money>{_FIGURES})"
        rf"|(?<![a-z0-9_#/])(?<![a-z][.-])(?<!\d[.,])(?P<figures>{_FIGURES})"
        rf"|(?P<han>[{_HAN}]+)"
        rf"|(?<![가-힣])(?P<native>{'|'.join(_NATIVE)})(?=\s?(?:{'|'.join(counters)})(?!월))"
        r"|(?<![가-힣])(?P<sino>[일이삼사오육칠팔구십백천만]+(?: [일이삼사오육칠팔구십백천만]+)?)(?=\s?원)"
        r"|(?P<word>[a-z\u0621-\u064a]+)"
    )


def numbers(text: str, language: str) -> Iterator[Number]:
    """Every number of a folded text, in order. None of them says what it is a number of."""
    at, scan, spoken = 0, _scanner(), words.spoken()
    while found := scan.search(text, at):
        at = found.end()
        kind = found.lastgroup
        if kind == "word":
            if found["word"] in spoken:
                number = _spoken(text, found)
                yield number
                at = number.end
            elif found["word"] in words.dozens():
                value = 0.5 if text.endswith(("half a ", "media ", "meia ", "demi-"), 0, found.start()) else 1.0
                yield Number(found.start(), found.start(), value, value, said=True)
        elif kind in ("money", "figures"):
            number_or_none = _figures(text, found, language)
            if number_or_none:
                yield number_or_none
                at = number_or_none.end
        elif kind == "native":
            count = float(_NATIVE[found["native"]])
            yield Number(found.start(), found.end(), count, count, said=True)
        else:
            said = found.group().translate(_SINO).replace(" ", "")
            if not text.startswith(words.BRANDS, found.start()) and (span := chinese_number(said)):
                yield Number(found.start(), found.end(), *span, said=True)


def _figures(text: str, found: re.Match[str], language: str) -> Number | None:
    digits = found["money"] or found["figures"]
    currency = words.currencies()[found["sign"]].name if found["sign"] else ""
    if len(digits) > LONGEST:
        return None
    end = found.end()
    if "/" in digits:
        above, below = map(int, digits.split("/"))
        value = above / below if below in (2, 3, 4, 5, 8, 16) and above < below else None
    else:
        value = parse_number(digits, currency or ("EUR" if language in _COMMA else None))
    if value is None:
        return None
    scaled, end = _scaled(text, value, end)
    if scaled != value and end < len(text) and text[end] == "多":
        end += 1
    return Number(found.start(), end, scaled, scaled, currency, multiple=scaled != value)


def _scaled(text: str, value: float, end: int) -> tuple[float, int]:
    """With what multiplies it: ``1.5k``, ``2万``, ``3만 5천``, ``2 mil``."""
    scales = words.scales()
    start = _SPACED.match(text, end).end()  # type: ignore[union-attr]
    for size in (8, 7, 6, 5, 4, 3, 1):
        word = text[start : start + size]
        if len(word) == size and word in scales and not (word == "k" and start > end):
            after = text[start + size : start + size + 1]
            if word < "\u0700" and after.isalnum() and after < "\u0700":
                continue
            scale = scales[word]
            total, end = value * scale, start + size
            if word >= "\u0700" and (rest := _REST.match(text, end)):
                figure, place = rest.groups()
                if place:
                    return total + int(figure) * scales[place], rest.end()
                if not text[end].isspace() and scale > 10 ** (len(figure) - 1):
                    return total + (int(figure) * scale / 10 if len(figure) == 1 else int(figure)), rest.end()
            return total, end
    return value, end


def _spoken(text: str, found: re.Match[str]) -> Number:
    """Words that follow each other: two hundred and fifty."""
    spoken, multipliers = words.spoken(), words.MULTIPLIERS
    total, end = spoken[found["word"]], found.end()
    while follows := _NEXT.match(text, end):
        word = follows[1]
        if word in multipliers and total < multipliers[word]:
            total *= multipliers[word]
        elif word in spoken and 1 <= spoken[word] < total and total >= 20 and spoken[word] < _place(total):
            total += spoken[word]
        else:
            break
        end = follows.end()
    return Number(found.start(), end, total, total, said=True)


def _place(value: float) -> float:
    """The place of a number's last figure that isn't nought: 100 for 200, 10 for 50."""
    place = 1.0
    while value % (place * 10) == 0:
        place *= 10
    return place


def chinese_number(text: str) -> tuple[float, float] | None:
    """What a Chinese numeral says, lowest and highest: 三百 → (300, 300), 一千五 → 1500, 两三百 → (200, 300), 半 → 0.5.

    None where the characters are no number (三三, 百百).
    """
    if text == "半":
        return 0.5, 0.5
    if len(text) > LONGEST or "半" in text:
        return None
    if len(text) >= 2 and all(_DIGITS.get(char, 0) > 0 for char in text[:2]) and text[0] != text[1]:
        low, high = (chinese_number(text[place] + text[2:]) for place in (0, 1))
        if len(text) <= 3 and low and high and low[0] < high[0] and _DIGITS[text[1]] == _DIGITS[text[0]] + 1:
            return low[0], high[0]
        return None
    total = section = 0.0
    figure: int | None = None
    last, noughts = 1.0, False
    for char in text:
        if char in _DIGITS:
            if figure is not None and figure != 0:
                return None
            noughts = noughts or _DIGITS[char] == 0
            figure = _DIGITS[char]
        elif char in _PLACES:
            if figure == 0 or (section and last <= _PLACES[char]):
                return None
            last = float(_PLACES[char])
            section += (1 if figure is None else figure) * last
            figure, noughts = None, False
        else:
            last = 1e4 if char == "万" else 1e8
            if total and total < last * 10:
                return None
            total += (section + (figure or 0) or 1) * last
            section, figure, noughts = 0.0, None, False
    if figure:
        section += figure * last / 10 if last > 10 and not noughts else figure
    return total + section, total + section
