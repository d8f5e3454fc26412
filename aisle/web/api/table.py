"""The API as a table: what each route takes, gives and needs. The router and the schema are both made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Depends

from aisle import types as words
from aisle.config import SearchSettings
from aisle.web.api import answers, bodies, labelling, media, model_routes, models, routes
from aisle.web.auth import Scope, require

ManyProducts = list[models.BulkRow] | models.Products


@dataclass(frozen=True)
class Route:
    """One route. ``takes``: content type → shape of the body. ``gives``: status → shape (str: text, bytes: a file)."""

    method: str
    path: str
    endpoint: Callable[..., Any]
    scope: Scope | None
    gives: Mapping[int, Any]
    takes: Mapping[str, Any] = field(default_factory=dict)
    counted: bool = True
    """Whether it uses up the client's rate: not so for what a page loads by the dozen and browsers keep."""

    @property
    def key(self) -> str:
        """The method and path as documents name the route."""
        return f"{self.method} {self.path.replace(':path', '')}"


SEARCH_BODY = {bodies.JSON: models.SearchRequest, bodies.MULTIPART: bytes}
PRODUCTS_BODY = {bodies.JSON: ManyProducts, bodies.JSON_LINES[0]: str}

ROUTES: tuple[Route, ...] = (
    Route("POST", "/v1/search", routes.search, Scope.SEARCH, {200: words.Response}, SEARCH_BODY),
    Route("GET", "/v1/search", routes.search_words, Scope.SEARCH, {200: words.Response}),
    Route(
        "POST",
        "/v1/understand",
        routes.understand,
        Scope.SEARCH,
        {200: answers.Dialogue},
        {bodies.JSON: models.UnderstandRequest},
    ),
    Route(
        "POST",
        "/v1/audio/transcriptions",
        media.transcribe,
        Scope.SEARCH,
        {200: media.TranscriptionAnswer},
        {bodies.MULTIPART: bytes, bodies.JSON: media.SoundRequest},
    ),
    Route(
        "POST",
        "/v1/audio/speech",
        media.speak,
        Scope.SEARCH,
        {200: bytes, 409: answers.ErrorAnswer},
        {bodies.JSON: media.SpeakRequest},
    ),
    Route(
        "POST",
        "/v1/video/frames",
        media.find_frames,
        Scope.SEARCH,
        {200: media.FramesAnswer},
        {bodies.MULTIPART: bytes, bodies.JSON: media.MediaRequest},
    ),
    Route(
        "POST",
        "/v1/objects",
        media.find_objects,
        Scope.SEARCH,
        {200: media.ObjectsAnswer},
        {bodies.MULTIPART: bytes, bodies.JSON: media.MediaRequest},
    ),
    Route(
        "POST",
        "/v1/pictures",
        media.show_picture,
        Scope.SEARCH,
        {200: bytes},
        {bodies.MULTIPART: bytes, bodies.JSON: media.MediaRequest},
    ),
    Route(
        "POST",
        "/v1/suggest",
        routes.suggest,
        Scope.SEARCH,
        {200: answers.Suggestions},
        {bodies.JSON: models.SuggestRequest},
    ),
    Route("GET", "/v1/suggest", routes.suggest_words, Scope.SEARCH, {200: answers.Suggestions}),
    Route(
        "POST",
        "/v1/signals/{source}",
        routes.put_signal,
        Scope.WRITE,
        {200: answers.Kept},
        {bodies.JSON: models.SignalRequest},
    ),
    Route(
        "POST",
        "/v1/products",
        routes.put_products,
        Scope.WRITE,
        {200: answers.Written, 202: answers.Submitted},
        PRODUCTS_BODY,
    ),
    Route(
        "POST",
        "/v1/products/delete",
        routes.delete_products,
        Scope.WRITE,
        {200: answers.Deleted},
        {bodies.JSON: models.DeleteRequest},
    ),
    Route("GET", "/v1/products/{id:path}", routes.get_product, Scope.SEARCH, {200: words.Product}),
    Route(
        "PUT",
        "/v1/products/{id:path}",
        routes.put_product,
        Scope.WRITE,
        {200: answers.Written},
        {bodies.JSON: models.ProductRow},
    ),
    Route(
        "PATCH",
        "/v1/products/{id:path}",
        routes.patch_product,
        Scope.WRITE,
        {200: answers.Written},
        {bodies.JSON: models.ProductRow},
    ),
    Route("DELETE", "/v1/products/{id:path}", routes.delete_product, Scope.WRITE, {200: answers.Deleted}),
    Route("GET", "/v1/tasks/{id}", routes.get_task, Scope.WRITE, {200: answers.Task}),
    Route("GET", "/v1/settings", routes.get_settings, Scope.ADMIN, {200: SearchSettings}),
    Route(
        "PATCH",
        "/v1/settings",
        routes.patch_settings,
        Scope.ADMIN,
        {200: SearchSettings},
        {bodies.JSON: SearchSettings},
    ),
    Route("GET", "/v1/labelling/next", labelling.next_pairs, Scope.LABEL, {200: labelling.NextPairs}),
    Route(
        "POST",
        "/v1/labelling/judgements",
        labelling.judge,
        Scope.LABEL,
        {200: labelling.Judged},
        {bodies.JSON: labelling.JudgementRequest},
    ),
    Route("DELETE", "/v1/labelling/judgements", labelling.undo, Scope.LABEL, {200: labelling.Undone}),
    Route("GET", "/v1/labelling/agreement", labelling.agreement, Scope.LABEL, {200: labelling.AgreementAnswer}),
    Route("GET", "/v1/models", model_routes.get_models, Scope.ADMIN, {200: answers.Models}),
    Route(
        "POST",
        "/v1/models/rollback",
        model_routes.rollback_model,
        Scope.ADMIN,
        {202: answers.Submitted, 409: answers.ErrorAnswer},
    ),
    Route(
        "POST",
        "/v1/models/{id:path}/promote",
        model_routes.promote_model,
        Scope.ADMIN,
        {202: answers.Submitted, 409: answers.ErrorAnswer},
        {bodies.JSON: models.PromoteRequest},
    ),
    Route("GET", "/v1/models/{id:path}", model_routes.get_model, Scope.ADMIN, {200: answers.ModelAnswer}),
    Route("GET", "/media/{name}", routes.get_media, Scope.SEARCH, {200: bytes}, counted=False),
)
"""What is served of every shop: at / of the default one, and at /shops/{shop}/ of each."""

SERVER_ROUTES: tuple[Route, ...] = (
    Route("GET", "/healthz", routes.healthz, None, {200: answers.Health}),
    Route("GET", "/readyz", routes.readyz, None, {200: answers.Readiness}),
    Route("GET", "/metrics", routes.metrics, Scope.ADMIN, {200: str}),
)
"""What is served once, whatever the shops."""


def router(table: tuple[Route, ...]) -> APIRouter:
    """A router with the table's routes, each guarded by its scope."""
    made = APIRouter()
    for route in table:
        guard = [Depends(require(route.scope, counted=route.counted))] if route.scope else []
        name = route.endpoint.__name__
        made.add_api_route(route.path, route.endpoint, methods=[route.method], dependencies=guard, operation_id=name)
        if route.method == "GET":
            made.add_api_route(
                route.path, route.endpoint, methods=["HEAD"], dependencies=guard, include_in_schema=False
            )
    return made
