"""The recogniser of spoken Chinese: a small streaming network hears syllables, the shop's phrases make characters of them.

The network (``network/hanzi.onnx``, made by ``python -m training.speech``) gives scores of toneless syllables every 40 ms and looks
0.28 s ahead; sound that comes in pieces gives the same scores as sound that comes at once. It was trained and measured on voices of one
synthesiser alone: see ``network/MODEL_CARD.md``.

Latin letters are heard as they are said in Chinese (T恤, USB); foreign words are not: of "Zephyra蓝色T恤" only the Chinese part is known,
and such a brand comes out as whatever Chinese sounds like it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import onnxruntime

from aisle.config import SpeechConfig
from aisle.errors import InvalidRequest
from aisle.speech import mel
from aisle.speech.base import Listening, Phrases, Recogniser
from aisle.speech.beam import Search
from aisle.speech.hanzi import Hanzi
from aisle.types import Transcript

SHIPPED = Path(__file__).with_name("network")
LANGUAGE = "zh"
STRIDE = 4
"""Frames of 10 ms for each of the network's outputs."""
PAST, AHEAD = 52, 28
"""Outputs before, and frames after its first one, that an output depends on."""
TAIL = 24
"""Frames by which an utterance's last one is drawn out, so that one cut off tightly is heard to its end. Silence would not do: where a
room's noise breaks off into it, a syllable is heard."""
PIECE = 16
"""New outputs (of 40 ms) that are worth a run of the network."""


class Network:
    """What is in a model's folder: hanzi.onnx, and hanzi.json with the syllables that its outputs mean. Raises InvalidRequest where
    they aren't there."""

    def __init__(self, folder: Path) -> None:
        try:
            card = json.loads((folder / "hanzi.json").read_text(encoding="utf-8"))
            self.syllables: tuple[str, ...] = tuple(card["syllables"])
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            self._session = onnxruntime.InferenceSession(folder / "hanzi.onnx", options, ["CPUExecutionProvider"])
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise InvalidRequest(
                "The recogniser's network isn't there or isn't whole.",
                field="models",
                hint="A folder with hanzi.onnx and hanzi.json, as python -m training.speech makes it.",
            ) from error

    def scores(self, features: np.ndarray) -> np.ndarray:
        """(frames, bands) float32 → (⌈frames / 4⌉, syllables + 1) natural logarithms of probabilities, the blank first."""
        return np.asarray(self._session.run(None, {"features": features[None]})[0][0])


@cache
def _opened(folder: Path) -> Network:
    return Network(folder)


class Ctc(Recogniser):
    """``model`` is the folder of another network of the same making; "" is the shipped one."""

    name: ClassVar[str] = "ctc"
    languages = (LANGUAGE,)

    def __init__(self, config: SpeechConfig, model: str = "", phrases: Mapping[str, Phrases] | None = None) -> None:
        super().__init__(config, model, phrases)
        self._network: Network | None = None
        self._hanzi: Hanzi | None = None

    def _prepare(self) -> None:
        self._network = _opened(Path(self._model) if self._model else SHIPPED)
        self._hanzi = Hanzi(self._phrases.get(LANGUAGE, {}))

    def _listen(self, language: str) -> Listening:
        assert self._network is not None and self._hanzi is not None  # prepared
        return _Utterance(self._network, self._hanzi)


class Stream:
    """Sound in pieces → scores of syllables, the same as of all at once."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._samples = np.zeros(0, np.float32)
        self._features = np.zeros((0, mel.BANDS), np.float32)
        self._first = 0  # which frame of the utterance the first of ``_features`` is; a multiple of STRIDE
        self._given = 0  # outputs that were handed out

    def feed(self, samples: np.ndarray) -> np.ndarray:
        """(n,) samples → (outputs, syllables + 1): those that are certain by now and weren't handed out."""
        self._hear(samples)
        certain = (self._first + len(self._features) - AHEAD) // STRIDE
        if certain - self._given < PIECE:
            return np.zeros((0, len(self._network.syllables) + 1), np.float32)
        scores = self._scores()[: certain - self._given]
        self._given = certain
        keep = (certain - PAST) * STRIDE - self._first
        if keep > 0:
            self._features, self._first = self._features[keep:], self._first + keep
        return scores

    def finish(self) -> np.ndarray:
        """(outputs, syllables + 1): what is left."""
        if not len(self._features):
            return np.zeros((0, len(self._network.syllables) + 1), np.float32)
        self._features = np.concatenate([self._features, np.repeat(self._features[-1:], TAIL, 0)])
        return self._scores()

    def _hear(self, samples: np.ndarray) -> None:
        self._samples = np.concatenate([self._samples, samples])
        features = mel.log_mel(self._samples)
        self._samples = self._samples[len(features) * mel.HOP :]
        self._features = np.concatenate([self._features, features])

    def _scores(self) -> np.ndarray:
        return self._network.scores(self._features)[self._given - self._first // STRIDE :]


class _Utterance(Listening):
    def __init__(self, network: Network, hanzi: Hanzi) -> None:
        self._stream = Stream(network)
        self._search = Search(hanzi, network.syllables)

    def _feed(self, samples: np.ndarray) -> None:
        self._search.feed(self._stream.feed(samples))

    def _partial(self) -> str:
        return self._search.best()

    def _finish(self, n: int) -> Iterable[Transcript]:
        self._search.feed(self._stream.finish())
        return transcripts(self._search, n)


def transcripts(search: Search, n: int) -> list[Transcript]:
    """The ``n`` likeliest texts, none where silence is likelier. A confidence is the text's share among them times how well its
    syllables fit the sound: the mean, over syllables, of their score beside the best that the sound allows."""
    guesses = search.guesses()[:n]
    if not guesses or search.silent() > guesses[0].sound:
        return []
    shares = np.exp(np.array([guess.score for guess in guesses]) - guesses[0].score)
    shares /= shares.sum()
    fits = [min(1.0, math.exp((guess.sound - search.free) / guess.length)) for guess in guesses]
    return [Transcript(guess.text, float(share * fit)) for guess, share, fit in zip(guesses, shares, fits, strict=True)]
