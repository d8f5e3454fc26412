"""Where things stand in a picture: boxes of any kind of object, the likeliest first, for a shopper to choose from.

A detector is a network in an ONNX file: the one shipped here ("aisle", see network/MODEL_CARD.md), or a file of the shop's with
one of the heads in ``layouts``. Which kind of thing it is doesn't matter: a shop's kinds aren't known beforehand.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from PIL import Image

from aisle.errors import InvalidRequest, NotFound
from aisle.models.runtime import checked, open_session
from aisle.perception.layouts import LAYOUTS, Boxes, Layout, Size
from aisle.perception.salience import WHOLE, salient
from aisle.types import Box

SHIPPED = Path(__file__).with_name("network") / "objects.onnx"
LIMIT = 5
LEAST_CONFIDENCE = 0.1
"""What a detector is less sure of isn't offered."""
LEAST_SHARE = 0.002
"""Of the picture: a smaller box shows too little to search by."""
LEAST_SIDE = 0.02
OVERLAP = 0.5
"""Of two boxes with more in common than this (IoU) only the surer one stays."""
SALIENT_CONFIDENCE = 0.3
"""A guess: what stands out from the border is a thing, but there may be others."""
CANDIDATES = 300
"""Boxes that non-maximum suppression looks at; the rest are surer of nothing."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing that the shopper may have meant; ``confidence`` in [0, 1]."""

    region: Box
    confidence: float


class Detector(Protocol):
    """Finds things. ``detect`` takes (h, w, 3) uint8 RGB and answers all its boxes in fractions of the picture, unsorted and
    overlapping as they may be; ``propose`` sorts and suppresses."""

    def detect(self, image: np.ndarray) -> Boxes: ...


def propose(image: np.ndarray, limit: int = LIMIT, detector: Detector | None = None) -> tuple[Proposal, ...]:
    """The things in (h, w, 3) uint8 pixels, at most ``limit``, the surest first; of equal ones the larger, then the upper left.

    Where the detector (the shipped one, if none is given) finds nothing, what stands out from the border is proposed; nothing
    where nothing does. Raises InvalidMedia for what isn't a picture.
    """
    image = checked(image)
    found = (detector or opened("aisle")).detect(image)
    kept = suppress(sound(found), limit)
    return kept or suppress(sound(SaliencyDetector().detect(image)), limit)


def sound(found: Boxes) -> Boxes:
    """``found`` without what is no box: not finite, empty, tiny, unsure; cut to the picture."""
    finite = np.isfinite(found.corners).all(1) & np.isfinite(found.scores)
    corners, scores = found.corners[finite].clip(0.0, 1.0), found.scores[finite].clip(0.0, 1.0)
    sides = corners[:, 2:] - corners[:, :2]  # (n, 2)
    large = (sides >= LEAST_SIDE).all(1) & (sides.prod(1) >= LEAST_SHARE)
    kept = large & (scores >= LEAST_CONFIDENCE)
    return Boxes(corners[kept], scores[kept])


def suppress(found: Boxes, limit: int, overlap: float = OVERLAP) -> tuple[Proposal, ...]:
    """Greedy non-maximum suppression whatever the kind of thing (Dalal & Triggs 2005, in boxes as everyone does it since)."""
    corners, scores = found.corners.astype(np.float64), found.scores.astype(np.float64)
    areas = (corners[:, 2:] - corners[:, :2]).prod(1)  # (n,)
    # Equal scores: the larger box, then the upper left one, so that a picture always gets the same answer.
    order = np.lexsort((corners[:, 3], corners[:, 2], corners[:, 0], corners[:, 1], -areas, -scores))[:CANDIDATES]
    kept: list[int] = []
    for i in order.tolist():
        if len(kept) >= limit:
            break
        if not kept or iou(corners[i], corners[kept]).max() <= overlap:
            kept.append(i)
    return tuple(Proposal(Box(*map(float, corners[i])), float(scores[i])) for i in kept)


