"""Shopify's product CSV: the rows of one handle are a product's variants and further pictures; each variant becomes a
row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aisle.catalog.formats.base import Source
from aisle.catalog.formats.delimited import read_delimited, sniff_delimiter
from aisle.catalog.row import RawRow

_GROUP_ROWS = 2_000
"""Rows of one handle that are held at once; Shopify allows 2,000 variants."""
_PRIVATE = ("Cost per item", "Variant Tax Code", "Variant Fulfillment Service", "Variant Inventory Tracker")
"""What concerns the shop, not the shopper."""
_OPTIONS = ("Option1", "Option2", "Option3")
_PICTURES = ("Image Src", "Variant Image", "Image Position", "Image Alt Text")


def read_shopify(source: Source) -> Iterator[RawRow]:
    group: list[RawRow] = []
    for row in read_delimited(source):
        if row.problem is not None:
            yield row
            continue
        handle = row.values.get("Handle")
        if group and (len(group) >= _GROUP_ROWS or (handle and handle != group[0].values.get("Handle"))):
            yield from _variants(group)
            group = []
        group.append(row)
    if group:
        yield from _variants(group)


def _is_variant(values: Mapping[str, Any]) -> bool:
    return any(values.get(name) for name in ("Variant Price", "Variant SKU", "Option1 Value"))


def _variants(group: list[RawRow]) -> Iterator[RawRow]:
    """One row per variant: what only the first row says is said for all, the pictures are the product's."""
    first = group[0].values
    handle = first.get("Handle") or ""
    pictures = [row.values["Image Src"] for row in group if row.values.get("Image Src")]
    variants = [row for row in group if _is_variant(row.values)] or group[:1]
    for row in variants:
        values = {
            name: (row.values.get(name) or ("" if name.startswith("Variant") else value))
            for name, value in first.items()
            if name not in _PRIVATE and name not in _PICTURES and not name.startswith(_OPTIONS) and name != "Handle"
        }
        names = []
        for option in _OPTIONS:
            name, value = first.get(f"{option} Name"), row.values.get(f"{option} Value")
            if name and value and value != "Default Title":
                values[name] = value
                names.append(value)
        own = row.values.get("Variant Image")
        values["Image Src"] = list(dict.fromkeys(([own] if own else []) + pictures))
        values["Handle"] = handle if len(variants) > 1 else ""
        values["id"] = (
            "-".join([handle, *names]).replace(" ", "-").lower() if handle else row.values.get("Variant SKU") or ""
        )
        yield RawRow(row.number, values, row.repairs)


def recognises_shopify(head: str) -> bool:
    line = head.lstrip("\ufeff").split("\n", 1)[0]
    delimiter = sniff_delimiter(head[: 1 << 16])
    if delimiter is None:
        return False
    names = {name.strip(' "\r') for name in line.split(delimiter)}
    return "Handle" in names and bool(names & {"Variant SKU", "Variant Price", "Option1 Name"})
