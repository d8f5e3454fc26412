"""The pool of views that training reads: every picture as it is and as phone photos, and what the teacher sees in each.

Drawn once, kept on disk (one folder a source), read through a memory map: training spends its time on training. The
teacher is asked about each view as drawn, so the student always imitates an answer about the very pixels it is shown
(Beyer et al. 2022, arXiv:2106.05237).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image
from rich.progress import track

from aisle.models.runtime import resize
from training.augment import PhotoShape, customer_photo, foreground
from training.sources import Picture

SIZE = 144
"""Views are kept a little larger than the tower's pictures, so that each epoch crops them anew."""

COPIES = {"fashion": 5, "grocery": 6, "clothing": 4, "demo": 10}
"""Phone photos drawn of one picture."""

ICONIC_COPIES = 60
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
    (views,) is it a photo; ``teacher`` (views, 1280) uint8."""

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


def draw_pool(pictures: Sequence[Picture], scenes: np.ndarray, teacher: Teacher, folder: Path, seed: int) -> Pool:
    """Draw the views of ``pictures`` (one source, training part) over ``scenes`` and keep them in ``folder``."""
    if (folder / "small.npz").exists():
        pool = Pool.load(folder)
        if set(pool.names) >= {key(picture) for picture in pictures}:
            return pool
    folder.mkdir(parents=True, exist_ok=True)
    total = sum(1 + copies(picture) for picture in pictures)
    pixels = np.lib.format.open_memmap(folder / "pixels.npy", "w+", np.uint8, (total, SIZE, SIZE, 3))
    owner, photo = np.zeros(total, np.int32), np.zeros(total, bool)
    seen = np.zeros((total, Teacher.DIM), np.uint8)
    to = PhotoShape(size=SIZE)
    row = 0
    for index, picture in enumerate(track(pictures, f"views of {folder.name}")):
        rng = np.random.default_rng([seed, index])
        image = decode(picture.path)
        image = image if max(image.shape) <= 256 else resize(image, 256)
        cover = None if picture.photo else foreground(image)
        shape = replace(to, crop=(0.75, 1.0)) if cover is None and not picture.photo else to
        for copy in range(1 + copies(picture)):
            view = customer_photo(image, cover, scenes, rng, shape) if copy else resize(image, SIZE)
            pixels[row], owner[row], photo[row] = view, index, picture.photo or copy > 0
            seen[row] = teacher(view if copy else image)
            row += 1
    pixels.flush()
    names = np.array([key(picture) for picture in pictures])
    np.savez(folder / "small.npz", names=names, owner=owner, photo=photo, teacher=seen)
    return Pool.load(folder)


def scenery(pictures: Sequence[Picture], count: int, seed: int) -> np.ndarray:
    """(count, 144, 144, 3) uint8: surroundings for phone photos, from the training photos."""
    photos = [picture for picture in pictures if picture.photo and not picture.held]
    chosen = np.random.default_rng(seed).choice(len(photos), min(count, len(photos)), replace=False)
    return np.stack([resize(decode(photos[i].path), SIZE) for i in chosen])
