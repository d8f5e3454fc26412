"""What is said in a shop: weighted phrases, made of what it sells, what it was asked and what things are called."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from math import log1p

EMPTY: Mapping[str, float] = {}
SHARES = {"titles": 1.0, "types": 1.0, "facts": 1.0, "pairs": 1.0, "queries": 2.0, "names": 0.3}
"""How much each source counts in all, whatever its number: what was asked before is the best guess of what will be."""
MOST_PAIRS = 20_000
MOST_TITLES = 60_000


def phrases(
    *,
    titles: Iterable[str] = (),
    types: Mapping[str, float] = EMPTY,
    brands: Mapping[str, float] = EMPTY,
    colours: Mapping[str, float] = EMPTY,
    materials: Mapping[str, float] = EMPTY,
    values: Mapping[str, float] = EMPTY,
    queries: Mapping[str, float] = EMPTY,
    names: Mapping[str, float] = EMPTY,
    joined: str = " ",
) -> dict[str, float]:
    """Phrase → weight, for one language.

    Each argument maps what is written to how often (products that have it, times it was asked); ``values`` are those of all
    other attributes, as a shopper would say them ("16 ounce", "slim fit"), ``names`` are the lexicon's. Beside what is given
    there are pairs: a colour, material, value or brand before a type, likely ones first. ``joined`` is what stands between
    the two ("" for Chinese).
    """
    facts = _merged(colours, materials, values, brands)
    found: dict[str, float] = {}
    _add(found, dict.fromkeys(_first(titles, MOST_TITLES), 1.0), SHARES["titles"])
    _add(found, types, SHARES["types"])
    _add(found, facts, SHARES["facts"])
    _add(found, _pairs(facts, types, joined), SHARES["pairs"])
    _add(found, queries, SHARES["queries"])
    _add(found, names, SHARES["names"])
    return found


def _add(found: dict[str, float], given: Mapping[str, float], share: float) -> None:
    """Adds phrases that weigh ``share`` thousands in all. What is a hundred times as frequent weighs a few times as much:
    shoppers ask for what is rare as well."""
    weights = {phrase.strip(): log1p(count) for phrase, count in given.items() if phrase.strip() and count > 0}
    whole = sum(weights.values())
    for phrase, weight in weights.items():
        found[phrase] = found.get(phrase, 0.0) + 1000 * share * weight / whole


def _merged(*given: Mapping[str, float]) -> dict[str, float]:
    merged: dict[str, float] = {}
    for each in given:
        for phrase, count in each.items():
            merged[phrase] = merged.get(phrase, 0.0) + count
    return merged


def _pairs(facts: Mapping[str, float], types: Mapping[str, float], joined: str) -> dict[str, float]:
    """The likeliest pairs, as if facts and types were independent."""
    most = int(MOST_PAIRS**0.5) * 2
    best_facts = heapq.nlargest(most, facts.items(), key=lambda pair: (pair[1], pair[0]))
    best_types = heapq.nlargest(most, types.items(), key=lambda pair: (pair[1], pair[0]))
    pairs = ((f"{fact}{joined}{kind}", log1p(a) * log1p(b)) for fact, a in best_facts for kind, b in best_types)
    return dict(heapq.nlargest(MOST_PAIRS, pairs, key=lambda pair: (pair[1], pair[0])))


def _first(items: Iterable[str], most: int) -> Iterable[str]:
    seen: set[str] = set()
    for item in items:
        if item not in seen:
            seen.add(item)
            yield item
            if len(seen) == most:
                return