def iou(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Intersection over union of a box (4,) with each of ``boxes`` (n, 4), corners x0 y0 x1 y1 → (n,) in [0, 1]."""
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])  # (n, 2)
    common = sides.clip(min=0.0).prod(1)
    whole = (box[2:] - box[:2]).prod() + (boxes[:, 2:] - boxes[:, :2]).prod(1) - common
    return common / np.maximum(whole, 1e-12)


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture was put into a square: pixels of the square = fraction · ``extent`` + ``start``, each (2,) as x, y."""

    extent: tuple[float, float]
    start: tuple[float, float]

    def back(self, corners: np.ndarray) -> np.ndarray:
        """(n, 4) corners in the square's pixels → in fractions of the picture."""
        return (corners - np.array(self.start * 2)) / np.array(self.extent * 2)


def letterbox(image: np.ndarray, width: int, height: int, fill: int) -> tuple[np.ndarray, Letterbox]:
    """(h, w, 3) uint8 → (height, width, 3) uint8: the whole picture, its sides in proportion, in the middle of plain ``fill``."""
    scale = min(width / image.shape[1], height / image.shape[0])
    inner = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    picture = Image.fromarray(np.ascontiguousarray(image))
    canvas = np.full((height, width, 3), fill, np.uint8)
    canvas[top : top + inner[1], left : left + inner[0]] = np.asarray(
        picture.resize(inner, Image.Resampling.BILINEAR, reducing_gap=2.0)
    )
    return canvas, Letterbox((float(inner[0]), float(inner[1])), (float(left), float(top)))


class OnnxDetector:
    """An ONNX file with a head of ``layouts``. Loaded at the first use; safe to share between threads.

    Raises NotFound where there is no such file, InvalidRequest where it is no ONNX file or has no head that is known.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        self.path = path
        self.threads = threads
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None

    def detect(self, image: np.ndarray) -> Boxes:
        loaded = self._load()
        height, width = loaded.size
        canvas, place = letterbox(checked(image), width, height, loaded.layout.fill)
        outputs = loaded.session.run(None, {loaded.input: loaded.layout.prepare(canvas)})
        boxes = loaded.layout.decode(outputs, loaded.size)
        return Boxes(place.back(boxes.corners), boxes.scores)

    def _load(self) -> _Loaded:
        with self._lock:
            if self._loaded is None:
                self._loaded = _Loaded.of(self.path, self.threads)
            return self._loaded


DYNAMIC = 640
"""Pixels a side where a file leaves them open."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    session: Any
    input: str
    size: Size
    layout: Layout

    @classmethod
    def of(cls, path: Path, threads: int) -> _Loaded:
        if not path.is_file():
            raise NotFound(
                f"There is no detector {path}.",
                field="detector",
                hint="AISLE_DETECTOR is 'aisle' or the path of an ONNX file.",
            )
        try:
            session = open_session(path, threads)
            given = session.get_inputs()[0]
            sides = [side if isinstance(side, int) else DYNAMIC for side in given.shape[1:]]
            channels_last = given.type == "tensor(uint8)"
            size = (sides[0], sides[1]) if channels_last else (sides[1], sides[2])
            shape = (1, *size, 3) if channels_last else (1, 3, *size)
            # Open sizes are only known once it has run.
            probe = np.zeros(shape, np.uint8 if channels_last else np.float32)
            shapes = [output.shape for output in session.run(None, {given.name: probe})]
        except Exception as error:  # ONNX Runtime has many errors and documents none
            raise InvalidRequest(
                f"{path} isn't a detector that ONNX Runtime can run.", field="detector", hint=str(error)[:200]
            ) from error
        for layout in LAYOUTS:
            if layout.fits(given.type, size, shapes):
                return cls(session, given.name, size, layout)
        raise InvalidRequest(
            f"{path} has outputs {shapes}: no head that is known.",
            field="detector",
            hint=f"Known are {', '.join(layout.name for layout in LAYOUTS)}; export without suppression.",
        )


class SaliencyDetector:
    """No network: the one thing that stands out from the picture's border, if any does."""

    def detect(self, image: np.ndarray) -> Boxes:
        box = salient(image)
        if box == WHOLE:
            return Boxes(np.zeros((0, 4)), np.zeros(0))
        return Boxes(np.array([[box.x0, box.y0, box.x1, box.y1]]), np.array([SALIENT_CONFIDENCE]))


DETECTORS: Mapping[str, Callable[[int], Detector]] = MappingProxyType(
    {
        "aisle": lambda threads: OnnxDetector(SHIPPED, threads),
        "salience": lambda threads: SaliencyDetector(),
    }
)
"""Detectors by name; anything else that the setting says is the path of an ONNX file."""


@lru_cache(maxsize=4)
def opened(name: str = "aisle", threads: int = 1) -> Detector:
    """The detector that the setting ``detector`` names; nothing is loaded before it is used."""
    return DETECTORS[name](threads) if name in DETECTORS else OnnxDetector(Path(name), threads)
