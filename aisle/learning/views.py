"""Views of a catalog's pictures: drawn once, run once through the part of the image tower that stays as it is.

A small machine trains in minutes what would take hours if every step decoded pictures and ran the whole tower.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageFilter
from torch import Tensor

from aisle.learning.catalog_data import Item
from aisle.learning.devices import rank
from aisle.learning.towers import ImageTower
from aisle.models.runtime import resize
from aisle.perception.image import Limits, decode

Progress = Callable[[float, str], None]
"""Called with the share that is done, 0…1, and what is going on."""

DEPTHS = ("head", "top", "all")
"""What of the image tower learns: its head alone; the upper stages too; everything. The text tower always does."""

LONGEST = 320
"""Pictures are decoded to this many pixels at most: enough to crop from."""


def augmented(image: np.ndarray, size: int, rng: np.random.Generator, strength: float) -> np.ndarray:
    """(h, w, 3) uint8 → (size, size, 3) uint8: cropped, mirrored, lit and blurred a little; ``strength`` 0…1 says how much."""
    picture = Image.fromarray(image)
    width, height = picture.size
    kept = 1.0 - strength * rng.uniform(0.0, 0.4, 2) * rng.random()  # (2,), share of each side
    x, y = rng.uniform(0, 1, 2) * (1.0 - kept) * (width, height)
    box = (x, y, x + kept[0] * width, y + kept[1] * height)
    picture = picture.resize((size, size), Image.Resampling.BILINEAR, box, reducing_gap=2.0)
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if rng.random() < 0.3 * strength:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    pixels = np.asarray(picture, dtype=np.float32) / 255.0  # (size, size, 3)
    gains = 1.0 + strength * (rng.normal(0, 0.1) + rng.normal(0, 0.03, 3))  # (3,)
    middle = pixels.mean()
    pixels = ((pixels - middle) * (1.0 + strength * rng.normal(0, 0.1)) + middle) * gains.astype(np.float32)
    return (np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8)


def draw(
    items: Sequence[Item], size: int, copies: int, strength: float, seed: int, file: Path, progress: Progress
) -> np.ndarray:
    """(items, 1 + copies, size, size, 3) uint8 kept in ``file``: each picture as served, then drawn copies. Raises
    InvalidMedia for a picture that can't be read."""
    shape = (len(items), 1 + copies, size, size, 3)
    if file.exists():
        kept = np.load(file, mmap_mode="r")
        if kept.shape == shape:
            return kept
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(f".{rank()}.partial")
    pixels = np.lib.format.open_memmap(partial, "w+", np.uint8, shape)

    def one(row: int) -> None:
        images = [decode(path.read_bytes(), Limits(longest=LONGEST)) for path in items[row].pictures]
        pixels[row, 0] = resize(images[0], size)
        for copy in range(copies):
            rng = np.random.default_rng([seed, row, copy])
            pixels[row, 1 + copy] = augmented(images[copy % len(images)], size, rng, strength)

    with ThreadPoolExecutor(2) as pool:  # decoding and resizing let go of the interpreter
        for done, _ in enumerate(pool.map(one, range(len(items))), 1):
            if done % 64 == 0:
                progress(done / len(items), "Drawing views")
    pixels.flush()
    partial.replace(file)
    return np.load(file, mmap_mode="r")


def jpeg(pixels: np.ndarray) -> bytes:
    """(h, w, 3) uint8 → a small file, for what is kept beside a model."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=88)
    return file.getvalue()


# The part of the tower that stays


def below(tower: ImageTower, pixels: Tensor, depth: str) -> tuple[Tensor, ...]:
    """What the learning part of the tower starts from, for (n, size, size, 3) pixels; each (n, …)."""
    if depth == "all":
        return (pixels,)
    lower = tower.below(pixels)
    return lower if depth == "top" else (tower.upper(*lower)[0],)


def seen(tower: ImageTower, parts: Sequence[Tensor], depth: str) -> Tensor:
    """What ``below`` answered → unit vectors (n, dim)."""
    if depth == "all":
        return tower(parts[0])[1]
    if depth == "top":
        return tower.upper(parts[0].float(), parts[1].float())[1]
    return F.normalize(tower.head(parts[0].float()), dim=1)


def keep_below(
    tower: ImageTower, pixels: np.ndarray, depth: str, folder: Path, device: torch.device, progress: Progress
) -> tuple[np.ndarray, ...]:
    """``below`` of every view (items, views, size, size, 3), each (items, views, …) float16 in ``folder``."""
    if depth == "all":
        return (pixels,)
    flat = pixels.reshape(-1, *pixels.shape[2:])  # (items · views, size, size, 3)
    shaped = lambda part: part.reshape(*pixels.shape[:2], *part.shape[1:])  # noqa: E731
    kept = [np.load(file, mmap_mode="r") for file in sorted(folder.glob(f"{depth}-?.npy"))]
    if kept and all(len(part) == len(flat) for part in kept):
        return tuple(map(shaped, kept))
    folder.mkdir(parents=True, exist_ok=True)
    arrays: list[np.memmap] = []
    with torch.no_grad():
        for start in range(0, len(flat), 64):
            chunk = torch.from_numpy(np.array(flat[start : start + 64])).to(device)
            parts = [part.cpu().numpy().astype(np.float16) for part in below(tower, chunk, depth)]
            if not arrays:
                shapes = [(len(flat), *part.shape[1:]) for part in parts]
                names = [folder / f"{depth}-{i}.npy.{rank()}" for i in range(len(parts))]
                arrays = [np.lib.format.open_memmap(n, "w+", np.float16, s) for n, s in zip(names, shapes, strict=True)]
            for array, part in zip(arrays, parts, strict=True):
                array[start : start + len(part)] = part
            progress(min(1.0, (start + 64) / len(flat)), "Running the lower stages")
    for array, name in zip(arrays, names, strict=True):
        array.flush()
        name.replace(name.with_suffix(""))
    return tuple(map(shaped, arrays))
