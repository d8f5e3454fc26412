"""Nested records (JSON, Parquet, JSON-LD) as flat rows: ``{"offers": {"price": 5}}`` → ``{"offers.price": 5}``."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

DEPTH = 5
_TELLING = ("url", "src", "href", "contentUrl", "name", "value", "title", "label", "text")
"""What stands for an object inside a list, first found first: pictures by their address, others by their name."""


def scalar(value: Any) -> Any:
    """A value as rows hold it: None, str, int, float or bool."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else str(value)[:40]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return None  # pictures inside a column: not text, and not kept
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return None


def _items(values: list[Any]) -> list[Any]:
    items = []
    for value in values:
        if isinstance(value, Mapping):
            telling = next((value[key] for key in _TELLING if isinstance(value.get(key), str | int | float)), None)
            value = telling if telling is not None else scalar(dict(value))
        elif isinstance(value, list | tuple):
            value = scalar(list(value))
        else:
            value = scalar(value)
        if value is not None:
            items.append(value)
    return items


def _pairs(values: list[Any]) -> bool:
    """A list of named properties: ``[{"name": "Colour", "value": "Red"}, …]``."""
    return bool(values) and all(isinstance(each, Mapping) and "name" in each and "value" in each for each in values)


def flatten(record: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """The record as one flat row. Named properties become columns; objects in lists give their address or name."""
    flat: dict[str, Any] = {}
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            if depth < DEPTH:
                flat |= flatten(value, f"{name}.", depth + 1)
            else:
                flat[name] = scalar(dict(value))
        elif isinstance(value, list | tuple):
            if _pairs(list(value)):
                flat |= {
                    str(each["name"]): each["value"] for each in value if not isinstance(each["value"], dict | list)
                }
            elif name.lower() in ("reviews", "review", "评论") and any(isinstance(each, Mapping) for each in value):
                flat[name] = len(value)  # whole reviews: their number is the product's, their text is not
            else:
                flat[name] = _items(list(value))
        else:
            flat[name] = scalar(value)
    return flat
