"""The API's endpoints. Each is one function here, a row of ``table.ROUTES`` and an entry of ``examples.EXAMPLES``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated
from urllib.parse import quote

from anyio.to_thread import run_sync
from fastapi import Path, Query, Request
from pydantic import ValidationError
from starlette.responses import FileResponse, Response

import aisle.types as words
from aisle.errors import Forbidden, InvalidRequest, NotFound
from aisle.web.api import answers, bodies, queries
from aisle.web.api.catalog import catalog_rows
from aisle.web.api.events import EVENT_STREAM, event, streamed
from aisle.web.api.models import (
    BulkRow,
    DeleteRequest,
    Explained,
    Limit,
    Locale,
    Name,
    Offset,
    ProductId,
    ProductRow,
    SearchRequest,
    SignalRequest,
    SuggestRequest,
    UnderstandRequest,
)
from aisle.web.auth import Access
from aisle.web.envelope import json_response, media_url, public_product, public_response
from aisle.web.errors import NotReady, from_validation
from aisle.web.facade import DEFAULT_SHOP, Shop, Suggestion, WriteReport
from aisle.web.state import CurrentShop, doors

INLINE_ROWS = 100
"""Most products that are written while the client waits; more become a task."""

MEDIA_TYPES: Mapping[str, str] = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".avif": "image/avif",
}
"""What a browser may show; anything else of the store's media (SVG runs scripts) is only ever downloaded."""

Id = Annotated[ProductId, Path(description="The product's id, URL-encoded.")]


def prefix(request: Request) -> str:
    """The path under which this request's shop is served, for links in answers."""
    root: str = request.scope.get("root_path", "")
    name = request.path_params.get("shop", DEFAULT_SHOP)
    return root if name == DEFAULT_SHOP else f"{root}/shops/{quote(name, safe='')}"


async def search(request: Request, shop: CurrentShop) -> Response:
    """Search by any mix of words, speech, pictures, frames, products, vectors and context, each with a weight; a negative
    one means "not this".

    With `Accept: text/event-stream` the answer is a stream of events: `stage` as work proceeds, `interpretation`, then
    `result` (the same object as in JSON) or `error`.
    """
    kind = bodies.expect(request, bodies.JSON, bodies.MULTIPART)
    if kind == bodies.MULTIPART:
        form = await bodies.read_form(request)
        asked, files = await run_sync(bodies.parse_model, form.query, SearchRequest), form.files
    else:
        asked, files = await bodies.read_model(request, SearchRequest), {}
    if EVENT_STREAM in request.headers.get("accept", ""):
        return streamed(search_events(request, shop, asked, files))
    query = await read_query_aside(request, shop, asked, files)
    return json_response(await found_aside(request, shop, query))


def search_words(
    request: Request,
    shop: CurrentShop,
    q: Annotated[str, Query(max_length=10_000, description="The words; none browses the shop.")] = "",
    filters: Annotated[str | None, Query(max_length=20_000, description="A filter object as JSON.")] = None,
    facets: Annotated[str, Query(max_length=4000, description="Fields to count, separated by commas.")] = "",
    sort: Annotated[Name, Query()] = "relevance",
    offset: Annotated[Offset, Query()] = 0,
    limit: Annotated[Limit, Query()] = 24,
    locale: Annotated[Locale, Query()] = "en",
    session: Annotated[Name | None, Query()] = None,
    explain: Annotated[Explained, Query()] = False,
) -> Response:
    """Search by words alone, from a link or a terminal."""
    tree = bodies.parse_json(filters.encode("utf-8", "replace"), where="filters") if filters else {}
    if not isinstance(tree, dict):
        raise InvalidRequest("Not a filter object.", field="filters", hint='Write it as JSON: {"price": {"lte": 50}}.')
    asked = SearchRequest.model_construct(
        inputs=[queries.text_input(q)] if q.strip() else [],
        filters=tree,
        facets=[name for name in facets.split(",") if name],
        sort=sort,
        offset=offset,
        limit=limit,
        locale=locale,
        session=session,
        explain=explain,
    )
    return json_response(found(request, shop, read_query(request, shop, asked, {})))


