"""The API's routes over a fake shop: what each answers when asked well, and what when asked badly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_shop import MEDIA_NAME, PUBLIC, FakeApp, FakeShop, fake_app
from fastapi import FastAPI
from fastapi.testclient import TestClient

from aisle.types import Box, Explain, InputType
from aisle.web.api.examples import PICTURE
from aisle.web.api.routes import INLINE_ROWS
from aisle.web.server import create_app


@pytest.fixture
def app(tmp_path: Path) -> FakeApp:
    return fake_app(tmp_path, shops=("default", "outlet"))


@pytest.fixture
def shop(app: FakeApp) -> FakeShop:
    return app.shops["default"]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """Made once, since that takes longer than most tests; each test puts its own shops behind it."""
    return create_app(fake_app(tmp_path_factory.mktemp("media")))


@pytest.fixture
def client(web: FastAPI, app: FakeApp) -> TestClient:
    web.state.doors = replace(web.state.doors, app=app)
    return TestClient(web, base_url="http://localhost")


def text(value: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "value": value, **more}


# Searching


def test_search_hands_the_whole_query_to_the_shop(client: TestClient, shop: FakeShop) -> None:
    asked = {
        "inputs": [text("red"), text("heels", weight=-1), {"type": "product", "value": "dress-1", "weight": 0.5}],
        "filters": {"price": {"lte": 50}},
        "facets": ["type", "color", "type"],
        "sort": "price",
        "offset": 0,
        "limit": 3,
        "locale": "zh-CN",
        "session": "visit-1",
        "explain": True,
        "group": False,
        "relax": False,
        "weak": True,
    }
    answer = client.post("/v1/search", json=asked)
    assert answer.status_code == 200
    (query,) = shop.asked
    assert [(part.type, part.value, part.weight) for part in query.inputs] == [
        (InputType.TEXT, "red", 1.0),
        (InputType.TEXT, "heels", -1.0),
        (InputType.PRODUCT, "dress-1", 0.5),
    ]
    assert query.filters == {"price": {"lte": 50}}
    assert query.facets == ("type", "color")
    assert (query.sort, query.offset, query.limit) == ("price", 0, 3)
    assert (query.locale, query.session) == ("zh-CN", "visit-1")
    assert (query.explain, query.group, query.relax, query.weak) == (Explain.WHY, False, False, True)
    body = answer.json()
    assert [hit["id"] for hit in body["hits"]] == ["dress-1"]
    assert body["hits"][0]["why"] == [{"signal": "lexical", "value": 1.0, "contribution": 1.0}]
    assert body["facets"]["color"]["values"] == [{"value": "Red", "count": 1}]
    assert body["query_id"] and answer.headers["X-Request-Id"]


def test_an_empty_search_browses(client: TestClient) -> None:
    assert client.post("/v1/search", json={}).json()["total"] == 5
    assert client.get("/v1/search").json()["total"] == 5
    assert client.get("/v1/search", params={"q": "  "}).json()["total"] == 5


def test_get_and_post_find_the_same(client: TestClient, shop: FakeShop) -> None:
    client.get(
        "/v1/search",
        params={"q": "red", "filters": '{"type": "Shoes"}', "facets": "type,color", "limit": 7, "explain": "true"},
    )
    client.post(
        "/v1/search",
        json={
            "inputs": [text("red")],
            "filters": {"type": "Shoes"},
            "facets": ["type", "color"],
            "limit": 7,
            "explain": True,
        },
    )
    assert shop.asked[0] == shop.asked[1]


@pytest.mark.parametrize(
    "words", ["x" * 10_000, "👗🔥", "فستان أحمر", "a\u0000b\u0007\u202e", "红色连衣裙", "'\" OR 1=1 --"]
)
def test_odd_words_are_answered(client: TestClient, words: str) -> None:
    answer = client.post("/v1/search", json={"inputs": [text(words)]})
    assert answer.status_code == 200
    assert client.get("/v1/search", params={"q": words}).status_code == 200


def test_past_the_end_is_an_empty_page_with_the_right_total(client: TestClient) -> None:
    body = client.post("/v1/search", json={"offset": 100_000}).json()
    assert (body["hits"], body["total"]) == ([], 5)
    assert client.post("/v1/search", json={"limit": 0}).json()["total"] == 5


def test_vectors_and_regions_reach_the_engine_typed(client: TestClient, shop: FakeShop) -> None:
    inputs = [
        {"type": "vector", "value": [3.0, 4.0]},
        {"type": "image", "value": PICTURE, "region": [0.1, 0.2, 0.5, 1.0]},
    ]
    assert client.post("/v1/search", json={"inputs": inputs}).status_code == 200
    vector, image = shop.asked[0].inputs
    assert isinstance(vector.value, np.ndarray) and vector.value.dtype == np.float32
    assert image.region == Box(0.1, 0.2, 0.5, 1.0)
    assert isinstance(image.value, bytes) and image.value.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"inputs": [text("x")] * 17}, "inputs"),
        ({"inputs": [text("x" * 10_001)]}, "inputs.0.value"),
        ({"inputs": [text("x", weight=101)]}, "inputs.0.weight"),
        ({"inputs": [text("x", weight="1")]}, "inputs.0.weight"),
        ({"inputs": [text("x"), {"type": "smell", "value": "x"}]}, "inputs.1"),
        ({"inputs": [{"value": "x"}]}, "inputs.0"),
        ({"inputs": [{"type": "vector", "value": []}]}, "inputs.0.value"),
        ({"inputs": [{"type": "vector", "value": [0.0, 0.0]}]}, "inputs.0.value"),
        ({"inputs": [{"type": "vector", "value": [1e300, 1e300]}]}, "inputs.0.value"),
        ({"inputs": [{"type": "vector", "value": [1.0] * 4097}]}, "inputs.0.value"),
        ({"inputs": [{"type": "product", "value": ""}]}, "inputs.0.value"),
        ({"inputs": [{"type": "image", "value": "data:,", "region": [0.5, 0, 0.1, 1]}]}, "inputs.0.region"),
        ({"inputs": [{"type": "image", "value": "data:,", "region": [0, 0, 2, 1]}]}, "inputs.0.region.2"),
        ({"inputs": [text("x", region=[0, 0, 1, 1])]}, "inputs.0.region"),
        ({"limit": 201}, "limit"),
        ({"limit": -1}, "limit"),
        ({"limit": 2.5}, "limit"),
        ({"offset": 100_001}, "offset"),
        ({"locale": "not a locale"}, "locale"),
        ({"facets": ["type", "taste"]}, "facets.1"),
        ({"filters": []}, "filters"),
        ({"filters": {"price": {"about": 5}}}, "filters.price"),
        ({"sorted": "price"}, "sorted"),
    ],
)
def test_a_bad_search_names_its_field(client: TestClient, body: dict[str, Any], field: str) -> None:
    answer = client.post("/v1/search", json=body)
    assert answer.status_code == 422, answer.text
    error = answer.json()["error"]
    assert error["field"] == field
    assert error["code"] == "invalid_request"
    assert error["message"] and error["hint"]


@pytest.mark.parametrize(
    "params", ["limit=x", "limit=999", "offset=-1", "locale=!", "filters=[", "filters=[]", "facets=taste"]
)
def test_a_bad_link_names_its_parameter(client: TestClient, params: str) -> None:
    answer = client.get(f"/v1/search?{params}")
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["field"].split(".")[0] == params.partition("=")[0]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b'{"limit": NaN}',
        b"[" * 5000,
        b'{"sort": "\\ud800"}',
        b'{"limit": 1e999}',
        b"\x00",
    ],
)
def test_what_is_not_json_is_refused(client: TestClient, content: bytes) -> None:
    answer = client.post("/v1/search", content=content)
    assert answer.status_code in (400, 422)
    assert set(answer.json()["error"]) == {"code", "message", "field", "hint"}


def test_a_body_of_another_kind_is_refused(client: TestClient) -> None:
    answer = client.post("/v1/search", content=b"<search/>", headers={"Content-Type": "application/xml"})
    assert answer.status_code == 415
    assert "multipart/form-data" in answer.json()["error"]["hint"]


# Suggesting


def test_suggest(client: TestClient) -> None:
    only = {"text": "Red summer dress", "kind": "query", "count": 1, "scope": None, "image": None, "personal": False}
    expected = {"q": "DRESS", "suggestions": [only]}
    assert client.get("/v1/suggest", params={"q": "DRESS", "limit": 1}).json() == expected
    assert client.post("/v1/suggest", json={"q": "DRESS", "limit": 1}).json() == expected
    assert client.get("/v1/suggest", params={"q": ""}).status_code == 200


@pytest.mark.parametrize("params", [{}, {"q": "x" * 1001}, {"q": "a", "limit": 0}, {"q": "a", "limit": 51}])
def test_bad_suggest(client: TestClient, params: dict[str, Any]) -> None:
    assert client.get("/v1/suggest", params=params).status_code == 422
    assert client.post("/v1/suggest", json=params).status_code == 422


# Products


def test_a_product_lives_and_dies(client: TestClient, shop: FakeShop) -> None:
    path = "/v1/products/scarf%2F1"
    assert client.get(path).status_code == 404
    assert client.patch(path, json={"price": 1}).status_code == 404
    assert client.put(path, json={"title": "Silk scarf", "price": 29}).json() == {
        "written": 1,
        "unchanged": 0,
        "rejected": [],
    }
    assert client.put(path, json={"title": "Silk scarf", "price": 29}).json()["unchanged"] == 1
    assert client.patch(path, json={"price": 24.5}).json()["written"] == 1
    product = client.get(path).json()
    assert (product["id"], product["title"], product["attributes"]["price"]) == ("scarf/1", "Silk scarf", 24.5)
    assert client.delete(path).json() == {"deleted": 1}
    assert client.delete(path).status_code == 404


def test_what_get_gives_put_takes(client: TestClient) -> None:
    client.put("/v1/products/a", json={"title": "Hat", "color": "Red", "images": ["https://shop.example/a.jpg"]})
    product = client.get("/v1/products/a").json()
    sent = {name: product[name] for name in ("id", "title", "attributes", "images")}
    assert client.put("/v1/products/a", json=sent).json()["unchanged"] == 1


def test_the_body_may_not_name_another_product(client: TestClient) -> None:
    assert client.put("/v1/products/a", json={"id": "b", "title": "Hat"}).json()["error"]["field"] == "id"


def test_a_product_that_cannot_be_used_is_refused_with_the_reason(client: TestClient) -> None:
    answer = client.put("/v1/products/a", json={"price": 3})
    assert answer.status_code == 422
    assert "no title" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "reference", ["/etc/passwd", "../secret.jpg", "file:///etc/passwd", "/media/../x", "C:\\a.jpg"]
)
def test_a_client_cannot_name_files_of_the_server(client: TestClient, reference: str) -> None:
    answer = client.put("/v1/products/a", json={"title": "Hat", "images": [reference]})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "images"


def test_pictures_are_given_as_urls_and_never_as_paths(client: TestClient, shop: FakeShop) -> None:
    shop.put_products(
        [{"id": "a", "title": "Hat", "images": ["/srv/secret.jpg", MEDIA_NAME, "https://shop.example/a.jpg"]}]
    )
    expected = [f"/media/{MEDIA_NAME}", "https://shop.example/a.jpg"]
    assert client.get("/v1/products/a").json()["images"] == expected
    assert client.get("/v1/search?q=hat").json()["hits"][0]["product"]["images"] == expected
    own = client.put("/v1/products/b", json={"title": "Cap", "images": [f"/media/{MEDIA_NAME}"]})
    assert own.status_code == 200
    assert shop.products["b"].images == (str(shop.folder / MEDIA_NAME),)


ROWS = [{"id": "a", "title": "Hat"}, {"id": "b", "title": ""}]


@pytest.mark.parametrize("body", [{"json": ROWS}, {"json": {"products": ROWS}}])
def test_bulk_says_what_was_rejected(client: TestClient, body: dict[str, Any]) -> None:
    answer = client.post("/v1/products", **body)
    assert answer.status_code == 200
    rejected = [{"id": "b", "code": "no_title", "message": "The product has no title."}]
    assert answer.json() == {"written": 1, "unchanged": 0, "rejected": rejected}


def test_bulk_reads_json_lines(client: TestClient, shop: FakeShop) -> None:
    lines = '\ufeff{"id": "a", "title": "Hat"}\r\n\n{"id": "b", "title": "Cap"}'
    answer = client.post("/v1/products", content=lines.encode(), headers={"Content-Type": "application/x-ndjson"})
    assert answer.json()["written"] == 2
    broken = client.post("/v1/products", content=b'{"id": "c"}\n{', headers={"Content-Type": "application/x-ndjson"})
    assert broken.status_code == 400
    assert broken.json()["error"]["field"] == "line 2"


def test_much_at_once_becomes_a_task(client: TestClient, shop: FakeShop) -> None:
    rows = [{"id": str(i), "title": f"Hat {i}"} for i in range(INLINE_ROWS + 1)]
    answer = client.post("/v1/products", json=rows)
    assert answer.status_code == 202
    task = client.get(answer.headers["Location"]).json()
    assert (task["id"], task["state"], task["result"]["written"]) == (answer.json()["task"], "done", len(rows))
    assert client.get("/v1/tasks/none").status_code == 404


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ({}, "products"),
        ("x", "products"),
        ([1], "products.0"),
        ([{"title": "Hat"}], "products.0.id"),
        ([{"id": 5, "title": "Hat"}], "products.0.id"),
        ([{"id": "x" * 513, "title": "Hat"}], "products.0.id"),
        ([{"id": "a", "title": "Hat"}, {"id": "b", "title": 7}], "products.1.title"),
        ([{"id": "a", "title": "Hat", "images": ["/etc/passwd"]}], "products.0.images"),
    ],
)
def test_bad_bulk_names_the_product(client: TestClient, shop: FakeShop, rows: Any, field: str) -> None:
    before = dict(shop.products)
    answer = client.post("/v1/products", json=rows)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    assert shop.products == before


def test_delete_many(client: TestClient, shop: FakeShop) -> None:
    assert client.post("/v1/products/delete", json={"ids": ["bag-1", "none"]}).json() == {"deleted": 1}
    assert "bag-1" not in shop.products
    assert client.post("/v1/products/delete", json={"ids": []}).status_code == 422


# Settings, media, health


def test_settings_change_at_once_and_as_a_whole(client: TestClient) -> None:
    answer = client.patch("/v1/settings", json={"synonyms": [["sofa", "couch"]]})
    assert answer.json()["synonyms"] == [["sofa", "couch"]]
    refused = client.patch("/v1/settings", json={"synonyms": [], "weak_match": 2})
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "weak_match")
    assert client.get("/v1/settings").json()["synonyms"] == [["sofa", "couch"]]
    assert client.patch("/v1/settings", json={"no_such": 1}).json()["error"]["field"] == "no_such"
    assert client.patch("/v1/settings", json=[1]).status_code == 422


def test_media_can_be_cached_for_ever_and_runs_nothing(client: TestClient, shop: FakeShop) -> None:
    answer = client.get(f"/media/{MEDIA_NAME}")
    assert answer.headers["Content-Type"] == "image/png"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    (shop.folder / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>")
    drawing = client.get("/media/drawing.svg")
    assert drawing.headers["Content-Type"] == "application/octet-stream"
    assert drawing.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("name", ["none.png", "..%2Fsecret", "%2e%2e", ".hidden", "a b", "%00.png"])
def test_media_names_only_media(client: TestClient, name: str) -> None:
    assert client.get(f"/media/{name}").status_code in (404, 422)


def test_health_and_readiness(client: TestClient, app: FakeApp) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"ready": True, "shops": {"default": True, "outlet": True}}
    app.shops["outlet"].is_ready = False
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "outlet" in answer.json()["error"]["message"]
    assert client.get("/healthz").status_code == 200


def test_metrics_count_requests_stages_and_sizes(app: FakeApp) -> None:
    client = TestClient(create_app(app), base_url="http://localhost")
    client.get("/v1/search?q=secretwords")
    client.get("/v1/products/secretid")
    client.get("/secretpath")
    text = client.get("/metrics").text
    assert 'aisle_requests_total{method="GET",route="/v1/search",status="200"} 1.0' in text
    assert 'aisle_search_stage_seconds_count{stage="retrieve"} 1.0' in text
    assert 'aisle_index_size{of="products",shop="default"} 5.0' in text
    assert "secret" not in text


def test_head_asks_for_the_headers_alone(client: TestClient) -> None:
    for path in ("/healthz", "/v1/search?q=red", f"/media/{MEDIA_NAME}"):
        answer = client.head(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, client.get(path).headers["Content-Type"])


# Several shops, a base path


def test_every_shop_has_the_same_routes(client: TestClient, app: FakeApp) -> None:
    assert client.put("/shops/outlet/v1/products/a", json={"title": "Odd sock"}).status_code == 200
    assert client.get("/shops/outlet/v1/search?q=sock").json()["total"] == 1
    assert client.get("/v1/search?q=sock").json()["total"] == 0
    assert client.get("/shops/default/v1/search?q=dress").json()["total"] == 2
    missing = client.get("/shops/nowhere/v1/search")
    assert (missing.status_code, missing.json()["error"]["field"]) == (404, "shop")
    app.shops["outlet"].put_products([{"id": "b", "title": "Cap", "images": [MEDIA_NAME]}])
    (url,) = client.get("/shops/outlet/v1/products/b").json()["images"]
    assert url == f"/shops/outlet/media/{MEDIA_NAME}"
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("path", ["/v1/search?q=hat", "/store/v1/search?q=hat"])
def test_a_base_path_may_be_stripped_by_the_proxy_or_not(tmp_path: Path, path: str) -> None:
    app = fake_app(tmp_path, PUBLIC, base_path="/store")
    app.shops["default"].put_products([{"id": "a", "title": "Hat", "images": [MEDIA_NAME]}])
    client = TestClient(create_app(app), base_url="https://shop.example")
    (hit,) = client.get(path).json()["hits"]
    assert hit["product"]["images"] == [f"/store/media/{MEDIA_NAME}"]
    assert client.get(hit["product"]["images"][0]).status_code == 200
    assert client.get("/storefront").status_code == 404
