"""Outlines in unit coordinates: x to the right and y down, the picture is the square from (0, 0) to (1, 1)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

SIDE = 384
"""Pixels of a picture's side."""

OVERSAMPLING = 3
"""Outlines are drawn this many times larger and averaged down, which makes their edges smooth."""

CURVE_STEPS = 10
Points = Sequence[tuple[float, ...]]


@dataclass(frozen=True)
class Shape:
    """Polygons drawn in order; each adds its area (True) or cuts it out (False)."""

    polygons: tuple[tuple[np.ndarray, bool], ...]  # each (points, 2) float64

    def __add__(self, other: Shape) -> Shape:
        return Shape(self.polygons + other.polygons)

    def __sub__(self, other: Shape) -> Shape:
        return Shape(self.polygons + tuple((points, False) for points, adds in other.polygons if adds))

    def moved(self, dx: float, dy: float) -> Shape:
        return Shape(tuple((points + np.array((dx, dy)), adds) for points, adds in self.polygons))

    def flipped(self, x: float = 0.5) -> Shape:
        """Mirrored at the vertical line through ``x``."""
        return Shape(tuple((points * (-1, 1) + (2 * x, 0), adds) for points, adds in self.polygons))

    def turned(self, degrees: float, x: float = 0.5, y: float = 0.5) -> Shape:
        """Turned clockwise about (x, y)."""
        angle = math.radians(degrees)
        matrix = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
        return Shape(tuple(((points - (x, y)) @ matrix + (x, y), adds) for points, adds in self.polygons))

    def scaled(self, factor: float, x: float = 0.5, y: float = 0.5) -> Shape:
        return Shape(tuple(((points - (x, y)) * factor + (x, y), adds) for points, adds in self.polygons))


@dataclass(frozen=True)
class Mask:
    """Coverage of a shape in [0, 1] inside its bounding box; ``rows`` and ``columns`` place it in the picture."""

    rows: slice
    columns: slice
    cover: np.ndarray  # (h, w) float32


def rasterize(shape: Shape, margin: int = 0) -> Mask | None:
    """The shape's smooth coverage, its box widened by ``margin`` pixels; None when it lies outside the picture."""
    corners = np.concatenate([points for points, adds in shape.polygons if adds]) * SIDE
    low = np.clip(np.floor(corners.min(axis=0)).astype(int) - 1 - margin, 0, SIDE)
    high = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 1 + margin, 0, SIDE)
    width, height = (int(n) for n in high - low)
    if width <= 0 or height <= 0:
        return None
    image = Image.new("L", (width * OVERSAMPLING, height * OVERSAMPLING))
    draw = ImageDraw.Draw(image)
    for points, adds in shape.polygons:
        flat = ((points * SIDE - low) * OVERSAMPLING - 0.5).ravel().tolist()
        draw.polygon(flat, fill=255 if adds else 0)
    cover = np.asarray(image.reduce(OVERSAMPLING), dtype=np.float32) / np.float32(255)
    return Mask(slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0])), cover)


def _curve(points: np.ndarray) -> np.ndarray:
    """Catmull-Rom spline through an open run of points (n, 2); end points are doubled."""
    if len(points) < 3:
        return points
    padded = np.concatenate([points[:1], points, points[-1:]])
    p0, p1, p2, p3 = (padded[i : len(padded) - 3 + i][:, None] for i in range(4))
    t = np.linspace(0, 1, CURVE_STEPS, endpoint=False)[None, :, None]
    curve = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
    return np.concatenate([curve.reshape(-1, 2), points[-1:]])


def path(points: Points) -> Shape:
    """A closed smooth outline; a point with a third value, (x, y, 0), is a sharp corner."""
    corners = [i for i, point in enumerate(points) if len(point) == 3]
    plain = np.array([point[:2] for point in points], dtype=np.float64)
    if not corners:
        wrapped = np.concatenate([plain[-2:], plain, plain[:2]])
        curve = _curve(wrapped)
        return Shape(((curve[2 * CURVE_STEPS : -CURVE_STEPS - 1], True),))
    order = np.roll(np.arange(len(points)), -corners[0]).tolist()
    runs, run = [], [order[0]]
    for index in [*order[1:], order[0]]:
        run.append(index)
        if len(points[index]) == 3:
            runs.append(_curve(plain[run]))
            run = [index]
    return Shape(((np.concatenate(runs), True),))


def mirrored(half: Points) -> list[tuple[float, ...]]:
    """A symmetric outline from its right half, listed from top to bottom; points on the axis are not doubled."""
    left = [(1 - p[0], *p[1:]) for p in reversed(half) if abs(p[0] - 0.5) > 1e-6]
    return [*half, *left]


def symmetric(half: Points) -> Shape:
    return path(mirrored(half))


def polygon(*points: tuple[float, float]) -> Shape:
    return Shape(((np.array(points, dtype=np.float64), True),))


def ellipse(x: float, y: float, rx: float, ry: float | None = None, turn: float = 0) -> Shape:
    angles = np.linspace(0, 2 * math.pi, 72, endpoint=False)
    points = np.stack([np.cos(angles) * rx, np.sin(angles) * (rx if ry is None else ry)], axis=1) + np.array((x, y))
    shape = Shape(((points, True),))
    return shape.turned(turn, x, y) if turn else shape


def ring(x: float, y: float, rx: float, ry: float, width: float) -> Shape:
    return ellipse(x, y, rx, ry) - ellipse(x, y, rx - width, ry - width)


def box(x0: float, y0: float, x1: float, y1: float, radius: float = 0) -> Shape:
    """A rectangle with rounded corners."""
    radius = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
    if radius <= 0:
        return polygon((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    quarter = np.linspace(0, math.pi / 2, 9)
    centres = (
        (x1 - radius, y1 - radius),
        (x0 + radius, y1 - radius),
        (x0 + radius, y0 + radius),
        (x1 - radius, y0 + radius),
    )
    parts = [
        np.stack(
            [cx + radius * np.cos(quarter + i * math.pi / 2), cy + radius * np.sin(quarter + i * math.pi / 2)], axis=1
        )
        for i, (cx, cy) in enumerate(centres)
    ]
    return Shape(((np.concatenate(parts), True),))


def stroke(points: Points, width: float, end: float | None = None) -> Shape:
    """A smooth line through the points with round ends; its width goes from ``width`` to ``end``."""
    spine = _curve(np.array([p[:2] for p in points], dtype=np.float64))
    radii = np.linspace(width, width if end is None else end, len(spine)) / 2
    angles = np.linspace(0, 2 * math.pi, 14, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    parts: list[np.ndarray] = [point + circle * radius for point, radius in zip(spine, radii, strict=True)]
    for a, b, ra, rb in zip(spine, spine[1:], radii, radii[1:], strict=False):
        step = b - a
        length = float(np.hypot(*step))
        if length > 0:
            normal = np.array([-step[1], step[0]]) / length
            parts.append(np.stack([a + normal * ra, b + normal * rb, b - normal * rb, a - normal * ra]))
    return Shape(tuple((part, True) for part in parts))


def union(shapes: Iterable[Shape]) -> Shape:
    return Shape(tuple(polygon for shape in shapes for polygon in shape.polygons))
