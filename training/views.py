"""The pool of views that training reads: every picture as it is and as phone photos, and what the teacher sees in it.

Drawn once, kept on disk (one folder a source), read through a memory map: training spends its time on training. The
teacher is asked about each picture once, and the student imitates that answer whichever view it is shown. Where only
the upper stages are trained, what the lower ones see in each view is kept too (``Activations``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from rich.progress import track

from aisle.learning.towers import ImageTower
from aisle.models.runtime import batched, resize
from training.augment import PhotoShape, customer_photo, foreground
from training.sources import Picture

SIZE = 144
"""Views are kept a little larger than the tower's pictures, so that each epoch crops them anew."""

COPIES = {"fashion": 2, "grocery": 3, "clothing": 2, "demo": 3}
"""Phone photos drawn of one picture."""

ICONIC_COPIES = 20
"""Phone photos drawn of one iconic grocery picture: there are only 81."""


class Teacher:
    """MobileNetV2's last features (1280, uint8 as quantised); a public network learnt from, never shipped."""

    FEATURES = 172
    DIM = 1280

    def __init__(self, weights: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._net = Interpreter(str(weights), num_threads=1, experimental_preserve_all_tensors=True)
        self._net.allocate_tensors()

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """(h, w, 3) uint8 → (1280,) uint8."""
        self._net.set_tensor(0, resize(image, 224)[None])
        self._net.invoke()
        return (self._net.get_tensor(self.FEATURES).reshape(-1).astype(np.int16) + 128).astype(np.uint8)


def decode(path: Path) -> np.ndarray:
    """(h, w, 3) uint8 RGB on white."""
    with Image.open(path) as file:
        picture: Image.Image = file
        if picture.mode in ("RGBA", "LA", "P"):
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
        return np.asarray(picture.convert("RGB"))


@dataclass(frozen=True, slots=True)
class Pool:
    """``pixels`` (views, 144, 144, 3) uint8; ``owner`` (views,) index into ``names``, the pictures' own keys; ``photo``
    (views,) is it a photo; ``teacher`` (pictures, 1280) uint8."""

    pixels: np.ndarray
    names: tuple[str, ...]
    owner: np.ndarray
    photo: np.ndarray
    teacher: np.ndarray

    @staticmethod
    def load(folder: Path) -> Pool:
        small = np.load(folder / "small.npz")
        names, pixels = tuple(small["names"].tolist()), np.load(folder / "pixels.npy", mmap_mode="r")
        return Pool(pixels, names, small["owner"], small["photo"], small["teacher"])


def key(picture: Picture) -> str:
    """What a pool calls a picture: stays the same when the others change."""
    return f"{picture.product}:{picture.path.name}"


def copies(picture: Picture) -> int:
    return ICONIC_COPIES if picture.source == "grocery" and not picture.photo else COPIES[picture.source]


def draw_pool(pictures: Sequence[Picture], scenes: np.ndarray, teacher: Path, folder: Path, seed: int) -> Pool:
    """Draw the views of ``pictures`` (one source, training part) over ``scenes`` and keep them in ``folder``."""
    if (folder / "small.npz").exists():
        pool = Pool.load(folder)
        if set(pool.names) >= {key(picture) for picture in pictures}:
            return pool
    folder.mkdir(parents=True, exist_ok=True)
    counts = [1 + copies(picture) for picture in pictures]
    starts = np.cumsum([0, *counts])
    shape = (int(starts[-1]), SIZE, SIZE, 3)
    pixels = np.lib.format.open_memmap(folder / "pixels.npy", "w+", np.uint8, shape)
    photo = np.concatenate([[p.photo] + [True] * (count - 1) for p, count in zip(pictures, counts, strict=True)])
    seen = np.zeros((len(pictures), Teacher.DIM), np.uint8)
    with ProcessPoolExecutor(initializer=_begin, initargs=(scenes, teacher, seed)) as pool_of_workers:
        drawn = pool_of_workers.map(_drawn, range(len(pictures)), pictures, chunksize=16)
        for index, (views, answer) in enumerate(track(drawn, f"views of {folder.name}", total=len(pictures))):
            pixels[starts[index] : starts[index + 1]] = views
            seen[index] = answer
    pixels.flush()
    names = np.array([key(picture) for picture in pictures])
    owner = np.repeat(np.arange(len(pictures), dtype=np.int32), counts)
    np.savez(folder / "small.npz", names=names, owner=owner, photo=photo, teacher=seen)
    return Pool.load(folder)


_worker: dict[str, Any] = {}
"""What each drawing process opens once."""


def _begin(scenes: np.ndarray, teacher: Path, seed: int) -> None:
    _worker.update(scenes=scenes, teacher=Teacher(teacher), seed=seed)


def _drawn(index: int, picture: Picture) -> tuple[np.ndarray, np.ndarray]:
    """(1 + copies, SIZE, SIZE, 3) uint8 views of one picture, itself first, and the teacher's answer (1280,)."""
    rng = np.random.default_rng([_worker["seed"], index])
    image = decode(picture.path)
    image = image if max(image.shape) <= 256 else resize(image, 256)
    cover = None if picture.photo else foreground(image)
    plain = cover is None and not picture.photo
    shape = PhotoShape(size=SIZE, crop=(0.75, 1.0)) if plain else PhotoShape(size=SIZE)
    photos = [customer_photo(image, cover, _worker["scenes"], rng, shape) for _ in range(copies(picture))]
    return np.stack([resize(image, SIZE), *photos]), _worker["teacher"](image)


@dataclass(frozen=True, slots=True)
class Activations:
    """What ``ImageTower.below`` sees in each view of a pool: ``small`` (views, 3, s, s) and ``lower`` (views, ·, h, w),
    float16. Each view is cropped to the tower's size and, where its source may be, mirrored: once, by chance."""

    small: np.ndarray
    lower: np.ndarray


def activations(pool: Pool, tower: ImageTower, folder: Path, mirrored: bool, seed: int) -> Activations:
    """Run the lower stages of ``tower`` over a pool's views; kept in ``folder`` under the weights' own digest."""
    digest = hashlib.blake2b(digest_size=6)
    for weight in tower.lower.state_dict().values():
        digest.update(weight.numpy().tobytes())
    paths = [folder / f"{name}-{digest.hexdigest()}.npy" for name in ("small", "lower")]
    if not all(path.exists() for path in paths):
        rng, size = np.random.default_rng(seed), tower.shape.size
        files: list[np.ndarray] = []
        for rows in track(batched(range(len(pool.pixels)), 64), f"lower stages of {folder.name}"):
            y, x = rng.integers(0, SIZE - size + 1, 2)
            views = pool.pixels[rows[0] : rows[-1] + 1, y : y + size, x : x + size]  # (batch, size, size, 3)
            flip = rng.random(len(rows)) < (0.5 if mirrored else 0.0)
            views = np.where(flip[:, None, None, None], views[:, :, ::-1], views)
            with torch.no_grad():
                below = [part.numpy() for part in tower.below(torch.from_numpy(views))]
            if not files:
                files = [
                    np.lib.format.open_memmap(
                        path.with_suffix(".partial"), "w+", np.float16, (len(pool.pixels), *part.shape[1:])
                    )
                    for path, part in zip(paths, below, strict=True)
                ]
            for file, part in zip(files, below, strict=True):
                file[rows[0] : rows[-1] + 1] = part
        for path in paths:
            path.with_suffix(".partial").replace(path)
    return Activations(*(np.load(path, mmap_mode="r") for path in paths))


def scenery(pictures: Sequence[Picture], count: int, seed: int) -> np.ndarray:
    """(count, 144, 144, 3) uint8: surroundings for phone photos, from the training photos."""
    photos = [picture for picture in pictures if picture.photo and not picture.held]
    chosen = np.random.default_rng(seed).choice(len(photos), min(count, len(photos)), replace=False)
    return np.stack([resize(decode(photos[i].path), SIZE) for i in chosen])
