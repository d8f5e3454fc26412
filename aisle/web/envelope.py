"""From the engine's dataclasses to JSON: the one shape of an answer, for the API, the pages and ``--json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic_core import from_json, to_json
from starlette.responses import Response as HttpResponse

from aisle.types import Came, Product, Response


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """``body`` (dataclasses, mappings, sequences) as JSON that no cache keeps. Infinities and NaN become null."""
    return HttpResponse(
        json_bytes(body), status, {"Cache-Control": "no-store", **(headers or {})}, media_type="application/json"
    )


def json_bytes(body: Any) -> bytes:
    return to_json(body, fallback=_plain, inf_nan_mode="null")


def _plain(value: Any) -> Any:
    """What pydantic doesn't know: read-only mappings, and numpy's arrays and scalars."""
    return dict(value) if isinstance(value, Mapping) else value.tolist()


def media_url(reference: str, prefix: str) -> str | None:
    """Where a browser finds a picture: a URL as it is, a name of the store's media under ``prefix``.

    None for a path of the server's own disk, which is nobody else's business.
    """
    if reference.startswith(("https://", "http://")):
        return reference
    return None if "/" in reference or "\\" in reference else f"{prefix}/media/{reference}"


def public_product(product: Product, prefix: str) -> Product:
    """The product with its pictures as URLs."""
    urls = (media_url(reference, prefix) for reference in product.images)
    return replace(product, images=tuple(url for url in urls if url is not None))


def public_response(response: Response, prefix: str) -> Response:
    """The response with its products' pictures as URLs."""
    hits = tuple(replace(hit, product=public_product(hit.product, prefix)) for hit in response.hits)
    effects = tuple(
        replace(each, came=tuple(_public_came(one, prefix) for one in each.came)) for each in response.counterfactual
    )
    return replace(response, hits=hits, counterfactual=effects)


def _public_came(came: Came, prefix: str) -> Came:
    return replace(came, image=media_url(came.image, prefix) if came.image else None)


def response_json(response: Response, prefix: str = "") -> dict[str, Any]:
    """The response as the API gives it, as plain dicts and lists."""
    plain: dict[str, Any] = from_json(json_bytes(public_response(response, prefix)))
    return plain