def read_query(request: Request, shop: Shop, asked: SearchRequest, files: Mapping[str, bytes]) -> words.Query:
    """The engine's query, within what the request's key may see. Blocks while pictures are fetched."""
    access: Access = request.state.access
    if access.filter and any(map(queries.names_products, asked.inputs)):
        raise _bounded_key("search by product")
    queries.check_facets(asked.facets, frozenset(shop.fields()) | frozenset(shop.settings.facetable))
    reader = queries.InputReader(doors(request).app.config, shop, files, doors(request).fetch, asked.locale)
    return access.restrict(queries.build_query(asked, reader.read(asked.inputs)))


async def read_query_aside(
    request: Request, shop: Shop, asked: SearchRequest, files: Mapping[str, bytes]
) -> words.Query:
    """``read_query`` in a thread: one of few when it has to wait for other servers, or to decode sound or clips."""
    limiter = doors(request).seeing if any(map(queries.is_decoded, asked.inputs)) else None
    if any(map(queries.is_url, asked.inputs)):
        limiter = doors(request).fetching
    return await run_sync(read_query, request, shop, asked, files, limiter=limiter)


async def found_aside(request: Request, shop: Shop, query: words.Query) -> words.Response:
    """``found`` in a thread: one of few when there are pictures to decode."""
    has_picture = any(part.type in (words.InputType.IMAGE, words.InputType.VIDEO) for part in query.inputs)
    return await run_sync(found, request, shop, query, limiter=doors(request).seeing if has_picture else None)


def found(request: Request, shop: Shop, query: words.Query) -> words.Response:
    """The engine's answer as the client may see it, counted in the metrics."""
    response = shop.search(query)
    doors(request).metrics.search(response.timings_ms)
    return public_response(response, prefix(request))


async def search_events(
    request: Request, shop: Shop, asked: SearchRequest, files: Mapping[str, bytes]
) -> AsyncIterator[bytes]:
    """The stages of a search as server-sent events; the engine answers in one go, so there are no more than these."""
    yield event("stage", {"name": "reading", "inputs": len(asked.inputs)})
    query = await read_query_aside(request, shop, asked, files)
    yield event("stage", {"name": "searching"})
    response = await found_aside(request, shop, query)
    yield event("interpretation", response.interpretation)
    yield event("result", response)


async def understand(request: Request, shop: CurrentShop) -> Response:
    """What words say, as a compound query. With the `history` that an earlier answer gave, the next turn of a dialogue: "cheaper"
    is measured against the products in `shown`, "undo" goes back a turn, "start over" empties it."""
    asked = await bodies.read_model(request, UnderstandRequest)
    if request.state.access.filter and asked.shown:
        raise _bounded_key("name products")
    history = [state.query() for state in asked.history]
    states = await run_sync(shop.understand, asked.text, asked.locale, history, asked.shown)
    return json_response(answers.Dialogue(states[-1] if states else words.CompoundQuery(), states))


async def put_signal(
    request: Request, shop: CurrentShop, source: Annotated[Name, Path(description="A source that is on.")]
) -> Response:
    """Keep a source's latest reading for the searches of a session, in memory and for a while (a webhook for devices and
    weather services).

    Searches of that session use it with an input `{"type": "context", "source": …}` that has no value.
    """
    sent = await bodies.read_model(request, SignalRequest)
    reading = words.Reading(source, sent.value, frozenset(sent.consent))
    await run_sync(shop.put_signal, sent.session, reading, sent.ttl_s)
    return json_response(answers.Kept(source, sent.ttl_s))


async def suggest(request: Request, shop: CurrentShop) -> Response:
    """Complete what is being typed."""
    asked = await bodies.read_model(request, SuggestRequest)
    return await run_sync(suggestions, request, shop, asked)


