"""Where the queries to label come from: the query log, a file, or the catalog itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from aisle.errors import InvalidRequest
from aisle.store.judgements import LabelQuery
from aisle.types import Product, QueryEvent

WORDS = ("query", "text", "title", "name")
PICTURES = ("image", "photo")
LENGTH = 500
TEMPLATES: tuple[tuple[str, ...], ...] = (
    ("color", "type"),
    ("gender", "color", "type"),
    ("material", "type"),
    ("brand", "type"),
    ("pattern", "type"),
    ("type",),
)
"""Attributes that make a query of a product; one whose product lacks any of them isn't used."""


def words_of(event: QueryEvent) -> str:
    """What was typed; nothing for a search by other means, beside which a rater would have no picture to look at."""
    parts = event.asked.get("inputs", ())
    if not parts or any(part.get("type") != "text" or part.get("weight", 1.0) <= 0 for part in parts):
        return ""
    return " ".join(" ".join(str(part.get("value", "")) for part in parts).split())[:LENGTH]


def from_log(events: Iterable[QueryEvent], count: int) -> list[LabelQuery]:
    """The queries asked most, first pages only; ties by text."""
    asked = Counter(words_of(event) for event in events if not event.offset)
    asked.pop("", None)
    return [LabelQuery(text) for text, _ in sorted(asked.items(), key=lambda item: (-item[1], item[0]))[:count]]


def from_file(path: Path, keep_picture: Callable[[bytes], str]) -> Iterator[LabelQuery]:
    """The queries of a file: a line each, as words or as JSON with ``query`` and, beside the file, ``image``.

    ``keep_picture`` keeps a picture and names it. Raises InvalidRequest naming the line that can't be used.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise InvalidRequest(f"{path} can't be read: {error.strerror}.", field="queries") from error
    for number, line in enumerate(lines, 1):
        line = line.strip()
        if not line:
            continue
        if not line.startswith("{"):
            yield LabelQuery(" ".join(line.split())[:LENGTH])
            continue
        try:
            row = json.loads(line)
            text = next((str(row[key]) for key in WORDS if row.get(key)), "")
            picture = next((str(row[key]) for key in PICTURES if row.get(key)), None)
            name = keep_picture((path.parent / picture).read_bytes()) if picture else None
        except (OSError, ValueError) as error:
            raise InvalidRequest(
                f"{path.name}, line {number} can't be used: {error}", field=f"line {number}"
            ) from error
        if not text and name is None:
            raise InvalidRequest(
                f"{path.name}, line {number} holds no query.",
                field=f"line {number}",
                hint=f"Give words under {WORDS[0]}, or a picture's path under {PICTURES[0]}.",
            )
        yield LabelQuery(" ".join(text.split())[:LENGTH], name)


def from_catalog(products: Sequence[Product], count: int, seed: int = 0) -> list[LabelQuery]:
    """Queries that a shopper of this catalog might ask: a product's colour and kind, its brand and kind, its title …

    In every language that the catalog speaks: where a product has ``type_zh``, one in two queries is Chinese.
    """
    rng = np.random.default_rng(seed)
    made: dict[str, None] = {}
    for _ in range(count * 8):
        if len(made) >= count or not products:
            break
        product = products[int(rng.integers(len(products)))]
        suffixes = ["", *({"_zh"} if "type_zh" in product.attributes else ())]
        suffix = suffixes[int(rng.integers(len(suffixes)))]
        template = TEMPLATES[int(rng.integers(len(TEMPLATES)))]
        made.setdefault(_filled(template, product, suffix) or (_title(product, suffix) if rng.random() < 0.3 else ""))
        made.pop("", None)
    return [LabelQuery(text) for text in made]


def _filled(template: Sequence[str], product: Product, suffix: str) -> str:
    values = [_value(product.attributes, name, suffix) for name in template]
    return (" " if not suffix else "").join(values).lower() if all(values) else ""


def _value(attributes: Mapping[str, object], name: str, suffix: str) -> str:
    value = attributes.get(f"{name}{suffix}")
    if isinstance(value, tuple):
        value = value[0] if value else ""
    return " ".join(str(value or "").split())


def _title(product: Product, suffix: str) -> str:
    title = product.translations.get("zh", {}).get("title", "") if suffix else product.title
    return " ".join(title.split()[:6])[:80].lower()
