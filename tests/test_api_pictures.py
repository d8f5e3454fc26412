"""Pictures in searches (data URLs, forms, URLs that may not be fetched) and searches as streams of events."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fake_shop import FakeApp, fake_app
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.errors import AisleError, FetchRefused, InvalidRequest
from aisle.types import Query
from aisle.web.api.examples import PICTURE
from aisle.web.api.queries import decode_data_url
from aisle.web.server import PICTURES, create_app

DATA = base64.b64decode(PICTURE.partition(",")[2])
EVENTS = {"Accept": "text/event-stream"}


@pytest.fixture
def app(tmp_path: Path) -> FakeApp:
    return fake_app(tmp_path, max_image_bytes=2000)


def fetch(url: str, max_bytes: int, kind: str) -> bytes:
    if "refused" in url:
        raise FetchRefused("The address is inside the network.", hint="Give a public URL.")
    return DATA


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """Made once, since that takes longer than most tests; each test puts its own shops behind it."""
    return create_app(fake_app(tmp_path_factory.mktemp("media")), fetch_media=fetch)


@pytest.fixture
def client(web: FastAPI, app: FakeApp) -> TestClient:
    web.state.doors = replace(web.state.doors, app=app)
    return TestClient(web, base_url="http://localhost")


def pictures(*values: str) -> dict[str, Any]:
    return {"inputs": [{"type": "image", "value": value} for value in values]}


def form(query: Any, **files: bytes) -> dict[str, Any]:
    return {
        "query": (None, query if isinstance(query, str) else json.dumps(query)),
        **{name: (f"{name}.png", data, "image/png") for name, data in files.items()},
    }


@pytest.mark.parametrize(
    "value",
    [
        PICTURE,
        "part:photo",
        "https://shop.example/a.png",
        "HTTP://shop.example/a.png",
        PICTURE.replace("data:image/png", "data:"),
    ],
)
def test_a_picture_reaches_the_engine_as_bytes(client: TestClient, app: FakeApp, value: str) -> None:
    answer = client.post("/v1/search", files=form(pictures(value), photo=DATA))
    assert answer.status_code == 200, answer.text
    assert app.shops["default"].asked[0].inputs[0].value == DATA


def test_a_form_may_bring_its_query_as_a_file(client: TestClient) -> None:
    files = {"query": ("query.json", b'{"limit": 1}', "application/json")}
    assert len(client.post("/v1/search", files=files).json()["hits"]) == 1


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "invalid_request"),
        ("photo.jpg", "invalid_request"),
        ("/etc/passwd", "invalid_request"),
        ("file:///etc/passwd", "invalid_request"),
        ("ftp://shop.example/a.png", "invalid_request"),
        ("data:image/png,plain", "invalid_request"),
        ("data:image/png;base64", "invalid_request"),
        ("data:image/png;base64,", "invalid_media"),
        ("data:image/png;base64,AAA", "invalid_request"),
        ("data:image/png;base64,AA AA", "invalid_request"),
        ("data:image/png;base64,@@@@", "invalid_request"),
        ("data:" + "x" * 5000 + ";base64,AAAA", "invalid_request"),
        ("data:image/png;base64," + "A" * 4000, "too_large"),
        ("part:other", "invalid_request"),
        ("part:", "invalid_request"),
        ("https://refused.example/a.png", "fetch_refused"),
    ],
)
def test_a_bad_picture_names_its_input(client: TestClient, value: str, code: str) -> None:
    answer = client.post("/v1/search", files=form(pictures(PICTURE, value), photo=DATA))
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == (code, "inputs.1.value")
    assert error["hint"]


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({"photo": ("a.png", DATA)}, 422),
        (form("{"), 400),
        (form(pictures("part:big"), big=b"x" * 2001), 413),
        ([("query", (None, "{}")), ("a", ("a", b"1")), ("a", ("a", b"2"))], 422),
        ([("query", (None, "{}")), *((f"f{i}", (f"f{i}", b"1")) for i in range(17))], 400),
    ],
)
def test_a_bad_form_is_refused(client: TestClient, files: Any, status: int) -> None:
    answer = client.post("/v1/search", files=files)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message", "field", "hint"}


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x"]
)
@pytest.mark.parametrize(
    "content", [b"", b"--x", b"garbage", b'--x\r\nContent-Disposition: form-data; name="query"\r\n\r\n{}']
)
def test_a_broken_form_is_refused(client: TestClient, kind: str, content: bytes) -> None:
    answer = client.post("/v1/search", content=content, headers={"Content-Type": kind})
    assert answer.status_code in (400, 422)
    assert set(answer.json()["error"]) == {"code", "message", "field", "hint"}


@given(st.text(max_size=200).map(lambda text: f"data:{text}"))
@settings(max_examples=200)
def test_any_data_url_is_read_or_refused(value: str) -> None:
    try:
        decode_data_url(value, "field")
    except InvalidRequest as error:
        assert error.field == "field" and error.hint


@given(st.binary(max_size=500), st.sampled_from(["image/jpeg", "", "image/png;name=a"]))
@settings(max_examples=100)
def test_data_urls_bring_their_bytes(data: bytes, kind: str) -> None:
    assert decode_data_url(f"data:{kind};base64,{base64.b64encode(data).decode()}", "field") == data


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a.png",
        "http://localhost:8000/a.png",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.1.2.3/a.png",
        "http://[::1]/a.png",
        "http://[::ffff:127.0.0.1]/a.png",
        "http://0x7f000001/a.png",
        "http://2130706433/a.png",
        "http://0/a.png",
        "https://user@127.0.0.1/a.png",
    ],
)
def test_urls_inside_the_network_are_not_fetched(app: FakeApp, url: str) -> None:
    pytest.importorskip("aisle.fetch", reason="pictures can't be fetched yet")
    client = TestClient(create_app(app), base_url="http://localhost")
    error = client.post("/v1/search", json=pictures(url)).json()["error"]
    assert (error["code"], error["field"]) == ("fetch_refused", "inputs.0.value")


def test_many_searches_by_picture_leave_room_for_words(app: FakeApp) -> None:
    release, seeing, most, counting = threading.Event(), [0], [0], threading.Lock()

    def look(query: Query) -> None:
        if query.inputs:
            with counting:
                seeing[0] += 1
                most[0] = max(most[0], seeing[0])
            release.wait(60)
            with counting:
                seeing[0] -= 1

    app.shops["default"].on_search = look

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(app=create_app(app, fetch_media=fetch))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            looking = [asyncio.create_task(client.post("/v1/search", json=pictures(PICTURE))) for _ in range(50)]
            while most[0] < PICTURES:
                await asyncio.sleep(0.01)
            by_words = await client.get("/v1/search")
            release.set()
            return [answer.status_code for answer in (by_words, *await asyncio.gather(*looking))]

    assert asyncio.run(ask()) == [200] * 51
    assert most == [PICTURES]


# Streams of events


def events(text: str) -> list[tuple[str, Any]]:
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_a_stream_tells_its_stages_and_ends_with_the_answer(client: TestClient) -> None:
    asked = {"inputs": [{"type": "text", "value": "red\ndress"}]}
    answer = client.post("/v1/search", json=asked, headers=EVENTS)
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    names, data = zip(*events(answer.text), strict=True)
    assert names == ("stage", "stage", "interpretation", "result")
    plain = client.post("/v1/search", json=asked).json()
    assert data[2] == data[3]["interpretation"] == plain["interpretation"]
    assert data[3]["hits"] == plain["hits"]


def test_a_stream_ends_with_the_error(client: TestClient, app: FakeApp) -> None:
    answer = client.post("/v1/search", json=pictures("https://refused.example"), headers=EVENTS)
    name, data = events(answer.text)[-1]
    assert (name, data["error"]["code"]) == ("error", "fetch_refused")

    def fail(query: Query) -> None:
        raise RuntimeError("secret")

    app.shops["default"].on_search = fail
    name, data = events(client.post("/v1/search", json={}, headers=EVENTS).text)[-1]
    assert (name, data["error"]["code"]) == ("error", "internal_error")
    assert "secret" not in str(data)


def test_a_request_that_cannot_be_read_is_refused_before_the_stream(client: TestClient) -> None:
    assert client.post("/v1/search", json={"limit": -1}, headers=EVENTS).status_code == 422


def test_errors_of_the_engine_keep_their_shape(client: TestClient, app: FakeApp) -> None:
    def fail(query: Query) -> None:
        raise AisleError("It broke.")

    app.shops["default"].on_search = fail
    answer = client.post("/v1/search", json={})
    assert answer.json() == {"error": {"code": "error", "message": "It broke.", "field": None, "hint": None}}
