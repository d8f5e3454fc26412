"""Pictures → rows by the model and by the classics beside it, made by several processes and kept under scratch/.

A row is kept by what made it (a model's version tells its weights apart) and by the list of files, so a second run with the
same model only reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from rich.progress import track

from aisle.models.registry import load
from aisle.models.runtime import Model, resize
from aisle.perception.image import crop
from aisle.perception.salience import salient
from training.augment import foreground
from training.views import Teacher, decode

KEPT = Path("scratch/vision")
CHUNK = 64
BINS = 6
TEACHER = "tf2_mobilenet_v2_1.0_224_ptq.tflite"

Rows = Callable[[Sequence[Path]], np.ndarray]


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """(n, dim) → (n, dim) float32 of length 1."""
    return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)).astype(np.float32)


@lru_cache(1)
def _model(folder: str) -> Model:
    return load(folder, threads=1)


@lru_cache(1)
def _teacher(weights: str) -> Teacher:
    return Teacher(Path(weights))


def by_model(folder: str, paths: Sequence[Path]) -> np.ndarray:
    """The whole picture, as products are encoded: (n, dim)."""
    return _model(folder).encode_images([decode(path) for path in paths])


def by_model_main_object(folder: str, paths: Sequence[Path]) -> np.ndarray:
    """The main object cut out of each picture: (n, dim)."""
    pictures = [decode(path) for path in paths]
    return _model(folder).encode_images([crop(picture, salient(picture)) for picture in pictures])


def by_mobilenet(weights: str, paths: Sequence[Path]) -> np.ndarray:
    """MobileNetV2's last features (n, 1280)."""
    return unit_rows(np.array([_teacher(weights)(decode(path)) for path in paths], np.float32))


def by_histogram(paths: Sequence[Path]) -> np.ndarray:
    """(n, 216): 6 × 6 × 6 RGB bins of the thing without its pale background, square-rooted (Hellinger)."""
    rows = []
    for path in paths:
        picture = decode(path)
        picture = picture if max(picture.shape) <= 160 else resize(picture, 160)
        cover = foreground(picture)
        pixels = picture.reshape(-1, 3) if cover is None else picture[cover > 0.5]
        bins = (pixels.astype(np.int64) * BINS) // 256 @ np.array([BINS * BINS, BINS, 1])  # (pixels,)
        rows.append(np.bincount(bins, minlength=BINS**3))
    return unit_rows(np.sqrt(np.array(rows, np.float32)))


@dataclass(frozen=True)
class Encodings:
    """Where rows are kept and by how many processes they are made."""

    kept: Path
    workers: int

    def rows(self, what: str, made: Rows, paths: Sequence[Path]) -> np.ndarray:
        """(n, dim) unit rows of the pictures; ``what`` names what made them, version and all."""
        files = hashlib.blake2b("\n".join(path.as_posix() for path in paths).encode(), digest_size=6).hexdigest()
        place = self.kept / f"{what.replace('/', '_')}-{len(paths)}-{files}.npy"
        if place.exists():
            return np.load(place)
        chunks = [paths[start : start + CHUNK] for start in range(0, len(paths), CHUNK)]
        with ProcessPoolExecutor(self.workers, get_context("spawn")) as pool:
            found = np.concatenate(list(track(pool.map(made, chunks), what, len(chunks), transient=True)))
        place.parent.mkdir(parents=True, exist_ok=True)
        np.save(place, found)
        return found


def encoders(folder: Path, version: str, weights: Path | None) -> dict[str, tuple[str, Rows]]:
    """Name → (what to keep its rows under, how they are made): the model, then the baselines where ``weights`` is given."""
    found: dict[str, tuple[str, Rows]] = {"model": (version, partial(by_model, str(folder)))}
    if weights is not None:
        found["MobileNetV2"] = ("mobilenetv2", partial(by_mobilenet, str(weights / TEACHER)))
        found["histogram"] = ("histogram216", by_histogram)
    return found
