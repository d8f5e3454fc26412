"""A raw row becomes a Product: values plain, typed and standardised, each change noted, the feed's own text kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any

from aisle.catalog.fields import HANDLERS, MAX_ID, Draft, Handler, Refused, clean_unknown, handler_of, number_text
from aisle.catalog.formats.flatten import flatten
from aisle.catalog.pictures import MAX_PICTURES, Folders, by_id, resolve, split_references
from aisle.catalog.row import Cleaned, RawRow, Rejection, Repair
from aisle.catalog.schema import FIELDS, field_of, named_currency, normalise
from aisle.catalog.text import is_placeholder
from aisle.types import Product

__all__ = ["Cleaned", "Rejection", "Repair", "clean"]

MAX_TITLE, MAX_TEXT = 600, 20_000
_SENTENCE = re.compile(r"(.{8,110}?)(?:[.!?。！？\n]|\Z)", re.S)
_CORE = frozenset({"id", "title", "description", "image", "group"})
_ORDER = {name: place for place, name in enumerate(HANDLERS)}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a mapping says to do with a row, worked out once."""

    core: Mapping[str, tuple[str, ...]]
    translations: tuple[tuple[str, str, tuple[str, ...]], ...]  # (language, part, columns)
    attributes: tuple[tuple[str, Handler, tuple[str, ...]], ...]
    used: frozenset[str]
    fields: frozenset[str]
    unread: frozenset[str]
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
            attributes.append((name, handler_of(name), columns))
            if name in ("price", "sale_price"):
                currency = currency or next((code for column in columns if (code := named_currency(column))), None)
    attributes.sort(key=lambda each: _ORDER.get(each[0], len(_ORDER)))
    used = frozenset(column for _, columns in mapping for column in columns)
    unread = frozenset(name for name, columns in mapping if not columns)
    return _Plan(core, tuple(translations), tuple(attributes), used, frozenset(dict(mapping)), unread, currency)


@lru_cache(maxsize=4096)
def _late(column: str, fields: frozenset[str], unread: frozenset[str]) -> tuple[str, Handler] | None:
    """What to do with a column that the mapping doesn't name: (attribute, its handler), or None: nothing."""
    meant = field_of(column)
    name = normalise(column)
    if meant and meant[0] in unread:
        return None
    if meant and meant[0] in FIELDS and meant[0] not in _CORE and (meant[0] not in fields or meant[0] == name):
        return meant[0], handler_of(meant[0])
    return (f"{name}_attribute" if name in _CORE else name), clean_unknown


@lru_cache(maxsize=16)
def _folders(base: Path | None, images: Path | None) -> Folders:
    return Folders.of(base, images)


def _is_plain(value: Any) -> bool:
    """Whether a value is as feeds are read; a row from elsewhere may hold objects, infinities, endless numbers."""
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
    pictures, searched first and, by the product's id, where the row names none. A field that the mapping gives no
    column isn't read at all. Rejections: "no_title", "negative_price" and those that reading found.
    """
    if row.problem is not None:
        return Cleaned(None, row.repairs, row.problem)
    plan = _plan(tuple((name, (each,) if isinstance(each, str) else tuple(each)) for name, each in mapping.items()))
    values = row.values
    if not all(map(_is_plain, values.values())):
        values = flatten(values)
    draft = Draft(repairs=list(row.repairs), default_currency=plan.currency)
    try:
        product = _product(draft, plan, values, _folders(base, images))
    except Refused as refused:
        return Cleaned(None, tuple(draft.repairs), refused.rejection)
    return Cleaned(product, tuple(draft.repairs))


def _product(draft: Draft, plan: _Plan, values: Mapping[str, Any], folders: Folders) -> Product:
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
        late = _late(column, plan.fields, plan.unread)
        if late is None or late[0] in draft.attributes:
            continue
        name, handler = late
        handler(draft, name, [value])
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


def _settle(draft: Draft) -> None:
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


def _other_title(draft: Draft, description: str, translations: Mapping[str, Mapping[str, str]]) -> str:
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
        raise Refused(Rejection("no_title", "The row has no title, type or description.", "title"))
    draft.note("title", "missing title", "", title)
    return title


def _identifier(draft: Draft, plan: _Plan, values: Mapping[str, Any], title: str, description: str) -> str:
    filled = _filled(values, plan.core.get("id", ()))
    raw = filled[0] if filled else None
    text = raw.strip() if isinstance(raw, str) else number_text(raw) if isinstance(raw, int | float) else ""
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


def _images(draft: Draft, plan: _Plan, values: Mapping[str, Any], folders: Folders, identifier: str) -> tuple[str, ...]:
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
