"""A process that decodes speech with pocketsphinx, which keeps the interpreter's lock while it works: ``sphinx.py`` starts it.

Read from the standard input: one byte that says what to do, the length of what follows, and that. Answers are lines of JSON.

    L   16-bit samples of a live utterance; no answer
    P   what it sounds like so far: a string
    H   how many ways (one byte), then all samples: [[text, confidence], …]
    R   forget the live utterance; no answer
"""

from __future__ import annotations

import json
import math
import struct
import sys
from collections.abc import Mapping
from typing import IO, Any

from aisle.speech.base import merged
from aisle.types import Transcript

HEADER = struct.Struct(">cI")
LOOKED_AT = 200
"""Hypotheses of the lattice that are looked at; most differ in pauses and pronunciations alone."""
SHARPNESS = 0.5
"""Log scores of hypotheses times this are log odds of their being right; the acoustic model is surer than it should be."""


class Ears:
    """Two decoders over the same files: one that follows live in one pass, one that hears the whole in three."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        import pocketsphinx

        self._whole = pocketsphinx.Decoder(**options, fwdflat=True, bestpath=True)
        self._live = pocketsphinx.Decoder(**options, fwdflat=False, bestpath=False)
        self._speaking = False

    def follow(self, sound: bytes) -> None:
        if not self._speaking:
            self._live.start_stream()
            self._live.start_utt()
            self._speaking = True
        self._live.process_raw(sound, no_search=False, full_utt=False)

    def partial(self) -> str:
        found = self._live.hyp() if self._speaking else None
        return found.hypstr if found else ""

    def forget(self) -> None:
        if self._speaking:
            self._live.end_utt()
            self._speaking = False

    def hear(self, sound: bytes, n: int) -> list[tuple[str, float]]:
        """At most ``n`` wordings, their confidences in sum at most 1."""
        self.forget()
        self._whole.start_stream()  # forget the last voice's noise: who spoke before must not matter
        self._whole.start_utt()
        self._whole.process_raw(sound, no_search=False, full_utt=True)
        self._whole.end_utt()
        best = self._whole.hyp()
        if best is None or not best.hypstr:
            return []
        scores: dict[str, float] = {best.hypstr: _log(best.best_score)}
        for _, other in zip(range(LOOKED_AT), self._whole.nbest(), strict=False):
            if other is not None and other.hypstr:
                scores.setdefault(other.hypstr, _log(other.score))
        return confidences(list(scores), list(scores.values()), n)


def confidences(texts: list[str], scores: list[float], n: int) -> list[tuple[str, float]]:
    """A softmax of log scores, the first text's kept the highest: the last pass chose it knowing more than the lattice tells."""
    top = max(scores)
    odds = [math.exp(SHARPNESS * max(score - top, -60.0)) for score in scores]
    odds[0] = max(odds)
    whole = sum(odds)
    found = merged(Transcript(text, share / whole) for text, share in zip(texts, odds, strict=True))
    return [(one.text, one.confidence) for one in found[:n]]


def _log(score: float) -> float:
    return math.log(score) if score > 0 else -700.0


def serve(reader: IO[bytes], writer: IO[bytes], ears: Ears) -> None:
    while len(header := reader.read(HEADER.size)) == HEADER.size:
        what, size = HEADER.unpack(header)
        body = reader.read(size)
        answer: Any = None
        if what == b"L":
            ears.follow(body)
        elif what == b"R":
            ears.forget()
        elif what == b"P":
            answer = ears.partial()
        elif what == b"H":
            answer = ears.hear(body[1:], body[0])
        if answer is not None:
            writer.write(json.dumps(answer).encode() + b"\n")
            writer.flush()


if __name__ == "__main__":
    ears = Ears(json.loads(sys.argv[1]))
    print(flush=True)  # loaded
    serve(sys.stdin.buffer, sys.stdout.buffer, ears)
