"""Which of many query–product pairs teach the model most when a person judges them.

A strategy walks over a pool and yields pairs in the order it would like them judged; ``select`` takes from it what fits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aisle.errors import InvalidRequest

MIX: Mapping[str, int] = {"uncertainty": 3, "disagreement": 2, "margin": 2, "diversity": 2, "random": 1}
"""How many in ten each strategy gives to the mix. The random one keeps the labels fit for estimating quality."""


CHUNK = 256
"""Taken pairs that are compared with the pool at once."""


@dataclass(frozen=True)
class Pool:
    """n candidate pairs of m queries.

    ``query`` (n,) is each pair's place among the queries and ``product`` its id. ``lexical`` (n,) in [0, 1] is the share
    of the query's words, weighed by idf, that the product has, ``probability`` (n,) the calibrated P(good) of the vectors, ``score`` (n,) what the live
    ranking orders by. ``query_vectors`` (m, dim) and ``product_vectors`` (n, dim) are unit rows, or zeros.
    """

    query: np.ndarray
    product: Sequence[str]
    lexical: np.ndarray
    probability: np.ndarray
    score: np.ndarray
    query_vectors: np.ndarray
    product_vectors: np.ndarray

    def __len__(self) -> int:
        return len(self.product)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A pair's place in the pool, the strategy that picked it and the figure it went by."""

    place: int
    strategy: str
    value: float


Strategy = Callable[[Pool, Sequence[int], np.random.Generator], Iterator[tuple[int, float]]]
"""(pool, places taken so far, which grows while the strategy runs, rng) → (place, the figure it went by)."""


def uncertainty(pool: Pool, taken: Sequence[int], rng: np.random.Generator) -> Iterator[tuple[int, float]]:
    """The calibrated probability nearest to one half first (uncertainty sampling: Lewis & Gale 1994, cmp-lg/9407020)."""
    return _best(-np.abs(pool.probability - 0.5), pool.probability, rng)


def disagreement(pool: Pool, taken: Sequence[int], rng: np.random.Generator) -> Iterator[tuple[int, float]]:
    """Words and vectors furthest apart first: a committee of the two (query by committee: Seung et al. 1992)."""
    gap = np.abs(pool.lexical - pool.probability)
    return _best(gap, gap, rng)


def margin(pool: Pool, taken: Sequence[int], rng: np.random.Generator) -> Iterator[tuple[int, float]]:
    """Neighbours in a query's ranking whose scores are nearest to each other first: a label says which belongs above.

    Margin sampling (Scheffer et al. 2001), with neighbours in the ranking for the two likeliest classes. What decides
    little, low in the ranking, waits: the margin is divided by the discount 1/log2(rank + 1) of nDCG.
    """
    margins = np.full(len(pool), np.inf)
    for number in np.unique(pool.query):
        places = np.flatnonzero(pool.query == number)
        places = places[np.argsort(-pool.score[places], kind="stable")]
        if len(places) < 2:
            continue
        gaps = -np.diff(pool.score[places])  # (k - 1,)
        nearest = np.minimum(np.append(gaps, np.inf), np.append(np.inf, gaps))
        margins[places] = (nearest + 1e-6) * np.log2(np.arange(2, len(places) + 2))
    return _best(-margins, margins, rng)


def diversity(pool: Pool, taken: Sequence[int], rng: np.random.Generator) -> Iterator[tuple[int, float]]:
    """The pair furthest from all that are taken, again and again: k-centre greedy (Sener & Savarese 2018, arXiv:1708.00489).

    A pair lies where its query's and its product's vectors do, side by side; so two pairs' distance is
    √(|q − q'|² + |v − v'|²).
    """
    if not len(pool):
        return
    points = np.concatenate([pool.query_vectors[pool.query], pool.product_vectors], axis=1)  # (n, 2 · dim)
    lengths = np.einsum("nd,nd->n", points, points)  # (n,)
    distances = np.full(len(pool), np.inf)  # (n,) squared, to the nearest taken
    seen = 0
    given = np.zeros(len(pool), bool)
    while not given.all():
        while seen < len(taken):
            new = list(taken[seen : seen + CHUNK])
            to = lengths[:, None] + lengths[new] - 2.0 * (points @ points[new].T)  # (n, k)
            distances = np.minimum(distances, np.maximum(to.min(axis=1), 0.0))
            seen += len(new)
        left = np.where(given, -np.inf, distances)
        place = int(rng.integers(len(pool))) if not seen and not given.any() else int(left.argmax())
        given[place] = True
        yield place, float(np.sqrt(distances[place])) if np.isfinite(distances[place]) else 0.0


def chance(pool: Pool, taken: Sequence[int], rng: np.random.Generator) -> Iterator[tuple[int, float]]:
    """Any pair as likely as any other."""
    yield from ((int(place), 0.0) for place in rng.permutation(len(pool)))


STRATEGIES: Mapping[str, Strategy] = {
    "uncertainty": uncertainty,
    "disagreement": disagreement,
    "margin": margin,
    "diversity": diversity,
    "random": chance,
}
NAMES = ("mix", *STRATEGIES)


def select(
    pool: Pool,
    count: int,
    strategy: str = "mix",
    *,
    per_query: int | None = None,
    taken: Sequence[int] = (),
    seed: int = 0,
) -> list[Chosen]:
    """Up to ``count`` pairs of the pool, the most informative first; at most ``per_query`` of one query.

    ``taken`` are places that are labelled already: they aren't picked, and diversity keeps away from them. The mix lets
    each strategy choose in turn, as often as ``MIX`` says. Raises InvalidRequest for a strategy that isn't there.
    """
    if strategy not in NAMES:
        raise InvalidRequest(
            f"There is no strategy {strategy[:40]!r}.", field="strategy", hint=f"One of {', '.join(NAMES)}."
        )
    rng = np.random.default_rng(seed)
    places = list(taken)
    gone = set(places)
    shares: Mapping[str, int] = MIX if strategy == "mix" else {strategy: 1}
    walks = {name: STRATEGIES[name](pool, places, rng) for name in shares}
    credit = dict.fromkeys(shares, 0.0)
    used: Counter[int] = Counter()
    chosen: list[Chosen] = []
    while len(chosen) < count and walks:
        for name in walks:
            credit[name] += shares[name]
        turn = max(walks, key=lambda name: credit[name])
        credit[turn] -= sum(shares[name] for name in walks)
        for place, value in walks[turn]:
            query = int(pool.query[place])
            if place not in gone and (per_query is None or used[query] < per_query):
                gone.add(place)
                places.append(place)
                used[query] += 1
                chosen.append(Chosen(place, turn, value))
                break
        else:
            del walks[turn]
    return chosen


def _best(keys: np.ndarray, values: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[int, float]]:
    """Places by falling key, ties by lot: in a pool's own order, ties would favour the first queries."""
    order = np.lexsort((rng.random(len(keys)), -keys))
    yield from ((int(place), float(values[place])) for place in order)
