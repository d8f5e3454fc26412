"""The shapes of requests, each bounded; anything outside them is refused with the field's path and a hint."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, field_validator

from aisle.perception.senses import MAX_FRAMES, MAX_TRANSCRIPTS
from aisle.types import Explain
from aisle.web.api.compound import CompoundRequest
from aisle.web.api.strict import Strict

Weight = Annotated[
    float, Field(ge=-100, le=100, allow_inf_nan=False, description="Share of this part; negative: not like this.")
]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
ProductId = Annotated[str, Field(min_length=1, max_length=512)]
Locale = Annotated[
    str,
    Field(
        max_length=35,
        pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$",
        description="Language of the shopper, such as en or zh-CN.",
    ),
]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Filters = Annotated[
    dict[str, JsonValue],
    Field(
        description="An *and* of its fields: a value, a list of values (any of them) or a range {gte, gt, lte, lt}; "
        '{"and": […]}, {"or": […]} and {"not": …} nest.'
    ),
]
WHOLE = BeforeValidator(lambda value: int(value) if isinstance(value, float) and value.is_integer() else value)
"""24.0 is a whole number too: so says JSON, and so write some clients."""
Limit = Annotated[int, WHOLE, Field(ge=0, le=200, description="Hits on this page; 0 asks for the counts alone.")]
Offset = Annotated[int, WHOLE, Field(ge=0, le=100_000, description="Hits before this page.")]
Explained = bool | Literal["counterfactual"]
Facets = Annotated[list[Name], Field(max_length=50, description="Fields to count over all matches.")]


def explained(asked: bool | str) -> Explain:
    """What a request's ``explain`` means."""
    return Explain.COUNTERFACTUAL if asked == "counterfactual" else Explain.WHY if asked else Explain.NONE


class TextInput(Strict):
    """Words, as typed."""

    type: Literal["text"]
    value: str = Field(max_length=10_000)
    weight: Weight = 1.0


class ImageInput(Strict):
    """A picture: a data URL, an http(s) URL, or ``part:NAME`` for a part of the multipart form."""

    type: Literal["image"]
    value: str = Field(min_length=1)
    region: list[Fraction] | None = Field(
        default=None,
        min_length=4,
        max_length=4,
        description="The part that matters: [left, top, right, bottom] in fractions of width and height.",
    )
    weight: Weight = 1.0

    @field_validator("region")
    @classmethod
    def _spans(cls, region: list[float] | None) -> list[float] | None:
        if region is not None and not (region[0] < region[2] and region[1] < region[3]):
            raise ValueError("Must be [left, top, right, bottom] with left < right and top < bottom.")
        return region


class ProductInput(Strict):
    """A product's id: more like this."""

    type: Literal["product"]
    value: ProductId
    weight: Weight = 1.0


class VectorInput(Strict):
    """A vector in the space of the shop's model; its length need not be 1."""

    type: Literal["vector"]
    value: list[float] = Field(min_length=1, max_length=4096)
    weight: Weight = 1.0

    @field_validator("value")
    @classmethod
    def _has_a_direction(cls, value: list[float]) -> list[float]:
        if not 1e-18 < max(map(abs, value)) < 1e18 or not all(map(math.isfinite, value)):
            raise ValueError("Must hold finite numbers, not all zero, the largest between 1e-18 and 1e18.")
        return value


class TranscriptModel(Strict):
    """One way to understand what was said."""

    text: str = Field(min_length=1, max_length=2000)
    confidence: Fraction = 1.0


class Transcripts(Strict):
    """What a recogniser understood, the likeliest first or in any order."""

    transcripts: list[TranscriptModel] = Field(min_length=1, max_length=MAX_TRANSCRIPTS)


class AudioInput(Strict):
    """Speech: a recording (a data URL, an http(s) URL, or ``part:NAME``), or what an earlier answer or another recogniser understood of
    it. All transcripts take part."""

    type: Literal["audio"]
    value: Transcripts | Annotated[str, Field(min_length=1)]
    weight: Weight = 1.0


class VideoInput(Strict):
    """A clip (a data URL, an http(s) URL, or ``part:NAME``), or frames of one, each as an image input names its picture."""

    type: Literal["video"]
    value: (
        Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1, max_length=MAX_FRAMES)]
        | Annotated[str, Field(min_length=1)]
    )
    weight: Weight = 1.0


