"""The endpoints about versions of a shop's model."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated
from urllib.parse import quote

from anyio.to_thread import run_sync
from fastapi import Path, Request
from starlette.responses import Response

from aisle.web.api import answers, bodies
from aisle.web.api.models import Name, PromoteRequest
from aisle.web.api.routes import prefix
from aisle.web.envelope import json_response
from aisle.web.facade import ModelEntry, Shop
from aisle.web.state import CurrentShop

ModelId = Annotated[Name, Path(description="A version: its id, live, candidate, or as much of the id as is clear.")]


def get_models(shop: CurrentShop) -> Response:
    """The versions of the model that this shop keeps, the latest first, and which one is live."""
    aliases = shop.models.aliases()
    return json_response(
        answers.Models(aliases.get("live"), tuple(described(shop, entry) for entry in shop.models.list()))
    )


def get_model(shop: CurrentShop, id: ModelId) -> Response:
    """One version: where it comes from and what it measured."""
    return json_response(described(shop, shop.models.show(id)))


async def promote_model(request: Request, shop: CurrentShop, id: ModelId) -> Response:
    """Make a version live. The catalog is embedded by it in the background (see the task); searches go on meanwhile.

    Refused (409) while another switch is under way and, unless `force` is true, for a version that forgot what it knew.
    """
    asked = await bodies.read_model(request, PromoteRequest)
    return await run_sync(lambda: submitted(request, shop.models.promote(id, force=asked.force, why=asked.why)))


def rollback_model(request: Request, shop: CurrentShop) -> Response:
    """Go back to the version that was live before; at once where its vectors are still there."""
    return submitted(request, shop.models.rollback(why="API"))


def submitted(request: Request, task: str) -> Response:
    location = f"{prefix(request)}/v1/tasks/{quote(task, safe='')}"
    return json_response(answers.Submitted(task), 202, {"Location": location})


def described(shop: Shop, entry: ModelEntry) -> answers.ModelAnswer:
    aliases = tuple(alias for alias, id in shop.models.aliases().items() if id == entry.id)
    lineage = asdict(entry.lineage)
    return answers.ModelAnswer(
        entry.id, entry.name, entry.version, aliases, lineage, dict(entry.metrics), entry.created
    )
