"""Reads a request's body as it says it is: JSON, JSON Lines or a multipart form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio
from anyio.to_thread import run_sync
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from starlette.datastructures import UploadFile
from starlette.requests import Request

from aisle.errors import InvalidRequest
from aisle.web.errors import MalformedBody, RequestTimeout, UnsupportedMediaType, from_validation

JSON = "application/json"
JSON_LINES = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines")
MULTIPART = "multipart/form-data"
READ_SECONDS = 60.0
"""Time a client may take to send its body."""

MAX_PARTS = 16

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Form:
    """A multipart form: the bytes of its ``query`` part, and its files by name."""

    query: bytes
    files: Mapping[str, bytes]


def content_type(request: Request) -> str:
    """The body's media type without parameters, in lower case; JSON when the request doesn't say."""
    return request.headers.get("content-type", JSON).partition(";")[0].strip().lower()


def expect(request: Request, *allowed: str) -> str:
    """The body's media type. Raises UnsupportedMediaType unless it is one of ``allowed``."""
    kind = content_type(request)
    if kind not in allowed:
        raise UnsupportedMediaType(
            "This route doesn't read that kind of body.", field="Content-Type", hint=f"Send {' or '.join(allowed)}."
        )
    return kind


async def read_body(request: Request) -> bytes:
    """The whole body. Raises TooLarge (see ``limits.BodyLimit``) and RequestTimeout."""
    try:
        with anyio.fail_after(READ_SECONDS):
            return await request.body()
    except TimeoutError:
        raise _too_slow() from None


async def read_model(request: Request, model: type[Model]) -> Model:
    """The JSON body as ``model``. Raises MalformedBody, InvalidRequest, UnsupportedMediaType."""
    expect(request, JSON)
    body = await read_body(request)
    return await run_sync(parse_model, body, model)


def parse_model(body: bytes, model: type[Model]) -> Model:
    """JSON bytes as ``model``. Raises MalformedBody or InvalidRequest."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise from_validation(error.errors(include_url=False, include_input=False)) from None


def parse_json(body: bytes, *, where: str = "body") -> Any:
    """Any JSON value. Raises MalformedBody: for NaN, lone surrogates, bad UTF-8 and absurd nesting too."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise MalformedBody(f"Not JSON: {error}.", field=where, hint="Send one JSON document in UTF-8.") from None


def parse_json_lines(body: bytes) -> list[Any]:
    """One JSON value a line; blank lines are passed over. Raises MalformedBody with the line's number."""
    lines = body.removeprefix(b"\xef\xbb\xbf").splitlines()
    return [parse_json(line, where=f"line {number}") for number, line in enumerate(lines, 1) if line.strip()]


async def read_form(request: Request) -> Form:
    """The multipart form. Raises MalformedBody, InvalidRequest (no ``query``)."""
    files = dict(await _parts(request))
    query = files.pop("query", None)
    if query is None:
        raise InvalidRequest("The form has no part 'query'.", field="query", hint="Send the search as JSON in it.")
    return Form(query.data, {name: part.data for name, part in files.items()})


async def read_fields(request: Request) -> tuple[Mapping[str, str], Mapping[str, bytes]]:
    """A multipart form's plain fields and its files, by name. Raises MalformedBody, InvalidRequest."""
    parts = await _parts(request)
    fields = {name: part.data.decode(errors="replace") for name, part in parts if not part.is_file}
    return fields, {name: part.data for name, part in parts if part.is_file}


@dataclass(frozen=True, slots=True)
class _Part:
    data: bytes
    is_file: bool


async def _parts(request: Request) -> list[tuple[str, _Part]]:
    try:
        with anyio.fail_after(READ_SECONDS):
            async with request.form(max_files=MAX_PARTS, max_fields=MAX_PARTS, max_part_size=4 << 20) as form:
                parts = [(name, await _part(value)) for name, value in form.multi_items()]
    except TimeoutError:
        raise _too_slow() from None
    if len(dict(parts)) < len(parts):
        raise InvalidRequest("Two parts have the same name.", field="body", hint="Name each part differently.")
    return parts


async def _part(value: UploadFile | str) -> _Part:
    return _Part(value.encode(), False) if isinstance(value, str) else _Part(await value.read(), True)


def _too_slow() -> RequestTimeout:
    return RequestTimeout(f"The body took over {READ_SECONDS:g} s to arrive.", field="body", hint="Send it again.")
