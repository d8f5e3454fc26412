"""The child process of ``isolated.py``: reads questions from standard input, answers with what was decoded or what is wrong."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Mapping
from typing import IO, Any

import numpy as np

from aisle.errors import InvalidMedia
from aisle.perception.isolated import REQUEST, Answer

MEMORY_BYTES = 4 << 30


def _picture(data: bytes, max_pixels: int, longest: int) -> Answer:
    from aisle.perception.image import Limits, decode_here

    pixels = decode_here(data, Limits(len(data), max_pixels, longest))
    return {"shape": pixels.shape}, [pixels.tobytes()]


def _sound(data: bytes, max_seconds: float, growing: bool) -> Answer:
    from aisle.perception.sound import SoundLimits, read_here

    samples = read_here(data, SoundLimits(len(data), max_seconds), growing=growing)
    return {}, [samples.astype(np.float32).tobytes()]


def _clip(data: bytes, max_seconds: float, max_pixels: int, max_frames: int) -> Answer:
    from aisle.perception.video import ClipLimits, read_here

    clip = read_here(data, ClipLimits(len(data), max_seconds, max_pixels, max_frames))
    told = {
        "seconds": clip.seconds,
        "frames": [(frame.time_s, frame.sharpness) for frame in clip.frames],
        "has_sound": clip.has_sound,
    }
    return told, [frame.picture for frame in clip.frames]


JOBS: Mapping[str, Callable[..., Answer]] = {"picture": _picture, "sound": _sound, "clip": _clip}
"""What can be asked. Imports wait until then: a picture needs no library of video."""


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until there are no more questions."""
    while len(header := questions.read(REQUEST.size)) == REQUEST.size:
        asked, length = REQUEST.unpack(header)
        question: dict[str, Any] = json.loads(questions.read(asked))
        data = questions.read(length)
        try:
            told, blobs = JOBS[question.pop("job")](data, **question)
        except InvalidMedia as error:
            told, blobs = {"message": error.message, "field": error.field, "hint": error.hint}, []
        answers.write(json.dumps({**told, "sizes": [len(blob) for blob in blobs]}).encode() + b"\n")
        for blob in blobs:
            answers.write(blob)
        answers.flush()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Libraries written in C may print; that must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    answers.write(b"\n")  # started
    answers.flush()
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
