"""Recordings in every kind that people send become the same samples; everything else is refused in time."""

from __future__ import annotations

import io
import time
import wave
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from media import clip, recording, shots, tone

from aisle.errors import InvalidMedia
from aisle.perception.sound import RATE, SoundLimits, read_here, read_sound

KINDS = [
    ("wav", "pcm_s16le", 16_000),
    ("wav", "pcm_s16le", 44_100),
    ("wav", "pcm_f32le", 8_000),
    ("flac", "flac", 22_050),
    ("mp3", "libmp3lame", 44_100),
    ("ogg", "libopus", 48_000),
    ("webm", "libopus", 48_000),
    ("mp4", "aac", 44_100),
    ("ipod", "aac", 48_000),
    ("adts", "aac", 44_100),
]


@pytest.mark.parametrize(("kind", "codec", "rate"), KINDS)
def test_kinds(kind: str, codec: str, rate: int) -> None:
    samples = read_here(recording(tone(1.0, 440, rate), kind, codec, rate), SoundLimits())
    assert samples.dtype == np.float32 and abs(len(samples) / RATE - 1.0) < 0.12
    middle = samples[len(samples) // 4 : 3 * len(samples) // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert abs(spectrum.argmax() * RATE / len(middle) - 440) < 4
    assert 0.3 < np.abs(middle).max() < 0.7


def test_channels_become_one() -> None:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(16_000)
        both = np.stack([tone(0.5), tone(0.5)], 1)
        file.writeframes((both * 32767).astype("<i2").tobytes())
    assert len(read_sound(out.getvalue())) == 8_000


def test_the_sound_of_a_clip() -> None:
    assert 0.9 < len(read_here(clip(shots(1), sound=tone(1.0)), SoundLimits())) / RATE < 1.2
    with pytest.raises(InvalidMedia, match="no sound in it"):
        read_here(clip(shots(1)), SoundLimits())


def test_a_recording_that_is_being_made() -> None:
    data = recording(tone(2.0), "webm", "libopus")
    heard = [len(read_here(data[: len(data) * share // 10], SoundLimits(), growing=True)) for share in (3, 6, 10)]
    assert 0 < heard[0] < heard[1] < heard[2]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b"\0" * 5000, "no kind of sound"),
        (b"<html><body>hello</body></html>", "no kind of sound"),
        (b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1/secret\n", "no kind of sound"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "no kind of sound"),
        (b"RIFF\x24\0\0\0WAVE" + b"\0" * 40, "broken"),
        (b"OggS" + b"\xff" * 500, "broken"),
    ],
)
def test_what_is_no_recording(data: bytes, what: str) -> None:
    with pytest.raises(InvalidMedia, match=what) as told:
        read_sound(data)
    assert told.value.field == "sound" and told.value.hint


def test_half_a_file() -> None:
    for kind, codec in (("wav", "pcm_s16le"), ("mp4", "aac"), ("flac", "flac")):
        data = recording(tone(2.0), kind, codec)
        with pytest.raises(InvalidMedia, match="cut off"):
            read_here(data[: len(data) // 2], SoundLimits())


def test_too_long_and_too_large() -> None:
    with pytest.raises(InvalidMedia, match="longer than 2 s"):
        read_here(recording(tone(4.0), "webm", "libopus"), SoundLimits(max_seconds=2))
    with pytest.raises(InvalidMedia, match="at most 100"):
        read_sound(b"\0" * 101, SoundLimits(max_bytes=100))
    with pytest.raises(InvalidMedia, match="too short"):
        read_here(recording(tone(0.05)), SoundLimits())


def test_three_hours_are_refused_at_once() -> None:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(4_000)
        file.writeframes(b"\x80" * (3 * 3600 * 400))
    data = bytearray(out.getvalue())
    data[24:28] = (400).to_bytes(4, "little")  # 400 samples a second: three hours in four megabytes
    started = time.perf_counter()
    with pytest.raises(InvalidMedia, match="longer than 60 s"):
        read_sound(bytes(data))
    assert time.perf_counter() - started < 300


def test_a_zip_bomb_by_another_name() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("bomb", b"\0" * 10_000_000)
    with pytest.raises(InvalidMedia, match="no kind of sound"):
        read_sound(out.getvalue())


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(KINDS[3:8]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_changed_bytes(kind: tuple[str, str, int], changes: list[tuple[float, int]]) -> None:
    data = bytearray(recording(tone(0.3, rate=kind[2]), *kind))
    for place, value in changes:
        data[int(place * len(data))] = value
    try:
        samples = read_sound(bytes(data))
    except InvalidMedia as error:
        assert error.hint
    else:
        assert samples.ndim == 1 and np.isfinite(samples).all() and np.abs(samples).max(initial=0) <= 1
