"""Labels that nobody gave: read from clicks, or from words and vectors agreeing, each with how sure it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincc

from aisle.labelling.strategies import Pool
from aisle.store.judgements import LabelQuery

CONFIDENCE = 0.8
"""Labels less sure than this are left out."""
PRIOR = 1.0
"""Expected clicks' worth of belief that a product draws as many clicks as any at its position: Gamma(PRIOR, PRIOR)."""
STRONG = 2.0
"""A product that draws this many times the clicks its positions explain is graded 3."""
DEPTH = 100
"""Positions further down share one click rate."""
SURE, SURELY_NOT = 0.95, 0.02
"""Calibrated probabilities above and below which the vectors count as sure (0.95: Sohn et al. 2020, arXiv:2001.07685)."""
SAYS_ALL = 0.9
"""Share of the query's words (by idf) from which they count as sure."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One list as it was shown: product ids from position ``offset`` on (0 is the top), and those that were clicked."""

    query: LabelQuery
    products: Sequence[str]
    clicked: frozenset[str]
    offset: int = 0


@dataclass(frozen=True, slots=True)
class PseudoLabel:
    """``weight`` in [0, 1] is the confidence; ``source`` is ``clicks`` or ``model``."""

    query: LabelQuery
    product: str
    grade: int
    weight: float
    source: str


def click_rates(lists: Iterable[Shown]) -> np.ndarray:
    """(DEPTH,) how often what stands at a position is clicked, whatever it is: smoothed, and falling with the position.

    rate(k) = (clicks(k) + r) / (impressions(k) + 1), where r is the rate over all positions; then made non-increasing by
    pooling adjacent violators (Ayer et al. 1955), weighted by impressions.
    """
    clicks, impressions = np.zeros(DEPTH), np.zeros(DEPTH)
    for shown in lists:
        for position, product in enumerate(shown.products, shown.offset):
            place = min(position, DEPTH - 1)
            impressions[place] += 1
            clicks[place] += product in shown.clicked
    overall = clicks.sum() / max(impressions.sum(), 1.0)
    deepest = int(np.flatnonzero(impressions).max(initial=0)) + 1  # nothing is known below
    falling = _falling((clicks + overall)[:deepest] / (impressions[:deepest] + 1.0), impressions[:deepest] + 1.0)
    return np.append(falling, np.full(DEPTH - deepest, falling[-1]))


def _falling(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    blocks: list[list[float]] = []  # [mean, weight, length]
    for value, weight in zip(values, weights, strict=True):
        blocks.append([float(value), float(weight), 1])
        while len(blocks) > 1 and blocks[-2][0] < blocks[-1][0]:
            mean, mass, length = blocks.pop()
            before = blocks[-1]
            before[0] = (before[0] * before[1] + mean * mass) / (before[1] + mass)
            before[1] += mass
            before[2] += length
    return np.repeat([block[0] for block in blocks], [int(block[2]) for block in blocks])


def surely_more(clicks: float, expected: float) -> float:
    """P(λ > 1): that a product draws more clicks than its positions explain.

    Clicks are Poisson(λ · expected) with λ ~ Gamma(PRIOR, PRIOR), so λ given the clicks is
    Gamma(PRIOR + clicks, PRIOR + expected), whose mass above 1 is the regularised upper incomplete gamma function
    Q(PRIOR + clicks, PRIOR + expected).
    """
    return float(gammaincc(PRIOR + clicks, PRIOR + expected))


def from_clicks(lists: Sequence[Shown], confidence: float = CONFIDENCE) -> list[PseudoLabel]:
    """Labels from clicks over expected clicks (COEC: Zhang & Jones 2007), with a posterior for how sure they are.

    COEC(q, d) = clicks(q, d) / Σ over its impressions of rate(position). Weight = |2 P(λ > 1) − 1|. Grade 0 where λ is
    surely below 1; above it 2, or 3 where the posterior mean (PRIOR + clicks) / (PRIOR + expected) reaches ``STRONG``.
    What stands high because it is good raises its position's rate, so the correction errs towards caution there.
    """
    rates = click_rates(lists)
    clicks: dict[tuple[LabelQuery, str], float] = defaultdict(float)
    expected: dict[tuple[LabelQuery, str], float] = defaultdict(float)
    for shown in lists:
        for position, product in enumerate(shown.products, shown.offset):
            clicks[shown.query, product] += product in shown.clicked
            expected[shown.query, product] += rates[min(position, DEPTH - 1)]
    labels = []
    for (query, product), count in clicks.items():
        above = surely_more(count, expected[query, product])
        weight = abs(2.0 * above - 1.0)
        if weight < confidence:
            continue
        mean = (PRIOR + count) / (PRIOR + expected[query, product])
        grade = 0 if above < 0.5 else 3 if mean >= STRONG else 2
        labels.append(PseudoLabel(query, product, grade, weight, "clicks"))
    return labels


def from_agreement(pool: Pool, queries: Sequence[LabelQuery], confidence: float = CONFIDENCE) -> list[PseudoLabel]:
    """Labels where words and vectors, two views of a product, are both sure (co-training: Blum & Mitchell 1998).

    Both say yes: grade 2, weight = probability · lexical share. Both say no: grade 0, weight = (1 − probability) ·
    (1 − lexical share). A query without words has one view only and gets no label.
    """
    yes = (pool.probability >= SURE) & (pool.lexical >= SAYS_ALL)
    no = (pool.probability <= SURELY_NOT) & (pool.lexical == 0)
    weights = np.where(yes, pool.probability * pool.lexical, (1 - pool.probability) * (1 - pool.lexical))
    labels = []
    for place in np.flatnonzero((yes | no) & (weights >= confidence)).tolist():
        query = queries[int(pool.query[place])]
        if query.text:
            grade = 2 if yes[place] else 0
            labels.append(PseudoLabel(query, pool.product[place], grade, float(weights[place]), "model"))
    return labels


def without_judged(labels: Iterable[PseudoLabel], judged: Mapping[tuple[LabelQuery, str], object]) -> list[PseudoLabel]:
    """One label a pair, the surest; none for what people have judged: they know better."""
    best: dict[tuple[LabelQuery, str], PseudoLabel] = {}
    for label in labels:
        key = (label.query, label.product)
        if key not in judged and (key not in best or best[key].weight < label.weight):
            best[key] = label
    return list(best.values())
