"""The server as a process: it listens, says where, finishes what it has begun when stopped, refuses bad starts."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fake_shop import fake_app

from aisle.errors import Conflict, Unauthorized
from aisle.web.server import serve

SERVER = """
import sys, time
from pathlib import Path
from fake_shop import fake_app
from aisle.web.server import serve
app = fake_app(Path(sys.argv[1]), port=0, base_path="")
app.shops["default"].on_search = lambda query: (print("searching", flush=True), time.sleep(0.5))
serve(app, on_ready=lambda url: print(url, flush=True))
print("stopped", flush=True)
"""


@contextmanager
def served(media: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-c", SERVER, str(media)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_a_server_told_to_stop_finishes_its_answers(tmp_path: Path) -> None:
    answers: list[int] = []

    def ask(url: str) -> None:
        with urllib.request.urlopen(f"{url}/v1/search", timeout=60) as answer:
            answers.append(answer.status)
            assert "Server" not in answer.headers

    with served(tmp_path) as (process, url):
        assert process.stdout is not None
        asking = threading.Thread(target=ask, args=(url,))
        asking.start()
        assert process.stdout.readline() == "searching\n"
        process.send_signal(signal.SIGTERM)
        asking.join(60)
        assert answers == [200]
        process.wait(60)


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(Conflict) as caught:
            serve(fake_app(tmp_path, port=taken.getsockname()[1]))
        assert "--port" in str(caught.value.hint)


def test_an_exposed_server_without_keys_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(Unauthorized):
        serve(fake_app(tmp_path, host="0.0.0.0", port=0))
