"""Recordings and clips that tests make."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from fractions import Fraction

import av
import numpy as np

RATE = 16_000


def tone(seconds: float, hertz: float = 440.0, rate: int = RATE) -> np.ndarray:
    """(n,) float32: a tone at half of full scale."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def recording(samples: np.ndarray, kind: str = "wav", codec: str = "pcm_s16le", rate: int = RATE) -> bytes:
    """A file with samples (n,) float32."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=rate if codec != "libopus" else 48_000)
        _put_sound(container, stream, samples, rate)
    return out.getvalue()


def clip(
    pictures: Iterable[np.ndarray],
    kind: str = "mp4",
    codec: str = "libx264",
    fps: int = 12,
    sound: np.ndarray | None = None,
    gop: int = 12,
) -> bytes:
    """A file that shows pictures (h, w, 3) uint8, all of one even size, ``fps`` a second."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as container:
        stream, spoken = None, None
        for number, picture in enumerate(pictures):
            if stream is None:
                stream = container.add_stream(codec, rate=fps)
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
                stream.codec_context.gop_size = gop
                stream.codec_context.bit_rate = 8_000_000
                if sound is not None:
                    spoken = container.add_stream("aac" if kind == "mp4" else "libopus", rate=48_000)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            _put_sound(container, spoken, sound, RATE)
    return out.getvalue()


def _put_sound(container: av.container.OutputContainer, stream: av.AudioStream, samples: np.ndarray, rate: int) -> None:
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1).astype(np.float32), format="flt", layout="mono")
    frame.sample_rate = rate
    frame.pts = 0
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def textured(seed: int, height: int = 240, width: int = 320) -> np.ndarray:
    """(h, w, 3) uint8: coarse blocks with fine grain, another picture for each seed."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 256, (6, 8, 3)).repeat(height // 6, 0).repeat(width // 8, 1)
    return np.clip(blocks + rng.normal(0, 18, blocks.shape), 0, 255).astype(np.uint8)


def blurred(picture: np.ndarray, width: int = 9) -> np.ndarray:
    """The same, each pixel the mean of those around it."""
    from scipy.ndimage import uniform_filter

    return uniform_filter(picture.astype(np.float32), (width, width, 1)).astype(np.uint8)


def shots(*seeds: int, frames: int = 12) -> Sequence[np.ndarray]:
    """Each seed's picture for ``frames`` frames, slowly panned."""
    return [np.roll(textured(seed), 2 * i, axis=1) for seed in seeds for i in range(frames)]
