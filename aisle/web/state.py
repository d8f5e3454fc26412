"""What every request can reach: the application, the rate limits, the metrics. Made once by ``server.create_app``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends
from starlette.requests import HTTPConnection

from aisle.errors import NotFound
from aisle.web.facade import DEFAULT_SHOP, App, Shop
from aisle.web.limits import TokenBuckets
from aisle.web.metrics import Metrics


@dataclass(frozen=True)
class Doors:
    """``fetch(url, max_bytes, kind)`` returns the bytes behind the URL of an "image", "audio" or "video", or raises FetchRefused.

    ``fetching``, ``seeing`` and ``hearing`` bound the threads that wait for other people's servers, that decode pictures (which
    takes memory too) and that listen, so that a search by words always finds one; ``voices`` bounds what is recorded at once.
    """

    app: App
    buckets: TokenBuckets
    metrics: Metrics
    fetch: Callable[[str, int, str], bytes]
    fetching: CapacityLimiter
    seeing: CapacityLimiter
    hearing: CapacityLimiter
    voices: CapacityLimiter


def doors(request: HTTPConnection) -> Doors:
    found: Doors = request.app.state.doors
    return found


def current_shop(request: HTTPConnection) -> Shop:
    """The shop that the path names: ``/shops/{shop}/…``, else the default one. Raises NotFound."""
    name = request.path_params.get("shop", DEFAULT_SHOP)
    shop = doors(request).app.shops.get(name)
    if shop is None:
        raise NotFound(f"There is no shop {name!r}.", field="shop", hint="See /readyz for the shops of this server.")
    return shop


CurrentShop = Annotated[Shop, Depends(current_shop)]
