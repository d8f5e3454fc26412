"""The pages' routes: the search (whole, or the parts that change), a product, the assets, and readable errors."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from inspect import isawaitable
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, FastAPI, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from aisle.errors import AisleError, NotFound
from aisle.perception.image import Limits
from aisle.store.judgements import GRADES
from aisle.types import CompoundQuery, Explain, Hit, Input, InputType, Product, Query
from aisle.types import Response as Answer
from aisle.understanding.chips import without
from aisle.web.api.bodies import MULTIPART, expect, read_form
from aisle.web.auth import Access, Scope, require
from aisle.web.envelope import media_url, public_product, public_response
from aisle.web.errors import from_http, from_validation
from aisle.web.facade import DEFAULT_SHOP, App, Shop
from aisle.web.pages.address import Address, PartKind, parse
from aisle.web.pages.asking import Asked, PartReader, facet_names, in_language, known_only, refuse_bounded, sorts
from aisle.web.pages.assets import Assets
from aisle.web.pages.dialogue import States, Talk, merge, trail
from aisle.web.pages.effects import effect_views, shares, voices
from aisle.web.pages.messages import LANGUAGE_COOKIE, chosen_language, language_of, messages
from aisle.web.pages.rendering import Renderer
from aisle.web.pages.understood import alternatives, understood
from aisle.web.pages.views import PAGE_SIZE, Card, Shelf
from aisle.web.state import CurrentShop, doors

YEAR_S = 365 * 24 * 3600
SESSION_HEADER = "Aisle-Session"
SESSION = re.compile(r"[0-9a-f]{24}")
"""What the page's scripts call a visit; anything else is nobody's."""
SIMILAR = 12
FEW = 8
"""Fewer good answers to a photo than this (two rows) are followed by what comes close, under a heading that says so."""
KIN = 100
"""Forms of one thing that its page shows."""

FACTS = 8
"""Attributes that a rater sees."""

TILES = 9
TILES_FRESH_S = 60.0
"""Seconds for which the front page's tiles are kept: they need a search each."""

HTML_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Cookie, Accept-Language"}


@dataclass(frozen=True, slots=True)
class Tile:
    """A way into the shop: a kind of product, with the picture of one."""

    label: str
    url: str
    image: str | None
    count: int


def shelf_of(request: Request) -> Shelf:
    """Where this request's shop is, and the shopper's language."""
    root: str = request.scope.get("root_path", "")
    name = request.path_params.get("shop", DEFAULT_SHOP)
    prefix = root if name == DEFAULT_SHOP else f"{root}/shops/{quote(name, safe='')}"
    return Shelf(prefix, messages(language_of(request)))


