"""The web server over the little shop in a thread; to look at it by hand: ``python tests/browser/look.py``."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from little_shop import LittleApp

from aisle.web.server import create_app


@contextmanager
def served(app: Any, port: int = 0) -> Iterator[str]:
    """The address of a running server."""
    config = uvicorn.Config(create_app(app), host="127.0.0.1", port=port, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=5)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, served(LittleApp(Path(folder)), 8123) as address:
        print(address)
        threading.Event().wait()
