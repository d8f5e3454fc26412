"""How good a candidate is: its exported files against those of the model it started from, on products nobody trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aisle.learning.calibration import calibrated
from aisle.learning.catalog_data import Catalog, Speaker, by_query
from aisle.learning.forgetting import TestSet, measures, present, ranks, space_of
from aisle.models import registry


@dataclass(frozen=True, slots=True)
class Report:
    """``metrics`` of this run's own tests; ranks on ``earlier`` tests ``before`` and ``after``; the new ``calibration``."""

    metrics: Mapping[str, Any]
    earlier: tuple[TestSet, ...]
    before: Mapping[str, np.ndarray]
    after: Mapping[str, np.ndarray]
    calibration: Mapping[str, tuple[float, float]]


def tests_of(catalog: Catalog, speaker: Speaker) -> list[TestSet]:
    """What this catalog holds out: each test product by its full text, and the queries of the newest time."""
    held = [catalog.items[row] for row in catalog.rows("test")]
    texts: dict[str, set[str]] = {}
    for item in held:
        texts.setdefault(speaker.full(item), set()).add(item.id)
    digest = catalog.digest()
    found = [
        TestSet(
            f"products-{digest}", tuple(texts), tuple(map(frozenset, texts.values())), frozenset(i.id for i in held)
        )
    ]
    if asked := by_query(catalog.pairs, "test"):
        found.append(TestSet(f"queries-{digest}", tuple(asked), tuple(map(frozenset, asked.values()))))
    return found


def interval(values: np.ndarray, rounds: int = 1000) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the mean of ``values`` (n,) (Efron 1979)."""
    rng = np.random.default_rng(0)
    means = values[rng.integers(0, len(values), (rounds, len(values)))].mean(1)
    return round(float(np.percentile(means, 2.5)), 4), round(float(np.percentile(means, 97.5)), 4)


def measure_candidate(
    parent: Path,
    candidate: Path,
    catalog: Catalog,
    speaker: Speaker,
    pixels: np.ndarray,
    earlier: Sequence[TestSet],
) -> Report:
    """Both models by their files as they are served. ``pixels`` (items, views, size, size, 3) as drawn for training."""
    ids = frozenset(item.id for item in catalog.items)
    earlier = tuple(test for test in (present(test, ids) for test in earlier) if test.queries)
    own = tests_of(catalog, speaker)
    whole = [TestSet(f"{own[0].name}/all", own[0].queries, own[0].relevant)]
    found: list[dict[str, np.ndarray]] = []
    for folder in (parent, candidate):
        model = registry.load(folder, threads=1)
        space = space_of(model, catalog, pixels[:, 0])
        found.append({test.name: ranks(model, space, test) for test in (*own, *whole, *earlier)})
    before, after = found
    metrics = {
        name: _beside(before[test.name], after[test.name])
        for name, test in zip(
            ("test", *(("queries",) if len(own) > 1 else ()), "test among all"), (*own, *whole), strict=True
        )
    }
    return Report(metrics, earlier, before, after, _calibration(model, catalog, speaker, pixels))


def _beside(before: np.ndarray, after: np.ndarray) -> dict[str, Any]:
    said: dict[str, Any] = {"queries": len(before)}
    was, now = measures(before), measures(after)
    for name in was:
        said[name] = {
            "before": round(float(was[name].mean()), 4),
            "after": round(float(now[name].mean()), 4),
            "after interval": interval(now[name].astype(float)),
            "gain interval": interval(now[name].astype(float) - was[name]),
        }
    return said


def _calibration(model: Any, catalog: Catalog, speaker: Speaker, pixels: np.ndarray) -> dict[str, tuple[float, float]]:
    """Of held-out products' short descriptions and drawn views, against the catalog as it is served. A good product is one
    that the text fits; of a picture, one of the same type."""
    from aisle.learning.catalog_task import Meaning

    rng = np.random.default_rng(7)
    rows = np.array(catalog.rows("validation"))[:500]
    space = space_of(model, catalog, pixels[:, 0], [speaker.full(item) for item in catalog.items])
    meaning = Meaning(catalog, speaker.lexicon)
    everything = np.arange(len(catalog.items))
    short = [speaker.typed(catalog.items[row], rng) for row in rows]
    chosen = [(text, said) for text, said in short if said]
    types = [[speaker.token("type", v) for k, v in catalog.items[row].facts if k == "type"] for row in rows]
    found = {}
    if chosen:
        good, _ = meaning.fits([said for _, said in chosen], everything)
        found["text"] = calibrated(model.encode_texts([text for text, _ in chosen]), space.rows, good)
    good, _ = meaning.fits(types, everything)
    good |= meaning.group[rows][:, None] == meaning.group[None]
    found["image"] = calibrated(model.encode_images(list(pixels[rows, 1])), space.rows, good)
    return {name: pair for name, pair in found.items() if pair}
