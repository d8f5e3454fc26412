"""Customer photos: a product redrawn as a shopper's phone would see it at home.

The pictures are to measure photo search on, so nothing here follows a usual training augmentation (random crops, flips,
colour jitter, cut-outs of flat colour). The product is drawn anew, then
- *pose*: turned by up to 32°, seen in perspective (each corner moves by up to 11 % on its own), its square at 58 to
  86 % of the scene, its centre up to 10 % off, and now and then partly out of the picture;
- *place*: floors, tables, bedspreads, tiles, lawn, a room's corner, with one or two other goods of other types lying
  about, of which one may cover a part of it;
- *light*: black-body tint from 3200 to 7800 K, a lamp's fall-off, hard or soft shadows from any side, the stripes of a
  blind or the dapple of leaves, vignette, over- and under-exposure by a gamma;
- *camera*: defocus or the shake of a hand along a line, noise that grows with darkness and is correlated over pixels, a
  haze, JPEG quality 52 to 86, portrait or landscape at 4:3.
"""

from __future__ import annotations

import io
import math

import numpy as np
from PIL import Image, ImageFilter

from aisle.catalog.demo.canvas import Canvas, Look, resized, softened
from aisle.catalog.demo.kinds import Kind
from aisle.catalog.demo.scenes import surface
from aisle.catalog.demo.shapes import SIDE
from aisle.catalog.demo.textures import X, Y, noise

Rng = np.random.Generator
Corners = np.ndarray  # (4, 2) pixels: top left, top right, bottom right, bottom left


def _perspective(corners: Corners) -> list[float]:
    """Pillow's eight coefficients that bring the whole square picture onto the corners (output → input)."""
    square = np.array([(0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE)], dtype=np.float64)
    rows, values = [], []
    for (x, y), (u, v) in zip(corners, square, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return [float(c) for c in np.linalg.solve(np.array(rows), np.array(values))]


def _pose(rng: Rng, x: float, y: float, size: float, turn: float, warp: float) -> Corners:
    """Corners of a square of ``size`` (pixels) about (x, y), turned by degrees, each moved by up to ``warp`` of the size."""
    angle = math.radians(turn)
    half = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * size / 2
    turned = half @ np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return turned + (x, y) + rng.uniform(-warp, warp, (4, 2)) * size


def _placed(canvas: Canvas, corners: Corners) -> tuple[np.ndarray, np.ndarray]:
    """The drawing in its pose: premultiplied rgb (SIDE, SIDE, 3) and alpha (SIDE, SIDE)."""
    layers = np.dstack([canvas.rgb, canvas.alpha])
    image = Image.fromarray((np.clip(layers, 0, 1) * 255 + 0.5).astype(np.uint8), "RGBa")
    shrink = max(1, int(SIDE / max(1.0, float(np.ptp(corners[:, 0])))))
    image = image if shrink == 1 else image.filter(ImageFilter.BoxBlur(shrink / 2))
    warped = image.transform(
        (SIDE, SIDE), Image.Transform.PERSPECTIVE, _perspective(corners), Image.Resampling.BILINEAR
    )
    values = np.asarray(warped, dtype=np.float32) / np.float32(255)
    return values[:, :, :3], values[:, :, 3]


def _laid(
    scene: np.ndarray, placed: tuple[np.ndarray, np.ndarray], shift: tuple[int, int], soft: float, dark: float
) -> np.ndarray:
    rgb, alpha = placed
    small = resized(alpha, SIDE // 3, SIDE // 3)
    fallen = np.roll(small, (round(shift[1] / 3), round(shift[0] / 3)), axis=(0, 1))
    shade = np.maximum(softened(fallen, soft / 3) * dark, softened(small, 1.4) * dark * 0.6)
    lit = np.clip(1 - resized(shade, SIDE, SIDE), 0.15, 1) * (1 - alpha)
    return scene * lit[:, :, None] + rgb


def _kelvin(temperature: float) -> np.ndarray:
    """Gains of red, green, blue for a lamp, 1 at 5500 K (a straight-line fit, good enough for a mood)."""
    warm = (5500 - temperature) / 1000
    return np.array([1 + 0.055 * warm, 1 + 0.005 * warm, 1 - 0.085 * warm], dtype=np.float32)


def _light(scene: np.ndarray, rng: Rng) -> np.ndarray:
    angle, fall = rng.uniform(0, 2 * math.pi), rng.uniform(0.1, 0.55)
    lamp = 1 + fall * ((X - 0.5) * math.cos(angle) + (Y - 0.5) * math.sin(angle))
    mood = rng.random()
    if mood < 0.14:
        slant = X * rng.uniform(-0.5, 0.5) + Y
        bars = softened((np.sin(slant * rng.uniform(18, 30)) > 0.1).astype(np.float32), 4)
        lamp = lamp * (1 - rng.uniform(0.18, 0.34) * bars)
    elif mood < 0.26:
        leaves = np.clip(noise(7, 7, int(rng.integers(9))) * 2 + 0.4, 0, 1)
        lamp = lamp * (1 - rng.uniform(0.18, 0.36) * softened(leaves, 5))
    vignette = 1 - rng.uniform(0, 0.55) * ((X - 0.5) ** 2 + (Y - 0.5) ** 2)
    lit = scene * (lamp * vignette).astype(np.float32)[:, :, None] * _kelvin(rng.uniform(3200, 7800))
    return np.clip(lit * np.float32(rng.uniform(0.82, 1.12)), 0, 1) ** np.float32(rng.uniform(0.78, 1.3))


def _camera(scene: np.ndarray, rng: Rng) -> bytes:
    image = Image.fromarray((np.clip(scene, 0, 1) * 255 + 0.5).astype(np.uint8))
    if rng.random() < 0.75:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 1.5)))
    else:
        steps, angle = int(rng.integers(3, 6)), rng.uniform(0, math.pi)
        trail = np.zeros((5, 5))
        for t in np.linspace(-1, 1, steps):
            trail[round(2 + 2 * t * math.sin(angle)), round(2 + 2 * t * math.cos(angle))] += 1
        image = image.filter(ImageFilter.Kernel((5, 5), trail.ravel().tolist(), scale=float(trail.sum())))
    values = np.asarray(image, dtype=np.float32) / np.float32(255)
    haze = rng.uniform(0, 0.06)
    values = values * (1 - haze) + haze * np.float32(0.8)
    speck = rng.standard_normal(values.shape, dtype=np.float32)
    speck = 0.7 * speck + 0.3 * np.roll(speck, 1, axis=1) + 0.3 * speck.mean(axis=2, keepdims=True)
    values = values + speck * (rng.uniform(0.004, 0.03) * (1.25 - values))
    image = Image.fromarray((np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8))
    narrow = SIDE * 3 // 4
    start = int(rng.integers(SIDE - narrow + 1)) // 2 + (SIDE - narrow) // 4
    image = image.crop((start, 0, start + narrow, SIDE) if rng.random() < 0.7 else (0, start, SIDE, start + narrow))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=int(rng.integers(52, 87)))
    return out.getvalue()


