"""Speech: sound → what was said, in several ways to understand it, by a recogniser that knows the shop's own words."""

from aisle.speech.base import Listening, Recogniser
from aisle.speech.endpoint import Endpointer, speech_of
from aisle.speech.registry import RECOGNISERS
from aisle.speech.speech import Speech

__all__ = ["RECOGNISERS", "Endpointer", "Listening", "Recogniser", "Speech", "speech_of"]
