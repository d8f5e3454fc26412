"""Example: what a thing at home reports ("the milk is low"), sent to POST /v1/signals/device before the search.

Registered and off: put ``device`` among the settings' ``context``.
"""

from __future__ import annotations

from enum import StrEnum

from aisle.perception.signals.base import Consent, Payload, Said, SignalSource, Surroundings, Words
from aisle.perception.signals.lexicon import named


class State(StrEnum):
    """How it is with the thing that is reported on."""

    OK = "ok"
    LOW = "low"
    EMPTY = "empty"
    WORN = "worn"
    BROKEN = "broken"


URGENCY = {State.OK: 0.0, State.LOW: 0.6, State.WORN: 0.6, State.EMPTY: 1.0, State.BROKEN: 1.0}
"""The signal's quality: what there is enough of says nothing."""


class Device(Payload):
    item: Words
    state: State


class DeviceSource(SignalSource[Device]):
    """The name of what is running out, in the shopper's language where the lexicon knows it."""

    name = "device"
    consent = Consent.DEVICE
    schema = Device

    def read(self, payload: Device, around: Surroundings) -> Said:
        urgency = URGENCY[payload.state]
        return Said(named(payload.item, language=around.language) if urgency else "", quality=urgency)
