"""What a thing is made for, from its title: "Case for iPhone 15 Pro", "compatible with HP 302", 适用于华为Mate60."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MARKS = ("for ", "fits ", "compatible with ", "适用", "兼容", "专用")
_GRADE = r"(?:pro|max|plus|ultra|mini|air|lite|note|fold|flip|se|fe|xl|xr|xs|series)"
_FOR = re.compile(
    r"\b(?:compatible with|designed for|replacement for|fits|for)\s+(?:use with\s+)?(?:the\s+|all\s+)?", re.IGNORECASE
)
_NAME = re.compile(
    r"(?:[A-Z][A-Za-z&.-]*\s+|i[A-Z][a-z]+\s+){0,3}"  # Apple, HP OfficeJet, iPhone
    r"(?:[A-Za-z]{1,12}-?\d[\w-]{0,12}|\d{1,5}[A-Za-z]{0,2}(?![\w.]))"  # 15, S24, XL-200
    rf"(?:\s+{_GRADE}\b){{0,3}}(?:/\d{{1,4}}\b(?![\"'.]))*",
    re.IGNORECASE,
)
_FAMILY = re.compile(r"(?:Apple\s+)?(?:i[A-Z][a-z]+|[A-Z][a-z]+[A-Z][A-Za-z]+)(?:\s+(?:Pro|Air|Mini|Max|Switch))?\b")
"""Names with a capital inside: iPad, MacBook Air, PlayStation."""
_CHINESE = re.compile(
    r"(?:适用于?|兼容|专用于?)\s*[:：]?\s*"
    rf"([㐀-鿿]{{0,4}}\s?(?:[A-Za-z][A-Za-z ]{{0,15}})?\d{{1,4}}[A-Za-z]{{0,3}}(?:\s?{_GRADE}(?![a-z])){{0,3}})",
    re.IGNORECASE,
)
_NOT_DEVICES = re.compile(
    r"(?:ages?|kids?|men|women|boys?|girls?|sizes?|up|to|over|under|years?|months?|about|approx\w*|windows|in|with|and|or|"
    r"\d+(?:x\d+)?(?:cm|mm|m|g|kg|ml|l|oz|lb|lbs|in|inch|pcs|pack|pk|w|v|ft|gb|tb|day|days|people|persons?|years?)?)\b",
    re.IGNORECASE,
)
LONGEST = 40


def devices(title: str) -> Iterator[str]:
    """The things, named by model, that a title says its product is for; each as it is written there."""
    low = title.lower()
    if not any(mark in low for mark in _MARKS):
        return
    for found in _FOR.finditer(title):
        if (name := _NAME.match(title, found.end()) or _FAMILY.match(title, found.end())) is not None:
            yield from _models(name.group())
    for found in _CHINESE.finditer(title):
        yield from _models(found.group(1))


def _models(name: str) -> Iterator[str]:
    """ "iPhone 15/14" is two."""
    first, *others = (part.strip() for part in name.split("/"))
    if not first or (first[0].islower() and not re.match(r"i[A-Z]", first)) or len(first) > LONGEST:
        return
    if _NOT_DEVICES.match(first):
        return
    yield first
    family = first.rsplit(" ", 1)[0]
    yield from (f"{family} {other}" for other in others if other and family != first)
