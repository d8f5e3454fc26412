"""Puts the doors together (``create_app``) and opens them (``serve``)."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn
from anyio import CapacityLimiter
from fastapi import FastAPI

from aisle import __version__
from aisle.errors import Conflict
from aisle.fetch import fetch
from aisle.web import errors
from aisle.web.api.openapi import describe
from aisle.web.api.table import ROUTES, SERVER_ROUTES, router
from aisle.web.auth import check_exposure
from aisle.web.cors import Cors
from aisle.web.facade import App
from aisle.web.limits import BodyLimit, TokenBuckets
from aisle.web.metrics import Metrics
from aisle.web.pages import install_error_pages, pages_router
from aisle.web.shell import Shell
from aisle.web.state import Doors

GRACE_SECONDS = 10
"""Time that running requests get to finish when the server is told to stop."""

FETCHES = 8
"""Pictures that are fetched from other servers at once."""

PICTURES = 4
"""Searches by picture that run at once; each may take some 200 MB while its picture is decoded."""


def create_app(app: App, *, fetch_image: Callable[[str], bytes] | None = None) -> FastAPI:
    """The web application over ``app``. ``fetch_image`` stands in for fetching pictures by URL, for tests."""
    config = app.config

    def fetched(url: str) -> bytes:
        return fetch(url, max_bytes=config.max_image_bytes, timeout_s=config.fetch_timeout_s).bytes

    metrics = Metrics(lambda: {name: shop.stats() for name, shop in app.shops.items()})
    web = FastAPI(
        title="Aisle",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # A tracing system would be told query strings.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    web.state.doors = Doors(
        app,
        TokenBuckets(config.rate_limit, config.rate_burst),
        metrics,
        fetch_image or fetched,
        fetching=CapacityLimiter(FETCHES),
        seeing=CapacityLimiter(PICTURES),
    )
    web.include_router(router(SERVER_ROUTES))
    routes, pages = router(ROUTES), pages_router(app)
    for prefix in ("", "/shops/{shop}"):
        web.include_router(routes, prefix=prefix, include_in_schema=not prefix)
        web.include_router(pages, prefix=prefix)
    errors.install(web)
    install_error_pages(web, app)
    describe(web)
    # The last added is the outermost.
    web.add_middleware(BodyLimit, max_bytes=config.max_body_bytes)
    if config.cors_origins:
        web.add_middleware(Cors, origins=config.cors_origins)
    web.add_middleware(Shell, base_path=config.base_path, metrics=metrics)
    return web


def serve(app: App, *, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve until told to stop (SIGINT, SIGTERM), then let running requests finish.

    ``on_ready(url)`` is called once connections are taken. Raises Unauthorized when the server would be exposed without
    a key, and Conflict when the port is taken.
    """
    config = app.config
    check_exposure(config, app.shops)
    listening = _listen(config.host, config.port)
    port = listening.getsockname()[1]
    host = f"[{config.host}]" if ":" in config.host else config.host
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(app),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
    if on_ready is not None:
        on_ready(f"http://{host}:{port}{config.base_path.rstrip('/')}")
    server.run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises Conflict."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise Conflict(
            f"Can't listen on {host}:{port}: {error.strerror or error}.",
            field="port",
            hint="Choose another with --port, or --port 0 for any free one.",
        ) from error
