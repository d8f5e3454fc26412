"""The embedded recognisers: a small streaming network hears sounds, the shop's phrases make words of them.

A network (``network/zh.onnx``, ``network/en.onnx``, made by ``python -m training.speech``) gives scores of toneless syllables every 40 ms, or
of phones every 30 ms, and looks 0.28 s ahead at most; sound that comes in pieces gives the same scores as sound that comes at once. They
were trained on synthetic voices alone: see ``network/MODEL_CARD.md``.

In Chinese, Latin letters are heard as they are said (T恤, USB); foreign words are not: of "Zephyra蓝色T恤" only the Chinese part is known,
and such a brand comes out as whatever Chinese sounds like it.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import onnxruntime

from aisle.config import SpeechConfig
from aisle.errors import InvalidRequest
from aisle.speech import mel
from aisle.speech.base import Listening, Phrases, Recogniser, merged
from aisle.speech.beam import Language, Search
from aisle.speech.hanzi import Hanzi
from aisle.speech.vocabulary import Vocabulary
from aisle.speech.words import Words
from aisle.types import Transcript

SHIPPED = Path(__file__).with_name("network")
PAST = 52
"""Outputs before an output that it depends on."""
BLOCKS_AHEAD = 6
"""Outputs after it."""
HEAD, TAIL = 24, 24
"""Frames by which an utterance's first and last one are drawn out, so that one cut off tightly is heard whole. Silence would not do: where a
room's noise breaks off into it, a syllable is heard."""
LOOKED_AT = 3
"""Texts that are looked at for each that is told: some differ in "a" and "the" alone."""
FITTING, STEEP = 0.85, 8.0
"""The confidence at which its best guess is right as often as not, and how fast that rises: a voice unlike all that it learnt from fits its
own words badly, and it knows."""
PIECE = 16
"""New outputs (of 30 or 40 ms) that are worth a run of the network."""

LANGUAGES: Mapping[str, Callable[[Phrases, SpeechConfig], Language]] = {
    "zh": lambda phrases, config: Hanzi(phrases),
    "en": lambda phrases, config: Words(Vocabulary.of(phrases, config.vocabulary)),
}


class Network:
    """What is in a model's folder of one language: zh.onnx, and zh.json with the units that its outputs mean. Raises InvalidRequest where
    they aren't there."""

    def __init__(self, folder: Path, language: str) -> None:
        try:
            card = json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))
            self.units: tuple[str, ...] = tuple(card["units"])
            first, second = card["strides"]
            self.stride: int = first * second
            """Frames of 10 ms for each of the network's outputs."""
            self.ahead: int = BLOCKS_AHEAD * self.stride + first + 2
            """Frames after its first one that an output depends on."""
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            self._session = onnxruntime.InferenceSession(folder / f"{language}.onnx", options, ["CPUExecutionProvider"])
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise InvalidRequest(
                "The recogniser's network isn't there or isn't whole.",
                field="models",
                hint=f"A folder with {language}.onnx and {language}.json, as python -m training.speech makes it.",
            ) from error

    def scores(self, features: np.ndarray) -> np.ndarray:
        """(frames, bands) float32 → (⌈frames / stride⌉, units + 1) natural logarithms of probabilities, the blank first."""
        return np.asarray(self._session.run(None, {"features": features[None]})[0][0])


@cache
def _opened(folder: Path, language: str) -> Network:
    return Network(folder, language)


class Ctc(Recogniser):
    """``model`` is the folder of other networks of the same making; "" is the shipped ones."""

    name: ClassVar[str] = "ctc"
    languages = tuple(LANGUAGES)

    def __init__(self, config: SpeechConfig, model: str = "", phrases: Mapping[str, Phrases] | None = None) -> None:
        super().__init__(config, model, phrases)
        self._hearing = threading.Lock()
        self._heard: dict[str, tuple[Network, Language]] = {}

    def _prepare(self) -> None:
        for language in self._phrases:
            self._known(language)

    def _known(self, language: str) -> tuple[Network, Language]:
        with self._hearing:
            if language not in self._heard:
                network = _opened(Path(self._model) if self._model else SHIPPED, language)
                self._heard[language] = network, LANGUAGES[language](self._phrases.get(language, {}), self._config)
            return self._heard[language]

    def trust(self, confidence: float) -> float:
        return 1 / (1 + math.exp(-STEEP * (confidence - FITTING)))

    def _listen(self, language: str) -> Listening:
        return _Utterance(*self._known(language))


class Stream:
    """Sound in pieces → scores of units, the same as of all at once."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._samples = np.zeros(0, np.float32)
        self._features = np.zeros((0, mel.BANDS), np.float32)
        self._first = 0  # which frame of the utterance the first of ``_features`` is; a multiple of the stride
        self._given = 0  # outputs that were handed out

    def feed(self, samples: np.ndarray) -> np.ndarray:
        """(n,) samples → (outputs, units + 1): those that are certain by now and weren't handed out."""
        self._hear(samples)
        certain = (self._first + len(self._features) - self._network.ahead) // self._network.stride
        if certain - self._given < PIECE:
            return np.zeros((0, len(self._network.units) + 1), np.float32)
        scores = self._scores()[: certain - self._given]
        self._given = certain
        keep = (certain - PAST) * self._network.stride - self._first
        if keep > 0:
            self._features, self._first = self._features[keep:], self._first + keep
        return scores

    def finish(self) -> np.ndarray:
        """(outputs, units + 1): what is left."""
        if not len(self._features):
            return np.zeros((0, len(self._network.units) + 1), np.float32)
        self._features = np.concatenate([self._features, np.repeat(self._features[-1:], TAIL, 0)])
        return self._scores()

    def _hear(self, samples: np.ndarray) -> None:
        self._samples = np.concatenate([self._samples, samples])
        features = mel.log_mel(self._samples)
        self._samples = self._samples[len(features) * mel.HOP :]
        if len(features) and not len(self._features):
            self._features = np.repeat(features[:1], HEAD, 0)
        self._features = np.concatenate([self._features, features])

    def _scores(self) -> np.ndarray:
        return self._network.scores(self._features)[self._given - self._first // self._network.stride :]


class _Utterance(Listening):
    def __init__(self, network: Network, language: Language) -> None:
        self._stream = Stream(network)
        self._search = Search(language, network.units)

    def _feed(self, samples: np.ndarray) -> None:
        self._search.feed(self._stream.feed(samples))

    def _partial(self) -> str:
        return self._search.best()

    def _finish(self, n: int) -> Iterable[Transcript]:
        self._search.feed(self._stream.finish())
        return transcripts(self._search, n)


def transcripts(search: Search, n: int) -> list[Transcript]:
    """The ``n`` likeliest texts, none where silence is likelier. A confidence is the text's share among them times how well its
    units fit the sound: the mean, over units, of their score beside the best that the sound allows."""
    guesses = search.guesses()[: n * LOOKED_AT]
    if not guesses or search.silent() > guesses[0].sound:
        return []
    shares = np.exp(np.array([guess.score for guess in guesses]) - guesses[0].score)
    shares /= shares.sum()
    fits = [min(1.0, math.exp((guess.sound - search.free) / guess.length)) for guess in guesses]
    return merged(
        Transcript(guess.text, float(share * fit)) for guess, share, fit in zip(guesses, shares, fits, strict=True)
    )[:n]
