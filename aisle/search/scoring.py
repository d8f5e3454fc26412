"""The match set in order: signals summed in two stages, variants joined, the page cut out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aisle.config import OutOfStock
from aisle.errors import InvalidRequest
from aisle.index.snapshot import Snapshot
from aisle.ranking import similarity
from aisle.ranking.ranker import WINDOW, Scored, popularity
from aisle.search.asking import Asked, Leaning
from aisle.search.matching import Candidates, spread
from aisle.search.understanding import fulfilled
from aisle.search.view import View
from aisle.types import Query

BESIDE_WORDS = 0.5
"""What the vector's vote counts where words are all there is: what a product says can be read, and counts already."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The page: ``rows`` of ``found`` in order with their signals in ``scored`` and ``variants``; ``total`` over all pages."""

    found: Candidates
    rows: np.ndarray
    scored: Scored
    variants: np.ndarray
    total: int


def rank(found: Candidates, asked: Asked, query: Query, view: View) -> Ranking:
    """Score, sort, join variants, and cut out the page that was asked for. Raises InvalidRequest for an unknown sort."""
    snapshot, ordinals = view.snapshot, found.ordinals
    first = _first_stage(found, asked, view)
    groups = snapshot.groups(ordinals) if query.group else ordinals
    distinct, sizes = np.unique(groups, return_counts=True)
    needed = query.offset + query.limit
    depth = len(ordinals) if len(distinct) < len(ordinals) else max(needed, WINDOW)
    sort = asked.understood.query.sort
    if sort == "relevance":
        # Weak matches come after all good ones, whatever else speaks for them.
        order = snapshot.best(ordinals, _keys(first.total(), found.good), depth)
    else:
        field, descending = _sorting(sort, view)
        order = snapshot.sort(ordinals, field, depth, descending=descending)
    _, firsts = np.unique(groups[order], return_index=True)
    order = order[np.sort(firsts)]  # the best of each group
    if sort == "relevance":
        scored, order = _second_stage(found, first, order, asked, view)
    else:
        scored = first
    rows = order[query.offset : needed]
    variants = sizes[np.searchsorted(distinct, groups[rows])]
    return Ranking(found, rows, scored, variants, len(distinct))


def _keys(totals: np.ndarray, good: np.ndarray) -> np.ndarray:
    """(n,) float64 to rank by: scores, with every good match above every weak one. float32 would blur the scores."""
    return totals + np.where(good, 1000.0, 0.0)


def _first_stage(found: Candidates, asked: Asked, view: View) -> Scored:
    weights = dict(view.settings.weights)
    if asked.shown:
        said = (a for s, a in zip(asked.sought, asked.fused.attention, strict=True) if s.type.says_words)
        weights["lexical"] = weights.get("lexical", 0.0) * float(sum(said))
    elif asked.wording.main:
        weights["dense"] = weights.get("dense", 0.0) * BESIDE_WORDS * _looseness(asked)
    if view.settings.out_of_stock is not OutOfStock.DEMOTE:
        weights["stock"] = 0.0
    stock = view.snapshot.values_of_numbers("stock", found.ordinals)
    rating = view.snapshot.values_of_numbers("rating", found.ordinals)
    reviews = view.snapshot.values_of_numbers("reviews", found.ordinals)
    values = {
        "lexical": found.lexical,
        "dense": found.dense,
        "popularity": popularity(rating, reviews),
        "stock": (stock != 0).astype(np.float32),  # unknown stock counts as there
    }
    if asked.understood.wishes:
        values["understood"] = fulfilled(asked.understood.wishes, found.ordinals, view.snapshot)
        weights["understood"] = weights.get("understood", 0.0) * _looseness(asked)
    if asked.leaning is not None:
        values["context"] = _around(found.ordinals, asked.leaning, view.snapshot)
        weights["context"] = weights.get("context", 0.0) * asked.leaning.attention
    return Scored(values, {name: float(weights.get(name, 0.0)) for name in values})


def _around(ordinals: np.ndarray, leaning: Leaning, snapshot: Snapshot) -> np.ndarray:
    """(n,) float32 in [0, 1]: how much of the context's words each match has; having none of them costs nothing else."""
    hits = snapshot.lexical(leaning.wording.query)
    return spread(ordinals, hits.ordinals, hits.scores / np.float32(hits.mass or 1.0))


def _second_stage(
    found: Candidates, first: Scored, order: np.ndarray, asked: Asked, view: View
) -> tuple[Scored, np.ndarray]:
    """The best of the first stage looked at more closely and put in order again; the rest follows as it was."""
    window = order[:WINDOW]
    n = len(found.ordinals)
    closer = {
        "phrase": view.snapshot.phrase(found.ordinals[window], asked.wording.main, "title"),
        "similarity": _similarities(found.ordinals[window], asked.wording.text, view.snapshot),
    }
    spread = {}
    for name, values in closer.items():
        spread[name] = np.zeros(n, np.float32)
        spread[name][window] = values
    weights = {name: float(view.settings.weights.get(name, 0.0)) for name in closer}
    weights["phrase"] *= _looseness(asked)
    scored = Scored({**first.values, **spread}, {**first.weights, **weights})
    keys = _keys(scored.total()[window], found.good[window])
    again = view.snapshot.best(found.ordinals[window], keys, len(window))
    return scored, np.concatenate([window[again], order[WINDOW:]])


def _looseness(asked: Asked) -> float:
    """1 for a few words, 0 for a query that reads like a title: that means one thing, and similarity says which."""
    return (1.0 - similarity.specificity(similarity.read(asked.wording.text))) ** 2


def _similarities(ordinals: np.ndarray, text: str, snapshot: Snapshot) -> np.ndarray:
    """(h,) float32: how much each product's title reads like the query; 0 for queries that are no titles and hold no code."""
    asked = similarity.read(text)
    if not asked.codes and similarity.specificity(asked) == 0.0:
        return np.zeros(len(ordinals), np.float32)
    fields = (snapshot.values(name, ordinals) for name in ("title", "brand", "code"))
    listings = [
        similarity.read(
            str(title or ""), str(brand or ""), code if isinstance(code, tuple) else (code,) if code else ()
        )
        for title, brand, code in zip(*fields, strict=True)
    ]
    return similarity.compare(asked, listings, len(snapshot), snapshot.frequency).value


def _sorting(sort: str, view: View) -> tuple[str, bool]:
    """(field, descending) of ``price``, ``price:desc``, ``newest``. Raises InvalidRequest."""
    name, _, direction = sort.partition(":")
    if name not in view.settings.sortable or direction not in ("", "asc", "desc"):
        raise InvalidRequest(
            f"Results can't be sorted by {sort[:60]!r}.",
            field="sort",
            hint=f"One of relevance, {', '.join(view.settings.sortable)}; add :desc to turn it round.",
        )
    if name == "newest":
        return "created", direction != "asc"
    return name, direction == "desc" or (name == "rating" and not direction)
