"""Measure a shop's search on a labelled set: recall, nDCG, MRR and latency, with intervals and slices.

A labelled set is JSON Lines, one query a line, in whatever shape the data came: the query is ``inputs`` (as the API takes
them), or words under ``query``, ``text``, ``title`` or ``name``, or a picture under ``photo`` or ``image`` (a path beside the
file); the answer is ``relevant`` (a list of ids, or id → grade) or ``product`` (one id). A ``split`` or ``slice`` column
reports the parts apart.
"""

from __future__ import annotations

import json
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from aisle.errors import InvalidRequest
from aisle.types import Input, InputType, Query

TEXT_KEYS = ("query", "text", "title", "name")
IMAGE_KEYS = ("photo", "image")
SLICE_KEYS = ("split", "slice")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled query: its parts and the grade of each relevant product id (1 unless the set says otherwise)."""

    id: str
    inputs: tuple[Input, ...]
    relevant: Mapping[str, float]
    slice: str | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """Means over the queries, in [0, 1]; ``interval`` is the 95 % bootstrap interval of each; latencies in ms."""

    queries: int
    metrics: Mapping[str, float]
    interval: Mapping[str, tuple[float, float]]
    p50_ms: float
    p95_ms: float
    slices: Mapping[str, Measured] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        return {
            "queries": self.queries,
            "metrics": dict(self.metrics),
            "interval": {name: list(pair) for name, pair in self.interval.items()},
            "latency_ms": {"p50": self.p50_ms, "p95": self.p95_ms},
            "slices": {name: part.as_dict() for name, part in self.slices.items()},
        }


def recall_at(ranked: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """Share of the relevant products among the first k, over min(k, relevant) so that 1 can be reached."""
    return sum(i in relevant for i in ranked[:k]) / min(k, len(relevant))


def hit_at(ranked: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """1 when a right one is among the first k (the R@k of product matching)."""
    return float(any(i in relevant for i in ranked[:k]))


def reciprocal_rank(ranked: Sequence[str], relevant: Mapping[str, float]) -> float:
    """1 / rank of the first right one, 0 when there is none (Voorhees 1999)."""
    return next((1.0 / rank for rank, i in enumerate(ranked, 1) if i in relevant), 0.0)


def ndcg_at(ranked: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """nDCG with gain 2^grade − 1 and discount log2(rank + 1) (Burges et al. 2005)."""

    def dcg(grades: Iterable[float]) -> float:
        return sum((2.0**grade - 1.0) / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))

    ideal = dcg(sorted(relevant.values(), reverse=True)[:k])
    return dcg(relevant.get(i, 0.0) for i in ranked[:k]) / ideal if ideal else 0.0


METRICS: dict[str, Callable[[Sequence[str], Mapping[str, float]], float]] = {
    "R@1": lambda ranked, relevant: hit_at(ranked, relevant, 1),
    "R@5": lambda ranked, relevant: hit_at(ranked, relevant, 5),
    "R@10": lambda ranked, relevant: hit_at(ranked, relevant, 10),
    "recall@10": lambda ranked, relevant: recall_at(ranked, relevant, 10),
    "MRR": reciprocal_rank,
    "nDCG@10": lambda ranked, relevant: ndcg_at(ranked, relevant, 10),
}


def read_labelled(path: Path) -> Iterator[Labelled]:
    """The queries of a labelled file. Raises InvalidRequest naming the line that can't be used."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise InvalidRequest(
                    f"{path.name}, line {number} isn't JSON: {error}", field=f"line {number}"
                ) from error
            if not isinstance(row, dict):
                raise InvalidRequest(f"{path.name}, line {number} isn't an object", field=f"line {number}")
            try:
                yield _labelled(row, path.parent, number)
            except (OSError, KeyError, TypeError, ValueError) as error:
                raise InvalidRequest(
                    f"{path.name}, line {number} can't be used: {error}", field=f"line {number}"
                ) from error


