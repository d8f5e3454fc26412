"""The contract of recognisers. The base owns checks and order; what is plugged in writes one or two small methods.

Sound is (n,) float32 in [-1, 1] at ``RATE`` samples a second, mono. It is held in memory while it is listened to and nowhere
else.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from aisle.config import SpeechConfig
from aisle.errors import InvalidMedia, InvalidRequest
from aisle.types import Transcript

RATE = 16_000
"""Samples a second."""
MAX_SECONDS = 60.0
"""Longest sound one listening takes; who decodes files cuts earlier."""

UNTOLD = 0.8
"""Confidence of what a recogniser understood and gave no probability for."""

Phrases = Mapping[str, float]
"""What a shop's customers may say → how often, roughly: any positive numbers (see ``aisle.speech.phrases``)."""


def no_speech() -> InvalidMedia:
    return InvalidMedia(
        "No speech was heard.",
        field="audio",
        hint="Speak nearer to the microphone, or where it is quieter; or type what you look for.",
    )


def unheard(message: str) -> InvalidMedia:
    """A recogniser failed. ``message`` in words of our own: nothing of a key, an answer or a path is in it."""
    return InvalidMedia(message, field="audio", hint="Try again, or type what you look for.")


class Listening(ABC):
    """One utterance while it is spoken: ``feed`` sound as it comes, ask ``partial`` for what it sounds like so far, and
    ``finish`` once. Belongs to one thread at a time; ``close`` (or ``with``) gives back what it holds, however it ended."""

    _fed = 0
    _over = False

    def feed(self, samples: np.ndarray) -> None:
        """Takes (n,) samples, n ≥ 0. Raises InvalidMedia where they are no sound or are too many."""
        sound = checked(samples)
        if self._over:
            raise RuntimeError("this utterance has ended")
        self._fed += len(sound)
        if self._fed > MAX_SECONDS * RATE:
            raise InvalidMedia(
                f"This sound is longer than {MAX_SECONDS:.0f} s.", field="audio", hint="Send the spoken part alone."
            )
        if len(sound):
            self._feed(sound)

    def partial(self) -> str:
        """What was understood so far; "" where the recogniser only tells at the end."""
        return "" if self._over else self._partial()

    def finish(self, n: int = 5) -> tuple[Transcript, ...]:
        """At most ``n`` ways to understand it, the likeliest first; their confidences sum to at most 1.

        Raises InvalidMedia where nothing was understood or the recogniser fails.
        """
        if self._over:
            raise RuntimeError("this utterance has ended")
        if n < 1:
            raise InvalidRequest("At least one transcript is asked for.", field="n")
        try:
            found = ranked(self._finish(n), n) if self._fed else ()
        finally:
            self.close()
        if not found:
            raise no_speech()
        return found

    def close(self) -> None:
        if not self._over:
            self._over = True
            self._close()

    def __enter__(self) -> Listening:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def _feed(self, samples: np.ndarray) -> None:
        """(n,) float32, n ≥ 1."""

    def _partial(self) -> str:
        return ""

    @abstractmethod
    def _finish(self, n: int) -> Iterable[Transcript]:
        """In any order, with repetitions; empty where nothing was understood."""

    def _close(self) -> None:  # noqa: B027 (most hold nothing)
        """Gives back what it holds."""


class Recogniser(ABC):
    """Understands speech. Called by several threads at once; each gets a ``Listening`` of its own.

    ``languages`` it understands, "*" for any. The constructor stores; ``prepare`` does the work, once, and is called by the
    first who listens where nobody called it before. ``model`` is the folder or name that is configured for it ("" for none),
    ``phrases`` maps a language to what is said in this shop.
    """

    name: ClassVar[str]
    languages: tuple[str, ...]

    def __init__(self, config: SpeechConfig, model: str = "", phrases: Mapping[str, Phrases] | None = None) -> None:
        self._config = config
        self._model = model
        self._phrases: Mapping[str, Phrases] = phrases or {}
        self._lock = threading.Lock()
        self._ready = False

    def prepare(self) -> None:
        """Loads and builds. Raises InvalidRequest where what is configured isn't there or isn't whole."""
        with self._lock:
            if not self._ready:
                self._prepare()
                self._ready = True

    def listen(self, language: str) -> Listening:
        """Raises InvalidRequest for a language it doesn't understand."""
        if "*" not in self.languages and language not in self.languages:
            known = ", ".join(self.languages)
            raise InvalidRequest(
                f"{self.name} doesn't understand speech in {language!r}.", field="language", hint=f"It knows {known}."
            )
        self.prepare()
        return self._listen(language)

    def transcribe(self, samples: np.ndarray, language: str, n: int = 5) -> tuple[Transcript, ...]:
        """All of (n,) samples at once: see ``Listening.finish``."""
        with self.listen(language) as listening:
            listening.feed(samples)
            return listening.finish(n)

    def trust(self, confidence: float) -> float:
        """How likely its best guess is right where all its guesses have a ``confidence`` together: what it weighs beside other recognisers."""
        return confidence

    def close(self) -> None:  # noqa: B027
        """Gives back what it holds; nobody listens any more."""

    def _prepare(self) -> None:  # noqa: B027
        """Loads and builds; called once."""

    @abstractmethod
    def _listen(self, language: str) -> Listening:
        """A new utterance."""


