"""Numbers with units in one form: ``256 GB``, ``256-gb`` → ``256gb``; ``1.5 l`` → ``1500ml``; ``15.6"`` → ``15.6in``."""

from __future__ import annotations

import re

_UNITS: dict[str, tuple[str, float, str]] = {
    # canonical key: (base unit, factor, spellings)
    "kb": ("kb", 1, "kb kbytes kilobyte kilobytes"),
    "mb": ("mb", 1, "mb megabyte megabytes"),
    "gb": ("gb", 1, "gb gig gigs gigabyte gigabytes"),
    "tb": ("gb", 1000, "tb terabyte terabytes"),
    "mm": ("mm", 1, "mm millimeter millimeters millimetre millimetres 毫米"),
    "cm": ("mm", 10, "cm cms centimeter centimeters centimetre centimetres 厘米 公分"),
    "m": ("mm", 1000, "m meter meters metre metres 米"),
    "in": ("in", 1, "in inch inches 英寸 寸 吋 pulgadas zoll pouces polegadas"),
    "ft": ("ft", 1, "ft feet foot 英尺"),
    "yd": ("yd", 1, "yd yds yard yards"),
    "mg": ("mg", 1, "mg 毫克"),
    "g": ("g", 1, "g gr gram grams gramme grammes 克"),
    "kg": ("g", 1000, "kg kgs kilo kilos kilogram kilograms 公斤 千克"),
    "jin": ("g", 500, "斤"),
    "oz": ("oz", 1, "oz ounce ounces 盎司"),
    "lb": ("lb", 1, "lb lbs pound pounds 磅"),
    "ml": ("ml", 1, "ml milliliter milliliters millilitre millilitres 毫升"),
    "cl": ("ml", 10, "cl centiliter centilitre"),
    "l": ("ml", 1000, "l lt ltr liter liters litre litres 升"),
    "gal": ("gal", 1, "gal gallon gallons"),
    "w": ("w", 1, "w watt watts 瓦"),
    "kw": ("w", 1000, "kw kilowatt kilowatts 千瓦"),
    "v": ("v", 1, "v volt volts 伏"),
    "mah": ("mah", 1, "mah 毫安"),
    "wh": ("wh", 1, "wh"),
    "hz": ("hz", 1, "hz hertz"),
    "mhz": ("mhz", 1, "mhz megahertz"),
    "ghz": ("mhz", 1000, "ghz gigahertz"),
    "mp": ("mp", 1, "mp megapixel megapixels 万像素"),
    "dpi": ("dpi", 1, "dpi"),
    "mbps": ("mbps", 1, "mbps"),
    "gbps": ("mbps", 1000, "gbps"),
    "rpm": ("rpm", 1, "rpm"),
    "btu": ("btu", 1, "btu btus"),
    "pk": ("pk", 1, "pk pack packs"),
    "pc": ("pc", 1, "pc pcs piece pieces"),
    "ct": ("ct", 1, "ct count"),
    "usd": ("usd", 1, "usd dollar dollars 美元"),
    "eur": ("eur", 1, "eur euro euros 欧元"),
    "gbp": ("gbp", 1, "gbp"),
    "cny": ("cny", 1, "cny rmb yuan 元 块"),
}
_SIGNS = {"$": "usd", "€": "eur", "£": "gbp", "¥": "cny"}
_BASE = {word: (base, factor) for base, factor, words in _UNITS.values() for word in words.split()}
_BASE |= {sign: (unit, 1) for sign, unit in _SIGNS.items()} | {'"': ("in", 1), "''": ("in", 1), "'": ("ft", 1)}

_NUMBER = r"\d+(?:,\d{3})*(?:[.,]\d+)?"
_LATIN = "|".join(sorted((word for word in _BASE if word.isalpha() and word.isascii()), key=len, reverse=True))
_HAN = "|".join(sorted((word for word in _BASE if not word.isascii() and word.isalpha()), key=len, reverse=True))
_UNIT = rf"""(?:(?:{_LATIN})(?![a-z0-9])|(?:{_HAN})(?![拉级饼粉奇])|''|"|'(?![a-z]))"""
MEASURE = (
    r"(?P<choice>(?<![a-z0-9.])\d{1,2}[\s-]?in[\s-]?\d{1,2}(?![a-z0-9]))"  # 2 in 1
    rf"|[$€£¥]\s?(?P<amount>{_NUMBER})"
    rf"|(?P<size>(?<![a-z0-9.-]){_NUMBER}(?:\s?{_UNIT})?(?:\s?[x*]\s?{_NUMBER}(?:\s?{_UNIT})?){{1,3}}(?![a-z0-9-]))"
    rf"|(?<![a-z0-9.])(?P<value>{_NUMBER})\s?-?\s?(?P<unit>{_UNIT})"
)
"""Alternatives for a scanner over folded text: choice, amount (of money), size, or value and unit."""

_PART = re.compile(rf"({_NUMBER})(?:\s?({_UNIT}))?")
_SPACED_TIMES = re.compile(r"\s[x*]\s")
_WHOLE = re.compile(rf"({_NUMBER})({_UNIT})\Z")


def number(text: str) -> str:
    """A number in one form: ``1,000`` → 1000, ``15,6`` → 15.6, ``448.0`` → 448; leading zeros of a whole number stay."""
    if text.isdigit():
        return text
    text = re.sub(r",(?=\d{3}(?!\d))", "", text).replace(",", ".")
    return text.rstrip("0").rstrip(".") if "." in text else text


def measure(value: str, unit: str) -> str:
    """Number and unit in base units: (``0.5``, ``l``) → ``500ml``."""
    base, factor = _BASE[unit]
    plain = number(value)
    if factor == 1:
        return plain + base
    return f"{round(float(plain) * factor, 6):.12g}{base}"


def whole(text: str) -> str | None:
    """The measure that a word without spaces is, else None."""
    found = _WHOLE.match(text)
    return measure(found[1], found[2]) if found else None


def sizes(text: str) -> list[tuple[str, int, int]]:
    """What ``2 x 90x200 cm`` says, as (term, start, end): each tight group joined, and each side with the unit it shares.

    >>> sizes("2 x 90x200 cm")
    [('90x200', 4, 13), ('2', 0, 1), ('900mm', 4, 6), ('2000mm', 7, 13)]
    """
    cuts = [(gap.start(), gap.end()) for gap in _SPACED_TIMES.finditer(text)]
    spans = list(zip([0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(text)], strict=True))
    if not any("x" in text[start:end] or "*" in text[start:end] for start, end in spans):
        spans = [(0, len(text))]  # every × stands between spaces: one size
    joined: list[tuple[str, int, int]] = []
    found: list[tuple[str, int, int]] = []
    for start, end in spans:
        parts = list(_PART.finditer(text, start, end))
        if len(parts) > 1:
            joined.append(("x".join(number(part[1]) for part in parts), parts[0].start(), parts[-1].end()))
        shared = next((part[2] for part in reversed(parts) if part[2]), None)
        for part in parts:
            unit = part[2] or shared
            found.append((measure(part[1], unit) if unit else number(part[1]), part.start(), part.end()))
    return joined + found
