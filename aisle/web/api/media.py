"""Routes for sound, clips and photos: what is said, what is shown, where things stand. Nothing that comes in is kept."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from anyio.to_thread import run_sync
from fastapi import Request
from pydantic import Field, ValidationError
from starlette.responses import PlainTextResponse, Response

from aisle.types import Transcript
from aisle.web.api import bodies
from aisle.web.api.events import EVENT_STREAM, event, streamed
from aisle.web.api.models import Locale
from aisle.web.api.queries import bytes_behind
from aisle.web.api.strict import Strict
from aisle.web.envelope import json_response
from aisle.web.errors import from_validation
from aisle.web.facade import Heard, Proposal, Shop, Watched
from aisle.web.state import CurrentShop, doors

OWN_PART = "part:file"


class MediaRequest(Strict):
    """A medium: a data URL, an http(s) URL, or ``part:file`` where the form has it as its part ``file``."""

    value: str = Field(default=OWN_PART, min_length=1)
    language: Locale = "en"


class SoundRequest(MediaRequest):
    """Speech. The fields of OpenAI's route of this name are taken too; ``model`` and ``prompt`` change nothing here."""

    response_format: Literal["json", "verbose_json", "text"] = "verbose_json"
    model: str = Field(default="", max_length=200)
    prompt: str = Field(default="", max_length=4000)
    temperature: str = Field(default="", max_length=20)


class SpeakRequest(Strict):
    """Words to read aloud. The fields of OpenAI's route of this name are taken too; ``model`` and ``voice`` change nothing here."""

    input: str = Field(min_length=1, max_length=1000)
    language: Locale = "en"
    response_format: Literal["wav"] = "wav"
    model: str = Field(default="", max_length=200)
    voice: str = Field(default="", max_length=200)


@dataclass(frozen=True, slots=True)
class TranscriptionAnswer:
    """What was said: ``text`` is the likeliest of the ``transcripts``; their confidences sum to at most 1. Hand them to /v1/search
    as they are: all of them take part."""

    text: str
    language: str
    transcripts: tuple[Transcript, ...]
    seconds: float
    recogniser: str


@dataclass(frozen=True, slots=True)
class ObjectAnswer:
    """A thing in a picture: [left, top, right, bottom] in fractions of its width and height."""

    region: tuple[float, float, float, float]
    confidence: float


@dataclass(frozen=True, slots=True)
class ObjectsAnswer:
    objects: tuple[ObjectAnswer, ...]


@dataclass(frozen=True, slots=True)
class FrameAnswer:
    """A key frame: ``image`` is a JPEG as a data URL; hand it to /v1/search as it is."""

    time_s: float
    image: str
    sharpness: float
    objects: tuple[ObjectAnswer, ...]


@dataclass(frozen=True, slots=True)
class FramesAnswer:
    """A clip's key frames in order, the place of the best, and what is said in the clip."""

    seconds: float
    frames: tuple[FrameAnswer, ...]
    best: int
    transcripts: tuple[Transcript, ...]


async def transcribe(request: Request, shop: CurrentShop) -> Response:
    """What is said in a recording (WAV, MP3, M4A, OGG, FLAC, WebM; at most 60 s), with other ways to understand it.

    The request is that of OpenAI's route of the same name; `response_format` is `verbose_json` unless told otherwise.
    """
    asked, data = await _read(request, SoundRequest, doors(request).app.config.max_audio_bytes, "audio")
    language = asked.language.lower()[:2]
    heard: Heard = await run_sync(shop.media.hear, data, language, limiter=doors(request).hearing)
    match asked.response_format:
        case "text":
            return PlainTextResponse(heard.text + "\n")
        case "json":
            return json_response({"text": heard.text})
        case _:
            return json_response(
                TranscriptionAnswer(heard.text, heard.language, heard.transcripts, heard.seconds, heard.recogniser)
            )


async def speak(request: Request, shop: CurrentShop) -> Response:
    """Words read aloud by the server's synthesiser, as a WAV file, where the shop has one (`AISLE_SPEECH_SYNTHESISER`)."""
    asked = await bodies.read_model(request, SpeakRequest)
    language = asked.language.lower()[:2]
    sound = await run_sync(shop.media.speak, asked.input, language, limiter=doors(request).hearing)
    return Response(sound, media_type="audio/wav")


