"""An utterance before anybody says it."""

from __future__ import annotations

from dataclasses import dataclass

SILENT = 0.02
"""Share of the utterances in which nobody speaks."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """``words`` as the synthesiser reads them: pinyin with tones, or English. ``units``: what the network is to hear, toneless
    syllables or phones; none where nobody speaks."""

    words: tuple[str, ...]
    units: tuple[str, ...]
