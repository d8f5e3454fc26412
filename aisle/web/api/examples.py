"""An example or more of every route. The test suite runs them all, the schema and docs/api.md show them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAADAAAAAwAQMAAABtzGvEAAAABlBMVEX////IIChqT5jeAAAAW0lEQV"
    "R42o3NsQ2AIBSE4Ucs7HQER2ElN4DRHMURLC0IPz41eSGB6DVfc7kT+ZN16uIgGgLSJeQGPjWoK9VK/TfAZoywX8xwGAuchodkBM"
    "gG3BcPTom6rNsv3ykDoVrxKTbK8gAAAABJRU5ErkJggg=="
)
"""A small drawing of a red dress, as a data URL."""

EXAMPLE_PRODUCTS: tuple[Mapping[str, Any], ...] = tuple(
    dict(zip(("id", "title", "type", "color", "brand", "price", "stock"), row, strict=True))
    for row in (
        ("dress-1", "Red summer dress", "Dresses", "Red", "Alder", 39.0, 5),
        ("dress-2", "Blue linen dress", "Dresses", "Blue", "Birch", 59.0, 2),
        ("shoe-1", "Red running shoes", "Shoes", "Red", "Cedar", 75.0, 9),
        ("shoe-2", "Black leather boots", "Shoes", "Black", "Cedar", 120.0, 0),
        ("bag-1", "Canvas tote bag", "Bags", "White", "Alder", 19.5, 30),
    )
)
"""The shop that the examples are about."""


@dataclass(frozen=True)
class Example:
    """A request as a client sends it: ``path`` with its query string; ``body`` is JSON, or text with its ``kind``."""

    name: str
    summary: str
    path: str
    body: Any = None
    status: int = 200
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def request(self, values: Mapping[str, str]) -> dict[str, Any]:
        """Arguments of an HTTP client's ``request``, with ``values`` for what stands in braces in the path."""
        made: dict[str, Any] = {"url": self.path.format(**values), "headers": dict(self.headers)}
        if self.body is not None:
            made["headers"]["Content-Type"] = self.kind
            made["content"] = self.text.encode()
        return made

    @property
    def text(self) -> str:
        """The body as it is sent."""
        return self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)


EXAMPLE_PAIRS: tuple[tuple[str, str], ...] = (("red dress", "dress-1"), ("red dress", "shoe-1"), ("boots", "shoe-2"))
"""What the examples find queued for labelling: words beside a product's id."""

