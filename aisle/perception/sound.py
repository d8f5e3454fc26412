"""A recording as it arrives → samples to listen to, with bounded time and memory whatever the bytes say. Nothing is kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from aisle.perception.container import check_seconds, opened, refused, seconds_of
from aisle.perception.isolated import Isolated, at_exit

RATE = 16_000
"""Samples a second of all sound in here."""
TIMEOUT_S = 15.0
LEAST_SECONDS = 0.1
WHOLE = 0.9
"""Share of what a file says that it holds which must be there; less is a file cut off."""
RATES = (4_000, 192_000)
CHANNELS = 8


@dataclass(frozen=True, slots=True)
class SoundLimits:
    """What is accepted: bytes as sent, and seconds."""

    max_bytes: int = 25 << 20
    max_seconds: float = 60.0


def read_sound(data: bytes, limits: SoundLimits | None = None, *, growing: bool = False) -> np.ndarray:
    """(n,) float32 in [-1, 1], 16 kHz, one channel, of a recording (or of a clip's sound track).

    ``growing`` takes what there is of a recording that is still being made. Raises InvalidMedia, and nothing else, for anything
    that isn't a sound recording within the limits.
    """
    limits = limits or SoundLimits()
    if len(data) > limits.max_bytes:
        raise refused("sound", f"The sound has {len(data):,} bytes; at most {limits.max_bytes:,} are accepted.")
    _, blobs = _isolated().ask("sound", data, max_seconds=limits.max_seconds, growing=growing)
    return np.frombuffer(bytearray(blobs[0]), np.float32)


@lru_cache(maxsize=1)
def _isolated() -> Isolated:
    return at_exit(Isolated("sound", timeout_s=TIMEOUT_S, at_once=2))


def read_here(data: bytes, limits: SoundLimits, *, growing: bool = False) -> np.ndarray:
    """``read_sound`` in this very process."""
    from av import AudioResampler
    from av.error import FFmpegError

    if not growing and _promises_more(data):
        raise refused("sound", "The sound is cut off.", "Send it whole.")
    with opened(data, "sound") as container:
        if not container.streams.audio:
            raise refused("sound", "There is no sound in it.")
        told = seconds_of(container)
        check_seconds(told, limits.max_seconds, "sound")
        stream = container.streams.audio[0]
        if not RATES[0] <= stream.rate <= RATES[1] or stream.channels > CHANNELS:
            raise refused("sound", f"It has {stream.rate} samples a second on {stream.channels} channels.")
        resampler = AudioResampler(format="flt", layout="mono", rate=RATE)
        pieces: list[np.ndarray] = []
        count = 0
        try:
            for frame in container.decode(stream):
                for piece in resampler.resample(frame):
                    pieces.append(piece.to_ndarray().reshape(-1))  # (samples,)
                    count += len(pieces[-1])
                check_seconds(count / RATE, limits.max_seconds, "sound")
        except FFmpegError:
            if not growing and (told is None or count / RATE < WHOLE * told):
                raise
        pieces += [piece.to_ndarray().reshape(-1) for piece in resampler.resample(None)]
    samples = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    seconds = len(samples) / RATE
    if not growing and seconds < LEAST_SECONDS:
        raise refused("sound", "The sound is too short to hold a word.", "Hold the button while you speak.")
    if not growing and told is not None and seconds < WHOLE * told:
        raise refused("sound", f"The sound is cut off: {seconds:.1f} s of {told:.1f} s are there.", "Send it whole.")
    return np.clip(np.nan_to_num(samples), -1.0, 1.0).astype(np.float32)


def _promises_more(data: bytes) -> bool:
    """Whether a WAV file says that it is longer than it is; one that was written as a stream says nothing true."""
    size = int.from_bytes(data[4:8], "little")
    return data[:4] == b"RIFF" and len(data) / WHOLE < size + 8 < 0x7000_0000
