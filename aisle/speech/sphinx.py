"""pocketsphinx with a language model of the shop's own: the embedded recogniser of English.

It understands what the shop's phrases and the ways of asking for them are made of, and nothing else: other words come out as
the nearest ones it knows. The decoders work in processes of their own, one utterance each at a time.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from aisle.errors import InvalidMedia, InvalidRequest
from aisle.speech.base import RATE, Listening, Recogniser, unheard
from aisle.speech.endpoint import levelled
from aisle.speech.sphinx_model import build
from aisle.speech.sphinx_worker import HEADER
from aisle.speech.vocabulary import acoustic
from aisle.types import Transcript

START_S = 60.0
"""For a process to load, which says so with a line: the first utterance shouldn't lose that of its time."""
TRUST = 0.45
"""How often its best guess is right, roughly, however sure it is (``benchmarks.voice``: synthetic voices in several accents)."""
QUIET_S = 0.2
HISS = 3e-3
"""Sound is laid between two pauses on a faint hiss: features of exact silence, as of gated microphones, mislead the decoder."""
OPTIONS = {"samprate": float(RATE), "loglevel": "FATAL", "maxhmmpf": 5000, "topn": 2}
_HISS = (np.random.default_rng(0).standard_normal(RATE) * HISS).astype(np.float32)


class Sphinx(Recogniser):
    """``phrases["en"]`` are its world; without any it knows the ways of asking alone."""

    name = "pocketsphinx"
    languages = ("en",)

    def _prepare(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="aisle-speech-")
        try:
            built = build(self._phrases.get("en", {}), Path(folder.name), self._config.vocabulary)
        except ImportError:
            raise InvalidRequest("pocketsphinx isn't installed.", field="recognisers") from None
        self.vocabulary = built.vocabulary
        options = {**OPTIONS, "hmm": str(acoustic() / "en-us"), "lm": str(built.model), "dict": str(built.words)}
        self._command = (sys.executable, "-m", "aisle.speech.sphinx_worker", json.dumps(options))
        self._idle: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(self._config.voices):
            self._idle.put(None)
        # Whoever still listens holds this recogniser; with the last of them its processes and files go.
        self.close = weakref.finalize(self, _end, self._idle, folder)  # type: ignore[method-assign]

    def trust(self, confidence: float) -> float:
        return TRUST

    def _listen(self, language: str) -> Listening:
        return _Utterance(self)

    def _child(self, wait: bool) -> _Child | None:
        """A process to decode in; None where all are busy and nobody wants to ``wait``."""
        try:
            child = self._idle.get(block=wait, timeout=self._config.timeout_s * self._config.voices if wait else None)
        except queue.Empty:
            if wait:
                raise unheard("Too many people are speaking at once.") from None
            return None
        if child is not None and child.alive():
            return child
        try:
            return _Child(self._command, self._config.timeout_s)
        except OSError:
            self._idle.put(None)
            raise unheard("The recogniser can't be started.") from None


class _Utterance(Listening):
    def __init__(self, recogniser: Sphinx) -> None:
        self._recogniser = recogniser
        self._parts: list[np.ndarray] = []
        self._child: _Child | None = None

    def _feed(self, samples: np.ndarray) -> None:
        if not self._parts:
            self._child = self._recogniser._child(wait=False)
        self._parts.append(samples)
        if self._child:
            self._child.tell(b"L", _bytes(_hissing(samples)))

    def _partial(self) -> str:
        return str(self._child.ask(b"P")) if self._child else ""

    def _finish(self, n: int) -> Iterable[Transcript]:
        from aisle.speech.noise import quietened  # scipy's signals take a second to load: only where somebody speaks

        pause = np.zeros(int(QUIET_S * RATE), np.float32)
        sound = _hissing(np.concatenate((pause, levelled(quietened(np.concatenate(self._parts))), pause)))
        if self._child is None:
            self._child = self._recogniser._child(wait=True)
        assert self._child is not None
        found = self._child.ask(b"H", bytes([min(n, 255)]) + _bytes(sound))
        return [Transcript(text, confidence) for text, confidence in found]

    def _close(self) -> None:
        self._parts = []
        if self._child:
            with contextlib.suppress(Exception):
                self._child.tell(b"R")
            self._recogniser._idle.put(self._child)
            self._child = None


class _Child:
    """One process of ``sphinx_worker.py``."""

    def __init__(self, command: tuple[str, ...], timeout_s: float) -> None:
        self._timeout_s, self._loaded = timeout_s, False
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def alive(self) -> bool:
        return self._process.poll() is None

    def tell(self, what: bytes, body: bytes = b"") -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(HEADER.pack(what, len(body)) + body)
            self._process.stdin.flush()
        except OSError:
            raise self._gave_up() from None

    def ask(self, what: bytes, body: bytes = b"") -> Any:
        if not self._loaded:
            self._line(START_S)
            self._loaded = True
        # It may be busy with what was fed before.
        return json.loads(self._line(self._timeout_s + len(body) / 2 / RATE, what, body))

    def _line(self, seconds: float, *asked: bytes) -> bytes:
        """Its next line, once it was ``asked``; where that takes longer it is ended. Raises InvalidMedia."""
        assert self._process.stdout is not None
        timer = threading.Timer(seconds, self._process.kill)
        timer.start()
        try:
            if asked:
                self.tell(*asked)
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        if not line.endswith(b"\n"):
            raise self._gave_up()
        return line

    def _gave_up(self) -> InvalidMedia:
        self.end()  # a process that has only just died looks alive until it is waited for
        return unheard("The recogniser gave up.")

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


def _end(idle: queue.LifoQueue[_Child | None], folder: tempfile.TemporaryDirectory[str]) -> None:
    with contextlib.suppress(queue.Empty):
        while True:
            child = idle.get_nowait()
            if child is not None:
                child.end()
    folder.cleanup()


def _hissing(sound: np.ndarray) -> np.ndarray:
    """The sound (n,) on a faint hiss, always the same."""
    return sound + np.resize(_HISS, len(sound))


def _bytes(sound: np.ndarray) -> bytes:
    return bytes((np.clip(sound, -1.0, 1.0) * 32767).astype("<i2").tobytes())
