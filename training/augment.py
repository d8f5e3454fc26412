"""A catalog picture as a shopper's phone would see it: other surroundings, light, angle, camera.

Everything is drawn from a numpy generator, so that a seed gives the same photo again.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter
from scipy import ndimage

PALE, EVEN = 200, 12
"""A studio background is at least this bright, and this near (in 0…255) to a smooth surface through the border."""


@dataclass(frozen=True, slots=True)
class PhotoShape:
    """How far a photo may stray. Angles in degrees, the rest in fractions; each range is drawn from uniformly."""

    size: int = 144
    scale: tuple[float, float] = (0.5, 1.05)
    crop: tuple[float, float] = (0.6, 1.0)
    turn: float = 22.0
    skew: float = 0.10
    light: tuple[float, float] = (0.6, 1.35)
    temperature: float = 0.13
    shade: float = 0.35
    occluded: float = 0.25
    blurred: float = 0.35
    noisy: float = 0.4
    squeezed: float = 0.6


def foreground(image: np.ndarray) -> np.ndarray | None:
    """(h, w) float32 coverage of the thing on a pale studio background; None where the background isn't that."""
    height, width = image.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=2)  # (h, w, 6)
    border = np.ones((height, width), bool)
    border[4:-4, 4:-4] = False
    border &= image.min(axis=2) >= PALE
    if border.sum() < 0.6 * 8 * (height + width - 8):
        return None
    surface = terms @ np.linalg.lstsq(terms[border], image[border].astype(float), rcond=None)[0]  # (h, w, 3)
    bright = np.abs(image - surface).max(axis=2) <= EVEN  # (h, w)
    labels, _ = ndimage.label(bright)
    outside = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    thing = ~np.isin(labels, outside[outside > 0])  # (h, w)
    if not 0.03 < thing.mean() < 0.95:
        return None
    # White cloth is joined to the white behind it: closing fills the bites.
    closed = ndimage.binary_closing(np.pad(thing, 8), iterations=6)[8:-8, 8:-8]
    thing = ndimage.binary_erosion(ndimage.binary_fill_holes(closed), iterations=1)
    return ndimage.gaussian_filter(thing.astype(np.float32), 0.6)


def perspective(target: np.ndarray, source: np.ndarray) -> list[float]:
    """The eight numbers with which Pillow maps each ``target`` corner (4, 2) to its ``source`` corner (4, 2)."""
    rows = []
    for (x, y), (u, v) in zip(target, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    return list(np.linalg.solve(np.array(rows), source.reshape(-1)))


def _corners(width: float, height: float) -> np.ndarray:
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=float)


def _turned(corners: np.ndarray, degrees: float) -> np.ndarray:
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    centre = corners.mean(axis=0)
    return (corners - centre) @ turn + centre


def backdrop(rng: np.random.Generator, scenes: np.ndarray, size: int) -> np.ndarray:
    """(size, size, 3) uint8: a patch of one of ``scenes`` (n, s, s, 3), or a surface: colour, grain, planks."""
    if len(scenes) and rng.random() < 0.6:
        scene = Image.fromarray(scenes[rng.integers(len(scenes))])
        side = int(scene.width * rng.uniform(0.25, 0.8))
        x, y = rng.integers(0, scene.width - side, 2)
        patch = scene.resize((size, size), Image.Resampling.BILINEAR, (x, y, x + side, y + side))
        return np.asarray(patch.filter(ImageFilter.BoxBlur(rng.uniform(0, 2.5))))
    base = rng.uniform(30, 245) + rng.normal(0, 22, 3)  # (3,)
    grain = ndimage.zoom(rng.normal(0, 1, (rng.integers(3, 24), rng.integers(3, 24))), 1)
    grain = np.asarray(Image.fromarray(grain.astype(np.float32)).resize((size, size), Image.Resampling.BICUBIC))
    surface = base + grain[..., None] * rng.uniform(2, 22)  # (size, size, 3)
    if rng.random() < 0.35:
        stripes = np.sin(np.arange(size) * rng.uniform(0.1, 0.9) + rng.uniform(0, 6)) * rng.uniform(3, 25)  # (size,)
        surface = surface + (stripes[:, None, None] if rng.random() < 0.5 else stripes[None, :, None])
    return np.clip(surface, 0, 255).astype(np.uint8)


