"""Clips become a few sharp frames that differ; hostile ones are refused in time."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from media import blurred, clip, recording, shots, textured, tone

from aisle.errors import InvalidMedia
from aisle.perception import video
from aisle.perception.image import decode
from aisle.perception.video import ClipLimits, KeyFrame, agreement, read_clip, read_here, sharpness


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames are never left out for want of time in this process, however busy the machine is."""
    monkeypatch.setattr(video, "DECODING_S", 600.0)


def shown(frame: KeyFrame, *pictures: np.ndarray) -> int:
    """Which of some pictures a frame shows."""
    seen = decode(frame.picture).astype(float)
    return min(range(len(pictures)), key=lambda i: np.abs(seen - pictures[i]).mean())


@pytest.mark.parametrize(
    ("kind", "codec"), [("mp4", "libx264"), ("webm", "libvpx"), ("matroska", "libvpx-vp9"), ("avi", "mpeg4")]
)
def test_each_shot_is_shown_once(kind: str, codec: str) -> None:
    clip_ = read_here(clip([textured(seed) for seed in (1, 2, 3) for _ in range(12)], kind, codec), ClipLimits())
    assert [shown(frame, *map(textured, (1, 2, 3))) for frame in clip_.frames] == [0, 1, 2]
    assert clip_.seconds == pytest.approx(3.0, abs=0.2) and not clip_.has_sound
    assert [frame.time_s for frame in clip_.frames] == sorted(frame.time_s for frame in clip_.frames)


def test_sharp_frames_are_chosen() -> None:
    one = textured(5)
    frames = [blurred(one, 2 * abs(6 - i) + 1) for i in range(12)]
    found = read_here(clip(frames), ClipLimits())
    assert len(found.frames) == 1
    assert found.frames[0].time_s == pytest.approx(0.5, abs=0.1)
    assert sharpness(one) > sharpness(blurred(one))


def test_at_most_so_many() -> None:
    data = clip(shots(*range(20), frames=6))
    assert len(read_here(data, ClipLimits()).frames) == 8
    found = read_here(data, ClipLimits(max_frames=3))
    assert len(found.frames) == 3


def test_frames_that_agree_count_more() -> None:
    same, other = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    shares = agreement(np.stack([same, same, other]))
    assert shares.sum() == pytest.approx(1.0) and shares[0] == shares[1] > 10 * shares[2]
    assert agreement(same[None]).tolist() == [1.0]


def test_sound_is_noticed() -> None:
    assert read_clip(clip(shots(1), sound=tone(1.0))).has_sound


def test_a_turned_clip_stands_upright() -> None:
    """A telephone held upright records lying frames and says how to turn them."""
    data = bytearray(clip(shots(1)))
    place = data.index(b"tkhd") + 4 + 40  # version and flags, times, id, duration, layer, volume: then the matrix
    quarter = [0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000]
    data[place : place + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in quarter)
    upright = decode(read_here(bytes(data), ClipLimits()).frames[0].picture).astype(float)
    assert upright.shape[:2] == (320, 240)
    lying = textured(1).astype(float)
    likeness = [np.abs(upright - np.rot90(lying, turns)).mean() for turns in (1, 3)]
    assert likeness[1] < likeness[0]  # 90 degrees clockwise


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b"PK\x03\x04" + b"\0" * 100, "no kind of video"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 100, "a picture, not a video"),
        (b"\0\0\0\x18ftypmp42" + b"\0" * 100, "broken"),
        (recording(tone(1.0), "mp4", "aac"), "no picture in it"),
    ],
)
def test_what_is_no_clip(data: bytes, what: str) -> None:
    with pytest.raises(InvalidMedia, match=what) as told:
        read_clip(data)
    assert told.value.field == "video" and told.value.hint


def test_limits() -> None:
    data = clip(shots(1, 2, 3))
    with pytest.raises(InvalidMedia, match="longer than 1 s"):
        read_here(data, ClipLimits(max_seconds=1))
    with pytest.raises(InvalidMedia, match="320 × 240"):
        read_here(data, ClipLimits(max_pixels=10_000))
    with pytest.raises(InvalidMedia, match="at most 100"):
        read_clip(data, ClipLimits(max_bytes=100))
    with pytest.raises(InvalidMedia, match="broken or cut off"):
        read_here(data[: len(data) // 2], ClipLimits())


def test_a_huge_frame_is_never_decoded() -> None:
    """16,384 × 16,384 in a small file."""
    data = bytearray(clip(shots(1), "avi", "mjpeg"))
    place = -1
    while (place := data.find(b"\xff\xc0\x00\x11", place + 1)) >= 0:  # each frame's own header: height, width
        data[place + 5 : place + 9] = b"\x40\x00\x40\x00"
    started = time.perf_counter()
    with pytest.raises(InvalidMedia, match=r"16384|broken"):
        read_clip(bytes(data))
    assert time.perf_counter() - started < 300


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.booleans(),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_changed_bytes(webm: bool, changes: list[tuple[float, int]]) -> None:
    data = bytearray(WEBM if webm else MP4)
    for place, value in changes:
        data[int(place * len(data))] = value
    try:
        found = read_clip(bytes(data))
    except InvalidMedia as error:
        assert error.hint
    else:
        assert 1 <= len(found.frames) <= 8 and all(decode(frame.picture).ndim == 3 for frame in found.frames)


MP4 = clip(shots(1, 2, frames=4))
WEBM = clip(shots(1, 2, frames=4), "webm", "libvpx")
