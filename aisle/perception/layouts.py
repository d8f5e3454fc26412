"""What detectors' outputs mean: heads of detectors that shops are likely to have as an ONNX file → boxes.

A file says the shapes of its input and outputs, and these tell the heads apart; one line in ``LAYOUTS`` a head. Corners are x0 y0
x1 y1 in pixels of the network's input; classes are forgotten, the best one's score is the object's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Size = tuple[int, int]
"""Height and width of a network's input, in pixels."""
Outputs = Sequence[np.ndarray]
STRIDES = (8, 16, 32)
BINS = 8
"""Distances that NanoDet spreads a side's distribution over: 0 to 7 strides."""
GREY = 114
"""What YOLO's letterboxes are filled with."""
MEAN, DEVIATION = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)
"""Of blue, green, red in ImageNet's pictures: how NanoDet's input is scaled."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """``corners`` (n, 4) x0 y0 x1 y1, ``scores`` (n,); in any order, overlapping as they may be."""

    corners: np.ndarray
    scores: np.ndarray


@dataclass(frozen=True, slots=True)
class Layout:
    """A head. ``fits`` looks at the input's type and size and the outputs' shapes; ``prepare`` makes the input of (h, w, 3) uint8
    RGB letterboxed with ``fill``; ``decode`` reads the outputs."""

    name: str
    fill: int
    fits: Callable[[str, Size, Sequence[tuple[int, ...]]], bool]
    prepare: Callable[[np.ndarray], np.ndarray]
    decode: Callable[[Outputs, Size], Boxes]


def cells(size: Size, strides: Sequence[int] = STRIDES) -> int:
    """How many places a head of these strides looks at."""
    return sum(-(-size[0] // stride) * -(-size[1] // stride) for stride in strides)


def _corners(outputs: Outputs, size: Size) -> Boxes:
    rows = outputs[0][0]  # (n, 5): corners and score
    return Boxes(rows[:, :4], rows[:, 4])


def _yolo_rows(outputs: Outputs, size: Size) -> Boxes:
    """YOLOv5, v6, v7 and decoded YOLOX: (1, n, 5 + classes), each row centre, width and height, objectness, classes."""
    rows = outputs[0][0]
    best = rows[:, 5:].max(1) if rows.shape[1] > 5 else np.ones(len(rows), rows.dtype)
    return Boxes(_around(rows[:, :2], rows[:, 2:4]), rows[:, 4] * best)


def _yolo_columns(outputs: Outputs, size: Size) -> Boxes:
    """YOLOv8 and later: (1, 4 + classes, n), no objectness."""
    rows = outputs[0][0].T  # (n, 4 + classes)
    return Boxes(_around(rows[:, :2], rows[:, 2:4]), rows[:, 4:].max(1))


def _around(centres: np.ndarray, sides: np.ndarray) -> np.ndarray:
    return np.concatenate([centres - sides / 2, centres + sides / 2], axis=1)


def _nanodet(outputs: Outputs, size: Size) -> Boxes:
    """NanoDet: of each stride, scores (1, n, classes) and after them distributions (1, n, 4 · bins) over distances to the sides."""
    corners, scores = [], []
    for stride in STRIDES:
        places = cells(size, [stride])
        classes, sides = (output[0] for output in outputs if output.shape[1] == places)
        corners.append(from_sides(sides, size, stride, 0.5))
        scores.append(classes.max(1))
    return Boxes(np.concatenate(corners), np.concatenate(scores))


PLUS = (*STRIDES, 64)


def _nanodet_plus(outputs: Outputs, size: Size) -> Boxes:
    """NanoDet-Plus: (1, n, classes + 4 · bins), four strides one after another, places counted from the cells' corners."""
    corners, start = [], 0
    rows = outputs[0][0]
    for stride in PLUS:
        own = rows[start : start + cells(size, [stride])]
        corners.append(from_sides(own[:, -4 * BINS :], size, stride, 0.0))
        start += len(own)
    return Boxes(np.concatenate(corners), rows[:, : -4 * BINS].max(1))


def from_sides(values: np.ndarray, size: Size, stride: int, middle: float) -> np.ndarray:
    """Distributions (n, 4 · bins) over distances → corners (n, 4): each side lies at its mean (Li et al. 2020,
    arXiv:2006.04388)."""
    values = values.reshape(len(values), 4, -1)  # (n, 4, bins)
    chances = np.exp(values - values.max(2, keepdims=True))
    chances /= chances.sum(2, keepdims=True)
    sides = chances @ np.arange(values.shape[2], dtype=np.float32) * stride  # (n, 4)
    y, x = np.mgrid[: -(-size[0] // stride), : -(-size[1] // stride)]
    places = (np.stack([x.ravel(), y.ravel()], axis=1) + middle) * stride  # (n, 2)
    return np.concatenate([places - sides[:, :2], places + sides[:, 2:]], axis=1)


def _as_seen(canvas: np.ndarray) -> np.ndarray:
    return canvas[None]


def _rgb(canvas: np.ndarray) -> np.ndarray:
    """→ (1, 3, h, w) float32 in 0…1."""
    return np.ascontiguousarray(canvas.transpose(2, 0, 1)[None], np.float32) / np.float32(255)


def _bgr(canvas: np.ndarray) -> np.ndarray:
    """→ (1, 3, h, w) float32, blue first, scaled as ImageNet is."""
    scaled = (canvas[:, :, ::-1] - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None], np.float32)


def _is_corners(kind: str, size: Size, shapes: Sequence[tuple[int, ...]]) -> bool:
    return kind == "tensor(uint8)" and len(shapes) == 1 and len(shapes[0]) == 3 and shapes[0][2] == 5


def _is_nanodet(kind: str, size: Size, shapes: Sequence[tuple[int, ...]]) -> bool:
    places = [shape[1] for shape in shapes if len(shape) == 3]
    wanted = [cells(size, [stride]) for stride in STRIDES for _ in range(2)]
    return len(shapes) == 6 and sorted(places) == sorted(wanted)


def _is_nanodet_plus(kind: str, size: Size, shapes: Sequence[tuple[int, ...]]) -> bool:
    return len(shapes) == 1 and len(shapes[0]) == 3 and shapes[0][1] == cells(size, PLUS) and shapes[0][2] > 4 * BINS


def _is_yolo_rows(kind: str, size: Size, shapes: Sequence[tuple[int, ...]]) -> bool:
    known = {times * cells(size, strides) for times in (1, 3) for strides in (STRIDES, PLUS)}
    return len(shapes) == 1 and len(shapes[0]) == 3 and shapes[0][1] in known and shapes[0][2] >= 5


def _is_yolo_columns(kind: str, size: Size, shapes: Sequence[tuple[int, ...]]) -> bool:
    known = {cells(size, strides) for strides in (STRIDES, PLUS)}
    return len(shapes) == 1 and len(shapes[0]) == 3 and shapes[0][2] in known and shapes[0][1] >= 5


LAYOUTS: tuple[Layout, ...] = (
    Layout("aisle", GREY, _is_corners, _as_seen, _corners),
    Layout("nanodet", 0, _is_nanodet, _bgr, _nanodet),
    Layout("nanodet-plus", 0, _is_nanodet_plus, _bgr, _nanodet_plus),
    Layout("yolo (rows)", GREY, _is_yolo_rows, _rgb, _yolo_rows),
    Layout("yolo (columns)", GREY, _is_yolo_columns, _rgb, _yolo_columns),
)
"""The heads that are known. The first that fits is taken."""
