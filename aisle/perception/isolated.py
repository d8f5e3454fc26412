"""Decoding in a process of its own, for kinds whose decoders have been seen to crash on hostile bytes.

A crash there costs one picture, not the server; so does a picture that takes too long. The process is started for the
first such picture (about 0.3 s) and kept for the next; it ends when its input does, so with this process at the latest.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import IO

import numpy as np

from aisle.errors import InvalidMedia

REQUEST = struct.Struct(">QQI")
"""Bytes that follow, most pixels, longest side of the result."""
TIMEOUT_S = 10.0


class Decoder:
    """One child process at most, used by one thread at a time. See ``decoder.py`` for what it does."""

    def __init__(
        self,
        command: Sequence[str] = (sys.executable, "-m", "aisle.perception.decoder"),
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._command = command
        self._timeout_s = timeout_s
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def decode(self, data: bytes, max_pixels: int, longest: int) -> np.ndarray:
        """Pixels (h, w, 3) uint8 RGB. Raises ``InvalidMedia``, also when the decoder crashes or takes too long."""
        request = REQUEST.pack(len(data), max_pixels, longest) + data
        with self._turn:
            try:
                return self._ask(request)
            except (OSError, EOFError) as error:
                self.close()
                raise InvalidMedia(
                    "The picture is broken: its decoder gave up.",
                    field="image",
                    hint="Save it as a JPEG, or send another.",
                ) from error

    def close(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()

    def _ask(self, request: bytes) -> np.ndarray:
        if self._child is not None and self._child.poll() is not None:
            self.close()  # it was ended from outside since the last picture
        if self._child is None:
            self._child = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        child = self._child
        assert child.stdin is not None and child.stdout is not None
        timer = threading.Timer(self._timeout_s, child.kill)
        timer.start()
        try:
            child.stdin.write(request)
            child.stdin.flush()
            return _answer(child.stdout)
        finally:
            timer.cancel()


def _answer(stream: IO[bytes]) -> np.ndarray:
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    told = json.loads(line)
    if "message" in told:
        raise InvalidMedia(told["message"], field=told["field"], hint=told["hint"])
    height, width = told["size"]
    pixels = stream.read(height * width * 3)
    if len(pixels) < height * width * 3:
        raise EOFError
    return np.frombuffer(bytearray(pixels), np.uint8).reshape(height, width, 3)