def suggest_words(
    request: Request,
    shop: CurrentShop,
    q: Annotated[str, Query(max_length=1000, description="What has been typed so far.")],
    locale: Annotated[Locale, Query()] = "en",
    limit: Annotated[int, Query(ge=1, le=50)] = 8,
    session: Annotated[Name | None, Query()] = None,
) -> Response:
    """Complete what is being typed, from a link."""
    asked = SuggestRequest.model_construct(q=q, locale=locale, limit=limit, session=session, recent=[], viewed=[])
    return suggestions(request, shop, asked)


def suggestions(request: Request, shop: Shop, asked: SuggestRequest) -> Response:
    access: Access = request.state.access
    if access.filter and asked.viewed:
        raise _bounded_key("name products")
    found = shop.suggest(
        asked.q,
        locale=asked.locale,
        limit=asked.limit,
        session=asked.session,
        recent=asked.recent,
        viewed=asked.viewed,
        scope=access.filter,
    )
    at = prefix(request)
    return json_response(answers.Suggestions(asked.q, tuple(_suggested(each, at) for each in found)))


def _suggested(each: Suggestion, at: str) -> answers.SuggestionAnswer:
    scope = answers.SuggestionScope(each.scope.field, each.scope.value) if each.scope else None
    image = media_url(each.image, at) if each.image else None
    return answers.SuggestionAnswer(each.text, each.kind, each.count, scope, image, each.personal)


def get_product(request: Request, shop: CurrentShop, id: Id) -> Response:
    """One product, as it was cleaned and typed."""
    if request.state.access.filter:
        raise _bounded_key("read single products")
    return json_response(public_product(shop.product(id), prefix(request)))


async def put_product(request: Request, shop: CurrentShop, id: Id) -> Response:
    """Add a product or replace it whole. It is on disk and can be found when the answer arrives."""
    return await write_product(request, shop, id, partial=False)


async def patch_product(request: Request, shop: CurrentShop, id: Id) -> Response:
    """Change the fields that are sent and keep the others; null removes a field."""
    return await write_product(request, shop, id, partial=True)


async def write_product(request: Request, shop: Shop, id: str, *, partial: bool) -> Response:
    sent = await bodies.read_model(request, ProductRow)
    if sent.id not in (None, id):
        raise InvalidRequest("The body's id isn't the path's.", field="id", hint="Leave id out of the body.")

    def write() -> Response:
        if partial:
            shop.product(id)  # raises NotFound: there is nothing to change
        rows = catalog_rows([sent], shop, prefix(request), ids=[id])
        report = shop.put_products(rows, partial=partial)
        for _, code, message in report.rejected:
            raise InvalidRequest(message, field="product", hint=f"Correct the product and send it again ({code}).")
        return json_response(written(report))

    return await run_sync(write)


def delete_product(shop: CurrentShop, id: Id) -> Response:
    """Delete a product. It can't be found any more when the answer arrives."""
    deleted = shop.delete_products([id])
    if not deleted:
        raise NotFound(f"There is no product {id[:80]!r}.", field="id")
    return json_response(answers.Deleted(deleted))


async def delete_products(request: Request, shop: CurrentShop) -> Response:
    """Delete many products; ids that aren't there are passed over."""
    asked = await bodies.read_model(request, DeleteRequest)
    return json_response(answers.Deleted(await run_sync(shop.delete_products, asked.ids)))


async def put_products(request: Request, shop: CurrentShop) -> Response:
    """Add or replace many products: a JSON array, `{"products": […]}`, or JSON Lines.

    Up to 100 are written at once (200, with what was rejected and why); more become a task (202, see Location).
    """
    kind = bodies.expect(request, bodies.JSON, *bodies.JSON_LINES)
    body = await bodies.read_body(request)

    def write() -> Response:
        rows = catalog_rows(product_rows(body, lines=kind != bodies.JSON), shop, prefix(request))
        if len(rows) <= INLINE_ROWS:
            return json_response(written(shop.put_products(rows)))
        task = str(shop.submit(rows))
        location = f"{prefix(request)}/v1/tasks/{quote(task, safe='')}"
        return json_response(answers.Submitted(task), 202, {"Location": location})

    return await run_sync(write)


