"""Where the shopper is, roughly → what season and climate ask for. No position is kept: degrees are rounded on arrival."""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from aisle.perception.signals.base import Consent, Payload, Said, SignalSource, Surroundings
from aisle.perception.signals.lexicon import named


class Climate(StrEnum):
    """The main groups of Köppen's classification."""

    TROPICAL = "tropical"
    DRY = "dry"
    TEMPERATE = "temperate"
    CONTINENTAL = "continental"
    POLAR = "polar"


def _rounded(value: object) -> object:
    return float(round(value)) if isinstance(value, float | int) and abs(value) < 1000 else value


Degrees = Annotated[float, BeforeValidator(_rounded)]
"""Whole degrees: about 100 km."""


class Location(Payload):
    """Any of these will do: a country (ISO 3166-1, two letters), a region of it (ISO 3166-2, such as US-AK), a climate, a
    latitude. ``date`` is the shopper's; without it, today."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    region: Annotated[str, Field(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")] | None = None
    climate: Climate | None = None
    latitude: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[Degrees, Field(ge=-180, le=180)] | None = None
    date: datetime.date | None = None


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


SOUTHERN = _codes("AR AU BO BR BW CL FJ ID LS MG MW MZ NA NC NZ PE PG PY SZ TL UY ZA ZM ZW")
"""Countries that lie, with most of their people, south of the equator."""

CLIMATES = {
    Climate.TROPICAL: _codes("BR CO CR CU DO FJ GH GT HN ID JM KE KH LA LK MM MY NG NI PA PH PR SG TH TZ VE VN"),
    Climate.DRY: _codes("AE BH DZ EG IQ IR JO KW LY MR NA NE OM QA SA SD TM TN YE"),
    Climate.CONTINENTAL: _codes("BY CA EE FI KZ LT LV MN NO RU SE UA"),
    Climate.POLAR: _codes("GL SJ AQ"),
}
"""Countries by the climate that most of their people live in; the others are temperate."""

REGIONS = {
    **dict.fromkeys(("US-HI", "US-FL", "CN-HI", "AU-NT"), Climate.TROPICAL),
    **dict.fromkeys(("US-AZ", "US-NV", "CN-XJ"), Climate.DRY),
    **dict.fromkeys(("US-AK", "US-MN", "US-ND", "CN-HL", "CN-JL", "CN-NM", "JP-01"), Climate.CONTINENTAL),
}
"""Regions whose climate isn't their country's."""

SEASONS = ("Winter", "Spring", "Summer", "Fall")

WORN = {
    Climate.TROPICAL: (("Summer", "Light"),) * 4,
    Climate.DRY: (("Winter", "Jackets"), ("Spring", "Light"), ("Summer", "Sun Hats"), ("Fall", "Light")),
    Climate.TEMPERATE: (("Winter", "Warm", "Coats"), ("Spring", "Jackets"), ("Summer", "Light"), ("Fall", "Sweaters")),
    Climate.CONTINENTAL: (
        ("Winter", "Warm", "Down Jackets"),
        ("Spring", "Jackets"),
        ("Summer", "Light"),
        ("Fall", "Warm", "Coats"),
    ),
    Climate.POLAR: (("Winter", "Warm", "Down Jackets"),) * 4,
}
"""Entries of the lexicon for each of ``SEASONS``."""


def season(date: datetime.date, *, south: bool) -> int:
    """The meteorological season's place in ``SEASONS``: winter begins in December, in June in the south."""
    return (date.month % 12 // 3 + (2 if south else 0)) % 4


class LocationSource(SignalSource[Location]):
    """Season by hemisphere and date, and what is worn in it by climate."""

    name = "location"
    consent = Consent.LOCATION
    schema = Location

    def read(self, payload: Location, around: Surroundings) -> Said:
        country = payload.country or (payload.region or "")[:2]
        if not country and payload.climate is None and payload.latitude is None:
            return Said()
        date = payload.date or datetime.datetime.fromtimestamp(around.now, datetime.UTC).date()
        south = payload.latitude < 0 if payload.latitude is not None else country in SOUTHERN
        words = named(*WORN[climate_of(payload, country)][season(date, south=south)], language=around.language)
        # Half of what the weather itself would tell; more where the climate was said rather than guessed.
        return Said(words, quality=0.75 if payload.climate or payload.region in REGIONS else 0.5)


def climate_of(payload: Location, country: str) -> Climate:
    """As said; else by region, country, latitude."""
    if payload.climate is not None:
        return payload.climate
    if payload.region in REGIONS:
        return REGIONS[payload.region]
    for climate, countries in CLIMATES.items():
        if country in countries:
            return climate
    away = abs(payload.latitude) if payload.latitude is not None and not country else 45.0
    return Climate.TROPICAL if away < 23 else Climate.POLAR if away > 66 else Climate.TEMPERATE
