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

SPEECH = (
    "data:audio/ogg;base64,T2dnUwACAAAAAAAAAABxXOMbAAAAAClw9w8BE09wdXNIZWFkAQE4AYA+AAAAAABPZ2dTAAAAAAAAAAAAAH"
    "Fc4xsBAAAAlaZkoAE2T3B1c1RhZ3MNAAAATGF2ZjYyLjEyLjEwMgEAAAAVAAAAZW5jb2Rlcj1MYXZmNjIuMTIuMTAyT2dnUwAAgLsAAA"
    "AAAABxXOMbAgAAAAsxDhcyIjMuMTArGhocGx4gFCQiIw8YJis3Ji0fHhwZGCgpGCEsJCYpKCQSDxQOEhMTFRMICAhIgXwSkXy6bsrR4l"
    "dbeu7/TYPv3qhjayHu7r4I8jgBFGE5SKDYTZmhTSLoXuedydnpBBXtqXL9zSSgV6ETfe8ArvC95hgMW37XCky+ntiRvTSmF+lQSKRMoY"
    "IVqeZaHAOpjoVbusDNrJ/WkDssdyIC4tqD2vFle9N37vRyzAUeHmEH4EimfgFzQWtixfyOh5wqbgNz0L67Oxk73m17npZuhePetCdnN7"
    "V5MCTjzU0rO/6NBGZIqjTeg7o17ViChKpd21gBUwJ0cbYyBDE8JZWr7v9vifWyuk7SGmAjOmi10Ls/f+5ItkjOM4bY2/EX7ALHLDV/q5"
    "+lmnDJGrAUQB0Xm6yJgt787hZvOl2QcrVgSLdze8Fzlx0z8btzXK4Yyfo77tVQAURyWUBItRWiyMxq8HCBD2/Q8o+icmOxcbClpnBjoE"
    "izvfZwyeD2SYrO9PdzdSyHnICUbmUV9WhqD/pIs3a9G4v7VM88eBxMcrx3KbaRjj7hYPBUw4BIsYgRKw5xY9FgwVnrcLWAKVjqGKVeTA"
    "UJG3ItjjxIrgyXd3Y+NvnSYovlcj+JGjR7BXPJ8chdlNFJeiaJQEgGRYAExuasyes5j7NG4RSD8wtASASV/nBtVKbnexbrQ3cQMkKwTC"
    "qHgRC9tL7r3CYRIzdt9YjgSIQmEp5j22WVmlZEiS6JdpLvIdHyTf2H50Y79B/+S22LQEiTif8TiRgJ9movLjeHQOHYXhD+jvFKPSZboI"
    "8HUCSzorHgSDvREJJmrWFUef9jkRVASIBlhU1YwYbekdes8cOx6By7rFmPUXF0SITSleJgh5of0oTRtPpuV1sG01ci3btaN6TCuFGNwY"
    "OAjFulgYBIsVG2qCzWokfFD9h3UMNIw8obDR/Bl5hEgtyG6yh5+aygC3FfnW7xkGSYSKZ/NoBVCZrjEAOzcodH6snRqJ/KG8MfQ/W9Qu"
    "n4oPNjB01duh9nUVYhcDmjm7QxptGcKqr+gEiqPIproWd7NlFRCTkYWZzyqODaUyzEYDA5Svld1v3WJNTYjfN+SLRiqYtQs5+eD8GSlt"
    "NP3eAioTO4W61GyGLqEQsiQDSGaYC2iQH8QHOPwezySLXX6vF8DKSLJXBkCllXWU/dbwSo/4PoLWnS07wgVEizwZUzyBrW1VBmVXZ4b3"
    "oRtCNRxQKEn5wrF8lmgEiyK155k1fAPZq7XC6nJNNFHrg7q3OmfzOVX4BIscvFGWPYs9geqw1slR8SeDADfrmPxuCsSLF+HhkGWfMj5p"
    "zNs2kbxZKR4m1gv407SK+3WX3/2AmhSddbnmFN7hs44PsFPiCt3EjxouiY+JP/GhzJskEFQEiwAdYNyqUjt7uAdxO1Do5i0Z3BrCLUud"
    "cbLK4KGt2xwU1Q5G3wvaRQSKvAZD9JGb0Wliyc5Uh3ZX9S8p8sk+SwSKc3w8UZP3+6K6ZXjbqFfoUq7HQe9zfoE+h4QZeDdNhQSJQ3GW"
    "+qPhe3KdXA9WOlLYFKnE2l4gRkYCwIrOMQIRfo3S+dgsZyBZRoSLhIlOz4cxV1jNN0z3mtBsjs+nFJeI1x9uirf36ibwB56hmZcWRIlN"
    "YzHYybD95ncxv4kC+37VIc7/+sHVNQnoyEqV7dl3SrkkIlgEiUgMWDQqYTKoMExSPj4xqCue/lnijDVm4kspftIP909G1uEyvqupMcSJ"
    "RqdDncwsxWbIGxGNwW9srvGffN57mbc/OMqSRBPDMltMKVRY/DoEiUFBW5YdWorkEBRQo5nXyXBaQnNAWT3ZUJ8LxwUIbv/f4oRkgGbV"
    "AAboAaIUGus+wfZGpPgEg27nB5rCr7SkQVZcVO4EgQ1aZiyNucS4ZdXLaxu+/RK4LgSAiN56vW3j12COhl/6xIB9CkxVLzzxVZXaJftU"
    "iBvoBIB9CkxSchjvlucl/yI+cF+MMQSAfQpMUl08o6ed0rFJ2APoBsQEgH0KTFI1j8db+NQ6kIHXE20C4w7EgH0KTFKpWBh31t3cE50l"
    "GeZIBIB8l5yMlXwEgHyXnIyVfASAfJecjJV8BPZ2dTAAQu4AAAAAAAAHFc4xsDAAAAhM9EtwoICAgICAgICAgISAfJecjJV8BIB8l5yM"
    "lXwEgHyXnIyVfASAfJecjJV8BIB8l5yMlXwEgHyXnIyVfASAfJecjJV8BIB8l5yMlXwEgHyXnIyVfASAfJecjJV8A="
)
""""Red dress", spoken by a synthesiser, as a data URL."""

