"""From a request for a search to the engine's Query: pictures are brought in, fields are checked against the shop."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from aisle.config import Config
from aisle.errors import AisleError, InvalidMedia, InvalidRequest, TooLarge
from aisle.types import Box, Input, InputType, Query, Reading, Transcript
from aisle.web.api.models import (
    AnyInput,
    AudioInput,
    ContextInput,
    ImageInput,
    ProductInput,
    SearchRequest,
    TextInput,
    Transcripts,
    VectorInput,
    VideoInput,
    explained,
)
from aisle.web.facade import Shop

PART = "part:"
URL_SCHEMES = ("https://", "http://")
DATA_URL_HEAD = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(;[\w.+-]+=[\w.+-]+)*;base64", re.IGNORECASE | re.ASCII)


Fetch = Callable[[str, int, str], bytes]
"""(URL, most bytes, kind: "image", "audio", "video") → what is behind it. Raises FetchRefused."""

FIELDS: Mapping[str, str] = {"image": "picture", "audio": "sound", "video": "video"}
"""What errors call each kind of medium."""


class InputReader:
    """Turns the parts of a request into engine inputs. ``files`` are the form's, ``fetch`` brings what a URL names; the ``shop``
    says what context counts and makes transcripts of sound (in the language of ``locale``) and frames of clips."""

    def __init__(self, config: Config, shop: Shop, files: Mapping[str, bytes], fetch: Fetch, locale: str) -> None:
        self.config = config
        self.shop = shop
        self.files = files
        self.fetch = fetch
        self.language = locale.lower()[:2]

    def read(self, inputs: Sequence[AnyInput]) -> tuple[Input, ...]:
        """The inputs in order. Raises InvalidRequest, InvalidMedia, TooLarge, FetchRefused; each names its input."""
        return tuple(self._read(part, f"inputs.{i}.value") for i, part in enumerate(inputs))

    def _read(self, part: AnyInput, field: str) -> Input:
        match part:
            case TextInput():
                return Input(InputType.TEXT, part.value, part.weight)
            case ProductInput():
                return Input(InputType.PRODUCT, part.value, part.weight)
            case VectorInput():
                return Input(InputType.VECTOR, np.asarray(part.value, dtype=np.float32), part.weight)
            case ImageInput():
                region = Box(*part.region) if part.region else None
                return Input(InputType.IMAGE, self._picture(part.value, field), part.weight, region)
            case AudioInput():
                return Input(InputType.AUDIO, self._transcripts(part.value, field), part.weight)
            case VideoInput():
                return Input(InputType.VIDEO, self._frames(part.value, field), part.weight)
            case ContextInput():
                weight = self.shop.settings.context.get(part.source, 0.0) if part.weight is None else part.weight
                return Input(InputType.CONTEXT, Reading(part.source, part.value, frozenset(part.consent)), weight)

    def _picture(self, value: str, field: str) -> bytes:
        return bytes_behind(value, field, self.files, self.fetch, self.config.max_image_bytes, "image")

    def _transcripts(self, value: Transcripts | str, field: str) -> tuple[Transcript, ...]:
        if isinstance(value, str):
            sound = bytes_behind(value, field, self.files, self.fetch, self.config.max_audio_bytes, "audio")
            with _named(field):
                return self.shop.media.hear(sound, self.language).transcripts
        return tuple(Transcript(one.text, one.confidence) for one in value.transcripts)

    def _frames(self, value: Sequence[str] | str, field: str) -> tuple[bytes, ...]:
        if isinstance(value, str):
            clip = bytes_behind(value, field, self.files, self.fetch, self.config.max_video_bytes, "video")
            with _named(field):
                return tuple(frame.picture for frame in self.shop.media.clip(clip).frames)
        return tuple(self._picture(frame, f"{field}.{i}") for i, frame in enumerate(value))


def bytes_behind(value: str, field: str, files: Mapping[str, bytes], fetch: Fetch, max_bytes: int, kind: str) -> bytes:
    """A medium of a kind ("image", "audio", "video") as a request names it: a data URL, an http(s) URL or ``part:NAME`` of the form's
    ``files``. Raises InvalidRequest, InvalidMedia, TooLarge, FetchRefused, naming the ``field``."""
    what = FIELDS[kind]
    if value.startswith(PART):
        name = value.removeprefix(PART)
        if name not in files:
            raise InvalidRequest(
                "The form has no such part.", field=field, hint=f"Send the {what} as a part of that name."
            )
        data = files[name]
    elif value[:5].lower() == "data:":
        data = decode_data_url(value, field)
    elif value[:8].lower().startswith(URL_SCHEMES):
        with _named(field):
            data = fetch(value, max_bytes, kind)
    else:
        raise InvalidRequest(
            f"Not a {what}.", field=field, hint=f"Give a data:{kind}/…;base64 URL, an https URL or part:NAME."
        )
    if not data:
        raise InvalidMedia(f"The {what} is empty.", field=field, hint="Send the whole file.")
    if len(data) > max_bytes:
        raise TooLarge(f"The {what} is larger than {max_bytes:,} bytes.", field=field, hint=f"Send a smaller {what}.")
    return data


@contextmanager
def _named(field: str) -> Iterator[None]:
    """Errors in here are about this field of the request."""
    try:
        yield
    except AisleError as error:
        error.field = field
        raise


def decode_data_url(value: str, field: str) -> bytes:
    """The bytes of a base64 data URL, decoded strictly. Raises InvalidRequest."""
    head, comma, payload = value.partition(",")
    if not comma or len(head) > 200 or DATA_URL_HEAD.fullmatch(head) is None:
        raise InvalidRequest("Not a base64 data URL.", field=field, hint="Write data:image/jpeg;base64,…")
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest(
            "The data URL isn't valid base64.", field=field, hint="Pad it, and leave no spaces."
        ) from None


def is_url(part: AnyInput) -> bool:
    """Whether reading this input means fetching it."""
    return any(value[:8].lower().startswith(URL_SCHEMES) for value in _media(part))


def is_decoded(part: AnyInput) -> bool:
    """Whether reading this input means decoding sound or a clip."""
    return isinstance(part, AudioInput | VideoInput) and isinstance(part.value, str)


def _media(part: AnyInput) -> Sequence[str]:
    match part:
        case ImageInput() | AudioInput(value=str()) | VideoInput(value=str()):
            return (str(part.value),)
        case VideoInput():
            return part.value
    return ()


def names_products(part: AnyInput) -> bool:
    """Whether this input goes by products' ids, which a key that sees a part of the catalog mustn't."""
    return isinstance(part, ProductInput) or (isinstance(part, ContextInput) and part.source == "session")


def build_query(request: SearchRequest, inputs: tuple[Input, ...]) -> Query:
    """The engine's Query for a request whose inputs have been read."""
    return Query(
        inputs=inputs,
        filters=request.filters,
        facets=tuple(dict.fromkeys(request.facets)),
        sort=request.sort,
        offset=request.offset,
        limit=request.limit,
        locale=request.locale,
        session=request.session,
        explain=explained(request.explain),
        group=request.group,
        relax=request.relax,
        weak=request.weak,
        understand=request.understand,
        compound=request.compound.query() if request.compound else None,
        dropped=tuple(request.dropped),
    )


def check_facets(facets: Sequence[str], known: frozenset[str]) -> None:
    """Raises InvalidRequest for a facet that neither the catalog nor the settings know."""
    for i, name in enumerate(facets):
        if name not in known:
            hint = f"Known here: {', '.join(sorted(known)[:40])}." if known else "This shop has no fields yet."
            raise InvalidRequest(f"There is no field {name[:80]!r}.", field=f"facets.{i}", hint=hint)


def text_input(text: str) -> TextInput:
    """Words that a GET brought, already bounded."""
    return TextInput(type="text", value=text)
