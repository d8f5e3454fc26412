"""Proposals: heads decoded by hand, suppression, letterboxes, files of each known head, and real composed scenes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.errors import InvalidMedia, NotFound
from aisle.perception.layouts import Boxes
from aisle.perception.objects import OnnxDetector, Proposal, iou, letterbox, opened, propose, sound, suppress
from aisle.types import Box


def boxes(*rows: tuple[float, float, float, float, float]) -> Boxes:
    values = np.array(rows, np.float32).reshape(-1, 5)
    return Boxes(values[:, :4], values[:, 4])


class TestSuppression:
    def test_the_surer_of_two_that_overlap_stays(self) -> None:
        found = suppress(boxes((0, 0, 0.5, 0.5, 0.6), (0, 0, 0.5, 0.45, 0.9), (0.6, 0.6, 0.9, 0.9, 0.3)), 5)
        assert [round(each.confidence, 2) for each in found] == [0.9, 0.3]
        assert found[0].region == Box(0.0, 0.0, 0.5, pytest.approx(0.45))

    def test_of_equal_scores_the_larger_comes_first_whatever_the_order(self) -> None:
        rows = [(0.6, 0.6, 0.8, 0.8, 0.5), (0.0, 0.0, 0.5, 0.5, 0.5), (0.6, 0.1, 0.8, 0.3, 0.5)]
        answers = {suppress(boxes(*(rows[i] for i in order)), 5) for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2))}
        assert len(answers) == 1
        (answer,) = answers
        assert [each.region.y0 for each in answer] == [0.0, pytest.approx(0.1), pytest.approx(0.6)]

    def test_what_is_no_box_is_dropped(self) -> None:
        nan, inf = float("nan"), float("inf")
        rows = boxes(
            (nan, 0, 1, 1, 0.9), (0, 0, inf, 1, nan), (0.5, 0.5, 0.5, 0.9, 0.9), (0.9, 0.9, 0.1, 0.1, 0.9),
            (0.1, 0.1, 0.12, 0.12, 0.9), (0.1, 0.1, 0.4, 0.4, 0.01), (1.2, 0.1, 1.5, 0.4, 0.9), (-0.2, -0.1, 0.4, 0.4, 0.8),
        )  # fmt: skip
        kept = sound(rows)
        assert kept.corners.tolist() == [[0.0, 0.0, pytest.approx(0.4), pytest.approx(0.4)]]

    @settings(deadline=None, max_examples=60)
    @given(
        st.lists(st.tuples(*[st.floats(-0.5, 1.5, width=32)] * 4, st.floats(0, 1, width=32)), max_size=40),
        st.integers(0, 8),
    )
    def test_sorted_apart_and_inside(self, rows: list[tuple[float, float, float, float, float]], limit: int) -> None:
        found = suppress(sound(boxes(*rows)), limit)
        assert len(found) <= limit
        assert [p.confidence for p in found] == sorted((p.confidence for p in found), reverse=True)
        corners = np.array([[p.region.x0, p.region.y0, p.region.x1, p.region.y1] for p in found]).reshape(-1, 4)
        assert ((corners >= 0) & (corners <= 1)).all() and (corners[:, 2:] > corners[:, :2]).all()
        for i, one in enumerate(corners):
            assert not len(corners[:i]) or iou(one, corners[:i]).max() <= 0.5


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 700), st.integers(1, 700), st.integers(8, 200), st.integers(8, 200))
def test_a_letterbox_keeps_the_whole_picture(width: int, height: int, wide: int, high: int) -> None:
    canvas, place = letterbox(np.full((height, width, 3), 255, np.uint8), wide, high, 7)
    assert canvas.shape == (high, wide, 3)
    rows, columns = np.nonzero((canvas > 7).all(2))
    seen = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], float)
    assert np.allclose(place.back(seen), [[0, 0, 1, 1]])


class TestPropose:
    def test_a_thing_on_a_plain_ground(self) -> None:
        image = np.full((240, 320, 3), 235, np.uint8)
        image[60:180, 100:220] = (200, 30, 40)
        found = propose(image)
        assert found and all(isinstance(each, Proposal) for each in found)
        best = found[0].region
        assert (
            iou(np.array([best.x0, best.y0, best.x1, best.y1]), np.array([[100 / 320, 0.25, 220 / 320, 0.75]]))[0] > 0.5
        )

    def test_no_picture(self) -> None:
        with pytest.raises(InvalidMedia):
            propose(np.zeros((4, 4), np.uint8))

    def test_a_detector_that_isnt_there(self, tmp_path) -> None:
        with pytest.raises(NotFound, match=r"nowhere\.onnx"):
            propose(np.zeros((40, 40, 3), np.uint8), detector=OnnxDetector(tmp_path / "nowhere.onnx"))

    def test_opening_loads_nothing(self) -> None:
        opened("/no/such/file.onnx")
