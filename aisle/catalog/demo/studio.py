"""The shop's own photographer: a product on a light background with soft shadows."""

from __future__ import annotations

import numpy as np

from aisle.catalog.demo.canvas import Canvas, resized, softened
from aisle.catalog.demo.kinds import Stance
from aisle.catalog.demo.shapes import SIDE
from aisle.catalog.demo.textures import X, Y

BACKDROPS = (
    (0.965, 0.965, 0.962),
    (0.955, 0.948, 0.935),
    (0.935, 0.945, 0.955),
    (0.950, 0.938, 0.935),
    (0.936, 0.946, 0.932),
    (0.925, 0.922, 0.930),
)


def _backdrop(stance: Stance, rng: np.random.Generator) -> np.ndarray:
    tint = np.array(BACKDROPS[int(rng.integers(len(BACKDROPS)))], dtype=np.float32)
    cx, cy = rng.uniform(0.3, 0.6), rng.uniform(0.2, 0.5)
    glow = 1.03 - 0.11 * ((X - cx) ** 2 + (Y - cy) ** 2)
    if stance is Stance.STANDS:
        horizon = rng.uniform(0.64, 0.72)
        down = Y[:, :1]
        glow = glow - 0.030 / (1 + np.exp((horizon - down) * 60)) + 0.03 * np.clip(down - horizon, 0, 1)
    return np.clip(tint * glow[:, :, None], 0, 1).astype(np.float32)


def _moved(plane: np.ndarray, dx: int, dy: int) -> np.ndarray:
    moved = np.zeros_like(plane)
    height, width = plane.shape
    moved[max(0, dy) : height + min(0, dy), max(0, dx) : width + min(0, dx)] = plane[
        max(0, -dy) : height + min(0, -dy), max(0, -dx) : width + min(0, -dx)
    ]
    return moved


COARSE = 4
"""Shadows are soft, so they are worked out on a picture this many times smaller."""


def ground_shadow(alpha: np.ndarray, stance: Stance) -> np.ndarray:
    """How dark the product (SIDE, SIDE) makes what lies under or behind it, in [0, 1]."""
    side = SIDE // COARSE
    small = resized(alpha, side, side)
    if stance is Stance.LIES:
        near = softened(_moved(small, 1, 1), 1.5) * 0.30
        far = softened(_moved(small, 2, 4), 5) * 0.24
        return resized(np.maximum(near, far), SIDE, SIDE)
    filled = np.flatnonzero(alpha.max(axis=1) > 0.3)
    if not len(filled):
        return np.zeros_like(alpha)
    bottom, top = int(filled[-1]), int(filled[0])
    # The body squeezed onto the floor makes the wide shadow; its lowest part makes the dark line of contact.
    height = max(3, int((bottom - top) * 0.16) // COARSE)
    floor, contact = np.zeros_like(small), np.zeros_like(alpha)
    squeezed = resized(np.ascontiguousarray(alpha[top : bottom + 1]), side, height)
    start = min(side - height, max(0, bottom // COARSE - int(height * 0.62)))
    floor[start : start + height] = squeezed
    contact[max(0, bottom - 5) : bottom + 3] = alpha[max(0, bottom - 9) : bottom + 1].max(axis=0)
    wide = softened(_moved(floor, 3, 0), 3.2) * 0.42 + softened(resized(contact, side, side), 1.2) * 0.42
    return np.clip(resized(wide, SIDE, SIDE), 0, 0.8)


def studio(canvas: Canvas, stance: Stance, rng: np.random.Generator) -> np.ndarray:
    """The catalog picture, (SIDE, SIDE, 3) uint8 RGB."""
    dark = ground_shadow(canvas.alpha, stance) * rng.uniform(0.8, 1.1)
    ground = _backdrop(stance, rng) * (1 - np.clip(dark, 0, 1))[:, :, None]
    picture = canvas.rgb + ground * (1 - canvas.alpha)[:, :, None]
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
