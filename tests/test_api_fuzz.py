"""The schema, fuzzed: no request that it allows or forbids may bring the server down or be answered against it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from aisle.app import App, Shop
from aisle.config import Config
from aisle.web import docs
from aisle.web.api.table import ROUTES, SERVER_ROUTES
from aisle.web.server import create_app

LOCAL = {"Host": "localhost"}
BOUNDED = settings(
    max_examples=10,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
PATIENCE_S = 600.0
"""With a busy machine: what is asked first loads what it needs."""


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[schemathesis.BaseSchema]:
    store = tmp_path_factory.mktemp("shop") / "store"
    Shop.open("default", store).close()
    with App.open(Config(store=store, rate_limit=1000.0, rate_burst=100_000), {"default": store}) as app:
        docs.fill(app.shops["default"])
        web = create_app(app, fetch_media=lambda url, most, kind: b"picture")
        yield schemathesis.openapi.from_asgi("/openapi.json", web)


ALL = [route.key for route in (*ROUTES, *SERVER_ROUTES)]
TAKE_NOTHING = (
    "GET /v1/models",
    "POST /v1/models/rollback",
    "GET /v1/settings",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
)
"""Routes that nothing wrong can be sent to."""


@pytest.mark.parametrize(
    ("route", "mode"),
    [(route, GenerationMode.POSITIVE) for route in ALL]
    + [(route, GenerationMode.NEGATIVE) for route in ALL if route not in TAKE_NOTHING],
)
def test_any_request_is_answered_as_the_schema_says(
    schema: schemathesis.BaseSchema, route: str, mode: GenerationMode
) -> None:
    method, path = route.split(" ")

    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    @BOUNDED
    def answered(case: schemathesis.Case) -> None:
        response = case.call(headers=LOCAL, timeout=PATIENCE_S)
        case.validate_response(response, excluded_checks=[positive_data_acceptance])
        if response.status_code >= 400:
            assert set(response.json()["error"]) == {"code", "message", "field", "hint"}

    answered()
