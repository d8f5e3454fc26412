"""Further signals: what is known around a search (the visit, the weather, the place …) becomes a part of the query.

A new source is one class in a file of its own and one line in ``SOURCES``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aisle.perception.signals.base import Consent, Said, SignalSource, Surroundings
from aisle.perception.signals.device import DeviceSource
from aisle.perception.signals.feed import Feed
from aisle.perception.signals.location import LocationSource
from aisle.perception.signals.readings import Readings
from aisle.perception.signals.session import SessionSource
from aisle.perception.signals.trend import TrendSource
from aisle.perception.signals.weather import WeatherSource

__all__ = ["SOURCES", "Consent", "Feed", "Readings", "Said", "SignalSource", "Surroundings"]

SOURCES: Mapping[str, SignalSource[Any]] = {
    "session": SessionSource(),
    "location": LocationSource(),
    "weather": WeatherSource(),
    "trend": TrendSource(),
    "device": DeviceSource(),
}
"""Every source by name. Which of them are on is for the settings to say."""
