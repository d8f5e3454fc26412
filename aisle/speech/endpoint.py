"""Speech detection: whether somebody speaks, from where to where, and when they have finished.

A frame is taken for speech when it is louder than the room and voiced: its waveform repeats at a pitch of 70–400 Hz, which
hiss, wind and clatter don't. Music and hum repeat as well, but hold their spectrum still from note to note, while a voice never
does: sound whose voiced frames mostly stand still is no speech. Singing is; so may be fast music.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aisle.speech.base import RATE, checked, no_speech

FRAME = 640  # 40 ms: two periods of the deepest voice
HOP = 160  # 10 ms
HOPS_A_SECOND = RATE // HOP
_LAGS = slice(RATE // 400, RATE // 70)
_BANDS = 24
_STILL_LAG = 8
"""Hops over which a spectrum is compared with itself."""
LOUDER_DB = 6.0
"""How far speech stands out from the room's noise."""
QUIETEST_DB = -60.0
"""Below this level (0 is full scale) is silence, however quiet the room."""
VOICED = 0.5
STILL = 0.96
STILL_MOST = 0.4
"""Share of voiced frames that may stand still in speech of more than STILL_LEAST_S voiced seconds; a short word is one vowel."""
STILL_LEAST_S = 1.0
LEAST_VOICED_S = 0.06
"""Voiced sound in the shortest word."""
MARGIN_S = 0.3
"""Kept before and after: the unvoiced sounds at a word's ends."""
LEVEL = 0.1
"""Root mean square that speech is brought to."""


@dataclass(frozen=True, slots=True)
class Frames:
    """What is seen of each hop: level in dB, periodicity in [0, 1], likeness in [-1, 1] to the spectrum 80 ms before."""

    level: np.ndarray  # (frames,)
    voicing: np.ndarray  # (frames,)
    stillness: np.ndarray  # (frames,)


def frames_of(samples: np.ndarray) -> Frames:
    """(n,) samples → about n / HOP frames; a last, short one is left out."""
    if len(samples) < FRAME:
        return Frames(*(np.zeros(0, np.float32) for _ in range(3)))
    cut = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]  # (frames, FRAME)
    cut = cut - cut.mean(axis=1, keepdims=True)
    level = 10 * np.log10(np.mean(cut * cut, axis=1) + 1e-12)
    window = np.hanning(FRAME).astype(np.float32)
    power = np.abs(np.fft.rfft(cut * window, 2 * FRAME, axis=1)) ** 2  # (frames, FRAME + 1)
    frequency = np.fft.rfftfreq(2 * FRAME, 1 / RATE)
    # Rumble repeats slowly and hiss not at all: what a pitch is told by lies between, tilted so that both count alike.
    tilted = power * np.where((frequency > 80) & (frequency < 3000), frequency / 1000, 0.0) ** 2
    # Autocorrelation divided by the window's own, so that a steady tone has 1 at its period (Boersma 1993).
    alone = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * FRAME)) ** 2)
    product = np.fft.irfft(tilted, axis=1)
    likeness = product[:, _LAGS] / (product[:, :1] + 1e-9) * (alone[0] / alone[_LAGS])
    voicing = np.clip(likeness.max(axis=1), 0.0, 1.0)
    return Frames(level, voicing, _stillness(power))


def _stillness(power: np.ndarray) -> np.ndarray:
    """Correlation of each frame's log spectrum in bands with the one 80 ms before; 0 for the first ones."""
    edges = np.unique(np.geomspace(8, power.shape[1] - 1, _BANDS + 1).astype(int))
    bands = np.log(np.add.reduceat(power[:, : edges[-1]], edges[:-1], axis=1) + 1e-6)  # (frames, bands)
    bands = bands - bands.mean(axis=1, keepdims=True)
    bands /= np.linalg.norm(bands, axis=1, keepdims=True) + 1e-6
    found = np.zeros(len(bands))
    found[_STILL_LAG:] = np.einsum("fb,fb->f", bands[_STILL_LAG:], bands[:-_STILL_LAG])
    return found


def span_of(samples: np.ndarray) -> tuple[int, int] | None:
    """Where speech starts and ends in (n,) samples, margins included; None where there is none."""
    frames = frames_of(samples)
    if not len(frames.level):
        return None
    voiced = _voiced(frames, floor=float(np.percentile(frames.level, 10)))
    heard = voiced.sum() / HOPS_A_SECOND
    if heard < LEAST_VOICED_S:
        return None
    if heard > STILL_LEAST_S and np.mean(frames.stillness[voiced] > STILL) > STILL_MOST:
        return None
    where = np.flatnonzero(voiced)
    margin = int(MARGIN_S * RATE)
    return max(0, int(where[0]) * HOP - margin), min(len(samples), int(where[-1]) * HOP + FRAME + margin)


def speech_of(samples: np.ndarray) -> np.ndarray:
    """The spoken part of (n,) samples, brought to one level. Raises InvalidMedia where nobody speaks."""
    sound = checked(samples)
    span = span_of(sound)
    if span is None:
        raise no_speech()
    return levelled(sound[span[0] : span[1]])


def levelled(sound: np.ndarray) -> np.ndarray:
    """Sound (n,) brought to a root mean square of ``LEVEL``, unless its peaks forbid it."""
    loud = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) or 1.0
    peak = float(np.abs(sound).max(initial=0.0)) or 1.0
    return sound * np.float32(min(LEVEL / loud, 0.99 / peak))


def _voiced(frames: Frames, floor: float) -> np.ndarray:
    """Which frames stand out from the floor (dB) and repeat. Where all is speech, the floor is speech too: it is no louder
    than 20 dB below the loudest."""
    floor = min(floor, float(frames.level.max()) - 20.0)
    return (frames.level > max(floor + LOUDER_DB, QUIETEST_DB)) & (frames.voicing > VOICED)


class Endpointer:
    """Follows sound as it comes. ``feed`` says once that speech has ended: ``silence_s`` after the last voiced frame."""

    def __init__(self, silence_s: float = 0.8) -> None:
        self._silence = silence_s * HOPS_A_SECOND
        self._rest = np.zeros(0, np.float32)
        self._floor: float | None = None
        self._loudest = QUIETEST_DB
        self._voiced = 0
        self._since = 0
        self._told = False

    @property
    def spoken(self) -> bool:
        """Whether speech has been heard."""
        return self._voiced >= LEAST_VOICED_S * HOPS_A_SECOND

    def feed(self, samples: np.ndarray) -> bool:
        """Takes (n,) samples; true in the call in which speech ends."""
        self._rest = np.concatenate((self._rest, checked(samples)))
        frames = frames_of(self._rest)
        for level, voicing in zip(frames.level.tolist(), frames.voicing.tolist(), strict=True):
            self._see(level, voicing)
        self._rest = self._rest[len(frames.level) * HOP :]
        if self.spoken and self._since >= self._silence and not self._told:
            self._told = True
            return True
        return False

    def _see(self, level: float, voicing: float) -> None:
        # The floor falls at once and rises by 3 dB a second, so that a louder room becomes the new quiet.
        self._floor = level if self._floor is None else min(level, self._floor + 3.0 / HOPS_A_SECOND)
        self._loudest = max(self._loudest, level)
        floor = min(self._floor, self._loudest - 20.0)
        if level > max(floor + LOUDER_DB, QUIETEST_DB) and voicing > VOICED:
            self._voiced += 1
            self._since = 0
        else:
            self._since += 1
