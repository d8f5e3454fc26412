"""Sound, clips and photos as they come, made into what a query is made of: transcripts, frames, regions. Nothing is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from aisle.config import Config
from aisle.errors import InvalidMedia, InvalidRequest
from aisle.models.runtime import Model
from aisle.perception.image import Limits, decode, encode_jpeg
from aisle.perception.objects import Detector, Proposal, opened, propose
from aisle.perception.sound import RATE, SoundLimits, read_sound
from aisle.perception.video import Clip, ClipLimits, KeyFrame, agreement, read_clip
from aisle.speech.base import Listening, Phrases, no_speech
from aisle.speech.endpoint import Endpointer
from aisle.speech.speaking import speak
from aisle.speech.speech import Speech
from aisle.types import Transcript

DECODED_S = 0.25
"""Seconds of a growing recording that come together before it is decoded again."""
HELD_BACK = RATE // 50
"""Samples at the end of a growing recording that may still change: the decoder hasn't seen what follows."""
SHOWN = 1024
"""Pixels of the longer side of a picture that a page shows."""
BYTES_A_SECOND = 4_000
"""A guess, on the low side, at what browsers record."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said: the likeliest first; ``seconds`` of sound, and who understood it."""

    transcripts: tuple[Transcript, ...]
    language: str
    seconds: float
    recogniser: str

    @property
    def text(self) -> str:
        return self.transcripts[0].text if self.transcripts else ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A key frame of a clip, and the things in it."""

    frame: KeyFrame
    objects: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """A clip: its key frames in order, the place of the best, how long it is, and whether it has a sound track."""

    frames: tuple[Seen, ...]
    best: int
    seconds: float
    has_sound: bool


class Media:
    """What a shop makes of media. Raises InvalidMedia for what is broken, hostile or too large, InvalidRequest for speech in a
    language that nobody here understands."""

    def __init__(
        self,
        config: Config,
        speech: Speech,
        model: Callable[[], Model],
        said: Callable[[], Mapping[str, Phrases]] = dict,
    ) -> None:
        """``model`` is what the shop searches with at the moment: it tells which frames of a clip show the same thing; ``said`` what is
        said in the shop, by language."""
        self._speech = speech
        self._model = model
        self._said = said
        self._learning = threading.Lock()
        self._learned = False
        self._pictures = Limits(config.max_image_bytes, config.max_image_pixels)
        self._sounds = SoundLimits(config.max_audio_bytes)
        self._clips = ClipLimits(config.max_video_bytes)
        self._detector_name = config.detector

    @property
    def _detector(self) -> Detector:
        return opened(self._detector_name)

    @property
    def speech(self) -> Speech:
        """Who understands speech here; knows the shop's words."""
        with self._learning:
            if not self._learned:
                self._speech.learn(self._said())
                self._learned = True
        return self._speech

    def learn(self) -> None:
        """Know the shop's words as they are now. Takes seconds for a large catalog; who listens meanwhile goes on as before."""
        self._speech.learn(self._said(), prepare=True)
        with self._learning:
            self._learned = True

    def hear(self, data: bytes, language: str) -> Heard:
        """What is said in a recording."""
        recogniser = self.speech.recogniser(language)  # before any work: who can't be understood is told at once
        sound = read_sound(data, self._sounds)
        transcripts = self.speech.transcribe(sound, language)
        return Heard(transcripts, language, round(len(sound) / RATE, 2), recogniser.name)

    def listen(self, language: str, *, pcm: bool) -> Hearing:
        """Follow a recording while it is made: samples (``pcm``: 16 bits, little-endian, 16 kHz, mono) or a file that grows."""
        return Hearing(self.speech.listen(language), self._sounds, pcm=pcm)

    def speak(self, text: str, language: str) -> bytes:
        """A WAV file of a text read aloud. Raises Conflict where this shop doesn't."""
        return speak(text, language, self._speech.config)

    def frames(self, data: bytes) -> Watched:
        """Key frames of a clip and the things in them; the best is the one that is most like all of them, or the sharpest where the
        shop's model doesn't see."""
        clip = read_clip(data, self._clips)
        pictures = [decode(frame.picture, self._pictures) for frame in clip.frames]
        found = (propose(picture, detector=self._detector) for picture in pictures)
        worth = np.array([frame.sharpness for frame in clip.frames])  # (frames,)
        model = self._model()
        if "image" in model.modalities:
            worth = agreement(model.encode_images(pictures))
        seen = tuple(Seen(*each) for each in zip(clip.frames, found, strict=True))
        return Watched(seen, int(worth.argmax()), clip.seconds, clip.has_sound)

    def said_in(self, data: bytes, language: str) -> tuple[Transcript, ...]:
        """What is said in a clip; nothing where it is silent or nobody understands it."""
        try:
            limits = SoundLimits(self._clips.max_bytes, self._clips.max_seconds)
            return self.speech.transcribe(read_sound(data, limits), language)
        except (InvalidMedia, InvalidRequest):
            return ()

    def clip(self, data: bytes) -> Clip:
        """Key frames of a clip alone."""
        return read_clip(data, self._clips)

    def objects(self, data: bytes) -> tuple[Proposal, ...]:
        """The things in a photo, the surest first."""
        return propose(decode(data, self._pictures), detector=self._detector)

    def picture(self, data: bytes) -> bytes:
        """A picture as a page shows it: a small JPEG, upright, without metadata."""
        return encode_jpeg(decode(data, self._pictures), SHOWN)


