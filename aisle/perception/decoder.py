"""The child process of ``isolated.py``: reads requests from standard input, answers with pixels or what is wrong."""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import IO

from aisle.errors import InvalidMedia
from aisle.perception.image import Limits, decode_here
from aisle.perception.isolated import REQUEST

MEMORY_BYTES = 4 << 30


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until there are no more requests."""
    while len(header := requests.read(REQUEST.size)) == REQUEST.size:
        length, max_pixels, longest = REQUEST.unpack(header)
        data = requests.read(length)
        try:
            pixels = decode_here(data, Limits(len(data), max_pixels, longest))
        except InvalidMedia as error:
            told = {"message": error.message, "field": error.field, "hint": error.hint}
            answers.write(json.dumps(told).encode() + b"\n")
        else:
            answers.write(json.dumps({"size": pixels.shape[:2]}).encode() + b"\n" + pixels.tobytes())
        answers.flush()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Libraries written in C may print; that must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
