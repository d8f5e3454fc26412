"""The web server over the fake shop in a thread, or for looking at by hand: ``python -m tests.browser.serve``."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from aisle.web.pages import install_error_pages, pages_router
from aisle.web.server import create_app
from tests.browser.fake_shop import FakeApp


def web_app(app: Any) -> FastAPI:
    """The server's application, with the pages if it doesn't bring them itself."""
    web = create_app(app)
    if web.url_path_for("healthz") and not any(getattr(route, "path", "") == "/" for route in web.routes):
        web.include_router(pages_router(app))
        install_error_pages(web, app)
    return web


@contextmanager
def served(app: Any, port: int = 0) -> Iterator[str]:
    """The address of a running server."""
    config = uvicorn.Config(web_app(app), host="127.0.0.1", port=port, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=5)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, served(FakeApp(Path(folder)), 8123) as address:
        print(address)
        threading.Event().wait()
