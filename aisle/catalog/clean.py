"""A raw row becomes a Product: every value plain, typed and standardised, each change noted, the feed's own text kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any

from aisle.catalog.colors import parse_colors
from aisle.catalog.formats.flatten import flatten
from aisle.catalog.money import currency_code, parse_number, parse_price
from aisle.catalog.pictures import MAX_PICTURES, Folders, by_id, resolve, split_references
from aisle.catalog.row import Cleaned, RawRow, Rejection, Repair, excerpt
from aisle.catalog.schema import FIELDS, Kind, field_of, named_currency, normalise
from aisle.catalog.text import is_placeholder, tidy
from aisle.catalog.units import canonical_measure, parse_sizes
from aisle.catalog.values import parse_date, parse_rating, parse_stock, parse_word
from aisle.types import Product, Value

__all__ = ["Cleaned", "Rejection", "Repair", "clean"]

MAX_ID, MAX_NAME, MAX_TITLE, MAX_TEXT, MAX_ATTRIBUTE = 200, 80, 600, 20_000, 2_000
_LIST_SEPARATOR = re.compile(r"\s*[|;、；\n]\s*|\s*[,，]\s*")
_PATH_SEPARATOR = re.compile(r"\s*(?:>|›|»|→|\|)\s*|\s+/\s+")
_PERCENT = re.compile(r"\s*\d+(?:[.,]\d+)?\s*%\s*")
_SENTENCE = re.compile(r"(.{8,110}?)(?:[.!?。！？\n]|\Z)", re.S)
_NETWORK = re.compile(r"[2-6]g\Z", re.IGNORECASE)


class _Refused(Exception):
    """Carries the rejection out of a handler."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.message)
        self.rejection = rejection


@dataclass(slots=True)
class _Draft:
    """A product in the making. ``default_currency`` is what the price column's name states, ``misplaced`` text that was found
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
            self.original[name] = excerpt(_joined(raw), MAX_ATTRIBUTE)

    def text(self, name: str, value: Any, limit: int = MAX_ATTRIBUTE, *, lines: bool = False) -> str:
        """A value as plain text, "" where it says nothing; repairs are noted."""
        if value is None:
            return ""
        if not isinstance(value, str):
            return _number_text(value) if isinstance(value, int | float) else _joined(value)
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


def _number_text(value: float) -> str:
    """``123.0`` → ``123``: spreadsheets make floats of numbers."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _joined(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_joined(each) for each in value)
    return "" if value is None else value if isinstance(value, str) else str(value)


Handler = Callable[[_Draft, str, Sequence[Any]], None]


def _text(draft: _Draft, name: str, values: Sequence[Any]) -> None:
    if text := next(iter(draft.texts(name, values)), ""):
        draft.attributes[name] = text


def _name(draft: _Draft, name: str, values: Sequence[Any]) -> None:
    """A brand: a name is short, a sentence in its column is a shifted cell and goes to the description."""
    text = next(iter(draft.texts(name, values)), "")
    if len(text) > MAX_NAME or (len(text) > 30 and "; " in text):
        draft.note(name, "not a name", text, "")
        draft.keep(name, text)
        draft.misplaced.append(text)
    elif text:
        draft.attributes[name] = text


def _list(draft: _Draft, name: str, values: Sequence[Any]) -> None:
    whole = draft.texts(name, values)
    parts = [part for text in whole for part in _LIST_SEPARATOR.split(text) if part]
    if parts:
        draft.attributes[name] = tuple(dict.fromkeys(parts))


def _codes(draft: _Draft, name: str, values: Sequence[Any]) -> None:
    if codes := draft.texts(name, values):
        draft.attributes[name] = tuple(dict.fromkeys(code[:MAX_ID] for code in codes))


def _material(draft: _Draft, name: str, values: Sequence[Any]) -> None:
    whole = draft.texts(name, values)
    parts = [_PERCENT.sub(" ", part).strip() for text in whole for part in _LIST_SEPARATOR.split(text)]
    if kept := tuple(dict.fromkeys(part for part in parts if part)):
        draft.attributes[name] = kept
        if any("%" in text for text in whole):
            draft.note(name, "material", _joined(whole), _joined(kept))
            draft.keep(name, values)


