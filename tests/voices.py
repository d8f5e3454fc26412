"""Synthetic voices (Debian's espeak-ng, flite, festival) and sounds that are no voices, for tests and benchmarks."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
import wave
from math import gcd
from pathlib import Path

import numpy as np

RATE = 16_000


def has(voice: str) -> bool:
    """``voice`` is "espeak-ng en-us", "flite slt", "festival"."""
    return shutil.which("text2wave" if voice == "festival" else voice.split()[0]) is not None


def speak(text: str, voice: str = "flite slt") -> np.ndarray:
    """(n,) float32 at 16 kHz."""
    kind, _, name = voice.partition(" ")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        if kind == "espeak-ng":
            subprocess.run(["espeak-ng", "-v", name, "-s", "150", "-w", str(path), text], check=True)
        elif kind == "flite":
            subprocess.run(["flite", "-voice", name, "-t", text, "-o", str(path)], check=True)
        else:
            subprocess.run(["text2wave", "-o", str(path)], input=text.encode(), check=True)
        return read(path.read_bytes())


def read(data: bytes) -> np.ndarray:
    from scipy.signal import resample_poly

    with wave.open(io.BytesIO(data)) as file:
        rate = file.getframerate()
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    common = gcd(rate, RATE)
    return resample_poly(sound, RATE // common, rate // common).astype(np.float32) if rate != RATE else sound


def quiet(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE), np.float32)


def hiss(seconds: float, level: float = 0.1, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal(int(seconds * RATE)) * level).astype(np.float32)


def noisy(sound: np.ndarray, decibels: float, seed: int = 0) -> np.ndarray:
    """The sound with hiss, so many dB below it."""
    level = float(np.sqrt(np.mean(sound**2)) * 10 ** (-decibels / 20))
    return np.clip(sound + hiss(len(sound) / RATE + 1, level, seed)[: len(sound)], -1, 1).astype(np.float32)


def music(seconds: float) -> np.ndarray:
    """Chords of half a second, with overtones that fade."""
    at = np.arange(RATE // 2) / RATE
    roots = (262, 220, 175, 196)
    chords = [
        sum(np.sin(2 * np.pi * root * step * k * at) / k for step in (0.5, 1, 1.26, 1.5) for k in range(1, 6))
        * np.exp(-2 * at)
        for root in roots
    ]
    whole = np.concatenate([chords[i % 4] for i in range(int(seconds * 2))])
    return (whole / np.abs(whole).max() * 0.4).astype(np.float32)