def prefers_html(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


class Pages:
    """The endpoints, with what they share: templates, assets, the tiles of the front page."""

    def __init__(self, app: App) -> None:
        self.renderer = Renderer(Assets.load())
        self._limits = Limits(max_bytes=app.config.max_image_bytes, max_pixels=app.config.max_image_pixels)
        self._tiles: dict[tuple[str, str], tuple[float, list[Tile]]] = {}

    def search_page(self, request: Request, shop: CurrentShop) -> Response:
        """The front page and every search that a URL can hold. The browser asks for what its photos find by itself."""
        address = parse(request.query_params.multi_items())
        explain = explained(request.query_params.multi_items())
        context = self._results(request, shop, address, {}, explain, pending=_needs_photo(address))
        if address.is_blank:
            context["tiles"] = self._front_tiles(request, shop)
        return self._html(request, "search.html", context)

    async def results(self, request: Request, shop: CurrentShop) -> Response:
        """The parts of the search page that change, for scripts. Photos come as a form's files, named by token."""
        if request.method == "GET":
            pairs, photos = request.query_params.multi_items(), {}
        else:
            expect(request, MULTIPART)
            form = await read_form(request)
            pairs = parse_qsl(form.query.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=500)
            photos = dict(form.files)
        address = parse(pairs)

        def render() -> Response:
            context = self._results(request, shop, address, photos, explained(pairs))
            if address.is_blank:
                context["tiles"] = self._front_tiles(request, shop)
            return self._html(request, "results.html", context)

        return await run_sync(render)

    def product_page(self, request: Request, shop: CurrentShop, id: str) -> Response:
        """One product: pictures, facts, its variants, and more like it."""
        access: Access = request.state.access
        refuse_bounded(access.filter)
        shelf = shelf_of(request)
        product = public_product(shop.product(id), shelf.prefix)
        variants, similar = self._kin(request, shop, product)
        card = shelf.card(Hit(id, 0.0, product))
        context = {
            "product": product,
            "card": card,
            "description": shelf.description(product),
            "details": shelf.details(product),
            "variants": [shelf.card(hit) for hit in variants],
            "variant_labels": _differences(variants, shelf),
            "similar": [shelf.card(hit) for hit in similar],
            "structured": structured_data(product, card, shelf, str(request.base_url)),
            "canonical": _absolute(request, shelf.product_url(id)),
        }
        return self._html(request, "product.html", context)

    def label_page(self, request: Request, shop: CurrentShop) -> Response:
        """The page where pairs are graded. It holds nothing of the shop: its script asks the API, with a key if need be."""
        return self._html(request, "label.html", {"grades": GRADES})

    def label_pair(self, request: Request, shop: CurrentShop, id: Annotated[int, Path(ge=1, le=2**53)]) -> Response:
        """One pair as a rater sees it, for the script."""
        shelf, task = shelf_of(request), shop.labelling.task(id)
        context: dict[str, Any] = {"pair": task.pair, "product": None, "asked_image": None}
        if task.pair.query.image is not None:
            context["asked_image"] = media_url(task.pair.query.image, shelf.prefix)
        if task.product is not None:
            product = public_product(task.product, shelf.prefix)
            context |= {
                "product": product,
                "card": shelf.card(Hit(product.id, 0.0, product)),
                "facts": shelf.details(product)[:FACTS],
                "description": shelf.description(product),
            }
        return self._html(request, "label_pair.html", context)

    def asset(self, request: Request, version: str, name: str) -> Response:
        """A style, script or picture of the pages. Under its current version a browser may keep it for ever."""
        assets = self.renderer.assets
        if name not in assets.contents:
            raise NotFound("There is no such file.", field="path")
        fresh = "public, max-age=31536000, immutable" if version == assets.version else "no-cache"
        return Response(assets.contents[name], media_type=assets.media_type(name), headers={"Cache-Control": fresh})

    def error_page(self, request: Request, error: AisleError) -> HTMLResponse:
        """What went wrong and how to go on, in the shopper's language."""
        t = messages(language_of(request))
        known = f"error.{error.status}.title" in t.texts
        context = {
            "error": error,
            "title": t(f"error.{error.status}.title") if known else t("error.other.title"),
            "text": t(f"error.{error.status}.text") if known else t("error.other.text"),
        }
        return self._html(request, "error.html", context, status=error.status)

    def _search(self, request: Request, shop: Shop, query: Query, *, logged: bool = True) -> Answer:
        access: Access = request.state.access
        shelf = shelf_of(request)
        session = request.headers.get(SESSION_HEADER, "")
        named = session if SESSION.fullmatch(session) else None
        asked = access.restrict(replace(query, locale=shelf.t.language, session=named))
        answer = shop.search(asked, logged=logged)
        if logged:
            doors(request).metrics.search(answer.timings_ms)
        return public_response(answer, shelf.prefix)

    def _results(
        self,
        request: Request,
        shop: Shop,
        address: Address,
        photos: Mapping[str, bytes],
        explain: Explain,
        *,
        pending: bool = False,
    ) -> dict[str, Any]:
        """The context of a search. ``pending``: nothing is searched yet, the browser will send the photos."""
        shelf, fields, settings = shelf_of(request), shop.fields(), shop.settings
        if any(part.kind is PartKind.PRODUCT for part in address.parts):
            refuse_bounded(request.state.access.filter)

        def product(id: str) -> Product:
            return public_product(shop.product(id), shelf.prefix)

        reader = PartReader(shelf, photos, product, self._limits)
        known, talk = known_only(address, fields, settings), Talk(Address())
        known = known if settings.understanding else replace(known, turns=())
        if known.turns and not pending:
            talk = self._talk(request, shop, known, reader)
            known = talk.address
        asked = reader.read(known)
        context: dict[str, Any] = {
            "asked": asked,
            "address": asked.address,
            "parts": asked.parts,
            "pending": pending,
            "heading": shelf.heading(asked.address, asked.parts),
            "chips": shelf.chips(asked.address),
            "sorts": sorts(settings, fields),
            "in_stock_filter": "stock" in fields,
            "tiles": [],
            "understood": [],
            "heard": alternatives(asked.address, shelf),
            "refines": settings.understanding and asked.address.has_inputs and not asked.address.exact,
            "turns": trail(asked.address, shelf),
            "pointed": None,
            "canonical": _absolute(request, shelf.search_url(asked.address)),
        }
        if pending:
            return context
        facets = facet_names(asked.address, settings, fields, shelf.t.language)
        compound = talk.compound
        if asked.address.dropped and settings.understanding:
            if compound is None and asked.address.words:
                compound = next(iter(shop.understand(asked.address.words, shelf.t.language)), None)
            compound = without(compound, asked.address.dropped) if compound else None
        answer = self._search(request, shop, asked.query(facets, shelf.t.language, explain, compound))
        if not answer.hits and answer.total and asked.address.page > 1:
            last = asked.address.at_page(-(-answer.total // PAGE_SIZE))
            asked = replace(asked, address=last)
            answer = self._search(request, shop, asked.query(facets, shelf.t.language, explain, compound))
            context |= {"asked": asked, "address": last}
        cards = [
            (shelf.card(hit), hit.weak) for hit in (*answer.hits, *self._beyond(request, shop, asked, answer, compound))
        ]
        speaking, reports = voices(asked.address, asked.parts), answer.interpretation.inputs
        effects = None
        if explain is Explain.COUNTERFACTUAL:
            effects = effect_views(shelf, speaking, reports, answer.counterfactual, len(answer.hits))
        return context | {
            "answer": answer,
            "pointed": pointed(answer.hits, talk.place),
            "voices": speaking,
            "shares": shares(shelf, speaking, reports),
            "effects": effects,
            "count": shelf.count_text(answer),
            "cards": [card for card, weak in cards if not weak],
            "weak_cards": [card for card, weak in cards if weak],
            "facets": shelf.facets(asked.address, answer.facets) if answer.hits or asked.address.has_filters else [],
            "pages": shelf.pages(asked.address, answer.total),
            "relaxed": shelf.relaxations(answer.interpretation.relaxed),
            "understood": understood(answer.interpretation.compound, asked.address, shelf),
        }

    def _beyond(
        self, request: Request, shop: Shop, asked: Asked, answer: Answer, compound: CompoundQuery | None
    ) -> list[Hit]:
        """What comes next to the few things that match what was shown: weak hits, none of them counted or logged."""
        few = asked.address.page == 1 and 0 < answer.total < FEW and not any(hit.weak for hit in answer.hits)
        if not (few and asked.shows):
            return []
        query = asked.query((), shelf_of(request).t.language, compound=compound)
        nearest = replace(query, limit=answer.total + SIMILAR, sort="relevance", weak=True)
        more = self._search(request, shop, nearest, logged=False)
        listed = {hit.product.group or hit.id for hit in answer.hits}
        return [hit for hit in more.hits if hit.weak and (hit.product.group or hit.id) not in listed][:SIMILAR]

    def _talk(self, request: Request, shop: Shop, address: Address, reader: PartReader) -> Talk:
        """The turns of an address, each measured against what was on the screen when it was said."""
        language = shelf_of(request).t.language

        def understands(text: str, history: States, shown: Sequence[str] = ()) -> States:
            return shop.understand(text, language, history, shown)

        def shows(address: Address, compound: CompoundQuery) -> list[str]:
            asked = reader.read(address)
            compound = without(compound, address.dropped)
            answer = self._search(request, shop, asked.query((), language, Explain.NONE, compound), logged=False)
            return [hit.id for hit in answer.hits]

        return merge(address, understands, shows)

    def _front_tiles(self, request: Request, shop: Shop) -> list[Tile]:
        """Kinds of products with a picture each, the most common first."""
        shelf, access, fields = shelf_of(request), request.state.access, shop.fields()
        name = in_language("type" if "type" in fields else "category", fields, shelf.t.language)
        if name not in fields:
            return []
        key = (f"{shop.name}\0{access.filter}", shelf.prefix + shelf.t.language)
        made, tiles = self._tiles.get(key, (0.0, []))
        if tiles and time.monotonic() - made < TILES_FRESH_S:
            return tiles
        kinds = self._search(request, shop, Query(facets=(name,), limit=0), logged=False).facets
        common = kinds[name].values[:TILES] if name in kinds else ()
        tiles = []
        for kind in common:
            first = self._search(request, shop, Query(filters={name: [kind.value]}, limit=1), logged=False).hits
            image = first[0].product.images[:1] if first else ()
            url = shelf.search_url(Address(filters={name: (kind.value,)}))
            tiles.append(Tile(shelf.t.value(name, kind.value), url, image[0] if image else None, kind.count))
        if len(self._tiles) > 64:
            self._tiles.clear()
        self._tiles[key] = (time.monotonic(), tiles)
        return tiles

    def _kin(self, request: Request, shop: Shop, product: Product) -> tuple[list[Hit], list[Hit]]:
        """The forms of the same thing, itself among them (or none), and what is like it, one of each group."""
        variants: list[Hit] = []
        if product.group is not None and "group" in shop.fields():
            forms = Query(filters={"group": [product.group]}, limit=KIN, group=False, relax=False)
            variants = sorted(self._search(request, shop, forms, logged=False).hits, key=lambda hit: hit.id)
        alike = Query(inputs=(Input(InputType.PRODUCT, product.id),), limit=SIMILAR + 1, relax=False)
        own = product.group or product.id
        similar = [
            hit for hit in self._search(request, shop, alike, logged=False).hits if (hit.product.group or hit.id) != own
        ]
        return variants if len(variants) > 1 else [], similar[:SIMILAR]

    def _html(self, request: Request, template: str, context: Mapping[str, Any], status: int = 200) -> HTMLResponse:
        shelf = shelf_of(request)
        page = self.renderer.render(template, request, shelf, context)
        response = HTMLResponse(page, status, {**HTML_HEADERS, "Content-Language": shelf.t.language})
        chosen = chosen_language(request)
        if chosen:
            response.set_cookie(
                LANGUAGE_COOKIE, chosen, max_age=YEAR_S, path=f"{shelf.prefix}/", samesite="lax", httponly=True
            )
        return response


def pages_router(app: App) -> APIRouter:
    """The pages of a shop. Include it under ``/`` and, for several shops, under ``/shops/{shop}``."""
    pages = Pages(app)

    class PageRoute(APIRoute):
        """A route whose errors are pages."""

        def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
            handle = super().get_route_handler()

            async def handled(request: Request) -> Response:
                try:
                    return await handle(request)
                except AisleError as error:
                    return await run_sync(pages.error_page, request, error)
                except RequestValidationError as error:
                    return await run_sync(pages.error_page, request, from_validation(error.errors()))

            return handled

    router = APIRouter(route_class=PageRoute, include_in_schema=False)
    searching = [Depends(require(Scope.SEARCH))]
    router.add_api_route("/", pages.search_page, methods=["GET"], dependencies=searching)
    router.add_api_route("/results", pages.results, methods=["GET", "POST"], dependencies=searching)
    router.add_api_route("/p/{id:path}", pages.product_page, methods=["GET"], dependencies=searching)
    router.add_api_route("/label", pages.label_page, methods=["GET"])
    labelling = [Depends(require(Scope.LABEL))]
    router.add_api_route("/label/pairs/{id}", pages.label_pair, methods=["GET"], dependencies=labelling)
    router.add_api_route("/static/{version}/{name:path}", pages.asset, methods=["GET"])
    return router


def install_error_pages(web: FastAPI, app: App) -> None:
    """Answer what people open in a browser and isn't there (any path outside the API) with a page, not with JSON."""
    pages, answer_json = Pages(app), web.exception_handlers[HTTPException]

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if "/v1/" in request.url.path or not prefers_html(request):
            answer = answer_json(request, error)
            return await answer if isawaitable(answer) else answer
        return await run_sync(pages.error_page, request, from_http(error, request))

    web.add_exception_handler(HTTPException, http_error)


def structured_data(product: Product, card: Card, shelf: Shelf, base: str) -> dict[str, Any]:
    """The product as schema.org's Product, for crawlers."""
    base = base.rstrip("/").removesuffix(shelf.prefix) if shelf.prefix else base.rstrip("/")
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": card.title,
        "sku": product.id,
        "url": base + card.url,
        "description": shelf.description(product)[:5000],
        "image": [url if url.startswith("http") else base + url for url in product.images],
    }
    if card.brand:
        data["brand"] = {"@type": "Brand", "name": card.brand}
    if product.group:
        data["inProductGroupWithID"] = product.group
    if card.price:
        data["offers"] = {
            "@type": "Offer",
            "price": f"{card.price.amount:.2f}",
            "priceCurrency": card.price.currency,
            "availability": "https://schema.org/" + ("InStock" if card.in_stock else "OutOfStock"),
            "url": base + card.url,
        }
    if card.rating is not None and card.reviews:
        data["aggregateRating"] = {"@type": "AggregateRating", "ratingValue": card.rating, "reviewCount": card.reviews}
    return {name: value for name, value in data.items() if value not in ("", [])}


def explained(pairs: Sequence[tuple[str, str]]) -> Explain:
    """What a page tells of its search: with ``effects=1``, which no link carries on, also what each part did."""
    return Explain.COUNTERFACTUAL if ("effects", "1") in pairs else Explain.WHY


def pointed(hits: Sequence[Hit], place: int | None) -> str | None:
    """The id of the hit at a place, from 1; -1 is the last."""
    if place is None or not hits:
        return None
    row = len(hits) - 1 if place < 0 else place - 1
    return hits[row].id if row < len(hits) else None


def _needs_photo(address: Address) -> bool:
    return any(part.is_shown for part in address.parts)


def _differences(variants: list[Hit], shelf: Shelf) -> dict[str, str]:
    """For each variant, what sets it apart from the others: its values of the attributes in which they differ."""
    names = ("color", "pattern", "material", "size")
    differing = [name for name in names if len({hit.product.attributes.get(name) for hit in variants}) > 1]
    labels = {}
    for hit in variants:
        values = [shelf.value_text(n, hit.product.attributes[n]) for n in differing if n in hit.product.attributes]
        labels[hit.id] = " · ".join(values) or shelf.title(hit.product)
    return labels


def _absolute(request: Request, path: str) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{path}"
