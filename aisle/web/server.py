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
from aisle.web.api.streaming import streaming_router
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


MULTIPART_BYTES = 1 << 16
"""What a form adds to the file in it."""

MESSAGE_BYTES = 1 << 20
"""Largest message of a recording that is followed: seconds of it."""

HEARINGS = 8
"""Threads that listen; a recogniser may take turns among them."""

VOICES = 64
"""Recordings that are followed while they are made."""


def create_app(app: App, *, fetch_media: Callable[[str, int, str], bytes] | None = None) -> FastAPI:
    """The web application over ``app``. ``fetch_media`` stands in for fetching media by URL, for tests."""
    config = app.config

    def fetched(url: str, max_bytes: int, kind: str) -> bytes:
        return fetch(url, max_bytes=max_bytes, timeout_s=config.fetch_timeout_s, accept=(f"{kind}/",)).bytes

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
        fetch_media or fetched,
        fetching=CapacityLimiter(FETCHES),
        seeing=CapacityLimiter(PICTURES),
        hearing=CapacityLimiter(HEARINGS),
        voices=CapacityLimiter(VOICES),
    )
    web.include_router(router(SERVER_ROUTES))
    routes, streaming, pages = router(ROUTES), streaming_router(), pages_router(app)
    for prefix in ("", "/shops/{shop}"):
        web.include_router(streaming, prefix=prefix)
        web.include_router(routes, prefix=prefix, include_in_schema=not prefix)
        web.include_router(pages, prefix=prefix)
    errors.install(web)
    install_error_pages(web, app)
    describe(web)
    # The last added is the outermost.
    larger = {"/v1/video/frames": config.max_video_bytes + MULTIPART_BYTES}
    web.add_middleware(BodyLimit, max_bytes=config.max_body_bytes, larger=larger)
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
            ws="websockets-sansio",
            ws_max_size=MESSAGE_BYTES,
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
