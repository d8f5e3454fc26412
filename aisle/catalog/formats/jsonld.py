"""schema.org products: JSON-LD files, and the JSON-LD inside a web page. Read whole, so bounded in size."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from aisle.catalog.formats.base import MAX_DOCUMENT, FeedBreaks, Source
from aisle.catalog.formats.flatten import flatten
from aisle.catalog.row import RawRow

_SCRIPT = re.compile(r"<script[^>]*application/ld\+json[^>]*>(.*?)</script", re.IGNORECASE | re.DOTALL)
_PRODUCTS = frozenset({"product", "individualproduct", "productmodel", "vehicle", "book", "someproducts"})
_NESTED = (
    "@graph",
    "itemListElement",
    "item",
    "mainEntity",
    "hasPart",
    "itemOffered",
    "isRelatedTo",
    "makesOffer",
    "dataFeedElement",
)
"""Where products are found below a node that isn't one."""
_MAX_DEPTH = 40


def read_json_ld(source: Source) -> Iterator[RawRow]:
    with source.text() as text:
        content = text.read(MAX_DOCUMENT + 1)
    if len(content) > MAX_DOCUMENT:
        raise FeedBreaks("JSON-LD is read up to 64 MB.")
    content = content.lstrip("\ufeff \r\n\t")
    number = 0
    for block in (
        [content]
        if content[:1] in "{["
        else [html.unescape(each) if "&quot;" in each else each for each in _SCRIPT.findall(content)]
    ):
        try:
            document = json.loads(block.strip().removeprefix("<![CDATA[").removesuffix("]]>"), strict=False)
        except (ValueError, RecursionError):
            if content[:1] in "{[":
                raise FeedBreaks("The JSON is malformed or cut off.") from None
            continue  # one broken block of a page says nothing about the others
        for row in _products(document):
            number += 1
            yield RawRow(number, row)
    if number == 0:
        raise FeedBreaks("It holds no schema.org product.")


def _types(node: Mapping[str, Any]) -> set[str]:
    named = node.get("@type")
    return {
        str(each).rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower()
        for each in (named if isinstance(named, list) else [named])
    }


def _products(node: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(node, list):
        for each in node:
            yield from _products(each, depth + 1)
    elif isinstance(node, Mapping):
        types = _types(node)
        if "productgroup" in types and isinstance(node.get("hasVariant"), list):
            shared = {
                name: value for name, value in node.items() if name not in ("hasVariant", "@type", "@id", "variesBy")
            }
            group = node.get("productGroupID") or node.get("@id")
            for variant in node["hasVariant"]:
                if isinstance(variant, Mapping):
                    yield _row({**shared, **variant, "item_group_id": group})
        elif types & _PRODUCTS or "productgroup" in types:
            yield _row(node)
        else:
            for name in _NESTED:
                if name in node:
                    yield from _products(node[name], depth + 1)


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _named(value: Any) -> Any:
    value = _first(value)
    return value.get("name") if isinstance(value, Mapping) else value


def _row(node: Mapping[str, Any]) -> dict[str, Any]:
    """A product node as one row, with the columns' names as the schema knows them."""
    plain = {name: value for name, value in node.items() if not name.startswith("@") and name not in _OWN}
    row = flatten(plain)
    row = {name: value for name, value in row.items() if not name.rsplit(".", 1)[-1].startswith("@")}
    row["id"] = node.get("productID") or node.get("sku") or node.get("@id") or node.get("url")
    for name in ("brand", "manufacturer", "color", "material", "pattern", "size"):
        value = node.get(name)
        if isinstance(value, list):
            row[name] = [each for each in map(_named, value) if isinstance(each, str)]
        elif value is not None:
            row[name] = _named(value)
    pictures = node.get("image")
    row["image"] = [
        each if isinstance(each, str) else each.get("contentUrl") or each.get("url")
        for each in (pictures if isinstance(pictures, list) else [pictures])
        if isinstance(each, str | Mapping)
    ]
    row |= _offer(_first(node.get("offers")))
    rating = _first(node.get("aggregateRating"))
    if isinstance(rating, Mapping):
        row["rating"], row["best_rating"] = rating.get("ratingValue"), rating.get("bestRating")
        row["review_count"] = rating.get("reviewCount") or rating.get("ratingCount")
    return {name: value for name, value in row.items() if not isinstance(value, dict) and value is not None}


_OWN = frozenset(
    {"offers", "aggregateRating", "review", "image", "brand", "manufacturer", "color", "material", "pattern", "size"}
)


def _offer(offer: Any) -> dict[str, Any]:
    if not isinstance(offer, Mapping):
        return {}
    if "offers" in offer and "price" not in offer and "lowPrice" not in offer:
        return _offer(_first(offer["offers"]))
    specification = _first(offer.get("priceSpecification"))
    priced = specification if isinstance(specification, Mapping) and "price" not in offer else offer
    price = priced.get("price", priced.get("lowPrice"))
    return {
        "price": price if isinstance(price, str | int | float) else None,
        "priceCurrency": _named(priced.get("priceCurrency") or offer.get("priceCurrency")),
        "availability": _named(offer.get("availability")),
        "condition": _named(offer.get("itemCondition")),
        "seller": _named(offer.get("seller")),
        **({"url": offer["url"]} if isinstance(offer.get("url"), str) else {}),
    }


_LINKED = re.compile(r'"@(?:context|type|graph)"\s*:')
_PAGE = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|script)\b", re.IGNORECASE | re.DOTALL)


def recognises_json_ld(head: str) -> bool:
    start = head.lstrip("\ufeff \r\n\t")
    if start[:1] in ("{", "["):
        return bool(_LINKED.search(start[:4096]))
    return bool(_PAGE.match(start)) or "application/ld+json" in start
