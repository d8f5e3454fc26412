"""/openapi.json: made from the route table, the request models and the examples, so that it can't drift from them."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from aisle.web.api import answers, bodies
from aisle.web.api.examples import EXAMPLES
from aisle.web.api.table import ROUTES, SERVER_ROUTES, Route

REF = "#/components/schemas/{model}"

DESCRIPTION = """Search a shop with words and pictures, keep its products, steer how it searches.

Every route of a shop is also at `/shops/{name}/…`. Every failure has the shape `{"error": {"code", "message", "field",
"hint"}}`, and every answer an `X-Request-Id`. On localhost no key is needed; elsewhere send
`Authorization: Bearer KEY`."""

ALWAYS = (400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 500, 503)
"""Statuses of errors that any route may answer with."""

MULTIPART_SCHEMA = {
    "type": "object",
    "properties": {"query": {"type": "string", "description": "The search as JSON."}},
    "required": ["query"],
    "additionalProperties": {"type": "string", "format": "binary", "description": "A picture that an input names."},
}


def describe(web: FastAPI) -> None:
    """Make ``web`` serve this schema at /openapi.json."""

    def openapi() -> dict[str, Any]:
        if web.openapi_schema is None:
            web.openapi_schema = schema(web)
        return web.openapi_schema

    web.openapi = openapi  # type: ignore[method-assign]


def schema(web: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an application that serves ``ROUTES`` and ``SERVER_ROUTES``."""
    table = (*ROUTES, *SERVER_ROUTES)
    document = get_openapi(title=web.title, version=web.version, description=DESCRIPTION, routes=web.routes)
    shapes, components = _shapes(table)
    document["components"] = {
        "schemas": components,
        "responses": {"Error": _content({bodies.JSON: shapes(answers.ErrorAnswer)}, "What went wrong and what to do.")},
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        },
    }
    for route in table:
        path = route.path.replace(":path", "")
        operation = document["paths"][path][route.method.lower()]
        operation.update(_operation(route, shapes))
    return document


def _operation(route: Route, shapes: Any) -> dict[str, Any]:
    examples = EXAMPLES[route.key]
    made: dict[str, Any] = {
        "description": " ".join((route.endpoint.__doc__ or "").split()),
        "summary": examples[0].summary,
        "responses": {
            **{str(status): _answer(shape, status, shapes) for status, shape in route.gives.items()},
            **{str(status): {"$ref": "#/components/responses/Error"} for status in ALWAYS},
        },
    }
    if route.scope is not None:
        made["x-scope"] = str(route.scope)
        made["security"] = [{}, {"bearer": []}, {"header": []}]
    if route.takes:
        named = {e.name: {"summary": e.summary, "value": e.body} for e in examples if e.body is not None}
        content: dict[str, Any] = {}
        for kind, shape in route.takes.items():
            content[kind] = {"schema": MULTIPART_SCHEMA if kind == bodies.MULTIPART else shapes(shape)}
            if kind == bodies.JSON and named:
                content[kind]["examples"] = named
        made["requestBody"] = {"required": True, "content": content}
    return made


def _answer(shape: Any, status: int, shapes: Any) -> dict[str, Any]:
    text = HTTPStatus(status).phrase
    if shape is str:
        return _content({"text/plain": {"type": "string"}}, text)
    if shape is bytes:
        return _content({"image/*": {"type": "string", "format": "binary"}}, text)
    return _content({bodies.JSON: shapes(shape)}, text)


def _content(schemas: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, "content": {kind: {"schema": each} for kind, each in schemas.items()}}


def _shapes(table: tuple[Route, ...]) -> tuple[Any, dict[str, Any]]:
    """A function shape → its schema, and the definitions that these refer to."""
    wanted: dict[tuple[str, str], TypeAdapter[Any]] = {}
    for route in table:
        for shape in route.takes.values():
            wanted[repr(shape), "validation"] = TypeAdapter(shape)
        for shape in (*route.gives.values(), answers.ErrorAnswer):
            wanted[repr(shape), "serialization"] = TypeAdapter(shape)
    inputs = [(name, mode, adapter) for (name, mode), adapter in wanted.items()]
    schemas, definitions = TypeAdapter.json_schemas(inputs, ref_template=REF)  # type: ignore[arg-type]
    by_name = {name: each for (name, _), each in schemas.items()}
    return lambda shape: by_name[repr(shape)], definitions.get("$defs", {})