async def find_objects(request: Request, shop: CurrentShop) -> Response:
    """Where things stand in a photo, the surest first, at most five: regions to search by."""
    _, data = await _read(request, MediaRequest, doors(request).app.config.max_image_bytes, "image")
    found = await run_sync(shop.media.objects, data, limiter=doors(request).seeing)
    return json_response(ObjectsAnswer(_objects(found)))


async def show_picture(request: Request, shop: CurrentShop) -> Response:
    """A picture of any accepted kind, or the one behind a link, as a small JPEG that every browser draws: upright, at most 1,024
    pixels a side, without metadata."""
    _, data = await _read(request, MediaRequest, doors(request).app.config.max_image_bytes, "image")
    picture = await run_sync(shop.media.picture, data, limiter=doors(request).seeing)
    return Response(picture, headers={"Cache-Control": "no-store"}, media_type="image/jpeg")


async def find_frames(request: Request, shop: CurrentShop) -> Response:
    """A few sharp frames of a clip (MP4, MOV, WebM, MKV, AVI; at most 60 s and 100 MB) that differ, the things in them, and what is
    said in it.

    With `Accept: text/event-stream` the answer is a stream of events: `stage` as work proceeds, then `result` or `error`.
    """
    asked, data = await _read(request, MediaRequest, doors(request).app.config.max_video_bytes, "video")
    language = asked.language.lower()[:2]
    if EVENT_STREAM in request.headers.get("accept", ""):
        return streamed(_frames_events(request, shop, data, language))
    watched = await run_sync(shop.media.frames, data, limiter=doors(request).seeing)
    return json_response(_frames(watched, await _said(request, shop, watched, data, language)))


async def _frames_events(request: Request, shop: Shop, data: bytes, language: str) -> AsyncIterator[bytes]:
    yield event("stage", {"name": "received", "bytes": len(data)})
    watched = await run_sync(shop.media.frames, data, limiter=doors(request).seeing)
    yield event("stage", {"name": "frames", "frames": len(watched.frames), "seconds": watched.seconds})
    if watched.has_sound:
        yield event("stage", {"name": "sound"})
    yield event("result", _frames(watched, await _said(request, shop, watched, data, language)))


async def _said(request: Request, shop: Shop, watched: Watched, data: bytes, language: str) -> tuple[Transcript, ...]:
    if not watched.has_sound:
        return ()
    return await run_sync(shop.media.said_in, data, language, limiter=doors(request).hearing)


Asked = TypeVar("Asked", bound=MediaRequest)


async def _read(request: Request, model: type[Asked], max_bytes: int, kind: str) -> tuple[Asked, bytes]:
    """The request and the bytes of its medium. Raises InvalidRequest, InvalidMedia, TooLarge, FetchRefused."""
    files: Mapping[str, bytes] = {}
    if bodies.expect(request, bodies.JSON, bodies.MULTIPART) == bodies.MULTIPART:
        fields, files = await bodies.read_fields(request)
        try:
            asked = model.model_validate(fields)
        except ValidationError as error:
            raise from_validation(error.errors(include_url=False, include_input=False)) from None
    else:
        asked = await bodies.read_model(request, model)
    limiter = doors(request).fetching if asked.value[:4].lower() == "http" else None
    field = "file" if asked.value == OWN_PART else "value"
    data = await run_sync(
        bytes_behind, asked.value, field, files, doors(request).fetch, max_bytes, kind, limiter=limiter
    )
    return asked, data


def _objects(found: Sequence[Proposal]) -> tuple[ObjectAnswer, ...]:
    return tuple(
        ObjectAnswer(
            (round(box.x0, 4), round(box.y0, 4), round(box.x1, 4), round(box.y1, 4)), round(each.confidence, 4)
        )
        for each in found
        for box in (each.region,)
    )


def _frames(watched: Watched, said: tuple[Transcript, ...]) -> FramesAnswer:
    frames = tuple(
        FrameAnswer(
            round(seen.frame.time_s, 2),
            "data:image/jpeg;base64," + base64.b64encode(seen.frame.picture).decode(),
            round(seen.frame.sharpness, 1),
            _objects(seen.objects),
        )
        for seen in watched.frames
    )
    return FramesAnswer(watched.seconds, frames, watched.best, said)
