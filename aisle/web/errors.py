"""Every failure leaves by one shape: ``{"error": {"code", "message", "field", "hint"}}``, whoever raised it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic_core import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from aisle.errors import AisleError, InvalidRequest, NotFound, RateLimited, TooLarge, Unauthorized


class MalformedBody(InvalidRequest):
    """The body isn't what its content type says: broken JSON, broken UTF-8, a broken form."""

    code = "malformed_body"
    status = 400


class MethodNotAllowed(AisleError):
    """The path exists and doesn't take this method."""

    code = "method_not_allowed"
    status = 405


class RequestTimeout(AisleError):
    """The client took too long to send its body."""

    code = "request_timeout"
    status = 408


class UnsupportedMediaType(AisleError):
    """The body has a content type that this route doesn't read."""

    code = "unsupported_media_type"
    status = 415


class InternalError(AisleError):
    """Our fault. The message carries the request's id and nothing else; the log has the rest."""

    code = "internal_error"
    status = 500


class NotReady(AisleError):
    """A shop is still opening its index."""

    code = "not_ready"
    status = 503


SEE_SCHEMA = "See /openapi.json for what this route takes."

HINTS: Mapping[str, str] = {
    "extra_forbidden": "Remove it, or see /openapi.json for the fields this route takes.",
    "missing": "Add it.",
    "union_tag_invalid": "Set type to text, image, product or vector.",
    "union_tag_not_found": "Set type to text, image, product or vector.",
    "finite_number": "Send a finite number.",
}
"""What to do about a kind of validation error, by pydantic's name of it."""

INPUT_TAGS = frozenset({"text", "image", "product", "vector"})


def error_response(error: AisleError) -> JSONResponse:
    """The answer for an error, with the headers that its status calls for."""
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(error.as_dict(), status_code=error.status, headers=headers)


def from_validation(errors: Sequence[Mapping[str, Any]]) -> AisleError:
    """The first of pydantic's findings as our error; ``field`` is a dotted path such as ``inputs.0.weight``."""
    first = errors[0]
    kind, message = str(first["type"]), str(first["msg"]).removeprefix("Value error, ")
    if kind == "json_invalid":
        return MalformedBody(message, hint="Send one JSON document in UTF-8.")
    return InvalidRequest(message, field=_dotted(first["loc"]) or None, hint=HINTS.get(kind, SEE_SCHEMA))


def _dotted(location: Sequence[str | int]) -> str:
    """Pydantic's location without the names of union members and of the place (query, path) a value came from."""
    parts = list(location)
    if parts and parts[0] in ("query", "path", "body"):
        parts = parts[1:]
    kept = [p for i, p in enumerate(parts) if not (i == 2 and parts[0] == "inputs" and p in INPUT_TAGS)]
    return ".".join(str(part) for part in kept)


def install(app: FastAPI) -> None:
    """Answer every exception that a request can raise in the one shape (unforeseen ones: see ``shell``)."""

    def aisle_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, AisleError)
        return error_response(error)

    def validation_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError | ValidationError)
        return error_response(from_validation(error.errors()))

    def http_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        response = error_response(from_http(error, request))
        response.headers.update(error.headers or {})
        return response

    app.add_exception_handler(AisleError, aisle_error)
    app.add_exception_handler(RequestValidationError, validation_error)
    app.add_exception_handler(HTTPException, http_error)


def from_http(error: HTTPException, request: Request) -> AisleError:
    """The framework's own refusals (unknown route, wrong method, broken form) as ours."""
    if error.status_code == 404:
        return NotFound("No such page.", field="path", hint="See /openapi.json for the routes.")
    if error.status_code == 405:
        return MethodNotAllowed(f"{request.method} isn't possible here.", field="method", hint="See the Allow header.")
    if error.status_code == 413:
        return TooLarge("The body is too large.", field="body", hint="Send less at once.")
    return MalformedBody(f"The body can't be read: {error.detail}", field="body", hint=SEE_SCHEMA)
