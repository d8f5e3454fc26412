"""A compound query as the API takes it back: what a shopper has made of the chips of an earlier answer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aisle.types import CompoundQuery, Intent, Quantity, Range, Reference, Slot, SlotKind
from aisle.web.api.strict import Strict

Short = Annotated[str, Field(max_length=200)]
Share = Annotated[float, Field(ge=0, le=1)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Place = Annotated[int, Field(ge=0, le=20_000)]


class SlotRequest(Strict):
    """One thing said of the product. ``hard`` lets it filter; otherwise it ranks."""

    kind: Annotated[SlotKind, Field(strict=False)]
    value: Annotated[str, Field(min_length=1, max_length=200)]
    text: Short = ""
    span: Annotated[tuple[Place, Place], Field(strict=False)] | None = None
    negated: bool = False
    confidence: Share = 1.0
    hard: bool = True


class RangeRequest(Strict):
    """Bounds of a number, both inclusive."""

    field: Short
    minimum: Number | None = None
    maximum: Number | None = None
    unit: Short = ""
    text: Short = ""
    confidence: Share = 1.0
    hard: bool = True


class QuantityRequest(Strict):
    amount: Number
    unit: Short
    text: Short = ""


class ReferenceRequest(Strict):
    place: Annotated[int, Field(ge=-1, le=10_000)] | None = None
    than: Annotated[dict[Short, Literal["lower", "higher"]], Field(max_length=8)] = Field(default={})
    text: Short = ""


class CompoundRequest(Strict):
    """What an answer's ``interpretation.compound`` has, edited."""

    text: Annotated[str, Field(max_length=10_000)] = ""
    language: Annotated[str, Field(min_length=2, max_length=8)] = "en"
    intent: Annotated[Intent, Field(strict=False)] = Intent.FIND
    intent_confidence: Share = 1.0
    slots: Annotated[list[SlotRequest], Field(max_length=64)] = Field(default=[])
    ranges: Annotated[list[RangeRequest], Field(max_length=16)] = Field(default=[])
    quantities: Annotated[list[QuantityRequest], Field(max_length=16)] = Field(default=[])
    sort: Short | None = None
    reference: ReferenceRequest | None = None
    leftover: Annotated[str, Field(max_length=10_000)] = ""

    def query(self) -> CompoundQuery:
        return CompoundQuery(
            self.text,
            self.language,
            self.intent,
            self.intent_confidence,
            tuple(Slot(**each.model_dump()) for each in self.slots),
            tuple(Range(**each.model_dump()) for each in self.ranges),
            tuple(Quantity(**each.model_dump()) for each in self.quantities),
            self.sort,
            Reference(**self.reference.model_dump()) if self.reference else None,
            self.leftover,
        )