class ContextInput(Strict):
    """What is known around the search, told by a source (see docs/signals.md). It moves matches up and down, and adds or
    removes none."""

    type: Literal["context"]
    source: Name
    value: JsonValue = Field(default=None, description="The source's payload; null: the latest sent for this session.")
    weight: Weight | None = Field(default=None, description="Without one, the shop's settings say.")
    consent: list[Name] = Field(default=[], max_length=8, description="What the shopper has agreed to.")


AnyInput = Annotated[
    TextInput | ImageInput | ProductInput | VectorInput | AudioInput | VideoInput | ContextInput,
    Field(discriminator="type"),
]


class SearchRequest(Strict):
    """A search: parts of any kind together. No parts at all browses the shop."""

    inputs: list[AnyInput] = Field(default=[], max_length=16)
    filters: Filters = Field(default={})
    facets: Facets = Field(default=[])
    sort: Name = "relevance"
    offset: Offset = 0
    limit: Limit = 24
    locale: Locale = "en"
    session: Name | None = Field(default=None, description="Any name of the visit; it is kept as a pseudonym only.")
    explain: Explained = Field(
        default=False,
        description="Give each hit's score as a sum of contributions; counterfactual: also what each part of the query did.",
    )
    group: bool = Field(default=True, description="Show variants of one product as one hit.")
    weak: bool = Field(default=False, description="Also list what lies beyond the last good match, marked weak.")
    relax: bool = Field(
        default=True, description="Correct spelling, loosen what matches nothing, and say so. Off: as typed."
    )
    understand: bool = Field(
        default=True, description="Read the words for type, colour, price and the like. Off: they are only searched by."
    )
    compound: CompoundRequest | None = Field(
        default=None, description="An answer's interpretation.compound, edited: it stands for the words."
    )
    dropped: list[Name] = Field(
        default=[],
        max_length=32,
        description="What the shopper took off of it, such as color:Red; kept in the query log, it changes no answer.",
    )


class UnderstandRequest(Strict):
    """A turn of a dialogue: what is said now, the states before, oldest first, and the ids on the screen in order."""

    text: str = Field(min_length=1, max_length=10_000)
    locale: Locale = "en"
    history: list[CompoundRequest] = Field(default=[], max_length=50)
    shown: list[ProductId] = Field(default=[], max_length=100)


class SignalRequest(Strict):
    """A reading of a source, for the searches of a session."""

    session: Name
    value: JsonValue
    consent: list[Name] = Field(default=[], max_length=8, description="What the shopper has agreed to.")
    ttl_s: float = Field(default=3600.0, gt=0, le=86_400, description="Seconds it is kept.")


class SuggestRequest(Strict):
    """What has been typed so far, and what the session has done, which is only used for this answer."""

    q: str = Field(max_length=1000)
    locale: Locale = "en"
    limit: Annotated[int, WHOLE] = Field(default=8, ge=1, le=50)
    session: Name | None = Field(default=None, description="As in searches: what it asked here comes first.")
    recent: list[Annotated[str, Field(max_length=200)]] = Field(
        default=[], max_length=20, description="Its latest queries, newest first, where the client keeps them."
    )
    viewed: list[ProductId] = Field(default=[], max_length=20, description="Ids of products that it looked at.")


class ProductRow(BaseModel):
    """One product. Known fields are cleaned as a feed's are; any other field becomes an attribute."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    id: ProductId | None = None
    title: str | None = None
    description: str | None = None
    images: list[str] | None = Field(default=None, description="http(s) URLs of pictures, or names under /media.")
    attributes: dict[str, JsonValue] = Field(default={}, description="Further fields, as GET gives them.")

    def row(self) -> dict[str, Any]:
        """The flat row that the catalog reads; only the fields that were sent."""
        sent = self.model_dump(exclude_unset=True, exclude={"attributes"})
        return {**self.attributes, **sent}


class BulkRow(ProductRow):
    """One product of many."""

    id: ProductId


class Products(Strict):
    """Many products, in an object for clients that can't send an array."""

    products: list[BulkRow]


class PromoteRequest(Strict):
    """How to make a version live."""

    force: bool = Field(default=False, description="Even if it didn't pass the forgetting gate.")
    why: str = Field(default="", max_length=1000, description="A note for the history.")


class DeleteRequest(Strict):
    """Products to delete; ids that aren't there are passed over."""

    ids: list[ProductId] = Field(min_length=1, max_length=10_000)
