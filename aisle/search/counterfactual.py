"""What did each part of the query do? The same search without it, part by part, beside the answer as it is."""

from __future__ import annotations

from collections.abc import Sequence

from aisle.search.asking import Asked, without
from aisle.search.matching import retrieve
from aisle.search.scoring import Ranking, rank
from aisle.search.view import View
from aisle.types import Came, Effect, Moved, Product, Query

MAX_PARTS = 6
"""Parts that are left out in turn: those with the largest shares of attention."""


def counterfactual(asked: Asked, ranking: Ranking, query: Query, view: View) -> tuple[Effect, ...]:
    """The effect of each part, in the query's order. Parts are perceived once; only fusing, matching and ranking repeat."""
    order = sorted(range(len(asked.signals)), key=lambda part: (-asked.attention[part], part))
    shown = page(ranking, view)
    return tuple(_effect(part, shown, asked, query, view) for part in sorted(order[:MAX_PARTS]))


def page(ranking: Ranking, view: View) -> list[str]:
    """Ids of the page in order."""
    return list(view.snapshot.ids(ranking.found.ordinals[ranking.rows]))


def _effect(part: int, shown: Sequence[str], asked: Asked, query: Query, view: View) -> Effect:
    again = without(asked, part, query, view)
    ranking = rank(retrieve(again, query, view).found, again, query, view)
    then = page(ranking, view)
    left, came, moved = difference(shown, then, first=query.offset + 1)
    products = view.senses.products(list(came))
    longest = max(len(shown), len(then))
    return Effect(
        without=part,
        type=asked.signals[part].type,
        words=asked.signals[part].words,
        left=left,
        came=tuple(
            Came(id, _title(products[id], query), products[id].images[0] if products[id].images else None, at)
            for id, at in came.items()
            if id in products
        ),
        moved=moved,
        overlap=(len(shown) - len(left)) / longest if longest else 1.0,
        total=ranking.total,
    )


def _title(product: Product, query: Query) -> str:
    """In the shopper's language where the catalog has it."""
    return product.translations.get(query.locale.lower()[:2], {}).get("title") or product.title


def difference(
    shown: Sequence[str], then: Sequence[str], *, first: int
) -> tuple[tuple[str, ...], dict[str, int], tuple[Moved, ...]]:
    """From one page to another whose ranks start at ``first``: ids that leave, ids that come with their rank, and moves."""
    before = {id: rank for rank, id in enumerate(shown, first)}
    after = {id: rank for rank, id in enumerate(then, first)}
    moves = [Moved({"id": id, "from": rank, "to": after[id]}) for id, rank in before.items() if id in after]
    return (
        tuple(id for id in shown if id not in after),
        {id: rank for id, rank in after.items() if id not in before},
        tuple(move for move in moves if move["from"] != move["to"]),
    )
