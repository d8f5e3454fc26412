"""Ask every query of a labelled set and measure the answers; ``compare`` sets two such runs side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from aisle.errors import InvalidRequest
from aisle.evaluation.labelled import Labelled
from aisle.evaluation.metrics import METRICS, recall_at
from aisle.evaluation.slices import slices
from aisle.evaluation.statistics import Paired, bootstrap, paired
from aisle.types import Query

Rank = Callable[[Query], Sequence[str]]
"""What is measured: a query goes in, ids come out, best first."""

CURVE = (1, 2, 3, 5, 10, 20, 30, 50)
"""The k of the recall curve."""
MAIN = "nDCG@10"
"""By this metric examples are chosen and queries are said to have changed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One query asked: the ids found in order, each metric's value, and how long it took in ms."""

    query: Labelled
    ranked: tuple[str, ...]
    values: Mapping[str, float]
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Means over the queries, in [0, 1]; ``interval`` is the 95 % bootstrap interval of each; latencies in ms, and how many
    queries a second were answered one after another. ``outcomes`` holds every query, ``slices`` the parts apart."""

    queries: int
    metrics: Mapping[str, float]
    interval: Mapping[str, tuple[float, float]]
    p50_ms: float
    p95_ms: float
    p99_ms: float
    per_second: float
    slices: Mapping[str, Measured] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()

    def as_dict(self) -> dict[str, object]:
        return {
            "queries": self.queries,
            "metrics": dict(self.metrics),
            "interval": {name: list(pair) for name, pair in self.interval.items()},
            "latency_ms": {"p50": self.p50_ms, "p95": self.p95_ms, "p99": self.p99_ms},
            "queries_per_second": self.per_second,
            "slices": {name: part.as_dict() for name, part in self.slices.items()},
        }

    def recall_curve(self) -> list[tuple[int, float, float, float]]:
        """(k, mean recall@k, and its 95 % interval) for each k of CURVE."""
        values = np.array([[recall_at(each.ranked, each.query.relevant, k) for k in CURVE] for each in self.outcomes])
        low, high = bootstrap(values)  # values: (queries, ks)
        return [(k, float(values[:, i].mean()), float(low[i]), float(high[i])) for i, k in enumerate(CURVE)]


def evaluate(
    rank: Rank,
    labelled: Iterable[Labelled],
    *,
    depth: int = 100,
    by: Sequence[str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Measured:
    """Ask every query of a labelled set, ``depth`` hits each, variants apart, weak matches included.

    ``by`` names the slices to report; without it, all that divide the set. Raises InvalidRequest for an empty set.
    """
    outcomes: list[Outcome] = []
    for item in labelled:
        query = Query(inputs=item.inputs, limit=depth, group=False, weak=True)
        started = time.perf_counter()
        ranked = tuple(rank(query))
        spent = (time.perf_counter() - started) * 1000
        values = {name: metric(ranked, item.relevant) for name, metric in METRICS.items()}
        outcomes.append(Outcome(item, ranked, values, spent))
        if progress:
            progress(len(outcomes))
    if not outcomes:
        raise InvalidRequest("The labelled set has no query.", hint="Give a JSON Lines file with one query a line.")
    parts = slices([each.query for each in outcomes], by)
    return summed(outcomes, {name: summed([outcomes[i] for i in rows]) for name, rows in parts.items()})


def summed(outcomes: Sequence[Outcome], slices: Mapping[str, Measured] | None = None) -> Measured:
    """The figures of some outcomes."""
    values = np.array([[each.values[name] for name in METRICS] for each in outcomes])  # (queries, metrics)
    latencies = np.array([each.milliseconds for each in outcomes])  # (queries,)
    means = values.mean(axis=0)
    low, high = bootstrap(values)
    p50, p95, p99 = np.percentile(latencies, (50, 95, 99)).tolist()
    return Measured(
        len(outcomes),
        dict(zip(METRICS, means.tolist(), strict=True)),
        {name: (float(low[i]), float(high[i])) for i, name in enumerate(METRICS)},
        p50,
        p95,
        p99,
        float(1000 * len(outcomes) / max(latencies.sum(), 1e-6)),
        slices or {},
        tuple(outcomes),
    )


@dataclass(frozen=True, slots=True)
class Changed:
    """A query whose MAIN metric moved: from ``before`` to ``after``."""

    query: Labelled
    before: Outcome
    after: Outcome

    @property
    def difference(self) -> float:
        return self.after.values[MAIN] - self.before.values[MAIN]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs over the same queries: every metric paired, slices by MAIN, and what changed most, largest change first."""

    metrics: Mapping[str, Paired]
    slices: Mapping[str, Paired]
    changed: tuple[Changed, ...]


def compare(first: Measured, other: Measured, *, most: int = 20) -> Comparison:
    """``other`` beside ``first``. Raises InvalidRequest unless both asked the same queries in the same order."""
    if [each.query.id for each in first.outcomes] != [each.query.id for each in other.outcomes]:
        raise InvalidRequest("Only runs over the same queries can be compared.")

    def column(measured: Measured, name: str) -> list[float]:
        return [each.values[name] for each in measured.outcomes]

    changed = [Changed(a.query, a, b) for a, b in zip(first.outcomes, other.outcomes, strict=True)]
    changed = [each for each in changed if each.difference]
    changed.sort(key=lambda each: (-abs(each.difference), each.query.id))
    shared = {name: part for name, part in first.slices.items() if name in other.slices}
    return Comparison(
        {name: paired(column(first, name), column(other, name)) for name in METRICS},
        {name: paired(column(part, MAIN), column(other.slices[name], MAIN)) for name, part in shared.items()},
        tuple(changed[:most]),
    )
