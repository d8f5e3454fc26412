"""Steady noise (hiss, wind, a fan) taken out of speech, for recognisers that never learnt to hear through it.

The log-spectral amplitude estimator of Ephraim and Malah (1985, IEEE ASSP-33), with their decision-directed guess (1984, ASSP-32) of how far
speech stands above the noise. What the quietest frames hold is taken for the noise: who speaks pauses, noise doesn't.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import ShortTimeFFT
from scipy.signal.windows import hann
from scipy.special import exp1

from aisle.speech.base import RATE

FRAME = 512  # 32 ms
HOP = 128  # 8 ms
QUIETEST = 0.1
"""Share of the frames that are taken for noise."""
FEWEST = 12
"""Frames below which nothing can be said of the noise."""
KEPT = 0.96
"""How much of the guess comes from the frame before: less follows speech faster and leaves more chirping noise."""
FLOOR = 10 ** (-25 / 20)
"""A cell is turned down by 25 dB at most: more makes holes in speech."""
_LEAST = 10 ** (-25 / 10)
_STFT = ShortTimeFFT(np.sqrt(hann(FRAME, sym=False)), HOP, RATE)
_ACROSS = hann(11)[1:-1] / hann(11).sum()


def quietened(sound: np.ndarray) -> np.ndarray:
    """The sound (n,) float32 at 16 kHz without its steady noise, as long as before; as it is where it is shorter than a word."""
    first, last = _STFT.lower_border_end[1], _STFT.upper_border_begin(len(sound))[1] if len(sound) >= FRAME else 0
    if last - first < FEWEST:
        return sound
    spectrum = _STFT.stft(sound.astype(np.float64))  # (bins, frames)
    power = np.abs(spectrum) ** 2
    above = np.minimum(power / _noise(power[:, first:last])[:, None], 1e3)  # a posteriori signal-to-noise ratio
    gain = np.empty_like(above)
    before = np.ones(len(above))  # of the frame before: what of its noise-relative power was kept
    for frame, ratio in enumerate(above.T):
        speech = np.maximum(KEPT * before + (1 - KEPT) * np.maximum(ratio - 1, 0), _LEAST)
        share = speech / (1 + speech)
        gain[:, frame] = np.clip(share * np.exp(0.5 * exp1(np.maximum(share * ratio, 1e-6))), FLOOR, 1.0)
        before = gain[:, frame] ** 2 * ratio
    return _STFT.istft(spectrum * gain, k1=len(sound)).astype(np.float32)


def _noise(power: np.ndarray) -> np.ndarray:
    """The noise's power (bins,) in frames (bins, frames), smoothed over neighbouring bins."""
    loudness = power.sum(0)
    quiet = np.argsort(loudness)[: max(6, int(QUIETEST * len(loudness)))]
    around = len(_ACROSS) // 2
    return np.convolve(np.pad(power[:, quiet].mean(1), around, mode="edge"), _ACROSS, "valid") + 1e-12
