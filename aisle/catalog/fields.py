"""How the value of each field is cleaned: one small function a field or kind, writing into a product in the making."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aisle.catalog.colors import parse_colors
from aisle.catalog.money import currency_code, parse_number, parse_price
from aisle.catalog.row import Rejection, Repair, excerpt
from aisle.catalog.schema import FIELDS, Kind
from aisle.catalog.text import is_placeholder, tidy
from aisle.catalog.units import canonical_measure, parse_sizes
from aisle.catalog.values import parse_date, parse_rating, parse_stock, parse_word
from aisle.types import Value

MAX_ID, MAX_NAME, MAX_ATTRIBUTE = 200, 80, 2_000
_LIST_SEPARATOR = re.compile(r"\s*[|;、；\n]\s*|\s*[,，]\s*")
_PATH_SEPARATOR = re.compile(r"\s*(?:>|›|»|→|\|)\s*|\s+/\s+")
_PERCENT = re.compile(r"\s*\d+(?:[.,]\d+)?\s*%\s*")
_NETWORK = re.compile(r"[2-6]g\Z", re.IGNORECASE)


_NO_BRAND = frozenset({"unknown", "unbranded", "no brand", "no name", "generic", "无品牌", "其他", "其它"})


class Refused(Exception):
    """Carries the rejection out of a handler."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.message)
        self.rejection = rejection


@dataclass(slots=True)
class Draft:
    """A product in the making. ``default_currency`` is what the price column's name states, ``misplaced`` text that
    was found
    in a column where it can't belong."""

    attributes: dict[str, Value] = field(default_factory=dict)
    original: dict[str, str] = field(default_factory=dict)
    repairs: list[Repair] = field(default_factory=list)
    default_currency: str | None = None
    misplaced: list[str] = field(default_factory=list)

    def note(self, name: str, kind: str, before: object, after: object) -> None:
        self.repairs.append(Repair(name, kind, excerpt(before), excerpt(after)))

    def keep(self, name: str, raw: object) -> None:
        """Remembers the feed's own text of what was changed."""
        if name not in self.original:
            self.original[name] = excerpt(joined(raw), MAX_ATTRIBUTE)

    def text(self, name: str, value: Any, limit: int = MAX_ATTRIBUTE, *, lines: bool = False) -> str:
        """A value as plain text, "" where it says nothing; repairs are noted."""
        if value is None:
            return ""
        if not isinstance(value, str):
            return number_text(value) if isinstance(value, int | float) else joined(value)
        plain, kinds = tidy(value, lines=lines)
        if kinds:
            for kind in kinds:
                self.note(name, kind, value, plain)
            if kinds != ("whitespace",):
                self.keep(name, value)
        if len(plain) < 10 and is_placeholder(plain):
            if plain:
                self.note(name, "placeholder", value, "")
            return ""
        if len(plain) > limit:
            self.note(name, "truncated", f"{len(plain)} characters", f"{limit} characters")
            plain = plain[:limit]
        return plain

    def texts(self, name: str, values: Sequence[Any]) -> list[str]:
        """Every text of a multi-valued field, lists opened."""
        flat = (part for value in values for part in (value if isinstance(value, list | tuple) else (value,)))
        return [text for value in flat if (text := self.text(name, value))]


