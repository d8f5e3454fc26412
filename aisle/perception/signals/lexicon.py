"""Catalog words in the shopper's language, from the bilingual lexicon: sources say what shops call things."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files


def named(*keys: str, language: str) -> str:
    """Each entry, by its English name, as the lexicon calls it in ``language`` ("zh", or any other for English)."""
    chinese = _chinese()
    return " ".join(chinese.get(key.casefold(), key) if language == "zh" else key.lower() for key in keys)


@lru_cache(maxsize=1)
def _chinese() -> Mapping[str, str]:
    """English name or synonym in lower case → Chinese name. The first entry of a name counts."""
    text = files("aisle").joinpath("understanding", "lexicon.tsv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t"))
    found: dict[str, str] = {}
    for row in rows:
        found.setdefault(row["en"].casefold(), row["zh"])
    for row in rows:
        for other in row["synonyms"].split(";"):
            found.setdefault(other.casefold(), row["zh"])
    return found
