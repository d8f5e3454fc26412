"""Server-sent events: what a route tells while it works."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import StreamingResponse

from aisle.errors import AisleError
from aisle.web.envelope import json_bytes
from aisle.web.errors import InternalError

EVENT_STREAM = "text/event-stream"


def event(name: str, data: Any) -> bytes:
    """One server-sent event; JSON has no line breaks of its own, so one data line holds it."""
    return b"event: " + name.encode() + b"\ndata: " + json_bytes(data) + b"\n\n"


def streamed(events: AsyncIterator[bytes]) -> StreamingResponse:
    """Events as they come; what goes wrong on the way is the last of them, ``error``."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # a proxy must not hold events back
    return StreamingResponse(_guarded(events), media_type=EVENT_STREAM, headers=headers)


async def _guarded(events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for each in events:
            yield each
    except AisleError as error:
        yield event("error", error.as_dict())
    except Exception:
        yield event("error", InternalError("Something went wrong here.", hint="The server's log tells more.").as_dict())
        raise  # for the log
