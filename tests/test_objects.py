"""Proposals: heads decoded by hand, suppression, letterboxes, files of each known head, and real composed scenes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from aisle.catalog.demo.canvas import Canvas
from aisle.catalog.demo.plan import random_look
from aisle.catalog.demo.range import KINDS
from aisle.catalog.demo.scenes import surface
from aisle.config import Config
from aisle.errors import InvalidMedia, InvalidRequest, NotFound
from aisle.perception.layouts import BINS, PLUS, Boxes, cells, from_sides
from aisle.perception.objects import SHIPPED, OnnxDetector, Proposal, iou, letterbox, opened, propose, sound, suppress
from aisle.types import Box
from tests.tiny_detectors import detector


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

    @settings(max_examples=60)
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


@settings(max_examples=60)
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

    def test_a_detector_that_isnt_there(self, tmp_path: Path) -> None:
        with pytest.raises(NotFound, match=r"nowhere\.onnx"):
            propose(np.zeros((40, 40, 3), np.uint8), detector=OnnxDetector(tmp_path / "nowhere.onnx"))

    def test_opening_loads_nothing(self) -> None:
        opened("/no/such/file.onnx")


TRUTH = Box(0.25, 0.25, 0.75, 0.5)
"""Of a picture twice as wide as high: in a square of 64 pixels, x from 16 to 48 and, below a bar of 16, y from 24 to 32."""
WIDE = np.zeros((40, 80, 3), np.uint8)
SIZE = (64, 64)


def near(found: tuple[Proposal, ...], box: Box, confidence: float, slack: float = 1e-5) -> None:
    (only,) = found
    assert only.confidence == pytest.approx(confidence, abs=1e-4)
    for side in ("x0", "y0", "x1", "y1"):
        assert getattr(only.region, side) == pytest.approx(getattr(box, side), abs=slack)


def spread(distances: list[float]) -> np.ndarray:
    """(4 · bins,) logits of distributions whose means are ``distances`` in strides."""
    rows = np.full((4, BINS), -30.0)
    for side, distance in enumerate(distances):
        low = int(distance)
        rows[side, low] = np.log(max(1 - (distance - low), 1e-12))
        if distance > low:
            rows[side, low + 1] = np.log(distance - low)
    return rows.ravel()


class TestLayouts:
    """One box of each head, worked out by hand; every other place says that there is nothing."""

    def test_yolo_rows(self, tmp_path: Path) -> None:
        rows = np.zeros((1, 3 * cells(SIZE), 7))
        rows[0, 100] = [32, 28, 32, 8, 0.9, 0.1, 0.8]
        near(
            propose(WIDE, 5, OnnxDetector(detector(tmp_path / "y.onnx", (1, 3, 64, 64), {"output0": rows}))),
            TRUTH,
            0.72,
        )

    def test_yolo_columns(self, tmp_path: Path) -> None:
        columns = np.zeros((1, 6, cells(SIZE)))
        columns[0, :, 7] = [32, 28, 32, 8, 0.3, 0.8]
        near(
            propose(WIDE, 5, OnnxDetector(detector(tmp_path / "y.onnx", (1, 3, 64, 64), {"output0": columns}))),
            TRUTH,
            0.8,
        )

    def test_an_open_input_is_640(self, tmp_path: Path) -> None:
        columns = np.zeros((1, 5, cells((640, 640))))
        columns[0, :, 7] = [320, 280, 320, 80, 0.8]
        file = detector(tmp_path / "y.onnx", (1, 3, "height", "width"), {"output0": columns})
        near(propose(WIDE, 5, OnnxDetector(file)), TRUTH, 0.8)

    def test_nanodet(self, tmp_path: Path) -> None:
        outputs = {}
        for stride in (8, 16, 32):
            count = cells(SIZE, [stride])
            classes, sides = np.zeros((1, count, 3)), np.zeros((1, count, 4 * BINS))
            if stride == 8:  # the cell in row 3, column 3: its middle is (28, 28)
                classes[0, 3 * 8 + 3, 1] = 0.6
                sides[0, 3 * 8 + 3] = spread([12 / 8, 4 / 8, 20 / 8, 4 / 8])
            outputs |= {f"classes{stride}": classes, f"sides{stride}": sides}
        near(propose(WIDE, 5, OnnxDetector(detector(tmp_path / "n.onnx", (1, 3, 64, 64), outputs))), TRUTH, 0.6, 1e-4)

    def test_nanodet_plus(self, tmp_path: Path) -> None:
        rows = np.zeros((1, cells(SIZE, PLUS), 2 + 4 * BINS))
        # The second stride's row 2, column 2: its corner is (32, 32).
        place = cells(SIZE, [8]) + 2 * 4 + 2
        rows[0, place, 0] = 0.5
        rows[0, place, 2:] = spread([1, 0.5, 1, 0])
        near(
            propose(WIDE, 5, OnnxDetector(detector(tmp_path / "n.onnx", (1, 3, 64, 64), {"output": rows}))),
            TRUTH,
            0.5,
            1e-4,
        )

    def test_our_own(self, tmp_path: Path) -> None:
        rows = np.zeros((1, 9, 5))
        rows[0, 4] = [16, 24, 48, 32, 0.9]
        near(
            propose(WIDE, 5, OnnxDetector(detector(tmp_path / "a.onnx", (1, 64, 64, 3), {"objects": rows}))), TRUTH, 0.9
        )

    def test_an_unknown_head(self, tmp_path: Path) -> None:
        file = detector(tmp_path / "u.onnx", (1, 3, 64, 64), {"output": np.zeros((1, 300, 6))})
        with pytest.raises(InvalidRequest, match="no head that is known"):
            propose(WIDE, 5, OnnxDetector(file))

    def test_no_onnx_file(self, tmp_path: Path) -> None:
        (tmp_path / "x.onnx").write_bytes(b"nothing")
        with pytest.raises(InvalidRequest, match="ONNX Runtime can run"):
            propose(WIDE, 5, OnnxDetector(tmp_path / "x.onnx"))

    def test_the_setting_names_a_file(self, tmp_path: Path) -> None:
        rows = np.zeros((1, 9, 5))
        rows[0, 4] = [16, 24, 48, 32, 0.9]
        file = detector(tmp_path / "a.onnx", (1, 64, 64, 3), {"objects": rows})
        near(propose(WIDE, 5, opened(Config(detector=str(file)).detector)), TRUTH, 0.9)

    @settings(max_examples=60)
    @given(st.floats(0.05, 6.9), st.floats(0.05, 6.9), st.floats(0.05, 6.9), st.floats(0.05, 6.9), st.integers(0, 63))
    def test_distributions_are_read_back(self, left: float, top: float, right: float, low: float, place: int) -> None:
        values = np.zeros((64, 4 * BINS), np.float32)
        values[place] = spread([left, top, right, low])
        box = from_sides(values, SIZE, 8, 0.5)[place]
        x, y = (place % 8 + 0.5) * 8, (place // 8 + 0.5) * 8
        assert np.allclose(box, [x - left * 8, y - top * 8, x + right * 8, y + low * 8], atol=1e-2)


class TestShipped:
    def test_it_is_small(self) -> None:
        assert SHIPPED.stat().st_size <= 3 << 20

    def test_things_in_composed_scenes_are_found(self) -> None:
        """Goods of the demo shop drawn for this test, on floors and tables: most are among five boxes."""
        kinds = [kind for kind in KINDS if kind.key in ("chair", "vase", "backpack", "teapot")]
        found, first = [], []
        for seed, (large, small) in enumerate(((0, 1), (1, 2), (2, 3), (3, 0))):
            rng = np.random.default_rng([7, seed])
            scene, truth = surface(rng), []
            for kind, side, corner in ((kinds[large], 230, (20, 120)), (kinds[small], 120, (245, 30))):
                canvas = Canvas(random_look(kind, rng))
                kind.draw(canvas)
                place = (
                    np.asarray(
                        Image.fromarray(
                            (np.dstack([canvas.rgb, canvas.alpha]).clip(0, 1) * 255).astype(np.uint8), "RGBa"
                        ).resize((side, side)),
                        np.float32,
                    )
                    / 255
                )
                window = slice(corner[1], corner[1] + side), slice(corner[0], corner[0] + side)
                scene[window] = scene[window] * (1 - place[:, :, 3:]) + place[:, :, :3]
                rows, columns = (
                    np.flatnonzero((place[:, :, 3] > 0.5).any(1)),
                    np.flatnonzero((place[:, :, 3] > 0.5).any(0)),
                )
                truth.append(
                    np.array(
                        [
                            columns[0] + corner[0],
                            rows[0] + corner[1],
                            columns[-1] + 1 + corner[0],
                            rows[-1] + 1 + corner[1],
                        ]
                    )
                    / len(scene)
                )
            regions = [each.region for each in propose((scene.clip(0, 1) * 255).astype(np.uint8))]
            boxes = np.array([[r.x0, r.y0, r.x1, r.y1] for r in regions]).reshape(-1, 4)
            found += [bool((iou(box, boxes) >= 0.5).any()) for box in truth]
            first.append(max(iou(box, boxes[:1]).max() for box in truth) >= 0.5)
        assert sum(found) >= 6 and sum(first) >= 3

    def test_the_same_picture_gets_the_same_answer_in_any_thread(self) -> None:
        image = np.random.default_rng(0).integers(0, 256, (300, 200, 3), dtype=np.uint8)
        with ThreadPoolExecutor(4) as pool:
            answers = set(pool.map(lambda _: propose(image), range(8)))
        assert len(answers) == 1
