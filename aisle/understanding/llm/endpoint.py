"""An endpoint that speaks OpenAI's chat completions: OpenAI itself, or vLLM, llama.cpp, Ollama … on the shop's own machine.

Its address is the owner's choice, so unlike ``aisle.fetch`` it may be local. Redirects aren't followed: they would carry the
key elsewhere. Answers are read up to a limit. No message holds the key, a query, or anything that the endpoint wrote.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from aisle import __version__
from aisle.config import LanguageModelConfig
from aisle.understanding.llm.answer import Refused, schema
from aisle.understanding.llm.guards import Usage
from aisle.understanding.llm.prompting import messages
from aisle.understanding.llm.providers import Completion, Failure, too_long

MAX_ANSWER_BYTES = 256 << 10
MAX_COMPLAINT_BYTES = 8 << 10
UNSUITED = frozenset({400, 415, 422, 501})
"""What endpoints answer to a parameter they don't know."""
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
DOUBTS = 3
"""Queries refused in a row after which an endpoint is asked for its dialect anew: it may be another one by now."""
FORMATS = ("json_schema", "json_object", "text")
"""How an answer is held to the schema, best first: by a grammar, to JSON, by words alone."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How an endpoint wants to be asked."""

    format: str = FORMATS[0]
    limit: str = "max_tokens"
    temperature: bool = True

    def body(self, model: str, text: str, dialogue: Sequence[str], max_tokens: int) -> dict[str, Any]:
        made: dict[str, Any] = {
            "model": model,
            "messages": messages(text, dialogue, show_schema=self.format != FORMATS[0]),
            self.limit: max_tokens,
        }
        if self.temperature:
            made["temperature"] = 0
        if self.format == "json_schema":
            described = {"name": "query", "strict": True, "schema": schema()}
            made["response_format"] = {"type": "json_schema", "json_schema": described}
        elif self.format == "json_object":
            made["response_format"] = {"type": "json_object"}
        return made

    def plainer(self, complaint: str) -> Dialect | None:
        """What to try after a complaint: without what it names, else with less in the way of format."""
        if self.limit == "max_tokens" and "max_completion_tokens" in complaint:
            return replace(self, limit="max_completion_tokens")
        if self.temperature and "temperature" in complaint:
            return replace(self, temperature=False)
        following = FORMATS[FORMATS.index(self.format) + 1 :]
        return replace(self, format=following[0]) if following else None


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: httpx.Headers
    body: bytes


class Endpoint:
    """Remembers the dialect in which it was last answered."""

    def __init__(self, config: LanguageModelConfig) -> None:
        self._config = config
        self._address = config.url.rstrip("/") + "/chat/completions"
        self._dialect = Dialect()
        self._doubts = DOUBTS  # fewer than DOUBTS: the dialect has been answered
        key = config.key.get_secret_value()
        self._client = httpx.Client(
            headers={
                "User-Agent": f"Aisle/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "identity",  # nothing small unfolds to something huge
                **({"Authorization": f"Bearer {key}"} if key else {}),
            },
            limits=httpx.Limits(max_connections=config.max_in_flight, max_keepalive_connections=config.max_in_flight),
            follow_redirects=False,
            trust_env=False,
        )

    @property
    def name(self) -> str:
        return f"{self._config.url} {self._config.model}"

    def close(self) -> None:
        self._client.close()

    def ask(self, text: str, dialogue: Sequence[str], timeout_s: float) -> Completion:
        end = time.monotonic() + timeout_s
        dialect, proven = self._dialect, self._doubts < DOUBTS
        while True:
            body = dialect.body(self._config.model, text, dialogue, self._config.max_tokens)
            reply = self._post(body, end)
            if reply.status == 200:
                self._dialect, self._doubts = dialect, 0
                return _completion(reply)
            complaint = reply.body.decode("utf-8", "replace").lower()
            if reply.status in UNSUITED and (proven or "content_filter" in complaint):
                self._doubts = min(self._doubts + 1, DOUBTS)
                raise Refused("the endpoint won't answer this query")  # it answered others asked in the same way
            plainer = dialect.plainer(complaint) if reply.status in UNSUITED else None
            if plainer is None:
                raise Failure(
                    f"it answered {reply.status}",
                    passing=reply.status in PASSING,
                    retry_after=_retry_after(reply.headers),
                )
            dialect = plainer

    def _post(self, body: Mapping[str, Any], end: float) -> _Reply:
        try:
            with self._client.stream("POST", self._address, json=body, timeout=_left(end)) as answer:
                most = MAX_ANSWER_BYTES if answer.status_code == 200 else MAX_COMPLAINT_BYTES
                read = bytearray()
                for chunk in answer.iter_raw():
                    read += chunk
                    if len(read) > most:
                        if answer.status_code == 200:
                            raise Refused("it is too large")
                        break
                    _left(end)
                return _Reply(answer.status_code, answer.headers, bytes(read[:most]))
        except httpx.TimeoutException:
            raise too_long() from None
        except httpx.ConnectError:
            raise Failure("it can't be reached", passing=True) from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise Failure("the connection broke", passing=True, paid=True) from None


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise too_long()
    return left


def _completion(reply: _Reply) -> Completion:
    if "json" not in reply.headers.get("content-type", "").lower():
        raise Refused("it isn't sent as JSON")
    if reply.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused("it is compressed, which wasn't asked for")
    try:
        answer = json.loads(reply.body)
        choice = answer["choices"][0]
        content = choice["message"].get("content")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise Refused("it isn't of the form of a chat completion") from None
    whole = isinstance(content, str) and choice.get("finish_reason") not in ("length", "content_filter")
    return Completion(content if whole else "", _usage(answer.get("usage")))


def _usage(given: Any) -> Usage | None:
    """Tokens as the endpoint counts them, where it does so sensibly."""
    if not isinstance(given, dict):
        return None
    read, written = given.get("prompt_tokens"), given.get("completion_tokens")
    if type(read) is not int or type(written) is not int or not (0 <= read < 10**7 and 0 <= written < 10**7):
        return None
    return Usage(read, written)


def _retry_after(headers: httpx.Headers) -> float | None:
    """Seconds, from a number or an HTTP date."""
    given = headers.get("retry-after", "").strip()
    if given.isdecimal() and len(given) < 10:
        return float(given)
    try:
        return max(0.0, parsedate_to_datetime(given).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
