"""Sound, clips and photos at the API's doors, over a fake shop: what each answers when asked well, and when asked badly."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from anyio import CapacityLimiter
from fake_shop import FakeApp, FakeShop, fake_app
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketTestSession

from aisle.types import InputType, Transcript
from aisle.web.api.examples import CLIP, PICTURE, SPEECH
from aisle.web.server import create_app

SOUND = base64.b64decode(SPEECH.partition(",")[2])
START = {"type": "start", "format": "container", "language": "en"}


@pytest.fixture
def app(tmp_path: Path) -> FakeApp:
    return fake_app(tmp_path, shops=("default", "outlet"))


@pytest.fixture
def shop(app: FakeApp) -> FakeShop:
    return app.shops["default"]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(
        fake_app(tmp_path_factory.mktemp("media")), fetch_media=lambda url, most, kind: f"{kind} {most}".encode()
    )


@pytest.fixture
def client(web: FastAPI, app: FakeApp) -> TestClient:
    web.state.doors = replace(web.state.doors, app=app, voices=CapacityLimiter(2))
    return TestClient(web, base_url="http://localhost")


# Recordings


@pytest.mark.parametrize("kind", ["form", "data URL", "URL"])
def test_a_recording_is_transcribed(client: TestClient, shop: FakeShop, kind: str) -> None:
    match kind:
        case "form":
            files = {"file": ("speech.webm", SOUND, "audio/webm")}
            answer = client.post(
                "/v1/audio/transcriptions", files=files, data={"language": "en-GB", "model": "whisper-1"}
            )
        case "data URL":
            answer = client.post("/v1/audio/transcriptions", json={"value": SPEECH})
        case _:
            answer = client.post("/v1/audio/transcriptions", json={"value": "https://example.com/speech.ogg"})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "text": "red dress",
        "language": "en",
        "transcripts": [{"text": "red dress", "confidence": 0.8}, {"text": "bread dress", "confidence": 0.1}],
        "seconds": 1.2,
        "recogniser": "fake",
    }
    assert shop.media.heard == [(len(b"audio 26214400") if kind == "URL" else len(SOUND), "en")]


def test_the_answer_has_the_shape_that_was_asked_for(client: TestClient) -> None:
    def sent(shape: str) -> Any:
        return client.post("/v1/audio/transcriptions", json={"value": SPEECH, "response_format": shape})

    assert sent("json").json() == {"text": "red dress"}
    assert sent("text").text == "red dress\n"
    assert sent("srt").status_code == 422


@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        ({"files": {"sound": ("a.wav", SOUND)}}, 422, "file"),
        ({"files": {"file": ("a.wav", b"")}}, 422, "file"),
        ({"files": {"file": ("a.wav", SOUND)}, "data": {"speed": "2"}}, 422, "speed"),
        ({"json": {}}, 422, "file"),
        ({"json": {"value": "hello"}}, 422, "value"),
        ({"json": {"value": SPEECH, "language": "de"}}, 422, "language"),
        ({"content": b"abc", "headers": {"Content-Type": "audio/wav"}}, 415, "Content-Type"),
    ],
)
def test_what_is_wrong_with_a_recording_is_said(
    client: TestClient, asked: dict[str, Any], status: int, field: str
) -> None:
    answer = client.post("/v1/audio/transcriptions", **asked)
    error = answer.json()["error"]
    assert (answer.status_code, error["field"]) == (status, field) and error["hint"]


def test_a_recording_is_part_of_a_search(client: TestClient, shop: FakeShop) -> None:
    answer = client.post("/v1/search", json={"inputs": [{"type": "audio", "value": SPEECH}], "locale": "en-US"})
    assert answer.status_code == 200, answer.text
    (part,) = shop.asked[-1].inputs
    assert part.type is InputType.AUDIO
    assert part.value == (Transcript("red dress", 0.8), Transcript("bread dress", 0.1))
    refused = client.post("/v1/search", json={"inputs": [{"type": "audio", "value": SPEECH}], "locale": "fr"})
    assert refused.json()["error"]["field"] == "inputs.0.value"


def test_words_are_read_aloud(client: TestClient) -> None:
    answer = client.post("/v1/audio/speech", json={"input": "Blue dress", "voice": "alloy"})
    assert answer.content == b"RIFFBlue dress" and answer.headers["content-type"] == "audio/wav"
    assert client.post("/v1/audio/speech", json={"input": "x" * 1001}).status_code == 422


# Clips and photos


def test_a_clip_becomes_frames(client: TestClient) -> None:
    answer = client.post("/v1/video/frames", files={"file": ("a.mp4", base64.b64decode(CLIP.partition(",")[2]))})
    told = answer.json()
    assert [frame["time_s"] for frame in told["frames"]] == [0.0, 1.0] and told["best"] == 1
    assert told["frames"][0]["image"].startswith("data:image/jpeg;base64,")
    assert told["frames"][0]["objects"] == [{"region": [0.1, 0.1, 0.9, 0.9], "confidence": 0.9}]


def test_a_clip_is_followed_by_its_stages(client: TestClient) -> None:
    answer = client.post("/v1/video/frames", json={"value": CLIP}, headers={"Accept": "text/event-stream"})
    names = [line.removeprefix("event: ") for line in answer.text.splitlines() if line.startswith("event: ")]
    assert names == ["stage", "stage", "result"]
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_a_clip_is_part_of_a_search(client: TestClient, shop: FakeShop) -> None:
    form = {"query": (None, '{"inputs": [{"type": "video", "value": "part:clip"}]}'), "clip": ("a.mp4", b"clip")}
    assert client.post("/v1/search", files=form).status_code == 200
    (part,) = shop.asked[-1].inputs
    assert part.type is InputType.VIDEO and isinstance(part.value, tuple) and len(part.value) == 2


def test_things_in_a_photo(client: TestClient) -> None:
    answer = client.post("/v1/objects", json={"value": PICTURE})
    assert answer.json() == {"objects": [{"region": [0.1, 0.1, 0.9, 0.9], "confidence": 0.9}]}


def test_a_picture_is_made_small(client: TestClient) -> None:
    answer = client.post("/v1/pictures", json={"value": PICTURE})
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content.startswith(b"small ") and answer.headers["cache-control"] == "no-store"
    linked = client.post("/v1/pictures", json={"value": "https://shop.example/red.jpg"})
    assert linked.content == b"small imag"
    big = b"x" * (33 << 20)
    assert client.post("/v1/pictures", files={"file": ("a.jpg", big)}).status_code == 413


def test_only_clips_may_be_larger_than_other_bodies(client: TestClient, web: FastAPI) -> None:
    big = b"x" * (33 << 20)
    assert client.post("/v1/video/frames", files={"file": ("a.mp4", big)}).status_code == 200
    assert client.post("/v1/objects", files={"file": ("a.jpg", big)}).status_code == 413


# Speech while it is spoken


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """The server learns of a client that has left in its own time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def talk(socket: WebSocketTestSession, *chunks: bytes) -> list[dict[str, Any]]:
    """All that is told until the end, after sending these."""
    for chunk in chunks:
        socket.send_bytes(chunk)
    socket.send_json({"type": "end"})
    told = [socket.receive_json()]
    while told[-1]["type"] not in ("final", "error"):
        told.append(socket.receive_json())
    return told


