"""An endpoint that speaks OpenAI's /audio/transcriptions: OpenAI itself, or speaches, vLLM, whisper.cpp … on the shop's own machine.

Its address is the owner's choice, so it may be local. Redirects aren't followed: they would carry the key elsewhere. Answers
are read up to a limit. No message holds the key, what was said, or anything that the endpoint wrote.
"""

from __future__ import annotations

import io
import json
import math
import time
import wave
from collections.abc import Iterable, Mapping
from typing import Any

import httpx
import numpy as np

from aisle import __version__
from aisle.config import SpeechConfig
from aisle.errors import InvalidMedia, InvalidRequest
from aisle.speech.base import RATE, UNTOLD, BatchRecogniser, Phrases, heaviest, tidied, unheard
from aisle.types import Transcript

MAX_ANSWER_BYTES = 1 << 20
UNSUITED = frozenset({400, 415, 422})
"""What endpoints answer to a parameter they don't know."""
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
PAUSE_S = 0.3
"""Before the second try; twice as long before each further one."""
PROMPT_CHARACTERS = 400
"""Of the shop's heaviest phrases, given as a prompt: Whisper looks at its last 224 tokens."""


class Remote(BatchRecogniser):
    """``model`` is its name at the endpoint. Remembers whether the endpoint tells more than the text."""

    name = "openai"
    languages = ("*",)

    def __init__(self, config: SpeechConfig, model: str = "", phrases: Mapping[str, Phrases] | None = None) -> None:
        super().__init__(config, model, phrases)
        self._format = "verbose_json"

    def _prepare(self) -> None:
        if not self._model or not self._config.url:
            raise InvalidRequest(
                "The recogniser openai needs an address and a model.",
                field="models",
                hint="Set AISLE_SPEECH_URL and AISLE_SPEECH_MODELS.",
            )
        key = self._config.key.get_secret_value()
        self._client = httpx.Client(
            headers={
                "User-Agent": f"Aisle/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "identity",  # nothing small unfolds to something huge
                **({"Authorization": f"Bearer {key}"} if key else {}),
            },
            limits=httpx.Limits(max_connections=self._config.voices),
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        if self._ready:
            self._client.close()

    def _hear(self, samples: np.ndarray, language: str, n: int) -> Iterable[Transcript]:
        sound = wav(samples)
        end = time.monotonic() + self._config.timeout_s
        tries = 0
        while True:
            status, body = self._post(sound, language, end)
            if status == 200:
                return _transcripts(body)
            if status in UNSUITED and self._format == "verbose_json":
                self._format = "json"
            elif status in PASSING or status == 0:
                pause = PAUSE_S * 2**tries
                if tries >= self._config.retries or time.monotonic() + pause >= end:
                    raise _failure(status)
                tries += 1
                time.sleep(pause)
            else:
                raise _failure(status)

    def _post(self, sound: bytes, language: str, end: float) -> tuple[int, bytes]:
        """Status (0: no connection) and body."""
        fields = {"model": self._model, "response_format": self._format, "temperature": "0"}
        if language != "*":
            fields["language"] = language
        prompt = ", ".join(heaviest(self._phrases.get(language, {}), PROMPT_CHARACTERS))
        if prompt:
            fields["prompt"] = prompt
        try:
            with self._client.stream(
                "POST",
                self._config.url.rstrip("/") + "/audio/transcriptions",
                data=fields,
                files={"file": ("speech.wav", sound, "audio/wav")},
                timeout=_left(end),
            ) as answer:
                read = bytearray()
                for chunk in answer.iter_raw():
                    read += chunk
                    if len(read) > MAX_ANSWER_BYTES:
                        raise _strange()
                    _left(end)
                return answer.status_code, bytes(read)
        except httpx.TimeoutException:
            raise _late() from None
        except (httpx.HTTPError, httpx.InvalidURL):
            return 0, b""


def wav(samples: np.ndarray) -> bytes:
    """(n,) float32 as a WAV file of 16 bits."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise _late()
    return left


def _late() -> InvalidMedia:
    return unheard("The recogniser took too long.")


def _strange() -> InvalidMedia:
    return unheard("The recogniser's answer isn't of the form of a transcription.")


def _failure(status: int) -> InvalidMedia:
    if status == 0:
        return unheard("The recogniser can't be reached.")
    if status in (401, 403):
        return unheard(f"The recogniser refuses this shop's key (status {status}).")
    return unheard(f"The recogniser answered with status {status}.")


def _transcripts(body: bytes) -> list[Transcript]:
    try:
        answer = json.loads(body)
        text = answer["text"]
    except (ValueError, RecursionError, LookupError, TypeError):
        raise _strange() from None
    if not isinstance(text, str):
        raise _strange()
    return [Transcript(tidied(text), _confidence(answer.get("segments")))] if tidied(text) else []


def _confidence(segments: Any) -> float:
    """The geometric mean of the tokens' probabilities, where an endpoint tells it; UNTOLD where it doesn't."""
    logs = [
        one["avg_logprob"]
        for one in (segments if isinstance(segments, list) else [])
        if isinstance(one, dict) and isinstance(one.get("avg_logprob"), float) and math.isfinite(one["avg_logprob"])
    ]
    return math.exp(min(0.0, sum(logs) / len(logs))) if logs else UNTOLD
