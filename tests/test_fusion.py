"""Fusing any subset of parts: shares sum to one, a minus pushes away, a bad part fades."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.fusion import unit
from aisle.fusion.averaging import Averaging
from aisle.types import InputType, Signal

fuse = Averaging().mix
X, Y = np.eye(2, 4, dtype=np.float32)


def signal(vector: np.ndarray | None, weight: float = 1.0, quality: float = 1.0) -> Signal:
    return Signal(InputType.TEXT, vector, "", weight, quality)


def test_one_part_is_itself() -> None:
    fused = fuse([signal(X)])
    assert np.allclose(fused.vector, X) and fused.attention == (1.0,)


def test_no_parts_or_no_vectors_is_no_vector() -> None:
    assert fuse([]).vector is None
    assert fuse([signal(None)]).vector is None
    assert fuse([signal(X, weight=0.0)]).vector is None


def test_negative_pushes_away() -> None:
    both = unit(X + Y)
    fused = fuse([signal(both), signal(Y, weight=-1.0)])
    assert fused.vector @ Y < both @ Y


def test_a_bad_part_fades() -> None:
    fused = fuse([signal(X), signal(Y, quality=0.1)])
    assert fused.vector @ X > 0.9 and fused.attention[1] == pytest.approx(1 / 11)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0, 1)), min_size=1, max_size=6), st.integers(0, 99))
def test_always_unit_or_none_and_shares_sum(parts: list[tuple[float, float]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    fused = fuse([signal(unit(rng.normal(size=8)), w, q) for w, q in parts])
    assert all(0 <= share <= 1 for share in fused.attention)
    if fused.vector is not None:
        assert fused.vector.dtype == np.float32
        assert np.linalg.norm(fused.vector) == pytest.approx(1.0, abs=1e-4)
        assert sum(fused.attention) == pytest.approx(1.0, abs=1e-4)
