"""An utterance before anybody says it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

SILENT = 0.02
"""Share of the utterances in which nobody speaks."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """``words`` as the synthesiser reads them: pinyin with tones, or English. ``units``: what the network is to hear, toneless
    syllables or phones; none where nobody speaks."""

    words: tuple[str, ...]
    units: tuple[str, ...]


class Ways:
    """Ways to draw what is said, each as often as its weight says. A way gives None where it gives no text."""

    def __init__(self, weighted: Sequence[tuple[float, Callable[[np.random.Generator], str | None]]]) -> None:
        self._ways = [way for _, way in weighted]
        weights = np.array([weight for weight, _ in weighted])
        self._weights = weights / weights.sum()

    def draw(self, rng: np.random.Generator) -> str | None:
        return self._ways[rng.choice(len(self._ways), p=self._weights)](rng)