def _number(draft: _Draft, name: str, values: Sequence[Any]) -> None:
    value = values[0]
    if isinstance(value, bool):
        return
    number = (
        float(value) if isinstance(value, int | float) else parse_number(re.sub(r"[^\d.,'’\s-]", "", _joined(value)))
    )
    if number is None or number < 0 or number > 1e15:
        draft.note(name, "unreadable number", value, "")
        draft.keep(name, value)
        return
    draft.attributes[name] = int(number) if number.is_integer() else number


def _price(draft: _Draft, name: str, values: Sequence[Any]) -> None:
    raw = values[0]
    value = raw if isinstance(raw, int | float) else draft.text(name, _joined(raw))
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
            raise _Refused(Rejection("negative_price", f"The price is negative: {excerpt(raw, 60)}", name))
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


def _currency(draft: _Draft, name: str, values: Sequence[Any]) -> None:
    text = draft.text(name, values[0])
    if code := currency_code(text):
        draft.attributes[name] = code
        if code != text:
            draft.note(name, "currency", text, code)
            draft.keep(name, text)
    elif text:
        draft.note(name, "unknown currency", text, "")
        draft.keep(name, text)


def _color(draft: _Draft, name: str, values: Sequence[Any]) -> None:
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
        draft.note(name, "color" if families else "unknown color", _joined(texts), _joined(tuple(families)))
        draft.keep(name, values)


def _size(draft: _Draft, name: str, values: Sequence[Any]) -> None:
    texts = draft.texts(name, values)
    sizes = tuple(dict.fromkeys(size for text in texts for size in parse_sizes(text)))
    if sizes:
        draft.attributes[name] = sizes
        if list(sizes) != texts:
            draft.note(name, "size", _joined(texts), _joined(sizes))
            draft.keep(name, values)


def _stock(draft: _Draft, name: str, values: Sequence[Any]) -> None:
    value = values[0] if isinstance(values[0], bool | int | float) else draft.text(name, values[0])
    if value == "":
        return
    count = parse_stock(value)
    if count is None:
        draft.note(name, "unreadable stock", value, "")
        draft.keep(name, value)
        return
    draft.attributes[name] = count
    if _joined(value) != str(count):
        draft.note(name, "stock", value, count)
        draft.keep(name, value)


def _rating(draft: _Draft, name: str, values: Sequence[Any]) -> None:
    value = values[0] if isinstance(values[0], int | float) else draft.text(name, _joined(values[0]))
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


def _date(draft: _Draft, name: str, values: Sequence[Any]) -> None:
    value = values[0] if isinstance(values[0], int | float) else draft.text(name, _joined(values[0]))
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


def _word(draft: _Draft, name: str, values: Sequence[Any]) -> None:
    text = next(iter(draft.texts(name, values)), "")
    if not text:
        return
    word = parse_word(name, text)
    draft.attributes[name] = word or text
    if word and word != text:
        draft.note(name, name, text, word)
        draft.keep(name, text)


def _type(draft: _Draft, name: str, values: Sequence[Any]) -> None:
    """A product type given as a path is a category whose last step is the type."""
    text = next(iter(draft.texts(name, values)), "")
    path = [part for part in _PATH_SEPARATOR.split(text) if part]
    if len(path) > 1:
        draft.attributes.setdefault("category", tuple(path))
        draft.keep(name, text)
        draft.note(name, "category path", text, path[-1])
    if path:
        draft.attributes[name] = path[-1]


def _category(draft: _Draft, name: str, values: Sequence[Any]) -> None:
    path = [part for text in draft.texts(name, values) for part in _PATH_SEPARATOR.split(text) if part]
    if path:
        draft.attributes[name] = tuple(dict.fromkeys(path))


def _url(draft: _Draft, name: str, values: Sequence[Any]) -> None:
    text = draft.text(name, values[0])
    if text.lower().startswith(("http://", "https://")) or (text.startswith("/") and not text.startswith("//")):
        draft.attributes[name] = text
    elif text:
        draft.note(name, "unsafe address", text, "")