class Hearing:
    """One utterance while it is recorded. Used by one thread at a time; closed when it is over."""

    def __init__(self, listening: Listening, limits: SoundLimits, *, pcm: bool) -> None:
        self._listening = listening
        self._limits = limits
        self._pcm = pcm
        self._ends = Endpointer()
        self._data = bytearray()
        self._waiting = 0
        self._given = 0
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float:
        """Of sound so far."""
        return round(self._given / RATE, 2)

    def feed(self, chunk: bytes) -> bool:
        """Take what has been recorded since; whether speech has ended with it. Raises InvalidMedia."""
        with self._lock:
            if len(self._data) + len(chunk) > self._limits.max_bytes:
                raise InvalidMedia("The recording is too large.", field="audio", hint="Say it in fewer words.")
            self._data += chunk
            self._waiting += len(chunk)
            if self._pcm:
                return self._take(self._samples())
            if self._waiting < DECODED_S * BYTES_A_SECOND:
                return False
            self._waiting = 0
            try:
                sound = read_sound(bytes(self._data), self._limits, growing=True)
            except InvalidMedia:
                return False  # its head isn't whole yet; what is truly broken is said at the end
            return self._take(sound[self._given : max(self._given, len(sound) - HELD_BACK)])

    def partial(self) -> str:
        """What it sounds like so far."""
        return self._listening.partial()

    def finish(self) -> tuple[Transcript, ...]:
        """What was said, the likeliest first. Raises InvalidMedia where nobody spoke."""
        with self._lock:
            if not self._pcm and self._data:
                self._take(read_sound(bytes(self._data), self._limits, growing=True)[self._given :])
            if not self._ends.spoken:
                raise no_speech()
            return self._listening.finish()

    def close(self) -> None:
        self._listening.close()
        self._data.clear()

    def _samples(self) -> np.ndarray:
        """(n,) of the raw samples that came and weren't heard yet; half a sample waits for its other half."""
        whole = len(self._data) // 2 * 2
        samples = np.frombuffer(bytes(self._data[2 * self._given : whole]), "<i2").astype(np.float32) / 32768
        return samples

    def _take(self, samples: np.ndarray) -> bool:
        self._given += len(samples)
        if not len(samples):
            return False
        self._listening.feed(samples)
        return self._ends.feed(samples)
