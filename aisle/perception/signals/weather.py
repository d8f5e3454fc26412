"""The weather where the shopper is → what one wears and carries in it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from aisle.perception.signals.base import Consent, Payload, Said, SignalSource, Surroundings
from aisle.perception.signals.lexicon import named


class Condition(StrEnum):
    CLEAR = "clear"
    CLOUDY = "cloudy"
    RAIN = "rain"
    SNOW = "snow"
    STORM = "storm"
    FOG = "fog"
    WIND = "wind"


class Weather(Payload):
    """``temperature`` in °C, as it feels."""

    temperature: Annotated[float, Field(ge=-90, le=60, allow_inf_nan=False)] | None = None
    condition: Condition | None = None


WARMTH: tuple[tuple[float, tuple[str, ...]], ...] = (
    (-5.0, ("Warm", "Down Jackets", "Gloves")),
    (8.0, ("Warm", "Coats", "Scarves")),
    (16.0, ("Jackets", "Sweaters")),
    (24.0, ()),
    (61.0, ("Sun Hats", "Sandals")),
)
"""(below °C, entries of the lexicon): the first that the temperature is below counts. Between 16 and 24 anything goes."""

CARRIED = {
    Condition.RAIN: ("Umbrellas", "Raincoats"),
    Condition.STORM: ("Raincoats", "Waterproof"),
    Condition.SNOW: ("Warm", "Boots"),
    Condition.WIND: ("Jackets",),
}
SUNNY_FROM = 20.0
"""°C from which a clear sky calls for sunglasses."""


class WeatherSource(SignalSource[Weather]):
    """Words such as *warm coats*, *umbrellas*, *sun hats*. What the weather was said where tells where one is, roughly."""

    name = "weather"
    consent = Consent.LOCATION
    schema = Weather

    def read(self, payload: Weather, around: Surroundings) -> Said:
        felt = payload.temperature
        worn = next(words for below, words in WARMTH if felt < below) if felt is not None else ()
        carried = CARRIED.get(payload.condition, ()) if payload.condition else ()
        if payload.condition is Condition.CLEAR and felt is not None and felt >= SUNNY_FROM:
            carried = ("Sunglasses",)
        return Said(named(*dict.fromkeys((*worn, *carried)), language=around.language))
