"""Where it is said: rooms, noises, microphones and lines, all drawn."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
from scipy import signal

RATE = 16_000


def room(rng: np.random.Generator) -> np.ndarray:
    """(n,) an impulse response: the direct sound, a few early echoes, a noise that dies away (60 dB in 0.1 to 0.7 s)."""
    reverberation = rng.uniform(0.1, 0.7)
    length = int(reverberation * 0.7 * RATE)
    times = np.arange(length) / RATE
    tail = rng.standard_normal(length) * np.exp(-6.9 * times / reverberation)
    tail = signal.lfilter([1 - 0.4], [1, -0.4 * rng.random()], tail)  # walls swallow the high sounds
    tail[: int(RATE * 0.003)] = 0
    for _ in range(int(rng.integers(2, 8))):
        tail[int(rng.uniform(0.002, 0.03) * RATE)] += rng.uniform(-1, 1) * 6
    tail *= rng.uniform(0.1, 0.9) / np.sqrt((tail**2).sum() + 1e-9)
    tail[0] += 1
    return tail.astype(np.float32)


def coloured(length: int, slope: float, rng: np.random.Generator) -> np.ndarray:
    """(n,) noise whose power falls as 1 / frequency ** ``slope``: 0 white, 1 pink, 2 brown."""
    size = 1 << (length - 1).bit_length()
    spectrum = rng.standard_normal(size // 2 + 1) + 1j * rng.standard_normal(size // 2 + 1)
    frequencies = np.maximum(np.arange(size // 2 + 1), 30 * size / RATE)
    return np.fft.irfft(spectrum * frequencies ** (-slope / 2))[:length].astype(np.float32)


def hum(length: int, rng: np.random.Generator) -> np.ndarray:
    """(n,) mains or a motor: a low tone with harmonics."""
    base = rng.choice([50.0, 60.0, 100.0, rng.uniform(40, 200)])
    times = np.arange(length) / RATE
    sound = sum(rng.random() / k * np.sin(2 * np.pi * base * k * times + rng.uniform(0, 6)) for k in range(1, 12))
    return np.asarray(sound, np.float32)


def tones(length: int, rng: np.random.Generator) -> np.ndarray:
    """(n,) something like music: struck chords with harmonics, a few a second."""
    sound = np.zeros(length, np.float32)
    at = 0
    while at < length:
        times = np.arange(length - at) / RATE
        decay = np.exp(-times * rng.uniform(1, 8))
        for note in rng.integers(40, 80, rng.integers(1, 4)):
            base = 440 * 2 ** ((note - 69) / 12)
            for k in range(1, int(rng.integers(2, 6))):
                sound[at:] += (decay * rng.random() / k * np.sin(2 * np.pi * base * k * times)).astype(np.float32)
        at += int(rng.uniform(0.15, 0.7) * RATE)
    return sound


class Rooms:
    """Puts utterances into rooms; remembers the last ones for the murmur of a crowd."""

    def __init__(self) -> None:
        self._crowd: deque[np.ndarray] = deque(maxlen=24)

    def remember(self, voices: Iterable[np.ndarray]) -> None:
        self._crowd.extend(voices)

    def babble(self, length: int, rng: np.random.Generator) -> np.ndarray:
        """(n,) two to six others talking."""
        sound = np.zeros(length, np.float32)
        for _ in range(int(rng.integers(2, 7))):
            voice = self._crowd[rng.integers(len(self._crowd))]
            repeated = np.tile(voice, length // len(voice) + 2)
            start = int(rng.integers(len(voice)))
            sound += repeated[start : start + length] * rng.uniform(0.3, 1)
        return sound

    def noise(self, length: int, rng: np.random.Generator) -> np.ndarray:
        """(n,) one noise, or two together, of mean power 1."""
        kind = rng.random()
        if kind < 0.55 or not self._crowd:
            sound = coloured(length, rng.uniform(0, 2.2), rng)
        elif kind < 0.75:
            sound = self.babble(length, rng)
        elif kind < 0.85:
            sound = hum(length, rng)
        else:
            sound = tones(length, rng)
        if rng.random() < 0.2:
            steps = np.repeat(rng.uniform(0.2, 1, length // 4000 + 1), 4000)[:length]
            sound = sound * steps.astype(np.float32)
        sound = sound / np.sqrt((sound**2).mean() + 1e-12)
        return sound + coloured(length, 1.0, rng) * 0.3 if kind > 0.75 else sound

    def place(self, voice: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(n,) an utterance, or an empty one → (n + pauses,) as a microphone would hand it over."""
        before, after = int(rng.uniform(0.05, 0.6) * RATE), int(rng.uniform(0.25, 0.6) * RATE)
        if not len(voice):
            before, after = int(rng.uniform(0.3, 2) * RATE), 0
        sound = np.concatenate([np.zeros(before, np.float32), voice, np.zeros(after, np.float32)])
        if len(voice):
            self._crowd.append(voice)
        power = float((voice**2).mean()) if len(voice) else 0.01
        if rng.random() < 0.5:
            sound = signal.fftconvolve(sound, room(rng))[: len(sound)].astype(np.float32)
        decibels = rng.uniform(3, 30) if rng.random() < 0.7 else rng.uniform(30, 70)
        sound = sound + self.noise(len(sound), rng) * np.sqrt(power * 10 ** (-decibels / 10))
        if rng.random() < 0.35:
            sound = self.line(sound, rng)
        sound = sound * (10 ** (rng.uniform(-26, 3) / 20) / max(float(np.abs(sound).max()), 1e-4))
        if rng.random() < 0.06:
            sound = sound * rng.uniform(1, 6)
        return np.clip(sound, -1, 1).astype(np.float32)

    def line(self, sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A microphone's or a telephone's own colour: band limits, a tilt, few steps (µ-law of 8 bits)."""
        kind = rng.random()
        if kind < 0.4:
            edges = [rng.uniform(80, 350), rng.uniform(3200, 7000)]
            return np.asarray(
                signal.sosfilt(signal.butter(2, edges, "bandpass", fs=RATE, output="sos"), sound), np.float32
            )
        if kind < 0.8:
            tilt = rng.uniform(-0.7, 0.7)
            return np.asarray(signal.lfilter([1, tilt], [1], sound), np.float32)
        peak = max(float(np.abs(sound).max()), 1e-6)
        squeezed = np.sign(sound) * np.log1p(255 * np.abs(sound) / peak) / np.log(256)
        coarse = np.round(squeezed * 127) / 127
        return (np.sign(coarse) * (256 ** np.abs(coarse) - 1) / 255 * peak).astype(np.float32)
