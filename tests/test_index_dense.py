"""Vectors: codes and cells must find what a plain product finds."""

import numpy as np
import pytest

from aisle.index import dense
from aisle.index.dense import Codes, Near, Vectors

DIM = 32


def clustered(count: int, seed: int = 0) -> np.ndarray:
    """(count, DIM) float32 unit rows around 40 directions."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(40, DIM))
    rows = centres[rng.integers(0, 40, count)] + rng.normal(size=(count, DIM)) * 0.6
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(params=["scanned", "cells"])
def vectors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Vectors:
    monkeypatch.setattr(dense, "SMALL", 100)
    monkeypatch.setattr(dense, "FEW", 300)
    monkeypatch.setattr(dense, "SCAN", 100_000 if request.param == "scanned" else 1_000)
    rows = clustered(5_000)
    made = Vectors.of([None if i % 50 == 7 else row for i, row in enumerate(rows)], DIM)
    assert made.codes is not None and (made.codes.index.nlist == 1) == (request.param == "scanned")
    return made


def queries(vectors: Vectors) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    found = []
    for row in rng.choice(len(vectors.rows), 20):
        query = vectors.rows[row] + rng.normal(size=DIM).astype(np.float32) * 0.1
        found.append((query / np.linalg.norm(query)).astype(np.float32))
    return found


def masks(vectors: Vectors) -> dict[str, np.ndarray | None]:
    count = len(vectors.rows)
    rng = np.random.default_rng(2)
    far = vectors.rows @ vectors.rows[0] < 0
    return {"all": None, "third": rng.random(count) < 0.3, "tenth": rng.random(count) < 0.08, "far": far}


def test_a_floor_finds_all_that_reach_it(vectors: Vectors) -> None:
    assert vectors.codes is not None
    exact = vectors.codes.index.nlist == 1
    for allowed in masks(vectors).values():
        recalls = []
        for query in queries(vectors):
            cosines = vectors.rows @ query
            for floor in (0.3, 0.7):
                expected = vectors.present & (cosines >= floor) & (True if allowed is None else allowed)
                near = vectors.near(query, floor, allowed, 5_000)
                assert np.all(np.diff(near.ordinals) > 0)
                assert set(near.ordinals.tolist()) <= set(np.flatnonzero(expected).tolist())
                assert np.allclose(near.scores, cosines[near.ordinals], atol=1e-6)
                assert near.exact or not exact
                recalls.append(len(near.ordinals) / max(1, np.count_nonzero(expected)) if expected.any() else 1.0)
                if near.exact:
                    assert recalls[-1] == 1.0
        assert np.mean(recalls) > 0.995


def test_the_nearest_few_are_the_nearest(vectors: Vectors) -> None:
    for name, allowed in masks(vectors).items():
        recalls = []
        for query in queries(vectors):
            cosines = np.where(vectors.present & (True if allowed is None else allowed), vectors.rows @ query, -2)
            expected = np.argsort(-cosines, kind="stable")[:10]
            near = vectors.near(query, -1.0, allowed, 10)
            assert len(near.ordinals) == 10
            recalls.append(len(set(near.ordinals.tolist()) & set(expected.tolist())) / 10)
        assert np.mean(recalls) >= 0.99, name


def test_a_filter_narrows_and_changes_no_score(vectors: Vectors) -> None:
    allowed = masks(vectors)["third"]
    assert allowed is not None
    for query in queries(vectors):
        all_of_them, some = vectors.near(query, 0.5, None, 5_000), vectors.near(query, 0.5, allowed, 5_000)
        kept = allowed[all_of_them.ordinals]
        assert set(all_of_them.ordinals[kept].tolist()) <= set(some.ordinals.tolist())
        assert np.allclose(some.scores, vectors.rows[some.ordinals] @ query, atol=1e-6)


def test_rounding_is_within_its_bound() -> None:
    rows = clustered(5_000)
    codes = Codes.of(rows, np.arange(len(rows)))
    for query in clustered(20, seed=5):
        rounded = codes._round(query)
        scores, labels = codes.index.search(rounded.codes, 200)
        exact = rows[labels[0]] @ query
        assert np.abs(scores[0] / rounded.scale - exact).max() <= rounded.error < 0.05


def test_saved_codes_find_the_same(vectors: Vectors) -> None:
    again = Vectors.load(vectors.arrays())
    for query in queries(vectors)[:5]:
        before, after = vectors.near(query, 0.5, None, 5_000), again.near(query, 0.5, None, 5_000)
        assert np.array_equal(before.ordinals, after.ordinals) and np.array_equal(before.scores, after.scores)


def test_the_best_are_cut_with_ties_to_the_lower_ordinal() -> None:
    near = Near(np.array([1, 4, 6, 9]), np.array([0.5, 0.9, 0.5, 0.5], np.float32))
    cut = near.best(2)
    assert (cut.ordinals.tolist(), cut.exact) == ([1, 4], False)
    assert near.best(4) is near
    assert near.best(0).ordinals.tolist() == []


def test_no_vectors_at_all() -> None:
    empty = Vectors.of([None, None], DIM)
    assert empty.near(np.ones(DIM, np.float32), -1.0, None, 5).ordinals.tolist() == []
    assert np.isnan(empty.cosines(np.array([0, 1]), np.ones(DIM, np.float32))).all()