CLIP = (
    "data:video/mp4;base64,AAAAIGZ0eXBpc29tAAACAGlzb21pc28yYXZjMW1wNDEAAAAIZnJlZQAABQttZGF0AAACoQYF//+d3EXpve"
    "bZSLeWLNgg2SPu73gyNjQgLSBjb3JlIDE2NSAtIEguMjY0L01QRUctNCBBVkMgY29kZWMgLSBDb3B5bGVmdCAyMDAzLTIwMjUgLSBodH"
    "RwOi8vd3d3LnZpZGVvbGFuLm9yZy94MjY0Lmh0bWwgLSBvcHRpb25zOiBjYWJhYz0xIHJlZj0xNiBkZWJsb2NrPTE6MDowIGFuYWx5c2"
    "U9MHgzOjB4MTMzIG1lPXVtaCBzdWJtZT0xMCBwc3k9MSBwc3lfcmQ9MS4wMDowLjAwIG1peGVkX3JlZj0xIG1lX3JhbmdlPTI0IGNocm"
    "9tYV9tZT0xIHRyZWxsaXM9MiA4eDhkY3Q9MSBjcW09MCBkZWFkem9uZT0yMSwxMSBmYXN0X3Bza2lwPTEgY2hyb21hX3FwX29mZnNldD"
    "0tMiB0aHJlYWRzPTEgbG9va2FoZWFkX3RocmVhZHM9MSBzbGljZWRfdGhyZWFkcz0wIG5yPTAgZGVjaW1hdGU9MSBpbnRlcmxhY2VkPT"
    "AgYmx1cmF5X2NvbXBhdD0wIGNvbnN0cmFpbmVkX2ludHJhPTAgYmZyYW1lcz04IGJfcHlyYW1pZD0yIGJfYWRhcHQ9MiBiX2JpYXM9MC"
    "BkaXJlY3Q9MyB3ZWlnaHRiPTEgb3Blbl9nb3A9MCB3ZWlnaHRwPTIga2V5aW50PTI1MCBrZXlpbnRfbWluPTQgc2NlbmVjdXQ9NDAgaW"
    "50cmFfcmVmcmVzaD0wIHJjX2xvb2thaGVhZD02MCByYz1jcmYgbWJ0cmVlPTEgY3JmPTMwLjAgcWNvbXA9MC42MCBxcG1pbj0wIHFwbW"
    "F4PTY5IHFwc3RlcD00IGlwX3JhdGlvPTEuNDAgYXE9MToxLjAwAIAAAAH8ZYiBAAI//vZzfAprRzOVKk1eHsuSJ+x5gx/cKzPbbgcH4r"
    "8AIvTo4P/jMuxsSEahaGaUmgeG+7+tZ9hY1VHD6gGOz8OYvXTNBDZMgsCa9COfHrJatT8Jo8QDVfFmcm518Af1vmfDTvdbT4Tr4qtugz"
    "d+P061xh1TvtTTMJZjd3nbYa/AbKn4oAErr9IhOKsZKnNwdFIf8WTPc+HrobWWkBaBht+aBseQtNcfoeCpQtD+flb1oj7RbLwFLEx6mf"
    "DilFoVpxZFX5Bg/CU2KS1D6rJOU4G//MtIM91Ut3kmFzzexPkiYZ4O4xMOweDMTqb+0xPYEps+57cdpmw3TxdSYxSb9+EohiWXc/7/ru"
    "pJ8v1zHltktuVXTtE1QwIpU0kU0Vp9ssc4pzxrL7uMb84og7jekcYRs18Ep0WgbbSe1Q0+BGBleZB5g9nm2/4hff6P6yYvLCt2wcxGKk"
    "bdjXy1PrDX04eM8AtgAijWQi5Jep2Ic4cGf2ZcjKdEboBzS3ZBVSVPhHWhzoTnU+d8RfO+nFOcjHO4WlnlgHVk1DHEIuJ6H/lCn9p+DA"
    "Sp0u+805EpIHnqeR4fE7+DQJgq8jW1Q+PkylCXPzOhOb9ZZvk4ArCGA+ypghTB+u8vDYqv+PlkfULQEMTa+/qlFIpnYd3X7pFBQIrWzq"
    "X7T6SiPQAAACNBmghtiCH//khJqxoKjUeokosSzaaukUS17rB9h2yCPddtQAAAABZBnhAnEEf/LoORyaV6hMJ073P2YKzbAAAAGQGeGE"
    "1IIf8zxldhbickh3nL3ow51FW1D8sAAANUbW9vdgAAAGxtdmhkAAAAAAAAAAAAAAAAAAAD6AAAA+gAAQAAAQAAAAAAAAAAAAAAAAEAAA"
    "AAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAgAAAn50cmFrAAAAXHRraGQAAA"
    "ADAAAAAAAAAAAAAAABAAAAAAAAA+gAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAABAAAAAAGAAAA"
    "BgAAAAAAAkZWR0cwAAABxlbHN0AAAAAAAAAAEAAAPoAAAgAAABAAAAAAH2bWRpYQAAACBtZGhkAAAAAAAAAAAAAAAAAABAAAAAUABVxA"
    "AAAAAALWhkbHIAAAAAAAAAAHZpZGUAAAAAAAAAAAAAAABWaWRlb0hhbmRsZXIAAAABoW1pbmYAAAAUdm1oZAAAAAEAAAAAAAAAAAAAAC"
    "RkaW5mAAAAHGRyZWYAAAAAAAAAAQAAAAx1cmwgAAAAAQAAAWFzdGJsAAAAsXN0c2QAAAAAAAAAAQAAAKFhdmMxAAAAAAAAAAEAAAAAAA"
    "AAAAAAAAAAAAAAAGAAYABIAAAASAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGP//AAAAN2F2Y0MBZAAL/+"
    "EAGWdkAAuscgRGNoQAAAMABAAAAwAgPFCmEYABAAdo6EOESyLA/fj4AAAAABRidHJ0AAAAAAAAKBgAAAAAAAAAGHN0dHMAAAAAAAAAAQ"
    "AAAAQAABAAAAAAFHN0c3MAAAAAAAAAAQAAAAEAAAAoY3R0cwAAAAAAAAADAAAAAQAAIAAAAAABAABAAAAAAAIAABAAAAAAHHN0c2MAAA"
    "AAAAAAAQAAAAEAAAAEAAAAAQAAACRzdHN6AAAAAAAAAAAAAAAEAAAEpQAAACcAAAAaAAAAHQAAABRzdGNvAAAAAAAAAAEAAAAwAAAAYn"
    "VkdGEAAABabWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAbWRpcmFwcGwAAAAAAAAAAAAAAAAtaWxzdAAAACWpdG9vAAAAHWRhdGEAAAABAA"
    "AAAExhdmY2Mi4xMi4xMDI="
)
"""The same drawing moved about for a second, as a data URL."""

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
            "speech",
            "A recording, as it comes",
            "/v1/search",
            {"inputs": [{"type": "audio", "value": SPEECH}], "limit": 1},
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
    "POST /v1/audio/transcriptions": (
        Example("speech", "What is said in a recording", "/v1/audio/transcriptions", {"value": SPEECH}),
    ),
    "POST /v1/audio/speech": (
        Example(
            "aloud", "Read aloud, where nothing is there to do it", "/v1/audio/speech", {"input": "Red dress"}, 409
        ),
    ),
    "POST /v1/video/frames": (
        Example("clip", "What a clip shows", "/v1/video/frames", {"value": CLIP}),
        Example(
            "stream",
            "The same, told while it is worked on",
            "/v1/video/frames",
            {"value": CLIP},
            headers={"Accept": "text/event-stream"},
        ),
    ),
    "POST /v1/objects": (Example("photo", "Where things stand in a photo", "/v1/objects", {"value": PICTURE}),),
    "POST /v1/pictures": (Example("photo", "A picture that any browser draws", "/v1/pictures", {"value": PICTURE}),),
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