class BatchRecogniser(Recogniser):
    """One that hears an utterance as a whole: it writes ``_hear``."""

    def _listen(self, language: str) -> Listening:
        return _Collecting(self, language)

    @abstractmethod
    def _hear(self, samples: np.ndarray, language: str, n: int) -> Iterable[Transcript]:
        """(n,) float32, n ≥ 1; transcripts in any order, none where nothing was understood."""


class _Collecting(Listening):
    def __init__(self, recogniser: BatchRecogniser, language: str) -> None:
        self._recogniser, self._language = recogniser, language
        self._parts: list[np.ndarray] = []

    def _feed(self, samples: np.ndarray) -> None:
        self._parts.append(samples)

    def _finish(self, n: int) -> Iterable[Transcript]:
        return self._recogniser._hear(np.concatenate(self._parts), self._language, n)

    def _close(self) -> None:
        self._parts = []


def folder_of(model: str, name: str, needed: Iterable[str] = ()) -> Path:
    """The folder that is configured for a recogniser. Raises InvalidRequest where it isn't there or lacks a file."""
    folder = Path(model)
    if not model or not folder.is_dir():
        raise InvalidRequest(
            f"The recogniser {name} needs a local folder with its model.",
            field="models",
            hint='Set AISLE_SPEECH_MODELS, for example {"*": "/models/sense-voice"}.',
        )
    missing = [file for file in needed if not (folder / file).is_file()]
    if missing:
        raise InvalidRequest(f"The folder of {name} lacks {', '.join(missing)}.", field="models")
    return folder


def heaviest(phrases: Phrases, characters: int) -> list[str]:
    """The heaviest phrases that fit into so many characters, ties by spelling: what a recogniser is told to expect."""
    found: list[str] = []
    for phrase, _ in sorted(phrases.items(), key=lambda pair: (-pair[1], pair[0])):
        characters -= len(phrase) + 2
        if characters < 0:
            break
        found.append(phrase)
    return found


def tidied(text: str) -> str:
    """A transcript as a query: one space between words, no full stop."""
    return " ".join(text.split()).rstrip(".。!！").strip()


def checked(samples: np.ndarray) -> np.ndarray:
    """The samples as (n,) float32 within [-1, 1], a copy. Raises InvalidMedia where they are no sound."""
    if samples.ndim != 1 or samples.dtype.kind != "f":
        raise InvalidMedia("This is no mono sound.", field="audio", hint="Send one channel of floats in [-1, 1].")
    if not np.isfinite(samples).all():
        raise InvalidMedia("This sound holds samples that are no numbers.", field="audio")
    return np.clip(samples, -1.0, 1.0).astype(np.float32)


SAY_NOTHING = frozenset(("a", "an", "the", "of", "and", "to", "is", "it", "i", "oh", "uh", "um"))


def merged(found: Iterable[Transcript]) -> list[Transcript]:
    """The likeliest first; texts that differ in words alone that say nothing ("a dress", "the dress") are one, the likeliest of them: five
    ways to say the same are no alternatives."""
    sums: dict[tuple[str, ...], tuple[str, float]] = {}
    for one in sorted(found, key=lambda one: -one.confidence):
        said = tuple(word for word in one.text.split() if word not in SAY_NOTHING)
        wording, so_far = sums.get(said, (one.text, 0.0))
        sums[said] = wording, so_far + one.confidence
    return [Transcript(*pair) for pair in sorted(sums.values(), key=lambda pair: -pair[1])]


def ranked(found: Iterable[Transcript], n: int) -> tuple[Transcript, ...]:
    """The ``n`` likeliest, one of each wording (their confidences added), ties by wording, confidences in sum at most 1."""
    sums: dict[str, float] = {}
    for transcript in found:
        text = " ".join(transcript.text.split())
        if text:
            sums[text] = sums.get(text, 0.0) + min(max(transcript.confidence, 0.0), 1.0)
    best = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))[:n]
    whole = max(1.0, sum(sums.values()))
    return tuple(Transcript(text, confidence / whole) for text, confidence in best)
