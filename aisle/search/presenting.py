"""What the shopper sees of it: the page's hits with their products, and the facets over the whole match set."""

from __future__ import annotations

from collections import Counter

import numpy as np

from aisle.index.filters import In, without
from aisle.perception.text import excerpt, highlight
from aisle.search.asking import Asked
from aisle.search.matching import Retrieved
from aisle.search.scoring import Ranking
from aisle.search.view import View
from aisle.types import Facet, FacetValue, Hit, Product, Query

FACET_VALUES = 100


def facet(name: str, retrieved: Retrieved, query: Query, view: View) -> Facet:
    """Counts over the match set under every filter but this facet's own; variants count once."""
    snapshot = view.snapshot
    allowed = snapshot.filter(without(retrieved.tree, name))
    ordinals = retrieved.matched.ordinals[allowed[retrieved.matched.ordinals]]
    numbers = snapshot.numbers(name, ordinals) if snapshot.kinds.get(name) == "number" else None
    if numbers is not None:
        return Facet((), numbers.minimum, numbers.maximum)
    count = snapshot.count_groups if query.group else snapshot.count
    counted = count(name, ordinals, FACET_VALUES)
    spellings = Counter(value.casefold() for value in counted)
    merged: dict[str, tuple[str, int]] = {}
    for value, number in counted.items():
        key = value.casefold()
        if spellings[key] > 1 and key not in merged:  # a filter takes them for one value
            owners = ordinals[snapshot.filter(In(name, (value,)))[ordinals]]
            number = len(np.unique(snapshot.groups(owners))) if query.group else len(owners)
        merged.setdefault(key, (value, number))
    ranked = sorted(merged.values(), key=lambda each: -each[1])
    return Facet(tuple(FacetValue(value, number) for value, number in ranked))


def present(ranking: Ranking, asked: Asked, query: Query, view: View) -> tuple[Hit, ...]:
    """The page's hits with their products; one that was removed in this very moment is left out."""
    ids = view.snapshot.ids(ranking.found.ordinals[ranking.rows])
    products = view.senses.products(ids)
    totals = ranking.scored.total()
    return tuple(
        Hit(
            identifier,
            float(totals[row]),
            products[identifier],
            ranking.scored.contributions(row) if query.explain else (),
            not bool(ranking.found.good[row]),
            int(variants),
            _highlights(products[identifier], asked.wording.terms),
        )
        for identifier, row, variants in zip(ids, ranking.rows.tolist(), ranking.variants, strict=True)
        if identifier in products
    )


def _highlights(product: Product, terms: frozenset[str]) -> dict[str, str]:
    """What the words met in the title and, in short, in the description, as escaped HTML with <mark>."""
    if not terms:
        return {}
    marked = {"title": highlight(product.title, terms), "description": excerpt(product.description, terms)}
    return {field: text for field, text in marked.items() if "<mark>" in text}
