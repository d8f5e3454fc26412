"""Pictures as a folder's preprocessor_config.json wants them, by PIL and numpy alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from PIL import Image

from aisle.errors import InvalidRequest, NotFound
from aisle.models.hub.family import Inputs

FILES = ("preprocessor_config.json", "processor_config.json")
LONGEST = 8.0
"""Sides of a picture that is resized by its short side and then cropped: what lies further out would be cropped anyway, and
a strip of 1 by 20,000 pixels would become gigabytes."""
BY_SHORT_SIDE = ("CLIP", "Bit", "MobileNet")
"""Processors for which a size of one number is the short side; for others it is both sides."""


def read_processor(folder: Path) -> dict[str, Any]:
    """The image processor's settings. Raises NotFound, InvalidRequest."""
    for name in FILES:
        if not (folder / name).is_file():
            continue
        try:
            found = json.loads((folder / name).read_text(encoding="utf-8"))
        except ValueError as error:
            raise InvalidRequest(f"{folder / name} isn't JSON: {error}.", field="model") from None
        found = found.get("image_processor", found if name == FILES[0] else None)
        if found:
            return found
    raise NotFound(
        f"The model in {folder} has no {FILES[0]}: how its pictures are prepared is unknown.",
        field=FILES[0],
        hint="Copy it from where the model was published.",
    )


@dataclass(frozen=True, slots=True)
class Recipe:
    """Resize to ``size`` (height, width), or so that the short side is ``short``; crop the middle; scale; normalise."""

    size: tuple[int, int] | None
    short: int | None
    crop: tuple[int, int] | None
    resample: Image.Resampling
    scale: float
    mean: np.ndarray
    std: np.ndarray

    @classmethod
    def read(cls, folder: Path) -> Self:
        """From preprocessor_config.json, or the image processor's part of processor_config.json."""
        return cls.of(read_processor(folder))

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """From an image processor's settings."""
        size, short = _size(said.get("size", 224), _is_by_short_side(said))
        crop = _size(said.get("crop_size", 224), False)[0] if said.get("do_center_crop") else None
        if size is None and crop is None and short is not None:
            crop = (short, short)  # a batch needs one size
        normalises = said.get("do_normalize", True)
        return cls(
            size if said.get("do_resize", True) else None,
            short if said.get("do_resize", True) else None,
            crop,
            Image.Resampling(said.get("resample", Image.Resampling.BILINEAR)),
            said.get("rescale_factor", 1 / 255) if said.get("do_rescale", True) else 1.0,
            np.asarray(said.get("image_mean", (0.5, 0.5, 0.5)) if normalises else (0, 0, 0), dtype=np.float32),
            np.asarray(said.get("image_std", (0.5, 0.5, 0.5)) if normalises else (1, 1, 1), dtype=np.float32),
        )

    @property
    def side(self) -> int:
        """Pixels of the longer side of what comes out."""
        return max(self.crop or self.size or (0, 0))

    def __call__(self, images: Sequence[np.ndarray]) -> Inputs:
        """(h, w, 3) uint8 each → ``pixel_values`` (n, 3, height, width) float32."""
        pixels = np.stack([self._fitted(image) for image in images]).astype(np.float32)  # (n, height, width, 3)
        values = (pixels * np.float32(self.scale) - self.mean) / self.std
        return {"pixel_values": np.ascontiguousarray(values.transpose(0, 3, 1, 2))}

    def _fitted(self, image: np.ndarray) -> np.ndarray:
        picture = Image.fromarray(np.ascontiguousarray(image))
        if self.short is not None:
            picture = _trimmed(picture, LONGEST)
            width, height = picture.size
            ratio = self.short / min(width, height)
            picture = picture.resize(
                (self.short, int(height * ratio)) if width <= height else (int(width * ratio), self.short),
                self.resample,
            )
        elif self.size is not None:
            picture = picture.resize(self.size[::-1], self.resample)
        return np.asarray(picture) if self.crop is None else _cropped(np.asarray(picture), *self.crop)


def _is_by_short_side(said: Mapping[str, Any]) -> bool:
    kind = str(said.get("image_processor_type") or said.get("feature_extractor_type") or "")
    return any(name in kind for name in BY_SHORT_SIDE)


def _size(said: Any, by_short_side: bool) -> tuple[tuple[int, int] | None, int | None]:
    """(height and width, short side) of what a configuration calls a size: one of them is None."""
    if isinstance(said, Mapping):
        if "height" in said:
            return (said["height"], said["width"]), None
        if "shortest_edge" in said and "longest_edge" not in said:
            return None, said["shortest_edge"]
    elif isinstance(said, int):
        return (None, said) if by_short_side else ((said, said), None)
    raise InvalidRequest(f"A picture size of {said!r} isn't understood.", field="preprocessor_config.json")


def _trimmed(picture: Image.Image, ratio: float) -> Image.Image:
    """The middle of a picture whose long side is more than ``ratio`` times its short one."""
    width, height = picture.size
    most = int(min(width, height) * ratio)
    if max(width, height) <= most:
        return picture
    left, top = max(0, (width - most) // 2), max(0, (height - most) // 2)
    return picture.crop((left, top, left + min(width, most), top + min(height, most)))


def _cropped(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """The middle (height, width, 3); black around a picture that is smaller."""
    extra = (max(0, height - pixels.shape[0]), max(0, width - pixels.shape[1]))
    if any(extra):
        pixels = np.pad(pixels, [*(((each + 1) // 2, each // 2) for each in extra), (0, 0)])
    top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
    return pixels[top : top + height, left : left + width]
