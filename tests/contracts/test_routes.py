"""What holds for every route: it is documented, its examples run, its answers fit the schema, its errors one shape."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fake_shop import MEDIA_NAME, fake_app
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from aisle.app import App, Shop
from aisle.config import Config
from aisle.web import docs
from aisle.web.api.examples import EXAMPLES, Example
from aisle.web.api.table import ROUTES, SERVER_ROUTES, Route
from aisle.web.server import create_app

TABLE = {route.key: route for route in (*ROUTES, *SERVER_ROUTES)}
ALL = pytest.mark.parametrize("route", list(TABLE.values()), ids=list(TABLE))
WITH_BODY = pytest.mark.parametrize(
    "route", [r for r in TABLE.values() if r.takes], ids=[k for k, r in TABLE.items() if r.takes]
)
DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"


@dataclass(frozen=True)
class Served:
    """An application, and what stands in braces in the examples' paths."""

    client: TestClient
    values: Mapping[str, str]


@pytest.fixture(scope="module", params=["fake", "real"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The doors over the fake shop and over the real engine."""
    folder = tmp_path_factory.mktemp("shop")
    if request.param == "fake":
        app = fake_app(folder)
        task = app.shops["default"].submit([{"id": "bag-1", "title": "Canvas tote bag"}])
        yield Served(
            TestClient(create_app(app), base_url="http://localhost"),
            {"task": task, "media": MEDIA_NAME, "model": "tiny@1"},
        )
        return
    Shop.open("default", folder / "store").close()
    config = Config(store=folder / "store", rate_limit=1000.0, rate_burst=10_000)
    with App.open(config, {"default": config.store}) as real:
        values = docs.fill(real.shops["default"])
        yield Served(TestClient(create_app(real), base_url="http://localhost"), values)


@pytest.fixture
def client(served: Served) -> TestClient:
    return served.client


@pytest.fixture
def schema(client: TestClient) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/openapi.json").json()
    return document


def url(route: Route) -> str:
    """A path of the route that need not lead to anything."""
    return route.path.replace(":path", "").format(id="x", name="x.png", source="weather")


def check(value: Any, shape: dict[str, Any], document: dict[str, Any]) -> None:
    """``value`` fits ``shape``, whose references lead into ``document``."""
    Draft202012Validator({**shape, "components": document["components"]}).validate(value)


def is_error(answer: Any) -> bool:
    error = answer.json()["error"]
    assert answer.headers["Content-Type"] == "application/json"
    assert set(error) == {"code", "message", "field", "hint"}
    assert isinstance(error["code"], str) and isinstance(error["message"], str) and error["message"]
    return True


def test_the_table_and_the_examples_name_the_same_routes() -> None:
    assert set(EXAMPLES) == set(TABLE)


def test_the_schema_names_every_route_and_no_other(schema: dict[str, Any]) -> None:
    served = {f"{method.upper()} {path}" for path, methods in schema["paths"].items() for method in methods}
    assert served == set(TABLE)


def test_every_reference_of_the_schema_leads_somewhere(schema: dict[str, Any]) -> None:
    names = json.dumps(schema).split('"$ref": "')[1:]
    assert names
    for name in {text.partition('"')[0] for text in names}:
        found = schema
        for step in name.removeprefix("#/").split("/"):
            found = found[step]


@ALL
def test_every_route_says_what_it_does(route: Route) -> None:
    assert route.endpoint.__doc__
    assert EXAMPLES[route.key][0].summary


@ALL
def test_the_examples_run_and_fit_the_schema(served: Served, schema: dict[str, Any], route: Route) -> None:
    client = served.client
    operation = schema["paths"][route.path.replace(":path", "")][route.method.lower()]
    for example in EXAMPLES[route.key]:
        if isinstance(example.body, dict):
            check(example.body, operation["requestBody"]["content"]["application/json"]["schema"], schema)
        answer = client.request(route.method, **prepared(client, example).request(served.values))
        assert answer.status_code == example.status, answer.text
        content = operation["responses"][str(example.status)]["content"]
        if answer.headers["Content-Type"] == "application/json":
            check(answer.json(), content["application/json"]["schema"], schema)


def prepared(client: TestClient, example: Example) -> Example:
    """The example, once what it speaks of is there: examples may run in any order here."""
    if "scarf-1" in example.path:
        client.put("/v1/products/scarf-1", json={"title": "Scarf"})
    return example


@ALL
def test_a_wrong_method_is_an_error_of_the_one_shape(client: TestClient, route: Route) -> None:
    answer = client.request("TRACE", url(route))
    assert answer.status_code == 405 and is_error(answer)
    assert answer.headers["Allow"]


@ALL
def test_a_wrong_shop_is_an_error_of_the_one_shape(client: TestClient, route: Route) -> None:
    answer = client.request(route.method, f"/shops/nowhere{url(route)}")
    assert answer.status_code == 404 and is_error(answer)


@ALL
def test_a_wrong_key_is_an_error_of_the_one_shape(client: TestClient, route: Route) -> None:
    answer = client.request(route.method, url(route), headers={"X-API-Key": "wrong"})
    assert answer.status_code == (200 if route.scope is None else 401)
    assert route.scope is None or is_error(answer)


@WITH_BODY
@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"\x00", b"[" * 2000, b'"text"', b"12", b'{"no_such_field": 1}']
)
def test_a_bad_body_is_an_error_of_the_one_shape(client: TestClient, route: Route, content: bytes) -> None:
    answer = client.request(route.method, url(route), content=content)
    if answer.status_code != 200:  # a product may have any field
        assert answer.status_code in (400, 404, 422) and is_error(answer)


@WITH_BODY
def test_a_body_of_a_kind_that_is_not_taken_is_an_error_of_the_one_shape(client: TestClient, route: Route) -> None:
    answer = client.request(route.method, url(route), content=b"a=1", headers={"Content-Type": "text/html"})
    assert answer.status_code == 415 and is_error(answer)


@ALL
def test_every_route_and_example_is_in_the_document(route: Route) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert f"\n## {route.key}\n" in text, "run: python -m aisle.web.docs"
    for example in EXAMPLES[route.key]:
        assert example.summary in text
        assert example.path.partition("{")[0] in text
        if example.body is not None:
            assert docs.sent_text(example) in text


def test_the_document_shows_requests_and_the_answers_to_them(served: Served) -> None:
    text = asyncio.run(docs.document(served.client.app, served.values))  # type: ignore[arg-type]
    assert text.count("\n## ") == len(TABLE)
    assert "| `rate_limited` | 429 |" in text
    assert '"title": "Red summer dress"' in text
    assert "event: result" in text
    assert " bytes)" in text
