"""How good one ranking is: pure functions over ranked ids and the grades of the relevant ones, each with its source.

``ranked`` is in order, best first, without repetition; ``relevant`` maps id → grade > 0 and isn't empty. All values are in [0, 1].
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

Relevant = Mapping[str, float]
Metric = Callable[[Sequence[str], Relevant], float]


def recall_at(ranked: Sequence[str], relevant: Relevant, k: int) -> float:
    """Share of the relevant ones that is among the first k (Manning, Raghavan, Schütze 2008, 8.3)."""
    return _found(ranked, relevant, k) / len(relevant)


def precision_at(ranked: Sequence[str], relevant: Relevant, k: int) -> float:
    """Share of the first k places that holds a relevant one; a place that isn't filled counts as wrong (ibid., 8.4)."""
    return _found(ranked, relevant, k) / k


def precision_within(ranked: Sequence[str], relevant: Relevant, k: int) -> float:
    """Precision at min(k, relevant): R-precision (ibid., 8.4) that looks no further than k. 1 can always be reached."""
    return precision_at(ranked, relevant, min(k, len(relevant)))


def hit_at(ranked: Sequence[str], relevant: Relevant, k: int) -> float:
    """1 when a relevant one is among the first k: the success@k of known-item search."""
    return float(_found(ranked, relevant, k) > 0)


def reciprocal_rank(ranked: Sequence[str], relevant: Relevant) -> float:
    """1 / rank of the first relevant one, 0 when there is none (Voorhees 1999)."""
    return next((1.0 / rank for rank, i in enumerate(ranked, 1) if i in relevant), 0.0)


def ndcg_at(ranked: Sequence[str], relevant: Relevant, k: int) -> float:
    """nDCG with gain 2^grade − 1 and discount log2(rank + 1) (Järvelin & Kekäläinen 2002; gain of Burges et al. 2005)."""

    def dcg(grades: Iterable[float]) -> float:
        return sum((2.0**grade - 1.0) / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))

    ideal = dcg(sorted(relevant.values(), reverse=True)[:k])
    return dcg(relevant.get(i, 0.0) for i in ranked[:k]) / ideal if ideal else 0.0


def average_precision(ranked: Sequence[str], relevant: Relevant) -> float:
    """Mean over the relevant ones of the precision at their rank, 0 for those not found (Manning et al. 2008, 8.4).

    Its mean over queries is mAP, cut off at the depth that was asked for.
    """
    found, total = 0, 0.0
    for rank, i in enumerate(ranked, 1):
        if i in relevant:
            found += 1
            total += found / rank
    return total / len(relevant)


def _found(ranked: Sequence[str], relevant: Relevant, k: int) -> int:
    return sum(i in relevant for i in ranked[:k])


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        "hit@1": lambda ranked, relevant: hit_at(ranked, relevant, 1),
        "hit@5": lambda ranked, relevant: hit_at(ranked, relevant, 5),
        "hit@10": lambda ranked, relevant: hit_at(ranked, relevant, 10),
        "recall@10": lambda ranked, relevant: recall_at(ranked, relevant, 10),
        "recall@50": lambda ranked, relevant: recall_at(ranked, relevant, 50),
        "precision@10": lambda ranked, relevant: precision_at(ranked, relevant, 10),
        "precision@min(10, relevant)": lambda ranked, relevant: precision_within(ranked, relevant, 10),
        "nDCG@10": lambda ranked, relevant: ndcg_at(ranked, relevant, 10),
        "MRR": reciprocal_rank,
        "mAP": average_precision,
    }
)
"""What every evaluation measures; means of these over the queries are reported."""