def _labelled(row: Mapping[str, object], base: Path, number: int) -> Labelled:
    answer = row.get("relevant", row.get("product"))
    if isinstance(answer, Mapping):
        relevant = {str(i): float(grade) for i, grade in answer.items()}
    elif isinstance(answer, list):
        relevant = {str(i): 1.0 for i in answer}
    else:
        relevant = {} if answer is None else {str(answer): 1.0}
    inputs = _inputs(row, base)
    if not relevant or not inputs:
        raise InvalidRequest(
            f"Line {number} has no {'answer' if inputs else 'query'}.",
            field=f"line {number}",
            hint=f"Give the query as inputs, {', '.join(TEXT_KEYS + IMAGE_KEYS)} and the answer as relevant or product.",
        )
    part = next((str(row[key]) for key in SLICE_KEYS if row.get(key) is not None), None)
    return Labelled(str(row.get("id", number)), inputs, relevant, part)


def _inputs(row: Mapping[str, object], base: Path) -> tuple[Input, ...]:
    given = row.get("inputs")
    if isinstance(given, list):
        return tuple(
            Input(
                InputType(part["type"]),
                (base / part["value"]).read_bytes() if part["type"] == InputType.IMAGE else part["value"],
                float(part.get("weight", 1.0)),
            )
            for part in given
        )
    words = next((str(row[key]) for key in TEXT_KEYS if row.get(key)), None)
    picture = next((str(row[key]) for key in IMAGE_KEYS if row.get(key)), None)
    parts = []
    if picture:
        parts.append(Input(InputType.IMAGE, (base / picture).read_bytes()))
    if words:
        parts.append(Input(InputType.TEXT, words))
    return tuple(parts)


def evaluate(
    rank: Callable[[Query], Sequence[str]],
    labelled: Iterable[Labelled],
    *,
    depth: int = 100,
    progress: Callable[[int], None] | None = None,
) -> Measured:
    """Ask every query of a labelled set, ``depth`` hits each, variants apart, weak matches included."""
    rows: list[tuple[str | None, dict[str, float], float]] = []
    for done, item in enumerate(labelled, 1):
        query = Query(inputs=item.inputs, limit=depth, group=False, weak=True)
        started = time.perf_counter()
        ranked = rank(query)
        spent = (time.perf_counter() - started) * 1000
        rows.append((item.slice, {name: metric(ranked, item.relevant) for name, metric in METRICS.items()}, spent))
        if progress:
            progress(done)
    if not rows:
        raise InvalidRequest("The labelled set has no query.", hint="Give a JSON Lines file with one query a line.")
    by_slice: dict[str, list[tuple[dict[str, float], float]]] = defaultdict(list)
    for part, values, spent in rows:
        if part is not None:
            by_slice[part].append((values, spent))
    whole = _measured([(values, spent) for _, values, spent in rows])
    slices = {part: _measured(values) for part, values in sorted(by_slice.items())} if len(by_slice) > 1 else {}
    return Measured(whole.queries, whole.metrics, whole.interval, whole.p50_ms, whole.p95_ms, slices)


def _measured(rows: Sequence[tuple[dict[str, float], float]]) -> Measured:
    values = np.array([[row[name] for name in METRICS] for row, _ in rows])  # (queries, metrics)
    latencies = np.array([spent for _, spent in rows])  # (queries,)
    means = values.mean(axis=0)
    low, high = bootstrap(values)
    return Measured(
        len(rows),
        dict(zip(METRICS, means.tolist(), strict=True)),
        {name: (float(low[i]), float(high[i])) for i, name in enumerate(METRICS)},
        float(np.percentile(latencies, 50)),
        float(np.percentile(latencies, 95)),
    )


def bootstrap(values: np.ndarray, *, rounds: int = 1000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """95 % percentile interval of the column means of ``values`` (queries, metrics), resampling queries (Efron 1979)."""
    rng = np.random.default_rng(seed)
    means = np.stack([values[rng.integers(0, len(values), len(values))].mean(axis=0) for _ in range(rounds)])
    return np.percentile(means, 2.5, axis=0), np.percentile(means, 97.5, axis=0)