def product_rows(body: bytes, *, lines: bool) -> list[BulkRow]:
    """The products of a bulk body. Raises MalformedBody and InvalidRequest, naming the product by its position."""
    values = bodies.parse_json_lines(body) if lines else bodies.parse_json(body)
    if isinstance(values, dict) and set(values) == {"products"}:
        values = values["products"]
    if not isinstance(values, list):
        raise InvalidRequest(
            "No products.", field="products", hint='Send a JSON array, {"products": […]} or JSON Lines.'
        )
    rows: list[BulkRow] = []
    for i, value in enumerate(values):
        try:
            rows.append(BulkRow.model_validate(value))
        except ValidationError as error:
            raise from_validation([{**e, "loc": ("products", i, *e["loc"])} for e in error.errors()]) from None
    return rows


def written(report: WriteReport) -> answers.Written:
    rejected = tuple(answers.RejectedRow(*row) for row in report.rejected)
    return answers.Written(report.written, report.unchanged, rejected)


def get_task(
    shop: CurrentShop, id: Annotated[Name, Path(description="As the answer that began it gave it.")]
) -> Response:
    """How a bulk write or a switch of models is getting on."""
    task = shop.task(id)
    result = task["result"]
    if result and "rejected" in result:
        rejected = [answers.RejectedRow(*row) for row in result["rejected"]]
        task = {**task, "result": {**result, "rejected": rejected}}
    return json_response(task)


def get_settings(shop: CurrentShop) -> Response:
    """How this shop searches."""
    return json_response(shop.settings.model_dump(mode="json"))


async def patch_settings(request: Request, shop: CurrentShop) -> Response:
    """Change the settings that are sent. They are checked as a whole and take effect with no downtime."""
    bodies.expect(request, bodies.JSON)
    body = await bodies.read_body(request)

    def update() -> Response:
        patch = bodies.parse_json(body)
        if not isinstance(patch, dict):
            raise InvalidRequest("Not a settings object.", field="body", hint="Send only the settings to change.")
        try:
            settings = shop.update_settings(patch)
        except ValidationError as error:
            raise from_validation(error.errors()) from None
        return json_response(settings.model_dump(mode="json"))

    return await run_sync(update)


def get_media(shop: CurrentShop, name: Annotated[Name, Path(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$")]) -> Response:
    """A product's picture. Its name is made from its content, so it may be cached for ever."""
    path = shop.media_path(name)
    if not path.is_file():
        raise NotFound("There is no such picture.", field="name")
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    media_type = MEDIA_TYPES.get(path.suffix.lower())
    if media_type is None:
        return FileResponse(path, media_type="application/octet-stream", filename=name, headers=headers)
    return FileResponse(path, media_type=media_type, headers=headers)


def healthz() -> Response:
    """Whether the process lives. Needs no key."""
    return json_response(answers.Health("ok"))


def readyz(request: Request) -> Response:
    """Whether every shop can answer; 503 while one can't. Needs no key."""
    ready = {name: shop.ready() for name, shop in doors(request).app.shops.items()}
    waiting = [name for name, is_ready in ready.items() if not is_ready]
    if waiting:
        raise NotReady(f"Not ready: {', '.join(waiting)}.", hint="Ask again in a moment.")
    return json_response(answers.Readiness(True, ready))


def metrics(request: Request) -> Response:
    """Counts and times for Prometheus: requests by route and status, stages of searches, sizes of indexes."""
    return Response(doors(request).metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _bounded_key(what: str) -> Forbidden:
    return Forbidden(f"A key with a filter inside can't {what}.", hint="Search with the filter that you need instead.")
