"""The parts of a query → signals: one small function for each kind of input, in one table."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from aisle.config import SearchSettings
from aisle.errors import Conflict, InvalidRequest, NotFound
from aisle.models.runtime import Model
from aisle.perception.image import MIN_SIDE, Limits, crop, decode
from aisle.perception.salience import salient
from aisle.perception.signals import SOURCES, Feed, Readings, Surroundings
from aisle.perception.video import agreement
from aisle.types import Input, InputType, Product, Reading, Signal, Transcript

MAX_FRAMES = 16
MAX_TRANSCRIPTS = 10


@dataclass(frozen=True, slots=True)
class Occasion:
    """Around one search: the shopper's ``language`` ("en", "zh"), the ``session``, and the shop's ``settings``."""

    language: str = "en"
    session: str | None = None
    settings: SearchSettings = field(default_factory=SearchSettings)


@dataclass(frozen=True)
class Senses:
    """What perceiving needs: the model, a way to encode a text (remembered), the limits of pictures, the store's products
    and vectors by id, what sources of context were sent ahead, the trend feed and the time (epoch seconds)."""

    model: Model
    encode_text: Callable[[str], np.ndarray]
    limits: Limits
    products: Callable[[Sequence[str]], Mapping[str, Product]]
    vectors: Callable[[Sequence[str]], Mapping[str, np.ndarray]]
    readings: Readings = field(default_factory=Readings)
    feed: Feed = field(default_factory=Feed)
    clock: Callable[[], float] = time.time

    def perceive(self, inputs: Sequence[Input], occasion: Occasion | None = None) -> tuple[list[Signal], list[str]]:
        """Each input → Signal, in order, and the names of what had to be skipped (``perceive.image``,
        ``context.weather.consent``): a text or picture that the model can't encode has words at most.

        Raises InvalidRequest, InvalidMedia, NotFound.
        """
        occasion = occasion or Occasion()
        signals, degraded = [], []
        for part in inputs:
            if part.type is InputType.CONTEXT:
                signal, missing = _context(self, part, occasion)
                degraded += missing
            else:
                signal = _PERCEIVERS[part.type](self, part)
                if occasion.settings.fusion == "deep" and "deep" in self.model.fusions:
                    signal = replace(signal, tokens=self.tokens(part, signal))
                if signal.vector is None and (signal.words or not signal.type.says_words):
                    degraded.append(f"perceive.{part.type}")
            signals.append(signal)
        return signals, list(dict.fromkeys(degraded))

    def meaning(self, words: str) -> np.ndarray | None:
        """A text's unit vector (dim,); None where the model doesn't read."""
        return self.encode_text(words) if "text" in self.model.modalities else None

    def tokens(self, part: Input, signal: Signal) -> np.ndarray | None:
        """What the encoder saw piece by piece, (places, width): words of a text, places of a picture; else None."""
        if signal.vector is None:
            return None
        if signal.type.says_words:
            return self.model.text_tokens([signal.words])[0]
        if signal.type is InputType.IMAGE and isinstance(part.value, bytes):
            picture = decode(part.value, self.limits)
            return self.model.image_tokens([crop(picture, part.region or salient(picture))])[0]
        return None

    def keep(self, session: str, reading: Reading, ttl_s: float, settings: SearchSettings) -> None:
        """Keep what a source was sent for a session's searches.

        Raises NotFound for no such source, Conflict for one that is off, InvalidRequest without consent or for junk.
        """
        if reading.source not in SOURCES:
            raise NotFound(
                f"There is no source {reading.source[:40]!r}.", field="source", hint=f"One of {', '.join(SOURCES)}."
            )
        source = SOURCES[reading.source]
        if source.name not in settings.context:
            raise Conflict(
                f"{source.name} is off in this shop.", field="source", hint="Put it among the setting 'context'."
            )
        if not source.allowed(reading):
            raise InvalidRequest(
                f"{source.name} needs the shopper's consent.",
                field="consent",
                hint=f"Ask for it, then send {source.consent!r}.",
            )
        source.check(reading.value, field="value")
        self.readings.put(session, reading, ttl_s)


def _text(senses: Senses, part: Input) -> Signal:
    words = str(part.value).strip()
    return Signal(part.type, senses.meaning(words) if words else None, words, part.weight)


def _image(senses: Senses, part: Input) -> Signal:
    if not isinstance(part.value, bytes):
        raise InvalidRequest("An image input carries the picture's bytes.", field="inputs.value")
    picture = decode(part.value, senses.limits)  # even one that the model can't see is refused when it is broken
    if "image" not in senses.model.modalities:
        return Signal(part.type, None, "", part.weight)
    # A photo shows the thing and where it lies: without a region, the whole and its main object speak together.
    views = _views(picture) if part.region is None else [crop(picture, part.region)]
    vector = senses.model.encode_images(views).mean(axis=0)  # (dim,)
    return Signal(part.type, _unit(vector), "", part.weight)


def _views(picture: np.ndarray) -> list[np.ndarray]:
    """The whole, and its main object unless that is too small to recognise."""
    box = salient(picture)
    sides = (box.x1 - box.x0) * picture.shape[1], (box.y1 - box.y0) * picture.shape[0]
    return [picture, crop(picture, box)] if min(sides) >= MIN_SIDE else [picture]


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.maximum(np.linalg.norm(vector), np.float32(1e-12))


def _product(senses: Senses, part: Input) -> Signal:
    identifier = str(part.value)
    if identifier not in senses.products([identifier]):
        raise NotFound(f"There is no product {identifier!r}.", field="inputs.value", hint="It may have been removed.")
    return Signal(part.type, senses.vectors([identifier]).get(identifier), "", part.weight)


def _vector(senses: Senses, part: Input) -> Signal:
    try:
        vector = np.asarray(part.value, dtype=np.float32)
    except (TypeError, ValueError):
        vector = np.zeros(0, np.float32)
    norm = float(np.linalg.norm(vector))
    if vector.shape != (senses.model.dim,) or not np.isfinite(norm) or norm == 0.0:
        raise InvalidRequest(
            f"A vector input has {senses.model.dim} finite numbers, not all zero.",
            field="inputs.value",
            hint=f"This store's model is {senses.model.name}; encode the query with it.",
        )
    return Signal(part.type, vector / np.float32(norm), "", part.weight)


def _audio(senses: Senses, part: Input) -> Signal:
    """Speech as it was understood: the best transcript's words, the mean of what all may have meant, the others beside it."""
    heard = part.value if isinstance(part.value, tuple) else ()
    heard = tuple(one for one in heard if isinstance(one, Transcript))
    if not heard or len(heard) > MAX_TRANSCRIPTS or not all(0 <= one.confidence <= 1 for one in heard):
        raise InvalidRequest(
            f"An audio input carries 1 to {MAX_TRANSCRIPTS} transcripts with words and a confidence from 0 to 1.",
            field="inputs.value",
            hint="Have the sound transcribed first.",
        )
    said = sorted((one for one in heard if one.text.strip()), key=lambda one: -one.confidence)  # the first of equals
    if not said:
        return Signal(part.type, None, "", part.weight, heard[0].confidence)
    best, *others = said
    vector = None
    if "text" in senses.model.modalities:
        vectors = np.stack([senses.encode_text(one.text.strip()) for one in said])  # (transcripts, dim)
        shares = np.array([one.confidence for one in said], np.float32) + np.float32(1e-6)  # (transcripts,)
        vector = _unit(shares @ vectors)  # (dim,)
    return Signal(part.type, vector, best.text.strip(), part.weight, best.confidence, heard=tuple(others))


