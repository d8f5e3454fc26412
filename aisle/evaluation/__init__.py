"""Measure a shop's search on a labelled set: quality with intervals, slices, comparison, robustness, latency.

labelled → measuring (metrics, slices, statistics) → robustness → report_page
"""

from aisle.evaluation.labelled import Labelled, read_labelled, read_trec, resolve
from aisle.evaluation.measuring import Comparison, Measured, Outcome, compare, evaluate
from aisle.evaluation.metrics import (
    METRICS,
    average_precision,
    hit_at,
    ndcg_at,
    precision_at,
    precision_within,
    recall_at,
    reciprocal_rank,
)
from aisle.evaluation.robustness import DISTURBANCES, Disturbed, robustness
from aisle.evaluation.statistics import Paired, bootstrap, paired, permutation_p

__all__ = [
    "DISTURBANCES",
    "METRICS",
    "Comparison",
    "Disturbed",
    "Labelled",
    "Measured",
    "Outcome",
    "Paired",
    "average_precision",
    "bootstrap",
    "compare",
    "evaluate",
    "hit_at",
    "ndcg_at",
    "paired",
    "permutation_p",
    "precision_at",
    "precision_within",
    "read_labelled",
    "read_trec",
    "recall_at",
    "reciprocal_rank",
    "resolve",
    "robustness",
]
