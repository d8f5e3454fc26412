"""Sound, clips and photos behind the doors: what a shop makes of them."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import tiny
from media import clip, recording, shots, textured, tone
from PIL import Image

from aisle.app.media import Hearing, Media
from aisle.app.shop import Shop
from aisle.config import Config, SpeechConfig
from aisle.errors import Conflict, InvalidMedia, InvalidRequest
from aisle.perception.sound import RATE, SoundLimits, read_sound
from aisle.speech.base import Listening, Recogniser
from aisle.speech.speaking import speak
from aisle.types import Input, InputType, Query, Transcript


class Counting(Listening):
    """Understands how much it was given."""

    def __init__(self) -> None:
        self.samples = 0

    def _feed(self, samples: np.ndarray) -> None:
        self.samples += len(samples)

    def _partial(self) -> str:
        return f"{self.samples} samples"

    def _finish(self, n: int) -> Iterable[Transcript]:
        return (Transcript(self._partial(), 0.8),)


class Counter(Recogniser):
    name = "counter"
    languages = ("en",)

    def _listen(self, language: str) -> Listening:
        return Counting()


class Ears:
    """Stands for ``Speech``: English only."""

    def __init__(self) -> None:
        self.only = Counter(SpeechConfig())

    def learn(self, phrases: object, *, prepare: bool = False) -> None:
        pass

    def recogniser(self, language: str) -> Recogniser:
        if language != "en":
            raise InvalidRequest("Not understood.", field="language", hint="Type it.")
        return self.only

    def listen(self, language: str) -> Listening:
        return self.recogniser(language).listen(language)

    def transcribe(self, samples: np.ndarray, language: str, n: int = 5) -> tuple[Transcript, ...]:
        return self.recogniser(language).transcribe(samples, language, n)


@pytest.fixture
def media() -> Media:
    return Media(Config(), Ears(), tiny.TinyModel)  # type: ignore[arg-type]


def voice(seconds: float = 1.5) -> np.ndarray:
    """(n,) like a voice: a pitch that glides under changing formants, then silence."""
    time = np.arange(int(seconds * RATE)) / RATE
    pitch = 2 * np.pi * np.cumsum(120 + 30 * np.sin(2 * np.pi * 1.5 * time)) / RATE
    sound = sum(
        np.sin(k * pitch) * np.exp(-((k * 120 - 500 - 300 * np.sin(9 * time)) ** 2) / 1e5) for k in range(1, 20)
    )
    return (0.2 * sound / np.abs(sound).max()).astype(np.float32)


def spoken(seconds: float = 1.5, silence: float = 1.2) -> np.ndarray:
    return np.concatenate([voice(seconds), np.zeros(int(silence * RATE), np.float32)])


def test_a_recording_is_heard(media: Media) -> None:
    heard = media.hear(recording(voice(), "ogg", "libopus"), "en")
    assert (
        heard.text.endswith("samples")
        and heard.recogniser == "counter"
        and heard.seconds == pytest.approx(1.5, abs=0.1)
    )


def test_a_language_nobody_understands_is_told_before_any_work(media: Media) -> None:
    with pytest.raises(InvalidRequest, match="Not understood"):
        media.hear(b"no sound at all", "de")


@pytest.mark.parametrize("kind", ["pcm", "webm"])
def test_a_recording_is_followed(media: Media, kind: str) -> None:
    sound = spoken()
    pcm = kind == "pcm"
    data = (sound * 32767).astype("<i2").tobytes() if pcm else recording(sound, "webm", "libopus")
    step = 8_001 if pcm else len(data) // 10  # half a sample waits for its other half
    hearing = media.listen("en", pcm=pcm)
    ended = [hearing.feed(data[i : i + step]) for i in range(0, len(data), step)]
    assert sum(ended) == 1 and not ended[0]
    assert hearing.partial().endswith("samples")
    (transcript,) = hearing.finish()
    assert int(transcript.text.split()[0]) == pytest.approx(len(sound), rel=0.02)
    assert hearing.seconds == pytest.approx(len(sound) / RATE, rel=0.02)
    hearing.close()


def test_nobody_spoke(media: Media) -> None:
    hearing = media.listen("en", pcm=True)
    hearing.feed(bytes(2 * RATE))
    with pytest.raises(InvalidMedia, match="No speech"):
        hearing.finish()


def test_a_recording_that_is_none(media: Media) -> None:
    hearing = media.listen("en", pcm=False)
    assert not hearing.feed(b"\0" * 5000)  # its head may still come
    with pytest.raises(InvalidMedia):
        hearing.finish()


def test_a_recording_without_end() -> None:
    hearing = Hearing(Counting(), SoundLimits(max_bytes=1000), pcm=True)
    with pytest.raises(InvalidMedia, match="too large"):
        hearing.feed(bytes(1001))


def test_a_clip_and_what_is_said_in_it(media: Media) -> None:
    data = clip(shots(1, 2, frames=18), sound=spoken(1.5, 1.5))
    watched = media.frames(data)
    assert watched.has_sound and len(watched.frames) >= 2 and watched.best < len(watched.frames)
    assert all(0 <= each.region.x0 < each.region.x1 <= 1 for seen in watched.frames for each in seen.objects)
    assert media.said_in(data, "en")[0].text.endswith("samples")
    assert media.said_in(data, "de") == ()
    assert media.said_in(clip(shots(1)), "en") == ()


def test_the_best_frame_is_like_the_others(media: Media) -> None:
    """Something else is shown for a moment, and more sharply."""
    shown = [np.full((240, 320, 3), (200, 30, 30), np.uint8) + textured(3) // 12 for _ in range(3)]
    shown = [np.clip(each.astype(int) + 12 * i, 0, 255).astype(np.uint8) for i, each in enumerate(shown)]
    other = textured(9)
    watched = media.frames(clip([*[other] * 12, *[shown[0]] * 12, *[np.roll(shown[2], 60, 1)[::-1]] * 12]))
    assert watched.frames[watched.best].frame.time_s > 0.9


def test_things_in_a_photo(media: Media) -> None:
    found = media.objects(tiny.picture("red"))
    assert all(0 <= each.confidence <= 1 for each in found)
    with pytest.raises(InvalidMedia):
        media.objects(tone(1.0).tobytes())


def test_a_picture_to_show(media: Media) -> None:
    sent, turned = io.BytesIO(), Image.Exif()
    turned[0x0112] = 6  # orientation: to be turned by a quarter
    Image.new("RGB", (2048, 1024), "red").save(sent, "JPEG", exif=turned)
    with Image.open(io.BytesIO(media.picture(sent.getvalue()))) as picture:
        assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (512, 1024), {})
    heic = (Path(__file__).with_name("golden") / "photo.heic").read_bytes()
    assert media.picture(heic).startswith(b"\xff\xd8")


def test_what_is_said_in_a_shop(tmp_path: Path) -> None:
    rows = [
        {
            "id": "1",
            "title": "Linen dress",
            "title_zh": "亚麻连衣裙",
            "type": "Dresses",
            "type_zh": "连衣裙",
            "color": "Teal",
        },
        {"id": "2", "title": "Trail shoes", "type": "Shoes", "brand": "Corvex", "price": 10.0},
    ]
    with Shop.open("shop", tmp_path / "store") as shop:
        shop.put_products(rows)
        for session in ("one", "two", "three"):
            shop.search(Query((Input(InputType.TEXT, "trail shoes"),), session=session))
        shop.search(Query((Input(InputType.TEXT, "linen dress for me"),), session="one"))
        shop._log.write()
        said = shop._said()
    assert {"Linen dress", "Dresses", "Teal", "Corvex", "Teal Dresses"} <= set(said["en"])
    assert "linen dress for me" not in said["en"]  # only one has asked for it
    assert {"亚麻连衣裙", "连衣裙"} <= set(said["zh"]) and not any("10" in phrase for phrase in said["en"])


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng isn't installed")
def test_reading_aloud() -> None:
    spoken = speak("Red dress", "en", SpeechConfig(synthesiser="espeak-ng"))
    assert 0.5 < len(read_sound(spoken)) / RATE < 3
    assert speak("--help", "zh", SpeechConfig(synthesiser="espeak-ng"))[:4] == b"RIFF"
    with pytest.raises(InvalidRequest, match="no voice"):
        speak("Red dress", "xx", SpeechConfig(synthesiser="espeak-ng"))


def test_nothing_reads_aloud() -> None:
    for synthesiser in ("", "/no/such/program"):
        with pytest.raises(Conflict):
            speak("Red dress", "en", SpeechConfig(synthesiser=synthesiser))