def test_speech_is_followed(client: TestClient, shop: FakeShop) -> None:
    with client.websocket_connect("ws://localhost/v1/audio/stream") as socket:
        socket.send_json(START)
        told = talk(socket, b"red", b" dress", b".")
    assert told == [
        {"type": "partial", "text": "red"},
        {"type": "partial", "text": "red dress"},
        {"type": "partial", "text": "red dress."},
        {"type": "end_of_speech"},
        {
            "type": "final",
            "text": "red dress.",
            "language": "en",
            "transcripts": [{"text": "red dress.", "confidence": 0.9}],
            "seconds": 10.0,
        },
    ]
    assert shop.media.hearings[-1].closed


def test_nothing_said(client: TestClient, shop: FakeShop) -> None:
    with client.websocket_connect("ws://localhost/shops/outlet/v1/audio/stream") as socket:
        socket.send_json(START)
        (told,) = talk(socket)
        assert told["error"]["code"] == "invalid_media" and told["error"]["hint"]
        assert socket.receive()["code"] == 1008


@pytest.mark.parametrize(
    ("start", "field"),
    [
        ({"type": "start", "language": "de"}, "language"),
        ({"type": "start", "format": "mp3"}, "format"),
        ({"type": "start", "format": "pcm16", "rate": 44_100}, "rate"),
        ({"type": "begin"}, "type"),
        ([], None),
    ],
)
def test_a_bad_start(client: TestClient, start: Any, field: str | None) -> None:
    with client.websocket_connect("ws://localhost/v1/audio/stream") as socket:
        socket.send_json(start)
        told = socket.receive_json()
        assert told["type"] == "error" and told["error"]["hint"]
        assert field is None or told["error"]["field"] == field


def test_a_strange_page_may_not_listen(client: TestClient) -> None:
    with client.websocket_connect(
        "ws://localhost/v1/audio/stream", headers={"Origin": "https://elsewhere.example"}
    ) as socket:
        assert socket.receive_json()["error"]["code"] == "forbidden"
    with client.websocket_connect("ws://localhost/v1/audio/stream", headers={"X-API-Key": "wrong"}) as socket:
        assert socket.receive_json()["error"]["code"] == "unauthorized"
    with client.websocket_connect("ws://localhost/shops/none/v1/audio/stream") as socket:
        assert socket.receive_json()["error"]["code"] == "not_found"


def test_who_leaves_is_forgotten(client: TestClient, shop: FakeShop, web: FastAPI) -> None:
    with client.websocket_connect("ws://localhost/v1/audio/stream") as socket:
        socket.send_json(START)
        socket.send_bytes(b"red")
        socket.receive_json()
    until(lambda: shop.media.hearings[-1].closed and web.state.doors.voices.borrowed_tokens == 0)


def test_so_many_voices_and_no_more(client: TestClient) -> None:
    with (
        client.websocket_connect("ws://localhost/v1/audio/stream") as one,
        client.websocket_connect("ws://localhost/v1/audio/stream") as two,
    ):
        for socket in (one, two):
            socket.send_json(START)
            socket.send_bytes(b"red")
            socket.receive_json()
        with client.websocket_connect("ws://localhost/v1/audio/stream") as three:
            assert three.receive_json()["error"]["code"] == "rate_limited"
    with client.websocket_connect("ws://localhost/v1/audio/stream") as again:
        again.send_json(START)
        assert talk(again, b"red")[-1]["type"] == "final"
