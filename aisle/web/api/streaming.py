"""Speech followed while it is spoken: a WebSocket that takes a recording as it grows and tells what it sounds like.

    client → {"type": "start", "format": "container" | "pcm16", "rate": 16000, "language": "en"}, then the recording in binary
             messages (a WebM, OGG or MP4 file as the browser makes it, or bare samples), then {"type": "end"}
    server → {"type": "partial", "text"} as it changes, {"type": "end_of_speech"} once, {"type": "final", "text", "language",
             "transcripts", "seconds"} or {"type": "error", "error": {…}}, and closes

Nothing of it is kept.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar

from anyio import CancelScope, CapacityLimiter, WouldBlock, fail_after
from anyio.to_thread import run_sync
from fastapi import APIRouter, WebSocket
from pydantic import BaseModel, Field, ValidationError
from starlette.websockets import WebSocketDisconnect, WebSocketState

from aisle.errors import AisleError, Forbidden, InvalidRequest, RateLimited
from aisle.web.api.models import Locale
from aisle.web.api.strict import Strict
from aisle.web.auth import Scope, identify
from aisle.web.envelope import json_bytes
from aisle.web.errors import InternalError, from_validation
from aisle.web.facade import Hearing
from aisle.web.state import current_shop, doors

WAIT_S = 15.0
"""How long a client may be silent: a page that records sends four times a second."""
TOTAL_S = 90.0
"""How long one recording may stay open."""
REFUSED, FINISHED, FAILED = 1008, 1000, 1011
"""Close codes (RFC 6455)."""


class Start(Strict):
    """The first message."""

    type: Literal["start"]
    format: Literal["container", "pcm16"] = "container"
    rate: Literal[16000] = Field(default=16_000, description="Of pcm16: 16 bits, little-endian, one channel.")
    language: Locale = "en"


class End(Strict):
    """The last message."""

    type: Literal["end"]


async def listen(socket: WebSocket) -> None:
    """Follow one recording. Says what is wrong, where something is, and closes."""
    await socket.accept()
    code = FINISHED
    try:
        await _admit(socket)
        with _Place(doors(socket).voices), fail_after(TOTAL_S):
            await _follow(socket)
    except WebSocketDisconnect:
        return
    except TimeoutError:
        code = await _tell(socket, InvalidRequest("Nothing came for too long.", field="audio", hint="Record again."))
    except AisleError as error:
        code = await _tell(socket, error)
    except Exception:
        await _tell(socket, InternalError("Something went wrong here.", hint="The server's log tells more."))
        await _close(socket, FAILED)
        raise  # for the log
    await _close(socket, code)


async def _admit(socket: WebSocket) -> None:
    """The same doors as any search. Raises Unauthorized, Forbidden, RateLimited, NotFound."""
    access = await run_sync(identify, socket, Scope.SEARCH)
    doors(socket).buckets.take(access.client)
    if access.scopes.isdisjoint((Scope.SEARCH, Scope.ADMIN)):
        raise Forbidden("This needs the scope search.", hint="Use a key with the scope search.")


class _Place:
    """One of the places that there are for recordings. Raises RateLimited where all are taken."""

    def __init__(self, voices: CapacityLimiter) -> None:
        self._voices = voices

    def __enter__(self) -> None:
        try:
            self._voices.acquire_on_behalf_of_nowait(self)
        except WouldBlock:
            raise RateLimited(
                "Too many speak at once.", retry_after=5, hint="Try again, or type what you look for."
            ) from None

    def __exit__(self, *_: object) -> None:
        self._voices.release_on_behalf_of(self)


async def _follow(socket: WebSocket) -> None:
    start = _parsed(await _received(socket), Start)
    language = start.language.lower()[:2]
    shop, hearing_threads = current_shop(socket), doors(socket).hearing

    def opened() -> Hearing:
        return shop.media.listen(language, pcm=start.format == "pcm16")

    hearing = await run_sync(opened, limiter=hearing_threads)
    try:
        told, ended = "", False
        while isinstance(message := await _received(socket), bytes):
            over = await run_sync(hearing.feed, message, limiter=hearing_threads)
            text = await run_sync(hearing.partial, limiter=hearing_threads)
            if text != told:
                told = text
                await _send(socket, {"type": "partial", "text": text})
            if over and not ended:
                ended = True
                await _send(socket, {"type": "end_of_speech"})
        _parsed(message, End)
        transcripts = await run_sync(hearing.finish, limiter=hearing_threads)
        text = transcripts[0].text
        answer = {"type": "final", "text": text, "language": language, "transcripts": transcripts}
        await _send(socket, {**answer, "seconds": hearing.seconds})
    finally:
        with CancelScope(shield=True):
            await run_sync(hearing.close)


async def _received(socket: WebSocket) -> bytes | str:
    with fail_after(WAIT_S):
        message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", FINISHED))
    data = message.get("bytes")
    return data if data is not None else str(message.get("text") or "")


Message = TypeVar("Message", bound=BaseModel)


def _parsed(message: bytes | str, model: type[Message]) -> Message:
    """Raises InvalidRequest."""
    try:
        return model.model_validate_json(message)
    except ValidationError as error:
        raise from_validation(error.errors(include_url=False, include_input=False)) from None


async def _send(socket: WebSocket, message: dict[str, Any]) -> None:
    await socket.send_text(json_bytes(message).decode())


async def _tell(socket: WebSocket, error: AisleError) -> int:
    """Send an error, if there is still somebody; the code to close with."""
    if socket.client_state is WebSocketState.CONNECTED:
        await _send(socket, {"type": "error", **error.as_dict()})
    return REFUSED


async def _close(socket: WebSocket, code: int) -> None:
    if socket.client_state is WebSocketState.CONNECTED and socket.application_state is WebSocketState.CONNECTED:
        await socket.close(code)


def streaming_router() -> APIRouter:
    """The WebSockets of a shop."""
    router = APIRouter()
    router.add_api_websocket_route("/v1/audio/stream", listen)
    return router
