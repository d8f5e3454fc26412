"""Where the main thing stands in a picture, by what sets it apart from the picture's border.

Product photos show one thing on a backdrop; a shopper's photo shows it on a floor, a bed or a shelf, seldom against the
edge. So the colours of the border, a few clusters of them, describe what is *not* meant, and what differs from all of
them, or has more texture, is. Measured at low resolution in a few milliseconds.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from aisle.types import Box

SIDE = 64
"""Pixels of the longest side that is looked at."""
BORDER = 3
CLUSTERS = 4
WHOLE = Box(0.0, 0.0, 1.0, 1.0)
MARGIN = 0.02
LEAST_CONTRAST = 0.06
"""Difference from the border, of at most 1, under which nothing stands out."""
LEAST_VISIBLE = 0.02
"""Difference from a plain border that still belongs to an object whose other parts stand out."""


def salient(image: np.ndarray) -> Box:
    """The box of the main object of (h, w, 3) uint8 pixels; the whole picture where nothing clearly stands out."""
    small = _small(image)
    height, width = small.shape[:2]
    if min(height, width) < 4 * BORDER:
        return WHOLE
    distinct, distance, ring = _distinctness(small)
    high = max(_otsu(distinct), LEAST_CONTRAST)
    mask = ndimage.binary_closing(np.pad(distinct > high, 2), iterations=2)[2:-2, 2:-2]
    labels, count = ndimage.label(mask)
    if not count:
        return WHOLE
    strength = ndimage.sum_labels(distinct * _centre(height, width), labels, np.arange(1, count + 1))
    # A pair of shoes is two parts; crumbs of the background are many small ones.
    core = np.isin(labels, np.flatnonzero(strength >= 0.3 * strength.max()) + 1)
    # A white shirt with a print: the print alone passes the high threshold. Grow to all that the border doesn't reach.
    low = min(high, max(LEAST_VISIBLE, float(np.percentile(distance[ring], 97))))
    grown = ndimage.binary_propagation(core, mask=mask | (distance > low))
    return next((box for box in (_box(grown), _box(core)) if _plausible(box)), WHOLE)


def _plausible(box: Box) -> bool:
    """People aim: what they mean is neither a speck nor off the middle. (All but the whole picture is the whole.)"""
    share = (box.x1 - box.x0) * (box.y1 - box.y0)
    return 0.04 <= share <= 0.9 and box.x0 < 0.5 < box.x1 and box.y0 < 0.5 < box.y1


def _box(mask: np.ndarray) -> Box:
    height, width = mask.shape
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    left, right = columns[0] / width - MARGIN, (columns[-1] + 1) / width + MARGIN
    top, bottom = rows[0] / height - MARGIN, (rows[-1] + 1) / height + MARGIN
    return Box(max(0.0, float(left)), max(0.0, float(top)), min(1.0, float(right)), min(1.0, float(bottom)))


def _small(image: np.ndarray) -> np.ndarray:
    """(h, w, 3) float32 in [0, 1], longest side about ``SIDE``: every pixel the mean of a few of its cell."""
    step = max(1, max(image.shape[:2]) // (2 * SIDE))
    sampled = image[::step, ::step].astype(np.float32) / 255.0
    if max(sampled.shape[:2]) > SIDE:
        even = sampled[: sampled.shape[0] // 2 * 2, : sampled.shape[1] // 2 * 2]
        sampled = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    return sampled


def _distinctness(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three (h, w) maps of (h, w, 3) pixels: how much each stands out, smoothed, in [0, 1], by colour or by more
    texture than the border has; its plain distance to the nearest common border colour; and what is border."""
    colours = _opponent(pixels)  # (h, w, 3)
    ring = np.ones(colours.shape[:2], bool)
    ring[BORDER:-BORDER, BORDER:-BORDER] = False
    backdrop = _common(colours[ring])  # (k, 3)
    distance = np.sqrt(((colours[:, :, None] - backdrop) ** 2).sum(-1)).min(-1)  # (h, w)
    grey = colours[..., 0]
    texture = np.hypot(ndimage.sobel(grey, 0), ndimage.sobel(grey, 1)) / 4
    texture = np.maximum(0.0, ndimage.uniform_filter(texture, 3) - np.percentile(texture[ring], 90))
    return ndimage.gaussian_filter(np.minimum(1.0, distance + texture), 1.0), distance, ring


def _opponent(pixels: np.ndarray) -> np.ndarray:
    """Light, red–green, blue–yellow: light counts less, because shadows change it and nothing else."""
    red, green, blue = np.moveaxis(pixels, -1, 0)
    return np.stack([0.7 * (red + green + blue) / 3, red - green, (red + green) / 2 - blue], axis=-1)


def _common(colours: np.ndarray) -> np.ndarray:
    """(k, 3): the means of the clusters that make up the border; a colour rare there is an object touching it."""
    order = np.argsort(colours[:, 0], kind="stable")
    centres = colours[order[np.linspace(0, len(order) - 1, CLUSTERS).astype(int)]]
    for _ in range(6):
        nearest = ((colours[:, None] - centres) ** 2).sum(-1).argmin(-1)
        centres = np.stack(
            [colours[nearest == k].mean(0) if (nearest == k).any() else centres[k] for k in range(len(centres))]
        )
    share = np.bincount(nearest, minlength=len(centres)) / len(colours)
    return centres[share >= min(0.12, share.max())]


def _centre(height: int, width: int) -> np.ndarray:
    """(h, w): 1 in the middle, falling towards the corners; people aim at what they mean."""
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)
    return np.exp(-(x**2 + y**2))


def _otsu(values: np.ndarray) -> float:
    """The threshold that parts values in [0, 1] into the two groups farthest apart (Otsu 1979)."""
    counts, edges = np.histogram(values, 64, (0.0, 1.0))
    middles = (edges[:-1] + edges[1:]) / 2
    low = np.cumsum(counts)
    high = low[-1] - low
    sums = np.cumsum(counts * middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = low * high * (sums / low - (sums[-1] - sums) / high) ** 2
    return float(edges[1:][np.nanargmax(between)]) if np.isfinite(between).any() else 1.0
