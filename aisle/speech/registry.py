"""Which recognisers there are: one class in a file of its own, and one line here. A module is imported when it is asked for.

"pocketsphinx+ctc" is both of them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from aisle.config import SpeechConfig
from aisle.speech.base import Phrases, Recogniser

Maker = Callable[[SpeechConfig, str, Mapping[str, Phrases]], Recogniser]


def _pocketsphinx(config: SpeechConfig, model: str, phrases: Mapping[str, Phrases]) -> Recogniser:
    from aisle.speech.sphinx import Sphinx

    return Sphinx(config, model, phrases)


def _sherpa(config: SpeechConfig, model: str, phrases: Mapping[str, Phrases]) -> Recogniser:
    from aisle.speech.sherpa import Sherpa

    return Sherpa(config, model, phrases)


def _whisper(config: SpeechConfig, model: str, phrases: Mapping[str, Phrases]) -> Recogniser:
    from aisle.speech.whisper import FasterWhisper

    return FasterWhisper(config, model, phrases)


def _openai(config: SpeechConfig, model: str, phrases: Mapping[str, Phrases]) -> Recogniser:
    from aisle.speech.remote import Remote

    return Remote(config, model, phrases)


def _ctc(config: SpeechConfig, model: str, phrases: Mapping[str, Phrases]) -> Recogniser:
    from aisle.speech.ctc import Ctc

    return Ctc(config, model, phrases)


RECOGNISERS: Mapping[str, Maker] = MappingProxyType(
    {
        "pocketsphinx": _pocketsphinx,
        "sherpa-onnx": _sherpa,
        "faster-whisper": _whisper,
        "openai": _openai,
        "ctc": _ctc,
    }
)
"""name → how to make it of the configuration, its model (folder or name) and the phrases of each language."""


def missing(name: str) -> str | None:
    """What of a configured name isn't known; None where all is."""
    return next((part for part in name.split("+") if part not in RECOGNISERS), None)


def made(name: str, config: SpeechConfig, model: str, phrases: Mapping[str, Phrases]) -> Recogniser:
    """The recogniser of a configured name that is known."""
    each = [RECOGNISERS[part](config, model, phrases) for part in name.split("+")]
    if len(each) == 1:
        return each[0]
    from aisle.speech.together import Together

    return Together(config, each)