_HANDLERS: Mapping[str, Handler] = {
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
_ORDER = {name: place for place, name in enumerate(_HANDLERS)}
_CORE = frozenset({"id", "title", "description", "image", "group"})


def _unknown(draft: _Draft, name: str, value: Any) -> None:
    """A column that no canonical field claims, kept under its own name; measures are standardised."""
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


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a mapping says to do with a row, worked out once."""

    core: Mapping[str, tuple[str, ...]]
    translations: tuple[tuple[str, str, tuple[str, ...]], ...]  # (language, part, columns)
    attributes: tuple[tuple[str, Handler, tuple[str, ...]], ...]
    used: frozenset[str]
    fields: frozenset[str]
    currency: str | None


@lru_cache(maxsize=64)
def _plan(mapping: tuple[tuple[str, tuple[str, ...]], ...]) -> _Plan:
    core, translations, attributes, currency = {}, [], [], None
    for name, columns in mapping:
        part, _, language = name.rpartition("_")
        if name in _CORE:
            core[name] = columns
        elif part in ("title", "description") and name not in FIELDS:
            translations.append((language, part, columns))
        else:
            kind = FIELDS[name].kind if name in FIELDS else Kind.TEXT
            attributes.append((name, _HANDLERS.get(name) or _BY_KIND[kind], columns))
            if name in ("price", "sale_price"):
                currency = currency or next((code for column in columns if (code := named_currency(column))), None)
    attributes.sort(key=lambda each: _ORDER.get(each[0], len(_ORDER)))
    used = frozenset(column for name, columns in mapping if name != "code" for column in columns)
    codes = frozenset(column for name, columns in mapping if name == "code" for column in columns)
    return _Plan(core, tuple(translations), tuple(attributes), used | codes, frozenset(dict(mapping)), currency)


@lru_cache(maxsize=4096)
def _late(column: str, fields: frozenset[str]) -> tuple[str, Handler | None]:
    """What to do with a column that the mapping doesn't name: (attribute, handler of a canonical field or None)."""
    meant = field_of(column)
    name = normalise(column)
    if meant and meant[0] in FIELDS and meant[0] not in _CORE and (meant[0] not in fields or meant[0] == name):
        return meant[0], _HANDLERS.get(meant[0]) or _BY_KIND[FIELDS[meant[0]].kind]
    return (f"{name}_attribute" if name in _CORE else name), None


@lru_cache(maxsize=16)
def _folders(base: Path | None, images: Path | None) -> Folders:
    return Folders.of(base, images)


def _is_plain(value: Any) -> bool:
    """Whether a value is as feeds are read: a row that comes from elsewhere may hold objects, infinities, endless numbers."""
    if isinstance(value, float):
        return isfinite(value)
    return -(2**63) <= value < 2**63 if isinstance(value, int) else not isinstance(value, dict)


def _filled(row: Mapping[str, Any], columns: Sequence[str]) -> list[Any]:
    return [value for column in columns if (value := row.get(column)) is not None and value != "" and value != []]


def clean(
    row: RawRow, mapping: Mapping[str, Sequence[str] | str], base: Path | None = None, images: Path | None = None
) -> Cleaned:
    """The product a row describes, with every repair that was made; or why it can't be one.

    ``mapping`` is field → column(s), ``base`` the folder that relative picture paths start from, ``images`` a folder of
    pictures, searched first and, by the product's id, where the row names none. Rejections: "no_title", "negative_price"
    and those that reading found.
    """
    if row.problem is not None:
        return Cleaned(None, row.repairs, row.problem)
    plan = _plan(tuple((name, (each,) if isinstance(each, str) else tuple(each)) for name, each in mapping.items()))
    values = row.values
    if not all(map(_is_plain, values.values())):
        values = flatten(values)
    draft = _Draft(repairs=list(row.repairs), default_currency=plan.currency)
    try:
        product = _product(draft, plan, values, _folders(base, images))
    except _Refused as refused:
        return Cleaned(None, tuple(draft.repairs), refused.rejection)
    return Cleaned(product, tuple(draft.repairs))


def _product(draft: _Draft, plan: _Plan, values: Mapping[str, Any], folders: Folders) -> Product:
    title = next(iter(draft.texts("title", _filled(values, plan.core.get("title", ())))), "")
    paragraphs = [
        text
        for value in _filled(values, plan.core.get("description", ()))
        if (
            text := draft.text(
                "description", "\n".join(map(str, value)) if isinstance(value, list) else value, MAX_TEXT, lines=True
            )
        )
    ]
    translations: dict[str, dict[str, str]] = {}
    for language, part, columns in plan.translations:
        for value in _filled(values, columns)[:1]:
            if text := draft.text(f"{part}_{language}", value, MAX_TEXT, lines=part == "description"):
                translations.setdefault(language, {})[part] = text
    for name, handler, columns in plan.attributes:
        if filled := _filled(values, columns):
            handler(draft, name, filled)
    for column, value in values.items():
        if column in plan.used or value is None or value == "" or value == []:
            continue
        name, late = _late(column, plan.fields)
        if name in draft.attributes:
            continue
        if late:
            late(draft, name, [value])
        else:
            _unknown(draft, name, value)
    _settle(draft)
    description = "\n\n".join(dict.fromkeys(paragraphs + draft.misplaced))
    if not title:
        title = _other_title(draft, description, translations)
    if len(title) > MAX_TITLE:
        draft.note("title", "truncated", f"{len(title)} characters", f"{MAX_TITLE} characters")
        title = title[:MAX_TITLE]
    identifier = _identifier(draft, plan, values, title, description)
    groups = draft.texts("group", _filled(values, plan.core.get("group", ())))
    return Product(
        id=identifier,
        title=title,
        description=description,
        attributes=draft.attributes,
        images=_images(draft, plan, values, folders, identifier),
        group=groups[0][:MAX_ID] if groups else None,
        translations=translations,
        original=draft.original,
    )


def _settle(draft: _Draft) -> None:
    """Fields that are read together: sale and list price, stock and availability, type and category."""
    attributes = draft.attributes
    sale, price = attributes.pop("sale_price", None), attributes.get("price")
    if isinstance(sale, int | float):
        if isinstance(price, int | float) and sale < price:
            attributes.setdefault("list_price", price)
        if not isinstance(price, int | float) or sale < price:
            attributes["price"] = sale
    price, listed = attributes.get("price"), attributes.get("list_price")
    if isinstance(price, int | float) and isinstance(listed, int | float) and listed <= price:
        attributes.pop("list_price")
    if "price" not in attributes and listed is None and "currency" in attributes:
        attributes.pop("currency")
    available = attributes.pop("availability", None)
    if available is not None and (available == 0 or "stock" not in attributes):
        attributes["stock"] = available
    attributes.pop("best_rating", None)
    category = attributes.get("category")
    if "type" not in attributes and isinstance(category, tuple) and not category[-1].isdigit():
        attributes["type"] = category[-1]


def _other_title(draft: _Draft, description: str, translations: Mapping[str, Mapping[str, str]]) -> str:
    """A title for a row without one: a translation, brand and type, or the description's first sentence."""
    for language in ("en", *translations):
        if title := translations.get(language, {}).get("title"):
            return title
    words = [value for name in ("brand", "type") if isinstance(value := draft.attributes.get(name), str)]
    title = " ".join(words) if "type" in draft.attributes else ""
    if not title and description:
        found = _SENTENCE.match(description)
        title = found[1].strip() if found else description[:110].strip()
    if not title:
        raise _Refused(Rejection("no_title", "The row has no title, type or description.", "title"))
    draft.note("title", "missing title", "", title)
    return title


def _identifier(draft: _Draft, plan: _Plan, values: Mapping[str, Any], title: str, description: str) -> str:
    filled = _filled(values, plan.core.get("id", ()))
    raw = filled[0] if filled else None
    text = raw.strip() if isinstance(raw, str) else _number_text(raw) if isinstance(raw, int | float) else ""
    identifier = "".join(char for char in text if char.isprintable())
    if not identifier or (len(identifier) < 10 and is_placeholder(identifier)):
        content = repr((title, description, sorted(draft.attributes.items(), key=lambda each: each[0])))
        identifier = "auto-" + hashlib.blake2b(content.encode("utf-8", "replace"), digest_size=8).hexdigest()
        draft.note("id", "missing id", raw, identifier)
    elif len(identifier) > MAX_ID:
        short = (
            identifier[: MAX_ID - 17]
            + "-"
            + hashlib.blake2b(identifier.encode("utf-8", "replace"), digest_size=8).hexdigest()
        )
        draft.note("id", "long id", identifier, short)
        identifier = short
    elif identifier != text:
        draft.note("id", "control characters", raw, identifier)
    return identifier


def _images(
    draft: _Draft, plan: _Plan, values: Mapping[str, Any], folders: Folders, identifier: str
) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in _filled(values, plan.core.get("image", ())):
        for reference in split_references(value):
            if len(found) >= MAX_PICTURES or is_placeholder(reference):
                continue
            path, reason = resolve(reference, folders)
            if path is None:
                draft.note("image", reason, reference, "")
            else:
                found[path] = None
    if not found and (path := by_id(identifier, folders)):
        found[path] = None
    return tuple(found)
