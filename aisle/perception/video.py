"""A clip as it arrives → a few sharp frames that show what is in it, with bounded time and memory whatever the bytes say.

Frames are looked at six times a second. Where one differs much from the one before, another shot begins; of each second of a shot
the sharpest frame stays; of those that look alike the sharper; and of the rest those that tell most.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from aisle.perception.container import check_seconds, opened, refused, seconds_of
from aisle.perception.image import encode_jpeg
from aisle.perception.isolated import Isolated, at_exit

if TYPE_CHECKING:
    from av.container import InputContainer

TIMEOUT_S = 20.0
DECODING_S = 6.0
"""Seconds after which decoding ends with what there is."""
SAMPLES = 6.0
"""Frames a second that are looked at."""
WINDOW_S = 1.0
LONGEST = 640
"""Of a key frame, in pixels."""
SIGNATURE = 24
"""Side of the small picture by which frames are compared."""
CUT = 0.5
"""Share of colour that must change between two frames looked at for another shot to begin."""
ALIKE = 0.07
"""Mean difference of two small pictures, each of contrast 1, under which they show the same."""
BLURRED = 0.2
"""A frame with less than this share of the sharpness of its shot's sharpest is left out."""
ALL_PIXELS = 700_000_000
"""What is decoded whole: ten seconds of 1080p at 30 frames a second. Of more, only the frames that stand alone."""
FEWEST = 4
AGREEMENT = 12.0
"""How much more a frame counts that is nearer to the others: attention's inverse temperature. See benchmarks/video.py."""


@dataclass(frozen=True, slots=True)
class ClipLimits:
    """What is accepted (bytes as sent, seconds, pixels of a frame), and how many key frames are taken at most."""

    max_bytes: int = 100 << 20
    max_seconds: float = 60.0
    max_pixels: int = 9_500_000
    max_frames: int = 8


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """``picture`` is a JPEG without metadata, at ``time_s`` of the clip; ``sharpness`` as ``sharpness()`` measures it."""

    picture: bytes
    time_s: float
    sharpness: float


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip's key frames in their order, how long it is, and whether it has a sound track."""

    frames: tuple[KeyFrame, ...]
    seconds: float
    has_sound: bool


def read_clip(data: bytes, limits: ClipLimits | None = None) -> Clip:
    """Key frames of a clip. Raises InvalidMedia, and nothing else, for anything that isn't a sound clip within the limits."""
    limits = limits or ClipLimits()
    if len(data) > limits.max_bytes:
        raise refused("video", f"The video has {len(data):,} bytes; at most {limits.max_bytes:,} are accepted.")
    told, blobs = _isolated().ask(
        "clip", data, max_seconds=limits.max_seconds, max_pixels=limits.max_pixels, max_frames=limits.max_frames
    )
    frames = tuple(KeyFrame(blob, *about) for blob, about in zip(blobs, told["frames"], strict=True))
    return Clip(frames, told["seconds"], told["has_sound"])


@lru_cache(maxsize=1)
def _isolated() -> Isolated:
    return at_exit(Isolated("video", timeout_s=TIMEOUT_S, at_once=2))


def sharpness(picture: np.ndarray) -> float:
    """How much detail a picture (h, w, 3) uint8 shows: the variance of its Laplacian (Pech-Pacheco et al. 2000)."""
    grey = picture.mean(axis=2, dtype=np.float32)  # (h, w)
    middle = grey[1:-1, 1:-1]
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return float((around - 4 * middle).var()) if middle.size else 0.0


def agreement(vectors: np.ndarray) -> np.ndarray:
    """(n,) shares that sum to 1: attention over frames' unit vectors (n, dim), where each is asked how near it is to the others (softmax
    of its mean cosine to them), so that a frame that shows something else counts little."""
    if len(vectors) == 1:
        return np.ones(1, np.float32)
    likeness = (vectors @ vectors.T - np.eye(len(vectors))).sum(1) / (len(vectors) - 1)  # (n,)
    shares = np.exp(AGREEMENT * (likeness - likeness.max()))
    return (shares / shares.sum()).astype(np.float32)


def read_here(data: bytes, limits: ClipLimits) -> Clip:
    """``read_clip`` in this very process."""
    with opened(data, "video") as container:
        if not container.streams.video:
            raise refused("video", "There is no picture in it.")
        stream = container.streams.video[0]
        told = seconds_of(container)
        check_seconds(told, limits.max_seconds, "video")
        size = stream.codec_context.width, stream.codec_context.height
        if size[0] * size[1] > limits.max_pixels:
            raise refused("video", f"Its frames have {size[0]} × {size[1]} pixels.", "Send at most 4K.")
        stream.codec_context.options = {"max_pixels": str(limits.max_pixels)}
        stream.thread_type = "AUTO"
        has_sound = bool(container.streams.audio)
        whole = (stream.frames or 30 * (told or limits.max_seconds)) * size[0] * size[1] <= ALL_PIXELS
        seen = _Seen()
        for _ in _looked_at(container, stream, limits, seen, alone=not whole):
            pass
        if (
            not whole and len(seen.kept) < FEWEST
        ):  # few frames stand alone: decode from the start, as far as time allows
            container.seek(0)
            seen = _Seen()
            for _ in _looked_at(container, stream, limits, seen, alone=False):
                pass
    if not seen.kept:
        raise refused("video", "No frame of it can be decoded.", "Record or save it again.")
    chosen = _chosen(list(seen.kept.values()), limits.max_frames)
    frames = tuple(KeyFrame(encode_jpeg(each.picture, LONGEST, 90), each.time_s, each.sharpness) for each in chosen)
    return Clip(frames, round(told or seen.last_s, 2), has_sound)