EXAMPLES: Mapping[str, tuple[Example, ...]] = {
    "POST /v1/search": (
        Example(
            "words",
            "Words, a filter and facets",
            "/v1/search",
            {
                "inputs": [{"type": "text", "value": "red dress"}],
                "filters": {"price": {"lte": 50}},
                "facets": ["type", "color"],
                "limit": 2,
            },
        ),
        Example(
            "picture",
            "A picture, the part of it that matters, and words against",
            "/v1/search",
            {
                "inputs": [
                    {"type": "image", "value": PICTURE, "region": [0.1, 0.1, 0.9, 0.9]},
                    {"type": "text", "value": "shoes", "weight": -0.5},
                ],
                "limit": 1,
                "explain": True,
            },
        ),
        Example(
            "similar",
            "More like a product",
            "/v1/search",
            {"inputs": [{"type": "product", "value": "dress-1"}], "filters": {"not": {"brand": "Alder"}}, "limit": 1},
        ),
        Example(
            "context",
            "Speech as understood, in the weather as it is; what did each do?",
            "/v1/search",
            {
                "inputs": [
                    {
                        "type": "audio",
                        "value": {
                            "transcripts": [
                                {"text": "red dress", "confidence": 0.8},
                                {"text": "bread dress", "confidence": 0.1},
                            ]
                        },
                    },
                    {
                        "type": "context",
                        "source": "weather",
                        "value": {"temperature": 27, "condition": "clear"},
                        "weight": 0.3,
                        "consent": ["location"],
                    },
                ],
                "limit": 1,
                "explain": "counterfactual",
            },
        ),
        Example(
            "stream",
            "The same as a stream of events",
            "/v1/search",
            {"inputs": [{"type": "text", "value": "tote"}], "limit": 1},
            headers={"Accept": "text/event-stream"},
        ),
    ),
    "GET /v1/search": (
        Example("words", "Words from a link", "/v1/search?q=red+shoes&limit=1"),
        Example("browse", "Browse, cheapest first", "/v1/search?sort=price&limit=1&facets=brand"),
    ),
    "POST /v1/understand": (
        Example("words", "What words say", "/v1/understand", {"text": "red dress under 50, not linen"}),
        Example(
            "dialogue",
            "A second turn: what the dialogue says by now",
            "/v1/understand",
            {
                "text": "cheaper",
                "history": [{"text": "dress", "slots": [{"kind": "type", "value": "Dresses", "text": "dress"}]}],
                "shown": ["dress-1", "dress-2"],
            },
        ),
    ),
    "POST /v1/suggest": (Example("typed", "Complete what is typed", "/v1/suggest", {"q": "dre", "limit": 3}),),
    "GET /v1/suggest": (Example("typed", "Complete what is typed", "/v1/suggest?q=dre&limit=3"),),
    "POST /v1/signals/{source}": (
        Example(
            "weather",
            "The weather where a shopper is",
            "/v1/signals/weather",
            {
                "session": "visit-1",
                "value": {"temperature": 3, "condition": "rain"},
                "consent": ["location"],
                "ttl_s": 1800,
            },
        ),
    ),
    "POST /v1/products": (
        Example(
            "array",
            "Add products",
            "/v1/products",
            {
                "products": [
                    {"id": "hat-1", "title": "Straw hat", "type": "Hats", "price": 15},
                    {"id": "hat-2", "title": "Wool hat", "type": "Hats", "price": 22},
                ]
            },
        ),
        Example(
            "lines",
            "Add products as JSON Lines",
            "/v1/products",
            '{"id": "hat-3", "title": "Felt hat", "type": "Hats", "price": 31}\n',
            kind="application/x-ndjson",
        ),
    ),
    "POST /v1/products/delete": (
        Example("ids", "Delete products", "/v1/products/delete", {"ids": ["hat-1", "hat-2", "hat-3"]}),
    ),
    "PUT /v1/products/{id}": (
        Example(
            "whole",
            "Add or replace a product",
            "/v1/products/scarf-1",
            {"title": "Silk scarf", "type": "Scarves", "color": ["Green"], "price": 29, "stock": 4},
        ),
    ),
    "PATCH /v1/products/{id}": (Example("price", "Change a price", "/v1/products/scarf-1", {"price": 24.5}),),
    "GET /v1/products/{id}": (Example("one", "One product", "/v1/products/dress-1"),),
    "DELETE /v1/products/{id}": (Example("one", "Delete a product", "/v1/products/scarf-1"),),
    "GET /v1/tasks/{id}": (Example("one", "How a bulk write is getting on", "/v1/tasks/{task}"),),
    "GET /v1/settings": (Example("all", "How the shop searches", "/v1/settings"),),
    "PATCH /v1/settings": (
        Example(
            "synonyms",
            "Words that mean the same",
            "/v1/settings",
            {"synonyms": [["sneakers", "trainers", "running shoes"]]},
        ),
    ),
    "GET /v1/labelling/next": (Example("one", "What to judge next", "/v1/labelling/next?rater=Ann"),),
    "POST /v1/labelling/judgements": (
        Example("grade", "A grade", "/v1/labelling/judgements", {"pair": 1, "rater": "Ann", "grade": 3}),
        Example("skip", "A skip", "/v1/labelling/judgements", {"pair": 2, "rater": "Ann", "grade": None}),
    ),
    "DELETE /v1/labelling/judgements": (
        Example("last", "Take the last one back", "/v1/labelling/judgements?rater=Ann"),
    ),
    "GET /v1/labelling/agreement": (Example("all", "Do raters agree?", "/v1/labelling/agreement"),),
    "GET /v1/models": (Example("all", "The versions of the model", "/v1/models"),),
    "POST /v1/models/rollback": (
        Example("nothing", "Go back, where nothing was promoted", "/v1/models/rollback", status=409),
    ),
    "POST /v1/models/{id}/promote": (
        Example("live", "Make a version live", "/v1/models/{model}/promote", {"why": "better with photos"}, status=202),
    ),
    "GET /v1/models/{id}": (Example("one", "One version", "/v1/models/{model}"),),
    "GET /media/{name}": (Example("picture", "A product's picture", "/media/{media}"),),
    "GET /healthz": (Example("alive", "Is it alive?", "/healthz"),),
    "GET /readyz": (Example("ready", "Can it answer?", "/readyz"),),
    "GET /metrics": (Example("scrape", "Numbers for Prometheus", "/metrics"),),
}
"""By route, in an order in which they can be run one after the other.

``{task}``, ``{media}`` and ``{model}`` stand for what a bulk write's answer, a product's pictures and the list of models
name.
"""
