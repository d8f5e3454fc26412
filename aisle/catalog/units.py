"""Measures in one way of writing (``256gb`` → ``256 GB``, ``90X200CM`` → ``90x200 cm``) and sizes of clothes and
shoes."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_UNITS = {
    "GB": "gb gbyte gigabyte gigabytes g字节", "TB": "tb terabyte terabytes", "MB": "mb megabyte megabytes",
    "mm": "mm millimeter millimeters millimetre millimetres 毫米",
    "cm": "cm cms centimeter centimeters centimetre centimetres 厘米 公分 釐米",
    "m": "m meter meters metre metres 米",
    "in": 'in in. inch inches " ” ″ \'\' 英寸 吋 寸', "ft": "ft feet foot ′ 英尺",
    "mg": "mg 毫克", "g": "g gr gram grams gramme grammes 克", "kg": "kg kgs kilo kilos kilogram kilograms 公斤 千克",
    "oz": "oz oz. ounce ounces 盎司", "fl oz": "floz fl.oz. fl.oz fluidounce fluidounces",
    "lb": "lb lbs lb. lbs. pound pounds 磅",
    "ml": "ml milliliter milliliters millilitre millilitres 毫升", "cl": "cl",
    "L": "l lt ltr liter liters litre litres 升",
    "W": "w watt watts 瓦", "V": "v volt volts 伏", "mAh": "mah 毫安 毫安时", "Wh": "wh", "Hz": "hz hertz 赫兹",
    "GHz": "ghz", "MHz": "mhz",
    "MP": "mp megapixel megapixels 万像素", "°C": "°c ℃ 摄氏度",
}  # fmt: skip
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words.split()}
_SMALLER = {"g": (1000.0, "kg"), "ml": (1000.0, "L"), "mg": (1000.0, "g"), "MB": (1024.0, "GB"), "GB": (1024.0, "TB")}
_NUMBER = r"\d+(?:[.,]\d+)?(?:\s?/\s?\d+)?"
_WORD = r"(?:" + "|".join(re.escape(word) for word in sorted(_UNIT_OF, key=len, reverse=True)) + ")"
_TIMES = r"\s*[x×*✕]\s*"
_MEASURE = re.compile(
    rf"(?P<first>{_NUMBER})\s?-?\s?(?P<u1>{_WORD})?"
    rf"(?:{_TIMES}(?P<second>{_NUMBER})\s?(?P<u2>{_WORD})?)?(?:{_TIMES}(?P<third>{_NUMBER})\s?(?P<u3>{_WORD})?)?\Z",
    re.IGNORECASE,
)


def canonical_measure(text: str) -> str | None:
    """One measure, whole, in its canonical writing; None when the text is anything else (a bare number included).

    Metric masses, volumes and storage go up a unit where that leaves a round number: ``1000 g`` → ``1 kg``.
    """
    if len(text) > 60 or not any(char.isdigit() for char in text):
        return None
    found = _MEASURE.match(unicodedata.normalize("NFKC", text.replace("″", '"').replace("”", '"')).strip().lower())
    if not found:
        return None
    numbers = [_tidy_number(each) for each in (found["first"], found["second"], found["third"]) if each]
    units = [_UNIT_OF[each] for each in (found["u1"], found["u2"], found["u3"]) if each]
    if not units:
        return None
    if len(set(units)) > 1:
        return None
    unit = units[0]
    if len(numbers) == 1 and unit in _SMALLER and "/" not in numbers[0]:
        factor, larger = _SMALLER[unit]
        value = float(numbers[0]) / factor
        if value >= 1 and round(value, 1) == value:
            return f"{value:g} {larger}"
    return f"{'x'.join(numbers)} {unit}"


def _tidy_number(text: str) -> str:
    text = text.replace(" ", "").replace(",", ".")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text


_LETTERS = {
    "xxxs": "XXXS", "3xs": "XXXS", "xxs": "XXS", "2xs": "XXS", "xs": "XS", "x small": "XS", "extra small": "XS",
    "s": "S", "small": "S", "sm": "S",
    "m": "M", "medium": "M", "med": "M", "l": "L", "large": "L", "lg": "L", "xl": "XL", "x large": "XL",
    "extra large": "XL", "xlarge": "XL",
    "xxl": "XXL", "2xl": "XXL", "xx large": "XXL", "xxlarge": "XXL", "2x": "XXL", "xxxl": "3XL", "3xl": "3XL",
    "3x": "3XL", "xxx large": "3XL", "xxxxl": "4XL", "4xl": "4XL",
    "5xl": "5XL", "6xl": "6XL", "小号": "S", "中号": "M", "大号": "L", "加大": "XL", "加大码": "XL", "特大号": "XL",
    "加加大": "XXL",
    "one size": "One size", "onesize": "One size", "os": "One size", "o s": "One size", "one size fits all": "One size",
    "one size fits most": "One size", "free size": "One size", "freesize": "One size", "free": "One size",
    "uni": "One size", "universal": "One size",
    "均码": "One size", "均碼": "One size", "通用": "One size", "单一尺码": "One size",
}  # fmt: skip
_SYSTEM = re.compile(
    r"(?:(?P<a>eur?|us|uk|fr|it|jp|cn|欧码|美码|英码)\s*[-:]?\s*(?P<n>\d{1,3}(?:[.,]5)?)|(?P<n2>\d{1,3}(?:[.,]5)?)\s*(?P<b>eur?|us|uk|fr|it|jp|cn|码|碼|号))\Z"
)
_SYSTEMS = {"eur": "EU", "欧码": "EU", "美码": "US", "英码": "UK", "码": "EU", "碼": "EU", "号": "EU"}
_AGE = re.compile(r"(\d{1,2})(?:\s*-\s*(\d{1,2}))?\s*(months?|mos?|m|years?|yrs?|y|t|岁|个月)\Z")


def canonical_size(text: str) -> str | None:
    """One size, whole: letters (``x-large`` → XL, 均码 → One size), shoes (``EUR42``, ``42码`` → EU 42) or a measure;
    else None."""
    folded = unicodedata.normalize("NFKC", text).strip().lower().removeprefix("size ").strip()
    plain = (
        " ".join(folded.replace("-", " ").replace("/", " ").split()).removesuffix("码") if len(folded) < 24 else folded
    )
    for each in (folded, plain):
        if each in _LETTERS:
            return _LETTERS[each]
    if shoe := _SYSTEM.match(folded):
        system, number = (shoe["a"] or shoe["b"]), (shoe["n"] or shoe["n2"]).replace(",", ".")
        return f"{_SYSTEMS.get(system, system.upper())} {number.removesuffix('.0')}"
    return canonical_measure(text)


_SEPARATOR = re.compile(r"\s*[,;|、，；\n]\s*|\s+/\s+")
_ENDING_UNIT = re.compile(rf"[\dx×*.,\s]*\d\s*(?P<unit>{_WORD})\Z", re.IGNORECASE)
_BARE = re.compile(rf"{_NUMBER}(?:{_TIMES}{_NUMBER})*\Z", re.IGNORECASE)


@lru_cache(maxsize=8192)
def parse_sizes(text: str) -> tuple[str, ...]:
    """Every size a cell names, standardised where it can be: ``150x200,50x80 cm`` → two, ``S/M/L`` → three."""
    if re.fullmatch(r"\d+,\d{1,2}(?![\dx]).*", text) and (one := canonical_size(text)):
        return (one,)  # a decimal comma, not a list
    parts = [part for part in _SEPARATOR.split(text) if part]
    letters = [part for part in re.split(r"[/,;|、\s]+", text) if part]
    if len(letters) > 1 and all(part.lower() in _LETTERS for part in letters):
        parts = letters
    if not parts:
        return ()
    shared = _ENDING_UNIT.match(parts[-1])
    sizes = []
    for part in parts:
        if shared and _BARE.match(part):
            part = f"{part} {shared['unit']}"
        sizes.append(canonical_size(part) or part)
    return tuple(dict.fromkeys(sizes))
