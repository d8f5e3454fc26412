"""Scores are sums that can be explained; popularity against arithmetic done by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.ranking.ranker import Scored, popularity


def test_a_score_is_the_weighted_sum_by_hand() -> None:
    scored = Scored(
        {"lexical": np.array([0.5, 1.0], np.float32), "dense": np.array([0.25, 0.0], np.float32)},
        {"lexical": 1.0, "dense": 2.0},
    )
    assert scored.total().tolist() == [1.0, 1.0]
    assert scored.total().dtype == np.float32


def test_contributions_are_the_terms_largest_first_and_without_zeros() -> None:
    values = {name: np.array([value], np.float32) for name, value in [("a", 0.5), ("b", 1.0), ("c", 0.0), ("d", 0.5)]}
    scored = Scored(values, {"a": 1.0, "b": -2.0, "c": 1.0, "d": 1.0})
    assert [(term.signal, term.value, term.contribution) for term in scored.contributions(0)] == [
        ("b", 1.0, -2.0),
        ("a", 0.5, 0.5),
        ("d", 0.5, 0.5),
    ]


@given(st.lists(st.tuples(st.floats(0, 1, width=32), st.floats(-5, 5, width=32)), min_size=1, max_size=8))
@settings(max_examples=100)
def test_contributions_sum_to_the_score(pairs: list[tuple[float, float]]) -> None:
    values = {str(i): np.array([value], np.float32) for i, (value, _) in enumerate(pairs)}
    scored = Scored(values, {str(i): weight for i, (_, weight) in enumerate(pairs)})
    assert sum(term.contribution for term in scored.contributions(0)) == pytest.approx(scored.total()[0], abs=1e-4)


def test_popularity_by_hand() -> None:
    rating = np.array([5.0, 5.0, 1.0, np.nan, 4.0])
    reviews = np.array([95.0, 5.0, 95.0, np.nan, np.nan])
    # (n·rating + 5·3.5) / (n + 5), then (… − 1) / 4; a rating without a count is one review
    expected = [((95 * 5 + 17.5) / 100 - 1) / 4, ((25 + 17.5) / 10 - 1) / 4, ((95 + 17.5) / 100 - 1) / 4, 2.5 / 4]
    expected.append(((4 + 17.5) / 6 - 1) / 4)
    assert popularity(rating, reviews) == pytest.approx(expected, abs=1e-6)


def test_more_reviews_move_away_from_the_prior() -> None:
    counts = np.array([1.0, 10.0, 100.0, 1e6])
    loved, hated = popularity(np.full(4, 5.0), counts), popularity(np.full(4, 1.0), counts)
    assert (np.diff(loved) > 0).all() and (np.diff(hated) < 0).all()


@given(st.floats(allow_nan=True, allow_infinity=False, width=32), st.floats(0, 1e9, width=32) | st.just(float("nan")))
@settings(max_examples=100)
def test_popularity_stays_between_0_and_1(rating: float, reviews: float) -> None:
    (value,) = popularity(np.array([rating]), np.array([reviews]))
    assert 0.0 <= value <= 1.0
