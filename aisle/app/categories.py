"""Which of a shop's own categories a query means: values of an attribute, by name, by what the catalog finds, by labelled queries."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from aisle.errors import InvalidRequest
from aisle.search.view import View
from aisle.store import Store
from aisle.understanding.categories import Categories, views_of

NEAREST = 30
"""Products that a text is seen in the company of."""


def categories_of(store: Store, view: View, field: str, examples: Iterable[tuple[str, str]] = ()) -> Categories:
    """The values of ``field`` in the catalog, and ``examples`` (query, category). Raises InvalidRequest where there is neither."""
    snapshot, taught = view.snapshot, list(examples)

    def find(text: str) -> list[tuple[str, float]]:
        matches = snapshot.lexical(view.reader.read(text).query)
        best = np.argsort(-matches.scores, kind="stable")[:NEAREST]
        ids = snapshot.ids(matches.ordinals[best])
        products = store.products(ids)
        scored = zip(ids, matches.scores[best].tolist(), strict=True)
        return [(products[id].title, score) for id, score in scored if id in products]

    names = list(snapshot.count(field, snapshot.alive())) if view.fields.get(field) else []
    if not names and not taught:
        raise InvalidRequest(
            f"No product says its {field}, and there is no labelled query.",
            field="field",
            hint="Name another attribute, or give queries with their categories.",
        )
    return Categories(names, taught, views_of(view.understander().graph, find))
