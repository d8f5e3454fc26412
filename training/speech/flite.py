"""flite, a free synthesiser of English with voices made of people's recordings: two to train on, the others are kept for measuring."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache
from math import gcd

import numpy as np
from scipy.signal import resample_poly

from aisle.speech.mel import RATE

VOICES = ("slt", "awb")
"""An American woman and a Scottish man. rms and kal are for measuring."""


class _Wave(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    )


class _Voice(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p), ("features", ctypes.c_void_p))


class Flite:
    """One of its voices within this process: a tenth of a second a phrase."""

    def __init__(self, name: str) -> None:
        library = ctypes.CDLL("libflite.so.1", mode=ctypes.RTLD_GLOBAL)
        for needed in ("libflite_usenglish.so.1", "libflite_cmulex.so.1"):
            ctypes.CDLL(needed, mode=ctypes.RTLD_GLOBAL)
        library.flite_init()
        register = getattr(ctypes.CDLL(f"libflite_cmu_us_{name}.so.1"), f"register_cmu_us_{name}")
        register.restype = ctypes.POINTER(_Voice)
        library.flite_text_to_wave.restype = ctypes.POINTER(_Wave)
        library.flite_text_to_wave.argtypes = (ctypes.c_char_p, ctypes.POINTER(_Voice))
        library.delete_wave.argtypes = (ctypes.POINTER(_Wave),)
        library.feat_set_float.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_float)
        self._library, self._voice = library, register(None)

    def say(self, words: Sequence[str], stretch: float, faster: float) -> np.ndarray:
        """(n,) float32 at 16 kHz, peak 0.5. ``stretch``: how many times longer than usual; ``faster``: like a tape, which makes the voice
        higher too."""
        self._library.feat_set_float(self._voice.contents.features, b"duration_stretch", stretch)
        wave = self._library.flite_text_to_wave(" ".join(words).encode(), self._voice)
        try:
            found = wave.contents
            return replayed(np.ctypeslib.as_array(found.samples, (found.num_samples,)), found.sample_rate, faster)
        finally:
            self._library.delete_wave(wave)


def replayed(samples: np.ndarray, rate: int, faster: float) -> np.ndarray:
    """(n,) integers at ``rate`` → float32 at 16 kHz, peak 0.5, played so many times faster."""
    rate = round(rate * faster / 100) * 100
    common = gcd(RATE, rate)
    found = resample_poly(samples.astype(np.float32), RATE // common, rate // common).astype(np.float32)
    return found * (0.5 / max(float(np.abs(found).max(initial=0)), 1.0))


@cache
def speaker(name: str) -> Flite:
    """This process's one of a name."""
    return Flite(name)


def drawn(rng: np.random.Generator) -> Flite:
    """One of the voices to train on."""
    return speaker(VOICES[rng.integers(len(VOICES))])
