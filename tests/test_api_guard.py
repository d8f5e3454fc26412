"""What guards the API: keys and scopes, localhost, other sites, rates, sizes, headers, and what the log may hold."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_shop import MEDIA_NAME, PUBLIC, FakeApp, FakeKey, fake_app
from fastapi.testclient import TestClient
from starlette.types import Message

from aisle.config import Config
from aisle.errors import RateLimited, Unauthorized
from aisle.types import Query
from aisle.web.api import bodies
from aisle.web.auth import Access, Scope, check_exposure, is_loopback
from aisle.web.limits import CLIENTS_REMEMBERED, TokenBuckets
from aisle.web.server import create_app

ELSEWHERE: dict[str, Any] = {"host": "0.0.0.0"}
SEARCH = FakeKey("1", "searcher", ("search",))
WRITE = FakeKey("2", "writer", ("write",))
ADMIN = FakeKey("3", "boss", ("admin",))
BOUNDED = FakeKey("4", "tenant", ("search", "write"), {"brand": "Alder"})

REQUESTS = {
    "search": ("GET", "/v1/search", None),
    "post search": ("POST", "/v1/search", {}),
    "suggest": ("GET", "/v1/suggest?q=a", None),
    "product": ("GET", "/v1/products/dress-1", None),
    "media": ("GET", f"/media/{MEDIA_NAME}", None),
    "write": ("PUT", "/v1/products/a", {"title": "Hat"}),
    "bulk": ("POST", "/v1/products", [{"id": "b", "title": "Hat"}]),
    "delete": ("POST", "/v1/products/delete", {"ids": ["none"]}),
    "settings": ("GET", "/v1/settings", None),
    "set": ("PATCH", "/v1/settings", {}),
    "metrics": ("GET", "/metrics", None),
}
SEARCHING = {"search", "post search", "suggest", "product", "media"}
WRITING = {"write", "bulk", "delete"}


def client_of(app: FakeApp, base_url: str = "https://shop.example") -> TestClient:
    return TestClient(create_app(app), base_url=base_url)


def local(app: FakeApp) -> TestClient:
    return client_of(app, "http://localhost:8000")


def allowed(client: TestClient, **headers: str) -> set[str]:
    """The names of the requests that are let through."""
    found = set()
    for name, (method, path, body) in REQUESTS.items():
        status = client.request(method, path, json=body, headers=headers).status_code
        assert status in (200, 401, 403), (name, status)
        if status == 200:
            found.add(name)
    return found


@pytest.mark.parametrize(
    ("key", "opens"),
    [
        (SEARCH, SEARCHING),
        (WRITE, WRITING),
        (ADMIN, set(REQUESTS)),
        (BOUNDED, {"search", "post search", "suggest", "media"}),
        (None, set()),
    ],
)
@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_a_key_opens_what_its_scopes_say(tmp_path: Path, key: FakeKey | None, opens: set[str], header: str) -> None:
    client = client_of(fake_app(tmp_path, SEARCH, WRITE, ADMIN, BOUNDED, **ELSEWHERE))
    secret = f"secret-{key.name}" if key else ""
    value = f"Bearer {secret}" if header == "Authorization" else secret
    assert allowed(client, **({header: value} if key else {})) == opens


def test_visitors_get_what_the_key_named_public_gives_and_never_more(tmp_path: Path) -> None:
    generous = FakeKey("5", "public", ("search", "write", "admin"))
    assert allowed(client_of(fake_app(tmp_path, generous, **ELSEWHERE))) == SEARCHING
    assert allowed(client_of(fake_app(tmp_path, FakeKey("6", "public", ("write",)), **ELSEWHERE))) == set()
    revoked = FakeKey("7", "public", ("search",), revoked=1.0)
    expired = FakeKey("8", "public", ("search",), expires=1.0)
    assert allowed(client_of(fake_app(tmp_path, revoked, expired, **ELSEWHERE))) == set()


@pytest.mark.parametrize(
    "headers", [{"X-API-Key": "wrong"}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}]
)
def test_a_wrong_key_opens_nothing_even_on_localhost(tmp_path: Path, headers: dict[str, str]) -> None:
    answer = local(fake_app(tmp_path)).get("/v1/search", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "aisle keys create" in answer.json()["error"]["hint"]
    assert "wrong" not in answer.text


def test_keys_belong_to_their_shop(tmp_path: Path) -> None:
    app = fake_app(tmp_path, ADMIN, shops=("default", "outlet"), **ELSEWHERE)
    app.shops["outlet"].store.keys.keys = [SEARCH]
    client = client_of(app)
    assert client.get("/shops/outlet/v1/search", headers={"X-API-Key": "secret-boss"}).status_code == 401
    assert client.get("/shops/outlet/v1/search", headers={"X-API-Key": "secret-searcher"}).status_code == 200


def test_the_filter_in_a_key_bounds_every_search(tmp_path: Path) -> None:
    app = fake_app(tmp_path, BOUNDED, **ELSEWHERE)
    client, headers = client_of(app), {"X-API-Key": "secret-tenant"}
    for asked in ({}, {"filters": {"brand": "Cedar"}}, {"filters": {"not": {"brand": "Alder"}}}):
        hits = client.post("/v1/search", json=asked, headers=headers).json()["hits"]
        assert {hit["product"]["attributes"]["brand"] for hit in hits} <= {"Alder"}
    similar = {"inputs": [{"type": "product", "value": "shoe-1"}]}
    assert client.post("/v1/search", json=similar, headers=headers).status_code == 403


# Localhost


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "shop.localhost"])
def test_localhost_needs_no_key(tmp_path: Path, host: str) -> None:
    assert allowed(local(fake_app(tmp_path)), Host=host) == set(REQUESTS)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "10.0.0.1", "", "["]
)
def test_a_rebound_name_is_no_localhost(tmp_path: Path, host: str) -> None:
    assert allowed(local(fake_app(tmp_path)), Host=host) == set()


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"])
def test_what_comes_through_a_proxy_is_not_local(tmp_path: Path, header: str) -> None:
    assert allowed(local(fake_app(tmp_path)), **{header: "1.2.3.4"}) == set()


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:9999", "null", "http://localhost"])
def test_pages_of_other_sites_may_do_nothing_without_a_key(tmp_path: Path, origin: str) -> None:
    assert allowed(local(fake_app(tmp_path, ADMIN)), Origin=origin) == set()
    assert allowed(local(fake_app(tmp_path, ADMIN)), Origin=origin, **{"X-API-Key": "secret-boss"}) == set(REQUESTS)


def test_own_pages_and_listed_sites_may(tmp_path: Path) -> None:
    assert allowed(local(fake_app(tmp_path)), Origin="http://localhost:8000") == set(REQUESTS)
    listed = fake_app(tmp_path, cors_origins=["https://shop.example"])
    assert allowed(local(listed), Origin="https://shop.example") == set(REQUESTS)
    anyone = fake_app(tmp_path, cors_origins=["*"])
    assert allowed(local(anyone), Origin="https://shop.example") == SEARCHING


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("127.9.9.9", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("192.168.0.4", False),
        ("shop.example", False),
    ],
)
def test_is_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_refuses_to_be_exposed_without_a_key(tmp_path: Path) -> None:
    app = fake_app(tmp_path, shops=("default", "outlet"))
    check_exposure(Config(host="127.0.0.1"), app.shops)
    for config in (Config(host="0.0.0.0"), Config(host="192.168.0.4"), Config(base_path="/shop")):
        with pytest.raises(Unauthorized) as caught:
            check_exposure(config, app.shops)
        assert "aisle keys create" in str(caught.value.hint)
    app.shops["default"].store.keys.keys = [PUBLIC]
    with pytest.raises(Unauthorized, match="outlet"):
        check_exposure(Config(host="0.0.0.0"), app.shops)
    app.shops["outlet"].store.keys.keys = [FakeKey("9", "old", ("admin",), revoked=1.0)]
    with pytest.raises(Unauthorized, match="outlet"):
        check_exposure(Config(host="0.0.0.0"), app.shops)
    app.shops["outlet"].store.keys.keys = [ADMIN]
    check_exposure(Config(host="0.0.0.0"), app.shops)


# Other sites' pages


def test_cors(tmp_path: Path) -> None:
    client = client_of(fake_app(tmp_path, PUBLIC, cors_origins=["https://blog.example"], **ELSEWHERE))
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-api-key"}
    answer = client.options("/v1/search", headers={"Origin": "https://blog.example", **preflight})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://blog.example"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    refused = client.options("/v1/search", headers={"Origin": "https://evil.example", **preflight})
    assert refused.json()["error"]["code"] == "forbidden"
    assert (
        "Access-Control-Allow-Origin"
        not in client.get("/v1/search", headers={"Origin": "https://evil.example"}).headers
    )


def test_without_cors_no_other_site_may_read(tmp_path: Path) -> None:
    client = client_of(fake_app(tmp_path, PUBLIC, **ELSEWHERE))
    answer = client.get("/v1/search", headers={"Origin": "https://blog.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert client.options("/v1/search").json()["error"]["code"] == "method_not_allowed"


# Rates and sizes


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_allows_a_burst_and_then_the_rate() -> None:
    clock = Clock()
    buckets = TokenBuckets(rate=2.0, burst=3, clock=clock)
    for _ in range(3):
        buckets.take("a")
    with pytest.raises(RateLimited) as caught:
        buckets.take("a")
    assert caught.value.retry_after == pytest.approx(0.5)
    buckets.take("b")
    clock.now += 0.5
    buckets.take("a")
    with pytest.raises(RateLimited):
        buckets.take("a")
    clock.now += 1e6
    for _ in range(3):
        buckets.take("a")
    with pytest.raises(RateLimited):
        buckets.take("a")


def test_buckets_are_bounded_in_number() -> None:
    buckets = TokenBuckets(rate=1.0, burst=1, clock=Clock())
    for i in range(CLIENTS_REMEMBERED + 500):
        buckets.take(str(i))
    assert len(buckets) == CLIENTS_REMEMBERED


def test_too_many_requests(tmp_path: Path) -> None:
    app = fake_app(tmp_path, SEARCH, PUBLIC, rate_limit=0.001, rate_burst=2, **ELSEWHERE)
    client = client_of(app)
    assert [client.get("/v1/search").status_code for _ in range(3)] == [200, 200, 429]
    answer = client.get("/v1/search")
    assert answer.json()["error"]["code"] == "rate_limited"
    assert int(answer.headers["Retry-After"]) >= 1
    assert client.get("/v1/search", headers={"X-API-Key": "secret-searcher"}).status_code == 200
    assert client.get(f"/media/{MEDIA_NAME}").status_code == 200
    assert client.get("/healthz").status_code == 200


def test_guessing_keys_is_limited_too(tmp_path: Path) -> None:
    client = client_of(fake_app(tmp_path, SEARCH, rate_limit=0.001, rate_burst=2, **ELSEWHERE))
    statuses = [client.get("/v1/search", headers={"X-API-Key": f"guess-{i}"}).status_code for i in range(4)]
    assert statuses == [401, 401, 429, 429]


def test_a_large_body_is_refused_at_its_announcement(tmp_path: Path) -> None:
    client = local(fake_app(tmp_path, max_body_bytes=1000))
    answer = client.post("/v1/search", content=b" " * 1001)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
def test_a_large_body_is_refused_while_it_streams(tmp_path: Path, kind: str) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n' if "multipart" in kind else b" "
        for _ in range(1000):
            sent += 1
            yield b" " * 1000

    client = local(fake_app(tmp_path, max_body_bytes=10_000))
    answer = client.post("/v1/search", content=endless(), headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


# Headers, failures, the log


def test_every_answer_carries_the_security_headers(tmp_path: Path) -> None:
    client = local(fake_app(tmp_path, max_body_bytes=10))
    for answer in (client.get("/v1/search"), client.get("/nowhere"), client.post("/v1/search", content=b" " * 99)):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert len(answer.headers["X-Request-Id"]) == 16
        assert answer.headers["Cache-Control"] == "no-store"


def test_our_own_failures_show_an_id_and_nothing_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = fake_app(tmp_path)

    def fail(query: Query) -> None:
        raise RuntimeError(query.inputs[0].value)

    app.shops["default"].on_search = fail
    with caplog.at_level(logging.INFO):
        answer = local(app).get("/v1/search?q=secret+words")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal_error"
    assert answer.headers["X-Request-Id"] in answer.json()["error"]["message"]
    assert "secret" not in answer.text and "Traceback" not in answer.text
    assert "RuntimeError" in caplog.text and "in fail" in caplog.text
    assert answer.headers["X-Request-Id"] in caplog.text
    assert "secret words" not in "".join(r.getMessage() for r in caplog.records if r.name.startswith("aisle"))


def test_the_log_holds_no_words_keys_or_paths(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    client = local(fake_app(tmp_path, ADMIN))
    with caplog.at_level(logging.INFO, logger="aisle"):
        client.get("/v1/search?q=private", headers={"X-API-Key": "secret-boss"})
        client.post("/v1/search", json={"inputs": [{"type": "text", "value": "private"}]})
        client.get("/v1/products/private")
        client.get("/private%0Aforged")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("aisle")]
    assert any(line.startswith("GET /v1/search 200") for line in ours)
    assert not any(word in line for line in ours for word in ("private", "secret-boss", "forged"))


def test_the_filter_in_a_key_is_the_scope_of_its_searches() -> None:
    access = Access(frozenset({Scope.SEARCH}), "client", {"brand": ["Alder"]})
    query = access.restrict(Query(filters={"brand": ["Cedar"]}))
    assert query.scope == {"brand": ["Alder"]} and query.filters == {"brand": ["Cedar"]}


def test_a_client_that_leaves_is_no_failure_of_ours(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"content-length", b"99")]
    scope = {"type": "http", "method": "POST", "path": "/v1/search", "query_string": b"", "headers": headers}
    with caplog.at_level(logging.INFO, logger="aisle"):
        asyncio.run(create_app(fake_app(tmp_path))(scope, receive, send))
    assert not sent
    assert caplog.messages[-1].startswith("POST /v1/search 499")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_body_that_does_not_arrive_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "READ_SECONDS", 0.05)
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(10)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    for kind in (b"application/json", b"multipart/form-data; boundary=x"):
        scope = {"type": "http", "method": "POST", "path": "/v1/search", "query_string": b""}
        headers = [(b"host", b"localhost"), (b"content-type", kind)]
        asyncio.run(create_app(fake_app(tmp_path))({**scope, "headers": headers}, receive, send))
        assert sent[-2]["status"] == 408
        assert b'"request_timeout"' in sent[-1]["body"]
