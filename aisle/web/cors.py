"""Which other sites' pages may call the API."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from aisle.errors import Forbidden
from aisle.web.errors import error_response


class Cors(CORSMiddleware):
    """Starlette's, without cookies (keys go in headers), with refusals in the API's error shape."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=tuple(origins),
            allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=("Authorization", "X-API-Key", "Content-Type"),
            expose_headers=("X-Request-Id", "Retry-After", "Location"),
            max_age=3600,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return response
        refusal = Forbidden(
            "Pages of this site may not do that.", field="Origin", hint="Add the site to AISLE_CORS_ORIGINS."
        )
        return error_response(refusal)
