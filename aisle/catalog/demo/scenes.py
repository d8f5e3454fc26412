"""Surfaces that shoppers put things on before they take a picture of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aisle.catalog.demo.canvas import RGB, mix
from aisle.catalog.demo.shapes import SIDE
from aisle.catalog.demo.textures import PATTERNS, X, Y, grain, noise, patterned
from aisle.catalog.demo.vocabulary import COLORS

WOODS: tuple[RGB, ...] = (
    (0.70, 0.52, 0.34),
    (0.48, 0.32, 0.20),
    (0.80, 0.68, 0.52),
    (0.36, 0.27, 0.22),
    (0.62, 0.55, 0.48),
)
Rng = np.random.Generator


def _tinted(color: RGB, light: np.ndarray) -> np.ndarray:
    return np.asarray(color, dtype=np.float32) * light.astype(np.float32)[:, :, None]


def _seams(position: np.ndarray, period: float, width: float) -> np.ndarray:
    """1 between planks or tiles, 0 on them."""
    phase = np.abs((position / period) % 1 - 0.5) * period
    return np.clip((phase - period / 2 + width) / width * 1.5, 0, 1)


def planks(rng: Rng) -> np.ndarray:
    """A wooden floor: boards of changing tone with dark seams."""
    wood, period = WOODS[int(rng.integers(len(WOODS)))], rng.uniform(0.11, 0.2)
    board = np.floor(X / period).astype(int)
    tones = rng.uniform(0.84, 1.12, int(1 / period) + 2)
    shift = rng.uniform(0, 1, int(1 / period) + 2)
    ends = _seams(Y + shift[board] * 0.7, 0.7, 0.006)
    light = tones[board] * grain("oak", 0) * (1 - 0.55 * np.maximum(_seams(X, period, 0.006), ends))
    return _tinted(wood, light)


def table(rng: Rng) -> np.ndarray:
    """A table top of one piece, the grain across."""
    wood = WOODS[int(rng.integers(len(WOODS)))]
    return _tinted(wood, 1 + (grain("oak", 0).T - 1) * 1.5)


def bedspread(rng: Rng) -> np.ndarray:
    """Rumpled cloth, plain or patterned."""
    names = list(COLORS)
    first, second = (COLORS[names[int(i)]].rgb for i in rng.choice(len(names), 2, replace=False))
    motif = ("plain", "plain", *PATTERNS)[int(rng.integers(2 + len(PATTERNS)))]
    cloth = patterned(
        mix(first, (0.9, 0.88, 0.85), 0.35), mix(second, (0.9, 0.88, 0.85), 0.45), motif, int(rng.integers(1 << 30))
    )
    rumple = np.sin((noise(3, 3, int(rng.integers(9))) * 0.5 + X * rng.uniform(1, 3) + Y * rng.uniform(1, 3)) * 6)
    return cloth * (1 + 0.10 * rumple + 0.06 * noise(7, 7, 3)).astype(np.float32)[:, :, None]


def tiles(rng: Rng) -> np.ndarray:
    tone: RGB = ((0.82, 0.80, 0.76), (0.62, 0.64, 0.66), (0.72, 0.60, 0.50), (0.86, 0.88, 0.90))[int(rng.integers(4))]
    period = rng.uniform(0.2, 0.34)
    each = rng.uniform(0.93, 1.05, (7, 7))[np.floor(Y / period).astype(int), np.floor(X / period).astype(int)]
    joint = np.maximum(_seams(X, period, 0.008), _seams(Y, period, 0.008))
    return _tinted(tone, each * (1 - 0.35 * joint) * (1 + 0.03 * noise(30, 30, 4)))


def marble(rng: Rng) -> np.ndarray:
    light, vein = (
        ((0.90, 0.89, 0.88), (0.62, 0.61, 0.62)) if rng.random() < 0.7 else ((0.22, 0.23, 0.25), (0.55, 0.54, 0.52))
    )
    return patterned(light, vein, "marbled", int(rng.integers(1 << 30))).copy()


def carpet(rng: Rng) -> np.ndarray:
    tone = mix(COLORS[list(COLORS)[int(rng.integers(len(COLORS)))]].rgb, (0.6, 0.56, 0.52), 0.55)
    return _tinted(tone, 1 + 0.10 * noise(150, 150, 2) + 0.07 * noise(60, 60, 3) + 0.04 * noise(6, 6, 4))


def lawn(rng: Rng) -> np.ndarray:
    blades = 1 + 0.22 * noise(60, 190, 1) + 0.16 * noise(120, 150, 2) + 0.10 * noise(8, 8, int(rng.integers(9)))
    return _tinted((0.33, 0.47, 0.20), blades)


def pavement(rng: Rng) -> np.ndarray:
    return _tinted(
        (0.56, 0.55, 0.54),
        1 + 0.10 * noise(170, 170, 5) + 0.06 * noise(40, 40, 6) + 0.05 * noise(5, 5, int(rng.integers(9))),
    )


def room(rng: Rng) -> np.ndarray:
    """A wall with skirting above a floor."""
    wall = mix(COLORS[list(COLORS)[int(rng.integers(len(COLORS)))]].rgb, (0.88, 0.86, 0.82), 0.72)
    line = rng.uniform(0.42, 0.6)
    floor = planks(rng) if rng.random() < 0.6 else carpet(rng)
    picture = np.where((line > Y)[:, :, None], _tinted(wall, 1 + 0.015 * noise(120, 120, 7) - 0.08 * X), floor)
    skirting = ((line - 0.055 < Y) & (line > Y))[:, :, None]
    picture = np.where(skirting, np.float32(0.9) - 0.25 * _seams(Y - line, 0.055, 0.006)[:, :, None], picture)
    return picture * (1 - 0.3 * np.exp(-(((Y - line) / 0.03) ** 2)))[:, :, None].astype(np.float32)


SURFACES: tuple[Callable[[Rng], np.ndarray], ...] = (
    planks,
    table,
    bedspread,
    tiles,
    marble,
    carpet,
    lawn,
    pavement,
    room,
)
"""Each gives an opaque (SIDE, SIDE, 3) float32 picture in about [0, 1]."""


def surface(rng: Rng) -> np.ndarray:
    """A surface seen under some angle of its own, clipped to [0, 1]."""
    chosen = SURFACES[int(rng.integers(len(SURFACES)))]
    picture = np.clip(chosen(rng), 0, 1).astype(np.float32)
    if chosen is not room and rng.random() < 0.5:
        picture = np.rot90(picture, int(rng.integers(4)))
    assert picture.shape == (SIDE, SIDE, 3)
    return np.ascontiguousarray(picture)
