"""Patterns and materials as planes: what covers a product before light falls on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from aisle.catalog.demo.shapes import SIDE

RGB = tuple[float, float, float]
Y, X = (plane.astype(np.float32) / SIDE for plane in np.mgrid[0:SIDE, 0:SIDE])


@lru_cache(maxsize=64)
def noise(down: int, across: int, seed: int = 0) -> np.ndarray:
    """Smooth noise with about ``down`` × ``across`` bumps, (SIDE, SIDE) float32 around 0 with deviation about 1. Read only."""
    cells = np.random.default_rng((9173, down, across, seed)).standard_normal((down + 3, across + 3)).astype(np.float32)
    plane = np.asarray(Image.fromarray(cells).resize((SIDE, SIDE), Image.Resampling.BICUBIC), dtype=np.float32).copy()
    plane.setflags(write=False)
    return plane


def _edge(distance: np.ndarray, pixels: float = 1.2) -> np.ndarray:
    """1 where the distance (unit coordinates) is negative, 0 where positive, smooth over a pixel or so."""
    return np.clip(0.5 - distance * SIDE / pixels, 0, 1)


def _bands(position: np.ndarray, period: float, share: float) -> np.ndarray:
    phase = np.abs((position / period) % 1 - 0.5) * period
    return _edge(phase - share * period / 2)


def _stripes(rng: np.random.Generator) -> np.ndarray:
    return _bands(Y + noise(3, 3, 1) * 0.004, rng.uniform(0.055, 0.11), rng.uniform(0.32, 0.5))


def _pinstripes(rng: np.random.Generator) -> np.ndarray:
    return _bands(X + noise(3, 3, 2) * 0.003, rng.uniform(0.028, 0.045), 0.16) * 0.85


def _checked(rng: np.random.Generator) -> np.ndarray:
    period = rng.uniform(0.06, 0.11)
    return (_bands(X, period, 0.5) + _bands(Y, period, 0.5)) * 0.5


def _tartan(rng: np.random.Generator) -> np.ndarray:
    period = rng.uniform(0.15, 0.22)
    wide = _bands(X, period, 0.36) * 0.42 + _bands(Y, period, 0.36) * 0.42
    thin = _bands(X + period * 0.5, period, 0.06) * 0.5 + _bands(Y + period * 0.5, period, 0.06) * 0.5
    return np.clip(wide + thin, 0, 1)


def _dotted(rng: np.random.Generator) -> np.ndarray:
    period = rng.uniform(0.05, 0.085)
    row = np.floor(Y / period)
    x = (X / period + 0.5 * (row % 2)) % 1 - 0.5
    y = (Y / period) % 1 - 0.5
    return _edge((np.sqrt(x**2 + y**2) - rng.uniform(0.2, 0.3)) * period)


def _zigzag(rng: np.random.Generator) -> np.ndarray:
    period = rng.uniform(0.08, 0.12)
    wave = np.abs((X / period) % 1 - 0.5) * period
    return _bands(Y + wave, period * 0.7, 0.42)


def _argyle(rng: np.random.Generator) -> np.ndarray:
    width, height = 0.12, 0.18
    diamond = np.abs((X / width) % 1 - 0.5) + np.abs((Y / height) % 1 - 0.5)
    line = _bands(X / width + Y / height + 0.5, 1.0, 0.05) + _bands(X / width - Y / height + 0.5, 1.0, 0.05)
    return np.clip(_edge((diamond - 0.36) * width) * 0.85 + line * 0.7, 0, 1)


def _stamped(
    rng: np.random.Generator, draw: Callable[[ImageDraw.ImageDraw, float, float, float, float], None], gap: float
) -> np.ndarray:
    """Motifs of turning direction on a jittered honeycomb."""
    scale = 2
    image = Image.new("L", (SIDE * scale, SIDE * scale))
    pen = ImageDraw.Draw(image)
    for row, y in enumerate(np.arange(0, 1 + gap, gap * 0.87)):
        for x in np.arange(0, 1 + gap, gap):
            dx, dy = rng.uniform(-0.16, 0.16, 2) * gap
            size = gap * rng.uniform(0.26, 0.4)
            at = ((x + (row % 2) * gap / 2 + dx) * SIDE * scale, (y + dy) * SIDE * scale)
            draw(pen, *at, size * SIDE * scale, float(rng.uniform(0, 6.28)))
    return np.asarray(image.reduce(scale), dtype=np.float32) / 255


def _flower(pen: ImageDraw.ImageDraw, x: float, y: float, size: float, turn: float) -> None:
    for k in range(5):
        angle = turn + k * 2 * np.pi / 5
        px, py, r = x + np.cos(angle) * size * 0.58, y + np.sin(angle) * size * 0.58, size * 0.44
        pen.ellipse((px - r, py - r, px + r, py + r), fill=255)
    pen.ellipse((x - size * 0.26, y - size * 0.26, x + size * 0.26, y + size * 0.26), fill=70)
    for side in (1.0, 1.7):
        lx, ly = x + np.cos(turn + side) * size * 1.5, y + np.sin(turn + side) * size * 1.5
        pen.ellipse((lx - size * 0.22, ly - size * 0.22, lx + size * 0.22, ly + size * 0.22), fill=150)


def _star(pen: ImageDraw.ImageDraw, x: float, y: float, size: float, turn: float) -> None:
    tips = [
        (
            x + np.cos(turn + k * np.pi / 5) * size * (1, 0.42)[k % 2],
            y + np.sin(turn + k * np.pi / 5) * size * (1, 0.42)[k % 2],
        )
        for k in range(10)
    ]
    pen.polygon(tips, fill=255)


def _leaf(pen: ImageDraw.ImageDraw, x: float, y: float, size: float, turn: float) -> None:
    along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    t = np.linspace(-1, 1, 15)
    half = (1 - t**2) * 0.42
    rim = np.concatenate(
        [np.outer(t, along) + np.outer(half, across), np.outer(t[::-1], along) - np.outer(half[::-1], across)]
    )
    pen.polygon([(x + p[0] * size * 1.5, y + p[1] * size * 1.5) for p in rim], fill=255)
    end = along * size * 1.3
    pen.line((x - end[0], y - end[1], x + end[0], y + end[1]), fill=90, width=2)


def _leopard(rng: np.random.Generator) -> np.ndarray:
    field = noise(22, 22, int(rng.integers(3)))
    return np.clip(_edge(np.abs(field - 0.75) - 0.30, 90.0) * 0.9, 0, 1)


def _camouflage(rng: np.random.Generator) -> np.ndarray:
    seed = int(rng.integers(3))
    return 0.62 * _edge(0.35 - noise(9, 7, 11 + seed), 60) + 0.38 * _edge(0.45 - noise(8, 8, 21 + seed), 60)


def _marbled(rng: np.random.Generator) -> np.ndarray:
    warp = noise(4, 4, int(rng.integers(4))) * 0.09 + noise(11, 11, 5) * 0.02
    vein = np.abs(np.sin((X * 0.8 + Y * 0.6 + warp) * 13))
    return np.clip(1 - vein * 3.2, 0, 1) * 0.7 + 0.12 * np.clip(noise(5, 5, 6), 0, 1)


def _gradient(rng: np.random.Generator) -> np.ndarray:
    return np.clip((Y - 0.2) / 0.62, 0, 1) ** 1.1


def _blocks(rng: np.random.Generator) -> np.ndarray:
    return _edge(rng.uniform(0.46, 0.56) - Y)


PATTERNS: Mapping[str, Callable[[np.random.Generator], np.ndarray]] = {
    "striped": _stripes,
    "pinstriped": _pinstripes,
    "checked": _checked,
    "tartan": _tartan,
    "dotted": _dotted,
    "zigzag": _zigzag,
    "argyle": _argyle,
    "floral": lambda rng: _stamped(rng, _flower, rng.uniform(0.12, 0.17)),
    "starry": lambda rng: _stamped(rng, _star, rng.uniform(0.1, 0.14)),
    "leafy": lambda rng: _stamped(rng, _leaf, rng.uniform(0.1, 0.14)),
    "leopard": _leopard,
    "camouflage": _camouflage,
    "marbled": _marbled,
    "gradient": _gradient,
    "colour-block": _blocks,
}
"""Each gives the share of the second colour, (SIDE, SIDE) in [0, 1]. A plain product has none."""


def patterned(base: RGB, accent: RGB, pattern: str, seed: int) -> np.ndarray:
    """The two colours in the pattern, (SIDE, SIDE, 3) float32."""
    first, second = np.asarray(base, dtype=np.float32), np.asarray(accent, dtype=np.float32)
    if pattern not in PATTERNS:
        return np.broadcast_to(first, (SIDE, SIDE, 3))
    share = PATTERNS[pattern](np.random.default_rng((seed, 17))).astype(np.float32)
    return first + (second - first) * share[:, :, None]


def _fine(amount: float) -> Callable[[], np.ndarray]:
    return lambda: noise(190, 190) * amount


def _folds(amount: float) -> np.ndarray:
    return noise(3, 9, 4) * amount


def _denim() -> np.ndarray:
    return np.sin((X + Y * 0.9) * 900) * 0.045 + noise(180, 180) * 0.05 + noise(9, 5, 2) * 0.03


def _knit() -> np.ndarray:
    column = (X * 46) % 1 - 0.5
    return np.cos((Y * 46 + np.abs(column) * 1.1) * 2 * np.pi) * 0.10 - np.abs(column) * 0.18 + 0.05


def _rib() -> np.ndarray:
    return np.cos(X * 70 * 2 * np.pi) * 0.08 + noise(120, 120) * 0.03


def _linen() -> np.ndarray:
    return noise(190, 40, 1) * 0.035 + noise(40, 190, 2) * 0.035


def _leather() -> np.ndarray:
    return -np.abs(noise(95, 95, 3)) * 0.05 + noise(8, 8, 3) * 0.025 + 0.04


def _wood() -> np.ndarray:
    rings = np.sin((X * 2 + noise(2, 14, 7) * 0.10 + noise(3, 40, 8) * 0.05) * 44)
    return rings * 0.05 + noise(5, 150, 9) * 0.055


def _brushed() -> np.ndarray:
    return noise(190, 6, 5) * 0.022


def _rattan() -> np.ndarray:
    over = (np.floor(X * 34) + np.floor(Y * 34)) % 2
    across = np.where(over > 0, (X * 34) % 1, (Y * 34) % 1) - 0.5
    return 0.10 - across**2 * 1.3


def _plush() -> np.ndarray:
    return noise(120, 120, 6) * 0.06 + noise(45, 45, 6) * 0.035


def _stone() -> np.ndarray:
    return noise(190, 190, 8) * 0.05 + noise(60, 60, 8) * 0.03


GRAINS: Mapping[str, Callable[[], np.ndarray]] = {
    "cotton": lambda: noise(190, 190) * 0.018 + _folds(0.018),
    "denim": _denim,
    "knit": _knit,
    "wool": lambda: noise(150, 150, 2) * 0.055 + noise(70, 70, 2) * 0.02,
    "fleece": _plush,
    "linen": _linen,
    "silk": lambda: _folds(0.055),
    "satin": lambda: _folds(0.055),
    "chiffon": lambda: _folds(0.04),
    "velvet": lambda: noise(14, 10, 5) * 0.045 + noise(190, 190) * 0.02,
    "plush": _plush,
    "corduroy": _rib,
    "canvas": lambda: noise(190, 60, 3) * 0.03 + noise(60, 190, 4) * 0.03,
    "nylon": lambda: _folds(0.02) + noise(190, 190) * 0.01,
    "polyester": lambda: _folds(0.02) + noise(190, 190) * 0.01,
    "leather": _leather,
    "suede": lambda: noise(150, 150, 4) * 0.035 + noise(12, 12, 4) * 0.03,
    "rubber": _fine(0.015),
    "wood": _wood,
    "oak": _wood,
    "walnut": _wood,
    "bamboo": _wood,
    "steel": _brushed,
    "aluminium": _brushed,
    "iron": _stone,
    "stoneware": _stone,
    "concrete": _stone,
    "clay": _stone,
    "rattan": _rattan,
    "straw": _rattan,
    "jute": _rattan,
    "paper": _fine(0.012),
    "cork": _stone,
}
"""Each gives how much lighter or darker a place is. Smooth materials (glass, plastic, porcelain …) have none."""


@lru_cache(maxsize=48)
def _grain(material: str) -> np.ndarray:
    relief = GRAINS[material]() if material in GRAINS else np.zeros((SIDE, SIDE), dtype=np.float32)
    plane = (1 + relief).astype(np.float32)
    plane.setflags(write=False)
    return plane


def grain(material: str, seed: int) -> np.ndarray:
    """The material's lightness, (SIDE, SIDE) float32 around 1, shifted so that no two designs repeat the same knots."""
    shift = np.random.default_rng((seed, 23)).integers(0, SIDE, 2)
    return np.roll(_grain(material), tuple(shift), axis=(0, 1)) if material in _ROLLS else _grain(material)


_ROLLS = {"denim", "wool", "fleece", "plush", "leather", "suede", "iron", "stoneware", "concrete", "clay", "cork"}