@dataclass(frozen=True, slots=True)
class _Look:
    """One frame that was looked at: its picture (h, w, 3), its shot, and the small picture (s, s, 3) by which it is compared."""

    picture: np.ndarray
    time_s: float
    sharpness: float
    shot: int
    small: np.ndarray


@dataclass(slots=True)
class _Seen:
    """``kept``: the sharpest look of each second of each shot."""

    kept: dict[tuple[int, int], _Look] = field(default_factory=dict)
    last_s: float = 0.0


def _looked_at(
    container: InputContainer, stream: Any, limits: ClipLimits, seen: _Seen, *, alone: bool
) -> Iterator[_Look]:
    """Decode, look, and keep in ``seen`` what is worth it; ``alone`` decodes only frames that need no others."""
    from av.error import FFmpegError

    stream.codec_context.skip_frame = "NONKEY" if alone else "DEFAULT"
    until = time.monotonic() + DECODING_S
    due, shot, before = 0.0, 0, None
    try:
        for number, frame in enumerate(container.decode(stream)):
            # Some old kinds of file give frames no time.
            moment = max(0.0, frame.time if frame.time is not None else number / float(stream.average_rate or 25))
            check_seconds(moment, limits.max_seconds, "video")
            seen.last_s = max(seen.last_s, moment)
            if moment < due:
                continue
            due = moment + 1 / SAMPLES - 1e-3
            picture = _pixels(frame, limits)
            colours = _colours(picture)
            shot += before is not None and 0.5 * float(np.abs(colours - before).sum()) > CUT
            before = colours
            look = _Look(picture, moment, sharpness(picture), shot, _small(picture))
            place = (shot, int(moment / WINDOW_S))
            if place not in seen.kept or seen.kept[place].sharpness < look.sharpness:
                seen.kept[place] = look
            yield look
            if time.monotonic() > until:
                return
    except FFmpegError:
        if not seen.kept:
            raise
        # The end is missing or broken: what came before it was shown all the same.


def _pixels(frame: Any, limits: ClipLimits) -> np.ndarray:
    """(h, w, 3) uint8 RGB, turned upright, longest side at most ``LONGEST``."""
    if frame.width * frame.height > limits.max_pixels:
        raise refused("video", f"Its frames have {frame.width} × {frame.height} pixels.", "Send at most 4K.")
    scale = min(1.0, LONGEST / max(frame.width, frame.height))
    width, height = (max(8, round(side * scale)) for side in (frame.width, frame.height))
    small = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA")
    turns = round((frame.rotation or 0) / 90) % 4
    return np.ascontiguousarray(np.rot90(small.to_ndarray(), turns))


def _colours(picture: np.ndarray) -> np.ndarray:
    """(64,) shares of the 64 colours that two bits a channel tell apart."""
    few = (picture[::4, ::4] >> 6).reshape(-1, 3).astype(np.int64)  # (pixels, 3)
    counts = np.bincount(few[:, 0] * 16 + few[:, 1] * 4 + few[:, 2], minlength=64)
    return counts / counts.sum()


def _small(picture: np.ndarray) -> np.ndarray:
    """(s, s, 3) float32 of mean 0 and contrast 1: light alone makes no other picture."""
    height, width = picture.shape[:2]
    rows = np.linspace(0, height, SIGNATURE + 1).astype(int)
    columns = np.linspace(0, width, SIGNATURE + 1).astype(int)
    sums = np.add.reduceat(np.add.reduceat(picture.astype(np.float32), rows[:-1], 0), columns[:-1], 1)
    cells = np.diff(rows)[:, None, None] * np.diff(columns)[None, :, None]
    small = sums / cells
    return (small - small.mean()) / max(float(small.std()), 8.0)


def _chosen(looks: list[_Look], most: int) -> list[_Look]:
    """Sharp looks that differ from each other, in order of time: each next one is the sharpest among the most different."""
    sharp = [
        look
        for look in looks
        if look.sharpness >= BLURRED * max(other.sharpness for other in looks if other.shot == look.shot)
    ]
    top = max(look.sharpness for look in sharp) or 1.0
    taken = [max(sharp, key=lambda look: look.sharpness)]
    while len(taken) < most:
        apart = [min(float(np.abs(look.small - other.small).mean()) for other in taken) for look in sharp]
        best = max(range(len(sharp)), key=lambda i: apart[i] * (sharp[i].sharpness / top) ** 0.25)
        if apart[best] < ALIKE:
            break
        taken.append(sharp[best])
    return sorted(taken, key=lambda look: look.time_s)
