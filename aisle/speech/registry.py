"""Which recognisers there are: one class in a file of its own, and one line here. A module is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from aisle.config import SpeechConfig
from aisle.speech.base import Phrases, Recogniser

Maker = Callable[[SpeechConfig, str, Mapping[str, Phrases]], Recogniser]


RECOGNISERS: Mapping[str, Maker] = MappingProxyType({})
"""name → how to make it of the configuration, its model (folder or name) and the phrases of each language."""