def _placed(
    image: np.ndarray, cover: np.ndarray, scene: np.ndarray, rng: np.random.Generator, to: PhotoShape
) -> Image.Image:
    """The thing, turned and seen at an angle, on ``scene`` with a soft shadow."""
    size = to.size
    ys, xs = np.nonzero(cover > 0.5)
    box = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], dtype=float)
    source = _corners(box[2] - box[0], box[3] - box[1]) + box[:2]
    longest = size * rng.uniform(*to.scale)
    ratio = longest / max(box[2] - box[0], box[3] - box[1])
    extent = np.array([box[2] - box[0], box[3] - box[1]]) * ratio * rng.uniform(0.9, 1.1, 2)
    centre = size / 2 + rng.uniform(-1, 1, 2) * np.maximum(size - extent, size * 0.15) / 2
    target = _turned(_corners(*extent) - extent / 2 + centre, rng.normal(0, to.turn / 2))
    target = target + rng.uniform(-to.skew, to.skew, (4, 2)) * longest
    layers = Image.fromarray(np.dstack([image, (cover * 255).astype(np.uint8)]), "RGBA")
    seen = layers.transform(
        (size, size), Image.Transform.PERSPECTIVE, perspective(target, source), Image.Resampling.BILINEAR
    )
    below = Image.fromarray(scene)
    if rng.random() < 0.6:
        shadow = seen.getchannel("A").filter(ImageFilter.BoxBlur(rng.uniform(2, 8)))
        moved = Image.new("L", (size, size))
        moved.paste(
            shadow.point(lambda v: int(v * 0.45)), (int(rng.normal(0, size * 0.03)), int(rng.normal(0, size * 0.03)))
        )
        below = Image.composite(Image.new("RGB", (size, size), (0, 0, 0)), below, moved)
    below.paste(seen.convert("RGB"), (0, 0), seen.getchannel("A"))
    return below


def _reframed(image: np.ndarray, rng: np.random.Generator, to: PhotoShape) -> Image.Image:
    """A crop of the photo, turned and at an angle, staying inside it as far as it goes."""
    height, width = image.shape[:2]
    extent = np.array([width, height]) * rng.uniform(*to.crop) * rng.uniform(0.9, 1.1, 2).clip(max=1.0)
    start = rng.uniform(0, 1, 2) * (np.array([width, height]) - extent).clip(min=0)
    quad = _turned(_corners(*extent) + start, rng.normal(0, to.turn / 4))
    quad = quad + rng.uniform(-to.skew, to.skew, (4, 2)) * extent * 0.5
    quad = quad.clip([0, 0], [width - 1, height - 1])
    numbers = perspective(_corners(to.size, to.size), quad)
    return Image.fromarray(image).transform(
        (to.size, to.size), Image.Transform.PERSPECTIVE, numbers, Image.Resampling.BILINEAR
    )


def _lit(pixels: np.ndarray, rng: np.random.Generator, to: PhotoShape) -> np.ndarray:
    """(size, size, 3) float32 in 0…1 under another lamp: brightness, contrast, colour temperature, a gradient."""
    warm = rng.normal(0, to.temperature / 1.5)
    gains = np.array([1 + warm, 1 + rng.normal(0, 0.02), 1 - warm], dtype=np.float32) * rng.uniform(*to.light)
    slope = rng.uniform(-to.shade, to.shade, 2).astype(np.float32)
    ramp = np.linspace(-0.5, 0.5, to.size, dtype=np.float32)
    light = 1 + ramp[:, None] * slope[0] + ramp[None, :] * slope[1]  # (size, size)
    lit = pixels ** np.float32(rng.uniform(0.8, 1.25)) * gains * light[..., None]
    middle = lit.mean()
    return (lit - middle) * np.float32(rng.uniform(0.75, 1.2)) + middle


def customer_photo(
    image: np.ndarray, cover: np.ndarray | None, scenes: np.ndarray, rng: np.random.Generator, to: PhotoShape
) -> np.ndarray:
    """``image`` (h, w, 3) uint8 with its ``foreground`` → (size, size, 3) uint8 as a phone may have taken it."""
    if cover is not None and rng.random() < 0.85:
        photo = _placed(image, cover, backdrop(rng, scenes, to.size), rng, to)
    else:
        photo = _reframed(image, rng, to)
    if rng.random() < to.occluded:
        w, h = (to.size * rng.uniform(0.12, 0.4, 2)).astype(int)
        x, y = rng.integers(0, to.size - w), rng.integers(0, to.size - h)
        photo.paste(Image.fromarray(backdrop(rng, scenes, to.size)[:h, :w]), (int(x), int(y)))
    if rng.random() < to.blurred:
        photo = photo.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.6)))
    pixels = _lit(np.asarray(photo, dtype=np.float32) / 255, rng, to)
    if rng.random() < to.noisy:
        pixels = pixels + rng.standard_normal(pixels.shape, dtype=np.float32) * np.float32(rng.uniform(0.005, 0.05))
    photo = Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    if rng.random() < to.squeezed:
        file = io.BytesIO()
        photo.save(file, "JPEG", quality=int(rng.integers(25, 90)))
        photo = Image.open(file)
    return np.asarray(photo)
