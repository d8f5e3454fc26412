"""From a request for a search to the engine's Query: pictures are brought in, fields are checked against the shop."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from aisle.config import Config, SearchSettings
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
    VectorInput,
    VideoInput,
    explained,
)

PART = "part:"
URL_SCHEMES = ("https://", "http://")
DATA_URL_HEAD = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(;[\w.+-]+=[\w.+-]+)*;base64", re.IGNORECASE | re.ASCII)


class InputReader:
    """Turns the parts of a request into engine inputs. ``files`` are the form's, ``fetch`` brings what a URL names,
    ``settings`` say what context counts."""

    def __init__(
        self, config: Config, settings: SearchSettings, files: Mapping[str, bytes], fetch: Callable[[str], bytes]
    ) -> None:
        self.config = config
        self.settings = settings
        self.files = files
        self.fetch = fetch

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
                heard = tuple(Transcript(one.text, one.confidence) for one in part.value.transcripts)
                return Input(InputType.AUDIO, heard, part.weight)
            case VideoInput():
                frames = tuple(self._picture(frame, f"{field}.{i}") for i, frame in enumerate(part.value))
                return Input(InputType.VIDEO, frames, part.weight)
            case ContextInput():
                weight = self.settings.context.get(part.source, 0.0) if part.weight is None else part.weight
                return Input(InputType.CONTEXT, Reading(part.source, part.value, frozenset(part.consent)), weight)

    def _picture(self, value: str, field: str) -> bytes:
        if value.startswith(PART):
            data = self._part(value.removeprefix(PART), field)
        elif value[:5].lower() == "data:":
            data = decode_data_url(value, field)
        elif value[:8].lower().startswith(URL_SCHEMES):
            data = self._fetched(value, field)
        else:
            raise InvalidRequest(
                "Not a picture.", field=field, hint="Give a data:image/…;base64 URL, an https URL or part:NAME."
            )
        if not data:
            raise InvalidMedia("The picture is empty.", field=field, hint="Send the whole file.")
        if len(data) > self.config.max_image_bytes:
            limit = f"{self.config.max_image_bytes:,}"
            raise TooLarge(f"The picture is larger than {limit} bytes.", field=field, hint="Send a smaller picture.")
        return data

    def _part(self, name: str, field: str) -> bytes:
        if name not in self.files:
            raise InvalidRequest(
                "The form has no such part.", field=field, hint="Send the picture as a part of that name."
            )
        return self.files[name]

    def _fetched(self, url: str, field: str) -> bytes:
        try:
            return self.fetch(url)
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
    pictures = [part.value] if isinstance(part, ImageInput) else part.value if isinstance(part, VideoInput) else []
    return any(picture[:8].lower().startswith(URL_SCHEMES) for picture in pictures)


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