def number_text(value: float) -> str:
    """``123.0`` → ``123``: spreadsheets make floats of numbers."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def joined(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(joined(each) for each in value)
    return "" if value is None else value if isinstance(value, str) else str(value)


Handler = Callable[[Draft, str, Sequence[Any]], None]


def _text(draft: Draft, name: str, values: Sequence[Any]) -> None:
    if text := next(iter(draft.texts(name, values)), ""):
        draft.attributes[name] = text


def _name(draft: Draft, name: str, values: Sequence[Any]) -> None:
    """A brand: a name is short, a sentence in its column is a shifted cell and goes to the description."""
    text = next(iter(draft.texts(name, values)), "")
    if text.lower() in _NO_BRAND:
        draft.note(name, "placeholder", text, "")
    elif len(text) > MAX_NAME or (len(text) > 30 and "; " in text):
        draft.note(name, "not a name", text, "")
        draft.keep(name, text)
        draft.misplaced.append(text)
    elif text:
        draft.attributes[name] = text


def _list(draft: Draft, name: str, values: Sequence[Any]) -> None:
    whole = draft.texts(name, values)
    parts = [part for text in whole for part in _LIST_SEPARATOR.split(text) if part]
    if parts:
        draft.attributes[name] = tuple(dict.fromkeys(parts))


def _codes(draft: Draft, name: str, values: Sequence[Any]) -> None:
    if codes := draft.texts(name, values):
        draft.attributes[name] = tuple(dict.fromkeys(code[:MAX_ID] for code in codes))


def _material(draft: Draft, name: str, values: Sequence[Any]) -> None:
    whole = draft.texts(name, values)
    parts = [_PERCENT.sub(" ", part).strip() for text in whole for part in _LIST_SEPARATOR.split(text)]
    if kept := tuple(dict.fromkeys(part for part in parts if part)):
        draft.attributes[name] = kept
        if any("%" in text for text in whole):
            draft.note(name, "material", joined(whole), joined(kept))
            draft.keep(name, values)


def _number(draft: Draft, name: str, values: Sequence[Any]) -> None:
    value = values[0]
    if isinstance(value, bool):
        return
    number = (
        float(value) if isinstance(value, int | float) else parse_number(re.sub(r"[^\d.,'’\s-]", "", joined(value)))
    )
    if number is None or number < 0 or number > 1e15:
        draft.note(name, "unreadable number", value, "")
        draft.keep(name, value)
        return
    draft.attributes[name] = int(number) if number.is_integer() else number


def _price(draft: Draft, name: str, values: Sequence[Any]) -> None:
    raw = values[0]
    value = raw if isinstance(raw, int | float) else draft.text(name, joined(raw))
    if value == "":
        return
    money = parse_price(value, draft.default_currency)
    if money.currency and "currency" not in draft.attributes:
        draft.attributes["currency"] = money.currency
    if money.amount is None:
        draft.note(name, "unreadable price", raw, "")
        draft.keep(name, raw)
        return
    if money.amount < 0:
        if name == "price":
            raise Refused(Rejection("negative_price", f"The price is negative: {excerpt(raw, 60)}", name))
        draft.note(name, "negative price", raw, "")
        draft.keep(name, raw)
        return
    draft.attributes[name] = round(money.amount, 4)
    if isinstance(raw, str) and not _same_number(raw, money.amount):
        draft.note(name, "price", raw, f"{money.amount:g} {money.currency or ''}".strip())
        draft.keep(name, raw)


def _same_number(text: str, amount: float) -> bool:
    try:
        return float(text) == amount
    except ValueError:
        return False


def _currency(draft: Draft, name: str, values: Sequence[Any]) -> None:
    text = draft.text(name, values[0])
    if code := currency_code(text):
        draft.attributes[name] = code
        if code != text:
            draft.note(name, "currency", text, code)
            draft.keep(name, text)
    elif text:
        draft.note(name, "unknown currency", text, "")
        draft.keep(name, text)


def _color(draft: Draft, name: str, values: Sequence[Any]) -> None:
    families: dict[str, None] = {}
    shades: dict[str, None] = {}
    texts = draft.texts(name, values)
    for text in texts:
        found, named = parse_colors(text)
        families |= dict.fromkeys(found)
        shades |= dict.fromkeys(named)
    if families:
        draft.attributes[name] = tuple(families)
    if shades and "shade" not in draft.attributes:
        draft.attributes["shade"] = tuple(shades)
    if texts and list(families) != texts:
        draft.note(name, "color" if families else "unknown color", joined(texts), joined(tuple(families)))
        draft.keep(name, values)


def _size(draft: Draft, name: str, values: Sequence[Any]) -> None:
    texts = draft.texts(name, values)
    sizes = tuple(dict.fromkeys(size for text in texts for size in parse_sizes(text)))
    if sizes:
        draft.attributes[name] = sizes
        if list(sizes) != texts:
            draft.note(name, "size", joined(texts), joined(sizes))
            draft.keep(name, values)


def _stock(draft: Draft, name: str, values: Sequence[Any]) -> None:
    value = values[0] if isinstance(values[0], bool | int | float) else draft.text(name, values[0])
    if value == "":
        return
    count = parse_stock(value)
    if count is None:
        draft.note(name, "unreadable stock", value, "")
        draft.keep(name, value)
        return
    draft.attributes[name] = count
    if joined(value) != str(count):
        draft.note(name, "stock", value, count)
        draft.keep(name, value)


def _rating(draft: Draft, name: str, values: Sequence[Any]) -> None:
    value = values[0] if isinstance(values[0], int | float) else draft.text(name, joined(values[0]))
    if value == "":
        return
    best = draft.attributes.get("best_rating")
    stars = parse_rating(value, float(best) if isinstance(best, int | float) else None)
    if stars is None:
        draft.note(name, "unreadable rating", value, "")
        draft.keep(name, value)
        return
    draft.attributes[name] = stars
    if isinstance(value, str) and not _same_number(value, stars):
        draft.note(name, "rating", value, stars)
        draft.keep(name, value)


def _date(draft: Draft, name: str, values: Sequence[Any]) -> None:
    value = values[0] if isinstance(values[0], int | float) else draft.text(name, joined(values[0]))
    if value == "":
        return
    date = parse_date(value)
    if date is None:
        draft.note(name, "unreadable date", value, "")
    else:
        draft.attributes[name] = date
        if date != value:
            draft.note(name, "date", value, date)
    if date != value:
        draft.keep(name, value)


def _word(draft: Draft, name: str, values: Sequence[Any]) -> None:
    text = next(iter(draft.texts(name, values)), "")
    if not text:
        return
    word = parse_word(name, text)
    draft.attributes[name] = word or text
    if word and word != text:
        draft.note(name, name, text, word)
        draft.keep(name, text)


def _type(draft: Draft, name: str, values: Sequence[Any]) -> None:
    """A product type given as a path is a category whose last step is the type."""
    text = next(iter(draft.texts(name, values)), "")
    path = [part for part in _PATH_SEPARATOR.split(text) if part]
    if len(path) > 1:
        draft.attributes.setdefault("category", tuple(path))
        draft.keep(name, text)
        draft.note(name, "category path", text, path[-1])
    if path:
        draft.attributes[name] = path[-1]


def _category(draft: Draft, name: str, values: Sequence[Any]) -> None:
    path = [part for text in draft.texts(name, values) for part in _PATH_SEPARATOR.split(text) if part]
    if path:
        draft.attributes[name] = tuple(dict.fromkeys(path))


def _url(draft: Draft, name: str, values: Sequence[Any]) -> None:
    text = draft.text(name, values[0])
    if text.lower().startswith(("http://", "https://")) or (text.startswith("/") and not text.startswith("//")):
        draft.attributes[name] = text
    elif text:
        draft.note(name, "unsafe address", text, "")


HANDLERS: Mapping[str, Handler] = {
    "currency": _currency,
    "best_rating": _number,
    "price": _price,
    "sale_price": _price,
    "list_price": _price,
    "category": _category,
    "type": _type,
    "brand": _name,
    "shade": _list,
    "color": _color,
    "size": _size,
    "material": _material,
    "stock": _stock,
    "availability": _stock,
    "rating": _rating,
    "gender": _word,
    "condition": _word,
    "url": _url,
    "code": _codes,
}
"""Fields with rules of their own, in the order in which they are cleaned; the others are cleaned by their kind."""
_BY_KIND: Mapping[Kind, Handler] = {Kind.TEXT: _text, Kind.NUMBER: _number, Kind.LIST: _list, Kind.DATE: _date}


def handler_of(name: str) -> Handler:
    """What cleans an attribute: its own rule, else its kind's; text where it isn't canonical."""
    return HANDLERS.get(name) or _BY_KIND[FIELDS[name].kind if name in FIELDS else Kind.TEXT]


def clean_unknown(draft: Draft, name: str, values: Sequence[Any]) -> None:
    """A column that no canonical field claims, kept under its own name; measures are standardised."""
    value = values[0]
    if isinstance(value, bool | int | float):
        draft.attributes[name] = value
    elif isinstance(value, list | tuple):
        if texts := draft.texts(name, value):
            draft.attributes[name] = tuple(dict.fromkeys(texts))
    elif text := draft.text(name, value):
        measure = None if _NETWORK.match(text) else canonical_measure(text)
        draft.attributes[name] = measure or text
        if measure and measure != text:
            draft.note(name, "unit", text, measure)
            draft.keep(name, text)
