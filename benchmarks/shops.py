"""Shops to measure on: rows of a feed, indexed in a folder that goes when they are closed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aisle.app import Shop
from aisle.config import Config
from aisle.models.runtime import Model


@contextmanager
def opened(rows: Iterable[Mapping[str, Any]], model: Model) -> Iterator[Shop]:
    """A shop of these rows, as `aisle index` makes one; what it is asked isn't logged."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        feed = folder / "feed.jsonl"
        feed.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        with Shop.open(
            "measured", folder / "store", model=model, config=Config(store=folder, query_log_days=0)
        ) as shop:
            shop.index_feed(feed)
            yield shop
