"""The languages that are taught: which units the network hears, what is said, and who says it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from training.speech import english, festival, flite, mandarin, voices
from training.speech.network import Parts
from training.speech.spoken import Spoken

Reader = Callable[[Spoken, np.random.Generator], np.ndarray]
"""Reads an utterance aloud, in a voice it draws: (n,) float32 at 16 kHz."""
FLITE, FESTIVAL = 0.4, 0.2
"""Shares of the English utterances that flite and festival read, whose voices were people's; espeak-ng reads the others."""


class Teller(Protocol):
    def draw(self, rng: np.random.Generator) -> Spoken:
        """One utterance; without units where nobody speaks."""


@dataclass(frozen=True, slots=True)
class Language:
    """``strides`` of the network's two first layers: their product is how many frames of 10 ms one output stands for."""

    name: str
    strides: tuple[int, int]
    units: Callable[[], Sequence[str]]
    parts: Callable[[str], Parts]
    teller: Callable[[Path | None, Path | None], Teller]
    reader: Callable[[Path], Reader]


def _mandarin(folder: Path) -> Reader:
    names = voices.prepare(folder, "zh")
    speaker = voices.speaker(folder.resolve())
    return lambda said, rng: speaker.say(said.words, voices.manner(rng, names))


def _english(folder: Path) -> Reader:
    names = voices.prepare(folder, "en")
    speaker = voices.speaker(folder.resolve())

    def read(said: Spoken, rng: np.random.Generator) -> np.ndarray:
        draw = rng.random()
        if draw < FLITE + FESTIVAL:
            recorded = festival.speaker() if draw < FESTIVAL and festival.available() else flite.drawn(rng)
            return recorded.say(said.words, float(rng.uniform(0.75, 1.3)), float(rng.uniform(0.88, 1.14)))
        return speaker.say(said.words, voices.manner(rng, names, voices.ENGLISH))

    return read


LANGUAGES = {
    "zh": Language("zh", (2, 2), mandarin.syllables, mandarin.parts, mandarin.Teller, _mandarin),
    "en": Language(
        "en", (3, 1), english.phones, lambda phone: ("", phone), lambda data, shop: english.Teller(data), _english
    ),
}
