"""What is said in a shop, for those who listen: its catalog, what it was asked, and what things are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from aisle.index.snapshot import Snapshot
from aisle.speech.phrases import MOST_TITLES, phrases
from aisle.store import Store
from aisle.types import SlotKind
from aisle.understanding.graph import Graph

LANGUAGES = ("en", "zh")
VALUES = 400
"""Values of one attribute that are said; a field with more is free text or a code."""
BATCH = 2_000
LONGEST = 40
"""Characters of a value that somebody says."""
_HAN = re.compile("[㐀-鿿]")


def what_is_said(
    snapshot: Snapshot, store: Store, graph: Graph, asked: Mapping[str, float]
) -> Mapping[str, Mapping[str, float]]:
    """Language → phrase → weight. ``asked`` are past queries that may be offered to others, and how often each was asked."""
    everything = snapshot.alive()
    counted: dict[str, dict[str, Counter[str]]] = {language: {} for language in LANGUAGES}
    for field, kind in snapshot.kinds.items():
        if kind == "number" or field in UNSAID:
            continue
        values = snapshot.count(field, everything, VALUES + 1)
        if len(values) > VALUES and field not in NAMED:
            continue
        for value, count in values.items():
            if len(value) <= LONGEST:
                role = NAMED.get(field.removesuffix("_zh"), "values")
                counted[_language(value)].setdefault(role, Counter())[value] += count
    titles: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    for title in _titles(snapshot, store):
        titles[_language(title)].append(title)
    names: dict[str, dict[str, float]] = {language: {} for language in LANGUAGES}
    for concept in graph.concepts.values():
        for language in LANGUAGES:
            for name in concept.names.get(language, ()):
                if concept.count:  # sold here: a shopper says "dress" where the catalog says Dresses
                    counted[language].setdefault(KINDS.get(concept.kind, "values"), Counter())[name] += concept.count
                else:
                    names[language][name] = 1.0
    return {
        language: phrases(
            titles=titles[language],
            queries={text: count for text, count in asked.items() if _language(text) == language},
            names=names[language],
            joined="" if language == "zh" else " ",
            **counted[language],
        )
        for language in LANGUAGES
    }


KINDS: Mapping[SlotKind, str] = {
    SlotKind.TYPE: "types",
    SlotKind.BRAND: "brands",
    SlotKind.COLOR: "colours",
    SlotKind.MATERIAL: "materials",
}
NAMED: Mapping[str, str] = {
    "type": "types",
    "category": "types",
    "brand": "brands",
    "color": "colours",
    "shade": "colours",
    "material": "materials",
}
"""Attribute → what ``phrases`` calls its values; all others are ``values``."""
UNSAID = frozenset({"title", "description", "url", "image", "images", "currency", "created", "code", "group", "id"})


def _language(text: str) -> str:
    return "zh" if _HAN.search(text) else "en"


def _titles(snapshot: Snapshot, store: Store) -> Iterator[str]:
    """Titles in all their languages, evenly over a large catalog."""
    ordinals = snapshot.alive()
    ids = snapshot.ids(ordinals[:: max(1, -(-len(ordinals) // MOST_TITLES))])
    for start in range(0, len(ids), BATCH):
        for product in store.products(ids[start : start + BATCH]).values():
            yield product.title
            yield from (said["title"] for said in product.translations.values() if "title" in said)