def _video(senses: Senses, part: Input) -> Signal:
    """A clip's frames as one vector: each frame as a photo is read, and of those that agree with each other more than of a frame that
    shows something else."""
    frames = part.value if isinstance(part.value, tuple) else ()
    frames = tuple(frame for frame in frames if isinstance(frame, bytes))
    if not 1 <= len(frames) <= MAX_FRAMES:
        raise InvalidRequest(
            f"A video input carries 1 to {MAX_FRAMES} frames, each a picture's bytes.",
            field="inputs.value",
            hint="Have frames taken from it first.",
        )
    sees = "image" in senses.model.modalities
    vectors = []
    for frame in frames:  # one by one: a picture takes megabytes once decoded
        picture = decode(frame, senses.limits)  # even one that the model can't see is refused when it is broken
        if sees:
            vectors.append(_unit(senses.model.encode_images(_views(picture)).mean(axis=0)))  # (dim,)
    if not vectors:
        return Signal(part.type, None, "", part.weight)
    rows = np.stack(vectors)  # (frames, dim)
    return Signal(part.type, _unit(agreement(rows) @ rows), "", part.weight)


def _context(senses: Senses, part: Input, occasion: Occasion) -> tuple[Signal, list[str]]:
    """What a source says, or a signal without any say and the reason why."""
    reading = part.value
    if not isinstance(reading, Reading) or reading.source not in SOURCES:
        raise InvalidRequest(
            "There is no such source of context.", field="inputs.source", hint=f"One of {', '.join(SOURCES)}."
        )
    source, name = SOURCES[reading.source], f"context.{reading.source}"
    silent = Signal(part.type, None, "", part.weight, 0.0)
    if source.name not in occasion.settings.context:
        return silent, [f"{name}.off"]
    if not source.allowed(reading):
        return silent, [f"{name}.consent"]
    if reading.value is None:
        kept = senses.readings.latest(occasion.session, source.name) if occasion.session else None
        if kept is None:
            return silent, [f"{name}.nothing"]
        reading = kept
    said = source.say(
        reading.value,
        Surroundings(
            occasion.language,
            senses.clock(),
            senses.meaning,
            senses.vectors,
            lambda: senses.feed.lines(occasion.settings.trend_feed),
        ),
    )
    signal = Signal(part.type, said.vector, said.words, part.weight, said.quality)
    return signal, [f"{name}.{each}" for each in said.missing]


_PERCEIVERS: Mapping[InputType, Callable[[Senses, Input], Signal]] = {
    InputType.TEXT: _text,
    InputType.IMAGE: _image,
    InputType.PRODUCT: _product,
    InputType.VECTOR: _vector,
    InputType.AUDIO: _audio,
    InputType.VIDEO: _video,
}
