"""Sound → log-mel features: what the network of ``ctc`` hears, in training and in serving.

Frames of 25 ms every 10 ms, Hann window, power spectrum, 64 triangular bands on Slaney's scale (linear below 1 kHz, logarithmic
above) from 60 to 7,600 Hz, natural logarithm with a floor, shifted and scaled to about zero mean and unit variance on speech.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy import fft

RATE = 16_000
"""Samples a second."""
HOP = 160
WINDOW = 400
BANDS = 64
_POINTS = 512
_LOW, _HIGH = 60.0, 7600.0
_FLOOR = 1e-7
"""Power below which nothing is told apart: far under the noise of any microphone."""
_MEAN, _SCALE = -5.0, 4.0
"""Of log-mel values of speech at common levels; constants, so that a value doesn't depend on what comes later."""
SILENCE = float((np.log(_FLOOR) - _MEAN) / _SCALE)
"""The value of every band where there is no sound at all."""


def hertz_to_mel(hertz: np.ndarray) -> np.ndarray:
    """Slaney 1998, Auditory Toolbox: 3 mel are 200 Hz below 1 kHz; above, 27 steps are a factor of 6.4."""
    return np.where(hertz < 1000, hertz * 3 / 200, 15 + np.log(np.maximum(hertz, 1) / 1000) * 27 / np.log(6.4))


def mel_to_hertz(mel: np.ndarray) -> np.ndarray:
    """The way back from ``hertz_to_mel``."""
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))


@cache
def filters() -> np.ndarray:
    """(bands, points/2 + 1) float32: triangles between neighbouring centres, each with a sum of one."""
    edges = np.linspace(hertz_to_mel(np.array(_LOW)), hertz_to_mel(np.array(_HIGH)), BANDS + 2)
    corners = mel_to_hertz(edges)[:, None]  # (bands + 2, 1)
    bins = np.arange(_POINTS // 2 + 1)[None, :] * RATE / _POINTS  # (1, bins)
    rising = (bins - corners[:-2]) / (corners[1:-1] - corners[:-2])
    falling = (corners[2:] - bins) / (corners[2:] - corners[1:-1])
    triangles = np.maximum(np.minimum(rising, falling), 0)  # (bands, bins)
    narrow = triangles.sum(1) < 1e-6  # a band narrower than a bin takes the nearest one
    triangles[narrow, np.rint(corners[1:-1][narrow, 0] * _POINTS / RATE).astype(int)] = 1
    return (triangles / triangles.sum(1, keepdims=True)).astype(np.float32)


@cache
def _window() -> np.ndarray:
    return np.hanning(WINDOW + 1)[:-1].astype(np.float32)


def frames_of(samples: int) -> int:
    """How many whole frames so many samples hold."""
    return max((samples - WINDOW) // HOP + 1, 0)


def log_mel(samples: np.ndarray) -> np.ndarray:
    """(n,) float32 in [-1, 1] at 16 kHz → (frames, bands) float32. Only whole frames, no padding: sound that comes in pieces gives
    the same frames, once ``WINDOW - HOP`` samples are carried over."""
    count = frames_of(len(samples))
    if not count:
        return np.zeros((0, BANDS), np.float32)
    samples = np.ascontiguousarray(samples, np.float32)
    framed = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP][:count] * _window()  # (frames, window)
    spectrum = fft.rfft(framed, _POINTS, axis=1)
    power = spectrum.real**2 + spectrum.imag**2  # (frames, bins)
    return (np.log(power @ filters().T + _FLOOR) - _MEAN) / _SCALE
