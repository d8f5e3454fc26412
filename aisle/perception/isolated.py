"""Decoding in processes of their own, for media whose decoders have been seen to crash on hostile bytes.

A crash there costs one picture or clip, not the server; so does one that takes too long. A process is started when it is
first needed (about 0.3 s) and kept for the next; it ends when its input does, so with this process at the latest.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aisle.errors import InvalidMedia

REQUEST = struct.Struct(">IQ")
"""Bytes of the question (JSON: its job and options), bytes of the medium that follow it."""
COMMAND = (sys.executable, "-m", "aisle.perception.decoder")
START_S = 60.0
"""For a process to start, which says so with a line: whoever is asked first shouldn't lose that of its time."""

Answer = tuple[Mapping[str, Any], list[bytes]]
"""What a job tells, and the blobs it gives; their sizes are in ``sizes``."""


class Isolated:
    """At most ``at_once`` child processes, each used by one thread at a time. See ``decoder.py`` for what they do."""

    def __init__(self, what: str, command: Sequence[str] = COMMAND, timeout_s: float = 10.0, at_once: int = 1) -> None:
        """``what`` names the medium in errors: "picture", "sound", "video"."""
        self._what = what
        self._command = command
        self._timeout_s = timeout_s
        self._at_once = at_once
        self._idle: queue.LifoQueue[subprocess.Popen[bytes] | None] = queue.LifoQueue()
        for _ in range(at_once):
            self._idle.put(None)

    def ask(self, job: str, data: bytes, **options: Any) -> Answer:
        """Have a job of ``decoder.JOBS`` done. Raises ``InvalidMedia``, also when the decoder crashes or takes too long."""
        question = json.dumps({"job": job, **options}).encode()
        child = self._idle.get()
        try:
            if child is None or child.poll() is not None:  # none yet, or ended from outside since the last time
                _end(child)
                child = None
                child = subprocess.Popen(
                    self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                )
                with _within(START_S, child):
                    _line(child)
            with _within(self._timeout_s, child):
                return _asked(child, (REQUEST.pack(len(question), len(data)), question, data))
        except (OSError, EOFError) as error:
            _end(child)
            child = None
            raise InvalidMedia(
                f"The {self._what} is broken: its decoder gave up.",
                field=self._what,
                hint="Save it in a common format, or send another.",
            ) from error
        finally:
            self._idle.put(child)

    def close(self) -> None:
        for _ in range(self._at_once):
            with contextlib.suppress(queue.Empty):
                _end(self._idle.get_nowait())
                self._idle.put(None)


def at_exit(isolated: Isolated) -> Isolated:
    """The same, closed when this process ends."""
    atexit.register(isolated.close)
    return isolated


def _end(child: subprocess.Popen[bytes] | None) -> None:
    if child is not None:
        child.kill()
        child.communicate()


@contextlib.contextmanager
def _within(seconds: float, child: subprocess.Popen[bytes]) -> Iterator[None]:
    """The process is killed where this takes longer; at its end it is either dead or out of danger."""
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        child.kill()

    timer = threading.Timer(seconds, expire)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        if expired.is_set():
            child.wait()


def _line(child: subprocess.Popen[bytes]) -> bytes:
    assert child.stdout is not None
    line = child.stdout.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    return line


def _asked(child: subprocess.Popen[bytes], request: Sequence[bytes]) -> Answer:
    assert child.stdin is not None and child.stdout is not None
    for piece in request:
        child.stdin.write(piece)
    child.stdin.flush()
    told = json.loads(_line(child))
    if "message" in told:
        raise InvalidMedia(told["message"], field=told["field"], hint=told["hint"])
    blobs = [child.stdout.read(size) for size in told["sizes"]]
    if [len(blob) for blob in blobs] != told["sizes"]:
        raise EOFError
    return told, blobs