def customer_photo(kind: Kind, look: Look, clutter: list[tuple[Kind, Look]], rng: Rng) -> bytes:
    """A JPEG of the look in somebody's home, with the goods of ``clutter`` about."""
    scene = surface(rng)
    angle, reach, soft, dark = (
        rng.uniform(0, 2 * math.pi),
        rng.uniform(3, 14),
        rng.uniform(3, 12),
        rng.uniform(0.3, 0.6),
    )
    shift = (round(math.cos(angle) * reach), round(abs(math.sin(angle)) * reach))
    x, y = (np.array([0.5, 0.5]) + rng.uniform(-0.13, 0.13, 2) * 0.8) * SIDE
    size = rng.uniform(0.58, 0.86) * SIDE
    others = []
    for other, its_look in clutter:
        canvas = Canvas(its_look)
        other.draw(canvas)
        away, small = rng.uniform(0, 2 * math.pi), rng.uniform(0.26, 0.46) * SIDE
        distance = size * 0.46 + small * rng.uniform(0.10, 0.5)
        corners = _pose(
            rng, x + math.cos(away) * distance, y + math.sin(away) * distance, small, rng.uniform(-180, 180), 0.1
        )
        others.append(_placed(canvas, corners))
    covering = 1 if others and rng.random() < 0.4 else 0
    for placed in others[covering:]:
        scene = _laid(scene, placed, shift, soft, dark)
    canvas = Canvas(look)
    kind.draw(canvas)
    turn = float(np.clip(rng.normal(0, 13), -32, 32))
    scene = _laid(scene, _placed(canvas, _pose(rng, x, y, size, turn, rng.uniform(0.02, 0.11))), shift, soft, dark)
    for placed in others[:covering]:
        scene = _laid(scene, placed, shift, soft, dark)
    return _camera(_light(scene, rng), rng)
